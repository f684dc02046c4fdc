"""The role on a Debian 13 with systemd, from nothing to a changed setting; Compose v2 is a package there."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from conftest import apply
from harness import Core
from hosts import SYSTEMD, Host, host

# What the homelab's config context says.
CONTEXT = {"data_root": "/srv/docker", "projects": "/opt/docker", "network": "proxy", "log_max_size": "10m"}
WITH = {"docker": CONTEXT, "users": ["ada"], "daemon": {"live-restore": True}}


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """One host for all tests of this file, which follow one another."""
    with host(tmp_path_factory.mktemp("debian13"), "trixie", SYSTEMD) as there:
        there.sh("useradd --create-home ada")
        there.sh("apt-get update -qq")
        yield there


@pytest.fixture(autouse=True)
def _patience(debian: Host) -> None:
    """Systemd refuses a fourth start within a minute; nobody else changes settings so often."""
    debian.run("systemctl", "reset-failed", "docker.service")


def started(debian: Host) -> str:
    return debian.sh("systemctl show --property MainPID --value docker.service")


def info(debian: Host, field: str) -> str:
    return debian.sh(f"docker info --format '{{{{.{field}}}}}'")


def test_check_mode_on_a_bare_host_changes_nothing(debian: Host, core: Core) -> None:
    before = debian.sh("dpkg-query --show"), debian.written()
    play = apply(core, debian, "--check", "--diff", **WITH).ok()
    assert (debian.sh("dpkg-query --show"), debian.written()) == before
    assert play.changed > 0
    assert '"data-root": "/srv/docker"' in play.result.stdout, "the diff shows the settings"


def test_it_installs_configures_and_starts(debian: Host, current: Core) -> None:
    assert apply(current, debian, **WITH).ok().changed > 0
    assert debian.sh("systemctl is-enabled docker.service; systemctl is-active docker.service") == "enabled\nactive"
    assert info(debian, "DockerRootDir") == "/srv/docker"
    assert info(debian, "LiveRestoreEnabled") == "true"
    settings = json.loads(debian.path("/etc/docker/daemon.json").read_text())
    assert settings == {"data-root": "/srv/docker", "live-restore": True, "log-opts": {"max-size": "10m"}}
    assert debian.sh("docker compose version --short").startswith("2.")
    assert "docker" in debian.sh("id --name --groups ada").split()


def test_a_second_run_changes_nothing_and_needs_no_network(debian: Host, core: Core) -> None:
    pid, asked = started(debian), len(debian.proxy.requests)
    assert apply(core, debian, **WITH).ok().changed == 0
    assert (started(debian), len(debian.proxy.requests)) == (pid, asked)


def test_containers_run(debian: Host) -> None:
    debian.sh("apt-get install -y -qq busybox-static")
    debian.sh("tar --create --directory /usr/bin busybox | docker import - busybox")
    assert debian.sh("docker run --rm busybox /busybox echo hello") == "hello"


def test_check_mode_of_what_is_there_shows_nothing(debian: Host, current: Core) -> None:
    assert apply(current, debian, "--check", "--diff", **WITH).ok().changed == 0


def test_a_changed_setting_restarts_it_once(debian: Host, current: Core, oldest: Core) -> None:
    changed = WITH | {"daemon": {"live-restore": True, "labels": ["rack=1"]}}
    pid = started(debian)
    play = apply(current, debian, "--check", "--diff", **changed).ok()
    assert '+ "rack=1"' in " ".join(play.result.stdout.split())
    assert started(debian) == pid, "check mode restarts nothing"

    assert apply(oldest, debian, **changed).ok().changed == 2
    again = started(debian)
    assert again != pid
    assert info(debian, "Labels") == "[rack=1]"
    assert apply(current, debian, **changed).ok().changed == 0
    assert started(debian) == again

    # As after a run that came to no end: the settings are there, and the daemon has not read them.
    debian.sh("touch /etc/docker/daemon.json")
    assert apply(current, debian, **changed).ok().changed == 1
    assert started(debian) != again
    assert apply(current, debian, **changed).ok().changed == 0


def test_a_setting_that_the_daemon_does_not_know_is_refused(debian: Host, current: Core) -> None:
    before = debian.path("/etc/docker/daemon.json").read_text()
    pid = started(debian)
    error = apply(current, debian, **WITH | {"daemon": {"no-such-setting": 1}}).error
    assert "no-such-setting" in error
    assert debian.path("/etc/docker/daemon.json").read_text() == before
    assert (started(debian), debian.sh("systemctl is-active docker.service")) == (pid, "active")


def test_other_log_drivers_get_no_size(debian: Host, current: Core) -> None:
    play = apply(current, debian, "--check", "--diff", docker=CONTEXT, daemon={"log-driver": "journald"}).ok()
    assert '- "log-opts"' in " ".join(play.result.stdout.split())


def test_without_settings_the_file_is_left_alone(debian: Host, current: Core) -> None:
    before = debian.path("/etc/docker/daemon.json").read_text()
    assert apply(current, debian).ok().changed == 0
    assert debian.path("/etc/docker/daemon.json").read_text() == before


def test_unknown_users_are_not_made(debian: Host, oldest: Core) -> None:
    error = apply(oldest, debian, users=["nobody-here", "ada", "root", "nor-here"]).error
    assert "that host1 does not have: nobody-here, nor-here PLAY RECAP" in error.replace("'", "").replace('"', "")
    assert debian.run("getent", "passwd", "nobody-here").code == 2


def test_the_other_source_does_not_replace_it(debian: Host, current: Core) -> None:
    error = apply(current, debian, source="docker").error
    assert "docker.io is installed on host1" in error
    assert "Set docker_engine_source: distribution" in error
    assert not debian.path("/etc/apt/sources.list.d/docker.sources").exists()


def test_the_service_can_be_left_to_others(debian: Host, current: Core) -> None:
    pid = started(debian)
    play = apply(current, debian, manage_service=False, daemon={"debug": False}).ok()
    assert "docker_engine_manage_service is off: restart dockerd, its settings have changed" in play.result.stdout
    assert started(debian) == pid
