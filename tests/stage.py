"""The hosts of the lab (tests/docker/lab), and runs of Master Deploy on them."""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import pytest
import yaml
from harness import PROJECT, Core, Result

PLAYBOOK = PROJECT / "playbooks" / "master_deploy.yml"
NAMES = ["local", "web1", "web2"]
PORT = 18081
# Not through the proxy that the machine's environment may name.
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


@dataclass(frozen=True)
class Container:
    """What a test wants to know of one."""

    name: str
    id: str
    started: str
    state: str
    image: str
    service: str
    labels: dict[str, str]

    @property
    def identity(self) -> tuple[str, str]:
        """The same as long as nobody recreates or restarts it."""
        return self.id, self.started


@dataclass(frozen=True)
class Host:
    """One of the lab's hosts."""

    name: str
    address: str
    root: str

    def run(self, *command: str, check: bool = True) -> str:
        """What a command says that runs there as root."""
        done = subprocess.run(
            [os.environ["NAUTOBRIDGE_TEST_LAB"], "exec", self.name, *command],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0 or not check, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def sh(self, script: str, *arguments: str) -> str:
        """The same for a piece of shell."""
        return self.run("sh", "-euc", script, "sh", *arguments)

    def docker(self, *arguments: str) -> str:
        """What its docker command says."""
        return self.run("docker", *arguments)

    def containers(self, app: str | None = None) -> list[Container]:
        """All containers, or those of an app."""
        chosen = ["--filter", f"label=com.docker.compose.project={app}"] if app else []
        for _ in range(5):
            ids = self.docker("ps", "--all", "--quiet", "--no-trunc", *chosen).split()
            raw = json.loads(self.run("docker", "inspect", *ids, check=False) or "[]") if ids else []
            if len(raw) == len(ids):
                break
            # One of them went between the two questions.
        assert len(raw) == len(ids), f"containers of {self.name} come and go"
        found = [
            Container(
                each["Name"].lstrip("/"),
                each["Id"],
                each["State"]["StartedAt"],
                each["State"]["Status"],
                each["Config"]["Image"],
                each["Config"]["Labels"].get("com.docker.compose.service", ""),
                each["Config"]["Labels"],
            )
            for each in raw
        ]
        return sorted(found, key=lambda each: each.name)

    def container(self, app: str, service: str | None = None) -> Container:
        """The container of a service; there must be one."""
        (found,) = [each for each in self.containers(app) if each.service == (service or app)]
        return found

    def identities(self) -> dict[str, tuple[str, str]]:
        """Which containers there are, since when."""
        return {each.name: each.identity for each in self.containers()}

    def get(self, path: str = "/", port: int = PORT) -> str:
        """What a published port answers; the first moments of a server are waited for."""
        deadline = time.monotonic() + 5
        while True:
            try:
                with _open(f"http://{self.address}:{port}{path}", timeout=5) as answer:
                    return answer.read().decode().strip()
            except (urllib.error.URLError, OSError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def serves(self, port: int = PORT) -> bool:
        """Whether anything answers on a port right now."""
        try:
            with _open(f"http://{self.address}:{port}/", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def read(self, path: str) -> str:
        """A file below the root of its apps."""
        return self.run("cat", f"{self.root}/{path}")

    def has(self, path: str) -> bool:
        """Whether there is such a path below the root of its apps."""
        return self.run("find", f"{self.root}/{path}", "-maxdepth", "0", check=False) != ""

    def files(self, folder: str = "") -> dict[str, str]:
        """Every path below the root with kind, mode, owner, size, times and content."""
        if self.run("find", self.root, "-maxdepth", "0", check=False) == "":
            return {}
        found = self.run("find", f"{self.root}/{folder}", "-printf", r"%p\t%y %m %U %G %s %T@ %C@\n")
        sums = self.sh('find "$1" -type f -exec sha256sum {} +', f"{self.root}/{folder}")
        known = dict(reversed(line.split("  ", 1)) for line in sums.splitlines())
        pairs = (line.split("\t") for line in found.splitlines())
        return {path: f"{facts} {known.get(path, '')}" for path, facts in pairs}

    def everything(self) -> dict[str, Any]:
        """All that a run could change: files, containers, images, networks, volumes."""
        return {
            "files": self.files(),
            "containers": [(each.name, each.identity, each.state) for each in self.containers()],
            "images": sorted(self.docker("image", "ls", "--all", "--digests", "--no-trunc", "--quiet").split()),
            "tags": sorted(self.docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}").splitlines()),
            "networks": sorted(self.docker("network", "ls", "--quiet", "--no-trunc").split()),
            "volumes": sorted(self.docker("volume", "ls", "--quiet").split()),
        }

    def differences(self, before: dict[str, Any]) -> dict[str, Any]:
        """What is not as it was, but for who had the lock last, what was tried, and when it was written aside."""
        after = self.everything()
        files = differences(before.pop("files"), after.pop("files"), but=("/lock", "/log", "/.nautobridge"))
        # Where apps are written aside.
        aside = re.compile(r".*/\.nautobridge/apps(/[^/]+)?")
        files = {path: found for path, found in files.items() if not aside.fullmatch(path)}
        return files | differences(before, after)

    @contextmanager
    def background(self, *command: str) -> Iterator[None]:
        """A process of the host's own that ends with its standard input, for this time."""
        words = [os.environ["NAUTOBRIDGE_TEST_LAB"], "exec", self.name, *command]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield
            process.stdin.close()

    @contextmanager
    def small_disk(self, size: str) -> Iterator[None]:
        """The root of its apps on a disk of this size."""
        lab = os.environ["NAUTOBRIDGE_TEST_LAB"]
        subprocess.run([lab, "fill", self.name, self.root, size], check=True)
        try:
            yield
        finally:
            # What has a file open there would keep the disk.
            self.sh('ids=$(docker ps --all --quiet); test -z "$ids" || docker rm --force $ids')
            subprocess.run([lab, "free", self.name, self.root], check=True)

    @contextmanager
    def moving_tag(self, image: str, version: str) -> Iterator[str]:
        """A tag of this test's own in the registry."""
        tag = f"moving-{self.name}"
        self.move_tag(image, version, tag)
        yield tag
        self.forget_image(f"{image}:{tag}")

    def move_tag(self, image: str, version: str, tag: str) -> None:
        """Have the registry answer with this version for the tag."""
        kind = "application/vnd.docker.distribution.manifest.v2+json"
        url = f"http://{os.environ['NAUTOBRIDGE_TEST_LAB_REGISTRY']}/v2/{image}/manifests"
        manifest = _answered(urllib.request.Request(f"{url}/{version}", headers={"Accept": kind}))
        _answered(urllib.request.Request(f"{url}/{tag}", manifest, {"Content-Type": kind}, method="PUT"))

    def forget_image(self, image: str) -> None:
        """Remove an image of the lab's registry, so that it has to be pulled."""
        self.run("docker", "image", "rm", "--force", registry(image), check=False)

    def clean(self) -> None:
        """Remove all that a test left there: the host is the test's alone."""
        self.sh(
            # `docker network rm` of Debian 12 has no --force.
            "for kind in container network volume; do"
            " case $kind in container) all=--all force=--force ;; network) all='--filter type=custom' force= ;;"
            " *) all= force=--force ;; esac;"
            ' ids=$(docker $kind ls --quiet $all); test -z "$ids" || docker $kind rm $force $ids; done; rm -rf "$1"',
            self.root,
        )

    # Apps of the lab's images, published on the host's address.

    def port(self, port: int = PORT, inner: int = 8080) -> str:
        """A published port; this machine's other addresses are none of the tests' business."""
        return f"{self.address}:{port}:{inner}"

    def web(self, version: int | str = 1, port: int = PORT, **more: Any) -> dict[str, Any]:
        """An app without a health check."""
        return {
            "image": registry(f"web:{version}"),
            "ports": [self.port(port)],
            "wait": {"stable_for": 0, "timeout": 20},
            **more,
        }

    def healthy(self, version: int = 1, port: int = PORT, **more: Any) -> dict[str, Any]:
        """An app that becomes healthy after two seconds."""
        return {"image": registry(f"healthy:{version}"), "ports": [self.port(port)], "wait": {"timeout": 20}, **more}

    def hup(self, on_change: str, text: str, port: int = PORT, **more: Any) -> dict[str, Any]:
        """An app that reads a file when it starts and on SIGHUP."""
        page = {"dest": "config/page.txt", "content": f"{text}\n", "on_change": on_change}
        return {
            "image": registry("hup:1"),
            "ports": [self.port(port)],
            "volumes": ["./config:/config"],
            "files": [page],
            "wait": {"stable_for": 0, "timeout": 20},
            **more,
        }


def _answered(request: urllib.request.Request) -> bytes:
    """What the registry answers. It writes a manifest's files anew for each tag: who reads just then gets a 500."""
    for _ in range(5):
        try:
            with _open(request) as answer:
                return answer.read()
        except urllib.error.HTTPError as refused:
            if refused.code != 500:
                raise
            time.sleep(0.2)
    raise AssertionError(f"the registry goes on failing: {request.full_url}")


def the_lab() -> dict[str, Host]:
    """Its hosts by name."""
    try:
        run = Path(os.environ["NAUTOBRIDGE_TEST_LAB_INVENTORY"]).parent
        addresses = [os.environ[f"NAUTOBRIDGE_TEST_LAB_{name.upper()}"] for name in NAMES]
    except KeyError as missing:
        pytest.exit(f'{missing} is not set: eval "$(tests/docker/lab env)", or run `make test-all`', returncode=1)
    # On this machine the apps live beside the lab's own files, elsewhere at the usual place.
    roots = [str(run / "apps"), "/opt/docker", "/opt/docker"]
    return {name: Host(name, address, root) for name, address, root in zip(NAMES, addresses, roots, strict=True)}


def differences(before: dict[str, Any], after: dict[str, Any], but: str | tuple[str, ...] = ()) -> dict[str, Any]:
    """What is not the same, but for paths that end so."""
    return {
        key: (before.get(key), after.get(key))
        for key in sorted(set(before) | set(after))
        if before.get(key) != after.get(key) and not key.endswith(but)
    }


def registry(image: str) -> str:
    """An image's name with the lab's registry."""
    return f"{os.environ['NAUTOBRIDGE_TEST_LAB_REGISTRY']}/{image}"


@dataclass(frozen=True)
class Outcome:
    """A run of the playbook: what Ansible said, and the report."""

    result: Result
    report: dict[str, Any] | None

    @property
    def said(self) -> str:
        """All output in one line."""
        return " ".join((self.result.stdout + self.result.stderr).split())

    def ok(self) -> Outcome:
        """This outcome, if the run succeeded."""
        self.result.ok()
        return self

    def failed(self) -> Outcome:
        """This outcome, if the run failed."""
        self.result.failed()
        return self

    def changed(self, host: str) -> int:
        """Ansible's own count of changes."""
        found = re.search(rf"^{host}\s+:.*\bchanged=(\d+)", self.result.stdout, re.MULTILINE)
        assert found, self.result.stdout
        return int(found[1])

    def host(self, name: str | None = None) -> dict[str, Any]:
        """A host's part of the report; the only one's unless named."""
        assert self.report is not None, f"there is no report\n{self.result.stdout}\n{self.result.stderr}"
        hosts = self.report["hosts"]
        if name is None:
            (found,) = hosts.values()
            return found
        return hosts[name]

    def app(self, name: str, host: str | None = None) -> dict[str, Any]:
        """An app's part of the report."""
        return self.host(host)["apps"][name]

    def results(self, host: str | None = None) -> dict[str, str]:
        """App to result."""
        return {name: app["result"] for name, app in self.host(host)["apps"].items()}


@dataclass
class Site:
    """An inventory of some of the lab's hosts, and the playbook on it."""

    folder: Path
    hosts: list[Host]
    core: Core
    playbook: Path = PLAYBOOK
    # Of the environment of Ansible.
    env: dict[str, str] = field(default_factory=dict)
    _runs: int = 0

    def __post_init__(self) -> None:
        """Write the inventory."""
        (self.folder / "host_vars").mkdir(parents=True, exist_ok=True)
        listed = yaml.safe_load(Path(os.environ["NAUTOBRIDGE_TEST_LAB_INVENTORY"]).read_text(encoding="utf-8"))["all"]
        ssh = listed["children"]["ssh"]
        chosen = {host.name for host in self.hosts}
        listed["hosts"] = {name: host for name, host in listed["hosts"].items() if name in chosen}
        ssh["hosts"] = {name: host for name, host in ssh["hosts"].items() if name in chosen}
        self._write(self.inventory, {"all": listed})
        for host in self.hosts:
            self.set(host)
        # Of the tests' secrets, those that come from the environment.
        self.grant(env=["LAB_TOKEN", "LAB_CERT", "TOKEN", "PW", "NOT_SET_ANYWHERE"])

    def grant(self, **content: Any) -> None:
        """Say what apps may use, all of it."""
        self._write(self.folder / "app_secrets.yml", content)

    def environment(self) -> dict[str, str]:
        """Variables for ansible-playbook; the first one names the file that grants secrets."""
        return {"DOCKER_APP_SECRETS": str(self.folder / "app_secrets.yml"), **self.env}

    @property
    def inventory(self) -> Path:
        """The file of the hosts."""
        return self.folder / "hosts.yml"

    @staticmethod
    def _write(path: Path, data: Any) -> None:
        path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")

    def set(self, host: Host, **variables: Any) -> None:
        """Say a host's variables, all of them."""
        self._write(self.folder / "host_vars" / f"{host.name}.yml", {"docker_app_root": host.root, **variables})

    def add_host(self, name: str, **variables: Any) -> None:
        """Another host, such as one that is not there."""
        listed = yaml.safe_load(self.inventory.read_text(encoding="utf-8"))
        listed["all"]["children"]["ssh"]["hosts"][name] = variables
        self._write(self.inventory, listed)

    def command(self, *options: str, **extra: Any) -> tuple[list[str | Path], Path]:
        """The words of a run, and where its report is going to be."""
        self._runs += 1
        report = self.folder / f"report-{self._runs}.json"
        values = self.folder / f"extra-{self._runs}.json"
        values.write_text(json.dumps({"deploy_report": str(report), **extra}), encoding="utf-8")
        return ["-i", self.inventory, self.playbook, "-e", f"@{values}", *options], report

    def run(self, *options: str, **extra: Any) -> Outcome:
        """Run the playbook."""
        arguments, report = self.command(*options, **extra)
        result = self.core.run("ansible-playbook", *arguments, env=self.environment())
        return Outcome(result, json.loads(report.read_text(encoding="utf-8")) if report.exists() else None)

    def last_report(self) -> str:
        """The text of the last run's report."""
        return (self.folder / f"report-{self._runs}.json").read_text(encoding="utf-8")

    def deploy(self, apps: Any, *options: str, networks: Any = None, more: Any = None, **extra: Any) -> Outcome:
        """Say the app list of the only host, and run the playbook."""
        (host,) = self.hosts
        variables = {"app_list": apps, **(more or {})}
        if networks is not None:
            variables["app_networks"] = networks
        self.set(host, **variables)
        return self.run(*options, **extra)

    def start(self, *options: str, **extra: Any) -> subprocess.Popen[str]:
        """Run the playbook in the background, in a process group of its own."""
        arguments, _ = self.command(*options, **extra)
        words = [self.core.home / "bin" / "ansible-playbook", *arguments]
        env = {
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "HOME": str(self.core.ansible_home),
            "ANSIBLE_HOME": str(self.core.ansible_home),
            "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"),
            **self.environment(),
        }
        return subprocess.Popen(
            [str(word) for word in words], env=env, cwd=PROJECT, text=True, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip


def _locked(path: Path, wait: bool = True) -> TextIO | None:
    handle = path.open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        handle.close()
        return None
    return handle


@contextmanager
def borrowed(folder: Path, names: list[str], count: int = 1) -> Iterator[list[str]]:
    """So many of these hosts, the first ones that no other test has, for this test alone."""
    found: dict[str, TextIO] = {}
    try:
        # Who is first in line is served first, or who wants all would wait for ever.
        with _locked(folder / "line.borrowed"):
            while len(found) < count:
                for name in names:
                    handle = None if name in found else _locked(folder / f"{name}.borrowed", wait=False)
                    if handle and len(found) < count:
                        found[name] = handle
                    elif handle:
                        handle.close()
                time.sleep(0 if len(found) == count else 0.1)
        yield list(found)
    finally:
        for handle in found.values():
            handle.close()


@contextmanager
def alone(lab: dict[str, Host], names: list[str], count: int = 1) -> Iterator[list[Host]]:
    """Some of the hosts, and nothing on them, for a test alone."""
    run = Path(os.environ["NAUTOBRIDGE_TEST_LAB_INVENTORY"]).parent
    with borrowed(run, names, count) as found:
        for name in found:
            used = run / f"{name}.used"
            # A test that was killed may have left something.
            if used.exists():
                lab[name].clean()
            used.touch()
        yield [lab[name] for name in found]
        for name in found:
            lab[name].clean()
            (run / f"{name}.used").unlink()
