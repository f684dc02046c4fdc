"""What is no longer declared stays, unless its removal is asked for and the data looks sane."""

from __future__ import annotations

from typing import Any

from harness import Core
from stage import PORT, Host, Site, registry


def apps(host: Host, *names: str) -> dict[str, Any]:
    """Some apps, which are quickly there."""
    return {name: host.web(port=PORT + index) for index, name in enumerate(names)}


def test_a_removed_app_without_and_with_prune(core: Core, host: Host, site: Site) -> None:
    two = apps(host, "kept", "gone")
    two["gone"] |= {"volumes": ["data:/data", "./files:/files"], "compose": {"volumes": {"data": None}}}
    site.deploy(two).ok()
    host.docker("exec", "gone-gone-1", "sh", "-c", "echo precious > /data/file; echo precious > /files/file")
    kept = host.container("kept").identity
    less = {"kept": two["kept"]}
    outcome = site.deploy(less).ok()
    assert outcome.host()["orphans"] == ["gone"]
    assert outcome.host()["pruned"] == []
    assert outcome.changed(host.name) == 0
    assert "gone" in outcome.said
    assert host.get(port=PORT + 1) == "web 1"

    before = host.everything()
    assert site.run("--check", deploy_prune=True).ok().app("gone")["result"] == "planned"
    assert host.differences(before) == {}

    outcome = site.run(deploy_prune="yes").ok()
    assert outcome.host()["pruned"] == ["gone"]
    assert outcome.host()["orphans"] == []
    assert not host.serves(PORT + 1)
    assert host.containers("gone") == []
    assert host.container("kept").identity == kept
    # Its data is still there.
    assert host.docker("volume", "ls", "--quiet").split() == ["gone_data"]
    assert host.read("gone/files/file") == "precious\n"
    assert site.run(deploy_prune="yes").ok().changed(host.name) == 0
    site.deploy(two).ok()
    assert host.get("/data/file", PORT + 1) == "precious"


def test_nothing_that_is_not_ours_is_pruned(host: Host, site: Site) -> None:
    """Neither a plain container nor a project that somebody else runs with Compose, in our root or elsewhere."""
    site.deploy(apps(host, "page")).ok()
    host.docker("run", "--detach", "--name", "foreign", registry("web:1"))
    folder = f"{host.root}/theirs"
    host.sh(
        'mkdir "$1"; printf "services:\\n  web:\\n    image: %s\\n" "$2" > "$1/compose.yaml"', folder, registry("web:1")
    )
    host.sh('cd "$1"; docker compose up --detach', folder)
    before = host.identities()
    outcome = site.run(deploy_prune=True).ok()
    assert outcome.host()["orphans"] == []
    assert {each["name"]: each["project"] for each in outcome.host()["unmanaged"]} == {
        "foreign": None,
        "theirs-web-1": "theirs",
    }
    assert host.identities() == before


def test_too_many_at_once(host: Host, site: Site) -> None:
    four = apps(host, "a", "b", "c", "d")
    site.deploy(four).ok()
    before = host.identities()
    two = {name: four[name] for name in ("a", "b")}
    for name, limit in {"docker_app_prune_max": 1, "docker_app_prune_max_percent": 30}.items():
        outcome = site.deploy(two, more={name: limit}, deploy_prune=True).failed()
        assert name in outcome.said
        assert outcome.host()["failed"] is True
        assert outcome.host()["orphans"] == ["c", "d"]
        assert host.identities() == before
    site.deploy(two, deploy_prune=True).ok()
    assert {each.name for each in host.containers()} == {"a-a-1", "b-b-1"}


def test_an_empty_or_missing_list_never_prunes(host: Host, site: Site) -> None:
    site.deploy(apps(host, "page")).ok()
    before = host.identities()
    for empty in ({}, []):
        outcome = site.deploy(empty, deploy_prune=True, deploy_max_fail_percentage=100)
        assert host.identities() == before
        assert "page" in outcome.host()["orphans"]
    site.set(host)
    site.run(deploy_prune=True).ok()
    # As with an app list that some context sets to null.
    site.deploy(None, deploy_prune=True)
    assert host.identities() == before


def test_a_filter_never_prunes(host: Host, site: Site) -> None:
    two = apps(host, "page", "gone")
    site.deploy(two).ok()
    before = host.identities()
    outcome = site.deploy({"page": two["page"]}, deploy_prune=True, deploy_apps="page").ok()
    assert outcome.host()["pruned"] == []
    assert host.identities() == before


def test_a_failed_app_keeps_all_from_being_pruned(host: Host, site: Site) -> None:
    two = apps(host, "page", "gone")
    site.deploy(two).ok()
    broken = two["page"] | {"image": registry("web:not-there")}
    assert site.deploy({"page": broken}, deploy_prune=True).failed().host()["pruned"] == []
    assert host.get(port=PORT + 1) == "web 1"
