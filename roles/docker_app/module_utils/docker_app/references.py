"""Paths of the host that Docker or Compose follows as root for an app: no container may choose where they lead.

What an app mounts, Compose itself says: nothing but Compose knows its interpolation. What Compose reads while it says so
(`env_file`, `label_file`) is resolved here, before Compose sees it.
"""

from __future__ import annotations

import os
import re
from typing import Any, Iterable, Iterator

from . import safe_files
from .bundle import COMPOSE, ENV
from .errors import AppError
from .store import OWN

# Linux gives up after as many links, too.
_MOST_LINKS = 40
# Options of a mount of the kind overlay: only what is written to is below `upperdir` and `workdir`.
_OVERLAY = re.compile(r"(lowerdir|upperdir|workdir)=(.+)")
# What the docker command and the engine go by: programs, plugins, settings. The home's `.docker` is one of them, too.
_OF_DOCKER = (
    "/bin",
    "/sbin",
    "/usr/bin",
    "/usr/sbin",
    "/usr/local/bin",
    "/usr/local/sbin",
    "/usr/lib/docker",
    "/usr/libexec/docker",
    "/usr/local/lib/docker",
    "/usr/local/libexec/docker",
    "/etc/docker",
)
_READ_BY_COMPOSE = ("env_file", "label_file")
_HERE = re.compile(r"\$(?:PWD(?![A-Za-z0-9_])|\{PWD\})")


class Paths:
    """Absolute paths that a container of an app may write to (`writable`), and all that are followed for the app."""

    def __init__(self, writable: Iterable[str] = (), followed: Iterable[str] = ()) -> None:
        self.writable = set(writable)
        self.followed = self.writable | set(followed)


def of(resolved: dict[str, Any], folder: str, place: str = "") -> Paths:
    """The paths of an app as Compose resolved them (`docker compose config --format json`).

    `place`: where it did so, and what it took for PWD where the app has no folder yet.
    """

    def absolute(path: str) -> str:
        # Compose writes each dollar sign of its result twice.
        path = _normal(os.path.join(folder, path.replace("$$", "$")))
        return folder + path[len(place) :] if place and holds(place, path) else path

    mounts = [(absolute(source), is_read_only) for source, is_read_only in _mounts(resolved)]
    return Paths(
        (source for source, is_read_only in mounts if not is_read_only),
        [*(source for source, _ in mounts), *map(absolute, _files(resolved))],
    )


def _normal(path: str) -> str:
    """An absolute path without `.`, `..` and doubled slashes, also at its beginning."""
    return "/" + os.path.normpath(path).lstrip("/")


def _mounts(resolved: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """Source of each bind mount, and whether it is read-only; also of those that a named volume or a device is."""
    for service in (resolved.get("services") or {}).values():
        for entry in service.get("volumes") or []:
            if entry.get("type") == "bind" and entry.get("source"):
                yield entry["source"], entry.get("read_only") is True
        for entry in service.get("devices") or []:
            source = entry.get("source") if isinstance(entry, dict) else str(entry).split(":")[0]
            # Others are names of the Container Device Interface. A device has nothing below it to write to.
            if source and source.startswith(("/", ".")):
                yield source, True
    for volume in (resolved.get("volumes") or {}).values():
        options = (volume or {}).get("driver_opts") or {}
        words = str(options.get("o") or "").split(",")
        # Of both, the last one counts.
        is_read_only = "ro" in words and "rw" not in words
        device = str(options.get("device") or "")
        if device.startswith(("/", ".")):
            yield device, is_read_only
        for word in words:
            overlay = _OVERLAY.fullmatch(word)
            for source in overlay[2].split(":") if overlay else ():
                yield source, overlay is not None and overlay[1] == "lowerdir"


def _files(resolved: dict[str, Any]) -> Iterator[str]:
    """Files that Compose reads, or mounts by other keys than `volumes`."""
    for section in ("configs", "secrets"):
        for each in (resolved.get(section) or {}).values():
            if isinstance(each, dict) and isinstance(each.get("file"), str):
                yield each["file"]
    for service in (resolved.get("services") or {}).values():
        for option in service.get("security_opt") or []:
            kind, _, value = str(option).replace(":", "=", 1).partition("=")
            if kind == "seccomp" and value not in ("", "unconfined", "builtin"):
                yield value


def without_files_read(model: dict[str, Any]) -> dict[str, Any]:
    """An app's file without the keys for which Compose reads other files while it resolves it."""
    services = {
        name: {key: value for key, value in service.items() if key not in _READ_BY_COMPOSE}
        for name, service in model["services"].items()
    }
    return {**model, "services": services}


def files_read(model: dict[str, Any], folder: str) -> list[str]:
    """Absolute paths of what Compose reads by itself; an AppError where only Compose knows which file that is."""
    found = []
    for name, service in sorted((model.get("services") or {}).items()):
        for key in _READ_BY_COMPOSE:
            given = service.get(key) or []
            for each in [given] if isinstance(given, str) else given:
                path = str(each.get("path") if isinstance(each, dict) else each)
                found.append(_resolved(path, folder, f"the `{key}` of the service `{name}`"))
    return found


def _resolved(path: str, folder: str, what: str) -> str:
    # Not `$$PWD`, which is a name with a dollar sign.
    parts = [_HERE.sub(lambda _: folder, part) for part in path.split("$$")]
    if any("$" in part for part in parts):
        raise AppError(
            f"{what}, `{path}`, has a variable in it; write the path as it is: `./NAME`, an absolute path, `${{PWD}}` or "
            "`~`, and `$$` for a dollar sign"
        )
    path = "$".join(parts)
    if path.startswith("~"):
        path = os.path.join(os.path.expanduser("~"), path[1:].lstrip("/"))
    return _normal(os.path.join(folder, path))


class Written:
    """What containers of the host may write to: below it, any link may be theirs."""

    def __init__(self, paths: Iterable[str]) -> None:
        # Who may write to `/` has no need of a link; and the system has its own, such as /var/run.
        listed = [path for path in paths if path != "/"]
        self._paths = {os.path.normpath(path) for path in listed} | {os.path.realpath(path) for path in listed}

    def has(self, folder: str) -> bool:
        """Whether a container could write to it."""
        return any(holds(each, folder) for each in self._paths)

    def refuse_link(self, path: str) -> str:
        """Where a path leads, links of the host's administrator followed; an AppError where a container made one.

        What is not there yet leads where its name says.
        """
        todo, here, links = path.split("/")[::-1], "/", 0
        while todo:
            part = todo.pop()
            if part in ("", "."):
                continue
            if part == "..":
                here = os.path.dirname(here)
                continue
            full = os.path.join(here, part)
            try:
                target = os.readlink(full)
            except OSError:
                # No link, or not there.
                here = full
                continue
            links += 1
            if self.has(here):
                raise AppError(
                    f"{full} is a symbolic link, and a container can change it, because {here} is or was mounted writable: remove it, "
                    "or write the path that it leads to"
                )
            if links > _MOST_LINKS:
                raise AppError(f"{path} leads through more than {_MOST_LINKS} symbolic links")
            here = "/" if target.startswith("/") else here
            todo += target.split("/")[::-1]
        return here


def holds(folder: str, path: str) -> bool:
    """Whether a folder is this path or above it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def refuse_folders(paths: Paths, root: str, names: Iterable[str]) -> None:
    """An AppError where a container could write what the role runs as root: an app's folder, the role's own one, Docker's."""
    top = os.path.normpath(root)
    own = os.path.join(top, OWN)
    tools = [*_OF_DOCKER, os.path.join(os.path.expanduser("~"), ".docker")]
    for source in sorted(paths.writable):
        for form in sorted({source, os.path.realpath(source)}):
            for base in {top, os.path.realpath(top)}:
                kept = [os.path.join(base, name) for name in sorted(set(names))]
                inside = [os.path.join(each, name) for each in kept for name in (COMPOSE, ENV)]
                found = next((each for each in [own, *kept, *inside] if holds(form, each)), None)
                states = [os.path.join(base, OWN), *(os.path.join(each, OWN) for each in kept)]
                found = found or next((each for each in states if holds(each, form)), None)
                found = found or next((each for each in tools if holds(each, form) or holds(form, each)), None)
                if found:
                    raise AppError(
                        f"a container could write to {found}, which the role uses as root, because {source} is mounted "
                        "writable; mount a folder in the app's folder, such as `./data`, or add `:ro`"
                    )


def read(path: str, root: str, written: Written) -> bytes | None:
    """The bytes of a file that Compose is to read; None where nothing is there.

    Raises AppError if it is not a regular file, or if a container could have chosen it. Below the root folder of the
    apps, every link is an error.
    """
    top = os.path.normpath(root)
    if path.startswith(top + "/"):
        written.refuse_link(path)
        return safe_files.read(top, os.path.relpath(path, top))
    return safe_files.read("/", written.refuse_link(path).lstrip("/"))
