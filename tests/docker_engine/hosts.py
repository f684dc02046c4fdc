"""Test hosts: bare Debian systems in namespaces of their own, which Ansible enters in place of SSH."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from harness import PROJECT, Result, run
from web import Site, listen_in

HERE = Path(__file__).resolve().parent
CACHE = Path(
    os.environ.get("NAUTOBRIDGE_CACHE")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nautobridge"
)
PACKAGES = "ca-certificates,dbus,iptables,python3,python3-apt,systemd"
SYSTEMD = ["/lib/systemd/systemd", "--unit=multi-user.target"]
# A container's init: nothing that manages services.
PLAIN = ["/bin/sh", "-c", "trap '' CHLD; while :; do sleep 60; done"]
PROXY_PORT, SITE_PORT = 3128, 8080
APT = f"""\
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::http::Proxy "http://127.0.0.1:{PROXY_PORT}";
Acquire::http::Proxy::127.0.0.1 "DIRECT";
"""


@cache
def mirror() -> str:
    """Tell where this machine's own Debian comes from, which has the other releases, too."""
    if named := os.environ.get("NAUTOBRIDGE_DEBIAN_MIRROR"):
        return named
    words = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Identifier: Packages"]
    uris = sorted({uri.rstrip("/") for uri in run(words, env=dict(os.environ)).ok().stdout.split()})
    found = [uri for uri in uris if uri.endswith("/debian")]
    assert found, f"none of {uris} is a Debian archive: set NAUTOBRIDGE_DEBIAN_MIRROR"
    return found[0]


def base(suite: str) -> Path:
    """Make a bare Debian, once: what `debootstrap` gives, Python, and systemd."""
    roots = CACHE / "roots"
    roots.mkdir(parents=True, exist_ok=True)
    root = roots / f"{suite}-{hashlib.sha256((mirror() + PACKAGES + APT).encode()).hexdigest()[:12]}"
    with (roots / f"{suite}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not root.is_dir():
            part = root.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            need("debootstrap")
            command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", suite, part, mirror()]
            run(command, env=dict(os.environ)).ok()
            (part / "etc/apt/apt.conf.d/99tests").write_text(APT)
            (part / "etc/dpkg/dpkg.cfg.d/tests").write_text("force-unsafe-io\n")
            part.rename(root)
    return root


def need(program: str, package: str | None = None) -> None:
    """Install a program of this machine's Debian that a test host is made with."""
    run([PROJECT / "scripts" / "packages", f"{program}:{package or program}"], env=dict(os.environ)).ok()


@dataclass(frozen=True)
class Host:
    """A running test host."""

    folder: Path
    init: int
    proxy: Site
    site: Site

    @property
    def enter(self) -> list[str]:
        """The command that runs another one on the host."""
        clean = ["env", "-i", "HOME=/root", "LANG=C.UTF-8", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"]
        spaces = ["--mount", "--pid", "--uts", "--ipc", "--net", "--cgroup", "--root", "--wd"]
        return ["nsenter", "--target", str(self.init), *spaces, *clean]

    def run(self, *command: str | Path) -> Result:
        """Run a command as root."""
        return run([*self.enter, *command])

    def sh(self, script: str) -> str:
        """Run a script that succeeds, and return what it prints."""
        return self.run("sh", "-ec", script).ok().stdout.strip()

    def path(self, path: str) -> Path:
        """Where a file of the host is, from outside."""
        return Path(f"/proc/{self.init}/root{path}")

    @property
    def inventory(self) -> Path:
        """An inventory of this host alone. Ansible's own SSH connection calls a program that is not `ssh`."""
        ssh = self.folder / "ssh"
        ssh.write_text(f'#!/bin/sh\nfor command; do :; done\nexec {shlex.join(self.enter)} sh -c "$command"\n')
        ssh.chmod(0o755)
        inventory = self.folder / "hosts.ini"
        inventory.write_text(
            f"host1 ansible_connection=ssh ansible_ssh_executable={ssh} ansible_ssh_args='' "
            "ansible_ssh_transfer_method=piped ansible_python_interpreter=/usr/bin/python3 ansible_become=false\n"
        )
        return inventory

    def written(self) -> dict[str, tuple[int, int, int]]:
        """All files that differ from the base: mode, size and time. What runs by itself writes is left out."""
        upper = self.folder / "upper"
        own = {"var/log", "var/lib/systemd", "var/tmp", "root/.ansible"}
        found = {}
        for folder, folders, files in os.walk(upper):
            place = Path(folder).relative_to(upper)
            folders[:] = [each for each in folders if str(place / each) not in own and each != "__pycache__"]
            for each in files:
                status = (Path(folder) / each).lstat()
                found[str(place / each)] = (status.st_mode, status.st_size, status.st_mtime_ns)
        return found


@contextmanager
def host(folder: Path, suite: str, init: list[str]) -> Iterator[Host]:
    """Boot a new host; it is gone afterwards, and also when this process is killed."""
    root = base(suite)
    for name in ("upper", "work", "root"):
        (folder / name).mkdir(parents=True)
    spaces = ["--mount", "--pid", "--net", "--uts", "--ipc", "--fork", "--kill-child"]
    command = ["setpriv", "--pdeathsig", "KILL", "unshare", *spaces, HERE / "boot", root, folder, *init]
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL) as process,
    ):
        try:
            wait_for(lambda: (folder / "booted").exists(), folder / "log")
            child = int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text())
            proxy, site = Site(CACHE / "debs"), Site(folder / "site")
            listen_in(child, PROXY_PORT, proxy)
            listen_in(child, SITE_PORT, site)
            there = Host(folder, child, proxy, site)
            if init is SYSTEMD:
                wait_for(lambda: there.run("systemctl", "is-active", "multi-user.target").code == 0, folder / "log")
            yield there
        finally:
            process.kill()
            process.wait()
            remove_group(folder)


def remove_group(folder: Path) -> None:
    """Remove the control groups that a host's init made; they are empty when its last process is gone."""
    script = 'mount -t cgroup2 cgroup "$1" && find "$1/$2" -depth -type d -exec rmdir {} +'
    command = ["unshare", "--mount", "sh", "-ec", script, "sh", folder / "root", folder.name]
    wait_for(lambda: run(command).code == 0, folder / "log")


def wait_for(what: Callable[[], bool], log: Path) -> None:
    """Wait until a function says yes."""
    limit = time.monotonic() + 30
    while not what():
        assert time.monotonic() < limit, log.read_text()
        time.sleep(0.1)
