"""Whether an app has to be touched, and why: what is declared, what was recorded, what is on disk, what runs."""

from __future__ import annotations

from .bundle import COMPOSE, ENV, SECRETS, on_disk

# Of containers, by which Compose says that they do not run as they should.
_BROKEN = ("restarting", "dead", "removing", "paused")


class Decision:
    """Reasons to touch an app; `broken` are services whose containers are to be replaced whatever Compose thinks."""

    def __init__(self, reasons, broken=(), tampered=()):
        self.reasons = list(reasons)
        self.broken = list(broken)
        self.tampered = list(tampered)


def decide(project, bundle, recorded, store, app_store, containers, images):
    """For an app that is present or stopped."""
    tampered = tampered_paths(recorded, store, app_store)
    if recorded is None or not recorded.get("sums"):
        return Decision(["first deployment"])
    reasons = []
    if recorded["state"] != project["state"]:
        reasons.append("state: %s -> %s" % (recorded["state"], project["state"]))
    if recorded.get("pending"):
        reasons.append("an earlier run did not finish")
    reasons += changes(recorded, bundle, store)
    reasons += ["%s was changed by hand" % path for path in tampered]
    if project["state"] == "stopped":
        running = sorted(each.name for each in containers if each.state in ("running", "restarting", "paused"))
        return Decision(reasons + ["%s runs" % name for name in running] + _missing(bundle, containers), (), tampered)
    troubles, broken = _running(bundle, recorded, containers, images)
    return Decision(reasons + troubles, broken, tampered)


def tampered_paths(recorded, store, app_store):
    """Files that are not as they were written."""
    if not recorded or recorded.get("pending") or recorded.get("state") == "absent":
        return []
    sums = recorded.get("sums") or {}
    there = on_disk(app_store.folder, recorded.get("entries") or {}, store)
    return sorted(path for path in sums if there.get(path) != sums[path])


def changes(recorded, bundle, store):
    """What differs between two bundles, in words."""
    old, new = recorded["sums"], bundle.sums(store)
    found = []
    if old.get(COMPOSE) != new[COMPOSE]:
        found += model_changes(recorded.get("model") or {}, bundle.model)
    for path in sorted(set(old) | set(new) - {COMPOSE}):
        if path in (COMPOSE, ENV) or path.startswith(SECRETS + "/") or old.get(path) == new.get(path):
            continue
        verb = "new" if path not in old else "removed" if path not in new else "changed"
        found.append("file %s: %s" % (path, verb))
    secrets = recorded.get("secrets") or {}
    for name in sorted(set(secrets) | set(bundle.secrets)):
        if secrets.get(name) != bundle.secrets.get(name):
            verb = "new" if name not in secrets else "removed" if name not in bundle.secrets else "changed"
            found.append("secret %s: %s" % (name, verb))
    if not found and old != new:
        found.append("%s changed" % ", ".join(sorted(path for path in set(old) | set(new) if old.get(path) != new.get(path))))
    return found


def model_changes(old, new):
    """Which of a Compose model's keys differ."""
    found = []
    before, after = old.get("services") or {}, new["services"]
    for name in sorted(set(before) | set(after)):
        if name not in before or name not in after:
            found.append("service %s: %s" % (name, "removed" if name in before else "new"))
            continue
        one, two = dict(before[name]), dict(after[name])
        if one.get("image") != two.get("image"):
            found.append("%s: image %s -> %s" % (name, one.get("image"), two.get("image")))
        keys = sorted(key for key in set(one) | set(two) if key != "image" and one.get(key) != two.get(key))
        # The role's own labels follow from the rest.
        told = [key for key in keys if key != "labels" or _own_removed(one) != _own_removed(two)]
        if told:
            found.append("%s: %s" % (name, ", ".join(told)))
    for key in sorted((set(old) | set(new)) - {"services", "name"}):
        if old.get(key) != new.get(key):
            found.append("%s changed" % key)
    return found


def _own_removed(service):
    return {key: value for key, value in (service.get("labels") or {}).items() if not key.startswith("nautobridge.")}


def _replicas(service):
    """How many containers a service wants, or None where Compose has a say of its own."""
    deploy = service.get("deploy") or {}
    wanted = service.get("scale", deploy.get("replicas", 1))
    return wanted if isinstance(wanted, int) else None


def _missing(bundle, containers):
    found = []
    for name, service in bundle.model["services"].items():
        there = sum(each.service == name and not each.is_one_off for each in containers)
        wanted = _replicas(service)
        if there < (1 if wanted is None else wanted):
            found.append("%s has no container" % name if not there else "%s has %d of %d containers" % (name, there, wanted))
    return found


def _running(bundle, recorded, containers, images):
    troubles, broken = _missing(bundle, containers), []
    services = recorded.get("services") or {}
    for each in containers:
        if each.is_one_off:
            continue
        if each.service not in bundle.model["services"]:
            troubles.append("%s belongs to no service" % each.name)
        elif each.state in _BROKEN or each.health == "unhealthy":
            troubles.append("%s is %s" % (each.name, each.health if each.health == "unhealthy" else each.state))
            broken.append(each.service)
        elif each.state != "running" and not each.is_done:
            troubles.append("%s is %s" % (each.name, each.state))
        elif (services.get(each.service) or {}).get("hash") not in (None, each.hash):
            troubles.append("%s was recreated by hand" % each.name)
        else:
            image = images.get(bundle.model["services"][each.service]["image"])
            if image and image.id != each.image_id:
                troubles.append("%s: image %s is another one now" % (each.service, each.image))
    return troubles, sorted(set(broken))
