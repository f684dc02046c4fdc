"""What came of each app, and what the module returns: the report is made of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import decide, observe
from .docker import Container
from .errors import HostError

if TYPE_CHECKING:
    from .run import Run

UNCHANGED, DEPLOYED, STOPPED, REMOVED, PURGED = "unchanged", "deployed", "stopped", "removed", "purged"
ROLLED_BACK, FAILED, PLANNED, SKIPPED = "rolled_back", "failed", "planned", "skipped"
# Rendered or pulled, and not deployed: the run was told to do only that.
PREPARED = "prepared"


@dataclass
class Result:
    """What came of one app."""

    result: str
    reasons: list[str] = field(default_factory=list)
    error: str | None = None
    # time.monotonic() when it began.
    started: float | None = None
    # Whether anything of it was changed, also where that failed.
    touched: bool = False
    # Service to image, as declared now; image to id, as far as the host has them.
    images: dict[str, str] = field(default_factory=dict)
    local: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.seconds = round(time.monotonic() - self.started, 2) if self.started else 0.0

    @property
    def changed(self) -> bool:
        """Whether the host is not as before, or would not be."""
        return self.touched or self.result in (DEPLOYED, STOPPED, REMOVED, PURGED, ROLLED_BACK, PLANNED, PREPARED)


def told(run: Run, seconds: float) -> dict[str, Any]:
    """The module's result; `problems` are what is not as declared."""
    names = sorted(set(run.results) | set(run.projects))
    unseen = None
    try:
        containers = run.docker.containers()
        digests = _digests(run, [*run.containers, *containers])
    except HostError as problem:
        # What was done is told all the same.
        unseen, containers, digests = str(problem), run.containers, {}
    apps = {name: _app(run, name, containers, digests) for name in names}
    found: dict[str, Any] = {
        "changed": any(app["changed"] for app in apps.values()),
        "apps": apps,
        "orphans": run.orphans,
        "pruned": run.pruned,
        "unmanaged": observe.unmanaged(containers),
        "notes": run.notes,
        "commit": run.commit or None,
        "seconds": round(seconds, 2),
        "diff": run.diff,
    }
    found["problems"] = [f"{name}: {app['error']}" for name, app in apps.items() if app["error"]]
    if run.refusal:
        found["problems"].append(f"nothing was pruned: {run.refusal}")
    if unseen:
        found["problems"].append(f"what runs now is not known: {unseen}")
    return found


def _digests(run: Run, containers: list[Container]) -> dict[tuple[str, str], str]:
    """The registry's digest for an image's name and id, where a registry gave one."""
    ids = {each.image_id for each in containers} | {id for each in run.results.values() for id in each.local.values()}
    images = run.docker.images(ids)
    named = {(each.image, each.image_id) for each in containers}
    named |= {pair for each in run.results.values() for pair in each.local.items()}
    found = {}
    for name, image_id in named:
        digest = images[image_id].digest(name) if image_id in images else None
        if digest:
            found[name, image_id] = digest.rpartition("@")[2]
    return found


def _app(run: Run, name: str, containers: list[Container], digests: dict[tuple[str, str], str]) -> dict[str, Any]:
    project = run.projects.get(name) or {}
    result = run.results.get(name) or Result(SKIPPED)
    kept = run.store.app(name)
    state = kept.state()
    own = [each for each in containers if each.project == name]
    before = {each.service: (each.image, each.image_id) for each in run.containers if each.project == name}
    now = {each.service: (each.image, each.image_id) for each in own}
    images = result.images or {each.service or each.name: each.image for each in own}
    if result.result == PLANNED:
        now = {service: (image, result.local[image]) for service, image in images.items() if image in result.local}
    return {
        "state": project.get("state", "absent"),
        "result": result.result,
        "changed": result.changed,
        "reasons": result.reasons,
        "error": result.error,
        "seconds": result.seconds,
        "commit": (state or {}).get("commit"),
        "declared": project.get("declared"),
        "recorded": observe.recorded(state),
        "images": {
            service: {
                "image": image,
                # The image's ids; and the digests that a registry knows them by.
                "old": before.get(service, (None, None))[1],
                "new": now.get(service, (None, None))[1],
                "old_digest": digests.get(before.get(service, ("", ""))),
                "new_digest": digests.get(now.get(service, ("", ""))),
            }
            for service, image in images.items()
        },
        "running": observe.running(name, state, own),
        "tampered": decide.tampered_paths(state, run.store, kept),
    }
