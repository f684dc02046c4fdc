"""A bundle: everything that is in an app's folder by the role's hand. Rendered from data, the same each time."""

from __future__ import annotations

import base64
import copy
import grp
import os
import pwd

from . import yaml_text
from .docker import LABEL, MANAGED_BY
from .errors import AppError
from .store import mode_of, read, write_all

COMPOSE, ENV, SECRETS = "compose.yaml", ".env", "secrets"
PRIVATE = 0o600
_HEAD = "# Written by the role docker_app from Nautobot's data; a change by hand is undone by the next run.\n"


class Entry:
    """One file of a bundle."""

    def __init__(self, data, mode=PRIVATE, uid=None, gid=None, on_change="recreate", signal="SIGHUP", services=()):
        self.data = data
        self.mode = mode
        self.uid = uid
        self.gid = gid
        self.on_change = on_change
        self.signal = signal
        self.services = list(services)

    def described(self):
        """All but the bytes."""
        return {key: value for key, value in vars(self).items() if key != "data"}

    def sum(self, store):
        """Tells a change of the bytes or of who may read them."""
        return store.sum(self.data, [self.mode, self.uid, self.gid])


class Bundle:
    """The files of an app, and its Compose model."""

    def __init__(self, name, model, entries):
        self.name = name
        self.model = model
        self.entries = entries

    def sums(self, store):
        """A keyed hash for each path."""
        return {path: entry.sum(store) for path, entry in self.entries.items()}

    def images(self):
        """Service to image."""
        return {name: service["image"] for name, service in self.model["services"].items()}

    def text(self):
        """The Compose file."""
        return self.entries[COMPOSE].data.decode()


def build(project, content, secrets, store, host, commit, recorded, pins):
    """Make the bundle of a project.

    `content` and `secrets` hold the bytes by path and by name, `recorded` what was deployed last, `pins` the digest for
    an image whose digest is to be written.
    """
    entries = _files(project, content)
    secret_entries = _secret_files(project, secrets)
    entries.update(secret_entries)
    model = copy.deepcopy(project["model"])
    commits = {}
    for name, service in model["services"].items():
        if pins.get(service["image"]):
            service["image"] = pins[service["image"]]
        labels = service.setdefault("labels", {})
        labels[LABEL + "managed-by"] = MANAGED_BY
        labels[LABEL + "app"] = project["name"]
        labels[LABEL + "host"] = host
        checksum = _checksum(name, entries, store)
        if checksum:
            labels[LABEL + "checksum"] = checksum
        commits[name] = _commit(name, store.sum(service), commit, recorded)
        if commits[name]["commit"]:
            labels[LABEL + "commit"] = commits[name]["commit"]
    entries[COMPOSE] = Entry((_HEAD + yaml_text.dump(model)).encode())
    bundle = Bundle(project["name"], model, entries)
    bundle.commits = commits
    bundle.secrets = {name: store.sum(value) for name, value in secrets.items()}
    bundle.pins = pins
    return bundle


def _commit(service, fingerprint, commit, recorded):
    """The commit that this service has been as it is since: a newer commit alone is no reason to recreate it."""
    old = ((recorded or {}).get("services") or {}).get(service) or {}
    if old.get("fingerprint") == fingerprint:
        commit = old.get("commit", commit)
    return {"fingerprint": fingerprint, "commit": commit}


def _checksum(service, entries, store):
    """Over the files that a service is recreated for: Compose itself does not look into files."""
    read_by = {
        path: entry.sum(store)
        for path, entry in entries.items()
        if service in entry.services and entry.on_change == "recreate" and path != ENV
    }
    return store.sum(read_by)[:16] if read_by else None


def _files(project, content):
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
        )
    return entries


def _secret_files(project, secrets):
    entries, lines = {}, []
    for secret in project["secrets"]:
        name = secret["name"]
        if secret["as"] == "env":
            lines.append("%s=%s\n" % (name, quoted(name, secrets[name])))
            continue
        entries["%s/%s" % (SECRETS, name)] = Entry(
            secrets[name],
            _mode(secret),
            _id(secret.get("owner"), pwd.getpwnam, "pw_uid"),
            _id(secret.get("group"), grp.getgrnam, "gr_gid"),
            services=secret["services"],
        )
    if lines:
        entries[ENV] = Entry("".join(lines).encode())
    return entries


def quoted(name, value):
    """A value in a .env file, as Compose reads it: literal in single quotes; what cannot stand there, escaped."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        raise AppError("the secret %s is no text; give it `as: file`" % name) from None
    if "\0" in text:
        raise AppError("the secret %s has a zero byte; give it `as: file`" % name)
    if "'" not in text and "\\" not in text and "\n" not in text and "\r" not in text:
        return "'%s'" % text
    for char, escaped in (("\\", "\\\\"), ('"', '\\"'), ("$", "\\$"), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(char, escaped)
    return '"%s"' % text


def _mode(item):
    return int(item["mode"], 8) if item.get("mode") else PRIVATE


def _id(given, look_up, field):
    if given is None or isinstance(given, int):
        return given
    try:
        return getattr(look_up(given), field)
    except KeyError:
        if given.isdigit():
            return int(given)
        raise AppError("there is no user or group `%s` on this host" % given) from None


def from_kept(description, data):
    """The bundle that was kept."""
    entries = {path: Entry(data[path], **described) for path, described in description["entries"].items()}
    bundle = Bundle(description["name"], description["model"], entries)
    bundle.commits = description["services"]
    bundle.secrets = description["secrets"]
    bundle.pins = description["pins"]
    return bundle


def on_disk(folder, paths, store):
    """Keyed hashes of the files that are there, in the way of `Entry.sum`; `paths` says which owner counts."""
    found = {}
    for path, described in paths.items():
        full = os.path.join(folder, path)
        data = read(full)
        if data is None:
            continue
        mode, uid, gid = mode_of(full)
        uid = uid if described.get("uid") is not None else None
        gid = gid if described.get("gid") is not None else None
        found[path] = store.sum(data, [mode, uid, gid])
    return found


def install(bundle, folder, obsolete=()):
    """Write the files; and remove those that a bundle before had and this has not.

    All are written under other names first: a full disk leaves the old ones as they are.
    """
    files = []
    for path, entry in sorted(bundle.entries.items()):
        full = os.path.join(folder, path)
        _parents(folder, os.path.dirname(full), 0o700 if path.startswith(SECRETS + "/") else 0o755)
        if os.path.isdir(full) and not os.path.islink(full):
            raise AppError("%s is a folder; Docker makes one for a mount whose source is missing: remove it" % full)
        owner = (-1 if entry.uid is None else entry.uid, -1 if entry.gid is None else entry.gid)
        files.append((full, entry.data, entry.mode, owner if owner != (-1, -1) else None))
    write_all(files)
    for path in sorted(set(obsolete) - set(bundle.entries)):
        try:
            os.unlink(os.path.join(folder, path))
        except OSError:
            # Gone already, or no file of ours any more.
            pass


def _parents(top, folder, mode):
    """Make folders below `top`, and follow no symbolic link out of it."""
    relative = os.path.relpath(folder, top)
    current = top
    for part in [] if relative == "." else relative.split(os.sep):
        current = os.path.join(current, part)
        if os.path.islink(current):
            raise AppError("%s is a symbolic link; files are not written through it" % current)
        if not os.path.isdir(current):
            os.mkdir(current)
            os.chmod(current, mode)


def decode(values):
    """Bytes by name, from base64."""
    return {name: base64.b64decode(text) for name, text in values.items()}
