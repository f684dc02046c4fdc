"""Files of the control node that apps may use: regular ones below a folder that the operator chose, and no others."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path

LIMIT = 10 * 1024 * 1024
# How ansible-vault begins a file, and how Ansible knows it.
_VAULT = b"$ANSIBLE_VAULT"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class SourceError(Exception):
    """Why a file may not be read, or cannot be."""


def problem(path: str) -> str | None:
    """What is wrong with a path that is to be relative to a folder of the project; None where nothing is."""
    if not path:
        return "is empty"
    if path.startswith("/"):
        return "is an absolute path"
    if path.startswith("~"):
        return "begins with `~`"
    if ".." in path.split("/"):
        return "has `..` in it"
    if _CONTROL.search(path):
        return "has a control character in it"
    return None


def beside(playbooks: str, name: str) -> list[str]:
    """Where a project has such a file or folder: beside the playbook, or beside its folder `playbooks/`."""
    here = Path(playbooks)
    folders = [here, here.parent] if here.name == "playbooks" else [here]
    return [str(folder / name) for folder in folders]


def resolve(folders: Iterable[str], path: str) -> str:
    """The regular file of this path in the first of the folders that has it, every link followed.

    A SourceError where it is none, is too large, or where a link leads out of its folder.
    """
    tried = list(folders)
    for folder in tried:
        top = Path(folder).resolve()
        if not os.path.lexists(top / path):
            continue
        # A circle of links is an error of its own.
        real = os.path.realpath(top / path)
        if not Path(real).is_relative_to(top):
            raise SourceError(f"{Path(folder) / path} leads out of {folder} to {real}")
        _open(real).close()
        return real
    raise SourceError(f"not found in {' or '.join(tried)}")


def read(path: str) -> bytes:
    """The bytes of a path that `resolve` gave."""
    with _open(path) as file:
        data = file.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise SourceError(f"{path} is larger than {LIMIT // 1024 // 1024} MiB")
    return data


def is_vaulted(path: str) -> bool:
    """Whether ansible-vault encrypted the file of a path that `resolve` gave."""
    with _open(path) as file:
        return file.read(len(_VAULT)) == _VAULT


def _open(path: str):  # noqa: ANN202  A buffered reader, of a type that only typing's private parts name.
    """Open a regular file, and nothing that could block, such as a FIFO or a device."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as failed:
        raise SourceError(f"{path} cannot be read: {failed.strerror}") from None
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode) or found.st_size > LIMIT:
        os.close(handle)
        wrong = "is not a regular file"
        if stat.S_ISREG(found.st_mode):
            wrong = f"is larger than {LIMIT // 1024 // 1024} MiB"
        raise SourceError(f"{path} {wrong}")
    return os.fdopen(handle, "rb")


def existing(paths: Iterable[str]) -> str | None:
    """The first of these paths that is there."""
    return next((path for path in paths if Path(path).exists()), None)
