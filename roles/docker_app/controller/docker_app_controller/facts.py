"""Facts are what a host says of itself. Ansible sets them as variables above those of the inventory: none is an input."""

from __future__ import annotations

from typing import Any

from docker_app.printable import in_ci, printable

from .plain import plain

_INPUTS = ("app_list", "app_networks", "app_secrets")


def inputs_among(variables: Any) -> list[str]:
    """The facts of a host, also from a fact cache, that have the name of an input of the role."""
    if "ansible_facts" not in variables:
        return []
    found = variables["ansible_facts"] or {}
    names = sorted(str(name) for name in found if str(name) in _INPUTS or str(name).startswith("docker_app_"))
    # Ansible drops the prefix of `ansible_docker`, which is a network interface of that name: only what is a variable counts.
    if "docker" in found and "docker" in variables:
        # As text: not a number is not equal to itself.
        names += ["docker"] if repr(plain(variables["docker"])) == repr(plain(found["docker"])) else []
    return names


def refusal(names: list[str]) -> str:
    """What to print where a host set one of them."""
    return (
        f"the host returned a fact named `{printable(names[0], in_ci())}`, which is an input of this role, so nothing "
        "was deployed to it. Find the module or fact file that sets the fact, and clear a fact cache with --flush-cache; "
        "`set_fact` without `cacheable: true` is allowed"
    )
