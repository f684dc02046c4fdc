"""One run on one host."""

from __future__ import annotations

import threading
import time

from . import bundle as bundles, decide, deploy, difference, observe, registries, removal
from .docker import Docker
from .errors import AppError, HostError
from .masking import Mask
from .store import Store
from .waiting import Watch

_NETWORK_FLAGS = {"internal": "--internal", "attachable": "--attachable", "ipv6": "--ipv6"}
# Results after which an app is not as it is declared.
BAD = ("failed", "rolled_back")


class Run:
    """Everything that the parts of a run share."""

    def __init__(self, params, check_mode, diff_mode, stage):
        self.params = params
        self.check_mode = check_mode
        self.diff_mode = diff_mode
        # Where a check may write: a folder that goes with the module.
        self.stage = stage
        self.host, self.commit = params["host"], params["commit"]
        self.phases = set(params["phases"])
        self.keep, self.filtered, self.declared = params["keep"], params["filtered"], params["declared"]
        self.prune_max, self.prune_max_percent = params["prune_max"], params["prune_max_percent"]
        self.projects = {each["name"]: each for each in params["projects"]}
        self.content = {name: bundles.decode(files) for name, files in params["content"].items()}
        self.secrets = {name: bundles.decode(values) for name, values in params["secrets"].items()}
        self.mask = Mask(value for values in self.secrets.values() for value in values.values())
        self.store = Store(params["root"], check_mode)
        self.docker = Docker(params["parallel"])
        self.watch = Watch(self.docker)
        self.results, self.diff, self.notes = {}, [], []
        self.orphans, self.pruned = [], []

    def carry_out(self):
        """All of it; returns what the module returns."""
        started = time.monotonic()
        try:
            self.store.prepare()
            handle = self.store.lock(self.params["lock_timeout"], "Run %s" % (self.commit[:12] or "without a commit"))
        except OSError as problem:
            raise HostError("%s: %s" % (problem.strerror, problem.filename)) from None
        self.docker.keep_open = () if handle is None else (handle,)
        self.docker.check()
        self.docker.use_config(registries.write(self.params["registries"], self.store))
        self.recorded = {name: self.store.app(name).state() for name in set(self.store.apps()) | set(self.projects)}
        self.containers = self.docker.containers()
        if self.params["rollback"]:
            self._roll_back()
        elif self.params["purge"]:
            self._purge()
        else:
            self._converge()
        return self._told(time.monotonic() - started)

    # What the parts ask for.

    def pull_policy(self, project, reference):
        """The service's own policy, else the host's."""
        for service in project["model"]["services"].values():
            if service["image"] == reference and service.get("pull_policy"):
                return {"if_not_present": "missing"}.get(service["pull_policy"], service["pull_policy"])
        return self.params["pull"]

    def references(self, project):
        """The images that an app declares, and those that were pinned for them."""
        declared = {service["image"] for service in project["model"]["services"].values()}
        return declared | set(((self.recorded.get(project["name"]) or {}).get("pins") or {}).values())

    def bundle(self, project, recorded, images):
        """The bundle of an app as it is declared now."""
        name = project["name"]
        return bundles.build(
            project, self.content[name], self.secrets[name], self.store, self.host, self.commit, recorded,
            self._pins(project, recorded or {}, images),
        )

    def _pins(self, project, recorded, images):
        if not project["pin"]:
            return {}
        pins = {}
        for image in {service["image"] for service in project["model"]["services"].values()}:
            old = (recorded.get("pins") or {}).get(image)
            keeps = old and self.pull_policy(project, image) != "always"
            digest = images[image].digest(image) if image in images and "@" not in image else None
            if keeps:
                pins[image] = old
            elif digest:
                pins[image] = "%s@%s" % (image, digest.rpartition("@")[2])
        return pins

    # What a run does.

    def _converge(self):
        wanted = [self.projects[name] for name in self.params["wanted"]]
        going = [each for each in wanted if each["state"] == "absent"]
        staying = [each for each in wanted if each["state"] != "absent"]
        if "deploy" in self.phases:
            for project in reversed(going):
                self._absent(project)
        if staying and self.phases & {"render", "pull", "deploy"}:
            self.docker.has_compose()
            decisions = self._decisions(staying)
            if "deploy" in self.phases:
                self._make_networks([deployment for deployment in decisions if deployment.decision.reasons])
            self._waves(decisions)
        elif staying and "verify" in self.phases:
            self._waves([self._only_verified(project) for project in staying])
        if "prune" in self.phases and "deploy" in self.phases | {"deploy"}:
            self._prune()

    def _absent(self, project):
        name = project["name"]
        there = [each for each in self.containers if each.project == name]
        started = time.monotonic()
        try:
            reasons = removal.make_absent(self, project, self.recorded.get(name), there)
        except AppError as failed:
            self._result(name, "failed", [], error=str(failed), started=started)
            return
        self._result(name, ("planned" if self.check_mode else "removed") if reasons else "unchanged", reasons, started=started)

    def _decisions(self, projects):
        broken = self._pull_always(projects)
        references = set()
        for project in projects:
            references |= self.references(project)
        images = self.docker.images(references)
        decisions = []
        for project in projects:
            name = project["name"]
            try:
                if name in broken:
                    raise broken[name]
                recorded = self.recorded.get(name)
                bundle = self.bundle(project, recorded, images)
                own = [each for each in self.containers if each.project == name]
                decision = decide.decide(project, bundle, recorded, self.store, self.store.app(name), own, images)
            except AppError as failed:
                self._result(name, "failed", [], error=str(failed))
                continue
            decisions.append(deploy.Deployment(self, project, bundle, recorded, decision, images))
        return decisions

    def _pull_always(self, projects):
        """Pull what is always pulled before anything is decided; the apps whose images could not be."""
        broken = {}
        if self.check_mode or "pull" not in self.phases:
            return broken

        def pull(project):
            services = project["model"]["services"].values()
            images = {service["image"]: service.get("platform") for service in services}
            try:
                for image, platform in sorted(images.items()):
                    if self.pull_policy(project, image) == "always":
                        chosen = ["--platform", platform] if platform else []
                        self.docker.change("pull", "--quiet", *chosen, image, timeout=3600)
            except AppError as failed:
                broken[project["name"]] = failed

        _side_by_side(pull, projects)
        return broken

    def _make_networks(self, deployments):
        """Networks that apps share are made once, before them."""
        needed = {
            name
            for deployment in deployments
            for name in deployment.bundle.model.get("networks") or {}
            if name in self.params["networks"]
        }
        if not needed or self.check_mode:
            return
        for name in sorted(needed - self.docker.networks()):
            settings = self.params["networks"][name] or {}
            if settings.get("external"):
                raise HostError("there is no network `%s`; app_networks says that it is external" % name)
            arguments = ["--label", "nautobridge.managed-by=docker_app"]
            arguments += [flag for key, flag in sorted(_NETWORK_FLAGS.items()) if settings.get(key)]
            for key in ("driver", "subnet", "gateway"):
                if settings.get(key):
                    arguments += ["--" + key, str(settings[key])]
            for key, value in sorted((settings.get("options") or {}).items()):
                arguments += ["--opt", "%s=%s" % (key, value)]
            try:
                self.docker.change("network", "create", *(arguments + [name]))
            except AppError as failed:
                raise HostError("the network `%s` cannot be made: %s" % (name, failed)) from None
            self.notes.append("network %s made" % name)

    def _waves(self, deployments):
        """Apps of one order side by side; what follows, as long as all before it runs, new or as it was."""
        lost = None
        for order in sorted({each.project["order"] for each in deployments}):
            wave = [each for each in deployments if each.project["order"] == order]
            if lost:
                for each in wave:
                    self._result(each.project["name"], "skipped", each.decision.reasons, error="`%s`, which comes before it, does not run" % lost)
                continue
            _side_by_side(self._one, wave)
            failed = [each.project["name"] for each in wave if self.results[each.project["name"]]["result"] == "failed" and each.touched]
            lost = failed[0] if failed else None

    def _one(self, deployment):
        name, started = deployment.project["name"], time.monotonic()
        reasons = deployment.decision.reasons
        before = {each.service: each.image_id for each in self.containers if each.project == name}
        result, error = "unchanged", None
        try:
            if reasons and self.check_mode:
                deploy.check_by_compose(self.docker, deployment.bundle, "%s/%s" % (self.stage, name))
                result = "planned"
            elif reasons:
                if self.diff_mode:
                    self._show(deployment, before)
                deployment.carry_out()
                result = "stopped" if deployment.project["state"] == "stopped" else "deployed"
            elif deployment.verify_only:
                deployment.verify()
        except AppError as failed:
            result, error = "failed", str(failed)
        except HostError as failed:
            result, error = "failed", str(failed)
        except OSError as problem:
            result, error = "failed", "%s: %s" % (problem.strerror, problem.filename)
        if result == "failed" and deployment.touched:
            result, error = deploy.failed_back(self, deployment, error)
        if result == "planned" and self.diff_mode:
            self._show(deployment, before)
        self._result(name, result, reasons, error, started, deployment, before)

    def _show(self, deployment, before):
        images = observe.images(before, deployment.bundle.images(), [], deployment.local)
        obsolete = set((deployment.recorded or {}).get("sums") or {})
        self.diff += difference.of(deployment.kept.folder, deployment.bundle, deployment.decision.reasons, images, obsolete)

    def _only_verified(self, project):
        recorded = self.recorded.get(project["name"])
        return deploy.Deployment(self, project, None, recorded, decide.Decision([]), verify_only=True)

    def _result(self, name, result, reasons, error=None, started=None, deployment=None, before=None):
        self.results[name] = {
            "state": self.projects[name]["state"] if name in self.projects else "absent",
            "result": result,
            "changed": result not in ("unchanged", "skipped", "failed") or bool(deployment and deployment.touched),
            "reasons": reasons,
            "error": error,
            "seconds": round(time.monotonic() - started, 2) if started else 0.0,
            "declared": self.projects[name]["declared"] if name in self.projects else None,
            "before": before or {},
            "tampered": deployment.decision.tampered if deployment else [],
            "wanted_images": deployment.bundle.images() if deployment and deployment.bundle else {},
            "local": {ref: image.id for ref, image in deployment.local.items()} if deployment and deployment.local else {},
        }

    def _prune(self):
        containers = self.docker.containers()
        self.orphans = removal.orphans(self, self.projects, self.recorded, containers)
        if not self.params["prune"] or not self.orphans:
            return
        owned = set(self.orphans) | {each.project for each in containers if each.is_ours}
        bad = [name for name, each in self.results.items() if each["result"] in BAD]
        why = "%s failed" % ", ".join(sorted(bad)) if bad else removal.refused(self, self.orphans, owned)
        if why:
            self.notes.append("nothing was pruned: %s" % why)
            self.prune_refused = None if bad or self.filtered or not self.declared else why
            return
        for name in self.orphans:
            reasons = ["no longer declared"]
            started = time.monotonic()
            if self.check_mode:
                self._result(name, "planned", reasons, started=started)
                continue
            try:
                removal.take_down(self, name)
            except AppError as failed:
                self._result(name, "failed", reasons, error=str(failed), started=started)
                continue
            if self.recorded.get(name):
                self.store.app(name).record(dict(self.recorded[name], state="absent", pending=False))
            self.pruned.append(name)
            self._result(name, "removed", reasons, started=started)
        self.orphans = [name for name in self.orphans if name not in self.pruned]

    def _roll_back(self):
        self.docker.has_compose()
        for name in self.params["rollback"]:
            state = self.recorded.get(name) or (self.store.app(name).state() if name in self.store.apps() else None)
            if not state:
                self.notes.append("%s was never deployed here" % name)
                continue
            kept = self.store.app(name).listed()
            earlier = [each for each in kept if each < (state.get("bundle") or "")]
            started = time.monotonic()
            if not earlier:
                self._result(name, "failed", [], error="there is no earlier good state to go back to", started=started)
                continue
            reasons = ["rollback to %s was asked for" % earlier[-1]]
            try:
                if not self.check_mode:
                    deploy.restore(self, name, earlier[-1])
                self._result(name, "planned" if self.check_mode else "rolled_back", reasons, started=started)
            except (AppError, OSError) as failed:
                self._result(name, "failed", reasons, error=str(failed), started=started)

    def _purge(self):
        for name in self.params["purge"]:
            if self.projects.get(name, {}).get("state", "absent") != "absent":
                raise HostError("`%s` is declared for this host; only an app that is absent or no longer declared is purged" % name)
        for name in self.params["purge"]:
            ours = name in self.store.apps() or any(each.is_ours and each.project == name for each in self.containers)
            if not ours:
                self.notes.append("%s was never deployed here" % name)
                continue
            started = time.monotonic()
            try:
                if not self.check_mode:
                    removal.purge(self, name)
                self._result(name, "planned" if self.check_mode else "purged", ["purge was asked for"], started=started)
            except AppError as failed:
                self._result(name, "failed", ["purge was asked for"], error=str(failed), started=started)

    # What is told of it.

    def _told(self, seconds):
        containers = self.docker.containers()
        apps = {}
        for name in sorted(set(self.results) | set(self.projects)):
            state = self.store.app(name).state()
            found = self.results.get(name) or self._untouched(name)
            own = [each for each in containers if each.project == name]
            now = {each.service: each.image_id for each in own}
            wanted, local, before = found.pop("wanted_images"), found.pop("local"), found.pop("before")
            if found["result"] not in ("planned",):
                found["tampered"] = decide.tampered_paths(state, self.store, self.store.app(name))
            found["images"] = {
                service: {"image": image, "old": before.get(service), "new": now.get(service) if found["result"] != "planned" else local.get(image)}
                for service, image in (wanted or {each.service: each.image for each in own}).items()
            }
            found["recorded"] = observe.recorded(state)
            found["commit"] = (state or {}).get("commit")
            found["running"] = observe.running(name, state, containers)
            apps[name] = found
        bad = sorted(name for name, each in apps.items() if each["result"] in BAD and not self.params["rollback"] or each["result"] == "failed")
        result = {
            "changed": any(each["changed"] for each in apps.values()) or bool(self.pruned),
            "apps": apps,
            "orphans": self.orphans,
            "pruned": self.pruned,
            "unmanaged": observe.unmanaged(containers),
            "notes": self.notes,
            "commit": self.commit or None,
            "seconds": round(seconds, 2),
            "diff": self.diff,
        }
        refused = getattr(self, "prune_refused", None)
        if bad or refused:
            result["failed"] = True
            told = ["%s: %s" % (name, apps[name]["error"]) for name in bad]
            result["msg"] = "\n".join(told + (["nothing was pruned: %s" % refused] if refused else []))
        return self.mask.all(result)

    def _untouched(self, name):
        project = self.projects[name]
        return {
            "state": project["state"], "result": "skipped", "changed": False, "reasons": [], "error": None, "seconds": 0.0,
            "declared": project["declared"], "before": {}, "tampered": [], "wanted_images": {}, "local": {},
        }


def _side_by_side(work, items):
    """Do the same for all at once, each in a thread of its own; they mostly wait. Locks bound what really works."""
    problems = []

    def guarded(item):
        try:
            work(item)
        except Exception as problem:  # Told below, by the thread that waits.
            problems.append(problem)

    threads = [threading.Thread(target=guarded, args=(item,)) for item in items]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]
