"""A stand-in for the binary, for what the real one would never print, and to see how it is called."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

SCRIPT = """#!/bin/sh
cd "{folder}" || exit 99
echo >> runs
printf '%s\\n' "$@" > arguments
env -0 > environment
cat > stdin
cat stdout
cat stderr >&2
{end}
"""


@dataclass(frozen=True)
class Stub:
    """An executable that prints what it was told to, and notes how it was called."""

    folder: Path

    @property
    def path(self) -> Path:
        """The executable."""
        return self.folder / "nautobridge"

    @property
    def env(self) -> dict[str, str]:
        """Make the plugin and the wrapper run it."""
        return {"NAUTOBRIDGE_BINARY": str(self.path)}

    @property
    def runs(self) -> int:
        """How often it ran."""
        file = self.folder / "runs"
        return len(file.read_text().splitlines()) if file.exists() else 0

    @property
    def arguments(self) -> list[str]:
        """The words of its last command line."""
        return (self.folder / "arguments").read_text().splitlines()

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its last run."""
        pairs = (self.folder / "environment").read_text().rstrip("\0").split("\0")
        return dict(pair.split("=", 1) for pair in pairs)

    @property
    def stdin(self) -> str:
        """What it was given on standard input."""
        return (self.folder / "stdin").read_text()


@pytest.fixture
def stub(tmp_path: Path) -> Callable[..., Stub]:
    """Make a stand-in for the binary."""

    def make(document: Any = None, *, stdout: str = "", stderr: str = "", end: str = "exit 0") -> Stub:
        folder = tmp_path / "stub of the binary"
        folder.mkdir(exist_ok=True)
        (folder / "stdout").write_text(stdout if document is None else json.dumps(document))
        (folder / "stderr").write_text(stderr)
        made = Stub(folder)
        made.path.write_text(SCRIPT.format(folder=folder, end=end))
        made.path.chmod(0o755)
        return made

    return make


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A file that a planted expression makes when it is evaluated."""
    return tmp_path / "canary"


@pytest.fixture
def document(canary: Path) -> dict[str, Any]:
    """An inventory as the binary prints it: names of every kind, planted expressions, one of them trusted."""
    odd = "Küche \"1\" 'q' 名 😀 " + "x" * 230
    return {
        "_meta": {
            "hostvars": {
                "traefik": {
                    "ansible_connection": "local",
                    "ansible_host": "192.0.2.10",
                    "app_list": {"traefik": {"image": "traefik:v3", "ports": [80, 443]}},
                    "trusted": "{{ 40 + 2 }}",
                    "nautobot": {
                        "type": "virtual_machine",
                        "platform": "Debian 12",
                        "tags": ["web", "edge"],
                        "vcpus": 2,
                        "disk": None,
                        "load": 0.5,
                        "managed": True,
                        "large": 12345678901234567890,
                        "comments": {"__ansible_unsafe": "{{ lookup('pipe', 'touch " + str(canary) + "') }}"},
                        "nested": [{"__ansible_unsafe": "{% if true %}evaluated{% endif %}"}, {"a": []}],
                        "plain": "100 % of {this} is fine } %",
                    },
                },
                odd: {"ansible_connection": "local", "nautobot": {"type": "device", "platform": None, "tags": []}},
            }
        },
        "all": {"hosts": ["traefik", odd], "children": ["location_home", "role_web"], "vars": {}},
        "location_home": {"hosts": [], "children": ["location_rack"], "vars": {}},
        "location_rack": {"hosts": [odd], "children": [], "vars": {"rack_units": 42}},
        "role_web": {
            "hosts": ["traefik"],
            "children": [],
            "vars": {
                "group_comment": {"__ansible_unsafe": "{{ 1 + 1 }}"},
                "group_trusted": "{{ 40 + 3 }}",
                "group_plain": "text",
            },
        },
    }
