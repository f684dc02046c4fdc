"""Docker's packages by dnf. No mirror of an EL is in reach: dnf and rpm are real, the system beneath them is a Debian
that says it is Rocky Linux."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import apply
from harness import Core
from hosts import SITE_PORT, SYSTEMD, Host, host
from repository import Key, for_dnf

ADDRESS = {"source": "docker", "repository": f"http://127.0.0.1:{SITE_PORT}/linux"}
RELEASE = """\
NAME="Rocky Linux"
VERSION="9.6 (Blue Onyx)"
ID="rocky"
ID_LIKE="rhel centos fedora"
VERSION_ID="9.6"
PRETTY_NAME="Rocky Linux 9.6 (Blue Onyx)"
"""


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Key:
    """The key that the packages are signed with: not Docker's."""
    return Key(tmp_path_factory.mktemp("keys") / "key")


@pytest.fixture(scope="module")
def from_docker(key: Key) -> dict[str, str]:
    """The settings for the repository, with the one line that a key of its own requires."""
    return ADDRESS | {"repository_key_fingerprint": key.fingerprint}


@pytest.fixture(scope="module")
def rocky(tmp_path_factory: pytest.TempPathFactory, key: Key) -> Iterator[Host]:
    """One host for all tests of this file, which follow one another."""
    folder = tmp_path_factory.mktemp("el")
    with host(folder / "rocky", "trixie", SYSTEMD) as there:
        # The engine's own needs, too, which Docker's packages bring.
        wanted = "dnf python3-dnf rpm createrepo-c gpg gpg-agent runc tini"
        there.sh(f"apt-get update -qq; apt-get install -y -qq {wanted} 2>&1")
        for_dnf(there, folder, key, "9")
        # What a script of the package does, which would need an rpm of a shell.
        there.sh("groupadd --system docker")
        there.sh(
            "rm /etc/os-release /etc/debian_version; mkdir -p /etc/dnf/vars /etc/yum.repos.d; echo 9 >/etc/dnf/vars/releasever"
        )
        there.path("/etc/os-release").write_text(RELEASE)
        there.path("/etc/redhat-release").write_text("Rocky Linux release 9.6 (Blue Onyx)\n")
        yield there


def test_el_has_none_of_its_own(rocky: Host, oldest: Core) -> None:
    error = apply(oldest, rocky).error
    assert "knows no packages of the distribution for Rocky 9.6. Set docker_engine_source: docker." in error


def test_a_key_that_nobody_named_is_refused(rocky: Host, oldest: Core) -> None:
    error = apply(oldest, rocky, **ADDRESS).error
    assert "expected 060A 61C5 1B55 8A7F 742B 77AA C52F EB6B 621E 9F35" in error
    assert not rocky.path("/etc/yum.repos.d/docker-ce.repo").exists()


def test_it_installs_from_docker(rocky: Host, current: Core, from_docker: dict[str, str]) -> None:
    assert apply(current, rocky, **from_docker).ok().changed > 0
    repository = rocky.path("/etc/yum.repos.d/docker-ce.repo").read_text()
    assert "gpgcheck = 1" in repository
    assert "gpgkey = file:///etc/pki/rpm-gpg/RPM-GPG-KEY-docker-ce" in repository
    assert rocky.sh("rpm --query docker-ce containerd.io").count("26.1.5-1") == 2
    assert rocky.sh("systemctl is-enabled docker; systemctl is-active docker") == "enabled\nactive"


def test_a_second_run_changes_nothing(rocky: Host, oldest: Core, from_docker: dict[str, str]) -> None:
    assert apply(oldest, rocky, **from_docker).ok().changed == 0
