"""Runs on the Ansible controller: lets a host fail, or be unreachable, once the report is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    """Looks at `docker_app_result` of the host."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Changes nothing."""
        super().run(tmp, task_vars)
        result = (task_vars or {}).get("docker_app_result") or {}
        if not isinstance(result, Mapping):
            return {"failed": True, "changed": False, "msg": "invalid result from the host: expected a mapping"}
        if result.get("unreachable"):
            return {"unreachable": True, "msg": "The host cannot be reached."}
        failed = bool(result.get("failed") or result.get("problems"))
        return {
            "failed": failed,
            "changed": False,
            "msg": "Not everything is as declared; the report says what." if failed else "",
        }
