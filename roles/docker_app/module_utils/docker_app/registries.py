"""Logins to registries, in a configuration of the role's own: nobody else's logins are touched or used."""

from __future__ import annotations

import json
import os
import shutil
from typing import Any

from .store import Store, read, write_atomically


def write(registries: list[dict[str, Any]], store: Store) -> str | None:
    """Write the logins; the folder of the configuration, or None where there are none."""
    folder = os.path.join(store.own, "docker")
    if not registries:
        if not store.check_mode:
            shutil.rmtree(folder, ignore_errors=True)
        return None
    config = {
        "auths": {each["registry"]: {"auth": each["auth"]} for each in registries},
        # The command looks for the user's plugins beside the user's configuration.
        "cliPluginsExtraDirs": [os.path.expanduser("~/.docker/cli-plugins")],
    }
    data = json.dumps(config, sort_keys=True, indent=1).encode()
    path = os.path.join(folder, "config.json")
    if store.check_mode:
        return folder if os.path.exists(path) else None
    if read(path) != data:
        os.makedirs(folder, 0o700, exist_ok=True)
        write_atomically(path, data)
    return folder
