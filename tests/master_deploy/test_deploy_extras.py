"""Labels for the proxy and the dashboard, hooks, backups."""

from __future__ import annotations

from typing import Any

import pytest
from stage import PORT, Host, Site

PROXY = {"proxy": None}


def labels(host: Host, prefix: str, app: str = "page") -> dict[str, str]:
    """Some labels of an app's container."""
    found = host.container(app).labels
    return {key.removeprefix(prefix): value for key, value in found.items() if key.startswith(prefix)}


def test_labels_for_traefik(host: Host, site: Site) -> None:
    expose = {"host": ["page.example.org", "www.example.org"], "port": 8080, "middlewares": ["auth@file"]}
    more = {"docker_app_cert_resolver": "le"}
    site.deploy({"page": host.web(expose=expose)}, networks=PROXY, more=more).ok()
    assert labels(host, "traefik.") == {
        "enable": "true",
        "docker.network": "proxy",
        "http.routers.page.rule": "Host(`page.example.org`) || Host(`www.example.org`)",
        "http.routers.page.service": "page",
        "http.routers.page.entrypoints": "websecure",
        "http.routers.page.middlewares": "auth@file",
        "http.routers.page.tls": "true",
        "http.routers.page.tls.certresolver": "le",
        "http.services.page.loadbalancer.server.port": "8080",
    }
    networks = host.docker(
        "inspect", "--format", "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}", "page-page-1"
    )
    assert networks.split() == ["page_default", "proxy"]


def test_labels_for_caddy(host: Host, site: Site) -> None:
    expose = {"host": "page.example.org", "port": 8080}
    site.deploy({"page": host.web(expose=expose)}, networks=PROXY, more={"docker_app_proxy": "caddy"}).ok()
    assert labels(host, "caddy") == {
        "": "page.example.org",
        ".reverse_proxy": "{{upstreams 8080}}",
        "_ingress_network": "proxy",
    }
    assert labels(host, "traefik") == {}


def test_labels_for_homepage(host: Host, site: Site) -> None:
    dashboard = {"group": "Media", "icon": "page.png", "weight": 5, "widget": {"type": "x", "fields": ["a", "b"]}}
    expose = {"host": "page.example.org", "port": 8080}
    apps = {
        "page": host.web(dashboard=dashboard | {"name": "A $page"}, expose=expose),
        "other": host.web(port=PORT + 1, dashboard={"group": "Media", "href": "http://other.example.org"}),
    }
    site.deploy(apps, networks=PROXY).ok()
    assert labels(host, "homepage.") == {
        "group": "Media",
        "name": "A $page",
        "icon": "page.png",
        "weight": "5",
        "href": "https://page.example.org",
        "widget.type": "x",
        "widget.fields.0": "a",
        "widget.fields.1": "b",
    }
    assert labels(host, "homepage.", "other") == {"group": "Media", "name": "other", "href": "http://other.example.org"}


def test_hooks(host: Host, site: Site) -> None:
    """Before and after a change, in the app's folder; not where nothing changes."""

    def app(version: int) -> dict[str, Any]:
        return host.web(
            version, hooks={"pre": f"echo {version} >> pre; pwd > folder", "post": [f"echo {version} >> post", "true"]}
        )

    site.deploy({"page": app(1)}).ok()
    site.run().ok()
    site.deploy({"page": app(2)}).ok()
    assert (host.read("page/pre"), host.read("page/post")) == ("1\n2\n", "1\n2\n")
    assert host.read("page/folder") == f"{host.root}/page\n"


@pytest.mark.parametrize(("when", "result"), [("pre", "failed"), ("post", "rolled_back")])
def test_a_hook_that_fails(when: str, result: str, host: Host, site: Site) -> None:
    site.deploy({"page": host.web()}).ok()
    before, compose = host.identities(), host.read("page/compose.yaml")
    outcome = site.deploy({"page": host.web(2, hooks={when: "echo out of luck >&2; exit 3"})}).failed()
    assert outcome.app("page")["result"] == result
    assert "out of luck" in outcome.app("page")["error"]
    assert host.get() == "web 1"
    assert host.read("page/compose.yaml") == compose
    if when == "pre":
        assert host.identities() == before


def test_backups(host: Host, site: Site) -> None:
    """A tar before each change, with what was there then, and so many of them."""

    def app(version: int) -> dict[str, Any]:
        backup = {"paths": ["data", f"{host.root}/page/not-there"], "pre": "echo dumped > data/dump", "keep": 2}
        return host.web(volumes=["./data:/data"], backup=backup, environment={"VERSION": str(version)})

    site.deploy({"page": app(0)}).ok()
    assert archives(host) == []
    for version in (1, 2, 3):
        host.sh('echo "data of $2" > "$1/page/data/file"', host.root, str(version))
        site.deploy({"page": app(version)}).ok()
    site.run().ok()
    kept = archives(host)
    assert len(kept) == 2
    assert host.run("stat", "-c", "%a", kept[-1]).strip() == "600"
    inside = f"{host.root}/page/data".lstrip("/")
    found = [host.run("tar", "--extract", "--to-stdout", "--file", each, f"{inside}/file") for each in kept]
    assert found == ["data of 2\n", "data of 3\n"]
    assert host.run("tar", "--extract", "--to-stdout", "--file", kept[0], f"{inside}/dump") == "dumped\n"


def archives(host: Host) -> list[str]:
    """The backups of the app, the oldest first."""
    return sorted(host.run("find", f"{host.root}/page", "-name", "*.tar*").split())


def test_a_backup_that_fails(host: Host, site: Site) -> None:
    site.deploy({"page": host.web(volumes=["./data:/data"])}).ok()
    before = host.identities()
    backup = {"paths": ["data"], "pre": "echo no database >&2; false"}
    outcome = site.deploy({"page": host.web(2, volumes=["./data:/data"], backup=backup)}).failed()
    assert outcome.app("page")["result"] == "failed"
    assert "no database" in outcome.app("page")["error"]
    assert host.identities() == before
