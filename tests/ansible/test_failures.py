"""Whatever goes wrong: no hosts, the reason is told, and a command that is to fail fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import PROJECT, SCRIPT, Core

# What the binary does, and what must be told to the user.
FAILURES = {
    "error": (
        {"stderr": "error: the token was refused\n  hint: set NAUTOBOT_TOKEN", "end": "exit 1"},
        "token was refused",
    ),
    "usage": ({"stderr": "error: unknown setting `filtres`", "end": "exit 2"}, "unknown setting `filtres`"),
    "silent": ({"end": "exit 7"}, {"plugin": "failed (exit code 7): it gave no reason", "script": "script plugin"}),
    "killed": ({"end": "kill -KILL $$"}, {"plugin": "failed (signal 9)", "script": "script plugin"}),
    "nothing": ({}, "JSON"),
    "garbage": ({"stdout": "<html>Bad gateway</html>"}, "JSON"),
    "half": ({"stdout": '{"_meta": {"hostvars": {"a": {}}}, "all": {"hosts": ["a"], "chil'}, "JSON"),
    "whole, then an error": ({"whole": True, "stderr": "broken off", "end": "exit 1"}, "broken off"),
}

SHAPES = {
    "a list": [],
    "no _meta": {"all": {"hosts": ["a"]}},
    "hostvars a list": {"_meta": {"hostvars": []}, "all": {"hosts": ["a"]}},
    "vars a list": {"_meta": {"hostvars": {"a": []}}, "all": {"hosts": ["a"]}},
    "group a list": {"_meta": {"hostvars": {}}, "all": {"hosts": ["a"]}, "web": ["a"]},
    "hosts text": {"_meta": {"hostvars": {}}, "all": {"hosts": "abc"}},
    "host a number": {"_meta": {"hostvars": {}}, "all": {"hosts": ["a", 1]}},
    "children a mapping": {"_meta": {"hostvars": {}}, "all": {"hosts": ["a"], "children": {"b": {}}}},
    "group vars a list": {"_meta": {"hostvars": {}}, "all": {"hosts": ["a"], "vars": ["b"]}},
}


def no_hosts(text: str) -> bool:
    """Whether `ansible-inventory --list` shows no host."""
    shown = json.loads(text)
    return shown["_meta"]["hostvars"] == {} and not any("hosts" in group for group in shown.values())


@pytest.mark.parametrize("failure", list(FAILURES))
def test_a_failure_of_the_binary(
    core: Core, source: Path, stub: Callable, document: dict, tmp_path: Path, failure: str
) -> None:
    behaviour, message = FAILURES[failure]
    if isinstance(message, dict):
        message = message["script" if source == SCRIPT else "plugin"]
    whole = {"document": document} if behaviour.get("whole") else {}
    made = stub(**whole, **{key: value for key, value in behaviour.items() if key != "whole"})

    # With the project's ansible.cfg.
    result = core.run("ansible-inventory", "-i", source, "--list", env=made.env).failed()
    assert message in result.said
    assert result.stdout == ""
    # One question to Nautobot, not one for each of Ansible's plugins.
    assert made.runs == 1

    if failure not in ("error", "half", "whole, then an error"):
        return

    # Without it, as AWX does for a project that has none.
    empty = tmp_path / "empty.cfg"
    empty.touch()
    bare = made.env | {"ANSIBLE_CONFIG": str(empty), "ANSIBLE_INVENTORY_PLUGINS": str(PROJECT / "inventory_plugins")}
    result = core.run(
        "ansible-inventory",
        "-i",
        source,
        "--list",
        "--export",
        env=bare | {"ANSIBLE_INVENTORY_UNPARSED_FAILED": "True"},
    ).failed()
    assert message in result.said
    assert result.stdout == ""

    # And where Ansible goes on in spite of it, there is nobody to go on with.
    result = core.run("ansible-inventory", "-i", source, "--list", env=bare).ok()
    assert message in result.said
    assert no_hosts(result.stdout)


@pytest.mark.parametrize("shape", list(SHAPES))
def test_the_plugin_refuses_what_is_no_inventory(core: Core, stub: Callable, shape: str) -> None:
    env = stub(stdout=json.dumps(SHAPES[shape])).env | {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "False"}
    env["ANSIBLE_INVENTORY_UNPARSED_FAILED"] = "False"
    result = core.run("ansible-inventory", "-i", PROJECT / "inventory" / "nautobridge.yml", "--list", env=env).ok()
    assert "no inventory" in result.said
    assert no_hosts(result.stdout)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing/nautobridge", "missing/nautobridge"),
        ("folder", "not found"),
        ("plain", "not executable"),
        ("foreign", "foreign"),
    ],
)
def test_a_binary_that_cannot_run(core: Core, tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "plain").write_text("#!/bin/sh\n")
    (tmp_path / "foreign").write_bytes(b"\x7fELF of another processor")
    (tmp_path / "foreign").chmod(0o755)
    env = {"NAUTOBRIDGE_BINARY": str(tmp_path / name)}
    source = PROJECT / "inventory" / "nautobridge.yml"
    result = core.run("ansible-inventory", "-i", source, "--list", env=env).failed()
    assert message in result.said
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_text_that_is_no_utf8(core: Core, source: Path, stub: Callable) -> None:
    made = stub()
    (made.folder / "stdout").write_bytes(b'{"_meta": {"hostvars": {}}, "all": {"hosts": ["\xff"]}}')
    result = core.run("ansible-inventory", "-i", source, "--list", env=made.env).failed()
    assert "UTF-8" in result.said
    assert result.stdout == ""
