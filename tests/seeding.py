"""The homelab's seed, a Controller to put it on, and the environment of someone who does."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from harness import PROJECT, Core, Result, run

SEED = PROJECT / "seeder"
PLAYBOOK = PROJECT / "playbooks" / "setup_aap.yml"

# Each is told from all other text.
SECRETS = {
    "NAUTOBOT_TOKEN": "1f4a77c02b6e4b21b0a1de0e3fd3a5c9e0b7d6aa",
    "HOMELAB_CONTROLLER_TOKEN": "controller-token-Zk81",
    "HOMELAB_CONTROLLER_PASSWORD": "controller-password-Qw27",
    "HOMELAB_SSH_KEY": "-----BEGIN {0}-----\nkey-text-Lm93\n-----END {0}-----".format("OPENSSH PRIVATE KEY"),
    "HOMELAB_BECOME_PASSWORD": "become-password-Xy55",
    "HOMELAB_GIT_TOKEN": "git-token-Rt40",
    "HOMELAB_REGISTRY_PASSWORD": "registry-password-Op66",
    "HOMELAB_VAULT_PASSWORD": "vault-password-Hj12",
    "HOMELAB_APP_SECRETS": """\
values:
  cf_dns_api_token: {value: dns-token-Bn38, apps: [traefik]}
  homepage_jellyfin_key: jellyfin-key-Fd71
  paperless_secret_key: paperless-key-Tv09
  paperless_db_password: paperless-password-Ws64
""",
}
# The values in one of them.
APP_SECRETS = re.findall(r"[\w-]+-[A-Z][a-z]\d\d", SECRETS["HOMELAB_APP_SECRETS"])
# What else belongs to them.
PUBLIC = {
    "NAUTOBOT_URL": "https://nautobot.lab.example",
    "HOMELAB_CONTROLLER_HOST": "https://aap.lab.example",
    "HOMELAB_CONTROLLER_USERNAME": "seeder",
    "HOMELAB_GIT_USERNAME": "git",
    "HOMELAB_REGISTRY_USERNAME": "puller",
}
GIVEN = SECRETS | PUBLIC


def variables() -> dict[str, Any]:
    """All variables of the seed, as they are written."""
    merged: dict[str, Any] = {}
    for path in sorted(SEED.glob("*.yml")):
        merged |= yaml.safe_load(path.read_text())
    return merged


@cache
def program() -> str:
    """The path of the test Controller: from the environment, as in `make test`, or else built now."""
    if named := os.environ.get("NAUTOBRIDGE_TEST_CONTROLLER"):
        return named
    build = ["cargo", "build", "--locked", "--quiet", "--workspace", "--bin", "awx-sim", "--message-format=json"]
    built = subprocess.run(build, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    messages = [json.loads(line) for line in built.stdout.splitlines()]
    return next(made for message in messages if (made := message.get("executable")))


@dataclass(frozen=True)
class Controller:
    """A Controller that runs."""

    url: str

    @property
    def env(self) -> dict[str, str]:
        """How to log in, as AAP tells its jobs."""
        return {"CONTROLLER_HOST": self.url, "CONTROLLER_USERNAME": "admin", "CONTROLLER_PASSWORD": "password"}

    def get(self, path: str) -> Any:
        """Read from the API as its administrator."""
        request = urllib.request.Request(self.url + path)
        request.add_header("Authorization", "Basic " + base64.b64encode(b"admin:password").decode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def rows(self, endpoint: str, **query: Any) -> list[dict[str, Any]]:
        """Read a page of a list."""
        words = "&".join(f"{name}={value}" for name, value in query.items())
        return self.get(f"/api/v2/{endpoint}/?{words}")["results"]

    def script(self, **script: Any) -> None:
        """Say what runs of a template do from now on."""
        request = urllib.request.Request(self.url + "/_test/scripts", json.dumps(script).encode(), method="POST")
        urllib.request.urlopen(request, timeout=10).close()

    def writes(self) -> list[str]:
        """Everything that it was asked to change, so far."""
        with urllib.request.urlopen(f"{self.url}/_test/requests") as answer:
            requests = json.load(answer)["requests"]
        return [f"{r['method']} {r['path']}" for r in requests if r["method"] not in ("GET", "OPTIONS")]


def serve(*arguments: str, where: Callable[..., list[str]] | None = None) -> Iterator[Controller]:
    """Run a Controller without objects, whose project has the playbooks of this repository; maybe in another network."""
    playbooks = [f"--playbook={path.relative_to(PROJECT)}" for path in PROJECT.glob("playbooks/*.yml")]
    command = [program(), *playbooks, *arguments]
    command = where(*command) if where else command
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield Controller(server.stdout.readline().strip())
        finally:
            server.terminate()


@dataclass(frozen=True)
class Seeder:
    """The binary, and the folder where it keeps what it wrote last."""

    binary: Path
    state: Path

    def run(self, command: str, *arguments: str | Path, env: dict[str, str] | None = None) -> Result:
        """Run it on the homelab's seed."""
        environment = {"XDG_STATE_HOME": str(self.state)} | (env or {})
        return run([self.binary, "seeder", command, "seeder", *arguments], environment)


@dataclass(frozen=True)
class Play:
    """The playbook, under one ansible-core."""

    core: Core
    binary: Path
    state: Path

    def run(self, *arguments: str, env: dict[str, str]) -> Result:
        """Run it as a user does."""
        own = {"NAUTOBRIDGE_BINARY": str(self.binary), "XDG_STATE_HOME": str(self.state)}
        return self.core.run("ansible-playbook", "-i", "localhost,", PLAYBOOK, *arguments, env=own | env)


def tells_no_secret(result: Result) -> None:
    """No secret, and no line of one, is in what was printed."""
    for name, value in SECRETS.items():
        for line in (line for line in value.splitlines() if not line.startswith(("-----", "values:"))):
            assert line not in result.stdout + result.stderr, f"{name} was printed"
    for value in APP_SECRETS:
        assert value not in result.stdout + result.stderr
