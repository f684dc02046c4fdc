"""From an app to its Compose model."""

from __future__ import annotations

from typing import Any

import pytest
from docker_app_controller.apps import App, apps_of
from docker_app_controller.plain import names, plain
from docker_app_controller.project import Options, project


def made(data: dict[str, Any], **options: Any) -> dict[str, Any]:
    """The project of an app `web`."""
    return project(App("web", "app_list.web", data), Options(networks=("proxy", "shared"), **options))


def service(data: dict[str, Any], name: str = "web", **options: Any) -> dict[str, Any]:
    """One of its services."""
    return made(data, **options)["model"]["services"][name]


def test_keys_of_compose_make_a_service() -> None:
    """The one-service case: Compose's keys as they are."""
    model = made({"image": "nginx:1", "ports": ["80:80"], "order": 5, "wait": {"timeout": 9}})["model"]
    assert model == {"name": "web", "services": {"web": {"image": "nginx:1", "ports": ["80:80"]}}}


def test_compose_is_merged_last() -> None:
    """Mappings merge, lists are replaced, other services join."""
    data = {
        "image": "nginx:1",
        "environment": {"A": "1", "B": "1"},
        "ports": ["80:80"],
        "compose": {
            "services": {"web": {"environment": {"B": "2"}, "ports": ["81:80"]}, "db": {"image": "postgres:18"}},
            "volumes": {"data": None},
        },
    }
    model = made(data)["model"]
    assert model["services"]["web"] == {"image": "nginx:1", "environment": {"A": "1", "B": "2"}, "ports": ["81:80"]}
    assert model["services"]["db"] == {"image": "postgres:18"}
    assert model["volumes"] == {"data": None}
    # What was given is not changed by the merge.
    assert data["environment"] == {"A": "1", "B": "1"}


def test_expose_becomes_labels_of_traefik() -> None:
    """All that its documentation asks for, and the proxy's network."""
    expose = {"host": ["a.example", "b.example"], "port": 8080, "middlewares": ["auth@file", "gzip@file"]}
    found = service({"image": "nginx:1", "expose": expose}, cert_resolver="le")
    assert found["networks"] == ["default", "proxy"]
    assert found["labels"] == {
        "traefik.enable": "true",
        "traefik.docker.network": "proxy",
        "traefik.http.routers.web.rule": "Host(`a.example`) || Host(`b.example`)",
        "traefik.http.routers.web.service": "web",
        "traefik.http.routers.web.entrypoints": "websecure",
        "traefik.http.routers.web.middlewares": "auth@file,gzip@file",
        "traefik.http.routers.web.tls": "true",
        "traefik.http.routers.web.tls.certresolver": "le",
        "traefik.http.services.web.loadbalancer.server.port": "8080",
    }


def test_expose_without_tls_and_with_caddy() -> None:
    """The other proxy, and the other scheme."""
    expose = {"host": "a.example", "port": 80, "tls": False}
    traefik = service({"image": "nginx:1", "expose": expose}, entrypoint="")["labels"]
    assert not [key for key in traefik if "tls" in key or "entrypoints" in key]
    caddy = service({"image": "nginx:1", "expose": expose}, proxy="caddy")["labels"]
    assert caddy["caddy"] == "http://a.example"
    assert caddy["caddy.reverse_proxy"] == "{{upstreams 80}}"
    assert "labels" not in service({"image": "nginx:1", "expose": expose}, proxy="none")


def test_dashboard_becomes_labels_of_homepage() -> None:
    """Widgets flat, the address that of `expose`, a dollar sign Compose's."""
    data = {
        "image": "nginx:1",
        "labels": ["mine=1", "homepage.icon=own.png"],
        "expose": {"host": "a.example", "port": 80},
        "dashboard": {
            "group": "Media",
            "icon": "x.png",
            "description": "5 $",
            "widget": {"type": "x", "fields": ["a", "b"], "on": True},
        },
    }
    labels = service(data, proxy="none")["labels"]
    assert labels == {
        "homepage.group": "Media",
        "homepage.name": "web",
        # The user's own label wins.
        "homepage.icon": "own.png",
        "homepage.description": "5 $$",
        "homepage.href": "https://a.example",
        "homepage.widget.type": "x",
        "homepage.widget.fields.0": "a",
        "homepage.widget.fields.1": "b",
        "homepage.widget.on": "true",
        "mine": "1",
    }


def test_secrets_reach_their_services() -> None:
    """By environment or as a file; to the main service unless others are named; what the user composes wins."""
    data = {
        "image": "nginx:1",
        "environment": ["URL=x://${TOKEN}@db", "OWN=set"],
        "secrets": {
            "TOKEN": {"env": "T"},
            "OWN": {"env": "O"},
            "KEY": {"file": "/k", "as": "file", "services": ["db"]},
            "LOOSE": {"var": "v", "services": []},
        },
        "compose": {"services": {"db": {"image": "postgres:18"}}},
    }
    found = made(data)
    services = found["model"]["services"]
    assert services["web"]["environment"] == {"TOKEN": "${TOKEN}", "OWN": "set", "URL": "x://${TOKEN}@db"}
    assert services["db"]["secrets"] == ["KEY"]
    assert "environment" not in services["db"]
    assert found["model"]["secrets"] == {"KEY": {"file": "./secrets/KEY"}}
    # References stay where Ansible runs.
    assert "/k" not in str(found)


def test_to_name_a_secret_is_to_want_it() -> None:
    """`environment: [TOKEN]` and `TOKEN:` have no value of their own."""
    for environment in (["TOKEN"], {"TOKEN": None}):
        found = service({"image": "x:1", "environment": environment, "secrets": {"TOKEN": {"env": "T"}}})
        assert found["environment"] == {"TOKEN": "${TOKEN}"}
    assert service({"image": "x:1", "environment": ["A"], "secrets": {"T": {"env": "T"}}})["environment"] == {
        "A": None,
        "T": "${T}",
    }


@pytest.mark.parametrize(
    ("volumes", "readers"),
    [
        ({"a": ["./conf:/c"]}, ["a"]),
        ({"a": ["/opt/docker/web/conf/x.yml:/c"], "b": ["./:/all"]}, ["a", "b"]),
        ({"a": ["./other:/c"]}, ["web"]),
    ],
)
def test_a_file_concerns_who_mounts_it(volumes: dict[str, list[str]], readers: list[str]) -> None:
    """And where nobody does, the main service."""
    services = {name: {"image": "x:1", "volumes": paths} for name, paths in volumes.items()}
    data = {"image": "x:1", "files": [{"dest": "conf//x.yml", "content": ""}], "compose": {"services": services}}
    (file,) = made(data)["files"]
    assert file["dest"] == "conf/x.yml"
    assert file["services"] == readers


def test_shared_networks_are_made_elsewhere() -> None:
    """Compose must not make them, and an app's own of the same name stays its own."""
    data = {
        "image": "x:1",
        "networks": {"shared": {"aliases": ["w"]}, "own": None},
        "compose": {"networks": {"own": {}}},
    }
    assert made(data)["model"]["networks"] == {"own": {}, "shared": {"external": True, "name": "shared"}}
    mine = {"image": "x:1", "networks": ["shared"], "compose": {"networks": {"shared": {"internal": True}}}}
    assert made(mine)["model"]["networks"] == {"shared": {"internal": True}}


def test_both_forms_and_their_order() -> None:
    """By order, then by name; the sum of what is declared does not know the form."""
    mapping = apps_of({"b": {"image": "x"}, "a": {"image": "x"}, "z": {"image": "x", "order": 1}})
    assert [app.name for app in mapping] == ["z", "a", "b"]
    listed = apps_of([{"name": "b", "image": "x"}, {"name": "z", "order": 1, "image": "x"}])
    assert [app.name for app in listed] == ["z", "b"]
    assert listed[1].declared() == mapping[2].declared()
    # echo -n '{"image":"x"}' | sha256sum: `nautobridge apps drift` makes the same.
    assert mapping[2].declared() == "ae2690ffaf7c3254793a5ce8a566b7dd320298a3a5581031a0c417661749fdd2"


def test_plain_values() -> None:
    """Subclasses, as Ansible has them, become what they stand for."""

    class Marked(str):
        __slots__ = ()

    class Number(int):
        pass

    found = plain({Marked("k"): [Marked("v"), Number(3), True, None, 1.5]})
    assert found == {"k": ["v", 3, True, None, 1.5]}
    assert [type(value) for value in found["k"]] == [str, int, bool, type(None), float]
    assert type(next(iter(found))) is str


@pytest.mark.parametrize(("given", "found"), [("a, b,", ["a", "b"]), ("", []), (None, []), (["a"], ["a"]), ([], [])])
def test_names(given: Any, found: list[str]) -> None:
    """As surveys give them, and as people do."""
    assert names(given) == found
