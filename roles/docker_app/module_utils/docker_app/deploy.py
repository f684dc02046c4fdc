"""Bring one app to what is declared, or back to what ran before."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from . import adoption, backup, handover, networks, safe_files, staging, waiting
from . import bundle as bundles
from .bundle import Bundle
from .decide import Decision, ending, replicas, tampered_paths
from .docker import Container, Image
from .errors import AppError, HostError
from .results import DEPLOYED, FAILED, PREPARED, ROLLED_BACK, STOPPED, UNCHANGED

if TYPE_CHECKING:
    from .run import Run

# Over what the app may take by itself: the engine's own work.
_MARGIN = 120
_AS_THEY_ARE = ("--no-build", "--pull", "never")


class Deployment:
    """One app of a run. `touched`: whether anything of it was changed yet."""

    def __init__(
        self, run: Run, project: dict[str, Any], bundle: Bundle, decision: Decision, local: dict[str, Image]
    ) -> None:
        self.run = run
        self.project = project
        self.name: str = project["name"]
        self.bundle = bundle
        self.decision = decision
        self.local = local
        self.recorded: dict[str, Any] = run.recorded.get(self.name) or {}
        self.kept = run.store.app(self.name)
        self.touched = False
        # Why Compose could not say what it mounts, or why that is refused.
        self.refusal: Exception | None = None
        # Files whose readers may not have what is declared, though nothing that is recorded says so.
        self.unsure: set[str] = set()

    def carry_out(self) -> str:
        """Deploy it, as far as the run's phases go. The result; an AppError or OSError says why not."""
        phases = self.run.phases
        try:
            self.check(self.kept.stage)
            pulled = "pull" in phases and self._pull()
            if not phases & {"render", "deploy"}:
                return PREPARED if pulled else UNCHANGED
            if "deploy" not in phases:
                self._install()
                return PREPARED
            self._get_ready()
            # Once more: what was pulled and saved meanwhile took its time.
            staging.refuse_links(self.run, self.name, self.bundle)
            self._install()
            self._up()
            if self.project["state"] == "stopped":
                self._record()
                return STOPPED
            # Without a look at it, it is not recorded: the next run looks.
            if "verify" in phases:
                self.run.say(f"{self.name}: wait until it is well")
                verify(self.run, self.name, self.bundle.model, self.project["wait"])
                self._hook("post")
                self._record()
                backup.expire(self.project, self.kept)
            return DEPLOYED
        finally:
            shutil.rmtree(self.kept.stage, ignore_errors=True)

    def take_note(self) -> None:
        """What is declared otherwise, and runs as it is: by a new measure, too, it has to be well."""
        known = ("declared", "wait")
        could_write = self.run.writable(self.name)
        # If Compose did not resolve the mounts in this run (`converge`), the recorded paths stay.
        is_known = "writable" in self.recorded or self.name in self.run.paths
        if self.recorded and is_known and could_write != self.recorded.get("writable"):
            self.recorded = {**self.recorded, "writable": could_write}
            self.kept.record(self.recorded)
        if all(self.recorded.get(key) == self.project[key] for key in known):
            return
        if not {"deploy", "verify"} <= self.run.phases:
            return
        if self.project["state"] == "present" and self.recorded.get("wait") != self.project["wait"]:
            verify(self.run, self.name, self.bundle.model, self.project["wait"])
        news = {key: self.project[key] for key in known}
        self.kept.record({**self.recorded, **news})
        if self.project["state"] == "present":
            self.kept.amend(self.recorded.get("bundle"), news)

    def resolve(self) -> None:
        """Let Compose say what it mounts; what goes wrong with that counts once the app is to be deployed."""
        try:
            if self.run.check_mode:
                place = f"{self.run.scratch}/{self.name}.resolve"
            else:
                self.kept.prepare()
                place = self.kept.resolve
            staging.resolve(self.run, self.name, self.bundle, place)
        except Exception as failed:  # A defect of ours, too, is this app's, and no other's.
            self.refusal = failed

    def check(self, stage: str) -> None:
        """Write it aside, and let Compose read it."""
        if self.refusal:
            raise self.refusal
        if not self.run.check_mode:
            self.kept.prepare()
            safe_files.sweep(self.kept.folder, self.bundle.entries)
        for word in staging.check(self.run, self.name, self.bundle, stage):
            note = f"{self.name}: Compose has no variable `{word}` and puts nothing in its place; `$$` is a dollar sign"
            if note not in self.run.notes:
                self.run.notes.append(note)

    def _pull(self) -> bool:
        """Pull what is missing; whether there was any."""
        images = set(self.bundle.images().values())
        # Those that are always pulled were pulled before the decision.
        missing = images - set(self.run.docker.images(images))
        wanted = [each for each in missing if self.run.pull_policy(self.project, each) != "never"]
        if wanted:
            self.run.say(f"{self.name}: pull {', '.join(sorted(wanted))}")
        self.run.pull(self.bundle.model, wanted)
        if self.project["pin"]:
            self.bundle = self.run.bundle(self.project, self.run.docker.images(self.run.references(self.project)))
            self.check(self.kept.stage)
        return bool(wanted)

    def _get_ready(self) -> None:
        """The last things before anything is touched."""
        images = set(self.bundle.images().values())
        missing = sorted(images - set(self.run.docker.images(images)))
        if missing:
            raise AppError(f"this host has no image {', '.join(missing)}, and it may not be pulled")
        unmade = [self.run.unmade[each] for each in networks.shared(self.run, self.bundle.model) & set(self.run.unmade)]
        if unmade:
            raise AppError(unmade[0])
        # Also of what is taken over.
        if self.recorded.get("sums") or any(each.project == self.name for each in self.run.containers):
            backup.make(self.run, self.project, self.kept)
        self._hook("pre")

    def _hook(self, when: str) -> None:
        for command in self.project["hooks"].get(when, []):
            backup.hook(self.run, self.kept.folder, when, command)

    def _install(self) -> None:
        if not self.recorded:
            adoption.keep_replaced(self)
        pending = bool(self.recorded.get("pending"))
        changed_by_hand = tampered_paths(self.recorded, self.run.store, self.kept)
        self.unsure = set(self.bundle.entries) if pending else set(changed_by_hand)
        # A run that is killed from here on leaves this mark for the next one, and which files it may have written.
        attempt = set(self.recorded.get("attempt") or []) | set(self.bundle.entries)
        mark = {"pending": True, "attempt": sorted(attempt), "writable": self.run.writable(self.name)}
        self.kept.record({"name": self.name, "state": self.project["state"], **self.recorded, **mark})
        self.touched = True
        bundles.install(self.bundle, self.kept.folder, attempt | set(self.recorded.get("sums") or {}))

    def _up(self) -> None:
        self.run.say(f"{self.name}: up")
        self.run.docker.wake(self.name)
        before = {each.id: each.service for each in self.run.docker.containers(self.name)}
        if self.project["state"] == "stopped":
            self._compose("up", "--no-start", "--remove-orphans", *_AS_THEY_ARE)
            self._compose("stop")
            return
        self._compose("up", "--detach", "--remove-orphans", *_AS_THEY_ARE)
        after = {each.id for each in self.run.docker.containers(self.name)}
        same = {service for container, service in before.items() if container in after and service}
        stale = {
            name
            for path in self.unsure & set(self.bundle.entries)
            if self.bundle.entries[path].on_change == "recreate"
            for name in self.bundle.entries[path].services
        }
        broken = sorted(same & (set(self.decision.broken) | stale))
        if broken:
            self._compose("up", "--detach", "--no-deps", "--force-recreate", *_AS_THEY_ARE, *broken)
        self._tell(same - set(broken))

    def _tell(self, same: set[str]) -> None:
        """Restart or signal the services that read a changed file, unless they are new anyway."""
        old, sums = self.recorded.get("sums") or {}, self.bundle.sums(self.run.store)
        changed = [
            entry for path, entry in self.bundle.entries.items() if old.get(path) != sums[path] or path in self.unsure
        ]
        restarted = {name for entry in changed if entry.on_change == "restart" for name in entry.services} & same
        if restarted:
            self._compose("restart", "--no-deps", *sorted(restarted))
        signals = {(entry.signal, name) for entry in changed if entry.on_change == "signal" for name in entry.services}
        for signal, name in sorted(signals):
            if name in same - restarted:
                self._compose("kill", "--signal", signal, name)

    def _compose(self, *arguments: str) -> None:
        timeout = _timeout(self.bundle.model, self.project["wait"])
        try:
            self.run.compose(self.name, self.bundle.model, *arguments, timeout=timeout)
        except AppError as failed:
            there = self.run.docker.containers()
            ends = ending(self.bundle.model)
            bad = [each for each in there if each.project == self.name and not waiting.is_up(each, ends)]
            said = failed.message + self._who_has_its_ports(failed.message, there)
            raise AppError(said, waiting.logs(bad, self.run.docker)) from None

    def _who_has_its_ports(self, message: str, containers: list[Container]) -> str:
        """The engine says only that a port is taken."""
        if "already allocated" not in message and "already in use" not in message:
            return ""
        told = [
            f"`{name}`" + (", which is no longer declared: deploy_prune removes it" if name in self.run.orphans else "")
            for name in sorted(handover.holders(self.project, containers))
        ]
        return f"\nA port of it is held by {' and '.join(told)}." if told else ""

    def _record(self) -> None:
        """Record what is there now; what runs well is kept to go back to."""
        state = _state(self.run, self.project, self.bundle)
        state["bundle"], state["previous"] = self.recorded.get("bundle"), self.recorded.get("previous")
        if self.project["state"] == "present":
            total = self.run.store.sum(state["sums"], state["images"])
            current = state["bundle"] or ""
            if current not in self.kept.listed() or current.partition("-")[2] != total[:8]:
                state["previous"] = current or None
                state["bundle"] = self.kept.next_id(total)
                data = {path: entry.data for path, entry in self.bundle.entries.items()}
                self.kept.keep(state["bundle"], state, data, self.run.params["keep"])
        self.kept.record(state)


def verify(run: Run, name: str, model: dict[str, Any], wait: dict[str, Any]) -> None:
    """Wait until an app is well; an AppError says what is not."""
    services = [service for service, data in model["services"].items() if replicas(data) != 0]
    waiting.settled(name, services, ending(model), wait, run.watch)
    waiting.answers(wait)


def restore(run: Run, name: str, bundle_id: str, obsolete: Any = ()) -> None:
    """Bring a kept bundle back whole, images too, and prove that it is well; `obsolete` are files of a failed attempt."""
    kept = run.store.app(name)
    description, data = kept.load(bundle_id)
    bundle = bundles.from_kept(description, data)
    staging.resolve(run, name, bundle, kept.resolve)
    staging.refuse_links(run, name, bundle)
    moved = _bring_back_images(run, name, description)
    old = kept.state() or {}
    # Those of an attempt that failed, too.
    failed = run.docker.containers(name)
    kept.record({**old, "pending": True, "writable": run.writable(name, failed)})
    written = {path for key in ("sums", "attempt") for path in old.get(key) or []}
    bundles.install(bundle, kept.folder, written | set(obsolete))
    # As it was waited for then: what is declared now may be what is wrong.
    wait = description["wait"]
    timeout = _timeout(bundle.model, wait)
    try:
        run.compose(name, bundle.model, "up", "--detach", "--remove-orphans", *_AS_THEY_ARE, timeout=timeout)
    finally:
        for image_id, image in moved:
            run.docker.change("tag", image_id, image)
    told = {
        name for entry in bundle.entries.values() if entry.on_change in ("restart", "signal") for name in entry.services
    }
    if told:
        run.compose(name, bundle.model, "restart", "--no-deps", *sorted(told), timeout=timeout)
    verify(run, name, bundle.model, wait)
    there = run.docker.containers(name)
    hashes = _hashes(there)
    services = {service: {**each, "hash": hashes.get(service)} for service, each in description["services"].items()}
    writable = run.writable(name, there)
    kept.record({**description, "bundle": bundle_id, "services": services, "writable": writable})


def _bring_back_images(run: Run, name: str, description: dict[str, Any]) -> list[tuple[str, str]]:
    """Have each image under its name again that it had then; a tag may have moved since.

    Returns the tags that are to be given back afterwards: another app's, which would be recreated with an old image.
    """
    images = description["images"]
    there = run.docker.images([each["id"] for each in images.values()] + [each["image"] for each in images.values()])
    others = {(each.image, each.image_id) for each in run.docker.containers() if each.project != name}
    moved = set()
    for service, each in sorted(images.items()):
        if each["id"] not in there:
            if not each["digest"]:
                raise AppError(f"the image {each['id']} of {service} is gone, and came from no registry")
            platform = description["model"]["services"][service].get("platform")
            run.pull({"services": {service: {"image": each["digest"], "platform": platform}}}, [each["digest"]])
        if "@" in each["image"]:
            continue
        now = there.get(each["image"])
        if now and now.id != each["id"] and (each["image"], now.id) in others:
            moved.add((now.id, each["image"]))
        run.docker.change("tag", each["id"], each["image"])
    return sorted(moved)


def back_after(run: Run, deployment: Deployment, error: str | None) -> tuple[str, str]:
    """After a failure: the last good state again, else a stop. The result, and what to tell."""
    recorded, kept = deployment.recorded, deployment.kept
    good = recorded.get("bundle") if recorded.get("state") == "present" else None
    former = adoption.former(deployment)
    try:
        if former:
            adoption.give_back(deployment, former)
            return ROLLED_BACK, f"{error}\nWhat ran before it was taken over runs again."
        if good not in kept.listed():
            _stop(run, deployment)
            return FAILED, f"{error}\nThere is no earlier good state to go back to; its containers were stopped."
        restore(run, deployment.name, good, deployment.bundle.entries)
    except (AppError, HostError, OSError) as problem:
        return FAILED, f"{error}\nGoing back to {good or 'a stop'} failed, too: {problem}"
    return ROLLED_BACK, f"{error}\nThe last good state ({good}) runs again."


def _stop(run: Run, deployment: Deployment) -> None:
    """Stop what a failed attempt made, whatever Compose may read by now."""
    name, model = deployment.name, deployment.bundle.model
    timeout = _MARGIN + waiting.grace(model)
    there = run.docker.containers(name)
    state = deployment.kept.state() or {}
    deployment.kept.record({**state, "writable": run.writable(name, there)})
    try:
        run.compose(name, model, "stop", timeout=timeout)
    except AppError as failed:
        run.notes.append(f"{name}: {failed}; stopped by its labels")
        if there:
            run.docker.change("stop", *(each.id for each in there), timeout=timeout)


def _timeout(model: dict[str, Any], wait: dict[str, Any]) -> int:
    return wait.get("timeout", waiting.TIMEOUT) + waiting.grace(model) + _MARGIN


def _hashes(containers: list[Container]) -> dict[str | None, str | None]:
    return {each.service: each.hash for each in containers if not each.is_one_off}


def _state(run: Run, project: dict[str, Any], bundle: Bundle) -> dict[str, Any]:
    """What is recorded of an app."""
    there = run.docker.containers(project["name"])
    hashes, images = _hashes(there), run.docker.images(bundle.images().values())
    return {
        "version": 1,
        "name": project["name"],
        "state": project["state"],
        "declared": project["declared"],
        "commit": run.commit or None,
        "wait": project["wait"],
        "model": bundle.model,
        "entries": {path: entry.described() for path, entry in bundle.entries.items()},
        "sums": bundle.sums(run.store),
        "secrets": bundle.secrets,
        "pins": bundle.pins,
        # Also what an earlier version of the app could write to: its links may still be there.
        "writable": run.writable(project["name"], there),
        "services": {name: {**each, "hash": hashes.get(name)} for name, each in bundle.commits.items()},
        "images": {
            name: {"image": image, "id": images[image].id, "digest": images[image].digest(image)}
            for name, image in bundle.images().items()
        },
        "pending": False,
    }
