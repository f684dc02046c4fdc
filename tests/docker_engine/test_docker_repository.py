"""Docker's packages by apt, from a repository like Docker's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import apply
from harness import Core
from hosts import SITE_PORT, SYSTEMD, Host, host
from repository import Key, for_apt

HERE = f"http://127.0.0.1:{SITE_PORT}"
ADDRESS = {"source": "docker", "repository": f"{HERE}/linux"}
ASC = "/etc/apt/keyrings/docker.asc"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Key:
    """The key that the repository is signed with: not Docker's."""
    return Key(tmp_path_factory.mktemp("keys") / "key")


@pytest.fixture(scope="module")
def from_docker(key: Key) -> dict[str, str]:
    """The settings for the repository, with the one line that a key of its own requires."""
    return ADDRESS | {"repository_key_fingerprint": key.fingerprint}


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory, key: Key) -> Iterator[Host]:
    """One host for all tests of this file, which follow one another."""
    folder = tmp_path_factory.mktemp("repository")
    with host(folder / "docker-ce", "trixie", SYSTEMD) as there:
        there.sh("apt-get update -qq")
        for_apt(there, folder, key, "trixie")
        yield there


def test_check_mode_shows_the_repository_and_adds_nothing(
    debian: Host, oldest: Core, from_docker: dict[str, str]
) -> None:
    before = debian.written()
    play = apply(oldest, debian, "--check", "--diff", **from_docker).ok()
    assert debian.written() == before
    for line in (f"URIs: {HERE}/linux/debian", "Suites: trixie", "Signed-By: /etc/apt/keyrings/docker.asc"):
        assert f"+{line}" in play.result.stdout
    wanted = "docker-ce, docker-ce-cli, containerd.io, docker-compose-plugin"
    assert f"Would install {wanted} from {HERE}/linux/debian" in " ".join(play.result.stdout.split())


def test_the_key_is_checked(debian: Host, oldest: Core, from_docker: dict[str, str]) -> None:
    error = apply(oldest, debian, **from_docker, repository_key_checksum=f"sha256:{'0' * 64}").error
    assert "did not match" in error
    assert not debian.path("/etc/apt/sources.list.d/docker.sources").exists()


def test_a_key_that_nobody_named_is_refused(debian: Host, oldest: Core, key: Key) -> None:
    before = debian.written()
    error = apply(oldest, debian, **ADDRESS).error
    assert "expected 9DC8 5822 9FC7 DD38 854A E2D8 8D81 803C 0EBF CD88" in error
    assert "docker_engine_repository_key_fingerprint:" in error
    assert key.fingerprint in error.replace(" ", "")
    assert debian.written() == before
    assert not debian.path(ASC).exists()


def test_it_installs_from_there(debian: Host, current: Core, from_docker: dict[str, str]) -> None:
    assert apply(current, debian, **from_docker).ok().changed > 0
    shown = debian.sh("dpkg-query --show --showformat '${db:Status-Status} ${Package}\\n' 'docker*' 'containerd*'")
    names = sorted(line.split()[1] for line in shown.splitlines() if line.startswith("installed "))
    assert names == ["containerd.io", "docker-ce", "docker-ce-cli", "docker-compose-plugin"]
    assert debian.sh("docker version --format '{{.Server.Version}}'; systemctl is-active docker").endswith("active")


def test_a_second_run_changes_nothing(debian: Host, oldest: Core, from_docker: dict[str, str]) -> None:
    asked = len(debian.site.requests)
    assert apply(oldest, debian, **from_docker).ok().changed == 0
    assert len(debian.site.requests) == asked, "neither key nor lists are fetched again"


def test_the_other_source_does_not_replace_it(debian: Host, oldest: Core) -> None:
    error = apply(oldest, debian).error
    assert "docker-ce is installed on host1" in error
    assert "Set docker_engine_source: docker" in error
