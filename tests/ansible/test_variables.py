"""How the plugin sets variables: like the script in every respect, but without visiting each nested value."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import PLUGIN_SOURCE, PROJECT, SCRIPT, Core

COUNT_CALLS = """
import json, sys
from ansible.inventory.data import InventoryData
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader

init_plugin_loader()
calls, names = 0, set()
set_variable = InventoryData.set_variable

def record(self, entity, name, value):
    names.add(name)
    set_variable(self, entity, name, value)

def count(frame, event, argument):
    global calls
    calls += event == "call"

InventoryData.set_variable = record
sys.setprofile(count)
inventory = InventoryManager(DataLoader(), sources=[sys.argv[1]])
sys.setprofile(None)
print(json.dumps([calls, sorted(names), sorted(inventory.hosts)]))
"""

CACHE = "cache: true\ncache_plugin: ansible.builtin.jsonfile\ncache_connection: {}\n"


def write_source(folder: Path, content: str = "") -> Path:
    """Write an inventory source for the plugin."""
    path = folder / "nautobridge.yml"
    path.write_text(f"plugin: nautobridge\n{content}")
    return path


def load_inventory(core: Core, source: Path, env: dict[str, str]) -> tuple[int, list[str], list[str]]:
    """Load an inventory in Python: the number of calls, the variables set by way of the inventory, and the hosts."""
    config = {"ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg")}
    return tuple(json.loads(core.run("python", "-c", COUNT_CALLS, source, env=env | config).ok().stdout))


@pytest.mark.parametrize("cached", [False, True], ids=["fresh", "cached"])
def test_nested_values_are_not_visited(
    core: Core, tmp_path: Path, stub: Callable, document: dict, cached: bool
) -> None:
    """The number of calls in Python hardly depends on how much the variables hold."""
    source = write_source(tmp_path, CACHE.format(tmp_path / "cache") if cached else "")
    del document["_meta"]["hostvars"]["traefik"]["trusted"], document["role_web"]["vars"]["group_trusted"]
    calls = []
    for size in (1, 20_000):
        document["_meta"]["hostvars"]["traefik"]["large"] = {"list": [f"text {number}" for number in range(size)]}
        document["role_web"]["vars"]["group_large"] = [[f"text {number}"] for number in range(size)]
        made = stub(document)
        if cached:
            (tmp_path / "cache").mkdir(exist_ok=True)
            for file in (tmp_path / "cache").iterdir():
                file.unlink()
            load_inventory(core, source, made.env)
        runs = made.runs
        count, names, hosts = load_inventory(core, source, made.env)
        assert made.runs == runs + (not cached)
        assert sorted(document["_meta"]["hostvars"]) == hosts
        assert names == ["inventory_dir", "inventory_file"]
        calls.append(count)
    assert calls[1] - calls[0] < 2000


def test_templates_keep_their_source(core: Core, tmp_path: Path, stub: Callable, document: dict) -> None:
    """Where ansible-core knows the source of a value, the error of a template on a trusted path names it."""
    document["_meta"]["hostvars"]["traefik"]["nested_trusted"] = {"list": ["{{ missing }}"]}
    made, source = stub(document), write_source(tmp_path)
    show = ("ansible", "-i", source, "traefik", "-m", "ansible.builtin.debug", "-a", "msg={{ nested_trusted }}")
    result = core.run(*show, env=made.env).failed()
    _, names, _ = load_inventory(core, source, made.env)
    if core.name == "2.16":
        assert names == ["inventory_dir", "inventory_file"]
    else:
        assert f"with source '{source}'" in result.stdout
        assert names == ["group_trusted", "inventory_dir", "inventory_file", "nested_trusted", "trusted"]


@pytest.mark.parametrize("options", ["--list --export", "--list", "--list --yaml", "--host traefik", "--graph --vars"])
def test_ansible_inventory_prints_the_same_bytes(core: Core, stub: Callable, document: dict, options: str) -> None:
    env = stub(document).env
    script, plugin = (
        core.run("ansible-inventory", "-i", source, *options.split(), env=env).ok().stdout
        for source in (SCRIPT, PLUGIN_SOURCE)
    )
    assert "traefik" in script
    assert script == plugin


def debug(core: Core, source: Path, env: dict[str, str], argument: str) -> Any:
    """Run the debug module on a host."""
    command = ("ansible", "-i", source, "traefik", "-m", "ansible.builtin.debug", "-a", argument)
    return core.run(*command, env=env | {"ANSIBLE_CALLBACK_RESULT_FORMAT": "json"})


def test_text_is_not_evaluated_as_an_expression(core: Core, source: Path, stub: Callable, document: dict) -> None:
    """Text without a delimiter has no mark: since ansible-core 2.19, Ansible trusts it in a script, not in the plugin."""
    document["_meta"]["hostvars"]["traefik"]["nautobot"]["name"] = "1 == 1"
    command = ("ansible", "-i", source, "traefik", "-m", "ansible.builtin.assert", "-a", "that={{ nautobot.name }}")
    result = core.run(*command, env=stub(document).env)
    if source == SCRIPT and core.name != "2.16":
        assert "All assertions passed" in result.ok().stdout
    else:
        refusal = "marked as unsafe" if core.name == "2.16" else "untrusted template or expression"
        assert refusal in " ".join(result.failed().stdout.split())


def test_joined_text_is_not_evaluated(core: Core, source: Path, stub: Callable, document: dict, canary: Path) -> None:
    nautobot = document["_meta"]["hostvars"]["traefik"]["nautobot"]
    nautobot["parts"] = ["{", "{ lookup('pipe', 'touch " + str(canary) + "') }}"]
    document["_meta"]["hostvars"]["traefik"]["joined"] = "{{ nautobot.parts | join }}"
    env = stub(document).env
    for argument in ("msg={{ nautobot.parts | join }}", "msg={{ joined }}", "var=joined"):
        assert "{{ lookup" in debug(core, source, env, argument).ok().stdout
    assert not canary.exists()


def test_values_in_lists_and_mappings(core: Core, source: Path, stub: Callable, document: dict, canary: Path) -> None:
    planted = "{{ lookup('pipe', 'touch " + str(canary) + "') }}"
    wrapped = {"__ansible_unsafe": planted}
    document["_meta"]["hostvars"]["traefik"]["deep"] = {
        "list": [["{{ 'a' ~ 1 }}", wrapped], {"key": "{{ [40 + 3] }}", "other": wrapped}],
        planted: "a key is never evaluated",
        "plain": ["text", "", 1.5, None, True, 12345678901234567890, {}],
    }
    shown = debug(core, source, stub(document).env, "var=deep").ok().stdout
    assert json.loads(shown.split("=> ", 1)[1])["deep"] == {
        "list": [["a1", planted], {"key": [43], "other": planted}],
        planted: "a key is never evaluated",
        "plain": ["text", "", 1.5, None, True, 12345678901234567890, {}],
    }
    assert not canary.exists()


def test_vaulted_text_on_a_trusted_path(
    core: Core, source: Path, stub: Callable, document: dict, tmp_path: Path
) -> None:
    password = tmp_path / "password"
    password.write_text("open sesame")
    vault = {"ANSIBLE_VAULT_PASSWORD_FILE": str(password)}
    printed = core.run("ansible-vault", "encrypt_string", "--name", "secret", "fedcba98", env=vault).ok().stdout

    class Loader(yaml.SafeLoader): ...

    Loader.add_constructor("!vault", lambda loader, node: loader.construct_scalar(node))
    ciphertext = yaml.load(printed, Loader)["secret"]  # noqa: S506, a SafeLoader
    document["_meta"]["hostvars"]["traefik"]["login"] = {"password": {"__ansible_vault": ciphertext}}
    env = stub(document).env | vault
    assert '"msg": "fedcba98"' in debug(core, source, env, "msg={{ login.password }}").ok().stdout


@pytest.mark.parametrize("hash_behaviour", ["replace", "merge"])
@pytest.mark.parametrize("static_first", [True, False], ids=["static first", "static last"])
def test_merging_with_another_source(
    core: Core, stub: Callable, document: dict, tmp_path: Path, hash_behaviour: str, static_first: bool
) -> None:
    """A host and a group of two sources, and files with variables beside one of them."""
    static = tmp_path / "static.yml"
    static.write_text("""
all:
  hosts: {elsewhere: {only: here}}
role_web:
  hosts: {traefik: {ansible_host: 198.51.100.1, app_list: {extra: {image: "extra:v1"}}}}
  vars: {group_plain: {of: static}, group_extra: 1}
""")
    for folder, name in (("group_vars", "role_web"), ("host_vars", "traefik")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{name}.yml").write_text(f"nautobot: {{comments: from {folder}}}\nload: {folder}\n")
    env = stub(document).env | {"ANSIBLE_HASH_BEHAVIOUR": hash_behaviour}

    def variables(source: Path, *options: str) -> Any:
        sources = [static, source] if static_first else [source, static]
        arguments = [word for each in sources for word in ("-i", each)]
        return json.loads(core.run("ansible-inventory", *arguments, "--list", *options, env=env).ok().stdout)

    for options in ([], ["--export"]):
        assert variables(PLUGIN_SOURCE, *options) == variables(SCRIPT, *options)

    merged = hash_behaviour == "merge"
    host = variables(PLUGIN_SOURCE)["_meta"]["hostvars"]["traefik"]
    assert host["ansible_host"] == ("192.0.2.10" if static_first else "198.51.100.1")
    assert set(host["app_list"]) == {"traefik", "extra"} if merged else len(host["app_list"]) == 1
    # Files beside an inventory win over the inventory, and a host's over a group's.
    assert host["load"] == "host_vars"
    assert host["nautobot"]["comments"] == "from host_vars"
    assert ("platform" in host["nautobot"]) == merged
    assert host["group_plain"] == ("text" if static_first else {"of": "static"})
    assert host["group_extra"] == 1


def test_group_priority(core: Core, source: Path, stub: Callable, document: dict) -> None:
    """One of two groups on the same level wins by its name, unless it has a lower priority."""
    document["location_home"]["hosts"] = ["traefik"]
    document["location_home"]["vars"] = {"winner": "location_home"}
    document["role_web"]["vars"]["winner"] = "role_web"
    assert '"winner": "role_web"' in debug(core, source, stub(document).env, "var=winner").ok().stdout
    document["location_home"]["vars"]["ansible_group_priority"] = 10
    env = stub(document).env
    assert '"winner": "location_home"' in debug(core, source, env, "var=winner").ok().stdout
    assert core.inventory(source, env)["location_home"]["vars"]["ansible_group_priority"] == 10


def test_a_host_named_like_a_group_of_another_source(
    core: Core, tmp_path: Path, stub: Callable, document: dict
) -> None:
    """All its variables belong to the host. Ansible's own way of setting them would give them to the group."""
    static = tmp_path / "static.yml"
    static.write_text("traefik: {hosts: {elsewhere: {}}}\n")
    command = ("ansible-inventory", "-i", static, "-i", write_source(tmp_path), "--list", "--export")
    exported = json.loads(core.run(*command, env=stub(document).env).ok().stdout)
    hosts = exported["_meta"]["hostvars"]
    assert "trusted" in hosts["traefik"]
    assert "nautobot" in hosts["traefik"]
    assert "elsewhere" not in hosts
    assert "vars" not in exported["traefik"]
