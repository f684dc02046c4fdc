"""This repository, synchronized into a real Nautobot by a real worker, and read back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from git_sync import CONTEXTS, LOCAL, Api, Sync, in_nautobot, listed, without_apps
from harness import PROJECT, SCRIPT, Core, run
from lab import Nautobot
from repository import served

# What each Docker host of the homelab is to run.
APPS = {
    "traefik": {"node-exporter", "traefik"},
    "homepage": {"node-exporter", "traefik", "homepage"},
    "monitoring": {"node-exporter", "traefik", "uptime-kuma", "prometheus"},
    "docker-media": {"node-exporter", "traefik", "jellyfin"},
    "docker-apps": {"node-exporter", "traefik", "paperless"},
    "immich": {"node-exporter"},
}


@pytest.fixture(scope="module")
def api(server: Nautobot) -> Api:
    """Nautobot's REST API."""
    return Api(server)


@pytest.fixture(scope="module")
def before(api: Api, env: dict[str, str], nautobridge: Path) -> Iterator[dict[str, Any]]:
    """The inventory with the apps that the loader made, which are away meanwhile."""
    with without_apps(api, env, nautobridge) as found:
        yield found


@pytest.fixture(scope="module")
def sync(api: Api, worker: None, before: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sync]:
    """This repository in Nautobot, synchronized."""
    with served(tmp_path_factory.mktemp("git")) as git, in_nautobot(api, git) as synced:
        # A folder of Ansible's roles is no folder of contexts, and Nautobot says so.
        warnings = synced.log(synced.ok(), "warning")
        assert len(warnings) == (PROJECT / "roles").is_dir(), warnings
        assert all('Found "roles" directory' in warning for warning in warnings), warnings
        yield synced


def test_contexts_and_schema_are_the_repositorys(sync: Sync) -> None:
    assert sync.head() == sync.git.head()
    schema = sync.api.named("extras/config-context-schemas", "app_list")
    assert schema["owner"]["id"] == sync.id
    assert (
        schema["data_schema"]
        == yaml.safe_load((PROJECT / "config_context_schemas/app_list.yml").read_text())["data_schema"]
    )
    owned = [row for row in sync.api.rows("extras/config-contexts") if row["owner"] and row["owner"]["id"] == sync.id]
    assert len(owned) == len(CONTEXTS)
    for path in CONTEXTS:
        content = yaml.safe_load(path.read_text())
        metadata = content.pop("_metadata")
        [row] = [row for row in owned if row["name"] == metadata["name"]]
        assert (row["weight"], row["description"]) == (metadata["weight"], metadata["description"])
        assert row["data"] == content
        assert row["config_context_schema"]["id"] == schema["id"], "each context names its schema"
        if path.parent.name != "config_contexts":
            assert len(row[path.parent.name]) == 1, "the folder's name is a scope"
    for path in LOCAL:
        machine = sync.api.named("virtualization/virtual-machines", path.stem)
        assert machine["local_config_context_data"] == yaml.safe_load(path.read_text())
        assert machine["local_config_context_data_owner_object_id"] == sync.id


def test_nautobot_finds_them_valid(sync: Sync, nautobot: Nautobot) -> None:
    """A sync validates nothing; saving does."""
    for row in sync.api.rows("extras/config-contexts", schema="app_list"):
        path = f"extras/config-contexts/{row['id']}/"
        sync.api.json("PATCH", path, json={"data": row["data"]})
        wrong = sync.api.call("PATCH", path, json={"data": {"app_list": {"x": {"imagee": "y"}}}})
        assert wrong.status_code == 400
        assert "imagee" in wrong.text
    schema = sync.api.named("extras/config-context-schemas", "app_list")
    for path in LOCAL:
        machine = nautobot.api.virtualization.virtual_machines.get(name=path.stem)
        nautobot.change(machine, local_config_context_schema=schema["id"])


@pytest.fixture(scope="module")
def inventory(sync: Sync, env: dict[str, str], nautobridge: Path) -> dict[str, Any]:
    """What the binary says then."""
    return listed(env, nautobridge)


def test_every_docker_host_has_its_apps(
    before: dict[str, Any], inventory: dict[str, Any], env: dict[str, str], nautobridge: Path, cores: list[Core]
) -> None:
    assert inventory == before, "by Git as by the loader"
    assert set(inventory["role_docker_host"]["hosts"]) == set(APPS)
    for name, variables in inventory["_meta"]["hostvars"].items():
        assert set(variables.get("app_list", {})) == APPS.get(name, set()), name
        if name in APPS:
            assert variables["app_networks"] == {"proxy": None}
            assert json.loads(run([nautobridge, "--host", name], env).ok().stdout) == variables
    # The other core has the same in its own tests.
    assert cores[0].inventory(SCRIPT, env)["_meta"]["hostvars"] == inventory["_meta"]["hostvars"]


def test_a_hosts_own_context_is_merged_last(inventory: dict[str, Any]) -> None:
    apps = {name: inventory["_meta"]["hostvars"][name]["app_list"] for name in APPS}
    own, other = apps["traefik"]["traefik"], apps["homepage"]["traefik"]
    assert (own["environment"]["TRAEFIK_LOG_LEVEL"], other["environment"]["TRAEFIK_LOG_LEVEL"]) == ("INFO", "WARN")
    assert own["environment"].items() >= {**other["environment"], "TRAEFIK_LOG_LEVEL": "INFO"}.items()
    assert own["image"] == other["image"]
    assert "files" not in other
    jellyfin = apps["docker-media"]["jellyfin"]
    assert jellyfin["image"].startswith("docker.io/jellyfin/jellyfin:")  # the tag's
    assert jellyfin["deploy"] == {"resources": {"limits": {"memory": "6g"}}}  # several scopes'
    assert jellyfin["devices"] == ["/dev/dri/renderD128"]  # the host's


def test_a_push_reaches_the_inventory(sync: Sync, before: dict[str, Any], call: Callable[..., Any]) -> None:
    path = "config_contexts/virtual_machines/traefik.yml"
    pushed = sync.git.commit(**{path: (PROJECT / path).read_text().replace("LOG_LEVEL: INFO", "LOG_LEVEL: DEBUG")})
    sync.ok()
    assert sync.head() == pushed
    assert (
        json.loads(call("--host", "traefik").ok().stdout)["app_list"]["traefik"]["environment"]["TRAEFIK_LOG_LEVEL"]
        == "DEBUG"
    )
    sync.git.commit()
    sync.ok()
    assert json.loads(call("--list").ok().stdout) == before


def test_a_sync_does_not_validate(sync: Sync) -> None:
    """So a mistake has to be found before the push."""
    text = "_metadata: {name: odd, is_active: false, config_context_schema: app_list}\napp_list: {x: {imagee: y}}\n"
    sync.git.commit(**{"config_contexts/odd.yml": text})
    sync.ok()
    assert sync.api.named("extras/config-contexts", "odd")["data"] == {"app_list": {"x": {"imagee": "y"}}}
    sync.git.commit()
    sync.ok()
    assert sync.api.rows("extras/config-contexts", name="odd") == []


BAD = {
    "config_contexts/README.md": "# Words\n",
    "config_contexts/tags/.gitkeep": "",
    "config_contexts/tags/media.yml": "app_list: {jellyfin: {image: 'a:1'}}\n",
    "config_contexts/tags/no such tag.yml": "_metadata: {name: new}\n",
    "config_contexts/virtual_machines/no-such-host.yml": "app_list: {}\n",
    "config_contexts/name-of-another.yml": "_metadata: {name: defaults}\n",
    "config_contexts/broken.yml": "app_list: [\n",
}


@pytest.mark.parametrize("path", BAD)
def test_one_bad_file_changes_nothing(sync: Sync, path: str) -> None:
    def state() -> list[Any]:
        machines = sync.api.rows("virtualization/virtual-machines")
        own = {row["name"]: row["local_config_context_data"] for row in machines}
        return [
            sync.head(),
            sync.api.rows("extras/config-contexts"),
            sync.api.rows("extras/config-context-schemas"),
            own,
        ]

    before = state()
    good = "config_contexts/virtual_machines/traefik.yml"
    sync.git.commit(**{path: BAD[path], good: "app_list: {traefik: {state: stopped}}\n"})
    result = sync.run()
    assert result["status"]["value"] == "FAILURE"
    assert path.rsplit("/", maxsplit=1)[-1] in " ".join(sync.log(result, "error"))
    assert state() == before
