"""Docker's packages by apt, from a repository like Docker's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import apply
from harness import Core
from hosts import SITE_PORT, SYSTEMD, Host, host
from repository import Key, for_apt

HERE = f"http://127.0.0.1:{SITE_PORT}"
FROM_DOCKER = {"source": "docker", "repository": f"{HERE}/linux"}


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """One host for all tests of this file, which follow one another."""
    folder = tmp_path_factory.mktemp("repository")
    with host(folder / "docker-ce", "trixie", SYSTEMD) as there:
        there.sh("apt-get update -qq")
        for_apt(there, folder, Key(folder / "key"), "trixie")
        yield there


def test_check_mode_shows_the_repository_and_adds_nothing(debian: Host, oldest: Core) -> None:
    before = debian.written()
    play = apply(oldest, debian, "--check", "--diff", **FROM_DOCKER).ok()
    assert debian.written() == before
    for line in (f"URIs: {HERE}/linux/debian", "Suites: trixie", "Signed-By: /etc/apt/keyrings/docker.asc"):
        assert f"+{line}" in play.result.stdout
    wanted = "docker-ce, docker-ce-cli, containerd.io, docker-compose-plugin"
    assert f"Would install {wanted} from {HERE}/linux/debian" in " ".join(play.result.stdout.split())


def test_the_key_is_checked(debian: Host, oldest: Core) -> None:
    error = apply(oldest, debian, **FROM_DOCKER, repository_key_checksum=f"sha256:{'0' * 64}").error
    assert "did not match" in error
    assert not debian.path("/etc/apt/sources.list.d/docker.sources").exists()


def test_it_installs_from_there(debian: Host, current: Core) -> None:
    assert apply(current, debian, **FROM_DOCKER).ok().changed > 0
    shown = debian.sh("dpkg-query --show --showformat '${db:Status-Status} ${Package}\\n' 'docker*' 'containerd*'")
    names = sorted(line.split()[1] for line in shown.splitlines() if line.startswith("installed "))
    assert names == ["containerd.io", "docker-ce", "docker-ce-cli", "docker-compose-plugin"]
    assert debian.sh("docker version --format '{{.Server.Version}}'; systemctl is-active docker").endswith("active")


def test_a_second_run_changes_nothing(debian: Host, oldest: Core) -> None:
    asked = len(debian.site.requests)
    assert apply(oldest, debian, **FROM_DOCKER).ok().changed == 0
    assert len(debian.site.requests) == asked, "neither key nor lists are fetched again"


def test_the_other_source_does_not_replace_it(debian: Host, oldest: Core) -> None:
    error = apply(oldest, debian).error
    assert "docker-ce is installed on host1" in error
    assert "Set docker_engine_source: docker" in error
