"""What is declared wrongly is refused with its place, before any host is touched."""

from __future__ import annotations

from typing import Any

import pytest
from harness import Core
from stage import PORT, Host, Outcome, Site, registry


def refused(outcome: Outcome, *named: str) -> None:
    """The run failed with these words, and changed nothing."""
    outcome.failed()
    for each in named:
        assert each in outcome.said, outcome.result.stdout


def web(**more: Any) -> dict[str, Any]:
    """An app that would be deployed, were it not for something."""
    return {"image": registry("web:1"), **more}


CASES: dict[str, tuple[Any, list[str]]] = {
    "unknown key": ({"page": web(enviroment={"A": "b"})}, ["app_list.page.enviroment", "environment"]),
    "unknown key in a service": (
        {"page": {"compose": {"services": {"web": web(port=["80:80"])}}}},
        ["app_list.page.compose.services.web.port", "ports"],
    ),
    "list of the wrong type": ("homepage", ["app_list"]),
    "app of the wrong type": ({"page": ["web:1"]}, ["app_list.page"]),
    "value of the wrong type": ({"page": web(order="first")}, ["app_list.page.order"]),
    "no image": ({"page": {"ports": ["8080:8080"]}}, ["app_list.page", "image"]),
    "two ports": (
        {"one": web(ports=["8080:8080"]), "two": web(ports=["127.0.0.1:8080:80"])},
        ["app_list.two.ports[0]", "8080"],
    ),
    "two apps of one name": ([{"name": "page", **web()}, {"name": "page", **web()}], ["app_list[1].name", "page"]),
    "network that is not there": ({"page": web(networks=["prxoy"])}, ["app_list.page.networks[0]", "proxy"]),
    "secret without a source": ({"page": web(secrets={"TOKEN": {}})}, ["app_list.page.secrets.TOKEN"]),
    "file outside of the folder": (
        {"page": web(files=[{"dest": "../other/file", "content": ""}])},
        ["app_list.page.files[0].dest"],
    ),
}


@pytest.mark.parametrize("case", list(CASES))
def test_what_cannot_be_deployed(case: str, host: Host, site: Site) -> None:
    apps, named = CASES[case]
    before = host.everything()
    refused(site.deploy(apps, networks={"proxy": None}), *named)
    assert host.differences(before) == {}


def test_all_errors_at_once(core: Core, host: Host, site: Site) -> None:
    apps = {"one": web(enviroment={}), "two": web(order=-1), "three": {"state": "present"}}
    refused(site.deploy(apps), "app_list.one.enviroment", "app_list.two.order", "app_list.three")


def test_a_bad_app_keeps_all_hosts_from_being_touched(hosts: dict[str, Host], site: Site) -> None:
    site.set(hosts["local"], app_list={"page": web()})
    site.set(hosts["web1"], app_list={"page": web(imge="x")})
    site.set(hosts["web2"], app_list={"page": web()})
    outcome = site.run().failed()
    assert "app_list.page.imge" in outcome.said
    assert "web1" in outcome.said
    assert all(host.containers() == [] and host.files() == {} for host in hosts.values())


def test_what_compose_refuses(host: Host, site: Site) -> None:
    """The schema leaves such things to Compose."""
    site.deploy({"page": host.web(), "other": host.web(port=PORT + 1)}).ok()
    before = host.everything()
    wrong = host.web(deploy={"replicas": "many"})
    outcome = site.deploy({"page": wrong, "other": host.web(port=PORT + 1)}).failed()
    assert outcome.results() == {"page": "failed", "other": "unchanged"}
    assert "Compose" in outcome.app("page")["error"]
    assert host.differences(before) == {}


def test_one_app_only(core: Core, host: Host, site: Site) -> None:
    apps = {"one": host.web(), "two": host.web(port=PORT + 1)}
    assert site.deploy(apps, deploy_apps="two").ok().results()["two"] == "deployed"
    assert [each.name for each in host.containers()] == ["two-two-1"]
    refused(site.run(deploy_apps="tow"), "tow", "two")
    assert len(host.containers()) == 1
    # As a survey sends an answer that nobody gave.
    assert site.run(deploy_apps="").ok().results() == {"one": "deployed", "two": "unchanged"}
    changed = {name: app | {"environment": {"A": "b"}} for name, app in apps.items()}
    before = host.identities()
    assert site.deploy(changed, deploy_apps="one, two").ok().results() == {"one": "deployed", "two": "deployed"}
    assert not set(before.items()) & set(host.identities().items())


def test_a_host_without_an_engine(web_host: Host, site: Site) -> None:
    """What is missing is said in words."""
    interpreter = '#!/bin/sh\nDOCKER_HOST=unix:///not/there exec /usr/bin/python3 "$@"\n'
    web_host.sh('printf %s "$1" > /opt/python; chmod 755 /opt/python', interpreter)
    outcome = site.deploy({"page": web()}, more={"ansible_python_interpreter": "/opt/python"}).failed()
    assert "Docker Engine does not answer" in outcome.said
    web_host.run("rm", "/opt/python")
