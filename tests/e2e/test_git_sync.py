"""This repository, synchronized into a real Nautobot by a real worker, and read back."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from harness import PROJECT, SCRIPT, Core, run
from lab import Nautobot
from repository import BRANCH, Repository, served

SERVER = PROJECT / "tests" / "nautobot" / "server"
CONTENTS = ["extras.configcontext", "extras.configcontextschema"]
CONTEXTS = sorted((PROJECT / "config_contexts").glob("*.yml")) + sorted(
    path
    for path in (PROJECT / "config_contexts").glob("*/*.yml")
    if path.parent.name not in ("devices", "virtual_machines")
)
LOCAL = sorted((PROJECT / "config_contexts" / "virtual_machines").glob("*.yml"))
RELOAD = ["demo/homelab/guests.yml", "config_context_schemas", "config_contexts"]

# What each Docker host of the homelab is to run.
APPS = {
    "traefik": {"node-exporter", "traefik"},
    "homepage": {"node-exporter", "traefik", "homepage"},
    "monitoring": {"node-exporter", "traefik", "uptime-kuma", "prometheus"},
    "docker-media": {"node-exporter", "traefik", "jellyfin"},
    "docker-apps": {"node-exporter", "traefik", "paperless"},
    "immich": {"node-exporter"},
}


@dataclass(frozen=True)
class Api:
    """Nautobot's REST API, with rows as they are."""

    server: Nautobot

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """Make a request, whatever comes of it."""
        headers = {"Authorization": f"Token {self.server.token}"}
        return requests.request(method, f"{self.server.url}/api/{path}", headers=headers, timeout=60, **options)

    def json(self, method: str, path: str, **options: Any) -> Any:
        """Make a request that succeeds."""
        answer = self.call(method, path, **options)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def rows(self, path: str, **filters: Any) -> list[dict[str, Any]]:
        """Read a whole list."""
        return self.json("GET", f"{path}/", params={"limit": 0, "exclude_m2m": "false", **filters})["results"]

    def named(self, path: str, name: str) -> dict[str, Any]:
        """Read the one row of a name."""
        [row] = self.rows(path, name=name)
        return row


@dataclass(frozen=True)
class Sync:
    """A Git repository in Nautobot."""

    api: Api
    git: Repository
    id: str
    before: dict[str, Any]

    def run(self) -> dict[str, Any]:
        """Synchronize it, and wait until the job is through; gives its result."""
        started = self.api.json("POST", f"extras/git-repositories/{self.id}/sync/")["job_result"]["id"]
        end = time.monotonic() + 60
        while time.monotonic() < end:
            result = self.api.json("GET", f"extras/job-results/{started}/")
            if result["status"]["value"] in ("SUCCESS", "FAILURE", "REVOKED"):
                return result
            time.sleep(0.2)
        pytest.fail("the sync did not end within a minute")

    def head(self) -> str:
        """Tell which commit Nautobot holds."""
        return self.api.json("GET", f"extras/git-repositories/{self.id}/")["current_head"]

    def log(self, result: dict[str, Any], *levels: str) -> list[str]:
        """Tell what the job said at these levels."""
        logged = self.api.json("GET", f"extras/job-results/{result['id']}/logs/")
        return [entry["message"] for entry in logged if entry["log_level"].lower() in levels]


@pytest.fixture(scope="module")
def worker(server: Nautobot) -> Iterator[None]:
    """A Celery worker for the time of these tests, if there is none."""
    api = Api(server)
    if api.json("GET", "status/")["celery-workers-running"]:
        yield
        return
    database = os.environ.get("NAUTOBRIDGE_TEST_DATABASE")
    assert database, 'no worker runs, and NAUTOBRIDGE_TEST_DATABASE is not set: eval "$(tests/nautobot/server env)"'
    command = [SERVER, "worker", "--db", database]
    run(command, dict(os.environ)).ok()
    try:
        yield
    finally:
        run([*command, "--stop"], dict(os.environ)).ok()


def listed(env: dict[str, str], nautobridge: Path) -> dict[str, Any]:
    """The inventory by the binary."""
    return json.loads(run([nautobridge, "--list"], env).ok().stdout)


@pytest.fixture(scope="module")
def sync(
    server: Nautobot,
    worker: None,
    env: dict[str, str],
    nautobridge: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Sync]:
    """This repository in Nautobot, synchronized; the apps that the loader made are away meanwhile."""
    api = Api(server)
    before = listed(env, nautobridge)
    try:
        for path in CONTEXTS:
            name = yaml.safe_load(path.read_text())["_metadata"]["name"]
            api.json("DELETE", f"extras/config-contexts/{api.named('extras/config-contexts', name)['id']}/")
        schema = api.named("extras/config-context-schemas", "app_list")
        api.json("DELETE", f"extras/config-context-schemas/{schema['id']}/")
        for path in LOCAL:
            machine = api.named("virtualization/virtual-machines", path.stem)
            data = {"local_config_context_data": None}
            api.json("PATCH", f"virtualization/virtual-machines/{machine['id']}/", json=data)
        hosts = listed(env, nautobridge)["_meta"]["hostvars"]
        assert not any("app_list" in variables for variables in hosts.values())

        with served(tmp_path_factory.mktemp("git")) as git:
            made = {"name": "nautobridge", "remote_url": git.url, "branch": BRANCH, "provided_contents": CONTENTS}
            created = api.json("POST", "extras/git-repositories/", json=made)
            try:
                synced = Sync(api, git, created["id"], before)
                result = synced.run()
                assert result["status"]["value"] == "SUCCESS", synced.log(result, "error", "critical")
                # A folder of Ansible's roles is no folder of contexts, and Nautobot says so.
                warnings = synced.log(result, "warning")
                assert len(warnings) == (PROJECT / "roles").is_dir(), warnings
                assert all('Found "roles" directory' in warning for warning in warnings), warnings
                yield synced
            finally:
                api.json("DELETE", f"extras/git-repositories/{created['id']}/")
    finally:
        # The local contexts come with the machines.
        run([sys.executable, PROJECT / "demo" / "load.py", "--quiet", *RELOAD], env).ok()
        assert listed(env, nautobridge) == before


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
    sync: Sync, inventory: dict[str, Any], env: dict[str, str], nautobridge: Path, cores: list[Core]
) -> None:
    assert inventory == sync.before, "by Git as by the loader"
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


def test_a_push_reaches_the_inventory(sync: Sync, call: Callable[..., Any]) -> None:
    path = "config_contexts/virtual_machines/traefik.yml"
    pushed = sync.git.commit(**{path: (PROJECT / path).read_text().replace("LOG_LEVEL: INFO", "LOG_LEVEL: DEBUG")})
    assert sync.run()["status"]["value"] == "SUCCESS"
    assert sync.head() == pushed
    assert (
        json.loads(call("--host", "traefik").ok().stdout)["app_list"]["traefik"]["environment"]["TRAEFIK_LOG_LEVEL"]
        == "DEBUG"
    )
    sync.git.commit()
    assert sync.run()["status"]["value"] == "SUCCESS"
    assert json.loads(call("--list").ok().stdout) == sync.before


def test_a_sync_does_not_validate(sync: Sync) -> None:
    """So a mistake has to be found before the push."""
    text = "_metadata: {name: odd, is_active: false, config_context_schema: app_list}\napp_list: {x: {imagee: y}}\n"
    sync.git.commit(**{"config_contexts/odd.yml": text})
    assert sync.run()["status"]["value"] == "SUCCESS"
    assert sync.api.named("extras/config-contexts", "odd")["data"] == {"app_list": {"x": {"imagee": "y"}}}
    sync.git.commit()
    assert sync.run()["status"]["value"] == "SUCCESS"
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
