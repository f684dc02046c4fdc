"""What is downloaded is what was reviewed: Python packages, crates, base images and the key of Docker's repository."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from threading import Thread
from types import ModuleType, SimpleNamespace

import pytest
import yaml
from harness import PROJECT, Core, Result, run

ROLE = PROJECT / "roles" / "docker_engine"
KEYS = PROJECT / "tests" / "fixtures" / "keys"
# As gpg printed them when it made the keys.
RELEASE = "1DB42E0841982C215B7AA0CA6E99D7DFC6A30898"
OTHER = "DA964C973D3A7AB0E9046109008EDAC738287321"
RSA = "1129417A4312EF3EBBB8F50A5FBDB8261D2FAAB1"
DOCKER_APT = "9DC858229FC7DD38854AE2D88D81803C0EBFCD88"
DOCKER_DNF = "060A61C51B558A7F742B77AAC52FEB6B621E9F35"

REQUIREMENTS = sorted(
    path
    for path in map(
        PROJECT.joinpath, subprocess.check_output(["git", "ls-files", "*.txt"], cwd=PROJECT, text=True).split()
    )
    if re.search(r"requirements|execution-environment|tests/docker/|tests/nautobot/", str(path))
    # What users add to the image.
    and path.relative_to(PROJECT)
    not in {Path("execution-environment/requirements.txt"), Path("execution-environment/bindep.txt")}
)
# These have no wheel, and are built or read with pinned tools: tests/nautobot/build.txt, tests/requirements/downloads.txt.
NO_WHEEL = {
    "tests/nautobot/requirements.txt": ["promise"],
    "tests/docker/compose.txt": [":all:"],
    "tests/docker/compose-oldest.txt": [":all:"],
}


def entries(path: Path) -> list[str]:
    """The requirements of a file, each in one line."""
    lines = path.read_text().replace("\\\n", "").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "--"))]


def test_the_requirements_are_found() -> None:
    names = {str(path.relative_to(PROJECT)) for path in REQUIREMENTS}
    environments = {path.stem for path in (PROJECT / "tests" / "requirements").glob("*.txt")}
    assert {f"tests/requirements/{name}.txt" for name in environments} <= names
    assert {"demo/requirements.txt", "execution-environment/python.txt", "tests/docker/caddy.txt"} <= names


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_each_package_has_a_version_and_checksums(path: Path) -> None:
    listed = entries(path)
    assert listed
    for entry in listed:
        assert re.fullmatch(r"[a-z0-9.-]+==\S+( ; [^-]+?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*", entry), entry
    options = [line for line in path.read_text().splitlines() if line.startswith("--")]
    built = NO_WHEEL.get(str(path.relative_to(PROJECT)), [])
    # In this order: pip lets a later `--only-binary :all:` undo a `--no-binary`.
    wheels = [] if built == [":all:"] else ["--only-binary :all:"]
    assert options == wheels + [f"--no-binary {name}" for name in built]


def wheel(folder: Path, name: str, requires: str = "") -> str:
    """Make a wheel, and return its SHA-256."""
    folder.mkdir(exist_ok=True)
    info = f"{name}-1.0.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    metadata += f"Requires-Dist: {requires}\n" if requires else ""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.py", "")
        archive.writestr(f"{info}/METADATA", metadata)
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def make_environment(tmp_path: Path, requirements: str) -> Result:
    """Run scripts/venv on a project with these requirements, and an index that is a folder."""
    project = tmp_path / "project"
    (project / "tests" / "requirements").mkdir(parents=True, exist_ok=True)
    (project / "scripts").mkdir(exist_ok=True)
    shutil.copy(PROJECT / "scripts" / "venv", project / "scripts" / "venv")
    (project / "tests" / "requirements" / "tests.txt").write_text(requirements)
    env = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "index"), "NAUTOBRIDGE_CACHE": str(tmp_path / "cache")}
    env |= {name: os.environ[name] for name in ("PATH", "PYENV_ROOT") if name in os.environ}
    return run([project / "scripts" / "venv", "tests"], env)


def test_an_environment_of_listed_files_is_made(tmp_path: Path) -> None:
    digest = wheel(tmp_path / "index", "thing")
    made = make_environment(tmp_path, f"thing==1.0 --hash=sha256:{'0' * 64} --hash=sha256:{digest}\n").ok()
    assert list(Path(made.stdout.strip()).glob("lib/*/site-packages/thing.py"))


def test_a_changed_file_is_not_installed(tmp_path: Path) -> None:
    digest = wheel(tmp_path / "index", "thing")
    wheel(tmp_path / "index", "thing", requires="anything")
    said = make_environment(tmp_path, f"thing==1.0 --hash=sha256:{digest}\n").failed().said
    assert "DO NOT MATCH THE HASHES" in said
    assert not list((tmp_path / "cache").glob("venv/*/.complete"))
    assert not list((tmp_path / "cache").glob("venv/*/lib/*/site-packages/thing.py"))


def test_a_file_without_a_checksum_is_not_installed(tmp_path: Path) -> None:
    wheel(tmp_path / "index", "thing")
    said = make_environment(tmp_path, "thing==1.0\n").failed().said
    assert "Hashes are required" in said


def test_a_dependency_that_is_not_listed_is_not_installed(tmp_path: Path) -> None:
    digest = wheel(tmp_path / "index", "thing", requires="more")
    wheel(tmp_path / "index", "more")
    said = make_environment(tmp_path, f"thing==1.0 --hash=sha256:{digest}\n").failed().said
    assert "all requirements must have their versions pinned" in said


def test_a_source_package_is_not_installed(tmp_path: Path) -> None:
    """Its build would run code, and fetch more of it unchecked."""
    index = tmp_path / "index"
    (index / "thing-1.0").mkdir(parents=True)
    (index / "thing-1.0" / "setup.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    subprocess.run(["tar", "-czf", "thing-1.0.tar.gz", "thing-1.0"], cwd=index, check=True)
    digest = hashlib.sha256((index / "thing-1.0.tar.gz").read_bytes()).hexdigest()
    make_environment(tmp_path, f"thing==1.0 --hash=sha256:{digest}\n").failed()
    assert not (tmp_path / "ran").exists()


# The commands of pip and cargo wherever a shell or a workflow has them.
SHELL = [
    *(path for path in (PROJECT / "scripts").iterdir() if path.is_file()),
    *(PROJECT / "tests").glob("*/lib/*.sh"),
    *(PROJECT / ".github" / "workflows").glob("*.yml"),
    PROJECT / "Makefile",
    PROJECT / ".ci" / "run",
]


@pytest.mark.parametrize("path", SHELL, ids=lambda path: str(path.relative_to(PROJECT)))
def test_cargo_and_pip_are_held_to_the_lists(path: Path) -> None:
    text = path.read_text().replace("\\\n", " ")
    for command in re.findall(r"\bcargo (?:build|check|clippy|run|test|install|metadata|bench)\b.*", text):
        assert "--locked" in command, command
    for command in re.findall(r"-m pip (?:install|download)\b.*", text):
        assert "--require-hashes" in command, command


def test_crates_come_from_the_registry_with_checksums() -> None:
    lock = (PROJECT / "Cargo.lock").read_text()
    packages = [block for block in lock.split("[[package]]") if 'source = "' in block]
    assert len(packages) > 50
    for package in packages:
        assert 'source = "registry+https://github.com/rust-lang/crates.io-index"' in package, package
        assert re.search(r'^checksum = "[0-9a-f]{64}"$', package, re.MULTILINE), package
    deny = (PROJECT / "deny.toml").read_text()
    assert re.search(r'^unknown-git = "deny"\nunknown-registry = "deny"$', deny, re.MULTILINE)
    assert "check --hide-inclusion-graph bans licenses sources" in (PROJECT / "scripts" / "lint").read_text()


DIGEST = f"quay.io/centos/centos@sha256:{'a1' * 32}"


def build(tmp_path: Path, *arguments: str, **variables: str) -> tuple[Result, list[str] | None]:
    """Run execution-environment/build with an ansible-builder that keeps how it was called."""
    program = tmp_path / "bin" / "ansible-builder"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >{tmp_path / "called"}\n')
    program.chmod(0o755)
    env = {"PATH": f"{program.parent}:{os.defpath}"} | variables
    done = run([PROJECT / "execution-environment" / "build", *arguments], env)
    called = tmp_path / "called"
    return done, called.read_text().splitlines() if called.exists() else None


def test_a_base_image_with_a_digest_is_built_on(tmp_path: Path) -> None:
    done, called = build(tmp_path, "lab.example/ee:1", "-v3", EE_BASE_IMAGE=DIGEST)
    done.ok()
    assert called == ["build", "--tag", "lab.example/ee:1", "--build-arg", f"EE_BASE_IMAGE={DIGEST}", "-v3"]


@pytest.mark.parametrize(
    "base",
    ["", "quay.io/centos/centos:stream9", "centos", f"{DIGEST}0", f"{DIGEST[:-1]}", f"{DIGEST}:latest", "a@sha512:0"],
)
def test_a_base_image_without_a_digest_is_refused(tmp_path: Path, base: str) -> None:
    done, called = build(tmp_path, "lab.example/ee:1", EE_BASE_IMAGE=base)
    assert (done.code, called) == (2, None)
    assert f"found `{base or 'quay.io/centos/centos:stream9'}`" in done.stderr
    assert "export EE_BASE_IMAGE=NAME@sha256:DIGEST" in done.stderr


def test_a_tag_is_used_when_the_user_says_so(tmp_path: Path) -> None:
    done, called = build(tmp_path, "--allow-tag", "lab.example/ee:1")
    done.ok()
    assert called is not None
    assert called[-1] == "EE_BASE_IMAGE=quay.io/centos/centos:stream9"


def openpgp() -> ModuleType:
    """The role's reader of keys."""
    spec = spec_from_file_location("openpgp", ROLE / "module_utils" / "docker_engine" / "openpgp.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def armored(*packets: bytes, checksum: str = "") -> bytes:
    """A file of these packets."""
    lines = base64.encodebytes(b"".join(packets)).decode()
    end = f"{checksum}\n" if checksum else ""
    return f"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n{lines}{end}-----END PGP PUBLIC KEY BLOCK-----\n".encode()


def packets(name: str) -> bytes:
    """The packets of a key that gpg made."""
    lines = (KEYS / f"{name}.asc").read_text().splitlines()
    return base64.b64decode("".join(lines[2:-2]))


@pytest.mark.parametrize(
    ("name", "expected"), [("release", [RELEASE]), ("other", [OTHER]), ("rsa", [RSA]), ("both", [RELEASE, OTHER])]
)
def test_fingerprints_are_those_of_gpg(name: str, expected: list[str]) -> None:
    content = (KEYS / f"{name}.asc").read_bytes()
    assert openpgp().fingerprints(content) == expected
    assert openpgp().fingerprints(content.replace(b"\n", b"\r\n")) == expected


def test_every_key_of_a_file_counts() -> None:
    two = (KEYS / "release.asc").read_bytes() + b"\n" + (KEYS / "other.asc").read_bytes()
    assert openpgp().fingerprints(two) == [RELEASE, OTHER]
    assert openpgp().fingerprints(armored(packets("release"), packets("other"))) == [RELEASE, OTHER]


GOOD = (KEYS / "release.asc").read_bytes()
BAD_FILES = {
    "empty": b"",
    "a web page": b"<html>404</html>",
    "binary": packets("release"),
    "text before": b"hello\n" + GOOD,
    "text after": GOOD + b"hello\n",
    "a key after, in another armor": GOOD + GOOD.replace(b"PUBLIC KEY BLOCK", b"PRIVATE KEY BLOCK"),
    "no end": GOOD.replace(b"-----END", b"-----AND"),
    "a changed letter": GOOD.replace(b"KwYBBAHaRw8B", b"KwYBBAHaRw8C"),
    "a wrong checksum": re.sub(rb"\n=....\n", b"\n=AAAA\n", GOOD),
    "data in a header": GOOD.replace(b"BLOCK-----\n\n", b"BLOCK-----\nmDMEaw17JxYJKwYBBAHaRw8B\n\n", 1),
    "an empty line in the data": GOOD.replace(b"9JSx", b"9JS\n\nx"),
    "a secret key": armored(bytes([0xC5, 0x01, 0x04])),
    "no key but a name": armored(bytes([0xCD, 0x01, 0x41])),
    "no packets": armored(b"\x00\x01"),
    "cut off": armored(packets("release")[:-5]),
    "an unknown packet": armored(packets("release"), bytes([0xC8, 0x01, 0x00])),
    "a partial length": armored(bytes([0xC6, 0xE1, 0x04, 0x04])),
    "no length": armored(bytes([0x9B, 0x04])),
    "an old version": armored(bytes([0xC6, 0x02, 0x03, 0x00])),
    "a huge length": armored(bytes([0xC6, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x04])),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_programs_may_read_differently_is_refused(name: str) -> None:
    module = openpgp()
    with pytest.raises(module.InvalidKey):
        module.fingerprints(BAD_FILES[name])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """A web server of files, and what was asked of it."""
    folder = tmp_path_factory.mktemp("site")
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            asked.append(str(arguments[1]))

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    (folder / "large").write_bytes(b"\n" * (3 << 20))
    for path in KEYS.glob("*.asc"):
        shutil.copy(path, folder)
    yield SimpleNamespace(
        folder=folder, asked=asked, port=server.server_port, url=f"http://127.0.0.1:{server.server_port}"
    )
    server.shutdown()


def install(core: Core, dest: Path, *cases: dict[str, str]) -> list[dict]:
    """Run the role's module in a play, once for each case, and return the results."""
    written = dest.with_name("results.json")
    tasks: list[dict] = []
    for number, case in enumerate(cases):
        arguments = {"dest": str(dest), "fingerprint": RELEASE, "mode": "0644"} | case
        check = arguments.pop("check_mode", False)
        task = {"docker_engine_key": arguments, "register": f"done{number}", "ignore_errors": True, "check_mode": check}
        tasks += [task, {"ansible.builtin.stat": {"path": str(dest)}, "register": f"file{number}"}]
    keys = [f"done{number} | combine({{'stat': file{number}.stat}})" for number in range(len(cases))]
    keep = {"content": "{{ [" + ", ".join(keys) + "] | to_json }}", "dest": str(written), "mode": "0600"}
    tasks.append({"ansible.builtin.copy": keep})
    play = dest.with_name("play.yml")
    play.write_text(json.dumps([{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}]))
    paths = {"ANSIBLE_LIBRARY": str(ROLE / "library"), "ANSIBLE_MODULE_UTILS": str(ROLE / "module_utils")}
    core.run("ansible-playbook", "-i", "localhost,", play, env=paths).ok()
    return json.loads(written.read_text())


def test_a_key_with_the_expected_fingerprint_is_installed_once(
    core: Core, tmp_path: Path, site: SimpleNamespace
) -> None:
    dest, url = tmp_path / "docker.asc", f"{site.url}/release.asc"
    grouped = "1DB4 2E08 4198 2C21 5B7A A0CA 6E99 D7DF C6A3 0898"
    site.asked.clear()
    checked, first, second = install(
        core, dest, {"url": url, "check_mode": True}, {"url": url, "fingerprint": grouped}, {"url": url}
    )
    assert (checked["changed"], checked["stat"]["exists"]) == (True, False)
    assert (first["changed"], first["fingerprints"]) == (True, [RELEASE])
    assert second["changed"] is False
    assert len(site.asked) == 2, "an installed key is not fetched again"
    assert dest.read_bytes() == GOOD
    assert dest.stat().st_mode & 0o777 == 0o644


REFUSED = [
    ("other.asc", {}, "unexpected fingerprint: expected 1DB4 2E08"),
    ("both.asc", {}, 'docker_engine_repository_key_fingerprint: "'),
    ("rsa.asc", {}, "unexpected fingerprint"),
    ("release.asc", {"checksum": f"sha256:{'0' * 64}"}, "did not match `docker_engine_repository_key_checksum`"),
    ("release.asc", {"checksum": "md5:00"}, "expected `sha256:` and the digits, found `md5:00`"),
    ("release.asc", {"fingerprint": "C6A30898"}, "expected fingerprints of 40 hexadecimal digits, found `C6A30898`"),
    ("release.asc", {"fingerprint": ""}, "expected fingerprints of 40 hexadecimal digits"),
    ("large", {}, "is larger than 1048576 bytes"),
    ("none.asc", {}, "could not fetch the repository's key"),
]


def test_another_key_is_refused(core: Core, tmp_path: Path, site: SimpleNamespace) -> None:
    """Nothing is installed, and no message has a password of the address."""
    address = f"http://me:p4ss@127.0.0.1:{site.port}"
    cases = [{"url": f"{address}/{name}?token=s3cret"} | more for name, more, _ in REFUSED]
    for done, (name, _, message) in zip(install(core, tmp_path / "docker.asc", *cases), REFUSED, strict=True):
        assert done["failed"] is True, name
        assert message in done["msg"], name
        assert done["stat"]["exists"] is False, name
        assert "p4ss" not in done["msg"], name
        assert "s3cret" not in done["msg"], name


def test_an_installed_key_that_is_not_expected_is_replaced(core: Core, tmp_path: Path, site: SimpleNamespace) -> None:
    """What a first run without the check may have trusted."""
    dest = tmp_path / "docker.asc"
    shutil.copy(KEYS / "both.asc", dest)
    before = hashlib.sha1((KEYS / "both.asc").read_bytes()).hexdigest()  # noqa: S324  Ansible's own checksum.
    refused, replaced = install(core, dest, {"url": f"{site.url}/other.asc"}, {"url": f"{site.url}/release.asc"})
    assert (refused["failed"], refused["stat"]["checksum"]) == (True, before)
    assert replaced["changed"] is True
    assert dest.read_bytes() == GOOD
    # A new key can be expected beside the old one.
    [both] = install(core, dest, {"url": f"{site.url}/both.asc", "fingerprint": f"{OTHER},0x{RELEASE.lower()}"})
    assert (both["changed"], both["fingerprints"]) == (False, [RELEASE])


def test_the_role_checks_the_key_before_it_adds_the_repository() -> None:
    """On both kinds of systems, with Docker's own fingerprints unless the operator names others."""
    for name in ("apt", "dnf"):
        tasks = yaml.safe_load((ROLE / "tasks" / f"repository_{name}.yml").read_text())
        names = [task["name"] for task in tasks]
        assert names.index("Get the repository's key") < names.index("Add the repository")
        [key] = [task["docker_engine_key"] for task in tasks if "docker_engine_key" in task]
        assert key["fingerprint"] == "{{ _docker_engine_key_fingerprint }}"
        assert key["dest"] in (ROLE / "tasks" / f"repository_{name}.yml").read_text().split("Add the repository")[1]
        assert not any("get_url" in json.dumps(task) for task in tasks)
    text = "".join((ROLE / "vars" / "main.yml").read_text().split())
    assert DOCKER_APT in text
    assert DOCKER_DNF in text
