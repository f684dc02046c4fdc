"""Which folders and files of the host a service mounts."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

# A mount of one file keeps the old file when a new one is renamed over it.
_FILE_ENDINGS = frozenset(["yml", "yaml", "json", "toml", "conf", "ini", "cfg", "txt", "env", "key", "pem", "crt"])


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


def looks_like_file(source: str) -> bool:
    """Whether the last part of a path has the ending of a file that programs read."""
    name, _, ending = posixpath.basename(source).rpartition(".")
    return ending in _FILE_ENDINGS and bool(name or ending == "env")


def holds(source: str, path: str) -> bool:
    """Whether a mounted source is this path or a folder above it."""
    return path == source or path.startswith(source.rstrip("/") + "/")
