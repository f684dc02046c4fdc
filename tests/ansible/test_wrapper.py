"""inventory/nautobot, and the plugin beside it: where they look for the binary."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import PROJECT, Core, Result, run

PLACES = ["target/release", "target/debug", "bin"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A checkout without a binary."""
    project = tmp_path / "a project"
    for part in ("inventory", "inventory_plugins"):
        shutil.copytree(PROJECT / part, project / part)
    shutil.copy(PROJECT / "ansible.cfg", project)
    return project


def put(binary: Path, folder: Path, name: str = "nautobridge") -> None:
    """Put a program into a folder that tells which one it is."""
    folder.mkdir(parents=True)
    (folder / name).write_text(f'#!/bin/sh\necho "{folder}"\nexec "{binary}" "$@"\n')
    (folder / name).chmod(0o755)


def wrapper(project: Path, *arguments: str, **env: str) -> Result:
    """Run the wrapper of a checkout."""
    return run([project / "inventory" / "nautobot", *arguments], env)


def which(project: Path, **env: str) -> str:
    """Tell the folder of the binary that the wrapper runs."""
    return wrapper(project, "--list", **env).ok().stdout.splitlines()[0]


def test_the_order_of_places(project: Path, tmp_path: Path, stub: Callable) -> None:
    made = stub(stdout="{}")
    on_path = {"PATH": f"{tmp_path / 'path'}:{os.defpath}"}
    for place in reversed(PLACES):
        put(made.path, project / place)
        assert which(project) == str(project / place)
    put(made.path, tmp_path / "path")
    assert which(project) == str(project / PLACES[0])
    assert which(project, **on_path) == str(tmp_path / "path")
    put(made.path, tmp_path / "named")
    assert which(project, **on_path, NAUTOBRIDGE_BINARY=str(tmp_path / "named" / "nautobridge")) == str(
        tmp_path / "named"
    )


def test_arguments_are_passed_on(project: Path, stub: Callable) -> None:
    made = stub(stdout="{}")
    wrapper(project, "--host", 'a host\'s "name"', **made.env).ok()
    assert made.arguments == ["inventory", "--host", 'a host\'s "name"']


def test_its_exit_code_and_message_are_passed_on(project: Path, stub: Callable) -> None:
    made = stub(stderr="no such host", end="exit 3")
    result = wrapper(project, "--host", "x", **made.env)
    assert (result.code, result.stderr) == (3, "no such host")


def test_without_a_binary(project: Path) -> None:
    result = wrapper(project, "--list")
    assert (result.code, result.stdout) == (1, "")
    assert "make build" in result.stderr
    assert str(project) in result.stderr


def test_with_a_wrong_name(project: Path, stub: Callable) -> None:
    """No other binary takes the place of the one that was asked for."""
    put(stub(stdout="{}").path, project / "bin")
    result = wrapper(project, "--list", NAUTOBRIDGE_BINARY="/nonexistent/nautobridge")
    assert (result.code, result.stdout) == (1, "")
    assert "/nonexistent/nautobridge" in result.stderr


@pytest.mark.parametrize("place", PLACES)
def test_the_plugin_looks_beside_the_project(
    core: Core, project: Path, stub: Callable, document: dict, place: str
) -> None:
    made = stub(document)
    (project / place).mkdir(parents=True)
    (project / place / "nautobridge").symlink_to(made.path)
    env = {"ANSIBLE_CONFIG": str(project / "ansible.cfg")}
    exported = core.inventory(project / "inventory" / "nautobridge.yml", env)
    assert set(exported["_meta"]["hostvars"]) == set(document["_meta"]["hostvars"])


def test_the_plugin_prefers_the_path(core: Core, project: Path, tmp_path: Path, stub: Callable, document: dict) -> None:
    made = stub(document)
    (project / "bin").mkdir()
    (project / "bin" / "nautobridge").write_text("#!/bin/sh\nexit 9\n")
    (project / "bin" / "nautobridge").chmod(0o755)
    env = {"ANSIBLE_CONFIG": str(project / "ansible.cfg"), "PATH": f"{made.folder}:{os.defpath}"}
    core.inventory(project / "inventory" / "nautobridge.yml", env)
    assert made.runs == 1
