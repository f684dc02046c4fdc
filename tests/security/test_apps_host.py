"""What a container may not do by what it writes: the role works in its app's folder as root."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tarfile
import threading
import time
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from apps_project import ROLE

for folder in ("controller", "module_utils"):
    sys.path.append(str(ROLE / folder))

from docker_app import backup, docker, output, references, safe_files, staging, store  # noqa: E402  (their folder had to be made known first)
from docker_app import bundle as bundles  # noqa: E402
from docker_app.errors import AppError, HostError  # noqa: E402
from docker_app.masking import Mask  # noqa: E402
from docker_app.printable import printable, printable_all  # noqa: E402

ROOT_ONLY = "root-only-content"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An app's folder, and beside the root of the apps a file that only root may read."""
    (tmp_path / "shadow").write_text(ROOT_ONLY)
    folder = tmp_path / "apps" / "web"
    (folder / "data").mkdir(parents=True)
    return folder


@pytest.fixture
def kept(app: Path) -> store.AppStore:
    """What the role keeps of it."""
    host = store.Store(str(app.parent))
    host.prepare()
    found = host.app("web")
    found.prepare()
    return found


def plain_run(app: Path, *written: str) -> Any:
    """As much of a run as a look at paths needs."""
    return SimpleNamespace(store=store.Store(str(app.parent)), written=lambda: references.Written(written))


def in_time(work: Callable[[], Any]) -> None:
    """Fail where it hangs: the host's lock would be held for ever."""
    problems: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as problem:
            problems.append(problem)

    thread = threading.Thread(target=guarded, daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive(), "it hangs"
    if problems:
        raise problems[0]


def planted(app: Path, kind: str) -> None:
    """Something in the place of `data/x`, as a container makes it."""
    path = app / "data" / "x"
    if kind == "link":
        path.symlink_to(app.parent.parent / "shadow")
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "large":
        with path.open("w") as file:
            file.truncate(safe_files.LIMIT + 1)
    elif kind == "folder link":
        (app / "data").rmdir()
        (app.parent.parent / "x").write_text(ROOT_ONLY)
        (app / "data").symlink_to(app.parent.parent)


KINDS = ["link", "fifo", "folder", "device", "large", "folder link"]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_but_regular_files_is_read(app: Path, kind: str) -> None:
    planted(app, kind)
    with pytest.raises(AppError, match="data"):
        in_time(lambda: safe_files.read(str(app), "data/x"))
    assert safe_files.find_ours(str(app), "data/x") is None


@pytest.mark.parametrize("kind", KINDS)
def test_what_lies_in_a_files_place_is_replaced_and_not_followed(app: Path, kind: str) -> None:
    """A folder, and a link in the place of a folder, are errors; nothing is half written then."""
    planted(app, kind)
    entries = {"data/x": bundles.Entry(b"new", 0o640), "a": bundles.Entry(b"other")}
    bundle = bundles.Bundle({}, entries, {"services": {}, "secrets": {}, "pins": {}})
    if kind in ("folder", "folder link"):
        with pytest.raises(AppError, match=r"is a (folder|symbolic link)"):
            in_time(lambda: bundles.install(bundle, str(app)))
        assert sorted(each.name for each in app.iterdir()) == ["data"]
    else:
        in_time(lambda: bundles.install(bundle, str(app)))
        assert (app / "data" / "x").read_bytes() == b"new"
        assert not (app / "data" / "x").is_symlink()
    assert (app.parent.parent / "shadow").read_text() == ROOT_ONLY
    assert not list(app.rglob(".nautobridge-*"))


def test_a_socket_is_no_file(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.chdir(app / "data")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("x")
        with pytest.raises(AppError, match="is a socket"):
            safe_files.read(str(app), "data/x")


@pytest.mark.parametrize("path", ["../x", "/etc/shadow", "data/../../x", "."])
def test_no_path_leaves_the_folder(app: Path, path: str) -> None:
    with pytest.raises(AppError, match="is not a path below"):
        safe_files.read(str(app), path)


def test_removing_follows_no_link(app: Path) -> None:
    """Neither does sweeping what a killed run left."""
    (app.parent.parent / ".nautobridge-old").write_text("x")
    (app / "data").rmdir()
    (app / "data").symlink_to(app.parent.parent)
    safe_files.remove(str(app), "data/shadow")
    safe_files.sweep(str(app), ["data/x"])
    assert (app.parent.parent / "shadow").exists()
    assert (app.parent.parent / ".nautobridge-old").exists()


def test_a_folder_that_is_exchanged_all_the_time(app: Path) -> None:
    """A link takes the folder's place again and again: what is written never lands outside."""
    outside = app.parent.parent / "outside"
    outside.mkdir()
    ends = time.monotonic() + 2
    script = (
        "import os, sys\n"
        "while True:\n"
        " try:\n  os.rename('data', 'old'); os.symlink(sys.argv[1], 'data'); os.unlink('data'); os.rename('old', 'data')\n"
        " except OSError: pass\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(outside)], cwd=app) as container:
        while time.monotonic() < ends:
            try:
                safe_files.write_all(str(app), [("data/x", b"x", 0o600, None)])
            except (AppError, OSError):
                continue
        container.kill()
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("kind", ["link", "fifo", "device", "folder link"])
def test_an_environment_file_is_not_read_through_a_link(app: Path, tmp_path: Path, kind: str) -> None:
    """Compose would read it as root, and quote it in an error."""
    planted(app, kind)
    model = {"services": {"web": {"image": "x", "env_file": ["data/x"]}}}
    bundle = bundles.Bundle(model, {}, {"services": {}, "secrets": {}, "pins": {}})
    stage = tmp_path / "stage" / "apps" / "web"
    stage.mkdir(parents=True)
    with pytest.raises(AppError, match="data"):
        in_time(lambda: staging.lend(plain_run(app), bundle, str(app), str(stage)))
    assert not list(stage.rglob("x"))


def test_environment_files_of_this_and_other_apps_are_lent(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (app / "data" / "x").write_text("A=1\n")
    (app.parent / "shared.env").write_text("B=2\n")
    paths = ["./data/x", {"path": "../shared.env"}, "${PWD}/../../above.env", "~/home.env", "$PWD/a$$b.env"]
    (tmp_path / "above.env").write_text("C=3\n")
    (tmp_path / "home.env").write_text("D=4\n")
    (app / "a$b.env").write_text("E=5\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    model = {"services": {"web": {"image": "x", "env_file": paths, "label_file": "../labels"}}}
    (app.parent / "labels").write_text("F=6\n")
    stage = str(tmp_path / "stage")
    about = {"services": {}, "secrets": {}, "pins": {}}
    staging.lend(plain_run(app), bundles.Bundle(model, {}, about), str(app), stage)
    for path in (app / "data/x", app.parent / "shared.env", tmp_path / "above.env", tmp_path / "home.env",
                 app / "a$b.env", app.parent / "labels"):  # fmt: skip
        assert Path(f"{stage}{path}").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("path", ["${X:-./data}/x", "$X/x", "${PWD:-/x}/x", "${PWDX}", "$$$X", "a$"])
def test_an_environment_file_of_a_variable_is_an_error(app: Path, path: str) -> None:
    """Only Compose knows what it would read, and it would read it at once."""
    for key in ("env_file", "label_file"):
        model = {"services": {"web": {"image": "x", key: [path]}}}
        with pytest.raises(AppError, match="write the path as it is") as refused:
            references.files_read(model, str(app))
        assert f"`{key}` of the service `web`" in str(refused.value)


def test_a_secret_of_many_lines_is_masked_in_time() -> None:
    """A vaulted file may be long; the longest of the spellings that fit at one place counts."""
    lines = [f"{number * 7919:08x}-{base64.b64encode(str(number).encode() * 6).decode()}" for number in range(3000)]
    secret = "\n".join(lines)
    # The processor's time: the machine may be busy. Without groups by prefix it takes minutes.
    begun = time.process_time()
    mask = Mask([secret.encode(), *(line.encode() for line in lines), b"abcd", b"abcdef", b"ab"])
    text = f"abcdefg abcd ab xab {lines[7]} {lines[2999]}\n" + "other text " * 2000
    shown = mask.text(text)
    assert time.process_time() - begun < 20
    assert shown.startswith("********g ******** ******** xab ******** ********\nother text")


# What the role keeps.


def test_the_state_is_outside_of_the_apps_folder(app: Path, kept: store.AppStore) -> None:
    kept.record({"state": "present"})
    assert kept.state() == {"state": "present"}
    assert list(app.iterdir()) == [app / "data"]
    assert Path(kept.own).stat().st_mode & 0o777 == 0o700


def test_a_state_that_was_not_written_by_the_role(app: Path, kept: store.AppStore) -> None:
    """Changed, made up, of another app, or of another file: an error says what to do."""
    kept.record({"state": "present", "sums": {"x": "1"}})
    path = Path(kept.own) / "state.json"
    good = json.loads(path.read_text())
    other = kept.store.app("other")
    other.record({"state": "present"})
    theirs = json.loads((Path(other.own) / "state.json").read_text())
    bundle = json.loads(kept._signed("bundle 0001-x", {"state": "present"}))
    for forged in ({**good, "sums": {"x": "2"}}, {"state": "present"}, theirs, bundle, [], {**good, "mac": 3}):
        path.write_text(json.dumps(forged))
        with pytest.raises(HostError, match="move it away"):
            kept.state()
    path.write_text(json.dumps(good))
    assert kept.state() == {"state": "present", "sums": {"x": "1"}}


def test_a_kept_bundle_that_was_changed(kept: store.AppStore) -> None:
    """Neither its description nor its files can be exchanged."""
    about = {"entries": {"f": {"mode": 0o600}}, "sums": {"f": kept.store.sum(b"x", [0o600, None, None])}}
    kept.keep("0001-x", about, {"f": b"x"}, 3)
    assert kept.load("0001-x")[1] == {"f": b"x"}
    file = Path(kept.files_of("0001-x")) / "f"
    file.write_bytes(b"y")
    with pytest.raises(HostError, match="damaged"):
        kept.load("0001-x")
    file.unlink()
    file.symlink_to("/dev/zero")
    with pytest.raises(HostError, match="damaged"):
        in_time(lambda: kept.load("0001-x"))
    description = Path(kept.bundles) / "0001-x" / "bundle.json"
    description.write_text(json.dumps({**json.loads(description.read_text()), "entries": {"../../x": {}}}))
    with pytest.raises(HostError, match="damaged"):
        kept.load("0001-x")


def test_a_state_in_the_apps_folder_counts_for_labels_only(app: Path, kept: store.AppStore) -> None:
    """A container may have written it; a commit beside the right keyed hash keeps a service from being recreated."""
    assert kept.former() is None
    old = app / ".nautobridge"
    old.mkdir()
    services = {"a": {"fingerprint": "f", "commit": "c1"}, "b": {"fingerprint": "f", "commit": "x\ny: z"}, "c": 1}
    forged = {"state": "present", "sums": {"x": "1"}, "pins": {"x": "evil"}, "bundle": "../../x", "services": services}
    (old / "state.json").write_text(json.dumps(forged))
    assert kept.former() == {"services": {"a": {"fingerprint": "f", "commit": "c1"}}}
    assert kept.state() is None
    (old / "state.json").unlink()
    (old / "state.json").symlink_to("/dev/zero")
    in_time(kept.former)


@pytest.mark.root
def test_a_store_that_others_can_write_to(tmp_path: Path) -> None:
    for mode, owner in ((0o777, 0), (0o700, 12345)):
        host = store.Store(str(tmp_path / f"{mode}-{owner}"))
        host.prepare()
        Path(host.own).chmod(mode)
        os.chown(host.own, owner, 0)
        with pytest.raises(HostError, match="chmod 700"):
            host.prepare()


# Backups.


def archived(kept: store.AppStore, *paths: str, written: tuple[str, ...] = ()) -> dict[str, Any]:
    """Names and contents of what is saved."""
    run: Any = SimpleNamespace(docker=docker.Docker("h"), written=lambda: references.Written(written))
    in_time(lambda: backup.make(run, {"backup": {"paths": list(paths)}}, kept))
    found: dict[str, Any] = {}
    for path in sorted((Path(kept.own) / "backups").glob("*.tar.gz")):
        with tarfile.open(path) as archive:
            for member in archive:
                data = archive.extractfile(member) if member.isfile() else None
                found[member.name] = data.read() if data else member.linkname
    return found


def test_backups_have_the_names_that_they_had(app: Path, kept: store.AppStore, tmp_path: Path) -> None:
    (app / "data" / "sub").mkdir()
    (app / "data" / "sub" / "f").write_text("x")
    (tmp_path / "else").write_text("y")
    inside = str(app).lstrip("/")
    found = archived(kept, "data/sub", str(tmp_path / "else"), "not-there", "no/where")
    assert found == {f"{inside}/data/sub": "", f"{inside}/data/sub/f": b"x", f"{tmp_path}/else".lstrip("/"): b"y"}


def test_a_backup_of_the_whole_app(app: Path, kept: store.AppStore) -> None:
    (app / "data" / "f").write_text("x")
    (app / ".nautobridge").mkdir()
    (app / ".nautobridge" / "old.tar.gz").write_text("x")
    inside = str(app).lstrip("/")
    assert archived(kept, ".") == {inside: "", f"{inside}/data": "", f"{inside}/data/f": b"x"}


def test_a_backup_follows_no_link(app: Path, kept: store.AppStore) -> None:
    """Not one in the middle of a path, which the container exchanged; a link at the end is saved as a link."""
    (app / "data" / "link").symlink_to(app.parent.parent)
    os.mkfifo(app / "data" / "fifo")
    with pytest.raises(AppError, match="is a symbolic link"):
        archived(kept, "data/link/shadow")
    assert ROOT_ONLY.encode() not in archived(kept, "data", "data/link").values()


def test_a_backup_of_other_folders_follows_no_link_of_a_container(kept: store.AppStore, tmp_path: Path) -> None:
    """Only where a container writes; the administrator's links lead where they lead."""
    (tmp_path / "disk" / "media").mkdir(parents=True)
    (tmp_path / "srv").symlink_to("disk")
    (tmp_path / "disk" / "media" / "link").symlink_to(tmp_path)
    found = archived(kept, f"{tmp_path}/srv/media/link", written=(f"{tmp_path}/srv/media",))
    assert list(found.values()) == [str(tmp_path)]
    with pytest.raises(AppError, match="media/link is a symbolic link"):
        archived(kept, f"{tmp_path}/srv/media/link/shadow", written=(f"{tmp_path}/srv/media",))


# Output of commands.


def shell(script: str, **options: Any) -> tuple[int, str, str]:
    """What is kept of what a command printed."""
    return docker.Docker("h").command(["/bin/sh", "-c", script], timeout=60, **options)


def test_no_output_fills_the_memory() -> None:
    """The beginning and the end of much output are kept, of both streams; and it is read to its end."""
    import resource

    much = "echo first; head -c 200000000 /dev/zero; echo; echo last"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    code, out, err = shell(f"({much}); ({much}) >&2; exit 3")
    assert code == 3
    for text in (out, err):
        assert text.startswith("first\n")
        assert text.endswith("\nlast\n")
        assert "bytes left out" in text
        assert len(text) < output.PRINTED + 100
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024
    # One line without an end, as a container may log it.
    assert len(docker.last_lines(out)) < output.PRINTED + 100


def test_what_is_parsed_is_whole_or_an_error() -> None:
    size = output.PARSED
    assert len(shell(f"head -c {size} /dev/zero", is_parsed=True)[1]) == size
    with pytest.raises(HostError, match="printed more than 16 MiB"):
        shell(f"head -c {size + 1} /dev/zero", is_parsed=True)
    code, out, _ = shell(f"head -c {2 * output.PRINTED} /dev/zero")
    assert (code, f"({output.PRINTED} bytes left out)" in out) == (0, True)
    assert shell("echo out; echo err >&2; exit 2") == (2, "out\n", "err\n")


def test_many_containers_are_inspected_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """How many there are is no reason for too much output of one command."""
    asked: list[int] = []

    def command(self: docker.Docker, arguments: list[str], **options: Any) -> tuple[int, str, str]:
        if arguments[1] == "ps":
            return 0, "\n".join(f"id{number}" for number in range(250)), ""
        assert options["is_parsed"]
        asked.append(len(arguments) - 3)
        raw = {"Image": "i", "State": {"Status": "running"}, "Config": {"Image": "x"}}
        return 0, json.dumps([{"Id": name, "Name": name, **raw} for name in arguments[3:]]), ""

    monkeypatch.setattr(docker.Docker, "command", command)
    assert len(docker.Docker("h").containers()) == 250
    assert asked == [100, 100, 50]


# Text.


def test_text_of_others_is_no_command() -> None:
    """Not to a terminal, and in CI not to the CI system; what people read stays."""
    assert printable("é\tok\r\nnext") == "é\tok\nnext"
    for char in "\x1b\x07\x00\r\x7f\x9b\u2028\u2029\u202e\u2066\u200b\ufeff\ud800\U000e0041":
        assert char not in printable(f"a{char}b")
    assert printable("\x1b[31m\u202e") == "\\x1b[31m\\u202e"
    for line, expected in (
        ("::add-mask::x", ":\\:add-mask:\\:x"),
        ("  :::error::x", "  ::\\:error:\\:x"),
        ("2001:db8::1, [fe80::dead]:22 and ::1/128", "2001:db8::1, [fe80::dead]:22 and ::1/128"),
        ("a word ::set-env::x", "a word :\\:set-env:\\:x"),
        ("##[command]x ##[y", "##\\[command]x ##\\[y"),
        ("##vso[task]x", "##vso\\[task]x"),
        ("a:\ufe0f:b #\xad#[c \u180b", "a:\\ufe0f:b #\\xad#[c \\u180b"),
        ("https://h:1/ [x] # [", "https://h:1/ [x] # ["),
    ):
        assert printable(f"first\n{line}", in_ci=True) == f"first\n{expected}"
        assert printable(printable(line, in_ci=True), in_ci=True) == expected
    assert printable("a::b ##[c") == "a::b ##[c"
    assert printable("👩\u200d🚀 ❤\ufe0f é\u200cü") == "👩\u200d🚀 ❤\ufe0f é\u200cü"
    assert printable("pass\u200dword \u200c") == "pass\\u200dword \\u200c"
    assert printable_all({"k\x1b": ["\x07", 1, None]}) == {"k\\x1b": ["\\x07", 1, None]}
    deep: Any = "x"
    for _ in range(500):
        deep = [deep]
    assert "nested too deeply" in json.dumps(printable_all(deep))


@pytest.mark.parametrize("secret", ["s3cr/et+va&lue?", "pässwörd #1", "Zk81-Qw27"])
@pytest.mark.parametrize("before", ["", "a", "ab", "abc", "user:"])
@pytest.mark.parametrize("after", ["", "x", "xy", "xyz"])
def test_a_secret_is_masked_in_other_spellings(secret: str, before: str, after: str) -> None:
    mask, whole = Mask([secret.encode()]), f"{before}{secret}{after}"
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        encoded = encode(whole.encode()).decode()
        for text in (encoded, encoded.rstrip("=")):
            shown = mask.text(text)
            assert "********" in shown
            # What is left are letters that the text around the secret also has a part in.
            assert (
                len(shown.replace("********", "").rstrip("=")) <= len(base64.b64encode(f"{before}{after}".encode())) + 4
            )
    for text in (urllib.parse.quote(whole), urllib.parse.quote(whole, safe=""), urllib.parse.quote_plus(whole)):
        assert "********" in mask.text(f"https://h/?p={text}")
    assert "********" in mask.text(json.dumps({"a": whole}))
