"""Runs the ansible commands as a user would: as processes, each ansible-core from an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from functools import cache
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
SCRIPT = PROJECT / "inventory" / "nautobot"
PLUGIN_SOURCE = PROJECT / "inventory" / "nautobridge.yml"
SNAPSHOT = PROJECT / "demo" / "homelab.snapshot.json"


@dataclass(frozen=True)
class Result:
    """What a process left behind."""

    code: int
    stdout: str
    stderr: str

    def ok(self) -> Result:
        """This result, if the process succeeded."""
        assert self.code == 0, f"exit code {self.code}\n{self.stdout}\n{self.stderr}"
        return self

    def failed(self) -> Result:
        """This result, if the process failed."""
        assert self.code != 0, f"it succeeded:\n{self.stdout}\n{self.stderr}"
        return self

    @property
    def said(self) -> str:
        """Standard error as one line, unquoted: Ansible's versions break lines and quote in ways of their own."""
        return " ".join(self.stderr.replace("'", "").split())


def run(
    command: list[str | Path],
    env: dict[str, str] | None = None,
    cwd: Path | None = None,
    stdin: str | None = None,
) -> Result:
    """Run a command with nothing of the caller's environment but what a shell needs."""
    environment = {
        "HOME": os.environ["HOME"],
        "LANG": "C.UTF-8",
        "PATH": os.defpath,
        "ANSIBLE_NOCOLOR": "1",
        "COLUMNS": "200",
    }
    done = subprocess.run(
        [str(word) for word in command],
        env=environment | (env or {}),
        cwd=cwd or PROJECT,
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Core:
    """One ansible-core."""

    name: str
    home: Path
    ansible_home: Path

    def run(
        self, command: str, *arguments: str | Path, env: dict[str, str] | None = None, cwd: Path | None = None
    ) -> Result:
        """Run one of its commands with the project's ansible.cfg."""
        environment = {
            "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"),
            "ANSIBLE_HOME": str(self.ansible_home),
            "HOME": str(self.ansible_home),
        }
        return run([self.home / "bin" / command, *arguments], environment | (env or {}), cwd)

    def inventory(self, source: Path, env: dict[str, str] | None = None) -> dict[str, Any]:
        """Export an inventory as AWX does."""
        env = {"ANSIBLE_INVENTORY_UNPARSED_FAILED": "True"} | (env or {})
        return json.loads(self.run("ansible-inventory", "-i", source, "--list", "--export", env=env).ok().stdout)


@cache
def environment(variable: str, name: str) -> Path:
    """Where a Python environment is: as `make test` says, else as scripts/venv does."""
    if named := os.environ.get(variable):
        return Path(named)
    return Path(run([PROJECT / "scripts" / "venv", name], dict(os.environ)).ok().stdout.strip())


@cache
def project_sections() -> ModuleType:
    """The program scripts/test, whose name is not one of a module: BASE and EVERYTHING are its sections."""
    path = PROJECT / "scripts" / "test"
    spec = spec_from_loader("project_sections", SourceFileLoader("project_sections", str(path)))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def binary() -> Path:
    """Return the nautobridge binary: as `make test` says, else the newest build of this checkout."""
    if named := os.environ.get("NAUTOBRIDGE_BINARY"):
        return Path(named)
    builds = [PROJECT / "target" / profile / "nautobridge" for profile in ("release", "debug")]
    found = [build for build in builds if build.is_file()]
    assert found, "there is no binary: run `make build`"
    return max(found, key=lambda build: build.stat().st_mtime)
