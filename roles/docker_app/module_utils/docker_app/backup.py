"""Backups and hooks around a change."""

from __future__ import annotations

import datetime
import glob
import os
from typing import TYPE_CHECKING, Any

from .docker import last_lines
from .errors import AppError

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
    paths = [os.path.normpath(os.path.join(kept.folder, path)) for path in wanted.get("paths", [])]
    # What is not there yet needs no backup.
    there = [path for path in paths if os.path.lexists(path)]
    if there:
        _archive(run, there, kept)


def _archive(run: Run, paths: list[str], kept: AppStore) -> None:
    folder = _folder(kept)
    os.makedirs(folder, 0o700, exist_ok=True)
    stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%S.%fZ")
    target, temporary = os.path.join(folder, stamp + ".tar.gz"), os.path.join(folder, ".partial")
    handle = os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    os.close(handle)
    names = [path.lstrip("/") for path in paths]
    # The backups' own folder, where the whole app is saved.
    leave_out = "--exclude=" + folder.lstrip("/")
    code, out, err = run.docker.command(
        ["tar", "--create", "--gzip", "--file", temporary, "--directory", "/", leave_out, "--", *names],
        timeout=_TIMEOUT,
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


def _folder(kept: AppStore) -> str:
    return os.path.join(kept.own, "backups")


def _saved(kept: AppStore) -> list[str]:
    """The oldest first."""
    return sorted(glob.glob(os.path.join(glob.escape(_folder(kept)), "*.tar.gz")))
