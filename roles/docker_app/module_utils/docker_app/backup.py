"""Backups and hooks around a change."""

from __future__ import annotations

import contextlib
import datetime
import glob
import os
import re
from typing import TYPE_CHECKING, Any

from . import safe_files
from .docker import last_lines
from .errors import AppError
from .store import OWN

if TYPE_CHECKING:
    from .run import Run
    from .store import AppStore

KEEP = 3
_TIMEOUT = 3600


def hook(run: Run, folder: str, when: str, command: str) -> None:
    """Run a command of the app's data in its folder; it must exit with 0."""
    code, out, err = run.docker.command(["/bin/sh", "-c", command], folder=folder, timeout=_TIMEOUT, holds=False)
    if code:
        raise AppError(f"the {when} hook `{command}` exited with {code}: {last_lines(err or out)}")


def make(run: Run, project: dict[str, Any], kept: AppStore) -> None:
    """Put what the app wants to have saved into one tar."""
    wanted = project["backup"]
    if not wanted:
        return
    pre = wanted.get("pre", [])
    for command in [pre] if isinstance(pre, str) else pre:
        hook(run, kept.folder, "backup.pre", command)
    with contextlib.ExitStack() as stack:
        found = [_source(stack, run, kept, path) for path in wanted.get("paths", [])]
        # What is not there yet needs no backup.
        there = [each for each in found if each]
        if there:
            _archive(run, there, kept)


class _Source:
    """A path to save: the name that tar reads it by, and what the archive shows in the place of its beginning."""

    def __init__(self, name: str, handle: int | None = None, shown: str = "") -> None:
        self.name = name
        self.handle = handle
        self.shown = shown


def _source(stack: contextlib.ExitStack, run: Run, kept: AppStore, path: str) -> _Source | None:
    """Of a path below the apps' root, the folder that it is in is opened without following a link.

    Of others, links above that are the administrator's are followed, and those that a container could have made are not.
    """
    full, root = os.path.normpath(os.path.join(kept.folder, path)), os.path.normpath(kept.store.root)
    if not full.startswith(root + "/"):
        run.written().refuse_link(os.path.dirname(full))
        return _Source(full.lstrip("/")) if os.path.lexists(full) else None
    try:
        handle, name = stack.enter_context(safe_files.parent(root, os.path.relpath(full, root)))
        os.stat(name, dir_fd=handle, follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return _Source(f"proc/self/fd/{handle}/{name}", handle, os.path.dirname(full).lstrip("/"))


def _archive(run: Run, sources: list[_Source], kept: AppStore) -> None:
    folder = _folder(kept)
    os.makedirs(folder, 0o700, exist_ok=True)
    stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%S.%fZ")
    target, temporary = os.path.join(folder, stamp + ".tar.gz"), os.path.join(folder, ".partial")
    handle = os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    os.close(handle)
    opened = [each for each in sources if each.handle is not None]
    # `S`: not in what links lead to.
    words = [f"--transform=s,^proc/self/fd/{each.handle}/,{_escaped(each.shown)}/,S" for each in opened]
    # The role's own folders, where all apps or a whole app are saved.
    root = os.path.normpath(kept.store.root).lstrip("/")
    words += [f"--exclude={each.name}/{OWN}" for each in opened if each.shown == root]
    words += ["--exclude=" + kept.store.own.lstrip("/")]
    code, out, err = run.docker.command(
        ["tar", "--create", "--gzip", "--file", temporary, "--directory", "/", *words, "--"]
        + [each.name for each in sources],
        timeout=_TIMEOUT,
        handles=tuple(each.handle for each in opened if each.handle is not None),
    )
    # 1: a file changed while it was read, as files of running programs do; `backup.pre` is for those that mind.
    if code not in (0, 1):
        os.unlink(temporary)
        raise AppError(f"the backup failed, so the app was not touched: {last_lines(err or out)}")
    # Of the attempts since it was well last, the first one's is of good data, and the last one's of what came of it.
    since = kept.kept_since((kept.state() or {}).get("bundle"))
    for path in [path for path in _saved(kept) if os.path.getmtime(path) > since][1:]:
        os.unlink(path)
    os.replace(temporary, target)


def expire(project: dict[str, Any], kept: AppStore) -> None:
    """Drop the oldest backups, now that the app is well: a deployment that fails must not push out a good one."""
    for path in _saved(kept)[: -project["backup"].get("keep", KEEP)]:
        os.unlink(path)


def _escaped(text: str) -> str:
    """A replacement of tar's --transform that stands for itself."""
    return re.sub(r"([\\\\,&])", r"\\\1", text)


def _folder(kept: AppStore) -> str:
    return os.path.join(kept.own, "backups")


def _saved(kept: AppStore) -> list[str]:
    """The oldest first."""
    return sorted(glob.glob(os.path.join(glob.escape(_folder(kept)), "*.tar.gz")))
