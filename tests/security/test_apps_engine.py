"""Whole runs of the module: what containers wrote into an app's folder since the last run neither stops nor misleads it."""

from __future__ import annotations

import base64
import copy
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from apps_project import ROLE
from fake_engine import Engine

for folder in ("controller", "module_utils"):
    sys.path.append(str(ROLE / folder))

from docker_app.docker import Docker  # noqa: E402  (its folder had to be made known first)
from docker_app.run import Run  # noqa: E402
from docker_app_controller.apps import App  # noqa: E402
from docker_app_controller.project import Options, project  # noqa: E402

SECRET = "s3cret-value"


class Machine:
    """A host with an engine of its own, and one app."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "apps"
        self.web = self.root / "web"
        self.own = self.root / ".nautobridge" / "apps" / "web"
        self.engine = Engine()
        self.scratch = folder / "scratch"
        (folder / "shadow").write_text("root-only")

    def run(self, more: dict[str, Any] | None = None, check: bool = False, **params: Any) -> dict[str, Any]:
        """One run of the module."""
        data = {
            "image": "nginx:1",
            "volumes": ["./data:/data"],
            "files": [{"dest": "conf/x.yml", "content": "from the data\n"}],
            "secrets": {"S": {"key": "s"}, "F": {"key": "f", "as": "file"}},
            "wait": {"stable_for": 0, "timeout": 2},
            **(more or {}),
        }
        made = project(App("web", "app_list.web", data), Options(root=str(self.root)))
        content = {file["dest"]: base64.b64encode(file["content"].encode()).decode() for file in data["files"]}
        secrets = {name: base64.b64encode(SECRET.encode()).decode() for name in data["secrets"]}
        defaults = {
            "root": str(self.root), "host": "h", "commit": "c1", "networks": {}, "wanted": ["web"], "filtered": False,
            "phases": ["render", "pull", "deploy", "verify", "report", "prune"], "pull": "missing", "registries": [],
            "keep": 3, "parallel": 4, "lock_timeout": 1, "adopt": False, "prune": False, "prune_max": 5,
            "prune_max_percent": 50, "rollback": [], "purge": [], "projects": [made], "content": {"web": content},
            "secrets": {"web": secrets},
        }  # fmt: skip
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir()
        run = Run({**defaults, **params}, check, True, str(self.scratch))
        try:
            return run.carry_out()
        finally:
            # The module's process ends here, and the lock with it.
            for handle in run.docker.keep_open:
                os.close(handle)

    def containers(self) -> dict[str, Any]:
        """What runs."""
        return copy.deepcopy(self.engine.containers)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine, real = Machine(tmp_path), Docker.command

    def command(self: Docker, arguments: list[str], folder: str | None = None, **options: Any) -> tuple[int, str, str]:
        if arguments[0] != "docker":
            return real(self, arguments, folder, **options)
        return 0, machine.engine.run(arguments[1:], folder), ""

    monkeypatch.setattr(Docker, "command", command)
    return machine


def result(told: dict[str, Any]) -> str:
    return told["apps"]["web"]["result"]


def test_a_second_run_changes_nothing(machine: Machine) -> None:
    assert result(machine.run()) == "deployed"
    before = machine.containers()
    told = machine.run()
    assert (result(told), told["problems"], told["apps"]["web"]["tampered"]) == ("unchanged", [], [])
    assert machine.containers() == before
    assert sorted(each.name for each in machine.web.iterdir()) == [".env", "compose.yaml", "conf", "secrets"]
    assert sorted(each.name for each in machine.own.iterdir()) == ["bundles", "state.json"]


def test_a_state_of_an_older_version_recreates_nothing(machine: Machine) -> None:
    """Even with a newer commit: only the label's commit is taken from it. A note says where the old backups are."""
    machine.run()
    before = machine.containers()
    old = machine.web / ".nautobridge"
    machine.own.rename(old)
    state = json.loads((old / "state.json").read_text())
    del state["mac"]
    (old / "state.json").write_text(json.dumps(state))
    told = machine.run(commit="c2")
    assert (result(told), told["problems"]) == ("deployed", [])
    assert told["apps"]["web"]["reasons"] == ["what runs was not recorded here yet"]
    assert any(f"backups are in {old}/backups" in note for note in told["notes"])
    assert machine.containers() == before
    again = machine.run(commit="c2")
    assert (result(again), again["notes"]) == ("unchanged", [])
    assert old.exists()


def test_a_forged_state_in_the_apps_folder_is_nothing(machine: Machine) -> None:
    machine.run()
    (machine.web / ".nautobridge").mkdir()
    forged = {"state": "present", "sums": {"../../shadow": "x"}, "entries": {"../../shadow": {}}, "bundle": "../../x"}
    (machine.web / ".nautobridge" / "state.json").write_text(json.dumps(forged))
    assert result(machine.run()) == "unchanged"
    shutil.rmtree(machine.own)
    assert result(machine.run()) == "deployed"
    assert (machine.root.parent / "shadow").read_text() == "root-only"


@pytest.mark.parametrize("kind", ["link", "fifo", "device"])
@pytest.mark.parametrize("path", ["conf/x.yml", ".env", "secrets/F", "compose.yaml"])
def test_what_took_a_files_place_is_replaced(machine: Machine, kind: str, path: str) -> None:
    """And its content is in no diff."""
    machine.run()
    full = machine.web / path
    full.unlink()
    if kind == "fifo":
        os.mkfifo(full)
    else:
        full.symlink_to({"link": machine.root.parent / "shadow", "device": Path("/dev/zero")}[kind])
    for check in (True, False):
        told = machine.run(check=check)
        assert told["apps"]["web"]["reasons"] == [f"{path} was changed by hand"]
        assert "root-only" not in json.dumps(told)
        assert SECRET not in json.dumps(told)
    assert full.is_file()
    assert not full.is_symlink()
    assert (machine.root.parent / "shadow").read_text() == "root-only"
    assert result(machine.run()) == "unchanged"


def test_a_folder_that_became_a_link_is_an_error(machine: Machine) -> None:
    """Of this app; nothing is written through it."""
    machine.run()
    shutil.rmtree(machine.web / "conf")
    outside = machine.root.parent / "outside"
    outside.mkdir()
    (machine.web / "conf").symlink_to(outside)
    told = machine.run()
    assert result(told) == "failed"
    assert "is a symbolic link" in told["problems"][0]
    assert list(outside.iterdir()) == []


LINKS = {
    "mount": {"volumes": ["./data:/data", "./data/sub:/sub:ro"]},
    "secret": {"compose": {"secrets": {"x": {"file": "./data/sub"}}}},
    "config": {"compose": {"configs": {"x": {"file": "data/sub/../sub"}}}},
    "labels": {"label_file": ["data/sub"]},
    "environment": {"env_file": "data/sub"},
    "below": {"volumes": ["./data:/data", {"type": "bind", "source": "./data/sub/etc", "target": "/x"}]},
}


@pytest.mark.parametrize("name", LINKS)
def test_docker_follows_no_link_that_a_container_made(machine: Machine, name: str) -> None:
    machine.run()
    (machine.web / "data").mkdir()
    (machine.web / "data" / "sub").symlink_to(machine.root.parent)
    before = machine.containers()
    for check in (True, False):
        told = machine.run(LINKS[name], check=check)
        assert result(told) == "failed"
        assert "data/sub is a symbolic link" in told["problems"][0]
    assert machine.containers() == before


def test_a_state_that_was_changed_stops_the_host(machine: Machine) -> None:
    from docker_app.errors import HostError

    machine.run()
    path = machine.own / "state.json"
    path.write_text(path.read_text().replace("present", "absent"))
    with pytest.raises(HostError, match="move it away"):
        machine.run()
    before = machine.containers()
    path.rename(machine.root / "away")
    assert result(machine.run()) == "deployed"
    assert machine.containers() == before


def test_rollback_after_a_failure_and_on_request(machine: Machine) -> None:
    """From the bundles where they are now."""
    machine.run()
    told = machine.run({"image": "crash:1", "restart": "no"})
    assert result(told) == "rolled_back", told["problems"]
    (runs,) = machine.containers().values()
    assert runs["image"] == "nginx:1"
    machine.run({"image": "nginx:2"})
    told = machine.run({"image": "nginx:2"}, rollback=["web"])
    assert (result(told), told["problems"]) == ("rolled_back", [])
    (runs,) = machine.containers().values()
    assert runs["image"] == "nginx:1"


def test_a_purge_takes_what_is_kept_too(machine: Machine) -> None:
    machine.run()
    machine.web.joinpath("data").mkdir()
    (machine.web / "data" / "link").symlink_to(machine.root.parent)
    told = machine.run({"state": "absent"}, purge=["web"])
    assert result(told) == "purged", told["problems"]
    assert not machine.web.exists()
    assert not machine.own.exists()
    assert (machine.root.parent / "shadow").exists()


def test_backups_lie_outside_of_the_apps_folder(machine: Machine) -> None:
    backup = {"backup": {"paths": ["data"], "pre": "mkdir -p data; echo x > data/f"}}
    machine.run(backup)
    assert result(machine.run({**backup, "image": "nginx:2"})) == "deployed"
    assert len(list((machine.own / "backups").glob("*.tar.gz"))) == 1
    assert not (machine.web / ".nautobridge").exists()
