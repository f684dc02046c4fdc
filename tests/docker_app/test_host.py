"""The parts of the module that need no engine."""

from __future__ import annotations

import json
import os
import random
import stat
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from conftest import ROLE
from docker_app import bundle as bundles
from docker_app import decide, docker, handover, registries, results, store, waiting, yaml_text
from docker_app.errors import AppError, HostError
from docker_app.masking import Mask


@pytest.mark.parametrize(
    "value",
    [
        {
            "a": "yes",
            "b": "no",
            "c": "1.0",
            "d": "0x1f",
            "e": "12:30",
            "f": "",
            "g": "~",
            "h": "a: b",
            "i": "# x",
            "j": "- x",
        },
        {
            "a": 1,
            "b": 1.5,
            "c": None,
            "d": True,
            "e": False,
            "f": [],
            "g": {},
            "h": [[], {}],
            "i": [[1, [2]], {"x": [3]}],
        },
        {
            "ports": ["80:80", "1:2"],
            "image": "r.example:5000/a/b:1.2@sha256:00",
            "x y": "a  b",
            "é": "ü\n\ttab",
            "q": "it's",
        },
        {
            "=": "<<",
            "<<": "x",
            "null": "null",
            "on": "on",
            "1": "1",
            "2024-01-01": "2024-01-01",
            "s": " x ",
            "m": "a\nb\n",
        },
    ],
)
def test_yaml_is_read_as_it_was_written(value: dict[str, Any]) -> None:
    """By a reader of YAML 1.1, which has the most traps."""
    assert yaml.safe_load(yaml_text.dump(value)) == value


def test_yaml_of_anything() -> None:
    """Random text comes back, too."""
    draw = random.Random(1)  # noqa: S311  It makes tests, no secrets.
    signs = "ab1.:-#\"'\\{}[]&*!|>%@`$ \n\té✓,?~=<"
    for _ in range(3000):
        text = "".join(draw.choice(signs) for _ in range(draw.randrange(8)))
        value = {text: [text, {"k": text}]}
        assert yaml.safe_load(yaml_text.dump(value)) == value


def test_yaml_of_signs_that_readers_refuse() -> None:
    """Control characters and others that are no YAML as they are."""
    text = "a\x7f\x85\x9b\u2028\u2029\ufeff\ufffe\x01z"
    assert yaml.safe_load(yaml_text.dump({"k": text})) == {"k": text}


@pytest.mark.parametrize(
    "value", ["", "plain", "it's", 'a "b"', "a\\b\\", "$HOME ${X}", "a\nb\r\nc", " x # y ", "ü\t✓", "\\n'"]
)
def test_what_was_quoted_is_read_back(tmp_path: Path, value: str) -> None:
    """So that a former secret can be masked."""
    (tmp_path / ".env").write_text(f"OTHER='x'\nS={bundles.quoted('S', value.encode())}\n", newline="")
    assert bundles.secrets_in(str(tmp_path), ["S"]) == [value.encode()]


def test_only_names_of_apps_are_folders(kept: store.Store) -> None:
    """Nothing leads elsewhere, and nothing is taken for another."""
    for name in ("web/", "../web", ".", "", "Web", "/etc"):
        with pytest.raises(HostError, match="invalid app name"):
            kept.app(name)


def test_what_ends_says_so() -> None:
    """No `restart` alone says nothing."""
    services = {
        "a": {"image": "x"},
        "b": {"image": "x", "restart": "no"},
        "c": {"image": "x", "restart": "on-failure:3"},
        "d": {"image": "x", "depends_on": {"e": {"condition": "service_completed_successfully"}, "a": None}},
        "e": {"image": "x", "restart": "always"},
        "f": {"image": "x", "depends_on": ["a"]},
    }
    assert decide.ending({"services": services}) == {"b", "c", "e"}


@pytest.mark.parametrize(
    ("period", "seconds"),
    [(None, 0), ("10s", 10), ("1m30s", 90), ("1h", 3600), ("1500ms", 2), ("2.5s", 3), (20, 0), ("5us", 0)],
)
def test_how_long_a_stop_may_take(period: Any, seconds: int) -> None:
    """As Compose writes durations; the slowest service counts."""
    slow = {"image": "x"} if period is None else {"image": "x", "stop_grace_period": period}
    assert waiting.grace({"services": {"a": {"image": "x"}, "b": slow}}) == seconds


def test_turns() -> None:
    """By order; what one needs comes before it; and a circle does not stop anything."""
    order = {"a": 10, "b": 10, "c": 20, "d": 30, "e": 30}
    assert list(handover.by_turns(order, {})) == [["a", "b"], ["c"], ["d", "e"]]
    assert list(handover.by_turns(order, {"a": {"d"}, "d": {"c"}})) == [["b", "c"], ["d"], ["a"], ["e"]]
    assert list(handover.by_turns(order, {"a": {"b"}})) == [["b"], ["a"], ["c"], ["d", "e"]]
    assert list(handover.by_turns(order, {"a": {"c"}, "c": {"a"}})) == [["b"], ["a"], ["c"], ["d", "e"]]
    assert list(handover.by_turns({}, {})) == []


def test_nothing_goes_on_after_a_time_limit(tmp_path: Path) -> None:
    """Neither a command nor what it started, such as Compose by the docker command."""
    mark = tmp_path / "mark"
    script = f"(sleep 2; touch {mark}) & wait"
    started = time.monotonic()
    assert docker.Docker("h").command(["/bin/sh", "-c", script], timeout=1)[0] == 124
    assert time.monotonic() - started < 1.9
    time.sleep(1.5)
    assert not mark.exists()


def test_logins_leave_the_users_proxies_and_plugins(
    tmp_path: Path, kept: store.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And take no login of the user's."""
    users = tmp_path / "users"
    users.mkdir()
    config = {"proxies": {"default": {"httpProxy": "http://p:1"}}, "auths": {"x": {"auth": "eDp5"}}, "credsStore": "s"}
    (users / "config.json").write_text(json.dumps(config))
    monkeypatch.setenv("DOCKER_CONFIG", str(users))
    folder = registries.write([{"registry": "r.example", "auth": "YTpi"}], kept)
    assert folder is not None
    assert json.loads((Path(folder) / "config.json").read_text()) == {
        "auths": {"r.example": {"auth": "YTpi"}},
        "cliPluginsExtraDirs": [str(users / "cli-plugins")],
        "proxies": {"default": {"httpProxy": "http://p:1"}},
    }
    (users / "config.json").write_text("[")
    assert registries.write([{"registry": "r.example", "auth": "YTpi"}], kept) == folder


def test_what_was_done_is_told_without_a_last_look(kept: store.Store) -> None:
    """The engine may go away in the middle: the apps' results are not lost with it."""

    def away() -> list[Any]:
        raise HostError("`docker ps` failed")

    run: Any = SimpleNamespace(
        docker=SimpleNamespace(containers=away),
        results={"web": results.Result(results.DEPLOYED)},
        **{key: [] for key in ("containers", "orphans", "pruned", "notes", "diff")},
        projects={},
        store=kept,
        commit="",
        refusal=None,
    )
    told = results.told(run, 1.0)
    assert told["apps"]["web"]["result"] == "deployed"
    assert told["problems"] == ["what runs now is not known: `docker ps` failed"]


def test_masks() -> None:
    """Long secrets anywhere, short ones as words, each line of a key; nothing else."""
    mask = Mask([b"s3cret-value", b"ab", b"", b"-----BEGIN\nline-of-a-key\n"])
    assert mask.text("x s3cret-value! ab abc line-of-a-key") == "x ********! ******** abc ********"
    assert mask.all({"a": ["ab", 1, None], "ab": {"b": "s3cret-value"}}) == {
        "a": ["********", 1, None],
        "ab": {"b": "********"},
    }
    assert Mask().text("x") == "x"


def test_files_are_whole_and_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk the old one stays, and nothing is left over."""
    path = tmp_path / "x"
    store.write_atomically(str(path), b"one")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        store.write_atomically(str(path), b"two")
    assert path.read_bytes() == b"one"
    assert [each.name for each in tmp_path.iterdir()] == ["x"]


HOLD = """
import sys, time
sys.path.append(sys.argv[1])
from docker_app.store import Store
held = Store(sys.argv[2]); held.prepare(); held.lock(1, "the first one")
print("held", flush=True); time.sleep(60)
"""


def test_the_lock_goes_with_its_process(tmp_path: Path) -> None:
    """A second run is told who holds it; a kill frees it."""
    command = [sys.executable, "-c", HOLD, str(ROLE / "module_utils"), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        first.stdout.readline()
        for check_mode in (False, True):
            with pytest.raises(HostError, match="the first one has held"):
                store.Store(str(tmp_path), check_mode).lock(0, "the second one")
        first.kill()
        first.wait()
    started = time.monotonic()
    assert store.Store(str(tmp_path)).lock(5, "the third one") is not None
    assert time.monotonic() - started < 2


def test_a_check_leaves_nothing(tmp_path: Path) -> None:
    """No folder, no key, no lock."""
    root = tmp_path / "root"
    checked = store.Store(str(root), check_mode=True)
    checked.prepare()
    assert checked.lock(0, "a check") is None
    assert checked.sum(b"x") == checked.sum(b"x")
    assert not root.exists()


def test_sums_are_of_the_host(tmp_path: Path) -> None:
    """The same on one host each time, another on another: nobody can try out passwords on them."""
    one, two = store.Store(str(tmp_path / "a")), store.Store(str(tmp_path / "b"))
    for each in (one, two):
        each.prepare()
    again = store.Store(str(tmp_path / "a"))
    assert one.sum(b"secret") == again.sum(b"secret") != two.sum(b"secret")
    assert one.sum(b"ab", b"c") != one.sum(b"a", b"bc")


def test_bundles_are_kept_in_order(tmp_path: Path) -> None:
    """As many as are wanted, the current one always, and nothing of a half."""
    host = store.Store(str(tmp_path))
    kept = host.app("web")
    kept.prepare()
    about = {"entries": {"d/f": {"mode": 0o600}}, "sums": {"d/f": host.sum(b"x", [0o600, None, None])}}
    for number in range(5):
        name = kept.next_id(f"{number}abcdefghi")
        kept.keep(name, {**about, "n": number}, {"d/f": b"x"}, 3)
    assert kept.listed() == ["0003-2abcdefg", "0004-3abcdefg", "0005-4abcdefg"]
    assert kept.load("0004-3abcdefg") == ({**about, "n": 3}, {"d/f": b"x"})
    kept.forget(1, "0003-2abcdefg")
    assert kept.listed() == ["0003-2abcdefg", "0005-4abcdefg"]
    (tmp_path / ".nautobridge/apps/web/bundles/0005-4abcdefg/files/d/f").unlink()
    with pytest.raises(HostError, match="damaged"):
        kept.load("0005-4abcdefg")


def project(**more: Any) -> dict[str, Any]:
    """A project as the action plugin gives it."""
    base = {
        "name": "web",
        "state": "present",
        "model": {"name": "web", "services": {"a": {"image": "x:1"}, "b": {"image": "y:1"}}},
        "files": [],
        "secrets": [],
    }
    return {**base, **more}


@pytest.fixture
def kept(tmp_path: Path) -> store.Store:
    """A host's store."""
    made = store.Store(str(tmp_path))
    made.prepare()
    return made


def build(
    kept: store.Store, data: dict[str, Any], recorded: Any = None, commit: str = "c1", **more: Any
) -> bundles.Bundle:
    """Its bundle."""
    content, secrets = more.get("content", {}), more.get("secrets", {})
    return bundles.build(data, content, secrets, kept, "h", commit, recorded or {}, more.get("pins", {}))


def recorded(kept: store.Store, bundle: bundles.Bundle) -> dict[str, Any]:
    """What would be recorded of it."""
    return {
        "state": "present",
        "model": bundle.model,
        "sums": bundle.sums(kept),
        "secrets": bundle.secrets,
        "services": bundle.commits,
        "entries": {path: entry.described() for path, entry in bundle.entries.items()},
    }


def test_a_newer_commit_alone_changes_nothing(kept: store.Store) -> None:
    """A service keeps the commit that it has been as it is since; only a changed one has the new commit."""
    before = recorded(kept, build(kept, project()))
    assert build(kept, project(), before, "c2").sums(kept) == before["sums"]
    changed = project()
    changed["model"] = {"name": "web", "services": {"a": {"image": "x:2"}, "b": {"image": "y:1"}}}
    services = build(kept, changed, before, "c2").model["services"]
    assert services["a"]["labels"]["nautobridge.commit"] == "c2"
    assert services["b"]["labels"]["nautobridge.commit"] == "c1"


def test_a_file_changes_the_label_of_its_readers_only(kept: store.Store) -> None:
    """And only where they are to be recreated for it."""
    files = [
        {"dest": "f", "on_change": "recreate", "signal": "SIGHUP", "services": ["a"]},
        {"dest": "g", "on_change": "restart", "signal": "SIGHUP", "services": ["b"]},
    ]

    def labels(f: bytes, g: bytes) -> tuple[Any, Any]:
        services = build(kept, project(files=files), content={"f": f, "g": g}).model["services"]
        return tuple(services[name]["labels"].get("nautobridge.checksum") for name in ("a", "b"))  # type: ignore[return-value]

    assert labels(b"1", b"1") == labels(b"1", b"2")
    assert labels(b"1", b"1") != labels(b"2", b"1")
    assert labels(b"1", b"1")[1] is None


def test_reasons(kept: store.Store) -> None:
    """What differs, in words, and no secret in them."""
    secret = {"name": "S", "as": "env", "services": ["a"]}
    before = recorded(kept, build(kept, project(secrets=[secret]), secrets={"S": b"one"}))
    assert decide.changes(before, build(kept, project(secrets=[secret]), before, secrets={"S": b"one"}), kept) == []
    assert decide.changes(before, build(kept, project(secrets=[secret]), before, secrets={"S": b"two"}), kept) == [
        "secret S: changed"
    ]
    changed = project(files=[{"dest": "f", "on_change": "none", "signal": "", "services": []}])
    changed["model"] = {
        "name": "web",
        "services": {"a": {"image": "x:2", "user": "1"}, "c": {"image": "z:1"}},
        "volumes": {},
    }
    assert decide.changes(before, build(kept, changed, before, content={"f": b""}), kept) == [
        "a: image x:1 -> x:2",
        "a: user",
        "service b: removed",
        "service c: new",
        "volumes changed",
        "file f: new",
        "secret S: removed",
    ]


def test_what_cannot_be_a_variable_says_so() -> None:
    """Bytes that are no text need a file."""
    for value in (b"\xff", b"a\0b"):
        with pytest.raises(AppError, match="as: file"):
            bundles.quoted("S", value)


def test_files_do_not_leave_the_folder(kept: store.Store, tmp_path: Path) -> None:
    """Not through a symbolic link either; and a folder in a file's place is told."""
    folder = tmp_path / "web"
    folder.mkdir()
    files = [{"dest": "d/f", "on_change": "none", "signal": "", "services": []}]
    bundle = build(kept, project(files=files), content={"d/f": b"x"})
    (folder / "d").symlink_to(tmp_path)
    with pytest.raises(AppError, match="symbolic link"):
        bundles.install(bundle, str(folder))
    (folder / "d").unlink()
    (folder / "d" / "f").mkdir(parents=True)
    with pytest.raises(AppError, match="is a folder"):
        bundles.install(bundle, str(folder))
    assert not (folder / "compose.yaml").exists()
    (folder / "d" / "f").rmdir()
    bundles.install(bundle, str(folder), ["old"])
    assert sorted(each.name for each in folder.iterdir()) == ["compose.yaml", "d"]


@pytest.mark.parametrize(
    ("reference", "parts"),
    [
        ("docker.io/library/nginx:1", ("nginx", "1", "")),
        ("nginx", ("nginx", "", "")),
        ("r.example:5000/a/b", ("r.example:5000/a/b", "", "")),
        ("r.example:5000/a/b:2@sha256:00", ("r.example:5000/a/b", "2", "sha256:00")),
        ("ghcr.io/x/y@sha256:00", ("ghcr.io/x/y", "", "sha256:00")),
    ],
)
def test_names_of_images(reference: str, parts: tuple[str, str, str]) -> None:
    """As the engine lists them."""
    assert docker.split(reference) == parts
