"""Every host's variables from the plugin, with its own options on, beside the script's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from harness import PROJECT, SCRIPT, Core
from lab import Nautobot

SOURCE = """
plugin: nautobridge
strict: true
compose:
  composed_user: "'root' if nautobot.type == 'device' else 'ops'"
  composed_copy: nautobot.comments
groups:
  composed_devices: nautobot.type == 'device'
keyed_groups:
  - key: nautobot.platform
    prefix: composed_os
    default_value: unknown
"""

# Types as they are in Python, and of each text whether Ansible evaluates it as a template.
PROBE = """
import json, sys
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
try:
    from ansible.template import is_trusted_as_template
except ImportError:
    def is_trusted_as_template(text):
        return not getattr(text, "__UNSAFE__", False)

def describe(value):
    if isinstance(value, str):
        marked = any(mark in value for mark in ("{{", "{%", "{#", "#jinja2:"))
        return ["template" if marked and is_trusted_as_template(value) else "text", str.__str__(value)]
    if isinstance(value, dict):
        return {key: describe(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return ["list", *(describe(inner) for inner in value)]
    # ansible-core wraps tagged numbers in subclasses of int and float.
    return [next(kind.__name__ for kind in (bool, int, float, object) if isinstance(value, kind)), value]

init_plugin_loader()
hosts = InventoryManager(DataLoader(), sources=[sys.argv[1]]).hosts.values()
print(json.dumps({host.name: describe(host.vars) for host in hosts}))
"""


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """An inventory source for the plugin with compose, groups and keyed_groups."""
    source = tmp_path / "nautobridge.yml"
    source.write_text(SOURCE)
    return source


@pytest.fixture
def trusting(nautobot: Nautobot, env: dict[str, str]) -> dict[str, str]:
    """The environment where one of a host's planted texts is on a trusted path."""
    planted = {"text": "{{ 40 + 2 }}", "list": ["{{ 40 + 3 }}", {"key": "{% raw %}"}, 1.5, None, True, ""]}
    nautobot.change(
        nautobot.api.dcim.devices.get(name="pve1"),
        comments="{{ 40 + 4 }}",
        local_config_context_data={"planted": {"trusted": planted, "other": planted}},
    )
    return env | {"NAUTOBRIDGE_VARIABLES_TRUST": "['planted.trusted']"}


def without_composed(hosts: dict[str, Any]) -> dict[str, Any]:
    """The hosts' variables without those that only the plugin makes."""
    return {
        name: {key: value for key, value in variables.items() if not key.startswith("composed_")}
        for name, variables in hosts.items()
    }


@pytest.mark.parametrize("options", [["--export"], []], ids=["export", "list"])
def test_every_host_has_the_script_s_variables(
    core: Core, trusting: dict[str, str], server: Nautobot, plugin: Path, options: list[str]
) -> None:
    script, constructed = (
        json.loads(core.run("ansible-inventory", "-i", source, "--list", *options, env=trusting).ok().stdout)
        for source in (SCRIPT, plugin)
    )
    hosts = constructed.pop("_meta")["hostvars"]
    assert without_composed(hosts) == script.pop("_meta")["hostvars"]
    assert len(hosts) == server.api.dcim.devices.count() + server.api.virtualization.virtual_machines.count()

    for name, variables in hosts.items():
        device = variables["nautobot"]["type"] == "device"
        assert variables["composed_user"] == ("root" if device else "ops"), name
        assert variables["composed_copy"] == variables["nautobot"]["comments"], name
        assert (name in constructed["composed_devices"]["hosts"]) == device, name
    assert any(group.startswith("composed_os_") for group in constructed)
    children = constructed["all"].pop("children")
    assert [each for each in children if not each.startswith("composed_")] == script["all"].pop("children")
    assert {name: group for name, group in constructed.items() if not name.startswith("composed_")} == script


def test_types_and_trust_are_the_script_s(core: Core, trusting: dict[str, str], plugin: Path) -> None:
    config = trusting | {"ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg")}
    script, constructed = (
        json.loads(core.run("python", "-c", PROBE, source, env=config).ok().stdout) for source in (SCRIPT, plugin)
    )
    for variables in (*script.values(), *constructed.values()):
        del variables["inventory_file"], variables["inventory_dir"]
    assert without_composed(constructed) == script
    planted = constructed["pve1"]["planted"]
    assert planted["trusted"]["text"] == ["template", "{{ 40 + 2 }}"]
    assert planted["trusted"]["list"][1] == ["template", "{{ 40 + 3 }}"]
    assert planted["other"]["text"] == ["text", "{{ 40 + 2 }}"]
    assert constructed["pve1"]["composed_copy"] == ["text", "{{ 40 + 4 }}"]
