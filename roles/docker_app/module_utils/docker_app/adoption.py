"""Compose projects that were made by hand and are taken over: what lay in the way of our files, and the way back."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from . import safe_files
from .docker import Container
from .errors import AppError
from .store import read, write_atomically

if TYPE_CHECKING:
    from .deploy import Deployment

_TIMEOUT = 300


def keep_replaced(deployment: Deployment) -> None:
    """What lies in the place of our files, and is not ours, is put aside."""
    folder = deployment.kept.folder
    for path, entry in deployment.bundle.entries.items():
        there = safe_files.read(folder, path)
        if there is not None and there != entry.data:
            aside = _aside(deployment, path)
            os.makedirs(os.path.dirname(aside), 0o700, exist_ok=True)
            write_atomically(aside, there)
            deployment.run.notes.append(f"{deployment.name}: {path} was there before; it is kept as {aside}")


def former(deployment: Deployment) -> Container | None:
    """A container of the project as it was before anything of it was ours."""
    own = (each for each in deployment.run.containers if each.project == deployment.name and not each.is_managed)
    return next(own, None) if not deployment.recorded else None


def give_back(deployment: Deployment, container: Container) -> None:
    """Bring the project back with its own files, and forget that it was taken over; an AppError when it does not start."""
    folder = deployment.kept.folder
    for path, entry in deployment.bundle.entries.items():
        full, before = os.path.join(folder, path), read(_aside(deployment, path))
        if before is not None:
            safe_files.write_all(folder, [(path, before, 0o600, None)])
            continue
        there = safe_files.find_ours(folder, path)
        if there is not None and there.data == entry.data and full not in container.config_files:
            safe_files.remove(folder, path)
    os.unlink(os.path.join(deployment.kept.own, "state.json"))
    files = [word for each in container.config_files for word in ("--file", each)]
    command = ["compose", "--project-name", deployment.name, "--project-directory", container.working_dir, *files]
    try:
        deployment.run.docker.change(*command, "up", "--detach", "--remove-orphans", timeout=_TIMEOUT)
    except (AppError, OSError) as failed:
        raise AppError(f"`docker compose up` in {container.working_dir} failed: {failed}") from None


def _aside(deployment: Deployment, path: str) -> str:
    return os.path.join(deployment.kept.own, "replaced", path)
