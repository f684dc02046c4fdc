"""Jobs and inventory updates as AWX runs them: its own runner, in an environment of its own and without a network, on a
clone of this repository, with what AWX puts into the environment and nothing else.

What AWX hands to the runner is taken from its sources: awx/main/tasks/jobs.py (build_env, build_args, build_inventory,
RunInventoryUpdate, RunJob), awx/main/models/unified_jobs.py and jobs.py (awx_meta_vars), of AWX 24.6.1. AWX runs the worker
in a container of the execution environment; here it is a process, and what would be /runner there is a folder.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness import Result, environment, run
from offline import Offline
from repository import served

TRANSMIT = Path(__file__).parent / "awx" / "transmit.py"
REVISION = "0123456789abcdef0123456789abcdef01234567"


@dataclass(frozen=True)
class Done:
    """A run that came to its end."""

    status: str
    code: int
    events: list[dict[str, Any]]
    artifacts: Path

    @property
    def stdout(self) -> str:
        """What AWX shows."""
        return "\n".join(event["stdout"] for event in self.events if event.get("stdout"))

    @property
    def said(self) -> str:
        """The same as one line: Ansible breaks lines and quotes in ways of its own."""
        return " ".join(self.stdout.replace("'", "").replace('"', "").split())

    def ok(self) -> Done:
        """This run, if it went well."""
        assert (self.status, self.code) == ("successful", 0), self.stdout
        return self

    def failed(self) -> Done:
        """This run, if it did not go well."""
        assert self.status == "failed", f"{self.status}\n{self.stdout}"
        assert self.code != 0
        return self

    def tasks(self, name: str) -> list[dict[str, Any]]:
        """Tell what came of the tasks of this name."""
        kinds = ("runner_on_ok", "runner_on_failed", "runner_on_skipped", "runner_on_unreachable")
        found = (event for event in self.events if event["event"] in kinds)
        return [event["event_data"] for event in found if event["event_data"]["task"] == name]


@dataclass(frozen=True)
class Awx:
    """The node that runs jobs."""

    offline: Offline
    """Its network."""
    runner: Path
    """The Python environment of ansible-runner."""
    path: Sequence[Path]
    """What is on the PATH before the system's."""
    clone: Path
    """The project, as it was cloned."""
    folder: Path
    """Where it works."""
    counter: list[int] = field(default_factory=lambda: [0])

    def inventory_update(self, source_path: str, source_vars: Mapping[str, Any], credential: Mapping[str, str]) -> Done:
        """Update an inventory source of kind `scm`."""
        number, mine, node = self._folders()
        env = self._env(node) | {
            "INVENTORY_SOURCE_ID": "8",
            "INVENTORY_UPDATE_ID": str(number),
            # awx/main/constants.py, STANDARD_INVENTORY_UPDATE_ENV
            "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
            "ANSIBLE_INVENTORY_EXPORT": "True",
            "ANSIBLE_VERBOSE_TO_STDERR": "True",
        }
        # Source variables never take the place of what is set; a credential's injector does.
        env = {name: str(value) for name, value in source_vars.items()} | env | credential
        source = node / "project" / source_path
        output = node / "artifacts" / str(number) / "output.json"
        words = ["ansible-inventory", "--list", "--export", "-i", source, "--output", output]
        words += ["--playbook-dir", source.parent]
        # A file of this name is a command that the runner runs as it is.
        (mine / "args").write_text(shlex.join(map(str, words)))
        return self._run(number, mine, node, {"envvars": env})

    def job(
        self,
        playbook: str,
        inventory: Mapping[str, Any],
        credentials: Mapping[str, str],
        *,
        extra_vars: Mapping[str, Any] | None = None,
        arguments: Sequence[str] = (),
        user: str = "root",
        ssh_key: str = "",
    ) -> Done:
        """Run a job of a template."""
        number, mine, node = self._folders()
        for part in ("inventory", "env", "cp"):
            (mine / part).mkdir()
        script = f"#! /usr/bin/env python3\n# -*- coding: utf-8 -*-\nprint({json.dumps(inventory)!r})\n"
        (mine / "inventory" / "hosts").write_text(script)
        (mine / "inventory" / "hosts").chmod(0o700)
        (mine / "env" / "extravars").write_text(json.dumps(meta_vars(number) | (extra_vars or {})))
        (mine / "env" / "cmdline").write_text(shlex.join(["-u", user, *arguments]))
        env = self._env(node) | {
            "JOB_ID": str(number),
            "INVENTORY_ID": "2",
            "PROJECT_REVISION": REVISION,
            "ANSIBLE_RETRY_FILES_ENABLED": "False",
            "MAX_EVENT_RES": "700000",
            "AWX_HOST": "https://aap.lab.example",
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(node / "cp"),
        }
        # Settings of ansible.cfg that are lists of paths go into the environment, with places of AWX's before them; these
        # are relative to ansible.cfg, and so to the folder of the project, where the runner runs Ansible.
        env["ANSIBLE_ROLES_PATH"] = f"{node}/requirements_roles:roles:~/.ansible/roles:/usr/share/ansible/roles"
        env["ANSIBLE_COLLECTIONS_PATH"] = f"{node}/requirements_collections:~/.ansible/collections"
        # The credentials win. A key goes into an agent, and to no file that stays.
        agent = {"ssh_key": ssh_key} if ssh_key else {}
        return self._run(number, mine, node, {"envvars": env | credentials, "playbook": playbook} | agent)

    def _folders(self) -> tuple[int, Path, Path]:
        self.counter[0] += 1
        number = self.counter[0]
        mine, node = self.folder / f"awx_{number}", self.folder / f"node_{number}"
        for made in (mine, node):
            made.mkdir()
        # AWX copies the project for each run, without what Git knows of it.
        shutil.copytree(self.clone, mine / "project", symlinks=True, ignore=shutil.ignore_patterns(".git"))
        return number, mine, node

    def _env(self, node: Path) -> dict[str, str]:
        """Tell what AWX sets for every run: its settings whose names begin with ANSIBLE_, and its own."""
        return {
            "ANSIBLE_FORCE_COLOR": "True",
            "ANSIBLE_HOST_KEY_CHECKING": "False",
            "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
            "ANSIBLE_PARAMIKO_RECORD_HOST_KEYS": "False",
            "AWX_PRIVATE_DATA_DIR": str(node),
        }

    def _run(self, number: int, mine: Path, node: Path, params: dict[str, Any]) -> Done:
        params = {"ident": str(number), "settings": {"job_timeout": 240}, "suppress_env_files": True} | params
        sent, back = self.folder / f"sent_{number}", self.folder / f"back_{number}"
        self._side("transmit", sent, "wb", mine, params).ok()
        with sent.open("rb") as stdin, back.open("wb") as stdout:
            worker = self.offline(self.runner / "bin" / "ansible-runner", "worker", "--private-data-dir", node)
            environment = self._shell(node)
            # A job that failed is a failure of the worker's, too; what it sends back tells.
            subprocess.run(worker, stdin=stdin, stdout=stdout, cwd=node, env=environment, timeout=280, check=False)
        self._side("process", back, "rb", mine, {"ident": str(number)}).ok()
        artifacts = mine / "artifacts" / str(number)
        status, code = ((artifacts / name).read_text() for name in ("status", "rc"))
        events = [json.loads(path.read_text()) for path in (artifacts / "job_events").glob("*.json")]
        return Done(status, int(code), sorted(events, key=lambda event: event["counter"]), artifacts)

    def _side(self, streamer: str, stream: Path, mode: str, mine: Path, params: dict[str, Any]) -> Result:
        task = {"streamer": streamer, "stream": str(stream), "mode": mode, "private_data_dir": str(mine)}
        command = [self.runner / "bin" / "python", TRANSMIT]
        return run(command, stdin=json.dumps(task | {"params": params}))

    def _shell(self, node: Path) -> dict[str, str]:
        """The environment of a container: the image's PATH, and a home that nothing is in."""
        home = node.parent / f"home_{node.name}"
        home.mkdir()
        path = [str(folder) for folder in [*self.path, self.runner / "bin"]]
        return {"HOME": str(home), "LANG": "C.UTF-8", "PATH": os.pathsep.join([*path, os.defpath])}


def cloned(folder: Path) -> Path:
    """Make a clean clone of this repository in a folder."""
    with served(folder) as repository:
        run(["git", "clone", "--quiet", repository.url, folder / "project"], dict(os.environ)).ok()
    return folder / "project"


def job_node(network: Offline, clone: Path, binary: Path, folder: Path) -> Awx:
    """Make the node. The binary is on the PATH, as in the execution environment; the clone holds none."""
    (folder / "bin").mkdir()
    (folder / "bin" / "nautobridge").symlink_to(binary.resolve())
    assert not (clone / "target").exists()
    return Awx(network, environment("ANSIBLE_RUNNER", "runner"), [folder / "bin"], clone, folder)


def meta_vars(number: int) -> dict[str, Any]:
    """Tell the extra variables that AWX gives every job (awx_meta_vars), each under two names."""
    given = {
        "job_id": number,
        "job_launch_type": "manual",
        "user_id": 1,
        "user_name": "admin",
        "user_email": "",
        "user_first_name": "",
        "user_last_name": "",
        "inventory_id": 2,
        "inventory_name": "Nautobot",
        "job_template_id": 9,
        "job_template_name": "Master Deploy",
        "project_revision": REVISION,
        "project_scm_branch": "main",
    }
    return {f"{prefix}_{name}": value for prefix in ("awx", "tower") for name, value in given.items()}
