"""Whether an app has to be touched, and why: what is declared, what was recorded, what is on disk, what runs."""

from __future__ import annotations

from typing import Any, Iterable

from .bundle import COMPOSE, ENV, SECRETS, Bundle, on_disk
from .docker import Container, Image
from .store import AppStore, Store

# Of containers, by which Compose says that they do not run as they should.
_BROKEN = ("restarting", "dead", "removing", "paused")


class Decision:
    """Reasons to touch an app; `broken` are services whose containers are to be replaced whatever Compose thinks."""

    def __init__(self, reasons: Iterable[str], broken: Iterable[str] = ()) -> None:
        self.reasons = list(reasons)
        self.broken = list(broken)


def decide(
    project: dict[str, Any],
    bundle: Bundle,
    recorded: dict[str, Any] | None,
    store: Store,
    app_store: AppStore,
    containers: list[Container],
    images: dict[str, Image],
) -> Decision:
    """For an app that is present or stopped."""
    if recorded is None or not recorded.get("sums"):
        interrupted = recorded is not None and recorded.get("pending")
        if not interrupted and any(each.is_ours for each in containers):
            return Decision(["what runs was not recorded here yet"])
        return Decision(["an earlier first deployment did not finish" if interrupted else "first deployment"])
    reasons = []
    if recorded["state"] != project["state"]:
        reasons.append(f"state: {recorded['state']} -> {project['state']}")
    if recorded.get("pending"):
        reasons.append("an earlier run did not finish")
    reasons += changes(recorded, bundle, store)
    reasons += [f"{path} was changed by hand" for path in tampered_paths(recorded, store, app_store)]
    if project["state"] == "stopped":
        running = sorted(each.name for each in containers if each.state in ("running", "restarting", "paused"))
        return Decision(reasons + [f"{name} runs" for name in running] + _missing(bundle, containers))
    troubles, broken = _running(bundle, recorded, containers, images)
    return Decision(reasons + troubles, broken)


def tampered_paths(recorded: dict[str, Any] | None, store: Store, app_store: AppStore) -> list[str]:
    """Files that are not as they were written."""
    if not recorded or recorded.get("pending") or recorded.get("state") == "absent":
        return []
    sums = recorded.get("sums") or {}
    there = on_disk(app_store.folder, recorded.get("entries") or {}, store)
    return sorted(path for path in sums if there.get(path) != sums[path])


def changes(recorded: dict[str, Any], bundle: Bundle, store: Store) -> list[str]:
    """What differs between two bundles, in words."""
    old, new = recorded["sums"], bundle.sums(store)
    found = []
    if old.get(COMPOSE) != new[COMPOSE]:
        found += model_changes(recorded.get("model") or {}, bundle.model)
    for path in sorted(set(old) | set(new) - {COMPOSE}):
        if path in (COMPOSE, ENV) or path.startswith(SECRETS + "/") or old.get(path) == new.get(path):
            continue
        verb = "new" if path not in old else "removed" if path not in new else "changed"
        found.append(f"file {path}: {verb}")
    secrets = recorded.get("secrets") or {}
    for name in sorted(set(secrets) | set(bundle.secrets)):
        if secrets.get(name) != bundle.secrets.get(name):
            verb = "new" if name not in secrets else "removed" if name not in bundle.secrets else "changed"
            found.append(f"secret {name}: {verb}")
    if not found and old != new:
        paths = sorted(path for path in set(old) | set(new) if old.get(path) != new.get(path))
        found.append(f"{', '.join(paths)} changed")
    return found


def model_changes(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Which of a Compose model's keys differ."""
    found = []
    before, after = old.get("services") or {}, new["services"]
    for name in sorted(set(before) | set(after)):
        if name not in before or name not in after:
            found.append(f"service {name}: {'removed' if name in before else 'new'}")
            continue
        one, two = dict(before[name]), dict(after[name])
        if one.get("image") != two.get("image"):
            found.append(f"{name}: image {one.get('image')} -> {two.get('image')}")
        keys = sorted(key for key in set(one) | set(two) if key != "image" and one.get(key) != two.get(key))
        # The role's own labels follow from the rest.
        told = [key for key in keys if key != "labels" or _own_removed(one) != _own_removed(two)]
        if told:
            found.append(f"{name}: {', '.join(told)}")
    for key in sorted((set(old) | set(new)) - {"services", "name"}):
        if old.get(key) != new.get(key):
            found.append(f"{key} changed")
    return found


def _own_removed(service: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in (service.get("labels") or {}).items() if not key.startswith("nautobridge.")}


def ending(model: dict[str, Any]) -> set[str]:
    """The services that are meant to end: they say so by `restart`, or another waits for their end.

    Compose's default is no restart, too, and says nothing: most programs that end are not meant to.
    """
    found = set()
    for name, service in model["services"].items():
        if str(service.get("restart", "")).partition(":")[0] in ("no", "on-failure"):
            found.add(name)
        needs = service.get("depends_on")
        for other, how in needs.items() if isinstance(needs, dict) else ():
            if (how or {}).get("condition") == "service_completed_successfully":
                found.add(other)
    return found


def replicas(service: dict[str, Any]) -> int | None:
    """How many containers a service wants, or None where Compose has a say of its own."""
    deploy = service.get("deploy") or {}
    wanted = str(service.get("scale", deploy.get("replicas", 1)))
    return int(wanted) if wanted.isdigit() else None


def _missing(bundle: Bundle, containers: list[Container]) -> list[str]:
    found = []
    for name, service in bundle.model["services"].items():
        there = sum(each.service == name and not each.is_one_off for each in containers)
        wanted = replicas(service)
        if there < (1 if wanted is None else wanted):
            found.append(f"{name} has {there} of {wanted} containers" if there else f"{name} has no container")
    return found


def _running(
    bundle: Bundle, recorded: dict[str, Any], containers: list[Container], images: dict[str, Image]
) -> tuple[list[str], list[str]]:
    troubles, broken, ends = _missing(bundle, containers), [], ending(bundle.model)
    services = recorded.get("services") or {}
    for each in containers:
        if each.is_one_off:
            continue
        if each.service not in bundle.model["services"]:
            troubles.append(f"{each.name} belongs to no service")
        elif each.state in _BROKEN or each.health == "unhealthy":
            troubles.append(f"{each.name} is {each.health if each.health == 'unhealthy' else each.state}")
            broken.append(each.service)
        elif each.state != "running" and not each.is_done(ends):
            troubles.append(f"{each.name} is {each.state}")
        elif (services.get(each.service) or {}).get("hash") not in (None, each.hash):
            troubles.append(f"{each.name} was recreated by hand")
        else:
            wanted = bundle.model["services"][each.service]["image"]
            if wanted == each.image and wanted in images and images[wanted].id != each.image_id:
                troubles.append(f"{each.service}: image {each.image} is another one now")
    return troubles, sorted(set(broken))
