"""What the role keeps on a host: its lock, its key, and for each app what was deployed."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import hmac
import json
import os
import re
import shutil
import stat
import tempfile
import time
from typing import Any

from . import safe_files
from .errors import HostError
from .safe_files import TEMPORARY

OWN = ".nautobridge"
# What a commit may look like in a state that is not trusted.
_COMMIT = re.compile(r"[0-9A-Za-z._-]{0,64}")
# As config_context_schemas/app_list.yml has it.
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


def write_atomically(path: str, data: bytes) -> None:
    """All of a file of the role's own folder, or nothing of it; 0600. (In an app's folder: `safe_files`.)"""
    handle, temporary = tempfile.mkstemp(prefix=TEMPORARY, dir=os.path.dirname(path))
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def read(path: str) -> bytes | None:
    """A file's bytes; None where there is none, or a folder in its place."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


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
        self._refuse_foreign()

    def _refuse_foreign(self) -> None:
        """A HostError where another user could write to what the role goes by."""
        try:
            there = os.lstat(self.own)
        except FileNotFoundError:
            return
        if not stat.S_ISDIR(there.st_mode) or there.st_uid not in (0, os.geteuid()) or there.st_mode & 0o022:
            raise HostError(
                f"{self.own} must be a folder that only the deploying user or root can write to; check what is in it, "
                f"then `chown {os.geteuid()} {self.own}` and `chmod 700 {self.own}`"
            )

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

    def names(self) -> list[str]:
        """The apps of which something is kept."""
        try:
            return sorted(name for name in os.listdir(os.path.join(self.own, "apps")) if _NAME.fullmatch(name))
        except FileNotFoundError:
            return []

    def app(self, name: str) -> AppStore:
        """What is kept of an app; a HostError where that is no app's name, and so could lead anywhere."""
        if not _NAME.fullmatch(name):
            raise HostError(f"invalid app name `{name}`")
        return AppStore(self, name)


class AppStore:
    """What is kept of an app: outside of its folder, which its containers may write to."""

    def __init__(self, store: Store, name: str) -> None:
        self.store = store
        self.name = name
        self.folder = os.path.join(store.root, name)
        self.own = os.path.join(store.own, "apps", name)
        self.stage = os.path.join(self.own, "stage")
        self.resolve = os.path.join(self.own, "resolve")
        self.bundles = os.path.join(self.own, "bundles")

    def state(self) -> dict[str, Any] | None:
        """What was recorded last; None where nothing was."""
        data = read(os.path.join(self.own, "state.json"))
        if data is None:
            return None
        found = self._verified("state", data)
        if found is None:
            raise HostError(
                f"{self.own}/state.json is damaged, or was not written by this role; move it away, and the app counts "
                "as new: its containers stay, and the next run records it again"
            )
        return found

    def former(self) -> dict[str, Any] | None:
        """What an older version recorded in the app's folder. Containers may have changed it: hardly any of it counts.

        A service's fingerprint is a keyed hash, which only the role can make; the commit beside it is only a label.
        """
        found = safe_files.find_ours(self.folder, os.path.join(OWN, "state.json"))
        if found is None:
            return None
        services = {}
        with contextlib.suppress(ValueError, AttributeError, KeyError, TypeError, RecursionError):
            for name, each in json.loads(found.data.decode())["services"].items():
                fingerprint, commit = each.get("fingerprint"), each.get("commit")
                if isinstance(fingerprint, str) and isinstance(commit, str) and _COMMIT.fullmatch(commit):
                    services[name] = {"fingerprint": fingerprint, "commit": commit}
        return {"services": services}

    def _signed(self, what: str, content: dict[str, Any]) -> bytes:
        """Content as JSON, with a keyed hash of it and of what it is."""
        # As it will be read: JSON knows fewer types.
        content = json.loads(json.dumps({key: value for key, value in content.items() if key != "mac"}))
        mac = self.store.sum("nautobridge", what, self.name, content)
        return json.dumps({**content, "mac": mac}, sort_keys=True, indent=1).encode()

    def _verified(self, what: str, data: bytes) -> dict[str, Any] | None:
        """The content of what `_signed` made; None where it was not made here, or for something else."""
        try:
            content = json.loads(data.decode())
            mac = content.pop("mac")
            is_ours = hmac.compare_digest(self.store.sum("nautobridge", what, self.name, content), mac)
        except (ValueError, AttributeError, KeyError, TypeError, RecursionError):
            return None
        return content if is_ours else None

    def record(self, state: dict[str, Any]) -> None:
        """Replace what is recorded."""
        self.prepare()
        write_atomically(os.path.join(self.own, "state.json"), self._signed("state", state))

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
        data = read(os.path.join(self.bundles, bundle_id, "bundle.json"))
        return (self._verified(f"bundle {bundle_id}", data) if data is not None else None) or {}

    def load(self, bundle_id: str) -> tuple[dict[str, Any], dict[str, bytes]]:
        """A kept bundle: its description, and its files by path."""
        description, folder = self.describe(bundle_id), self.files_of(bundle_id)
        data = {}
        for path, entry in description.get("entries", {}).items():
            content = safe_files.find_ours(folder, path)
            about = [entry.get("mode"), entry.get("uid"), entry.get("gid")]
            if content is not None and self.store.sum(content.data, about) == description["sums"].get(path):
                data[path] = content.data
        if not data or len(data) != len(description["entries"]):
            raise HostError(
                f"the bundle {os.path.dirname(folder)} is damaged, or was not written by this role; remove it"
            )
        return description, data

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
            write_atomically(os.path.join(temporary, "bundle.json"), self._signed(f"bundle {bundle_id}", description))
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
            write_atomically(path, self._signed(f"bundle {bundle_id}", {**description, **news}))

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
