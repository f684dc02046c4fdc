"""A bundle: everything that is in an app's folder by the role's hand. Rendered from data, the same each time."""

from __future__ import annotations

import base64
import copy
import grp
import pwd
import re
from typing import Any, Callable, Iterable

from . import safe_files, yaml_text
from .docker import LABEL, MANAGED_BY
from .errors import AppError
from .store import Store

COMPOSE, ENV, SECRETS = "compose.yaml", ".env", "secrets"
PRIVATE = 0o600
# Of a value in a secret file: shorter ones are words that are in every text.
_SHORTEST_VALUE = 6
_HEAD = "# Written by the role docker_app from Nautobot's data; a change by hand is undone by the next run.\n"


class Entry:
    """One file of a bundle."""

    def __init__(
        self,
        data: bytes,
        mode: int = PRIVATE,
        uid: int | None = None,
        gid: int | None = None,
        on_change: str = "recreate",
        signal: str = "SIGHUP",
        services: Iterable[str] = (),
        is_secret: bool = False,
    ) -> None:
        self.data = data
        self.mode = mode
        self.uid = uid
        self.gid = gid
        self.on_change = on_change
        self.signal = signal
        self.services = list(services)
        # A file that was vaulted where Ansible runs: what it holds is not printed.
        self.is_secret = is_secret

    def described(self) -> dict[str, Any]:
        """All but the bytes."""
        return {key: value for key, value in vars(self).items() if key != "data"}

    def sum(self, store: Store) -> str:
        """Tells a change of the bytes or of who may read them."""
        return store.sum(self.data, [self.mode, self.uid, self.gid])


class Bundle:
    """The files of an app, and its Compose model."""

    def __init__(self, model: dict[str, Any], entries: dict[str, Entry], about: dict[str, Any]) -> None:
        self.model = model
        self.entries = entries
        # Service to its fingerprint and commit; name of a secret to its keyed hash; image to image with digest.
        self.commits: dict[str, Any] = about["services"]
        self.secrets: dict[str, str] = about["secrets"]
        self.pins: dict[str, str] = about["pins"]

    def sums(self, store: Store) -> dict[str, str]:
        """A keyed hash for each path."""
        return {path: entry.sum(store) for path, entry in self.entries.items()}

    def images(self) -> dict[str, str]:
        """Service to image."""
        return {name: service["image"] for name, service in self.model["services"].items()}


def build(
    project: dict[str, Any],
    content: dict[str, bytes],
    secrets: dict[str, bytes],
    store: Store,
    host: str,
    commit: str,
    recorded: dict[str, Any],
    pins: dict[str, str],
) -> Bundle:
    """Make the bundle of a project.

    `content` and `secrets` hold the bytes by path and by name, `recorded` what was deployed last, `pins` the digest for
    an image whose digest is to be written.
    """
    entries = {**_files(project, content), **_secret_files(project, secrets)}
    model = copy.deepcopy(project["model"])
    commits = {}
    for name, service in model["services"].items():
        service["image"] = pins.get(service["image"], service["image"])
        labels = service.setdefault("labels", {})
        labels[LABEL + "managed-by"] = MANAGED_BY
        labels[LABEL + "app"] = project["name"]
        labels[LABEL + "host"] = host
        checksum = _checksum(name, service, model, entries, store)
        if checksum:
            labels[LABEL + "checksum"] = checksum
        commits[name] = _commit(name, store.sum(service), commit, recorded)
        if commits[name]["commit"]:
            labels[LABEL + "commit"] = commits[name]["commit"]
    entries[COMPOSE] = Entry((_HEAD + yaml_text.dump(model)).encode())
    sums = {name: store.sum(value) for name, value in secrets.items()}
    return Bundle(model, entries, {"services": commits, "secrets": sums, "pins": pins})


def _commit(service: str, fingerprint: str, commit: str, recorded: dict[str, Any]) -> dict[str, str]:
    """The commit that this service has been as it is since: a newer commit alone is no reason to recreate it."""
    old = (recorded.get("services") or {}).get(service) or {}
    if old.get("fingerprint") == fingerprint:
        commit = old.get("commit", commit)
    return {"fingerprint": fingerprint, "commit": commit}


def _checksum(
    name: str, service: dict[str, Any], model: dict[str, Any], entries: dict[str, Entry], store: Store
) -> str | None:
    """Over the files and inline configs that a service is recreated for: Compose's own hash leaves out their content.

    https://github.com/docker/compose/issues/11900
    """
    read_by: dict[str, Any] = {
        path: entry.sum(store)
        for path, entry in entries.items()
        if name in entry.services and entry.on_change == "recreate" and path != ENV
    }
    if service.get("configs"):
        read_by["configs"] = model.get("configs")
    return store.sum(read_by)[:16] if read_by else None


def _files(project: dict[str, Any], content: dict[str, bytes]) -> dict[str, Entry]:
    entries = {}
    for file in project["files"]:
        entries[file["dest"]] = Entry(
            content[file["dest"]],
            _mode(file),
            _id(file.get("owner"), pwd.getpwnam, "pw_uid"),
            _id(file.get("group"), grp.getgrnam, "gr_gid"),
            file["on_change"],
            file["signal"],
            file["services"],
            bool(file.get("is_secret")),
        )
    return entries


def _secret_files(project: dict[str, Any], secrets: dict[str, bytes]) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    lines = []
    for secret in project["secrets"]:
        name = secret["name"]
        if secret["as"] == "env":
            lines.append(f"{name}={quoted(name, secrets[name])}\n")
            continue
        entries[f"{SECRETS}/{name}"] = Entry(
            secrets[name],
            _mode(secret),
            _id(secret.get("owner"), pwd.getpwnam, "pw_uid"),
            _id(secret.get("group"), grp.getgrnam, "gr_gid"),
            services=secret["services"],
        )
    if lines:
        entries[ENV] = Entry("".join(lines).encode())
    return entries


def quoted(name: str, value: bytes) -> str:
    """A value in a .env file, as Compose reads it: literal in single quotes; what cannot stand there, escaped."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        raise AppError(f"the secret {name} is no text; give it `as: file`") from None
    if "\0" in text:
        raise AppError(f"the secret {name} has a zero byte; give it `as: file`")
    if "'" not in text and "\\" not in text and "\n" not in text and "\r" not in text:
        return f"'{text}'"
    for char, escaped in (("\\", "\\\\"), ('"', '\\"'), ("$", "\\$"), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(char, escaped)
    return f'"{text}"'


def unquoted(text: str) -> bytes:
    """A value as `quoted` wrote it."""
    inner = text[1:-1]
    if text.startswith('"'):
        escaped = {"n": "\n", "r": "\r"}
        inner = re.sub(r"\\(.)", lambda found: escaped.get(found[1], found[1]), inner)
    return inner.encode()


def secrets_in(folder: str, names: Iterable[str]) -> list[bytes]:
    """The values that a folder with a bundle's files has for these secrets."""
    names = set(names)
    found = [_data(folder, f"{SECRETS}/{name}") for name in names]
    lines = (_data(folder, ENV) or b"").decode("utf-8", "replace").splitlines()
    pairs = (line.partition("=") for line in lines)
    return [value for value in found if value is not None] + [
        unquoted(value) for name, _, value in pairs if name in names
    ]


def secret_files_in(folder: str, entries: dict[str, Any]) -> list[bytes]:
    """What the secret files in a folder with a bundle's files hold."""
    found = [_data(folder, path) for path, described in entries.items() if described.get("is_secret")]
    return [part for data in found if data is not None for part in parts(data)]


def parts(data: bytes) -> list[bytes]:
    """A secret file, and the values in it where it has lines such as `key: value` or `KEY=value`."""
    values = (re.split(rb"[:=]\s*", line.strip(), maxsplit=1)[-1].strip(b"\"' ,;") for line in data.splitlines())
    return [data, *(value for value in values if len(value) >= _SHORTEST_VALUE)]


def _data(folder: str, path: str) -> bytes | None:
    found = safe_files.find_ours(folder, path)
    return None if found is None else found.data


def _mode(item: dict[str, Any]) -> int:
    return int(item["mode"], 8) if item.get("mode") else PRIVATE


def _id(given: str | int | None, look_up: Callable[[str], Any], field: str) -> int | None:
    if given is None or isinstance(given, int):
        return given
    try:
        return getattr(look_up(given), field)
    except KeyError:
        if given.isdigit():
            return int(given)
        raise AppError(f"there is no user or group `{given}` on this host") from None


def from_kept(description: dict[str, Any], data: dict[str, bytes]) -> Bundle:
    """The bundle that was kept."""
    entries = {path: Entry(data[path], **described) for path, described in description["entries"].items()}
    return Bundle(description["model"], entries, description)


def on_disk(folder: str, paths: dict[str, Any], store: Store) -> dict[str, str]:
    """Keyed hashes of the files that are there, in the way of `Entry.sum`; `paths` says which owner counts."""
    found = {}
    for path, described in paths.items():
        # What is no regular file counts as missing, and is replaced.
        there = safe_files.find_ours(folder, path)
        if there is not None:
            uid = there.uid if described.get("uid") is not None else None
            gid = there.gid if described.get("gid") is not None else None
            found[path] = store.sum(there.data, [there.mode, uid, gid])
    return found


def install(bundle: Bundle, folder: str, obsolete: Iterable[str] = ()) -> None:
    """Write the files; and remove those that a bundle before had and this has not.

    All are written under other names first: a full disk leaves the old ones as they are.
    """
    files = []
    for path, entry in sorted(bundle.entries.items()):
        owner = (-1 if entry.uid is None else entry.uid, -1 if entry.gid is None else entry.gid)
        files.append((path, entry.data, entry.mode, owner if owner != (-1, -1) else None))
    safe_files.write_all(folder, files, lambda path: 0o700 if path.startswith(SECRETS + "/") else 0o755)
    for path in sorted(set(obsolete) - set(bundle.entries)):
        # It may be gone already, or be no file of ours any more.
        safe_files.remove(folder, path)


def decode(values: dict[str, str]) -> dict[str, bytes]:
    """Bytes by name, from base64."""
    return {name: base64.b64decode(text) for name, text in values.items()}
