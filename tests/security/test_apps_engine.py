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
from fake_engine import Engine, Refused

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

    def run(
        self,
        more: dict[str, Any] | None = None,
        check: bool = False,
        others: dict[str, dict[str, Any]] | None = None,
        secret_files: tuple[str, ...] = (),
        **params: Any,
    ) -> dict[str, Any]:
        """One run of the module; `others`: apps without files and secrets, by name; `secret_files` were vaulted."""
        data = {
            "image": "nginx:1",
            "volumes": ["./data:/data"],
            "files": [{"dest": "conf/x.yml", "content": "from the data\n"}],
            "secrets": {"S": {"key": "s"}, "F": {"key": "f", "as": "file"}},
            "wait": {"stable_for": 0, "timeout": 2},
            **(more or {}),
        }
        made = project(App("web", "app_list.web", data), Options(root=str(self.root)))
        options = Options(root=str(self.root))
        made = [made] + [project(App(name, f"app_list.{name}", each), options) for name, each in (others or {}).items()]
        for file in made[0]["files"]:
            file["is_secret"] = file["dest"] in secret_files
        content = {file["dest"]: base64.b64encode(file["content"].encode()).decode() for file in data["files"]}
        secrets = {name: base64.b64encode(SECRET.encode()).decode() for name in data["secrets"]}
        defaults = {
            "root": str(self.root), "host": "h", "commit": "c1", "networks": {}, "filtered": False,
            "phases": ["render", "pull", "deploy", "verify", "report", "prune"], "pull": "missing", "registries": [],
            "keep": 3, "parallel": 4, "lock_timeout": 1, "adopt": False, "prune": False, "prune_max": 5,
            "prune_max_percent": 50, "rollback": [], "purge": [], "projects": made, "wanted": [each["name"] for each in made],
            "content": {"web": content, **{name: {} for name in others or {}}},
            "secrets": {"web": secrets, **{name: {} for name in others or {}}},
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
        """A copy of the containers of the stand-in engine."""
        return copy.deepcopy(self.engine.containers)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return made(tmp_path, monkeypatch)


def made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine whose engine stands in for Docker."""
    machine, real = Machine(folder), Docker.command

    def command(self: Docker, arguments: list[str], folder: str | None = None, **options: Any) -> tuple[int, str, str]:
        if arguments[0] != "docker":
            return real(self, arguments, folder, **options)
        try:
            return 0, machine.engine.run(arguments[1:], folder), ""
        except Refused as refused:
            return 1, "", str(refused)

    monkeypatch.setattr(Docker, "command", command)
    return machine


def result(told: dict[str, Any], name: str = "web") -> str:
    return told["apps"][name]["result"]


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
    "secret": {"compose": {"services": {"web": {"secrets": ["x"]}}, "secrets": {"x": {"file": "./data/sub"}}}},
    "config": {"configs": ["x"], "compose": {"configs": {"x": {"file": "data/sub/../sub"}}}},
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


def reader(**app: Any) -> dict[str, Any]:
    """Another app, which is well at once."""
    own = {} if "services" in app.get("compose", {}) else {"image": "x:1"}
    return {**own, "wait": {"stable_for": 0, "timeout": 2}, **app}


def uses(section: str, path: str) -> dict[str, Any]:
    """A service with one file of this section."""
    return {"compose": {"services": {"a": {"image": "x:1", section: ["x"]}}, section: {"x": {"file": path}}}}


def volume(options: dict[str, str]) -> dict[str, Any]:
    """A service with a named volume that has these options."""
    return {"volumes": ["media:/m"], "compose": {"volumes": {"media": {"driver_opts": options}}}}


# What the app `web` may write to, and what the app `other` has Docker follow; `{top}` is a folder beside the apps' root.
OUTSIDE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "mount below a mount": ({"volumes": ["{top}/media:/m"]}, {"volumes": ["{top}/media/movies:/m:ro"]}),
    "further below": ({"volumes": ["{top}/media:/m"]}, {"volumes": ["{top}/media/movies/etc:/m"]}),
    "secret": ({"volumes": ["{top}/media:/m"]}, uses("secrets", "{top}/media/movies")),
    "config": ({"volumes": ["{top}/media:/m"]}, uses("configs", "{top}/media/movies/x")),
    "environment": ({"volumes": ["{top}/media:/m"]}, {"env_file": [{"path": "{top}/media/movies"}]}),
    "label": ({"volumes": ["{top}/media:/m"]}, {"label_file": "{top}/media/movies"}),
    "profile": ({"volumes": ["{top}/media:/m"]}, {"security_opt": ["seccomp={top}/media/movies"]}),
    "device": ({"volumes": ["{top}/media:/m"]}, {"devices": ["{top}/media/movies:/dev/x"]}),
    "default": ({"volumes": ["${X:-{top}}/media:/m"]}, {"volumes": ["${Y-{top}}/media/movies:/m:ro"]}),
    "home": ({"volumes": ["~/media:/m"]}, {"volumes": ["~/media/movies:/m:ro"]}),
    "folder": ({"volumes": ["$PWD/../../media:/m"]}, {"volumes": ["${PWD}/../../media/movies:/m:ro"]}),
    "volume": (
        volume({"type": "none", "o": "bind", "device": "{top}/media"}),
        volume({"type": "none", "o": "bind,ro", "device": "{top}/media/movies"}),
    ),
    "overlay": (
        volume({"type": "overlay", "device": "overlay", "o": "lowerdir=/x:/y,upperdir={top}/media,workdir=/w"}),
        volume({"type": "overlay", "device": "overlay", "o": "lowerdir=/x:{top}/media/movies"}),
    ),
}


def placed(data: Any, top: Path) -> Any:
    """Data with the folder in its place."""
    return json.loads(json.dumps(data).replace("{top}", str(top)))


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("when", ["before", "together", "gone"])
def test_no_mount_of_an_app_leads_another_one_elsewhere(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, name: str, when: str
) -> None:
    """Neither where it runs, nor where both are deployed in one run, nor where it was removed since."""
    top = machine.root.parent
    monkeypatch.setenv("HOME", str(top))
    (top / "media").mkdir()
    (top / "media" / "movies").symlink_to("/etc")
    first, second = placed(OUTSIDE[name], top)
    if when != "together":
        machine.run(first)
    if when == "gone":
        machine.run({**first, "state": "absent"})
        first["state"] = "absent"
    told = machine.run(first, others={"other": reader(**second)})
    assert result(told, "other") == "failed"
    assert f"{top}/media/movies is a symbolic link" in "".join(told["problems"])
    assert not [each for each in machine.containers().values() if each["project"] == "other"]


def test_links_of_the_administrator_are_followed(machine: Machine) -> None:
    """Above of what a container may write to, beside it, and of a mount itself; what is missing is made by Docker."""
    top = machine.root.parent
    (top / "disk" / "media" / "movies").mkdir(parents=True)
    (top / "srv").symlink_to("disk")
    (top / "disk" / "own").symlink_to(top / "disk" / "media")
    volumes = [f"{top}/srv/media:/a", f"{top}/srv/media/movies:/b:ro", f"{top}/srv/own:/c", f"{top}/srv/media/new/x:/d"]
    told = machine.run({"volumes": volumes}, others={"other": reader(volumes=volumes)})
    assert (result(told), result(told, "other"), told["problems"]) == ("deployed", "deployed", [])


def test_another_name_of_a_mount_hides_no_link(machine: Machine) -> None:
    """A container writes to `srv/media`, and Docker is to follow `disk/media/movies`."""
    top = machine.root.parent
    (top / "disk" / "media").mkdir(parents=True)
    (top / "srv").symlink_to("disk")
    (top / "disk" / "media" / "movies").symlink_to("/etc")
    told = machine.run(
        {"volumes": [f"{top}/srv/media:/a"]}, others={"other": reader(volumes=[f"{top}/disk/media/movies:/b"])}
    )
    assert result(told, "other") == "failed"


def test_a_link_that_is_made_while_the_app_is_backed_up(machine: Machine) -> None:
    """It is looked for again right before the files are written; the app runs on as it was."""
    machine.run()
    (machine.web / "data").mkdir()
    before = machine.containers()
    made = {"hooks": {"pre": "ln -s /etc data/sub"}, "volumes": ["./data:/data", "./data/sub:/sub"]}
    told = machine.run(made)
    assert result(told) == "failed"
    assert "data/sub is a symbolic link" in told["problems"][0]
    assert machine.containers() == before


FOLDERS = {
    "home": "~/apps/web:/x",
    "default": "${X:-.}:/x",
    "dot": ".${X:-}:/x",
    "nested": "${X:-${Y:-./}}:/x",
    "other app": "../other:/x",
    "removed app": "../removed:/x",
    "its compose file": "../other/compose.yaml:/x",
    "its variables": "./.env:/x",
    "root": "..:/x",
    "state": "../.nautobridge/apps:/x",
    "by a link": "{top}/link/other:/x",
    "long form": {"type": "bind", "source": "data/..", "target": "/x"},
}


@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.parametrize("check", [False, True])
def test_no_container_may_write_what_the_role_runs(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, name: str, check: bool
) -> None:
    """It counts what Compose makes of the mount; nothing of the app is deployed."""
    top = machine.root.parent
    monkeypatch.setenv("HOME", str(top))
    (top / "link").symlink_to(machine.root)
    machine.run(others={"removed": reader()})
    before = machine.containers()
    mount = placed(FOLDERS[name], top)
    told = machine.run({"volumes": [mount]}, check=check, others={"other": reader()})
    assert result(told) == "failed"
    assert "a container could write to" in told["problems"][0]
    assert {key: each for key, each in machine.containers().items() if key in before} == before
    # To read it is fine.
    if isinstance(mount, str):
        assert machine.run({"volumes": [mount + ":ro"]}, others={"other": reader()})["problems"] == []


@pytest.mark.parametrize(
    "mount",
    [
        "/etc/docker",
        "/etc",
        "/usr/local/bin:/x",
        "/usr/local/lib/docker/cli-plugins",
        "~/.docker",
        "~/.docker/config.json",
    ],
)
def test_no_container_may_write_what_docker_goes_by(machine: Machine, mount: str) -> None:
    """Its programs, plugins and settings."""
    mount = mount.partition(":")[0] + ":/x"
    told = machine.run({"volumes": [mount]})
    assert result(told) == "failed"
    assert "a container could write to" in told["problems"][0]
    assert machine.run({"volumes": [mount + ":ro"]})["problems"] == []


def test_other_folders_may_be_written_to(machine: Machine) -> None:
    """Also one in another app's folder."""
    volumes = ["./data:/a", "../other/data:/b", "/srv:/c", "${X:-./more}:/d", "named:/e"]
    app = {"volumes": volumes, "compose": {"volumes": {"named": None}}}
    told = machine.run(app, others={"other": reader()})
    assert told["problems"] == []


def test_what_compose_resolves_is_not_printed(machine: Machine) -> None:
    """It has the secrets in it."""
    for check in (True, False):
        told = machine.run({"environment": {"URL": "x://${S}@h"}, "image": "nginx:2"}, check=check)
        assert SECRET not in json.dumps(told)
    assert not (machine.own / "resolve").exists()


def test_compose_without_the_json_form(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too old a version is an error of the app, not a defect."""
    run = machine.engine.run
    monkeypatch.setattr(machine.engine, "run", lambda words, folder: "" if "json" in words else run(words, folder))
    told = machine.run()
    assert result(told) == "failed"
    assert "Compose 2.20 or newer" in told["problems"][0]


KEY = "-----BEGIN KEY-----\nMIIEvQIBADANBgkq\n-----END KEY-----\npassword: hunter-2-value\n"


@pytest.mark.parametrize("later", ["same", "changed", "plain", "gone"])
def test_a_file_that_was_vaulted_is_a_secret(machine: Machine, later: str) -> None:
    """In diffs and in errors, also once it has changed, is a secret no longer, or is gone."""
    file = {"dest": "conf/key.pem", "content": KEY}
    hook = {"hooks": {"post": "cat conf/key.pem; grep -o 'hunter.*' conf/key.pem; exit 1"}}
    told = machine.run({"files": [file]}, check=True, secret_files=("conf/key.pem",))
    said = json.dumps(told)
    machine.run({"files": [file]}, secret_files=("conf/key.pem",))
    new = {
        "same": [file],
        "changed": [{**file, "content": KEY.replace("hunter", "other")}],
        "plain": [{**file, "content": "harmless\n"}],
        "gone": [],
    }[later]
    secret = () if later in ("plain", "gone") else ("conf/key.pem",)
    for check in (True, False):
        said += json.dumps(machine.run({"files": new, "image": "nginx:2", **hook}, check=check, secret_files=secret))
    assert "post hook" in said
    for part in ("MIIEvQIBADANBgkq", "hunter-2-value", "other-2-value"):
        assert part not in said


TAMPERED: dict[str, Any] = {
    "compose file": lambda machine: (machine.web / "compose.yaml").write_text(
        "name: web\nservices: {x: {image: evil}}\n"
    ),
    "link": lambda machine: replace(machine.web / "compose.yaml", machine.root.parent / "shadow"),
    "variables": lambda machine: (machine.web / ".env").write_text("COMPOSE_FILE=/etc/shadow\n"),
    "state": lambda machine: (machine.own / "state.json").unlink(),
    "environment file": lambda machine: replace(machine.web / "data" / "e", machine.root.parent / "shadow"),
}


def replace(path: Path, target: Path) -> None:
    """A link in the place of a file."""
    path.unlink(missing_ok=True)
    path.symlink_to(target)


@pytest.mark.parametrize("name", TAMPERED)
@pytest.mark.parametrize("how", ["absent", "purge"])
def test_compose_takes_down_only_what_the_role_wrote(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, name: str, how: str
) -> None:
    """Else, the containers go by their labels."""
    (machine.web / "data").mkdir(parents=True)
    (machine.web / "data" / "e").write_text("A=1\n")
    app = {"env_file": "data/e"}
    machine.run(app)
    TAMPERED[name](machine)
    run, asked = machine.engine.run, []
    monkeypatch.setattr(machine.engine, "run", lambda words, folder: asked.append(words) or run(words, folder))
    told = machine.run({**app, "state": "absent"}, **({"purge": ["web"]} if how == "purge" else {}))
    assert result(told) == ("purged" if how == "purge" else "removed"), told["problems"]
    assert machine.containers() == {}
    assert not [words for words in asked if words[0] == "compose"]
    assert any("taken down by its labels" in note for note in told["notes"])


def test_compose_takes_down_what_the_role_wrote(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the hooks and in the order of its file."""
    machine.run()
    run, asked = machine.engine.run, []
    monkeypatch.setattr(machine.engine, "run", lambda words, folder: asked.append(words) or run(words, folder))
    assert result(machine.run({"state": "absent"})) == "removed"
    assert [words[5] for words in asked if words[0] == "compose"] == ["stop", "down"]


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
