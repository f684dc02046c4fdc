"""Files below a folder that containers may write to: no link is followed, only regular files are opened, and sizes are bounded.

Every folder on the way is opened by its descriptor, so that nothing can be exchanged between a look and a step.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from typing import Callable, Iterable, Iterator

from .errors import AppError

LIMIT = 64 * 1024 * 1024
TEMPORARY = ".nautobridge-"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_KINDS = (
    (stat.S_ISLNK, "a symbolic link"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
)


class Found:
    """A regular file that was read."""

    def __init__(self, data: bytes, about: os.stat_result) -> None:
        self.data = data
        self.mode = stat.S_IMODE(about.st_mode)
        self.uid = about.st_uid
        self.gid = about.st_gid


@contextlib.contextmanager
def parent(top: str, path: str, mode: int | None = None) -> Iterator[tuple[int, str]]:
    """Descriptor of the folder that a path below `top` is in, and the last part of the path.

    With a mode, folders that are missing are made. `top` itself is the role's, and may be a link.
    """
    parts = os.path.normpath(path).split("/")
    if os.path.isabs(path) or ".." in parts or parts == ["."]:
        raise AppError(f"`{path}` is not a path below {top}")
    handle = os.open(top, _FOLDER)
    try:
        for index, part in enumerate(parts[:-1]):
            inner = _step(handle, part, mode, os.path.join(top, *parts[: index + 1]))
            os.close(handle)
            handle = inner
        yield handle, parts[-1]
    finally:
        os.close(handle)


def _step(handle: int, part: str, mode: int | None, full: str) -> int:
    """Descriptor of a folder in a folder."""
    made = False
    if mode is not None:
        with contextlib.suppress(FileExistsError):
            os.mkdir(part, 0o700, dir_fd=handle)
            made = True
    try:
        inner = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=handle)
    except FileNotFoundError:
        raise
    except OSError:
        there = os.stat(part, dir_fd=handle, follow_symlinks=False)
        if stat.S_ISDIR(there.st_mode):
            raise
        raise AppError(f"{full} is {kind(there)}; expected a folder, and links are not followed: remove it") from None
    if made and mode is not None:
        os.fchmod(inner, mode)
    return inner


def kind(about: os.stat_result) -> str:
    """What is there in the place of a regular file."""
    return next((name for is_it, name in _KINDS if is_it(about.st_mode)), "a device")


def find(top: str, path: str) -> Found | None:
    """A regular file; None where nothing is there, and an AppError where something else is."""
    try:
        with parent(top, path) as (folder, name):
            there = os.stat(name, dir_fd=folder, follow_symlinks=False)
            _expect_regular(there, top, path)
            # It may be another one by now: what was opened is looked at again.
            handle = os.open(name, _READ, dir_fd=folder)
            with os.fdopen(handle, "rb") as file:
                there = os.fstat(handle)
                _expect_regular(there, top, path)
                data = file.read(LIMIT + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if len(data) > LIMIT:
        raise AppError(f"{os.path.join(top, path)} is larger than {LIMIT // 1024 // 1024} MiB")
    return Found(data, there)


def _expect_regular(there: os.stat_result, top: str, path: str) -> None:
    if not stat.S_ISREG(there.st_mode):
        raise AppError(f"{os.path.join(top, path)} is {kind(there)}; expected a regular file: remove it")
    if there.st_size > LIMIT:
        raise AppError(f"{os.path.join(top, path)} is larger than {LIMIT // 1024 // 1024} MiB")


def read(top: str, path: str) -> bytes | None:
    """A regular file's bytes; None where nothing is there, and an AppError where something else is."""
    found = find(top, path)
    return None if found is None else found.data


def find_ours(top: str, path: str) -> Found | None:
    """The same for a file that the role would replace anyway: whatever else is in its place counts as nothing."""
    try:
        return find(top, path)
    except (AppError, OSError):
        return None


def write_all(
    top: str,
    files: list[tuple[str, bytes, int, tuple[int, int] | None]],
    folder_mode: Callable[[str], int] = lambda _: 0o755,
) -> None:
    """Write files: path, bytes, mode, and uid with gid. Links and other things in their places are replaced.

    Each is written whole under another name before the first one takes its place: a full disk leaves the old ones.
    """
    written: list[tuple[int, str, str]] = []
    with contextlib.ExitStack() as stack:
        try:
            for path, data, mode, owner in files:
                folder, name = stack.enter_context(parent(top, path, folder_mode(path)))
                _refuse_folder(folder, name, os.path.join(top, path))
                temporary = TEMPORARY + secrets.token_hex(8)
                handle = os.open(temporary, _CREATE, 0o600, dir_fd=folder)
                written.append((folder, temporary, name))
                _fill(handle, data, mode, owner)
            while written:
                folder, temporary, name = written[0]
                os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
                written.pop(0)
        except BaseException:
            for folder, temporary, _ in written:
                with contextlib.suppress(OSError):
                    os.unlink(temporary, dir_fd=folder)
            raise


def _refuse_folder(folder: int, name: str, full: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            raise AppError(f"{full} is a folder; Docker makes one for a mount whose source is missing: remove it")


def _fill(handle: int, data: bytes, mode: int, owner: tuple[int, int] | None) -> None:
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fchmod(handle, mode)
        if owner:
            os.fchown(handle, owner[0], owner[1])
        os.fsync(handle)


def remove(top: str, path: str) -> None:
    """Remove a file, or a link, or whatever else is no folder; it may be gone already."""
    with contextlib.suppress(OSError, AppError), parent(top, path) as (folder, name):
        os.unlink(name, dir_fd=folder)


def sweep(top: str, paths: Iterable[str]) -> None:
    """Remove what a run that was killed left half written beside these files."""
    for folder in sorted({os.path.dirname(os.path.normpath(path)) for path in paths}):
        with contextlib.suppress(OSError, AppError), parent(top, os.path.join(folder, "x")) as (handle, _):
            for name in os.listdir(handle):
                if name.startswith(TEMPORARY):
                    with contextlib.suppress(OSError):
                        os.unlink(name, dir_fd=handle)
