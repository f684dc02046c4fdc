"""Taking apps away: absent, pruned, purged. Volumes and data go with a purge only."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING, Any

from . import handover
from .bundle import COMPOSE, ENV, on_disk
from .errors import AppError
from .results import FAILED, PLANNED, REMOVED, ROLLED_BACK, Result
from .waiting import grace

if TYPE_CHECKING:
    from .run import Run

_TIMEOUT = 300


def take_down(run: Run, name: str, volumes: bool = False) -> None:
    """Stop, then remove an app's containers and its own networks."""
    folder = os.path.join(run.store.root, name)
    state = run.store.app(name).state() or {}
    model = state.get("model") or {}
    timeout = _TIMEOUT + grace(model)
    # Before they are gone, and with them what says where they could write.
    could_write = run.writable(name)
    if could_write and not volumes and could_write != state.get("writable"):
        run.store.app(name).record({"name": name, "state": "absent", **state, "writable": could_write})
    run.docker.wake(name)
    if os.path.lexists(os.path.join(folder, COMPOSE)) and _is_as_recorded(run, name, state):
        extra = ["--volumes"] if volumes else []
        try:
            run.compose(name, model, "stop", timeout=timeout)
            run.compose(name, model, "down", "--remove-orphans", *extra, timeout=timeout)
        except AppError as failed:
            # A file that Compose cannot read keeps nothing alive.
            run.notes.append(f"{name}: {failed}; taken down by its labels")
    # What the file does not name any more, or all of it where the file is gone, or is not as it was written.
    _take_down_by_label(run, name, volumes, timeout)


def _is_as_recorded(run: Run, name: str, state: dict[str, Any]) -> bool:
    """Whether Compose would read what the role wrote, and no file that a container chose."""
    folder, sums, entries = os.path.join(run.store.root, name), state.get("sums") or {}, state.get("entries") or {}
    paths = {path: entries.get(path) or {} for path in (COMPOSE, ENV) if path in sums}
    there = on_disk(folder, paths, run.store)
    wrong = "nothing is recorded of it" if COMPOSE not in sums else None
    wrong = wrong or next((f"{path} was changed by hand" for path in paths if there.get(path) != sums[path]), None)
    if wrong:
        run.notes.append(f"{name}: {wrong}; taken down by its labels")
    return not wrong


def _take_down_by_label(run: Run, name: str, volumes: bool, timeout: int) -> None:
    left = [each.id for each in run.docker.containers(name)]
    if left:
        run.docker.change("stop", *left, timeout=timeout)
        run.docker.change("rm", *left, timeout=_TIMEOUT)
    chosen = ["--filter", f"label=com.docker.compose.project={name}"]
    for kind in ["network", "volume"] if volumes else ["network"]:
        ids = run.docker.must(kind, "ls", "--quiet", *chosen).split()
        if ids:
            run.docker.change(kind, "rm", *ids, timeout=_TIMEOUT)


def find_orphans(run: Run) -> int:
    """Note the apps of ours that nobody declares any more; how many are ours in all."""
    owned = {each.project for each in run.containers if each.is_ours and each.project}
    run.orphans = sorted(owned - set(run.projects))
    return len(owned)


def make_room(run: Run, owned: int, coming: list[dict[str, Any]]) -> None:
    """Stop what is going to be pruned and holds ports of what comes: an app that was renamed, most of all."""
    if _not_allowed(run, owned)[0]:
        return
    for name in sorted({name for project in coming for name in handover.holders(project, run.containers)}):
        if name not in run.orphans:
            continue
        try:
            run.docker.wake(name)
            run.stopped[name] = [each.id for each in run.docker.containers(name) if each.state == "running"]
            run.docker.change("stop", *run.stopped[name], timeout=_TIMEOUT)
        except AppError as failed:
            # Who wanted its ports says what came of it.
            run.notes.append(f"{name} could not be stopped: {failed}")


def prune(run: Run, owned: int) -> None:
    """Take down the apps that nobody declares any more, if that is allowed."""
    reason, is_failure = _not_allowed(run, owned)
    bad = sorted(name for name, each in run.results.items() if each.result in (FAILED, ROLLED_BACK))
    if not reason and bad:
        reason = f"{', '.join(bad)} could not be deployed"
    if reason:
        if is_failure:
            run.refusal = reason
        else:
            run.notes.append(f"nothing was pruned: {reason}")
        _start_again(run)
        return
    for name in run.orphans:
        _prune_one(run, name)
    run.orphans = [name for name in run.orphans if name not in run.pruned]


def _start_again(run: Run) -> None:
    for name, ids in run.stopped.items():
        try:
            run.docker.change("start", *ids)
        except AppError as failed:
            run.notes.append(f"{name} was stopped for its ports, and could not be started again: {failed}")


def _prune_one(run: Run, name: str) -> None:
    reasons, started = ["no longer declared"], time.monotonic()
    if run.check_mode:
        run.record(name, Result(PLANNED, reasons))
        return
    try:
        take_down(run, name)
    except AppError as failed:
        run.record(name, Result(FAILED, reasons, str(failed), started, touched=True))
        return
    state = run.store.app(name).state()
    if state:
        run.store.app(name).record(dict(state, state="absent", pending=False))
    run.pruned.append(name)
    run.record(name, Result(REMOVED, reasons, started=started))


def _not_allowed(run: Run, owned: int) -> tuple[str, bool]:
    """Why nothing may be pruned, and whether that fails the host: bad data must not take down what runs."""
    count, most, percent = len(run.orphans), run.params["prune_max"], run.params["prune_max_percent"]
    if run.params["filtered"]:
        return "only some apps were chosen", False
    if not run.projects:
        return "the list of apps is empty", False
    if count > most:
        return f"{count} apps would go, and docker_app_prune_max is {most}", True
    if 100 * count > percent * owned:
        return f"{count} of {owned} apps would go, and docker_app_prune_max_percent is {percent}", True
    return "", False


def purge(run: Run, name: str) -> None:
    """Remove an app with its volumes and its folder."""
    folder = os.path.join(run.store.root, name)
    # What lies in the root by this name, and nothing that a link leads to.
    if os.path.islink(folder):
        raise AppError(f"{folder} is a symbolic link; remove it by hand")
    take_down(run, name, volumes=True)
    for each in (folder, run.store.app(name).own):
        if os.path.lexists(each):
            shutil.rmtree(each)
