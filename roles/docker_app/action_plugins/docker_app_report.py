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
for _folder in ("controller", "module_utils"):
    if str(_ROLE / _folder) not in sys.path:
        sys.path.append(str(_ROLE / _folder))

from docker_app.printable import in_ci, printable, printable_all  # noqa: E402  (its folder had to be made known first)
from docker_app_controller import facts, registered  # noqa: E402
from docker_app_controller.plain import names, plain  # noqa: E402
from docker_app_controller.report import lines, report  # noqa: E402
from docker_app_controller.result import InvalidResult, bounded, checked  # noqa: E402


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
        found = printable_all(report(*self._results(known), self._task.check_mode))
        if args.get("path"):
            _write(Path(args["path"]).expanduser(), found)
        unknown = [
            name
            for name in ([] if "docker_app_purge" in facts.inputs_among(known) else names(args.get("purge")))
            if not any(name in host["apps"] for host in found["hosts"].values())
        ]
        if unknown:
            name = printable(unknown[0], in_ci())
            return {"failed": True, "msg": f"no host has an app `{name}` that could be purged"}
        return {"changed": False, "report": [printable(line, in_ci()) for line in lines(found)]}

    def _results(self, known: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """The results so far, and the hosts that have none and are out already."""
        results, gone = {}, []
        for host in known["ansible_play_hosts_all"]:
            result, is_out = _result(known["hostvars"][host], host), host not in known["ansible_play_hosts"]
            # Ansible skips the task of no host that is out.
            if result is None or (is_out and result.get("skipped")):
                if is_out:
                    gone.append(host)
            elif not result.get("skipped"):
                # Where it was skipped, nothing was looked at.
                results[host] = result
        return results, gone


def _result(variables: Any, host: str) -> dict[str, Any] | None:
    """What a host has registered; nonsense is a failure of that host, and of no other."""
    if "docker_app_result" not in variables:
        return None
    foreign = facts.inputs_among(variables)
    if foreign:
        return {"failed": True, "msg": facts.refusal(foreign)}
    try:
        result = registered.taken(plain(variables["docker_app_result"]), host)
        return None if result is None else bounded(printable_all(checked(result)))
    except (InvalidResult, RecursionError) as wrong:
        return {"failed": True, "msg": f"invalid result from the host: {wrong}"}


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
