"""What is done only when it is asked for: going back to an earlier good state, and purging."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from . import backup, converge, deploy, removal
from .errors import AppError, HostError
from .results import FAILED, PLANNED, PURGED, ROLLED_BACK, Result

if TYPE_CHECKING:
    from .run import Run


def roll_back(run: Run, names: list[str]) -> None:
    """Bring back the good state before the current one, of each of these apps that the host has."""
    run.docker.has_compose()
    for name in names:
        kept, started = run.store.app(name), time.monotonic()
        state = kept.state()
        if not state:
            run.notes.append(f"{name} was never deployed here")
            continue
        if state.get("state") == "absent":
            run.record(name, Result(FAILED, error="the app is absent; a rollback would bring it up", started=started))
            continue
        earlier = state.get("previous")
        if earlier not in kept.listed():
            run.record(name, Result(FAILED, error="there is no earlier good state to go back to", started=started))
            continue
        reasons = [f"rollback to {earlier} was asked for"]
        try:
            if not run.check_mode:
                if name in run.projects:
                    backup.make(run, run.projects[name], kept)
                deploy.restore(run, name, earlier)
                if name in run.projects:
                    backup.expire(run.projects[name], kept)
            run.record(name, Result(PLANNED if run.check_mode else ROLLED_BACK, reasons, started=started))
        except (AppError, HostError, OSError) as failed:
            run.record(
                name, Result(FAILED, reasons, _forward_again(run, name, state, str(failed)), started, touched=True)
            )


def _forward_again(run: Run, name: str, state: dict[str, Any], error: str) -> str:
    """After a rollback that failed: what ran before it. What to tell."""
    if state.get("state") != "present" or state.get("bundle") not in run.store.app(name).listed():
        return error
    try:
        deploy.restore(run, name, state["bundle"])
    except (AppError, HostError, OSError) as problem:
        return f"{error}\nGoing forward to {state['bundle']} again failed, too: {problem}"
    return f"{error}\nWhat ran before the rollback ({state['bundle']}) runs again."


def purge(run: Run, names: list[str]) -> None:
    """Remove apps with their volumes and folders: those of ours that nobody declares, or that are to be absent."""
    for name in names:
        # Before any is removed: none of them may be anything but an app's name.
        run.store.app(name)
    declared = [name for name in names if run.projects.get(name, {}).get("state", "absent") != "absent"]
    if declared:
        raise HostError(
            f"`{declared[0]}` is declared for this host; only what is absent or no longer declared is purged"
        )
    for name in names:
        started = time.monotonic()
        if not run.store.app(name).state() and not any(
            each.is_ours and each.project == name for each in run.containers
        ):
            run.notes.append(f"{name} was never deployed here")
            continue
        reasons = ["purge was asked for"]
        try:
            converge.refuse_foreign(run, name)
            if not run.check_mode:
                removal.purge(run, name)
            run.record(name, Result(PLANNED if run.check_mode else PURGED, reasons, started=started))
        except (AppError, OSError) as failed:
            run.record(name, Result(FAILED, reasons, str(failed), started, touched=True))
