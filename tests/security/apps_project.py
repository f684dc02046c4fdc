"""A project of one's own with the role docker_app in it, run as a user would; a docker command that has no engine."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml
from harness import PROJECT, Core, Result

ROLE = PROJECT / "roles" / "docker_app"
# An engine without anything, and a Compose that takes every file, and sees no mount in it.
DOCKER = """\
#!/bin/sh
case "$1 $2" in
  "version --format") echo '{"Server": {}}' ;;
  "compose version") echo 2.40.0 ;;
  "image inspect"|"network inspect") echo '[]' ;;
  "compose --ansi") case "$*" in *" config --format json") echo '{}' ;; esac ;;
esac
"""
PLAY = """\
- hosts: all
  gather_facts: false
  tasks:
    - name: Deploy
      block:
        - ansible.builtin.import_role: {name: docker_app}
      always:
        - ansible.builtin.import_role: {name: docker_app, tasks_from: report}
"""


class AppsProject:
    """Hosts of an inventory file, which stands for whatever an editor of Nautobot's data writes."""

    def __init__(self, folder: Path, core: Core) -> None:
        self.core = core
        self.folder = folder / "project"
        self.playbooks = self.folder / "playbooks"
        self.bin = folder / "bin"
        self.root = folder / "apps"
        for each in (self.playbooks, self.folder / "files", self.folder / "templates", self.bin):
            each.mkdir(parents=True)
        (self.folder / "roles").symlink_to(ROLE.parent)
        (self.playbooks / "site.yml").write_text(PLAY)
        self.docker(DOCKER)
        self.env: dict[str, str] = {}

    def docker(self, script: str) -> None:
        """Replace the docker command."""
        (self.bin / "docker").write_text(script)
        (self.bin / "docker").chmod(0o755)

    def hosts(self, **hosts: dict[str, Any]) -> None:
        """Write the inventory; every host is this machine."""
        common = {
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
            "docker_app_root": str(self.root),
        }
        data = {"all": {"hosts": {name: {**common, **variables} for name, variables in hosts.items()}}}
        (self.folder / "hosts.json").write_text(json.dumps(data))

    def grants(self, **content: Any) -> None:
        """Write the file that grants secrets."""
        (self.playbooks / "app_secrets.yml").write_text(yaml.safe_dump(content))

    def run(self, *arguments: str, env: dict[str, str] | None = None) -> Result:
        """Run the playbook; with --check --diff, files show up in the output."""
        environment = {
            "PATH": f"{self.bin}:/usr/bin:/bin",
            "ANSIBLE_ROLES_PATH": str(self.folder / "roles"),
            "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"),
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
            **self.env,
            **(env or {}),
        }
        inventory, playbook = self.folder / "hosts.json", self.playbooks / "site.yml"
        return self.core.run("ansible-playbook", "-i", inventory, playbook, *arguments, env=environment)

    def check(self, app: dict[str, Any], *arguments: str, **variables: Any) -> Result:
        """Plan one app on one host, and show what its files would be."""
        self.hosts(h={"app_list": {"web": {"image": "nginx:1.29", **app}}, **variables})
        return self.run("--check", "--diff", *arguments)

    def check_each(self, apps: list[dict[str, Any]], *arguments: str, **variables: Any) -> Result:
        """The same for several apps, each on a host of its own: h0, h1, …"""
        listed = {
            f"h{index}": {"app_list": {"web": {"image": "nginx:1.29", **app}}, **variables}
            for index, app in enumerate(apps)
        }
        self.hosts(**listed)
        return self.run("--check", "--diff", *arguments)


def of_host(result: Result, name: str) -> str:
    """What Ansible printed for a host that failed, in one line."""
    found = re.findall(
        rf"^fatal: \[{name}\]: FAILED! =>(.*?)(?=^(?:fatal|ok|changed|skipping|TASK|PLAY|\[ERROR)|\Z)",
        result.stdout + result.stderr,
        re.MULTILINE | re.DOTALL,
    )
    return _line(" ".join(found))


def said(result: Result) -> str:
    """All output in one line, without the quotes that Ansible's versions put in different places."""
    return _line(result.stdout + result.stderr)


def _line(text: str) -> str:
    return " ".join(text.replace("'", "").replace('\\"', '"').split())
