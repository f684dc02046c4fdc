"""What a real Compose makes of mounts, files and variables, and that the role sees it so. Compose needs no engine for that."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from compose import CURRENT, OLDEST, compose_binary, compose_version
from test_apps_engine import (  # noqa: F401  (the tests run here with a real Compose, too)
    SECRET,
    Machine,
    made,
    reader,
    result,
    test_docker_follows_no_link_that_a_container_made,
    test_links_of_the_administrator_are_followed,
    test_no_container_may_write_what_the_role_runs,
    test_no_mount_of_an_app_leads_another_one_elsewhere,
    test_other_folders_may_be_written_to,
    test_what_compose_resolves_is_not_printed,
)


@pytest.fixture(params=[CURRENT, OLDEST], ids=["current", "oldest"])
def machine(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine whose Compose is real: the current one, and the oldest that is supported."""
    binary = compose_binary(request.param)
    machine = made(tmp_path, monkeypatch)
    machine.engine.compose = binary
    return machine


def writable(machine: Machine) -> list[str]:
    """What was recorded of the app `web`."""
    return json.loads((machine.own / "state.json").read_text())["writable"]


def test_all_forms_of_a_mount(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    top = machine.root.parent
    monkeypatch.setenv("HOME", str(top / "home"))
    volumes: list[Any] = [
        "./a$$b:/1",
        "~/x:/2",
        "${PWD}/pwd:/3",
        "${X:-./default}:/4",
        "${S}-secret:/5",
        "/srv//x/../y:/6",
        "./read:/7:ro",
        "named:/8",
        "bound:/9",
        {"type": "bind", "source": "long", "target": "/10"},
        {"type": "bind", "source": "quiet", "target": "/11", "read_only": True},
        {"type": "bind", "source": "loud", "target": "/12", "read_only": "${RO:-false}"},
        {"type": "tmpfs", "target": "/13"},
        "../../../../../../../../../../../../../../../up:/14",
    ]
    options = {"type": "none", "o": "bind", "device": "${PWD}/device"}
    told = machine.run(
        {
            "volumes": volumes,
            "environment": {"TOKEN": "${S}"},
            "secrets": {"S": {"key": "s"}, "F": {"key": "f", "as": "file"}},
            "compose": {"volumes": {"named": None, "bound": {"driver_opts": options}}},
        }
    )
    # A source that begins with a secret is no path, and so the name of a volume that nobody declared.
    assert result(told) == "failed"
    volumes[4] = "./${S}:/5"
    told = machine.run({"volumes": volumes, "compose": {"volumes": {"named": None, "bound": {"driver_opts": options}}}})
    assert told["problems"] == []
    web = str(machine.web)
    assert writable(machine) == sorted(
        [f"{web}/{name}" for name in ("a$b", "pwd", "default", SECRET, "long", "loud", "device")]
        + [f"{top}/home/x", "/srv/y", "/up"]
        # As the engine says, which stands in here.
        + [f"{machine.engine.volumes}/web_{name}/_data" for name in ("named", "bound")]
    )


def test_a_first_deployment_is_checked_without_a_folder(machine: Machine) -> None:
    """Where the app has no folder yet, PWD is still the folder that it will have."""
    for mount in ("$PWD:/x", "${PWD}/.:/x", ".:/x"):
        told = machine.run({"volumes": [mount]}, check=True)
        assert result(told) == "failed"
        assert f"write to {machine.web}, which" in told["problems"][0]
    assert not machine.root.exists()


def test_an_environment_file_is_looked_at_before_compose_reads_it(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compose would quote a line of it in an error, or read it for ever."""
    top = machine.root.parent
    monkeypatch.setenv("HOME", str(top))
    (top / "media").mkdir()
    (top / "root-only").write_text("root:$6$abc: not a variable\n")
    (top / "media" / "e").symlink_to(top / "root-only")
    os.mkfifo(top / "media" / "fifo")
    first = {"volumes": [f"{top}/media:/m"]}
    for path in (f"{top}/media/e", "~/media/e", "${PWD}/../../media/e", "../../media/e", f"{top}/media/fifo"):
        for check in (True, False):
            for key in ("env_file", "label_file"):
                told = machine.run(first, check=check, others={"other": reader(**{key: path})})
                assert result(told, "other") == "failed"
                assert "media/" in told["problems"][-1]
                assert "$6$" not in json.dumps(told)


def test_environment_files_work(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """By hand beside the apps or elsewhere, of the app's own files, and optional ones."""
    top = machine.root.parent
    monkeypatch.setenv("HOME", str(top))
    (top / "h.env").write_text("A=1\n")
    (top / "a$b.env").write_text("A=1\n")
    machine.root.mkdir()
    (machine.root / "shared.env").write_text("B=2\n")
    files = [{"dest": "own.env", "content": "C=3\n"}]
    paths = ["~/h.env", "../shared.env", "own.env", "$PWD/own.env", f"{top}/h.env", "../../h.env", "../../a$$b.env"]
    told = machine.run({"files": files, "env_file": paths})
    assert (result(told), told["problems"]) == ("deployed", [])
    # Compose knows optional files since 2.24.
    if not machine.engine.compose.name.endswith(compose_version(OLDEST)):
        told = machine.run({"env_file": [{"path": "./none.env", "required": False}]})
        assert (result(told), told["problems"]) == ("deployed", [])


def test_a_wrong_file_is_refused_in_the_words_of_compose(machine: Machine) -> None:
    told = machine.run({"ports": ["not a port"]})
    assert result(told) == "failed"
    assert "Docker Compose refuses the app: " in told["problems"][0]
    told = machine.run({"environment": {"A": "${NOT_SET}"}})
    assert "Docker Compose refuses" not in str(told["problems"])
