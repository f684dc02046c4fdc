"""Which folders and files of the host a service mounts."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

# A mount of one file keeps the old file when a new one is renamed over it.
_FILE_ENDINGS = frozenset(["yml", "yaml", "json", "toml", "conf", "ini", "cfg", "txt", "env", "key", "pem", "crt"])


# Compose sets this variable to the app's folder; what stands after the name is for where it is not set.
_HERE = re.compile(r"\$(?:\{PWD(?:[:?+-][^}]*)?\}|PWD(?![A-Za-z0-9_]))")
STATE = ".nautobridge"


def sources(service: dict[str, Any], folder: str) -> Iterator[tuple[int, str]]:
    """Index and absolute source of each bind mount; `folder` is the app's."""
    for index, entry in enumerate(service.get("volumes") or []):
        source = _source(entry)
        if source:
            # A slash at the end says that it is a folder.
            yield index, posixpath.normpath(posixpath.join(folder, source)) + ("/" if source.endswith("/") else "")


def _source(entry: Any) -> str | None:
    if isinstance(entry, dict):
        source = entry.get("source") if entry.get("type") == "bind" else None
    else:
        source, found, _ = str(entry).partition(":")
        source = source if found else None
    # Anything else is a volume's name.
    return source if isinstance(source, str) and source.startswith(("/", ".", "~")) else None


def of_app_folder(service: dict[str, Any], folder: str) -> Iterator[int]:
    """Index of each mount by which a container could write what the role runs by: the app's folder or the role's state."""
    for index, entry in enumerate(service.get("volumes") or []):
        if isinstance(entry, dict):
            source = entry.get("source") if entry.get("type") == "bind" else None
            read_only = entry.get("read_only") is True
        else:
            # The source, then the path in the container, then options.
            source, *rest = _HERE.sub(lambda _: folder, str(entry)).split(":")
            source = source if rest else None
            read_only = any("ro" in each.split(",") for each in rest[1:])
        if isinstance(source, str) and not read_only and _is_app_folder(source, folder):
            yield index


def binds_app_folder(volume: Any, folder: str) -> bool:
    """Whether a named volume is a writable bind mount of the app's folder."""
    options = volume.get("driver_opts") if isinstance(volume, dict) else None
    if not isinstance(options, dict):
        return False
    device, words = options.get("device"), str(options.get("o", "")).split(",")
    return isinstance(device, str) and "ro" not in words and _is_app_folder(device, folder)


def _is_app_folder(source: str, folder: str) -> bool:
    source = _HERE.sub(lambda _: folder, source)
    if not source.startswith(("/", ".")):
        return False
    path = "/" + posixpath.normpath(posixpath.join(folder, source)).lstrip("/")
    root = posixpath.dirname(posixpath.normpath(folder))
    states = (posixpath.join(root, STATE), posixpath.join(folder, STATE))
    return holds(path, posixpath.normpath(folder)) or any(holds(path, each) or holds(each, path) for each in states)


def looks_like_file(source: str) -> bool:
    """Whether the last part of a path has the ending of a file that programs read."""
    name, _, ending = posixpath.basename(source).rpartition(".")
    return ending in _FILE_ENDINGS and bool(name or ending == "env")


def holds(source: str, path: str) -> bool:
    """Whether a mounted source is this path or a folder above it."""
    return path == source or path.startswith(source.rstrip("/") + "/")
