"""Logins to registries, in a configuration of the role's own: nobody else's logins are touched or used."""

from __future__ import annotations

import json
import os
import shutil
from typing import Any

from .store import Store, read, write_atomically

_TAKEN = ("proxies", "cliPluginsExtraDirs", "HttpHeaders")


def write(registries: list[dict[str, Any]], store: Store) -> str | None:
    """Write the logins; the folder of the configuration, or None where there are none."""
    folder = os.path.join(store.own, "docker")
    if not registries:
        if not store.check_mode:
            shutil.rmtree(folder, ignore_errors=True)
        return None
    users = os.environ.get("DOCKER_CONFIG") or os.path.expanduser("~/.docker")
    config = {
        # The proxies of containers, and where more plugins are; no login, and no helper that knows one.
        **{key: value for key, value in _read(users).items() if key in _TAKEN},
        "auths": {each["registry"]: {"auth": each["auth"]} for each in registries},
    }
    # The command looks for the user's plugins beside the user's configuration.
    config["cliPluginsExtraDirs"] = [os.path.join(users, "cli-plugins"), *config.get("cliPluginsExtraDirs", [])]
    data = json.dumps(config, sort_keys=True, indent=1).encode()
    path = os.path.join(folder, "config.json")
    if store.check_mode:
        return folder if os.path.exists(path) else None
    if read(path) != data:
        os.makedirs(folder, 0o700, exist_ok=True)
        write_atomically(path, data)
    return folder


def _read(folder: str) -> dict[str, Any]:
    """The user's own configuration; what Docker cannot read either is none."""
    try:
        found = json.loads((read(os.path.join(folder, "config.json")) or b"{}").decode())
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
