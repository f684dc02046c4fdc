"""Facts are what a host says of itself. Ansible sets them as variables above those of the inventory: none is an input."""

from __future__ import annotations

import os
from typing import Any

_INPUTS = ("app_list", "app_networks", "docker", "app_secrets")


def inputs_among(variables: Any) -> list[str]:
    """The facts of a host, also from a fact cache, that have the name of an input of the role."""
    found = variables.get("ansible_facts") if "ansible_facts" in variables else None
    return sorted(str(name) for name in found or () if str(name) in _INPUTS or str(name).startswith("docker_app_"))


def refusal(names: list[str]) -> str:
    """What to print where a host set one of them."""
    return (
        f"the host returned the fact `{names[0]}`, which has the name of an input of this role: its apps are not "
        "deployed from what it says of itself. If you trust the host, find the module or fact file that sets it, and "
        "clear a fact cache with --flush-cache; `set_fact` without `cacheable` is fine"
    )


def in_ci() -> bool:
    """Whether a CI system reads what is printed, and takes some lines for commands."""
    return any(os.environ.get(name) for name in ("CI", "GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"))
