"""Everything about the apps of one host that the schema cannot say. Codes and paths are those of `nautobridge apps check`."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from . import mounts, sources
from .apps import ABSENT, PRESENT, App, apps_of
from .finding import ERROR, Finding, error, join, nearest, warning
from .ports import Published, published
from .schema import Schema

_APP_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
DEFAULT_PROXY_NETWORK = "proxy"
_STATE_FOLDER = ".nautobridge"
# What the role's docker commands have in their environment, which wins over .env.
_TAKEN_NAMES = frozenset(
    ["HOME", "PATH", "LANG", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "DOCKER_CONFIG"]
)


def check(app_list: Any, app_networks: Any, schema: Schema, root: str = "/opt/docker") -> list[Finding]:
    """All findings for a host; the schema's come first."""
    shape = list(schema.check({"app_list": app_list}, ""))
    if app_networks is not None:
        shape += schema.check({"app_networks": app_networks}, "")
    if not isinstance(app_list, (dict, list)):
        return shape
    apps = apps_of(app_list)
    kept = mounts.used_by_role(root, sorted({app.name for app in apps if _APP_NAME.fullmatch(str(app.name))}))
    findings = shape + list(_names(app_list))
    # What is not in shape, or the second of its name, is not looked into.
    shapeless = [found.path.removesuffix(".name") for found in findings if found.code != "app-name"]
    sound = [app for app in apps if not any(_inside(path, app.path) for path in shapeless)]
    networks = set(app_networks) if isinstance(app_networks, dict) else set()
    for app in sound:
        if app.state != ABSENT:
            findings += _App(app, networks, posixpath.join(root, app.name), kept).findings()
    findings += _nested_mounts([app for app in sound if app.state != ABSENT], root, kept)
    present = [app for app in sound if app.state == PRESENT]
    findings += _port_clashes(present)
    findings += _host_clashes(present)
    return findings


def errors(findings: list[Finding]) -> list[Finding]:
    """Those that forbid a deployment."""
    return [found for found in findings if found.level == ERROR]


def _inside(path: str, outer: str) -> bool:
    return path == outer or path.startswith((outer + ".", outer + "["))


def _names(app_list: Any) -> Iterator[Finding]:
    if isinstance(app_list, dict):
        for key, data in app_list.items():
            if isinstance(data, dict) and data.get("name", key) != key:
                yield error("app-name", join("app_list", key, "name"), f"is `{data['name']}`, but the key says `{key}`")
        return
    seen: dict[Any, int] = {}
    for index, data in enumerate(app_list):
        name = data.get("name") if isinstance(data, dict) else None
        if not isinstance(name, str):
            continue
        if name in seen:
            where = join("app_list", seen[name])
            yield error("duplicate-app", join("app_list", index, "name"), f"`{name}` stands in {where} already")
        seen.setdefault(name, index)


class _App:
    """The checks of one app by itself."""

    def __init__(self, app: App, networks: set[str], folder: str, kept: list[str]) -> None:
        self.app = app
        self.networks = networks
        self.folder = folder
        # What the role uses on the host.
        self.kept = kept
        self.services: dict[str, Any] = app.model()["services"]

    def findings(self) -> list[Finding]:
        found: list[Finding] = []
        for part in (
            self._images,
            self._networks,
            self._expose,
            self._dashboard,
            self._secrets,
            self._files,
            self._mounts,
        ):
            found += part()
        return found

    def _images(self) -> Iterator[Finding]:
        if not self.services:
            yield error("no-image", self.app.at("image"), "the app has neither an `image` nor `compose.services`")
        for name, service in self.services.items():
            path, image = self.app.service_path(name, "image"), service.get("image")
            if not image:
                yield error("no-image", path, f"the service `{name}` has no `image`")
            elif "$" in image:
                message = f"`{image}` holds a variable, which nothing puts in; write the image as it is"
                yield error("image-variable", path, message)
            elif "@" not in image:
                tag = image.rpartition("/")[2].partition(":")[2]
                if tag in ("", "latest"):
                    yield warning("unpinned", path, f"`{image}` may change at any time; name a version or a digest")

    def _networks(self) -> Iterator[Finding]:
        own = set(self.app.data.get("compose", {}).get("networks", {})) | {"default"}
        for name, service in self.services.items():
            wanted = [] if "network_mode" in service else service.get("networks") or []
            for key, network in enumerate(wanted) if isinstance(wanted, list) else ((each, each) for each in wanted):
                if network not in own | self.networks:
                    known = nearest(str(network), own | self.networks)
                    yield error(
                        "network-missing",
                        self.app.service_path(name, "networks", key),
                        f"there is no network `{network}`{known}; declare it in `app_networks`, or in the app's `compose.networks`",
                    )

    def _service_of(self, key: str) -> Iterator[Finding]:
        named = self.app.data[key].get("service")
        if named is not None and named not in self.services:
            yield error(
                "service-unknown",
                self.app.at(key, "service"),
                f"the app has no service `{named}`{nearest(named, self.services)}",
            )
        elif named is None and self.services and self.app.main_service() is None:
            choices = ", ".join(sorted(self.services))
            yield error("service-unknown", self.app.at(key), f"say which `service` is meant: {choices}")

    def _expose(self) -> Iterator[Finding]:
        expose = self.app.data.get("expose")
        if expose is None:
            return
        missing = [key for key in ("host", "port") if not expose.get(key)]
        if missing:
            yield error("expose-incomplete", self.app.at("expose"), f"`{'` and `'.join(missing)}` missing")
        yield from self._service_of("expose")
        network = expose.get("network", DEFAULT_PROXY_NETWORK)
        name = expose.get("service") or self.app.main_service()
        # Where the service is not known, neither is whether it needs the network.
        if name in self.services and network not in self.networks and "network_mode" not in self.services[name]:
            message = f"the proxy's network `{network}` is not in `app_networks`{nearest(network, self.networks)}"
            yield error("network-missing", self.app.at("expose"), message)

    def _dashboard(self) -> Iterator[Finding]:
        dashboard = self.app.data.get("dashboard")
        if dashboard is None:
            return
        if not dashboard.get("group"):
            yield error("dashboard-incomplete", self.app.at("dashboard"), "`group` is missing")
        yield from self._service_of("dashboard")

    def _known_services(self, item: dict[str, Any], *path: str | int) -> Iterator[Finding]:
        for index, name in enumerate(item.get("services", [])):
            if name not in self.services:
                message = f"the app has no service `{name}`{nearest(name, self.services)}"
                yield error("service-unknown", self.app.at(*path, "services", index), message)

    def _secrets(self) -> Iterator[Finding]:
        for name, secret in self.app.data.get("secrets", {}).items():
            if sum(key in secret for key in ("key", "env", "file", "var")) != 1:
                message = "a secret comes from exactly one of `key`, `env`, `file` and `var`"
                yield error("secret-source", self.app.at("secrets", name), message)
            if secret.get("as", "env") == "env" and (name in _TAKEN_NAMES or name.startswith("COMPOSE_")):
                message = (
                    f"Docker or Compose itself goes by `{name}`; name the secret otherwise, and give it on by "
                    f"`environment: {{{name}: ${{OTHER}}}}`"
                )
                yield error("secret-name", self.app.at("secrets", name), message)
            yield from self._known_services(secret, "secrets", name)

    def _reserved(self) -> set[str]:
        secrets = self.app.data.get("secrets", {})
        kinds = {secret.get("as", "env") for secret in secrets.values()}
        files = {f"secrets/{name}" for name, secret in secrets.items() if secret.get("as") == "file"}
        return {"compose.yaml"} | files | ({".env"} if "env" in kinds else set())

    def _files(self) -> Iterator[Finding]:
        seen: dict[str, int] = {}
        reserved = self._reserved()
        for index, file in enumerate(self.app.data.get("files", [])):
            path = self.app.at("files", index)
            if sum(key in file for key in ("content", "template", "src")) != 1:
                yield error("file-source", path, "a file has exactly one of `content`, `template` and `src`")
            yield from self._source_paths(file, index)
            dest = posixpath.normpath(file["dest"])
            at = self.app.at("files", index, "dest")
            if dest.startswith("/") or dest == "." or dest.split("/")[0] == "..":
                yield error("file-path", at, f"`{file['dest']}` is not inside of the app's folder")
            elif dest in reserved or dest.split("/")[0] == _STATE_FOLDER:
                yield error("duplicate-file", at, f"`{dest}` is written by the role itself")
            elif dest in seen:
                yield error("duplicate-file", at, f"`{dest}` is written by {self.app.at('files', seen[dest])} already")
            seen.setdefault(dest, index)
            yield from self._known_services(file, "files", index)

    def _source_paths(self, file: dict[str, Any], index: int) -> Iterator[Finding]:
        for key, folder in (("src", "files/"), ("template", "templates/")):
            wrong = sources.problem(file[key]) if key in file else None
            if wrong:
                message = f"`{file[key]}` {wrong}; expected a path in the project's folder {folder}"
                yield error("file-source-path", self.app.at("files", index, key), message)

    def _mounts(self) -> Iterator[Finding]:
        written = {
            posixpath.normpath(posixpath.join(self.folder, file["dest"])) for file in self.app.data.get("files", [])
        }
        for name, service in self.services.items():
            for index, reached in mounts.writes_to(service, self.folder, self.kept):
                yield _folder_mount(self.app.service_path(name, "volumes", index), reached)
            for index, source in mounts.sources(service, self.folder):
                if source in written or mounts.looks_like_file(source):
                    message = (
                        f"mounts the single file `{source}`, which keeps the old one when it changes; mount its folder"
                    )
                    yield warning("file-mount", self.app.service_path(name, "volumes", index), message)
        for name, volume in self.app.data.get("compose", {}).get("volumes", {}).items():
            reached = mounts.volume_writes_to(volume, self.folder, self.kept)
            if reached:
                yield _folder_mount(self.app.at("compose", "volumes", name), reached)


def _folder_mount(path: str, reached: str) -> Finding:
    message = (
        f"lets the container write to {reached}, which the role uses as root; mount a folder in the app's folder, such as "
        "`./data`, or add `:ro`"
    )
    return error("app-folder-mount", path, message)


def _nested_mounts(apps: list[App], root: str, kept: list[str]) -> Iterator[Finding]:
    """Mounts of what lies in a folder that a container may write to: it may put a link in their place."""
    found = [
        (app.service_path(name, "volumes", index), source, read_only)
        for app in apps
        for name, service in sorted(app.model()["services"].items())
        for index, source, read_only in mounts.binds(service, posixpath.join(root, app.name))
    ]
    # A mount that reaches the files of the role, such as `/`, is reported as an error already.
    writable = {
        source: path
        for path, source, read_only in reversed(found)
        if not read_only and not mounts.reached(source, kept)
    }
    for path, source, _ in found:
        above = posixpath.dirname(source)
        while above not in writable and above != "/":
            above = posixpath.dirname(above)
        if above in writable:
            message = (
                f"lies in {above}, which a container may write to ({writable[above]}): a link in its place is refused by "
                "the role, and followed by Docker at a restart; mount folders beside each other"
            )
            yield warning("nested-mount", path, message)


def _port_clashes(apps: list[App]) -> Iterator[Finding]:
    seen: list[tuple[Published, str, str]] = []
    for app in apps:
        for name, service in sorted(app.model()["services"].items()):
            for index, entry in enumerate(service.get("ports") or []):
                port = published(entry)
                if port is None or service.get("network_mode") == "host":
                    continue
                path = app.service_path(name, "ports", index)
                other = next((each for each in seen if each[0].clashes(port)), None)
                if other:
                    yield error(
                        "port-clash", path, f"host port {port} is published by `{other[1]}` already ({other[2]})"
                    )
                seen.append((port, app.name, path))


def _host_clashes(apps: list[App]) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for app in apps:
        host = app.data.get("expose", {}).get("host", [])
        for index, name in enumerate([host] if isinstance(host, str) else host):
            if name.lower() in seen:
                keys: list[str | int] = ["host"] if isinstance(host, str) else ["host", index]
                message = f"`{name}` is exposed by `{seen[name.lower()]}` already"
                yield error("host-clash", app.at("expose", *keys), message)
            seen.setdefault(name.lower(), app.name)
