"""Git repositories in a real Nautobot, synchronized by its worker."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from harness import PROJECT, run
from lab import Nautobot
from repository import BRANCH, Repository

CONTENTS = ["extras.configcontext", "extras.configcontextschema"]
CONTEXTS = sorted((PROJECT / "config_contexts").glob("*.yml")) + sorted(
    path
    for path in (PROJECT / "config_contexts").glob("*/*.yml")
    if path.parent.name not in ("devices", "virtual_machines")
)
LOCAL = sorted((PROJECT / "config_contexts" / "virtual_machines").glob("*.yml"))
RELOAD = ["demo/homelab/guests.yml", "config_context_schemas", "config_contexts"]


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

    def ok(self) -> dict[str, Any]:
        """The same, and it succeeds."""
        result = self.run()
        assert result["status"]["value"] == "SUCCESS", self.log(result, "error", "critical")
        return result

    def head(self) -> str:
        """Tell which commit Nautobot holds."""
        return self.api.json("GET", f"extras/git-repositories/{self.id}/")["current_head"]

    def log(self, result: dict[str, Any], *levels: str) -> list[str]:
        """Tell what the job said at these levels."""
        logged = self.api.json("GET", f"extras/job-results/{result['id']}/logs/")
        return [entry["message"] for entry in logged if entry["log_level"].lower() in levels]


@contextmanager
def in_nautobot(api: Api, git: Repository) -> Iterator[Sync]:
    """The repository in Nautobot for this time, with its contexts and schemas; not yet synchronized."""
    made = {"name": "nautobridge", "remote_url": git.url, "branch": BRANCH, "provided_contents": CONTENTS}
    created = api.json("POST", "extras/git-repositories/", json=made)
    try:
        yield Sync(api, git, created["id"])
    finally:
        api.json("DELETE", f"extras/git-repositories/{created['id']}/")


def listed(env: dict[str, str], nautobridge: Path) -> dict[str, Any]:
    """The inventory by the binary."""
    return json.loads(run([nautobridge, "--list"], env).ok().stdout)


@contextmanager
def without_apps(api: Api, env: dict[str, str], nautobridge: Path) -> Iterator[dict[str, Any]]:
    """The apps and their schema that the homelab's loader made are away for this time; gives the inventory before."""
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
        yield before
    finally:
        # The local contexts come with the machines.
        run([sys.executable, PROJECT / "demo" / "load.py", "--quiet", *RELOAD], env).ok()
        assert listed(env, nautobridge) == before
