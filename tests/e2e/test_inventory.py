"""What Ansible sees of the homelab in a real Nautobot, compared with what an independent client is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from harness import PLUGIN_SOURCE, SCRIPT, SNAPSHOT, Core
from lab import Nautobot


def unmarked(value: Any) -> Any:
    """A value without the mark of unsafe text."""
    if isinstance(value, dict):
        if set(value) == {"__ansible_unsafe"}:
            return value["__ansible_unsafe"]
        return {key: unmarked(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [unmarked(inner) for inner in value]
    return value


@pytest.fixture(scope="module")
def told(server: Nautobot) -> dict[str, Any]:
    """Every host as the REST API tells it, by name."""
    found: dict[str, Any] = {}
    for endpoint in (server.api.dcim.devices, server.api.virtualization.virtual_machines):
        for record in endpoint.filter(limit=0, depth=1, include=["config_context", "computed_fields"]):
            assert record.name not in found
            found[record.name] = dict(record)
    return found


def test_script_and_plugin_give_every_host(
    core: Core, env: dict[str, str], server: Nautobot, told: dict[str, Any]
) -> None:
    exported = core.inventory(SCRIPT, env)
    assert exported == core.inventory(PLUGIN_SOURCE, env)
    hosts = exported["_meta"]["hostvars"]
    assert len(hosts) == server.api.dcim.devices.count() + server.api.virtualization.virtual_machines.count()
    assert set(hosts) == set(told)
    assert len(hosts) >= 18


def test_the_values_are_nautobots(core: Core, env: dict[str, str], told: dict[str, Any]) -> None:
    hosts = unmarked(core.inventory(SCRIPT, env))["_meta"]["hostvars"]
    for name, record in told.items():
        variables, mine = hosts[name], hosts[name]["nautobot"]
        assert mine["id"] == record["id"]
        for reference in ("status", "role", "tenant", "platform"):
            assert mine[reference] == (record[reference] and record[reference]["name"]), (name, reference)
        assert mine["tags"] == sorted(tag["name"] for tag in record["tags"]), name
        assert mine["comments"] == record["comments"], name
        # Fields without a value are there, too.
        assert mine["custom_fields"] == record["custom_fields"], name
        address = record["primary_ip4"] or record["primary_ip6"]
        if address:
            assert variables["ansible_host"] == address["host"], name
        assert variables["enabled"] == (record["status"]["name"] == "Active"), name
        # The context that the server renders: all of it, and nothing else.
        ours = {key: value for key, value in variables.items() if key not in ("ansible_host", "enabled", "nautobot")}
        assert ours == record["config_context"], name


def test_groups_are_nautobots(core: Core, env: dict[str, str], server: Nautobot, told: dict[str, Any]) -> None:
    exported = core.inventory(SCRIPT, env)
    assert set(exported["kind_device"]["hosts"]) == {each.name for each in server.api.dcim.devices.all()}

    def members(group: str) -> set[str]:
        below = (members(child) for child in exported[group].get("children", ()))
        return set(exported[group].get("hosts", ())).union(*below)

    # The location's tree: a parent has the hosts of all below.
    home = {each.name for each in server.api.dcim.devices.filter(location="Home")}
    assert home
    assert home <= members("location_home")
    hypervisors = {name for name, record in told.items() if record["role"]["name"] == "Hypervisor"}
    assert hypervisors
    assert members("role_hypervisor") == hypervisors


def test_graph_and_debug(core: Core, env: dict[str, str], source: Path) -> None:
    graph = core.run("ansible-inventory", "-i", source, "--graph", env=env).ok()
    assert "|--traefik" in graph.stdout
    assert "@location_server_room" in graph.stdout
    shown = core.run("ansible", "-i", source, "traefik", "-m", "ansible.builtin.debug", "-a", "var=app_list", env=env)
    assert "docker.io/library/traefik" in shown.ok().stdout


def test_a_play(core: Core, env: dict[str, str], source: Path, tmp_path: Path) -> None:
    playbook = tmp_path / "playbook.yml"
    playbook.write_text("""
- name: What a play sees
  hosts: role_docker_host:&status_active
  gather_facts: false
  tasks:
    - name: Every docker host has its applications
      ansible.builtin.assert:
        that:
          - app_list is mapping
          - nautobot.role == 'Docker Host'
          - enabled
""")
    played = core.run("ansible-playbook", "-i", source, playbook, env=env).ok()
    assert "traefik" in played.stdout


def test_awx(core: Core, env: dict[str, str], source: Path, server: Nautobot) -> None:
    """An inventory source with variables, as AWX hands them over."""
    variables = {
        "NAUTOBRIDGE_FILTERS_DEVICES": {"location": ["Home"], "status": ["Active"]},
        "NAUTOBRIDGE_FILTERS_VIRTUAL_MACHINES": False,
        "NAUTOBRIDGE_GROUPS_BY": ["role", "rack"],
        "NAUTOBRIDGE_DETAILS_INTERFACES": True,
    }
    exported = core.inventory(source, env | {name: str(value) for name, value in variables.items()})
    expected = server.api.dcim.devices.filter(location="Home", status="Active")
    assert set(exported["_meta"]["hostvars"]) == {each.name for each in expected}
    assert exported["_meta"]["hostvars"]["pve1"]["nautobot"]["interfaces"]
    assert not any(group.startswith("status_") for group in exported)


def test_the_shipped_snapshot_is_this_homelab(core: Core, env: dict[str, str]) -> None:
    """What `make demo` shows is what the loader puts into a Nautobot."""

    def same(value: Any) -> Any:
        # Identities and the server's address differ between two servers.
        if isinstance(value, dict):
            return {key: same(inner) for key, inner in value.items() if key not in ("id", "url")}
        return [same(inner) for inner in value] if isinstance(value, list) else value

    shipped = {"NAUTOBRIDGE_SNAPSHOT": str(SNAPSHOT), "NAUTOBRIDGE_BINARY": env["NAUTOBRIDGE_BINARY"]}
    assert same(core.inventory(SCRIPT, shipped)) == same(core.inventory(SCRIPT, env))


def test_a_snapshot_is_the_inventory_without_the_server(
    core: Core, env: dict[str, str], call: Any, tmp_path: Path
) -> None:
    path = tmp_path / "lab.json"
    call("snapshot", "save", str(path)).ok()
    assert path.stat().st_mode & 0o777 == 0o600
    offline = {"NAUTOBOT_URL": f"file:{path}", "NAUTOBRIDGE_BINARY": env["NAUTOBRIDGE_BINARY"]}
    exported = core.inventory(SCRIPT, offline)
    assert exported == core.inventory(SCRIPT, env)
    assert exported == core.inventory(PLUGIN_SOURCE, offline)


def test_two_runs_are_equal(call: Any) -> None:
    first = call("inventory", "--list").ok()
    assert first.stdout == call("inventory", "--list").ok().stdout
    assert first.stderr == ""
    hosts = json.loads(first.stdout)["_meta"]["hostvars"]
    assert json.loads(call("--host", "traefik").ok().stdout) == hosts["traefik"]
    assert call("--host", "no-such-host").failed().stdout == ""
