"""Labels that reverse proxies and Homepage read from containers."""

from __future__ import annotations

import re
from typing import Any

from .apps import App
from .checks import DEFAULT_PROXY_NETWORK

TRAEFIK, CADDY = "traefik", "caddy"


def mapping(labels: Any) -> dict[str, Any]:
    """Compose's labels or environment in either form, as a mapping; None for a variable that is only named."""
    if isinstance(labels, list):
        pairs = (str(entry).partition("=") for entry in labels)
        return {key: value if found else None for key, found, value in pairs}
    return dict(labels or {})


def hosts(app: App) -> list[str]:
    """The public host names of an app."""
    host = app.data.get("expose", {}).get("host", [])
    return [host] if isinstance(host, str) else list(host)


def exposed(app: App, proxy: str, entrypoint: str, cert_resolver: str) -> dict[str, str]:
    """What makes the proxy serve the app; nothing where it is not exposed."""
    expose = app.data.get("expose")
    if expose is None:
        return {}
    if proxy == TRAEFIK:
        return _traefik(app, expose, entrypoint, cert_resolver)
    return _caddy(app, expose) if proxy == CADDY else {}


def _traefik(app: App, expose: dict[str, Any], entrypoint: str, cert_resolver: str) -> dict[str, str]:
    router = f"traefik.http.routers.{app.name}"
    labels = {
        "traefik.enable": "true",
        "traefik.docker.network": expose.get("network", DEFAULT_PROXY_NETWORK),
        f"{router}.rule": " || ".join(_rule(host) for host in hosts(app)),
        f"{router}.service": app.name,
        f"traefik.http.services.{app.name}.loadbalancer.server.port": str(expose["port"]),
    }
    if entrypoint:
        labels[f"{router}.entrypoints"] = entrypoint
    if expose.get("middlewares"):
        labels[f"{router}.middlewares"] = ",".join(expose["middlewares"])
    if expose.get("tls", True):
        labels[f"{router}.tls"] = "true"
        if cert_resolver:
            labels[f"{router}.tls.certresolver"] = cert_resolver
    return labels


def _rule(host: str) -> str:
    """https://doc.traefik.io/traefik/routing/routers/#host-and-hostregexp: `Host` takes no star."""
    if not host.startswith("*."):
        return f"Host(`{host}`)"
    return f"HostRegexp(`^[^.]+{re.escape(host[1:])}$`)"


def _caddy(app: App, expose: dict[str, Any]) -> dict[str, str]:
    # https://github.com/lucaslorentz/caddy-docker-proxy: its own template, which neither Ansible nor Compose may touch.
    scheme = "" if expose.get("tls", True) else "http://"
    return {
        "caddy": " ".join(scheme + host for host in hosts(app)),
        "caddy.reverse_proxy": "{{upstreams " + str(expose["port"]) + "}}",
        "caddy_ingress_network": expose.get("network", DEFAULT_PROXY_NETWORK),
    }


def dashboard(app: App) -> dict[str, str]:
    """What makes Homepage show the app. https://gethomepage.dev/configs/docker/#automatic-service-discovery"""
    given = app.data.get("dashboard")
    if given is None:
        return {}
    labels = {"homepage.group": given["group"], "homepage.name": given.get("name", app.name)}
    for key in ("icon", "description", "weight"):
        if key in given:
            labels[f"homepage.{key}"] = str(given[key])
    public = [host for host in hosts(app) if "*" not in host]
    if "href" in given:
        labels["homepage.href"] = given["href"]
    elif public:
        scheme = "https" if app.data["expose"].get("tls", True) else "http"
        labels["homepage.href"] = f"{scheme}://{public[0]}"
    labels.update(_flat("homepage.widget", given.get("widget", {})))
    return labels


def _flat(prefix: str, value: Any) -> dict[str, str]:
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)  # type: ignore[assignment]
    else:
        return {prefix: str(value).lower() if isinstance(value, bool) else str(value)}
    return {name: text for key, inner in pairs for name, text in _flat(f"{prefix}.{key}", inner).items()}
