"""Nautobot says no, or says something that cannot be an inventory: never a part of one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness import SCRIPT, Core
from lab import MODELS, Nautobot


def refused(call: Callable, **variables: str) -> str:
    """The binary's message, without a single host."""
    result = call("inventory", "--list", **variables).failed()
    assert result.stdout == ""
    return result.said


def test_a_wrong_token(call: Callable) -> None:
    said = refused(call, NAUTOBOT_TOKEN="f" * 40)
    assert "token" in said
    assert "f" * 40 not in said


def test_an_expired_token(call: Callable, nautobot: Nautobot) -> None:
    token = nautobot.user(list(MODELS), expires="2020-01-01T00:00:00Z").token
    said = refused(call, NAUTOBOT_TOKEN=token)
    assert "expired" in said
    assert token not in said


def test_a_token_without_any_right(call: Callable, nautobot: Nautobot) -> None:
    """GraphQL would answer with empty lists, and AWX would delete every host."""
    said = refused(call, NAUTOBOT_TOKEN=nautobot.user([]).token)
    assert "dcim.device" in said
    assert "virtualization.virtualmachine" in said


# Config contexts are not among them: the server can render them.
NEEDED = [
    "dcim.device",
    "dcim.location",
    "dcim.platform",
    "extras.role",
    "extras.status",
    "extras.tag",
    "ipam.ipaddress",
    "ipam.service",
    "tenancy.tenant",
    "virtualization.cluster",
    "virtualization.virtualmachine",
]


def test_a_token_without_one_right(call: Callable, nautobot: Nautobot) -> None:
    user = nautobot.user([])
    for model in NEEDED:
        with nautobot.for_now():
            user.may_view([each for each in MODELS if each != model])
            assert model in refused(call, NAUTOBOT_TOKEN=user.token)


def test_a_token_without_one_right_under_ansible(
    core: Core, source: Path, env: dict[str, str], nautobot: Nautobot
) -> None:
    """As AWX runs it."""
    token = nautobot.user([each for each in MODELS if each != "virtualization.virtualmachine"]).token
    env = env | {"NAUTOBOT_TOKEN": token, "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True"}
    result = core.run("ansible-inventory", "-i", source, "--list", "--export", env=env).failed()
    assert result.stdout == ""
    assert "virtualization.virtualmachine" in result.said
    # Who does not want them does not need the right.
    exported = core.inventory(source, env | {"NAUTOBRIDGE_FILTERS_VIRTUAL_MACHINES": "False"})
    assert len(exported["_meta"]["hostvars"]) == nautobot.api.dcim.devices.count()


def test_a_token_with_every_right_is_enough(call: Callable, nautobot: Nautobot) -> None:
    """The list of rights is the whole list; and without config contexts, the server renders them."""
    everything = call("inventory", "--list").ok().stdout
    user = nautobot.user([each for each in MODELS if each != "extras.configcontext"])
    rendered = call("inventory", "--list", NAUTOBOT_TOKEN=user.token).ok().stdout
    assert json.loads(rendered) == json.loads(everything)
    user.may_view(["extras.configcontext"])
    assert call("inventory", "--list", NAUTOBOT_TOKEN=user.token).ok().stdout == everything


def test_a_token_for_some_hosts_gets_these(call: Callable, nautobot: Nautobot) -> None:
    """An object constraint is no missing right."""
    some = ["dcim.device", "virtualization.virtualmachine"]
    user = nautobot.user([each for each in MODELS if each not in some])
    user.may_view(some, {"name__in": ["traefik", "pve1"]})
    listed = json.loads(call("inventory", "--list", NAUTOBOT_TOKEN=user.token).ok().stdout)
    assert set(listed["_meta"]["hostvars"]) == {"traefik", "pve1"}


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("NAUTOBRIDGE_FILTERS_DEVICES", {"lokation": ["Home"]}, "lokation"),
        ("NAUTOBRIDGE_FILTERS_VIRTUAL_MACHINES", {"cluster_nam": ["home"]}, "cluster_nam"),
        ("NAUTOBRIDGE_FILTERS_DEVICES", {"location": ["Nowhere"]}, "Nowhere"),
        ("NAUTOBRIDGE_FILTERS_STATUS", ["Aktive"], "Aktive"),
        ("NAUTOBRIDGE_FILTERS_DYNAMIC_GROUPS", ["no such group"], "no such group"),
    ],
)
def test_an_unknown_filter_or_value(call: Callable, variable: str, value: Any, named: str) -> None:
    assert named in refused(call, **{variable: str(value)})


def like(nautobot: Nautobot, name: str, **values: Any) -> Any:
    """Make another device like pve1."""
    pattern = nautobot.api.dcim.devices.get(name="pve1")
    references = ("device_type", "role", "status")
    same = {reference: getattr(pattern, reference).id for reference in references}
    location = nautobot.api.dcim.devices.get(name="nas-offsite").location.id
    return nautobot.create(nautobot.api.dcim.devices, name=name, **({"location": location} | same | values))


@pytest.mark.parametrize("name", ["traefik", "pve1"])
def test_two_hosts_of_one_name(call: Callable, nautobot: Nautobot, name: str) -> None:
    """A device and a virtual machine; two devices in two places."""
    there = nautobot.api.dcim.devices.get(name=name) or nautobot.api.virtualization.virtual_machines.get(name=name)
    other = like(nautobot, name)
    said = refused(call)
    assert there.id in said
    assert other.id in said


def test_unusual_names(env: dict[str, str], cores: list[Core], nautobot: Nautobot) -> None:
    names = ['it\'s a "host"', "zwei Worte", "Küche-名前-😀", "x" * 255, "back\\slash", "per%cent", "a,b"]
    for name in names:
        like(nautobot, name)
    for core in cores:
        hosts = core.inventory(SCRIPT, env)["_meta"]["hostvars"]
        for name in names:
            assert hosts[name]["nautobot"]["name"] == name


def test_a_host_named_like_a_group(call: Callable, nautobot: Nautobot) -> None:
    like(nautobot, "role_hypervisor")
    assert "role_hypervisor" in refused(call)
    prefixed = json.loads(call("inventory", "--list", NAUTOBRIDGE_GROUPS_PREFIX="nb_").ok().stdout)
    assert "role_hypervisor" in prefixed["nb_role_hypervisor"]["hosts"]


def test_a_host_name_that_is_a_template(call: Callable, nautobot: Nautobot) -> None:
    """Before ansible-core 2.19 the name of a host is a template like any other text."""
    like(nautobot, "{{ lookup('pipe', 'id') }}")
    assert "host name" in refused(call)
