"""Paths of a Compose file that Docker follows as root: a container must not turn one of them into a link to elsewhere."""

from __future__ import annotations

import os
from typing import Any, Iterable, Iterator

from . import safe_files


def writable(models: Iterable[dict[str, Any]], root: str) -> set[str]:
    """Absolute paths of the host that containers of these apps may write to."""
    return {
        source
        for model in models
        for source, is_read_only in _mounts(model, os.path.join(root, str(model["name"])))
        if not is_read_only
    }


def refuse_links(model: dict[str, Any], root: str, written: set[str]) -> None:
    """An AppError where a path in an app's file is a link, or leads through one, that a container could have made."""
    root = os.path.normpath(root)
    folder = os.path.join(root, str(model["name"]))
    written = written | writable([model], root)
    mounted = {source for source, _ in _mounts(model, folder)}
    for path in sorted(mounted | set(_files(model, folder))):
        # A mount of a folder as it is was made by whoever owns what is above it.
        above = [each for each in written if path.startswith(each.rstrip("/") + "/") and each != path]
        if above and path.startswith(root + "/"):
            safe_files.refuse_link(root, os.path.relpath(path, root))


def _mounts(model: dict[str, Any], folder: str) -> Iterator[tuple[str, bool]]:
    """Absolute source of each bind mount, and whether it is read-only."""
    for service in (model.get("services") or {}).values():
        for entry in service.get("volumes") or []:
            if isinstance(entry, dict):
                source = entry.get("source") if entry.get("type") == "bind" else None
                is_read_only = entry.get("read_only") is True
            else:
                source, *rest = str(entry).split(":")
                is_read_only = any("ro" in each.split(",") for each in rest[1:])
                source = source if rest else None
            if isinstance(source, str) and source.startswith(("/", ".")):
                yield os.path.normpath(os.path.join(folder, source)), is_read_only


def _files(model: dict[str, Any], folder: str) -> Iterator[str]:
    """Absolute paths of the files that Compose reads or mounts by other keys."""
    for section in ("configs", "secrets"):
        for each in (model.get(section) or {}).values():
            if isinstance(each, dict) and isinstance(each.get("file"), str):
                yield os.path.normpath(os.path.join(folder, each["file"]))
    for service in (model.get("services") or {}).values():
        for key in ("env_file", "label_file"):
            given = service.get(key) or []
            for each in [given] if isinstance(given, str) else given:
                path = each["path"] if isinstance(each, dict) else each
                yield os.path.normpath(os.path.join(folder, str(path)))
