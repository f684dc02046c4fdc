"""Files of others have an end: links, pipes, devices, sizes, depths and loops are errors, and fast ones."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from harness import PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable

# Whatever it is, a reader that waits or reads on is stopped here, and the test fails.
TIME = 30
CONTEXT = "_metadata: {name: base}\nntp: [a]\n"


def run(binary: Path, *arguments: str | Path, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the binary with little memory: what reads without an end would need more."""
    command = f'ulimit -v {2 * 1024 * 1024}; exec "$@"'
    return subprocess.run(
        ["bash", "-c", command, "bash", binary, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIME,
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin", **environment},
        stdin=subprocess.DEVNULL,
    )


def _outside(folder: Path) -> Path:
    secret = folder.parent / f"{folder.name}-secret.yml"
    secret.write_text("_metadata: {name: secret}\npassword: hunter2\n")
    return secret


def _link_out(place: Path) -> None:
    place.symlink_to(_outside(place.parents[2]))


def _link_by_a_link(place: Path) -> None:
    inner = place.parent / "inner.yml"
    inner.symlink_to(_outside(place.parents[2]))
    place.symlink_to("inner.yml")


def _pipe(place: Path) -> None:
    os.mkfifo(place)


def _link_to_a_pipe(place: Path) -> None:
    os.mkfifo(place.parents[1] / "pipe")
    place.symlink_to("../pipe")


def _socket(place: Path) -> None:
    # The path of a socket is short.
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(place.parent)
        try:
            listener.bind(place.name)
        finally:
            os.chdir(here)


def _huge(place: Path) -> None:
    with place.open("wb") as file:
        file.truncate(50 * 1024**3)


UNREADABLE: dict[str, tuple[Callable[[Path], None], str]] = {
    "device": (lambda place: place.symlink_to("/dev/zero"), "link out of the repository"),
    "environment": (lambda place: place.symlink_to("/proc/self/environ"), "link out of the repository"),
    "root": (lambda place: place.symlink_to("/"), "link out of the repository"),
    "link out": (_link_out, "link out of the repository"),
    "link by a link": (_link_by_a_link, "link out of the repository"),
    "broken link": (lambda place: place.symlink_to("nowhere"), "leads nowhere"),
    "loop": (lambda place: place.symlink_to(place.name), "cannot be read"),
    "pipe": (_pipe, "is a pipe"),
    "link to a pipe": (_link_to_a_pipe, "is a pipe"),
    "socket": (_socket, "is a socket"),
    "huge": (_huge, "larger than 10 MiB"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
@pytest.mark.parametrize("name", ["x.yml", "locations/x.yml", "x"])
def test_a_context_that_is_no_file_of_the_repository(nautobridge: Path, tmp_path: Path, kind: str, name: str) -> None:
    """Each is a finding with its place, whatever it is called, and nothing of it is shown."""
    make, expected = UNREADABLE[kind]
    root = tmp_path / "repository"
    contexts = root / "config_contexts"
    (contexts / "locations").mkdir(parents=True)
    (contexts / "base.yml").write_text(CONTEXT)
    make(contexts / name)
    done = run(nautobridge, "apps", "check", "--json", folder=root)
    assert done.returncode == 1, done.stderr
    findings = json.loads(done.stdout)["findings"]
    told = [finding for finding in findings if finding["file"] == f"config_contexts/{name}"]
    assert told, findings
    assert (told[0]["severity"], expected in told[0]["message"]) == ("error", True)
    assert "hunter2" not in done.stdout + done.stderr


def test_links_within_the_repository_stay(nautobridge: Path, tmp_path: Path) -> None:
    """A file and a folder may be links, and so may the way to the repository."""
    root = tmp_path / "repository"
    (root / "shared" / "folder").mkdir(parents=True)
    (root / "config_contexts").mkdir()
    (root / "shared" / "base.yml").write_text(CONTEXT)
    (root / "shared" / "folder" / "site.yml").write_text("_metadata: {name: site}\nsyslog: [b]\n")
    (root / "config_contexts" / "base.yml").symlink_to("../shared/base.yml")
    (root / "config_contexts" / "locations").symlink_to("../shared/folder")
    (tmp_path / "way").symlink_to(root)
    done = run(nautobridge, "apps", "check", tmp_path / "way", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 contexts" in done.stdout


@pytest.mark.parametrize("folder", ["config_contexts", "config_context_schemas"])
def test_the_folder_itself_is_a_link_out(nautobridge: Path, tmp_path: Path, folder: str) -> None:
    """A link to `/etc` in the place of the folder is a finding, too."""
    root = tmp_path / "repository"
    (root / "config_contexts").mkdir(parents=True)
    (root / folder).rmdir() if (root / folder).exists() else None
    (root / folder).symlink_to("/etc")
    done = run(nautobridge, "apps", "check", folder=root)
    assert done.returncode == 1, done.stderr
    assert f"error: {folder}: " in done.stdout
    assert "link out of the repository" in done.stdout


def test_many_files(nautobridge: Path, tmp_path: Path) -> None:
    """Their number is bounded."""
    contexts = tmp_path / "config_contexts" / "locations"
    contexts.mkdir(parents=True)
    for number in range(20_010):
        (contexts / f"x{number}.txt").touch()
    done = run(nautobridge, "apps", "check", folder=tmp_path)
    assert done.returncode == 1
    assert "more than 20000 files and folders" in done.stdout


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)
DOCUMENTS = {
    "aliases": BOMB,
    "aliases in mappings": "a0: &a0 {x: 1}\n"
    + "".join(f"a{n}: &a{n} {{k{n}: *a{n - 1}, l{n}: *a{n - 1}, m{n}: *a{n - 1}}}\n" for n in range(1, 40)),
    "flow": "a: " + "[" * 200_000,
    "json": '{"a": ' * 100_000 + "1" + "}" * 100_000,
    "block": "".join(" " * n + "a:\n" for n in range(2000)),
    "dashes": "a: \n" + "- " * 100_000,
    "values": "a: [" + "1," * 3_000_000 + "1]\n",
}


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("what", ["context", "seed", "settings", "extra"])
def test_small_files_that_mean_much(nautobridge: Path, tmp_path: Path, name: str, what: str) -> None:
    """Aliases and depth are bounded, wherever YAML is read."""
    text = DOCUMENTS[name]
    if what == "context":
        (tmp_path / "config_contexts").mkdir()
        (tmp_path / "config_contexts" / "x.yml").write_text(text)
        done = run(nautobridge, "apps", "check", folder=tmp_path)
        assert done.returncode == 1, done.stderr
        assert "error: config_contexts/x.yml" in done.stdout
        return
    (tmp_path / "x.yml").write_text(text)
    if what == "settings":
        done = run(nautobridge, "--config", "x.yml", "inventory", folder=tmp_path)
        assert done.returncode == 2, done.stderr
    else:
        (tmp_path / "y.yml").write_text("v: 1\n")
        files = ["x.yml"] if what == "seed" else ["y.yml", "-e", "@x.yml"]
        done = run(nautobridge, "seeder", "check", *files, folder=tmp_path)
        assert done.returncode == 1, done.stderr
    assert "x.yml" in done.stdout + done.stderr


ENDLESS = {
    "loops": "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
    "repetition": "{% for a in range(99999) %}{{ 'x' * 90000 }}{% endfor %}",
    "replace": "{{ ('x' * 60000) | replace('x', 'y' * 60000) }}",
    "macro": "{% macro a(n) %}{% for i in range(9) %}{{ a(n - 1) if n }}{% endfor %}{% endmacro %}{{ a(40) }}",
    "doubling": "{% set n = namespace(t='xxxx') %}{% for a in range(99) %}{% set n.t = n.t ~ n.t %}{% endfor %}{{ n.t }}",
}


@pytest.mark.parametrize("name", ENDLESS)
@pytest.mark.parametrize("what", ["message", "injector"])
def test_templates_of_messages_and_injectors_end(nautobridge: Path, tmp_path: Path, name: str, what: str) -> None:
    """They are rendered with a limit. What is wrong is told with file and line."""
    seeds = {
        "message": {
            "aap_organizations": [{"name": "O"}],
            "controller_notifications": [
                {
                    "name": "n",
                    "organization": "O",
                    "notification_type": "webhook",
                    "notification_configuration": {"url": "https://h", "http_method": "POST", "headers": {}},
                    "messages": {"success": {"body": ENDLESS[name]}},
                }
            ],
        },
        "injector": {
            "controller_credential_types": [
                {
                    "name": "t",
                    "kind": "cloud",
                    "inputs": {"fields": [{"id": "a", "label": "A", "type": "string"}]},
                    "injectors": {"extra_vars": {"v": ENDLESS[name]}},
                }
            ]
        },
    }
    # JSON is YAML; `!unsafe` is what makes a template of it that is not the seed's own.
    text = json.dumps(seeds[what], indent=1).replace(json.dumps(ENDLESS[name]), "!unsafe " + json.dumps(ENDLESS[name]))
    (tmp_path / "seed.yml").write_text(text)
    done = run(nautobridge, "seeder", "check", "seed.yml", folder=tmp_path)
    told = done.stdout + done.stderr
    assert "seed.yml" in told or done.returncode == 0, told
    if name != "macro":
        assert done.returncode == 1, told
        assert "the template does not end" in told
    line = text[: text.index("!unsafe")].count("\n") + 1
    assert done.returncode == 0 or f"seed.yml:{line}" in told or "seed.yml:" in told


TEMPLATES = {
    "replace": "{{ a | replace('x', a) | replace('x', a) | replace('x', a) }}",
    "join": "{{ (a | list) | join(a) }}",
    "nested": "{% for i in a %}{% for j in a %}{{ a }}{% endfor %}{% endfor %}",
    "power": "{{ 9999999999 * 9999999999 * 9999999999 * 9999999999 }}",
    "repetition": "{{ 'x' * 1000000000 }}",
    "range": "{{ range(1000000000) | list }}",
    "itself": "{{ v }}",
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_of_seed_files_end(nautobridge: Path, tmp_path: Path, name: str) -> None:
    """The seeder's own evaluator bounds steps, depth and output."""
    text = {"a": "x" * 20_000, "v": TEMPLATES[name], "aap_organizations": [{"name": "{{ v }}"}]}
    (tmp_path / "seed.yml").write_text(json.dumps(text, indent=1))
    done = run(nautobridge, "seeder", "check", "seed.yml", folder=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "error: seed.yml:" in done.stdout


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/urandom"])
def test_files_that_are_named_end(nautobridge: Path, tmp_path: Path, device: str) -> None:
    """A device in the place of a file is read up to a limit, and refused."""
    (tmp_path / "y.yml").write_text("v: 1\n")
    vault = PROJECT / "tests" / "fixtures" / "seed" / "vault" / "inline-1.1.yml"
    shutil.copy(vault, tmp_path / "vault.yml")
    for arguments in (
        ["seeder", "check", device],
        ["seeder", "check", "y.yml", "-e", f"@{device}"],
        ["apps", "drift", device],
    ):
        done = run(nautobridge, *arguments, folder=tmp_path)
        assert done.returncode in (1, 2), (arguments, done.stdout)
        assert "larger than" in done.stdout + done.stderr, (arguments, done.stdout, done.stderr)
    environment = {"NAUTOBOT_URL": "https://n.invalid", "NAUTOBOT_TOKEN_FILE": device}
    done = run(nautobridge, "inventory", folder=tmp_path, **environment)
    assert done.returncode == 2, done.stderr


def test_files_that_are_too_large(nautobridge: Path, tmp_path: Path) -> None:
    """They are refused by their size, before they are read."""
    with (tmp_path / "x.json").open("wb") as file:
        file.truncate(50 * 1024**3)
    for arguments in (
        ["--snapshot", "x.json", "inventory"],
        ["apps", "drift", "x.json"],
        ["seeder", "check", "x.json"],
    ):
        done = run(nautobridge, *arguments, folder=tmp_path)
        assert done.returncode in (1, 2), (arguments, done.stdout)
        assert "larger than" in done.stdout + done.stderr, (arguments, done.stdout, done.stderr)


def test_a_folder_of_seeds(nautobridge: Path, tmp_path: Path) -> None:
    """A pipe in it is an error, and not waited for."""
    (tmp_path / "seed").mkdir()
    (tmp_path / "seed" / "a.yml").write_text("v: 1\n")
    os.mkfifo(tmp_path / "seed" / "b.yml")
    done = run(nautobridge, "seeder", "check", "seed", folder=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "seed/b.yml" in done.stdout
    assert "not a regular file" in done.stdout or "no regular file" in done.stdout


def test_a_pipe_that_is_named_is_read(nautobridge: Path, tmp_path: Path) -> None:
    """`<(…)` of a shell is a pipe, and so is standard input."""
    command = f'"{nautobridge}" seeder check <(echo "v: 1") && echo "v: 1" | "{nautobridge}" seeder check -'
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=TIME
    )
    assert done.returncode == 0, done.stdout + done.stderr
