"""The docker command: what runs on a host, and changes to it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import threading
from typing import Any, Iterable

from . import output
from .errors import AppError, HostError

MANAGED_BY = "docker_app"
LABEL = "nautobridge."
_COMPOSE = "com.docker.compose."
WORKING_DIR, CONFIG_FILES = _COMPOSE + "project.working_dir", _COMPOSE + "project.config_files"
_PASSED = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "DOCKER_CONFIG", "HOME", "PATH")
# ` Container web-1  Creating`
_PROGRESS = re.compile(r"(Container|Network|Volume|Image) \S+ +[A-Z][a-z]+")
# How many are inspected by one command: many containers are no reason for too much output.
_AT_A_TIME = 100
_PLACES = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Container:
    """One container, as `docker inspect` shows it."""

    def __init__(self, raw: dict[str, Any], host: str) -> None:
        state, config = raw["State"], raw["Config"]
        labels = config.get("Labels") or {}
        self.id = raw["Id"]
        self.name = raw["Name"].lstrip("/")
        self.image = config["Image"]
        self.image_id = raw["Image"]
        self.state = state["Status"]
        self.health = (state.get("Health") or {}).get("Status")
        self.health_log = (state.get("Health") or {}).get("Log") or []
        self.restarts = raw.get("RestartCount", 0)
        self.exit_code = state.get("ExitCode", 0)
        self.restart_policy = ((raw.get("HostConfig") or {}).get("RestartPolicy") or {}).get("Name") or "no"
        # Host ports as (address, port, protocol), also of a container that does not run.
        self.ports = [
            (each.get("HostIp") or "", int(each["HostPort"]), inner.partition("/")[2])
            for inner, bound in ((raw.get("HostConfig") or {}).get("PortBindings") or {}).items()
            for each in bound or []
            if each.get("HostPort", "").isdigit()
        ]
        # Folders of the host that it may write to, its volumes' too.
        self.writable = [
            each["Source"]
            for each in raw.get("Mounts") or []
            if each.get("RW") and str(each.get("Source") or "").startswith("/")
        ]
        self.project = labels.get(_COMPOSE + "project")
        self.service = labels.get(_COMPOSE + "service")
        self.hash = labels.get(_COMPOSE + "config-hash")
        # Where its project's files were when it was made.
        self.working_dir = labels.get(WORKING_DIR, "/")
        self.config_files = [each for each in labels.get(CONFIG_FILES, "").split(",") if each]
        # One engine may serve two names of the inventory: what is another's is not ours.
        self.is_managed = labels.get(LABEL + "managed-by") == MANAGED_BY
        self.is_ours = self.is_managed and labels.get(LABEL + "host") == host
        self.is_one_off = labels.get(_COMPOSE + "oneoff", "False") == "True"

    def is_done(self, ending: set[str]) -> bool:
        """Whether it did its work; `ending` are the services that are declared to end (`decide.ending`)."""
        return self.state == "exited" and self.exit_code == 0 and self.service in ending


class Image:
    """One local image."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.id: str = raw["Id"]
        self.tags: list[str] = raw.get("RepoTags") or []
        self.digests: list[str] = raw.get("RepoDigests") or []
        # Each container that is made of it has them, too, unless whoever makes it says otherwise.
        self.labels: dict[str, str] = (raw.get("Config") or {}).get("Labels") or {}

    def digest(self, reference: str) -> str | None:
        """`repository@sha256:…` of the repository that is asked for, where a registry gave one."""
        repository = split(reference)[0]
        return next((each for each in self.digests if familiar(each).rpartition("@")[0] == repository), None)


def familiar(reference: str) -> str:
    """As the engine lists it: without Docker Hub's host and folder."""
    for prefix in ("docker.io/library/", "index.docker.io/library/", "docker.io/", "index.docker.io/", "library/"):
        if reference.startswith(prefix):
            return reference[len(prefix) :]
    return reference


def split(reference: str) -> tuple[str, str, str]:
    """Repository, tag and digest of an image's name; tag and digest may be empty."""
    name, _, digest = familiar(reference).partition("@")
    folder, slash, last = name.rpartition("/")
    last, _, tag = last.partition(":")
    return folder + slash + last, tag, digest


class Docker:
    """Runs it, at most `parallel` changes at a time."""

    def __init__(self, host: str, parallel: int = 4) -> None:
        self._host = host
        self._slots = threading.Semaphore(parallel)
        self._environment = {name: os.environ[name] for name in _PASSED if name in os.environ}
        self._environment["PATH"] = f"{self._environment.get('PATH', '')}:{_PLACES}".strip(":")
        self._environment["LANG"] = "C.UTF-8"
        # The lock, which a command that outlives this module goes on holding.
        self.keep_open: tuple[int, ...] = ()

    def use_config(self, folder: str | None) -> None:
        """Log in to registries with this folder's config.json, not with the user's."""
        if folder:
            self._environment["DOCKER_CONFIG"] = folder

    def run(self, *arguments: str, **options: Any) -> tuple[int, str, str]:
        """Exit code, output and error of one docker command."""
        return self.command(["docker", *arguments], **options)

    def command(
        self,
        arguments: list[str],
        folder: str | None = None,
        timeout: int = 60,
        holds: bool = True,
        handles: tuple[int, ...] = (),
        is_parsed: bool = False,
    ) -> tuple[int, str, str]:
        """The same for any command, in the docker commands' environment; `holds`: it keeps the lock as long as it runs.

        `handles` are descriptors that it gets. `is_parsed`: all of its output is needed, and a HostError where that is
        too much; else only the beginning and the end of much output are kept.
        """
        try:
            process = subprocess.Popen(
                arguments,
                cwd=folder,
                # Old versions of Compose do not set it themselves.
                env={**self._environment, "PWD": folder} if folder else self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(self.keep_open if holds else ()) + handles,
                # A group of its own: docker starts Compose as a process of its own, which would go on after it.
                start_new_session=True,
            )
        except FileNotFoundError:
            raise HostError(
                f"there is no `{arguments[0]}` command on this host; the role docker_engine installs Docker"
            ) from None
        try:
            out, err = output.read(process, timeout, output.PARSED if is_parsed else output.PRINTED)
        except BaseException as problem:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if not isinstance(problem, subprocess.TimeoutExpired):
                raise
            return 124, "", f"no end within {timeout} seconds"
        finally:
            for stream in (process.stdout, process.stderr):
                if stream:
                    stream.close()
        if is_parsed and not out.is_whole:
            raise HostError(f"`{' '.join(arguments[:3])}` printed more than {output.PARSED // 1024 // 1024} MiB")
        return process.returncode, out.text(), err.text()

    def change(self, *arguments: str, **options: Any) -> str:
        """One of the few commands that change something at a time; an AppError when it fails."""
        with self._slots:
            code, out, err = self.run(*arguments, **options)
        if code:
            raise AppError(f"`{_short(arguments)}` failed: {last_lines(_without_progress(err or out))}")
        return out

    def compose(self, folder: str, *arguments: str, **options: Any) -> str:
        """A Compose command on the project in a folder: its own file, and no override that lies beside it.

        Only `Run.compose` calls it, which looks at what Compose is to read.
        """
        return self.change("compose", "--ansi", "never", "--file", "compose.yaml", *arguments, folder=folder, **options)

    def must(self, *arguments: str, **options: Any) -> str:
        """Output of a command that only reads."""
        code, out, err = self.run(*arguments, is_parsed=True, **options)
        if code:
            raise HostError(f"`docker {' '.join(arguments[:2])}` failed: {last_lines(err or out)}")
        return out

    def check(self) -> None:
        """That there is an engine, and that it is Docker's."""
        code, out, err = self.run("version", "--format", "{{json .}}")
        text = (out + err).lower()
        if "podman" in text:
            raise HostError("this is Podman; the role supports rootful Docker Engine only")
        if code:
            raise HostError(f"Docker Engine does not answer on this host: {last_lines(err or out, 2)}")

    def has_compose(self) -> None:
        """That Compose v2 is there."""
        code, out, err = self.run("compose", "version", "--short")
        if code or out.strip().lstrip("v").startswith("1."):
            raise HostError(
                "Docker Compose v2 is not there; the role docker_engine installs it "
                f"(`docker compose version` says: {last_lines(err or out, 1)})"
            )

    def containers(self, project: str | None = None) -> list[Container]:
        """All containers, or a project's."""
        chosen = ["--filter", f"label={_COMPOSE}project={project}"] if project else []
        for _ in range(5):
            ids = self.must("ps", "--all", "--quiet", "--no-trunc", *chosen).split()
            if not ids:
                return []
            raws, code, err = [], 0, ""
            for start in range(0, len(ids), _AT_A_TIME):
                code, out, err = self.run("container", "inspect", *ids[start : start + _AT_A_TIME], is_parsed=True)
                if code:
                    break
                raws += json.loads(out)
            if code == 0:
                return sorted((Container(raw, self._host) for raw in raws), key=lambda each: each.name)
            # One of them is gone meanwhile: all of them once more.
        raise HostError(f"`docker container inspect` failed: {last_lines(err)}")

    def wake(self, project: str) -> None:
        """Unpause a project's containers: nothing can restart, stop or replace what is paused."""
        paused = [each.id for each in self.containers(project) if each.state == "paused"]
        if paused:
            self.change("unpause", *paused)

    def images(self, references: Iterable[str]) -> dict[str, Image]:
        """Those of the images that are there, by the names that were given."""
        references = sorted(set(references))
        if not references:
            return {}
        # Exits with 1 when one of them is missing, and prints the others.
        images = []
        for start in range(0, len(references), _AT_A_TIME):
            out = self.run("image", "inspect", *references[start : start + _AT_A_TIME], is_parsed=True)[1]
            images += [Image(raw) for raw in json.loads(out or "[]")]
        found = {}
        for reference in references:
            image = next((image for image in images if _is(image, reference)), None)
            if image:
                found[reference] = image
        return found

    def networks(self, names: Iterable[str]) -> dict[str, Any]:
        """Those of the networks that are there, as `docker network inspect` shows them."""
        names = sorted(names)
        # Exits with 1 when one of them is missing, and prints the others.
        out = self.run("network", "inspect", *names, is_parsed=True)[1] if names else ""
        # The names may be those of ids, too.
        return {each["Name"]: each for each in json.loads(out or "[]") if each["Name"] in names}


def _short(arguments: tuple[str, ...]) -> str:
    """A command as a person would say it."""
    if arguments[0] != "compose":
        return "docker " + arguments[0]
    words = iter(arguments[1:])
    # Each option before the command proper has a value.
    return "docker compose " + next(each for each in words if not (each.startswith("--") and next(words)))


def _is(image: Image, reference: str) -> bool:
    repository, tag, digest = split(reference)
    if digest:
        return any(split(each)[0::2] == (repository, digest) for each in image.digests)
    if reference.startswith("sha256:"):
        return image.id == reference
    return f"{repository}:{tag or 'latest'}" in [familiar(each) for each in image.tags]


def _without_progress(text: str) -> str:
    """What Compose complains of, once: it tells each step on a line before, and some errors twice."""
    lines = [line.strip() for line in text.splitlines() if not _PROGRESS.fullmatch(line.strip())]
    kept = [line for index, line in enumerate(lines) if not any(line in other for other in lines[:index])]
    return "\n".join(kept) or text


def last_lines(text: str, count: int = 8) -> str:
    """The end of what a command said."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return "\n".join(lines[-count:]) or "it says nothing"
