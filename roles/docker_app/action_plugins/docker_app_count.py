"""Runs on the Ansible controller: lets a host fail, or be unreachable, once the report is told."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase

_ROLE = Path(__file__).resolve().parent.parent
if str(_ROLE / "controller") not in sys.path:
    sys.path.append(str(_ROLE / "controller"))

from docker_app_controller import registered  # noqa: E402  (its folder had to be made known first)

_COUNTED = ("failed", "unreachable", "skipped", "problems")


class ActionModule(ActionBase):
    """Looks at `docker_app_result` of the host."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Changes nothing."""
        super().run(tmp, task_vars)
        known: dict[str, Any] = task_vars or {}
        given = known.get("docker_app_result") or {}
        if not isinstance(given, Mapping):
            return {"failed": True, "changed": False, "msg": "invalid result from the host: expected a mapping"}
        counted = {key: given[key] for key in (registered.KEY, *_COUNTED) if key in given}
        result = registered.taken(counted, known["inventory_hostname"]) or {}
        if result.get("unreachable"):
            return {"unreachable": True, "msg": "The host cannot be reached."}
        failed = bool(result.get("failed") or result.get("problems"))
        return {
            "failed": failed,
            "changed": False,
            "msg": "Not everything is as declared; the report says what." if failed else "",
        }
