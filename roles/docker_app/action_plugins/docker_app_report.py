"""Runs on the Ansible controller: what the deployment did on all hosts so far."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

_ROLE = Path(__file__).resolve().parent.parent
if str(_ROLE / "controller") not in sys.path:
    sys.path.append(str(_ROLE / "controller"))

from docker_app_controller.plain import names, plain  # noqa: E402  (its folder had to be made known first)
from docker_app_controller.report import lines, report  # noqa: E402


class ActionModule(ActionBase):
    """Gathers the results, prints them, and writes them as JSON where `path` says."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Changes nothing but its own file."""
        super().run(tmp, task_vars)
        known: dict[str, Any] = task_vars or {}
        args = plain(self._task.args)
        found = report(*self._results(known), self._task.check_mode)
        if args.get("path"):
            _write(Path(args["path"]).expanduser(), found)
        unknown = [
            name
            for name in names(args.get("purge"))
            if not any(name in host["apps"] for host in found["hosts"].values())
        ]
        if unknown:
            raise AnsibleActionFail(f"no host has an app `{unknown[0]}` that could be purged")
        return {"changed": False, "report": lines(found)}

    def _results(self, known: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """The results so far, and the hosts that have none and are out already."""
        results, gone = {}, []
        for host in known["ansible_play_hosts_all"]:
            result = plain(known["hostvars"][host].get("docker_app_result"))
            if isinstance(result, dict) and result.get("skipped"):
                # Nothing was looked at.
                continue
            if isinstance(result, dict):
                results[host] = result
            elif host not in known["ansible_play_hosts"]:
                gone.append(host)
        return results, gone


def _write(path: Path, found: dict[str, Any]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".report-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(found, file, indent=1, sort_keys=True, ensure_ascii=False)
            file.write("\n")
        os.replace(temporary, path)
    except OSError as problem:
        raise AnsibleActionFail(f"{path} cannot be written: {problem.strerror}") from None
