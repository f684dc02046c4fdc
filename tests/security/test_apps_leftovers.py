"""What is left of apps: volumes of apps that are gone, files that changed since, projects that are given back."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_apps_engine import Machine, made, reader, replace, result

NAMED: dict[str, Any] = {"volumes": ["data:/data"], "compose": {"volumes": {"data": None}}}


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return made(tmp_path, monkeypatch)


def asked_of(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The docker commands from now on."""
    run, asked = machine.engine.run, []
    monkeypatch.setattr(machine.engine, "run", lambda words, folder: asked.append(words) or run(words, folder))
    return asked


def changing(words: list[list[str]]) -> list[str]:
    """The Compose commands among them that change something."""
    return [
        each for words in words if words[0] == "compose" for each in words if each in ("up", "stop", "down", "restart")
    ]


# Files that Compose reads


def test_an_own_file_by_its_absolute_path_is_looked_at(machine: Machine) -> None:
    """The stage has one of that name, and Compose reads the one in the app's folder."""
    files = [{"dest": "own.env", "content": "A=1\n"}]
    machine.run({"files": files})
    for path in (f"{machine.web}/own.env", f"{machine.web}/../web/./own.env"):
        for kind in ("link", "fifo"):
            (machine.web / "own.env").unlink()
            if kind == "link":
                replace(machine.web / "own.env", machine.root.parent / "shadow")
            else:
                os.mkfifo(machine.web / "own.env")
            for check in (True, False):
                told = machine.run({"files": files, "env_file": path}, check=check)
                assert result(told) == "failed"
                assert "own.env is a" in told["problems"][0]
    (machine.web / "own.env").unlink()
    # A relative one is the stage's, and what is in the app's folder is replaced.
    replace(machine.web / "own.env", machine.root.parent / "shadow")
    assert result(machine.run({"files": files, "env_file": "own.env"})) == "deployed"
    assert (machine.web / "own.env").read_text() == "A=1\n"


FIFO = "rm -f data/e; mkfifo data/e"


def with_file(machine: Machine, **more: Any) -> dict[str, Any]:
    """An app with a file that its container may change."""
    (machine.web / "data").mkdir(parents=True, exist_ok=True)
    (machine.web / "data" / "e").unlink(missing_ok=True)
    (machine.web / "data" / "e").write_text("A=1\n")
    return {"env_file": "data/e", **more}


def test_a_rollback_reads_no_file_that_a_container_put_there(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A FIFO would be read for ever. Neither after a failure, nor on request, nor forward again."""
    machine.run(with_file(machine))
    asked = asked_of(machine, monkeypatch)
    told = machine.run(with_file(machine, image="nginx:2", hooks={"post": f"{FIFO}; exit 1"}))
    assert result(told) == "failed"
    assert "data/e is a FIFO" in told["problems"][0]
    assert changing(asked) == ["up"]
    machine.run(with_file(machine, image="nginx:3"))
    machine.run(with_file(machine, image="nginx:4"))
    (machine.web / "data" / "e").unlink()
    os.mkfifo(machine.web / "data" / "e")
    asked.clear()
    told = machine.run({"env_file": "data/e", "image": "nginx:4"}, rollback=["web"])
    assert result(told) == "failed"
    assert "data/e is a FIFO" in told["problems"][0]
    assert changing(asked) == []


def test_what_compose_may_not_read_is_stopped_all_the_same(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A first deployment that fails has nothing to go back to."""
    asked = asked_of(machine, monkeypatch)
    told = machine.run(with_file(machine, hooks={"post": f"{FIFO}; exit 1"}))
    assert result(told) == "failed"
    assert "its containers were stopped" in told["problems"][0]
    assert any("stopped by its labels" in note for note in told["notes"])
    assert changing(asked) == ["up"]
    assert machine.containers() == {}


# Links in the volumes of apps that are gone


def absent(machine: Machine) -> None:
    machine.run({**NAMED, "state": "absent"})


def by_hand(machine: Machine) -> None:
    machine.engine.containers.clear()


def without_state(machine: Machine) -> None:
    (machine.own / "state.json").unlink()
    absent(machine)


def another_volume(machine: Machine) -> None:
    machine.run({"volumes": ["./data:/data"]})


GONE: dict[str, Callable[[Machine], None]] = {
    "absent": absent,
    "by hand": by_hand,
    "without a state": without_state,
    "another volume": another_volume,
}


@pytest.mark.parametrize("how", GONE)
@pytest.mark.parametrize("first", ["deployed", "failed", "of an older version"])
def test_links_in_the_volume_of_an_app_that_is_gone(machine: Machine, how: str, first: str) -> None:
    machine.engine.volumes = str(machine.root.parent / "volumes")
    volume = Path(machine.engine.volumes) / "web_data" / "_data"
    volume.mkdir(parents=True)
    (volume / "x").symlink_to("/etc")
    machine.run({**NAMED, **({"image": "crash:1", "restart": "no"} if first == "failed" else {})})
    if first == "of an older version":
        # It recorded only what Compose says, and runs on unchanged.
        machine.run(NAMED)
        assert str(volume) in json.loads((machine.own / "state.json").read_text())["writable"]
    if first != "failed" or how != "without a state":
        GONE[how](machine)
        told = machine.run({**NAMED, "state": "absent"}, others={"other": reader(volumes=[f"{volume}/x:/m:ro"])})
        assert result(told, "other") == "failed"
        assert f"{volume}/x is a symbolic link" in "".join(told["problems"])


# Projects that were made by hand


def hand_made(machine: Machine, folder: Path, service: str = "web", **labels: str) -> str:
    """A container of a project `web`; its id."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "docker-compose.yml").write_text(f"services: {{{service}: {{image: 'hand:1'}}}}\n")
    said = {
        "com.docker.compose.project.working_dir": str(folder),
        "com.docker.compose.project.config_files": f"{folder}/docker-compose.yml",
        **labels,
    }
    container = {"project": "web", "service": service, "hash": "x", "image": "hand:1", "labels": said}
    machine.engine.containers["hand"] = container
    return "hand"


BROKEN = {"image": "crash:1", "restart": "no"}


def test_what_was_not_replaced_is_started_again(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its id: no file is read."""
    hand_made(machine, machine.root.parent / "hand", service="other")
    asked = asked_of(machine, monkeypatch)
    told = machine.run(BROKEN, adopt=True)
    assert result(told) == "rolled_back", told["problems"]
    assert changing(asked) == ["up"]
    assert list(machine.containers()) == ["hand"]
    assert machine.containers()["hand"]["is_started"]
    assert any("were started again" in note for note in told["notes"])


def test_what_was_replaced_is_made_of_its_own_file(machine: Machine) -> None:
    """As the labels say that Compose wrote; a note says of which file."""
    folder = machine.root.parent / "hand"
    hand_made(machine, folder)
    told = machine.run(BROKEN, adopt=True)
    assert result(told) == "rolled_back", told["problems"]
    assert [each["image"] for each in machine.containers().values()] == ["hand:1"]
    assert any(f"anew, of {folder}/docker-compose.yml" in note for note in told["notes"])


@pytest.mark.parametrize("how", ["image", "image's folder", "mount", "link", "relative", "none"])
def test_no_file_is_run_that_an_image_or_a_container_could_name(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """An image's labels are its containers' labels, and files of a mount are a container's."""
    folder = machine.root.parent / "hand"
    labels: dict[str, str] = {}
    files = "com.docker.compose.project.config_files"
    if how.startswith("image"):
        key = files if how == "image" else "com.docker.compose.project.working_dir"
        machine.engine.image_labels = {key: "/x"}
    elif how in ("relative", "none"):
        labels = {files: "docker-compose.yml" if how == "relative" else ""}
    hand_made(machine, folder, **labels)
    if how == "mount":
        mount = {"type": "bind", "source": str(folder)}
        machine.engine.containers["hand"]["volumes"] = [mount]
    elif how == "link":
        (folder / "data").mkdir()
        (folder / "data" / "x.yml").symlink_to(folder / "docker-compose.yml")
        machine.engine.containers["hand"]["volumes"] = [{"type": "bind", "source": f"{folder}/data"}]
        machine.engine.containers["hand"]["labels"][files] = f"{folder}/data/x.yml"
    asked = asked_of(machine, monkeypatch)
    told = machine.run(BROKEN, adopt=True)
    assert result(told) == "failed"
    assert "start it by hand" in told["problems"][0] or "symbolic link" in told["problems"][0]
    assert changing(asked) == ["up"]
    assert machine.containers() == {}
