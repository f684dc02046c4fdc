"""Applies the role as a user would, with ansible-playbook."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from compose import CURRENT, compose_binary
from harness import PROJECT, Core, Result, environment
from hosts import Host


@dataclass(frozen=True)
class Play:
    """A run of the playbook."""

    result: Result

    @property
    def changed(self) -> int:
        """How many tasks changed something."""
        return int(re.search(r"changed=(\d+)", self.result.stdout)[1])

    def ok(self) -> Play:
        """This run, if it succeeded."""
        self.result.ok()
        return self

    @property
    def error(self) -> str:
        """What it says when it failed, in one line."""
        self.result.failed()
        return " ".join((self.result.stdout + self.result.stderr).split())


def apply(core: Core, host: Host, *options: str, **variables: Any) -> Play:
    """Run the playbook on a host."""
    given = {"deploy_hosts": "all"} | {
        name if name == "docker" else f"docker_engine_{name}": value for name, value in variables.items()
    }
    playbook = PROJECT / "playbooks" / "docker_engine.yml"
    return Play(core.run("ansible-playbook", "-i", host.inventory, playbook, "-e", json.dumps(given), *options))


@pytest.fixture(scope="session")
def compose() -> Path:
    """Compose's binary, of the version that the lab has."""
    return compose_binary(CURRENT)


@pytest.fixture(params=["current", "2.16", "2.17"])
def core(request: pytest.FixtureRequest, cores: list[Core], tmp_path_factory: pytest.TempPathFactory) -> Core:
    """Each ansible-core in turn; for each test, as the tests of a host follow one another."""
    if request.param == "2.17":
        return Core("2.17", environment("ANSIBLE_MIDDLE", "ansible-2.17"), tmp_path_factory.mktemp("ansible"))
    return next(core for core in cores if core.name == request.param)


@pytest.fixture(scope="session")
def current(cores: list[Core]) -> Core:
    """The current ansible-core."""
    return next(core for core in cores if core.name == "current")


@pytest.fixture(scope="session")
def oldest(cores: list[Core]) -> Core:
    """The oldest supported ansible-core."""
    return next(core for core in cores if core.name == "2.16")


@pytest.fixture(autouse=True)
def needs_root() -> None:
    """Namespaces and mounts need it: fail, and say so, rather than skip."""
    assert os.geteuid() == 0, "the tests of docker_engine make hosts in namespaces, which needs root"
