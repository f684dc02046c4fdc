"""What the role keeps on a host: its lock, its key, and for each app what was deployed."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import glob
import hashlib
import hmac
import json
import os
import re
import shutil
import stat
import tempfile
import time
from typing import Any, Iterable

from .errors import HostError

OWN = ".nautobridge"
_TEMPORARY = ".nautobridge-"
# As config_context_schemas/app_list.yml has it.
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


def write_atomically(path: str, data: bytes, mode: int = 0o600, owner: tuple[int, int] | None = None) -> None:
    """All of a file or nothing of it; `owner` is uid and gid."""
    write_all([(path, data, mode, owner)])


def write_all(files: list[tuple[str, bytes, int, tuple[int, int] | None]]) -> None:
    """The same for several: each is written whole under another name before the first one takes its place."""
    written = []
    try:
        for path, data, mode, owner in files:
            handle, temporary = tempfile.mkstemp(prefix=_TEMPORARY, dir=os.path.dirname(path))
            written.append((temporary, path))
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(file.fileno(), mode)
                if owner:
                    os.fchown(file.fileno(), owner[0], owner[1])
                os.fsync(file.fileno())
        for temporary, path in written:
            os.replace(temporary, path)
    except BaseException:
        for temporary, _ in written:
            _remove(temporary)
        raise


def sweep(folders: Iterable[str]) -> None:
    """Remove what a run that was killed left half written."""
    for folder in folders:
        for path in glob.glob(os.path.join(glob.escape(folder), _TEMPORARY + "*")):
            _remove(path)


def read(path: str) -> bytes | None:
    """A file's bytes; None where there is none, or a folder in its place."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


class Store:
    """The folder of a host."""

    def __init__(self, root: str, check_mode: bool = False) -> None:
        self.root = root
        self.own = os.path.join(root, OWN)
        self.check_mode = check_mode
        self._key: bytes | None = None
        self._log_mode = "w"

    def prepare(self) -> None:
        """Make the folders."""
        if not self.check_mode:
            os.makedirs(self.root, 0o755, exist_ok=True)
            os.makedirs(self.own, 0o700, exist_ok=True)

    def lock(self, timeout: int, owner: str) -> int | None:
        """Take the host's lock; it is the kernel's and goes with the process, however that ends. Returns its descriptor.

        A check takes it, too, shared with other checks: what it reads is nobody's half of a deployment.
        """
        path = os.path.join(self.own, "lock")
        try:
            handle = os.open(path, os.O_RDONLY if self.check_mode else os.O_RDWR | os.O_CREAT, 0o600)
        except FileNotFoundError:
            return None
        kind = fcntl.LOCK_SH if self.check_mode else fcntl.LOCK_EX
        deadline = time.monotonic() + timeout
        while True:
            try:
                fcntl.flock(handle, kind | fcntl.LOCK_NB)
                break
            except OSError as problem:
                if problem.errno not in (errno.EAGAIN, errno.EACCES):
                    raise
                if time.monotonic() >= deadline:
                    holder = os.pread(handle, 200, 0).decode("utf-8", "replace").strip() or "another run"
                    raise HostError(
                        f"{holder} has held {path} for {timeout} seconds (`fuser -v {path}` shows who does); try again later"
                    ) from None
                time.sleep(0.2)
        if not self.check_mode:
            os.ftruncate(handle, 0)
            os.pwrite(handle, owner.encode(), 0)
        return handle

    def log(self, text: str) -> None:
        """Add a line to the host's log, which is of the last run that had something to do."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        mode, self._log_mode = self._log_mode, "a"
        # A full disk is told by what really needs it.
        with contextlib.suppress(OSError), open(os.path.join(self.own, "log"), mode, encoding="utf-8") as file:
            file.write(f"{stamp} {text}\n")

    def sum(self, *parts: Any) -> str:
        """A keyed hash: tells a change of a secret, and nothing of the secret."""
        if self._key is None:
            path = os.path.join(self.own, "key")
            self._key = read(path)
            if self._key is None:
                self._key = os.urandom(32)
                if not self.check_mode:
                    write_atomically(path, self._key)
        found = hmac.new(self._key, digestmod=hashlib.sha256)
        for part in parts:
            data = part if isinstance(part, bytes) else json.dumps(part, sort_keys=True).encode()
            found.update(b"%d:" % len(data) + data)
        return found.hexdigest()

    def app(self, name: str) -> AppStore:
        """What is kept of an app; a HostError where that is no app's name, and so could lead anywhere."""
        if not _NAME.fullmatch(name):
            raise HostError(f"`{name}` is no name of an app")
        return AppStore(os.path.join(self.root, name))


class AppStore:
    """The folder of an app."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.own = os.path.join(folder, OWN)
        self.stage = os.path.join(self.own, "stage")
        self.bundles = os.path.join(self.own, "bundles")

    def state(self) -> dict[str, Any] | None:
        """What was recorded last; None where nothing was."""
        data = read(os.path.join(self.own, "state.json"))
        if data is None:
            return None
        try:
            return json.loads(data.decode())
        except ValueError:
            raise HostError(f"{self.own}/state.json is damaged; move it away, and the app counts as new") from None

    def record(self, state: dict[str, Any]) -> None:
        """Replace what is recorded."""
        self.prepare()
        write_atomically(os.path.join(self.own, "state.json"), json.dumps(state, sort_keys=True, indent=1).encode())

    def prepare(self) -> None:
        """Make the folders."""
        os.makedirs(self.folder, 0o755, exist_ok=True)
        os.makedirs(self.own, 0o700, exist_ok=True)

    def listed(self) -> list[str]:
        """Ids of the bundles that are kept, the oldest first."""
        try:
            return sorted(name for name in os.listdir(self.bundles) if not name.startswith("."))
        except FileNotFoundError:
            return []

    def files_of(self, bundle_id: str) -> str:
        """The folder of a kept bundle's files."""
        return os.path.join(self.bundles, bundle_id, "files")

    def describe(self, bundle_id: str) -> dict[str, Any]:
        """What a kept bundle says of itself; nothing where it is damaged."""
        try:
            return json.loads((read(os.path.join(self.bundles, bundle_id, "bundle.json")) or b"{}").decode())
        except ValueError:
            return {}

    def load(self, bundle_id: str) -> tuple[dict[str, Any], dict[str, bytes]]:
        """A kept bundle: its description, and its files by path."""
        description, folder = self.describe(bundle_id), self.files_of(bundle_id)
        data = {path: read(os.path.join(folder, path)) for path in description.get("entries", {})}
        if not data or any(content is None for content in data.values()):
            raise HostError(f"the bundle {os.path.dirname(folder)} is damaged")
        return description, {path: content for path, content in data.items() if content is not None}

    def keep(self, bundle_id: str, description: dict[str, Any], data: dict[str, bytes], count: int) -> None:
        """Keep a bundle, and `count` of them in all."""
        os.makedirs(self.bundles, 0o700, exist_ok=True)
        # Under its name only when it is whole.
        temporary = tempfile.mkdtemp(prefix=".", dir=self.bundles)
        try:
            for path, content in data.items():
                target = os.path.join(temporary, "files", path)
                os.makedirs(os.path.dirname(target), 0o700, exist_ok=True)
                write_atomically(target, content)
            write_atomically(
                os.path.join(temporary, "bundle.json"), json.dumps(description, sort_keys=True, indent=1).encode()
            )
            os.rename(temporary, os.path.join(self.bundles, bundle_id))
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
        self.forget(count, bundle_id)

    def amend(self, bundle_id: str | None, news: dict[str, Any]) -> None:
        """Say more of a kept bundle, whose files are as they were."""
        description = self.describe(bundle_id) if bundle_id else {}
        if description:
            path = os.path.join(self.bundles, str(bundle_id), "bundle.json")
            write_atomically(path, json.dumps({**description, **news}, sort_keys=True, indent=1).encode())

    def kept_since(self, bundle_id: str | None) -> float:
        """When a bundle was kept, as seconds since 1970; 0 where it is not there."""
        try:
            return os.path.getmtime(self.files_of(bundle_id or "-"))
        except OSError:
            return 0.0

    def forget(self, count: int, current: str) -> None:
        """Leave `count` bundles, and the current one in any case."""
        listed = self.listed()
        for old in listed[: max(0, len(listed) - count)]:
            if old != current:
                shutil.rmtree(os.path.join(self.bundles, old), ignore_errors=True)
        for name in os.listdir(self.bundles):
            if name.startswith("."):
                shutil.rmtree(os.path.join(self.bundles, name), ignore_errors=True)

    def next_id(self, total: str) -> str:
        """The id of the next bundle: a number that counts up, and the beginning of its sum."""
        last = max([int(each.partition("-")[0]) for each in self.listed()] or [0])
        return f"{last + 1:04d}-{total[:8]}"


def mode_of(path: str) -> tuple[int, int, int]:
    """Permission bits, uid and gid of a file."""
    found = os.lstat(path)
    return stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid
