"""Bring one app to what is declared, or back to what ran before."""

from __future__ import annotations

import os
import shutil

from . import backup, bundle as bundles, waiting
from .errors import AppError, HostError

_PULL_TIMEOUT = 3600
# Over what the app may take by itself: the engine's own work.
_MARGIN = 120


class Deployment:
    """One app of a run."""

    def __init__(self, run, project, bundle, recorded, decision, local=None, verify_only=False):
        self.run = run
        self.project = project
        self.bundle = bundle
        self.recorded = recorded
        self.decision = decision
        self.kept = run.store.app(project["name"])
        self.docker = run.docker
        self.local = local or {}
        self.verify_only = verify_only
        self.touched = False

    @property
    def _timeout(self):
        return self.project["wait"].get("timeout", waiting.TIMEOUT) + _MARGIN

    def carry_out(self):
        """Deploy it; an AppError says why not, and `touched` whether anything was changed before."""
        self.prepare()
        try:
            if "pull" in self.run.phases:
                self._pull()
            if "render" in self.run.phases or "deploy" in self.run.phases:
                self._back_up()
                self._install()
            if "deploy" in self.run.phases:
                self._up()
                if self.project["state"] == "stopped":
                    self._record("stopped")
                elif "verify" in self.run.phases:
                    self.verify()
                    self._hook("post")
                    self._record("present")
        except OSError as problem:
            raise AppError("%s: %s" % (problem.strerror, problem.filename or self.kept.folder)) from None
        finally:
            shutil.rmtree(self.kept.stage, ignore_errors=True)

    def prepare(self):
        """Write it aside, and let Compose check it."""
        try:
            self.kept.prepare()
            shutil.rmtree(self.kept.stage, ignore_errors=True)
            check_by_compose(self.docker, self.bundle, self.kept.stage)
        except OSError as problem:
            shutil.rmtree(self.kept.stage, ignore_errors=True)
            raise AppError("%s: %s" % (problem.strerror, problem.filename or self.kept.folder)) from None

    def _pull(self):
        references = self._references()
        there = self.docker.images(reference for reference, _ in references)
        for reference, platform in references:
            # Those that are always pulled were pulled before the decision.
            if reference in there or self.run.pull_policy(self.project, reference) == "never":
                continue
            chosen = ["--platform", platform] if platform else []
            self.docker.change("pull", "--quiet", *chosen, reference, timeout=_PULL_TIMEOUT)
        if self.project["pin"]:
            images = self.docker.images(self.run.references(self.project))
            self.bundle = self.run.bundle(self.project, self.recorded, images)
            check_by_compose(self.docker, self.bundle, self.kept.stage)

    def _references(self):
        services = self.bundle.model["services"].values()
        return sorted({(service["image"], service.get("platform") or "") for service in services})

    def _back_up(self):
        if self.recorded and self.recorded.get("sums"):
            backup.make(self.run, self.project, self.kept)
        self._hook("pre")

    def _hook(self, when):
        for command in self.project["hooks"].get(when, []):
            backup.hook(self.run, self.kept.folder, when, command)

    def _install(self):
        missing = self.docker.images(self.bundle.images().values())
        absent = sorted(set(self.bundle.images().values()) - set(missing))
        if absent and "deploy" in self.run.phases:
            raise AppError("there is no image %s on this host, and it may not be pulled" % ", ".join(absent))
        self.touched = True
        self.kept.record(dict(self.recorded or {"name": self.project["name"], "state": self.project["state"]}, pending=True))
        bundles.install(self.bundle, self.kept.folder, (self.recorded or {}).get("sums") or {})

    def _up(self):
        before = {each.id: each.service for each in self.docker.containers(self.project["name"])}
        if self.project["state"] == "stopped":
            self._compose("up", "--no-start", "--remove-orphans", "--no-build", "--pull", "never")
            self._compose("stop")
            return
        self._compose("up", "--detach", "--remove-orphans", "--no-build", "--pull", "never")
        after = {each.id for each in self.docker.containers(self.project["name"])}
        same = {service for container, service in before.items() if container in after}
        broken = [service for service in self.decision.broken if service in same]
        if broken:
            self._compose("up", "--detach", "--no-deps", "--no-build", "--pull", "never", "--force-recreate", *broken)
        self._tell(same - set(broken))

    def _tell(self, same):
        """Restart or signal the services that read a changed file, unless they are new anyway."""
        old = (self.recorded or {}).get("sums") or {}
        sums = self.bundle.sums(self.run.store)
        changed = [entry for path, entry in sorted(self.bundle.entries.items()) if old.get(path) != sums[path]]
        restarted = set()
        for entry in changed:
            restarted |= set(entry.services) & same if entry.on_change == "restart" else set()
        if restarted:
            self._compose("restart", "--no-deps", *sorted(restarted))
        signals = {
            (entry.signal, service)
            for entry in changed
            if entry.on_change == "signal"
            for service in set(entry.services) & same - restarted
        }
        for signal, service in sorted(signals):
            self._compose("kill", "--signal", signal, service)

    def _compose(self, *arguments):
        try:
            self.docker.compose(self.kept.folder, *arguments, timeout=self._timeout)
        except AppError as failed:
            bad = [each for each in self.docker.containers(self.project["name"]) if each.state != "running"]
            raise AppError(failed.message, waiting.logs([each for each in bad if not each.is_done], self.run.watch)) from None

    def verify(self):
        """Wait until it is well."""
        waiting.settled(self.project, _expected(self.project["model"]), self.run.watch)
        waiting.answers(self.project)

    def _record(self, state):
        self.state = recorded_state(self.run, self.project, self.bundle, state)
        if state == "present":
            total = self.run.store.sum(self.bundle.sums(self.run.store), self.state["images"])
            current = (self.recorded or {}).get("bundle")
            if current in self.kept.listed() and current.partition("-")[2] == total[:8]:
                self.state["bundle"] = current
            else:
                self.state["bundle"] = self.kept.next_id(total)
                described = dict(self.state, entries={path: e.described() for path, e in self.bundle.entries.items()})
                data = {path: entry.data for path, entry in self.bundle.entries.items()}
                self.kept.keep(self.state["bundle"], described, data, self.run.keep)
        elif self.recorded:
            self.state["bundle"] = self.recorded.get("bundle")
        self.kept.record(self.state)


def _expected(model):
    services = model["services"].items()
    return [name for name, service in services if service.get("scale", (service.get("deploy") or {}).get("replicas", 1)) != 0]


def check_by_compose(docker, bundle, stage):
    """Write a bundle aside and have Compose read it."""
    os.makedirs(stage, 0o700, exist_ok=True)
    bundles.install(bundle, stage)
    try:
        docker.compose(stage, "config", "--quiet")
    except AppError as failed:
        raise AppError("Docker Compose refuses the app: %s" % failed.message.partition("failed: ")[2]) from None


def recorded_state(run, project, bundle, state):
    """What is recorded of an app that was brought to a state."""
    containers = run.docker.containers(project["name"])
    hashes = {each.service: each.hash for each in containers if not each.is_one_off}
    images = run.docker.images(bundle.images().values())
    return {
        "version": 1,
        "name": project["name"],
        "state": state,
        "declared": project["declared"],
        "commit": run.commit or None,
        "model": bundle.model,
        "entries": {path: entry.described() for path, entry in bundle.entries.items()},
        "sums": bundle.sums(run.store),
        "secrets": bundle.secrets,
        "services": {name: dict(each, hash=hashes.get(name)) for name, each in bundle.commits.items()},
        "images": {
            name: {
                "image": image,
                "id": images[image].id if image in images else None,
                "digest": images[image].digest(image) if image in images else None,
            }
            for name, image in bundle.images().items()
        },
        "pins": bundle.pins,
        "wait": project["wait"],
        "pending": False,
        "bundle": None,
    }


def restore(run, name, bundle_id, obsolete=()):
    """Bring a kept bundle back whole, images too, and prove that it is well; `obsolete` are files of a failed attempt."""
    kept = run.store.app(name)
    description, data = kept.load(bundle_id)
    bundle = bundles.from_kept(description, data)
    _bring_back_images(run, description["images"])
    old = kept.state() or {}
    kept.record(dict(old, pending=True))
    bundles.install(bundle, kept.folder, set(old.get("sums") or {}) | set(obsolete))
    # As it was waited for then: what is declared now may be what is wrong.
    wait = description["wait"]
    timeout = wait.get("timeout", waiting.TIMEOUT) + _MARGIN
    run.docker.compose(kept.folder, "up", "--detach", "--remove-orphans", "--no-build", "--pull", "never", timeout=timeout)
    project = {"name": name, "wait": wait}
    readers = {service for entry in bundle.entries.values() if entry.on_change in ("restart", "signal") for service in entry.services}
    if readers:
        run.docker.compose(kept.folder, "restart", "--no-deps", *sorted(readers), timeout=timeout)
    waiting.settled(project, _expected(bundle.model), run.watch)
    waiting.answers(project)
    state = dict(description, bundle=bundle_id, pending=False)
    hashes = {each.service: each.hash for each in run.docker.containers(name)}
    state["services"] = {service: dict(each, hash=hashes.get(service)) for service, each in state["services"].items()}
    kept.record(state)


def _bring_back_images(run, images):
    there = run.docker.images([each["id"] for each in images.values() if each["id"]])
    for service, each in sorted(images.items()):
        if not each["id"]:
            raise AppError("the image of %s was not recorded" % service)
        if each["id"] not in there:
            if not each["digest"]:
                raise AppError("the image %s of %s is gone, and no registry has it" % (each["id"], service))
            run.docker.change("pull", "--quiet", each["digest"], timeout=_PULL_TIMEOUT)
        if "@" not in each["image"]:
            run.docker.change("tag", each["id"], each["image"])


def failed_back(run, deployment, error):
    """After a failure: the last good bundle again, or a stop. What came of it, in words, and whether it runs."""
    name, recorded = deployment.project["name"], deployment.recorded or {}
    good = recorded.get("bundle") if recorded.get("state") == "present" else None
    if not good or good not in deployment.kept.listed():
        try:
            run.docker.compose(deployment.kept.folder, "stop", timeout=_MARGIN)
        except (AppError, HostError) as problem:
            return "failed", "%s\nIt could not be stopped: %s" % (error, problem)
        return "failed", "%s\nThere is no earlier good state to go back to; its containers were stopped." % error
    try:
        restore(run, name, good, deployment.bundle.entries)
    except (AppError, HostError, OSError) as problem:
        return "failed", "%s\nGoing back to %s failed, too: %s" % (error, good, problem)
    return "rolled_back", "%s\nThe last good state (%s) runs again." % (error, good)
