"""Compose projects that were made by hand and are taken over: what lay in the way of our files, and the way back."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from . import references, safe_files
from .bundle import ENV
from .docker import CONFIG_FILES, WORKING_DIR, Container
from .errors import AppError
from .store import read, write_atomically

if TYPE_CHECKING:
    from .deploy import Deployment

_TIMEOUT = 300
# States of a container that was not stopped by hand.
_RAN = ("running", "restarting", "paused")


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


def former(deployment: Deployment) -> list[Container]:
    """The containers of the project as it was before anything of it was ours."""
    own = [each for each in deployment.run.containers if each.project == deployment.name and not each.is_managed]
    return own if not deployment.recorded else []


def give_back(deployment: Deployment, before: list[Container]) -> None:
    """Bring the project back with its own files, and forget that it was taken over; an AppError when it does not start."""
    folder = deployment.kept.folder
    named = {path for each in before for path in each.config_files}
    for path, entry in deployment.bundle.entries.items():
        full, aside = os.path.join(folder, path), read(_aside(deployment, path))
        if aside is not None:
            safe_files.write_all(folder, [(path, aside, 0o600, None)])
            continue
        there = safe_files.find_ours(folder, path)
        if there is not None and there.data == entry.data and full not in named:
            safe_files.remove(folder, path)
    os.unlink(os.path.join(deployment.kept.own, "state.json"))
    try:
        _start(deployment, before)
    except OSError as failed:
        raise AppError(str(failed)) from None


def _start(deployment: Deployment, before: list[Container]) -> None:
    """Start the containers that were there; Compose makes them anew where it has replaced one of them meanwhile."""
    docker, name, notes = deployment.run.docker, deployment.name, deployment.run.notes
    known, there = {each.id for each in before}, docker.containers(deployment.name)
    ours = [each.id for each in there if each.id not in known]
    if known <= {each.id for each in there}:
        if ours:
            docker.change("stop", *ours, timeout=_TIMEOUT)
            docker.change("rm", *ours, timeout=_TIMEOUT)
        ran = [each.id for each in before if each.state in _RAN]
        if ran:
            docker.change("start", *ran, timeout=_TIMEOUT)
        notes.append(f"{name}: the containers that were there before were started again")
        return
    try:
        folder, files = _files(deployment, before)
    except AppError:
        if ours:
            docker.change("stop", *ours, timeout=_TIMEOUT)
        raise
    words = [word for each in files for word in ("--file", each)]
    command = ["compose", "--project-name", name, "--project-directory", folder, *words]
    try:
        docker.change(*command, "up", "--detach", "--remove-orphans", timeout=_TIMEOUT)
    except AppError as failed:
        raise AppError(f"`docker compose up` in {folder} failed: {failed}") from None
    notes.append(f"{name}: Compose made the containers that were there before anew, of {', '.join(files)}")


def _files(deployment: Deployment, before: list[Container]) -> tuple[str, list[str]]:
    """The project's folder and its Compose files, as Compose wrote them into the labels of its containers.

    An AppError where an image could have said so, whose labels are those of its containers, too; or where a container
    could have written what Compose is to read.
    """
    run = deployment.run
    images = run.docker.images({each.image_id for each in before})
    for each in before:
        image = images.get(each.image_id)
        if image is None or {WORKING_DIR, CONFIG_FILES} & set(image.labels):
            continue
        folder, files = each.working_dir, each.config_files
        if files and all(path.startswith("/") for path in [folder, *files]):
            break
    else:
        raise AppError(
            "its containers were replaced, and nothing that Compose wrote says of which files it was; start it by hand"
        )
    written = run.written()
    for path in [*files, os.path.join(folder, ENV)]:
        if written.has(written.refuse_link(path)):
            raise AppError(
                f"its containers were replaced, and a container can write to {path}; look at it, and start it by hand"
            )
        references.read(path, run.store.root, written)
    return folder, files


def _aside(deployment: Deployment, path: str) -> str:
    return os.path.join(deployment.kept.own, "replaced", path)
