"""One run on one host, and what its parts share."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from typing import Any, Iterable

from . import bundle as bundles
from . import converge, references, registries, requests, results, staging
from .bundle import Bundle
from .docker import Container, Docker, Image
from .errors import HostError
from .masking import Mask
from .printable import printable, printable_all
from .store import OWN, Store
from .waiting import Watch

MISSING, ALWAYS, NEVER = "missing", "always", "never"
_PULL_TIMEOUT = 3600


class Run:
    """The module's parameters, the host's store and engine, and what came of each app so far."""

    def __init__(self, params: dict[str, Any], check_mode: bool, diff_mode: bool, scratch: str) -> None:
        self.params = params
        self.check_mode = check_mode
        self.diff_mode = diff_mode
        # Where a check may write: a folder that goes with the module.
        self.scratch = scratch
        self.commit: str = params["commit"]
        self.phases = set(params["phases"])
        self.projects: dict[str, Any] = {each["name"]: each for each in params["projects"]}
        self.content = {name: bundles.decode(files) for name, files in params["content"].items()}
        self.secrets = {name: bundles.decode(values) for name, values in params["secrets"].items()}
        self.mask = Mask(self._values())
        # What apps of this run mount, by app, as Compose resolved it.
        self.paths: dict[str, references.Paths] = {}
        self._were: set[str] | None = None
        self._writes = threading.Lock()
        self.store = Store(params["root"], check_mode)
        self.docker = Docker(params["host"], params["parallel"])
        self.watch = Watch(self.docker)
        self.results: dict[str, results.Result] = {}
        self.diff: list[dict[str, str]] = []
        self.notes: list[str] = []
        self.orphans: list[str] = []
        self.pruned: list[str] = []
        # Why a prune that was asked for did not happen, where that is a failure.
        self.refusal: str | None = None
        # Shared networks that are there, as Docker shows them; what went wrong with those that had to be made.
        self.networks: dict[str, Any] = {}
        self.unmade: dict[str, str] = {}
        # Containers that were stopped for their ports, of projects that are going to be pruned.
        self.stopped: dict[str, list[str]] = {}

    def carry_out(self) -> dict[str, Any]:
        """All of it; returns what the module returns."""
        started = time.monotonic()
        self._take_host()
        self.recorded = {name: self.store.app(name).state() for name in self.projects}
        self.former = self._former()
        self._mask_what_was()
        self.containers = self.docker.containers()
        if self.params["rollback"]:
            requests.roll_back(self, self.params["rollback"])
        elif self.params["purge"]:
            requests.purge(self, self.params["purge"])
        else:
            converge.converge(self)
        return printable_all(self.mask.all(results.told(self, time.monotonic() - started)))

    def _mask_what_was(self) -> None:
        """What is told may hold former secrets, too: a diff shows the old file, a rollback runs with the old ones."""
        former = []
        for name in [*self.projects, *self.params["rollback"], *self.params["purge"]]:
            kept = self.store.app(name)
            known = set((kept.state() or {}).get("secrets") or {}) | set(self.secrets.get(name, {}))
            former += bundles.secrets_in(kept.folder, known)
            former += bundles.secret_files_in(kept.folder, (kept.state() or {}).get("entries") or {})
            for bundle_id in kept.listed():
                about = kept.describe(bundle_id)
                former += bundles.secrets_in(kept.files_of(bundle_id), about.get("secrets") or {})
                former += bundles.secret_files_in(kept.files_of(bundle_id), about.get("entries") or {})
        self.mask = Mask(self._values() + former)

    def _values(self) -> list[bytes]:
        """All that is secret of what this run was given."""
        found = [value for values in self.secrets.values() for value in values.values()]
        for name, project in self.projects.items():
            content = self.content.get(name) or {}
            for file in project["files"]:
                if file.get("is_secret") and file["dest"] in content:
                    found += bundles.parts(content[file["dest"]])
        return found

    def _former(self) -> dict[str, Any]:
        """Of the apps that an older version recorded in their own folders: what may count of it."""
        found = {}
        for name in self.projects:
            kept = self.store.app(name)
            former = kept.former() if self.recorded.get(name) is None else None
            if former is not None:
                found[name] = former
                old = os.path.join(kept.folder, OWN)
                self.notes.append(
                    f"{name}: {old} is of an older version, and not used any more; its backups are in {old}/backups, and "
                    "the good states in it cannot be rolled back to"
                )
        return found

    def _take_host(self) -> None:
        try:
            self.store.prepare()
            handle = self.store.lock(self.params["lock_timeout"], f"the run with process {os.getpid()}")
            self.docker.keep_open = () if handle is None else (handle,)
            self.docker.check()
            self.docker.use_config(registries.write(self.params["registries"], self.store))
        except OSError as problem:
            raise HostError(f"{problem.filename}: {problem.strerror}") from None

    def say(self, text: str) -> None:
        """Tell what is done just now, to whoever looks into the host's log: the module itself can only speak at its end."""
        if not self.check_mode:
            self.store.log(printable(self.mask.text(text)))

    def record(self, name: str, result: results.Result) -> None:
        """Note what came of an app."""
        self.results[name] = result

    def written(self) -> references.Written:
        """What containers of this host may write to: those that are there, those that come, and those that were."""
        with self._writes:
            if self._were is None:
                self._were = {path for each in self.containers for path in each.writable}
                for name in self.store.names():
                    # What is damaged is an error where that app is deployed.
                    with contextlib.suppress(HostError):
                        self._were |= set((self.store.app(name).state() or {}).get("writable") or [])
            return references.Written(self._were.union(*(paths.writable for paths in list(self.paths.values()))))

    def compose(self, name: str, model: dict[str, Any], *arguments: str, **options: Any) -> str:
        """A Compose command on an app's folder; an AppError where a container could choose what Compose or Docker follows.

        `model`: what its Compose file says.
        """
        folder = self.store.app(name).folder
        staging.refuse_unreadable(self, model, folder)
        # A container that starts is given its mounts anew.
        if arguments[0] in ("up", "restart"):
            written = self.written()
            for path in sorted(self.paths[name].followed if name in self.paths else ()):
                written.refuse_link(path)
        return self.docker.compose(folder, *arguments, **options)

    def writable(self, name: str, containers: Iterable[Container] = ()) -> list[str]:
        """What containers of an app may write to or could write to once, its volumes too: links in it may be theirs.

        `containers`: others that are or were the app's, besides those that were there when the run began.
        """
        found = set((self.store.app(name).state() or {}).get("writable") or [])
        found |= self.paths[name].writable if name in self.paths else set()
        own = [each for each in [*self.containers, *containers] if each.project == name]
        return sorted(found.union(*(each.writable for each in own)))

    def pull_policy(self, project: dict[str, Any], image: str) -> str:
        """The service's own policy, else the host's."""
        for service in project["model"]["services"].values():
            if service["image"] == image and service.get("pull_policy"):
                return {"if_not_present": MISSING}.get(service["pull_policy"], service["pull_policy"])
        return self.params["pull"]

    def pull(self, model: dict[str, Any], images: Iterable[str]) -> None:
        """Pull those of a model's images that are named; an AppError for the first that cannot be."""
        platforms = {service["image"]: service.get("platform") for service in model["services"].values()}
        for image in sorted(images):
            chosen = ["--platform", platforms[image]] if platforms.get(image) else []
            self.docker.change("pull", "--quiet", *chosen, image, timeout=_PULL_TIMEOUT)

    def references(self, project: dict[str, Any]) -> set[str]:
        """The images that an app declares, and those that were pinned for them."""
        declared = {service["image"] for service in project["model"]["services"].values()}
        return declared | set(((self.recorded.get(project["name"]) or {}).get("pins") or {}).values())

    def bundle(self, project: dict[str, Any], images: dict[str, Image]) -> Bundle:
        """The bundle of an app as it is declared now."""
        name = project["name"]
        return bundles.build(
            project,
            content=self.content[name],
            secrets=self.secrets[name],
            store=self.store,
            host=self.params["host"],
            commit=self.commit,
            recorded=self.recorded.get(name) or self.former.get(name) or {},
            pins=self._pins(project, images),
        )

    def _pins(self, project: dict[str, Any], images: dict[str, Image]) -> dict[str, str]:
        """Image to image with digest. One that was pinned stays until the image's name changes or it is always pulled."""
        if not project["pin"]:
            return {}
        recorded = (self.recorded.get(project["name"]) or {}).get("pins") or {}
        pins = {}
        for image in {service["image"] for service in project["model"]["services"].values()}:
            digest = images[image].digest(image) if image in images and "@" not in image else None
            if image in recorded and self.pull_policy(project, image) != ALWAYS:
                pins[image] = recorded[image]
            elif digest:
                pins[image] = f"{image}@{digest.rpartition('@')[2]}"
        return pins
