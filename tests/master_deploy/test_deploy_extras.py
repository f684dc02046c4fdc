"""Labels for the proxy and the dashboard, hooks, backups."""

from __future__ import annotations

from typing import Any

import pytest
from stage import PORT, Host, Site, registry

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


def test_any_name_below_a_domain(host: Host, site: Site) -> None:
    """Traefik has a rule of its own for that; a dashboard links to what is a name."""
    expose = {"host": ["*.page.example.org", "page.example.org"], "port": 8080}
    site.deploy({"page": host.web(expose=expose, dashboard={"group": "X"})}, networks=PROXY).ok()
    rule = labels(host, "traefik.")["http.routers.page.rule"]
    assert rule == r"HostRegexp(`^[^.]+\.page\.example\.org$`) || Host(`page.example.org`)"
    assert labels(host, "homepage.")["href"] == "https://page.example.org"


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


def test_attempts_that_fail_push_no_good_backup_out(host: Host, site: Site) -> None:
    """The one before the first of them stays, and the last; when the app is well again, the newest of all are kept."""

    def app(version: str, text: str) -> dict[str, Any]:
        hooks = {"post": "false"} if text.startswith("bad") else {}
        backup = {"paths": ["data"], "pre": f"echo before {version} > data/dump", "keep": 1}
        return host.web(volumes=["./data:/data"], backup=backup, environment={"V": version}, hooks=hooks)

    def texts() -> list[str]:
        inside = f"{host.root}/page/data/dump".lstrip("/")
        return [host.run("tar", "--extract", "--to-stdout", "--file", each, inside).strip() for each in archives(host)]

    site.deploy({"page": app("1", "good")}).ok()
    site.deploy({"page": app("2", "good")}).ok()
    assert texts() == ["before 2"]
    for version in ("3", "4", "5"):
        site.deploy({"page": app(version, "bad")}).failed()
    assert texts() == ["before 2", "before 3", "before 5"]
    site.deploy({"page": app("6", "good")}).ok()
    assert texts() == ["before 6"]


def test_backups_before_a_rollback_and_before_what_is_taken_over(host: Host, site: Site) -> None:
    backup = {"paths": ["data"], "pre": "echo dumped > data/dump"}
    page = host.web(1, volumes=["./data:/data"], backup=backup)
    compose = f"services: {{page: {{image: '{registry('web:2')}', volumes: ['./data:/data']}}}}"
    host.sh('mkdir -p "$1/data" && echo "$2" >"$1/compose.yaml"', f"{host.root}/page", compose)
    host.sh('cd "$1" && docker compose up --detach --quiet-pull', f"{host.root}/page")
    site.deploy({"page": page}, more={"docker_app_adopt": True}).ok()
    assert len(archives(host)) == 1
    site.deploy({"page": page | {"environment": {"A": "b"}}}).ok()
    site.run(rollback="page").ok()
    assert len(archives(host)) == 3


def archives(host: Host) -> list[str]:
    """The backups of the app, the oldest first."""
    return sorted(host.run("find", f"{host.root}/.nautobridge/apps/page", "-name", "*.tar*").split())


def test_a_backup_that_fails(host: Host, site: Site) -> None:
    site.deploy({"page": host.web(volumes=["./data:/data"])}).ok()
    before = host.identities()
    backup = {"paths": ["data"], "pre": "echo no database >&2; false"}
    outcome = site.deploy({"page": host.web(2, volumes=["./data:/data"], backup=backup)}).failed()
    assert outcome.app("page")["result"] == "failed"
    assert "no database" in outcome.app("page")["error"]
    assert host.identities() == before
