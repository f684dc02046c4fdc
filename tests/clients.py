"""The test controller as a program, and the established clients: the awx command and the awx.awx modules."""

from __future__ import annotations

import base64
import json
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import Result, binary, run


@dataclass(frozen=True)
class Controller:
    """A running test controller."""

    url: str
    clients: Path
    home: Path

    def get(self, path: str) -> Any:
        """Read from the API as its administrator."""
        request = urllib.request.Request(self.url + path)
        request.add_header("Authorization", "Basic " + base64.b64encode(b"admin:password").decode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def rows(self, endpoint: str, **filters: Any) -> list[Any]:
        """Read a list."""
        query = "&".join(f"{name}={value}" for name, value in filters.items())
        return self.get(f"/api/v2/{endpoint}/?page_size=200&{query}")["results"]

    def one(self, endpoint: str, **filters: Any) -> Any:
        """Read the one row that fits."""
        rows = self.rows(endpoint, **filters)
        assert len(rows) == 1, rows
        return rows[0]

    def script(self, **script: Any) -> None:
        """Say what runs of a template do from now on."""
        request = urllib.request.Request(self.url + "/_test/scripts", json.dumps(script).encode(), method="POST")
        urllib.request.urlopen(request, timeout=10).close()

    def requests(self) -> list[dict[str, Any]]:
        """Read what was asked so far."""
        return self.get("/_test/requests")["requests"]

    def awx(self, *arguments: str) -> Any:
        """Run the awx command, and return what it printed."""
        done = self.run_awx(*arguments).ok()
        return json.loads(done.stdout) if done.stdout.strip() else None

    def run_awx(self, *arguments: str) -> Result:
        """Run the awx command."""
        env = {
            "CONTROLLER_HOST": self.url,
            "CONTROLLER_USERNAME": "admin",
            "CONTROLLER_PASSWORD": "password",
            "PYTHONWARNINGS": "ignore",
            "HOME": str(self.home),
        }
        return run([self.clients / "bin" / "awx", "--conf.color", "off", *arguments], env)

    def seeder(self, command: str, *arguments: str | Path) -> Result:
        """Run our own binary's seeder."""
        env = {
            "CONTROLLER_HOST": self.url,
            "CONTROLLER_USERNAME": "admin",
            "CONTROLLER_PASSWORD": "password",
            "HOME": str(self.home),
        }
        return run([binary(), "seeder", command, *arguments], env)

    def play(self, playbook: Path, **variables: str) -> dict[str, bool]:
        """Run a playbook of awx.awx modules, and return whether each task changed something."""
        extra = {"url": self.url, "ansible_python_interpreter": str(self.clients / "bin" / "python"), **variables}
        env = {
            "HOME": str(self.home),
            "ANSIBLE_HOME": str(self.home),
            "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
            "ANSIBLE_PIPELINING": "1",
            "ANSIBLE_LOCALHOST_WARNING": "0",
        }
        command = [self.clients / "bin" / "ansible-playbook", "-i", "localhost,", "-e", json.dumps(extra), playbook]
        done = run(command, env, self.home)
        assert done.stdout, done.stderr
        results = json.loads(done.stdout)["plays"][0]["tasks"]
        wrong = [task for task in results if task["hosts"]["localhost"].get("failed")]
        assert not wrong, json.dumps(wrong, indent=1)
        done.ok()
        return {task["task"]["name"]: task["hosts"]["localhost"].get("changed", False) for task in results}
