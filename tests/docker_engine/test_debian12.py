"""The role on a Debian 12, which has no package of Compose v2, and in a container: nothing manages services there."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import apply
from harness import Core
from hosts import PLAIN, SITE_PORT, Host, host, wait_for

PLUGIN = "/usr/local/lib/docker/cli-plugins/docker-compose"
URL = f"http://127.0.0.1:{SITE_PORT}/docker-compose"
DAEMON = {"log-driver": "local", "bridge": "none"}


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """One host for all tests of this file, which follow one another."""
    with host(tmp_path_factory.mktemp("debian12"), "bookworm", PLAIN) as there:
        there.sh("apt-get update -qq")
        yield there


def test_sources_are_two(debian: Host, current: Core) -> None:
    error = apply(current, debian, source="foo").error
    assert "value of docker_engine_source must be one of: distribution, docker, got: foo" in error


def test_misspelled_types_are_told(debian: Host, oldest: Core) -> None:
    assert "argument 'docker_engine_daemon' is of type" in apply(oldest, debian, daemon=["debug"]).error


@pytest.mark.parametrize(("checksum", "said"), [("", "there is none"), ("sha256:12ab", "it is sha256:12ab")])
def test_a_download_needs_a_checksum(debian: Host, current: Core, checksum: str, said: str) -> None:
    error = apply(current, debian, compose_url=URL, compose_checksum=checksum).error
    assert (
        f"docker_engine_compose_url needs docker_engine_compose_checksum, the SHA-256 of the file (64 hexadecimal digits); {said}"
        in error
    )


def test_one_compose_is_enough(debian: Host, current: Core, compose: Path) -> None:
    error = apply(current, debian, compose_src=str(compose), compose_url=URL, compose_checksum="0" * 64).error
    assert "docker_engine_compose_src and docker_engine_compose_url are both set" in error


def test_debian_12_needs_a_compose(debian: Host, oldest: Core) -> None:
    before = debian.written()
    assert "Debian 12 has no package of Compose v2. Set docker_engine_compose_src" in apply(oldest, debian).error
    assert debian.written() == before, "it is refused before anything is installed"


def test_podman_is_refused(debian: Host, current: Core) -> None:
    # Debian's own package, without Podman itself.
    debian.sh("cd /tmp && apt-get download -qq podman-docker && dpkg-deb --extract podman-docker_*.deb /tmp/shim")
    debian.sh("cp /tmp/shim/usr/bin/docker /usr/bin/docker")
    try:
        error = apply(current, debian).error
    finally:
        debian.sh("rm /usr/bin/docker")
    assert "`docker` on host1 is Podman (package podman-docker)" in error


def test_it_installs_and_says_what_is_left(debian: Host, oldest: Core, compose: Path) -> None:
    play = apply(oldest, debian, compose_src=str(compose), daemon=DAEMON).ok()
    assert play.changed > 0
    assert "systemd does not run here: restart dockerd, its settings have changed" in play.result.stdout
    assert debian.sh("docker compose version --short") == "2.40.3"


def test_the_engine_runs_with_these_settings(debian: Host) -> None:
    with subprocess.Popen([*debian.enter, "dockerd"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as dockerd:
        wait_for(lambda: debian.run("docker", "version").code == 0, debian.folder / "log")
        assert debian.sh("docker info --format '{{.ServerVersion}} {{.LoggingDriver}}'").startswith("20.10.")
        assert debian.sh("docker info --format '{{.LoggingDriver}}'") == "local"
        debian.sh("kill $(cat /var/run/docker.pid)")
        dockerd.wait(20)


def test_a_second_run_changes_nothing(debian: Host, current: Core, compose: Path) -> None:
    play = apply(current, debian, compose_src=str(compose), daemon=DAEMON).ok()
    assert play.changed == 0
    assert "systemd does not run here: see to it yourself that dockerd runs" in play.result.stdout


def test_compose_by_download(debian: Host, current: Core, compose: Path) -> None:
    right = hashlib.sha256(compose.read_bytes()).hexdigest()
    shutil.copy(compose, debian.site.folder / "docker-compose")
    debian.sh(f"rm {PLUGIN}")

    error = apply(current, debian, compose_url=URL, compose_checksum="0" * 64).error
    assert "did not match" in error
    assert not debian.path(PLUGIN).exists()

    assert apply(current, debian, compose_url=URL, compose_checksum=f"sha256:{right.upper()}").ok().changed == 1
    assert debian.sh("docker compose version --short") == "2.40.3"
    asked = len(debian.site.requests)
    assert apply(current, debian, compose_url=URL, compose_checksum=right).ok().changed == 0
    assert len(debian.site.requests) == asked


def test_an_old_compose_is_told(debian: Host, current: Core, tmp_path: Path) -> None:
    # What a plugin of 2.17 answers.
    old = tmp_path / "docker-compose"
    old.write_text(
        '#!/bin/sh\ncase "$*" in\n*metadata*) echo \'{"SchemaVersion": "0.1.0", "Vendor": "Docker Inc."}\' ;;\n*) echo v2.17.3 ;;\nesac\n'
    )
    error = apply(current, debian, compose_src=str(old)).error
    assert (
        "Docker Engine 20.10 and Compose 2.20 or newer are needed. host1 has Engine 20.10.24 and Compose 2.17.3."
        in error
    )
