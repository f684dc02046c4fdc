"""What is not the role's is not touched, whatever its name and whatever was recorded once."""

from __future__ import annotations

import pytest
from stage import PORT, Host, Site, registry

VOLUMES = {"volumes": ["data:/data"], "compose": {"volumes": {"data": None}}}


def by_hand(host: Host, project: str) -> str:
    """A Compose project that somebody made on the host, with a volume; its container."""
    text = f"services: {{page: {{image: '{registry('web:1')}', volumes: ['data:/data']}}}}\nvolumes: {{data: }}\n"
    script = 'mkdir -p "$1" && printf "%s" "$2" >"$1/compose.yaml" && cd "$1" && docker compose -p "$3" up -d --wait'
    host.sh(script, f"{host.root}/by-hand", text, project)
    return host.container(project, "page").id


@pytest.mark.parametrize("name", ["page/", "./page", "../page", "PAGE"])
def test_a_purge_takes_names_only(host: Host, site: Site, name: str) -> None:
    """A declared app with a slash at its name is no other app."""
    apps = {"page": host.web(**VOLUMES)}
    site.deploy(apps).ok()
    before = host.identities()
    assert "invalid app name" in site.deploy(apps, deploy_purge=name).failed().said
    assert host.identities() == before
    assert host.docker("volume", "ls", "--quiet", "--filter", "name=page_data").split() == ["page_data"]


def test_a_record_is_no_ownership(host: Host, site: Site) -> None:
    """An app was ours, went, and somebody else has its name now: neither absent nor a purge touches that."""
    site.deploy({"page": host.web()}).ok()
    gone = {"page": {"state": "absent"}, "other": host.web(port=PORT + 1)}
    site.deploy(gone).ok()
    theirs = by_hand(host, "page")
    assert "that this role did not make" in site.deploy(gone).failed().app("page")["error"]
    assert "that this role did not make" in site.deploy(gone, deploy_purge="page").failed().app("page")["error"]
    assert host.container("page", "page").id == theirs
    assert host.docker("volume", "ls", "--quiet", "--filter", "name=page_data").split() == ["page_data"]


@pytest.mark.parametrize("folder", ["page", "elsewhere"])
def test_what_is_taken_over_in_vain_is_given_back(host: Host, site: Site, folder: str) -> None:
    """With its own files, and its data; and it can be taken over later."""
    adopt = {"docker_app_adopt": True}
    text = f"services: {{page: {{image: '{registry('web:1')}', ports: ['{host.port()}']}}}}\n"
    script = 'mkdir -p "$1" && printf "%s" "$2" >"$1/compose.yaml" && cd "$1" && docker compose -p page up -d --wait'
    host.sh(script, f"{host.root}/{folder}", text)
    broken = host.web(image=registry("exit1:1"), wait={"timeout": 15, "stable_for": 1})
    outcome = site.deploy({"page": broken}, more=adopt).failed()
    assert outcome.app("page")["result"] == "rolled_back"
    assert "What ran before it was taken over runs again" in outcome.app("page")["error"]
    assert host.get() == "web 1"
    assert host.read(f"{folder}/compose.yaml") == text
    assert "that this role did not make" in site.deploy({"page": host.web(2)}).failed().app("page")["error"]
    assert site.deploy({"page": host.web(2)}, more=adopt).ok().results() == {"page": "deployed"}
    assert host.get() == "web 2"
