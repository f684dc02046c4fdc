"""Which folders and files of the host a service mounts."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from typing import Any

# A mount of one file keeps the old file when a new one is renamed over it.
_FILE_ENDINGS = frozenset(["yml", "yaml", "json", "toml", "conf", "ini", "cfg", "txt", "env", "key", "pem", "crt"])


STATE = ".nautobridge"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BRACE = re.compile(r"^\{|\$\{|\}")
# Defaults within defaults.
_DEEPEST = 20
# Longer text is no path.
_LONGEST = 16 * 1024


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


def binds(service: dict[str, Any], folder: str) -> Iterator[tuple[int, str, bool]]:
    """Index and absolute source of each bind mount, as far as it can be resolved here; and whether it is read-only."""
    for index, entry in enumerate(service.get("volumes") or []):
        if isinstance(entry, dict):
            source = entry.get("source") if entry.get("type") == "bind" else None
            source = resolved(source, folder) if isinstance(source, str) else None
            read_only = entry.get("read_only") is True
        else:
            # The source, then the path in the container, then options.
            source, *rest = resolved(str(entry), folder).split(":")
            # Anything else is a volume's name.
            source = source if rest and source.startswith(("/", ".", "~")) else None
            read_only = is_read_only(word for each in rest[1:] for word in each.split(","))
        if source:
            yield index, _absolute(source, folder), read_only


def writes_to(service: dict[str, Any], folder: str, kept: list[str]) -> Iterator[tuple[int, str]]:
    """Index of each writable mount that reaches what the role uses (`used_by_role`), and what that is."""
    for index, source, read_only in binds(service, folder):
        found = None if read_only else reached(source, kept)
        if found:
            yield index, found


def volume_writes_to(volume: Any, folder: str, kept: list[str]) -> str | None:
    """The same for a named volume, whose options may make it a bind mount."""
    options = volume.get("driver_opts") if isinstance(volume, dict) else None
    if not isinstance(options, dict):
        return None
    device, words = options.get("device"), resolved(str(options.get("o", "")), folder).split(",")
    device = resolved(device, folder) if isinstance(device, str) and not is_read_only(words) else ""
    return reached(_absolute(device, folder), kept) if device.startswith(("/", ".", "~")) else None


def is_read_only(words: Iterable[str]) -> bool:
    """Whether options of a mount make it read-only: not where they say both, for the last of them counts."""
    said = set(words)
    return "ro" in said and "rw" not in said


def used_by_role(root: str, apps: Iterable[str]) -> list[str]:
    """What the role runs as root, or goes by: no container may write to it, to what is above it, or within a state."""
    found = [_normal(posixpath.join(root, STATE))]
    for app in apps:
        folder = _normal(posixpath.join(root, app))
        found += [folder, *(posixpath.join(folder, name) for name in ("compose.yaml", ".env", STATE))]
    return found


def reached(path: str, kept: list[str]) -> str | None:
    """What of the role's own (`used_by_role`) a mounted path is, is above, or is within the state of."""
    return next(
        (each for each in kept if holds(path, each) or (posixpath.basename(each) == STATE and holds(each, path))), None
    )


def _absolute(source: str, folder: str) -> str:
    # Root's home directory on the host is a folder in `/`. Its name is not known here, so `~` stands for it.
    return _normal(f"/~/{source[1:]}" if source.startswith("~") else posixpath.join(folder, source))


def _normal(path: str) -> str:
    return "/" + posixpath.normpath(path).lstrip("/")


def resolved(text: str, folder: str, depth: int = 0) -> str:
    """Text as Compose would interpolate it, where it sets PWD to the app's folder, and nothing sets any other variable.

    The host looks again at what Compose itself makes of it: this is to find mistakes before anything is deployed.
    """
    done, rest = "", text
    while "$" in rest and len(text) <= _LONGEST:
        before, _, rest = rest.partition("$")
        done += before
        inner = _braced(rest) or ""
        if rest.startswith("$"):
            done += "$"
            rest = rest[1:]
        elif _name(inner):
            rest = rest[len(inner) + 2 :]
            done += _value(inner, folder, depth)
        else:
            name = _name(rest)
            rest = rest[len(name) :]
            done += {"": "$", "PWD": folder}.get(name, "")
    return done + rest


def _value(inner: str, folder: str, depth: int) -> str:
    """What `${…}` stands for: the default, if it has one."""
    name = _name(inner)
    if name == "PWD":
        return folder
    default = inner[len(name) :].removeprefix(":")
    return resolved(default[1:], folder, depth + 1) if default.startswith("-") and depth < _DEEPEST else ""


def _name(text: str) -> str:
    """The name of a variable that a text begins with; empty where there is none."""
    found = _NAME.match(text)
    return found[0] if found else ""


def _braced(text: str) -> str | None:
    """What stands between `{` and the `}` that belongs to it; None where there is none."""
    if not text.startswith("{"):
        return None
    depth = 0
    for found in _BRACE.finditer(text):
        depth += 1 if found[0] != "}" else -1
        if depth == 0:
            return text[1 : found.start()]
    return None


def looks_like_file(source: str) -> bool:
    """Whether the last part of a path has the ending of a file that programs read."""
    name, _, ending = posixpath.basename(source).rpartition(".")
    return ending in _FILE_ENDINGS and bool(name or ending == "env")


def holds(source: str, path: str) -> bool:
    """Whether a mounted source is this path or a folder above it."""
    return path == source or path.startswith(source.rstrip("/") + "/")
