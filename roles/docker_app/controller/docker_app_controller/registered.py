"""Results of this run: what an inventory calls `docker_app_result` is none."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from ansible import constants

KEY = "run"


def mark(host: str) -> str:
    """What a result of this run and host has under `run`.

    It is made of the folder that Ansible makes for each run, with a random name: no inventory knows it.
    """
    return hashlib.sha256(f"{constants.DEFAULT_LOCAL_TMP}\n{host}".encode()).hexdigest()


def taken(result: Any, host: str) -> Any:
    """A result as far as it counts: of one that the action plugin did not make, only that Ansible itself failed before.

    None where it says nothing like that.
    """
    if not isinstance(result, dict):
        return result
    given = result.get(KEY)
    if isinstance(given, str) and hmac.compare_digest(given.encode("utf-8", "replace"), mark(host).encode()):
        return {key: value for key, value in result.items() if key != KEY}
    known = ("failed", "unreachable", "skipped", "msg")
    found = {key: result[key] for key in known if key in result}
    return found if any(found.get(key) is True for key in ("failed", "unreachable", "skipped")) else None
