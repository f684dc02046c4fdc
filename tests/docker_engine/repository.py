"""A repository laid out, named and signed as Docker's, which cannot be reached from everywhere.

The packages have Docker's names and the programs of Debian's packages, so that what is installed runs.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

from hosts import Host, need

DOCKER = {
    "docker.io": "docker-ce",
    "docker-cli": "docker-ce-cli",
    "containerd": "containerd.io",
    "docker-compose": "docker-compose-plugin",
}
SPEC = """\
Name: {name}
Version: 26.1.5
Release: 1
Summary: As Docker's
License: Apache-2.0
AutoReqProv: no
%global debug_package %{{nil}}
%global __os_install_post %{{nil}}
%define _binary_payload w1.zstdio
%description
As Docker's.
%install
cp -a {tree}/. %{{buildroot}}/
rm -rf %{{buildroot}}/DEBIAN
%files
{files}
"""


def run(*command: str | Path, env: dict[str, str] | None = None) -> str:
    """Run a command that succeeds."""
    return subprocess.run(command, check=True, capture_output=True, text=True, env=env).stdout


class Key:
    """A signing key."""

    def __init__(self, folder: Path) -> None:
        """Make it, in a folder of its own."""
        need("gpg")
        need("gpg-agent")
        folder.mkdir(mode=0o700)
        self.env = {"GNUPGHOME": str(folder), "PATH": "/usr/bin:/bin"}
        self.gpg("--quick-generate-key", "--passphrase", "", "release@example.com", "rsa3072", "sign", "never")

    def gpg(self, *arguments: str | Path) -> str:
        """Run gpg with it."""
        return run("gpg", "--batch", "--yes", "--pinentry-mode", "loopback", *arguments, env=self.env)

    @property
    def fingerprint(self) -> str:
        """The fingerprint, as gpg prints it."""
        lines = self.gpg("--with-colons", "--list-keys").splitlines()
        return next(line.split(":")[9] for line in lines if line.startswith("fpr:"))

    def public(self) -> str:
        """The public key, as a repository offers it."""
        return self.gpg("--armor", "--export")


def packages(host: Host, folder: Path) -> dict[str, Path]:
    """Debian's packages under Docker's names, unpacked."""
    host.sh(f"mkdir /srv/debs; cd /srv/debs; apt-get download -qq {' '.join(DOCKER)}")
    (folder / "packages").mkdir()
    trees = {}
    for deb in host.path("/srv/debs").iterdir():
        old = deb.name.split("_")[0]
        trees[DOCKER[old]] = tree = folder / "packages" / DOCKER[old]
        run("dpkg-deb", "--raw-extract", deb, tree)
        control = tree / "DEBIAN" / "control"
        lines = control.read_text().splitlines()
        version = next(line.split(": ")[1] for line in lines if line.startswith("Version:"))
        kept = [line for line in lines if not line.startswith(("Package:", "Source:", "Provides:"))]
        control.write_text("\n".join([f"Package: {DOCKER[old]}", *kept, f"Provides: {old} (= {version})", ""]))
    return trees


def for_apt(host: Host, folder: Path, key: Key, suite: str) -> None:
    """Fill a site's folder for apt: linux/debian/dists/SUITE, and the key."""
    root = host.site.folder / "linux" / "debian"
    index = root / "dists" / suite / "stable" / "binary-amd64" / "Packages"
    index.parent.mkdir(parents=True)
    (root / "pool").mkdir()
    entries = []
    for name, tree in packages(host, folder).items():
        deb = root / "pool" / f"{name}.deb"
        run("dpkg-deb", "-Znone", "--root-owner-group", "--build", tree, deb)
        fields = run("dpkg-deb", "--field", deb).rstrip()
        entries.append(f"{fields}\nFilename: pool/{deb.name}\nSize: {deb.stat().st_size}\nSHA256: {sha256(deb)}\n")
    index.write_text("\n".join(entries))
    release = root / "dists" / suite / "Release"
    listed = f" {sha256(index)} {index.stat().st_size} stable/binary-amd64/Packages"
    date = run("date", "--utc", "--rfc-email").strip().replace("+0000", "UTC")
    release.write_text(
        f"Origin: Docker\nSuite: {suite}\nCodename: {suite}\nDate: {date}\n"
        f"Architectures: amd64\nComponents: stable\nSHA256:\n{listed}\n"
    )
    key.gpg("--clearsign", "--output", release.parent / "InRelease", release)
    (root / "gpg").write_text(key.public())


def for_dnf(host: Host, folder: Path, key: Key, release: str) -> None:
    """Fill a site's folder for dnf: linux/centos/RELEASE/x86_64/stable, and the key. rpmbuild runs on the host."""
    build = host.path("/srv/build")
    build.mkdir()
    for name, tree in packages(host, folder).items():
        there = build / name
        shutil.copytree(tree, there, symlinks=True)
        files = [f"/{file.relative_to(there)}" for file in there.rglob("*") if file.is_symlink() or file.is_file()]
        listed = "\n".join(file for file in files if not file.startswith("/DEBIAN"))
        (build / f"{name}.spec").write_text(SPEC.format(name=name, tree=f"/srv/build/{name}", files=listed))
        host.sh(f"rpmbuild -bb --quiet --define '_rpmdir /srv/rpms' /srv/build/{name}.spec 2>&1")
    shutil.copytree(key.env["GNUPGHOME"], host.path("/srv/gnupg"), ignore=shutil.ignore_patterns("S.*"))
    sign = "rpmsign --define '_gpg_path /srv/gnupg' --define '_gpg_name release@example.com' --addsign"
    host.sh(f"chmod 700 /srv/gnupg; GNUPGHOME=/srv/gnupg {sign} /srv/rpms/*/*.rpm")
    host.sh("createrepo_c --quiet /srv/rpms")
    root = host.site.folder / "linux" / "centos"
    shutil.copytree(host.path("/srv/rpms"), root / release / "x86_64" / "stable")
    (root / "gpg").write_text(key.public())


def sha256(file: Path) -> str:
    """The checksum of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()
