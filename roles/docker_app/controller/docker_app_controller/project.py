"""What a host is told of an app: its Compose model, files, secrets and how to deploy it."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import Any

from . import labels, mounts
from .apps import App, merged
from .ports import published

ON_CHANGE = "recreate"
SECRET_FOLDER = "secrets"


@dataclass(frozen=True)
class Options:
    """What holds for all apps of a host."""

    root: str = "/opt/docker"
    networks: tuple[str, ...] = ()
    proxy: str = labels.TRAEFIK
    entrypoint: str = "websecure"
    cert_resolver: str = ""
    pin: bool = False


def project(app: App, options: Options) -> dict[str, Any]:
    """The app as the module `docker_app` takes it; no content of files and no secret is in it."""
    model = app.model()
    folder = posixpath.join(options.root, app.name)
    for name, service in model["services"].items():
        model["services"][name] = _service(app, name, service, options)
    secrets = [_secret(app, name, secret) for name, secret in app.data.get("secrets", {}).items()]
    _give_secrets(model, secrets)
    used = {network for service in model["services"].values() for network in _networks(service)}
    for network in sorted(used & set(options.networks) - set(model.get("networks", {}))):
        model.setdefault("networks", {})[network] = {"external": True, "name": network}
    return {
        "name": app.name,
        "state": app.state,
        "order": app.order,
        "pin": app.data.get("pin", options.pin),
        "declared": app.declared(),
        "model": {"name": app.name, **model},
        "ports": _ports(model),
        "files": [_file(app, file, folder) for file in app.data.get("files", [])],
        "secrets": secrets,
        "wait": app.data.get("wait", {}),
        "backup": app.data.get("backup", {}),
        "hooks": {when: _commands(hook) for when, hook in app.data.get("hooks", {}).items()},
    }


def _ports(model: dict[str, Any]) -> list[list[Any]]:
    """The host ports that it publishes, as address (empty: every one), first, last, protocol."""
    found = [
        published(entry)
        for service in model["services"].values()
        for entry in (service.get("ports") or [] if service.get("network_mode") != "host" else [])
    ]
    return [[each.ip or "", each.first, each.last, each.protocol] for each in found if each]


def _service(app: App, name: str, service: dict[str, Any], options: Options) -> dict[str, Any]:
    service = dict(service)
    generated: dict[str, str] = {}
    if _is_meant(app, "expose", name):
        generated |= labels.exposed(app, options.proxy, options.entrypoint, options.cert_resolver)
        _join_proxy(service, app.data["expose"].get("network", labels.DEFAULT_PROXY_NETWORK))
    if _is_meant(app, "dashboard", name):
        generated |= labels.dashboard(app)
    # Compose takes a dollar sign for a variable. What the user wrote is the user's, and wins.
    escaped = {key: text.replace("$", "$$") for key, text in generated.items()}
    # A label that is only named is empty.
    own = {key: value if value is not None else "" for key, value in labels.mapping(service.get("labels")).items()}
    combined = escaped | own
    if combined:
        service["labels"] = combined
    return service


def _is_meant(app: App, key: str, service: str) -> bool:
    return key in app.data and (app.data[key].get("service") or app.main_service()) == service


def _join_proxy(service: dict[str, Any], network: str) -> None:
    if "network_mode" in service:
        return
    given = service.get("networks") or ["default"]
    if isinstance(given, dict):
        service["networks"] = {network: None} | given
    elif network not in given:
        service["networks"] = [*given, network]


def _networks(service: dict[str, Any]) -> list[str]:
    return list(service.get("networks") or [])


def _everyone(app: App) -> list[str]:
    main = app.main_service()
    return [main] if main else list(app.model()["services"])


def _secret(app: App, name: str, secret: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "as": secret.get("as", "env"),
        "services": secret.get("services", _everyone(app)),
        **{key: secret[key] for key in ("mode", "owner", "group") if key in secret},
    }


def _give_secrets(model: dict[str, Any], secrets: list[dict[str, Any]]) -> None:
    for secret in secrets:
        name = secret["name"]
        if secret["as"] == "file":
            file = {"file": f"./{SECRET_FOLDER}/{name}"}
            model["secrets"] = merged(model.get("secrets", {}), {name: file})
        for service_name in secret["services"]:
            service = model["services"][service_name]
            if secret["as"] == "file":
                service["secrets"] = [*service.get("secrets", []), name]
            else:
                # From the project's .env. What the user composes of it under this name wins; only to name it is to want it.
                given = labels.mapping(service.get("environment"))
                service["environment"] = given | ({name: f"${{{name}}}"} if given.get(name) is None else {})


def _file(app: App, file: dict[str, Any], folder: str) -> dict[str, Any]:
    dest = posixpath.normpath(file["dest"])
    return {
        "dest": dest,
        "on_change": file.get("on_change", ON_CHANGE),
        "signal": file.get("signal", "SIGHUP"),
        "services": file.get("services") or _readers(app, posixpath.join(folder, dest), folder),
        **{key: file[key] for key in ("mode", "owner", "group") if key in file},
    }


def _readers(app: App, path: str, folder: str) -> list[str]:
    """The services that mount a file; where none does, whoever else may read it."""
    services = app.model()["services"]
    found = [
        name
        for name, service in services.items()
        if any(mounts.holds(source, path) for _, source in mounts.sources(service, folder))
    ]
    return found or _everyone(app)


def _commands(hook: Any) -> list[str]:
    return [hook] if isinstance(hook, str) else list(hook)
