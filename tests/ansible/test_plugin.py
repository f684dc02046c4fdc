"""The plugin's own side: names, documentation, options, constructed groups, cache."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import PROJECT, Core

VERIFY = """
import json, sys
from ansible.plugins.loader import inventory_loader
plugin = inventory_loader.get("nautobridge")
print(json.dumps([plugin.verify_file(path) for path in sys.argv[1:]]))
"""

OPTIONS = {
    "binary", "cache", "cache_connection", "cache_plugin", "cache_prefix", "cache_timeout", "compose", "config",
    "groups", "keyed_groups", "leading_separator", "plugin", "settings", "snapshot", "strict", "token", "url",
    "use_extra_vars",
}  # fmt: skip


def write(folder: Path, content: str, name: str = "nautobridge.yml") -> Path:
    """Write an inventory source for the plugin."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"plugin: nautobridge\n{content}")
    return path


def test_takes_files_by_their_name(core: Core, tmp_path: Path) -> None:
    names = {
        "nautobridge.yml": True,
        "nautobridge.yaml": True,
        "lab.nautobridge.yml": True,
        "nautobridge.json": False,
        "nautobridge.yml.orig": False,
        "nautobot.yml": False,
    }
    paths = [write(tmp_path, "", name) for name in names]
    env = {"ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg")}
    answer = json.loads(core.run("python", "-c", VERIFY, *paths, tmp_path / "missing.nautobridge.yml", env=env).stdout)
    assert answer == [*names.values(), False]


def documentation(core: Core) -> dict[str, Any]:
    """Read the plugin's documentation as Ansible has it."""
    result = core.run("ansible-doc", "-t", "inventory", "--json", "nautobridge").ok()
    return json.loads(result.stdout)["nautobridge"]


def test_ansible_doc_shows_every_option(core: Core) -> None:
    assert set(documentation(core)["doc"]["options"]) == OPTIONS
    page = core.run("ansible-doc", "-t", "inventory", "nautobridge").ok()
    assert page.stderr == ""
    for option in OPTIONS:
        assert option in page.stdout
    for name in ("NAUTOBRIDGE_BINARY", "NAUTOBOT_URL", "NAUTOBOT_TOKEN"):
        assert name in page.stdout


def test_examples_use_options_that_exist(core: Core) -> None:
    class Loader(yaml.SafeLoader):
        """YAML with Ansible's vaulted values."""

    Loader.add_constructor("!vault", lambda loader, node: loader.construct_scalar(node))
    examples = list(yaml.load_all(documentation(core)["examples"], Loader))
    assert len(examples) >= 6
    for example in examples:
        assert example["plugin"] == "nautobridge"
        assert set(example) <= OPTIONS


def test_the_shipped_source_has_only_options_that_exist(
    core: Core, tmp_path: Path, stub: Callable, document: dict
) -> None:
    """Also with every comment in it taken away."""
    lines = (PROJECT / "inventory" / "nautobridge.yml").read_text().split("plugin: nautobridge\n")[1].splitlines()
    code = [line.removeprefix("# ") for line in lines if line.startswith("# ") and not line.endswith(".")]
    without = [line for line in code if not line.startswith(("config", "cache", "token"))]
    source = write(tmp_path / "inventory", "\n".join(without) + "\n")
    assert {"url", "settings", "compose", "groups", "keyed_groups"} <= set(yaml.safe_load(source.read_text()))
    exported = core.inventory(source, stub(document).env)
    assert exported["web"]["hosts"] == ["traefik"]
    assert exported["os_Debian_12"]["hosts"] == ["traefik"]


def test_script_and_plugin_are_the_same(core: Core, stub: Callable, document: dict) -> None:
    env = stub(document).env
    script = core.inventory(PROJECT / "inventory" / "nautobot", env)
    plugin = core.inventory(PROJECT / "inventory" / "nautobridge.yml", env)
    assert script == plugin
    hosts = plugin["_meta"]["hostvars"]
    assert hosts == document["_meta"]["hostvars"]
    assert plugin["role_web"]["vars"] == document["role_web"]["vars"]
    assert plugin["location_home"]["children"] == ["location_rack"]


CONSTRUCTED = """
compose:
  ansible_user: "'ops' if nautobot.type == 'virtual_machine' else 'root'"
  from_group: group_plain
  copied: nautobot.comments
groups:
  big: nautobot.vcpus | default(0) > 1
keyed_groups:
  - key: nautobot.tags
    prefix: tag
  - key: nautobot.platform
    prefix: os
    parent_group: systems
"""


def test_constructed_variables_and_groups(core: Core, tmp_path: Path, stub: Callable, document: dict) -> None:
    exported = core.inventory(write(tmp_path, CONSTRUCTED), stub(document).env)
    traefik = exported["_meta"]["hostvars"]["traefik"]
    assert traefik["ansible_user"] == "ops"
    assert traefik["from_group"] == "text"
    # A copy of a text that is not to be evaluated is not to be evaluated, either.
    assert traefik["copied"] == traefik["nautobot"]["comments"]
    assert "__ansible_unsafe" in traefik["copied"]
    for group in ("big", "tag_web", "tag_edge", "os_Debian_12"):
        assert exported[group]["hosts"] == ["traefik"]
    assert exported["systems"]["children"] == ["os_Debian_12"]


@pytest.mark.parametrize(
    "mistake",
    [
        "compose: {a: nautobot.nonsense.b}",
        "groups: {a: nautobot.nonsense.b}",
        "keyed_groups: [{key: nautobot.nonsense.b}]",
    ],
)
def test_strict_makes_a_mistake_an_error(
    core: Core, tmp_path: Path, stub: Callable, document: dict, mistake: str
) -> None:
    source = write(tmp_path, mistake + "\n")
    env = stub(document).env
    assert set(core.inventory(source, env)["_meta"]["hostvars"]) == set(document["_meta"]["hostvars"])

    source = write(tmp_path, f"strict: true\n{mistake}\n")
    result = core.run("ansible-inventory", "-i", source, "--list", env=env).failed()
    assert "nonsense" in result.said
    assert result.stdout == ""


def test_a_failure_leaves_nothing_behind(core: Core, tmp_path: Path, stub: Callable, document: dict) -> None:
    """Ansible goes on with the other sources when it is allowed to; what is left of the failed one would be half."""
    good = tmp_path / "static.ini"
    good.write_text("[static]\nelsewhere\n")
    bad = write(tmp_path, "strict: true\ngroups: {web: true}\nkeyed_groups: [{key: nautobot.nonsense}]\n")
    env = stub(document).env | {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "False"}
    result = core.run("ansible-inventory", "-i", bad, "-i", good, "--list", "--export", env=env).ok()
    exported = json.loads(result.stdout)
    assert "nonsense" in result.said
    assert exported["_meta"]["hostvars"] == {}
    assert exported["all"]["children"] == ["ungrouped", "static"]
    assert set(exported) == {"_meta", "all", "static"}


@pytest.mark.parametrize("option", ["filters: {status: [Active]}", "bogus: 1"])
def test_unknown_options_are_refused(core: Core, tmp_path: Path, stub: Callable, document: dict, option: str) -> None:
    made = stub(document)
    result = core.run("ansible-inventory", "-i", write(tmp_path, option + "\n"), "--list", env=made.env).failed()
    assert f"unknown option {option.split(':')[0]}" in result.said
    assert made.runs == 0


def test_settings_go_to_standard_input(core: Core, tmp_path: Path, stub: Callable, document: dict) -> None:
    content = """
settings:
  token_file: secrets/token
  tls: {ca_bundle: /etc/ca.pem, client_key: ~/key.pem, verify: true}
  filters: {status: [Active], devices: {location: ["Küche 😀"]}}
  retries: 2
"""
    made = stub(document)
    core.inventory(write(tmp_path / "lab", content), made.env)
    assert made.arguments == ["inventory", "--list", "--warnings", "--config", "-"]
    assert yaml.safe_load(made.stdin) == json.loads(made.stdin)
    assert json.loads(made.stdin) == {
        "token_file": str(tmp_path / "lab" / "secrets" / "token"),
        "tls": {"ca_bundle": "/etc/ca.pem", "client_key": str(core.ansible_home / "key.pem"), "verify": True},
        "filters": {"status": ["Active"], "devices": {"location": ["Küche 😀"]}},
        "retries": 2,
    }


def test_files_are_relative_to_the_source(core: Core, tmp_path: Path, stub: Callable, document: dict) -> None:
    made = stub(document)
    core.inventory(write(tmp_path / "lab", "config: settings.yml\nsnapshot: ../snapshots/lab.json\n"), made.env)
    assert made.arguments == [
        "inventory", "--list", "--warnings", "--config", str(tmp_path / "lab" / "settings.yml"),
        "--snapshot", str(tmp_path / "lab" / ".." / "snapshots" / "lab.json"),
    ]  # fmt: skip
    assert made.stdin == ""


def test_config_and_settings_exclude_each_other(core: Core, tmp_path: Path, stub: Callable, document: dict) -> None:
    made = stub(document)
    source = write(tmp_path, "config: settings.yml\nsettings: {}\n")
    result = core.run("ansible-inventory", "-i", source, "--list", env=made.env).failed()
    assert "exclude each other" in result.said
    assert made.runs == 0


def test_a_templated_token_is_seen_in_the_environment_only(
    core: Core, tmp_path: Path, stub: Callable, document: dict
) -> None:
    (tmp_path / "token").write_text("0123456789abcdef\n")
    content = f"""
url: "https://{{{{ 'nautobot' }}}}.example.com"
token: "{{{{ lookup('ansible.builtin.file', '{tmp_path}/token') | trim }}}}"
settings: {{retries: 1}}
"""
    made = stub(document)
    core.inventory(write(tmp_path, content), made.env | {"NAUTOBOT_TOKEN": "of the environment"})
    assert made.environment["NAUTOBRIDGE_URL"] == "https://nautobot.example.com"
    assert made.environment["NAUTOBRIDGE_TOKEN"] == "0123456789abcdef"
    assert "0123456789abcdef" not in made.stdin + " ".join(made.arguments)


def test_a_vaulted_token(core: Core, tmp_path: Path, stub: Callable, document: dict) -> None:
    password = tmp_path / "password"
    password.write_text("open sesame")
    vaulted = core.run(
        "ansible-vault", "encrypt_string", "--vault-password-file", password, "--name", "token", "fedcba9876543210"
    ).ok()
    source = write(tmp_path, vaulted.stdout + "\n")
    assert "fedcba9876543210" not in source.read_text()
    made = stub(document)
    command = ("ansible-inventory", "-i", source, "--list", "--vault-password-file", password)
    core.run(*command, env=made.env).ok()
    assert made.environment["NAUTOBRIDGE_TOKEN"] == "fedcba9876543210"


def test_an_empty_token_is_an_error(core: Core, tmp_path: Path, stub: Callable, document: dict) -> None:
    """Falling back to another token would be another user's view of Nautobot."""
    made = stub(document)
    source = write(tmp_path, "token: \"{{ '' }}\"\n")
    result = core.run("ansible-inventory", "-i", source, "--list", env=made.env | {"NAUTOBOT_TOKEN": "x"}).failed()
    assert "`token` is empty" in result.said
    assert made.runs == 0


def test_binary_by_option(core: Core, tmp_path: Path, stub: Callable, document: dict) -> None:
    made = stub(document)
    other = {"NAUTOBRIDGE_BINARY": "/nonexistent/nautobridge"}
    core.inventory(write(tmp_path / "lab", f"binary: ../{made.folder.name}/nautobridge\n"), other)
    core.inventory(write(tmp_path / "lab", "binary: nautobridge\n"), other | {"PATH": f"{made.folder}:/usr/bin:/bin"})
    assert made.runs == 2


@pytest.mark.parametrize("fails", [False, True])
def test_nothing_that_the_binary_says_is_a_command_in_ci(core: Core, tmp_path: Path, fails: bool) -> None:
    """Ansible wraps warnings and errors, so that any `::` may come to the beginning of a line."""
    said = "".join(f"{'word ' * 3}{'w' * (number % 5)} ::error::{number} ##[group] :\u00ad:x" for number in range(40))
    script = tmp_path / "nautobridge"
    inventory = '{"_meta": {"hostvars": {"h": {}}}, "all": {"hosts": ["h"]}}'
    (tmp_path / "said").write_text(f"nautobridge: {said}\n")
    script.write_text(f"#!/bin/sh\ncat {tmp_path}/said >&2\necho '{inventory}'\nexit {int(fails)}\n")
    script.chmod(0o755)
    source = tmp_path / "nautobridge.yml"
    source.write_text(f"plugin: nautobridge\nbinary: {script}\n")
    for env in ({"CI": "true"}, {"GITHUB_ACTIONS": "true"}, {}):
        result = core.run("ansible-inventory", "-i", source, "--list", env={"COLUMNS": "80", **env})
        assert "error:" in result.stderr
        commands = [line for line in result.stderr.splitlines() if "::" in line or "##[" in line or "\u00ad" in line]
        assert bool(commands) == (not env)


def test_what_the_binary_says_on_success_is_a_warning(
    core: Core, tmp_path: Path, stub: Callable, document: dict
) -> None:
    env = stub(document, stderr="the token expires tomorrow").env
    result = core.run("ansible-inventory", "-i", write(tmp_path, ""), "--list", env=env).ok()
    assert "the token expires tomorrow" in result.said


CACHE = "cache: true\ncache_plugin: ansible.builtin.jsonfile\ncache_connection: cache\n"


def test_the_cache_keeps_everything(core: Core, tmp_path: Path, stub: Callable, document: dict, canary: Path) -> None:
    source = write(tmp_path, CACHE.replace("cache_connection: cache", f"cache_connection: {tmp_path}/cache"))
    made = stub(document)
    fresh = core.inventory(source, made.env)
    kept = core.inventory(source, made.env)
    assert made.runs == 1
    assert fresh == kept
    assert kept["_meta"]["hostvars"] == document["_meta"]["hostvars"]

    show = ("ansible", "-i", source, "traefik", "-m", "ansible.builtin.debug", "-a")
    shown = core.run(*show, "var=[nautobot.comments,nautobot.nested[0],trusted]", env=made.env).ok().stdout
    assert made.runs == 1
    assert "touch" in shown
    assert "{% if true %}" in shown
    assert "42" in shown
    assert not canary.exists()


def test_the_cache_belongs_to_settings_and_token(core: Core, tmp_path: Path, stub: Callable, document: dict) -> None:
    """Another Nautobot, or another user's view of it, must not get this one's hosts."""
    cache = CACHE.replace("cache_connection: cache", f"cache_connection: {tmp_path}/cache")
    source = write(tmp_path, cache + "config: settings.yml\n")
    settings = tmp_path / "settings.yml"
    settings.write_text("retries: 1\n")
    made = stub(document)
    first = made.env | {"NAUTOBOT_URL": "https://one.example.com", "NAUTOBOT_TOKEN": "one"}
    changes = [{}, {"NAUTOBOT_URL": "https://two.example.com"}, {"NAUTOBOT_TOKEN": "two"}]
    for expected, change in enumerate(changes, start=1):
        core.inventory(source, first | change)
        assert made.runs == expected
    settings.write_text("retries: 2\n")
    core.inventory(source, first)
    assert made.runs == 4
    for change in changes:
        core.inventory(source, first | change)
    assert made.runs == 6
    core.inventory(source, first)
    assert made.runs == 6


def test_a_failure_is_not_cached(core: Core, tmp_path: Path, stub: Callable, document: dict) -> None:
    source = write(tmp_path, CACHE.replace("cache_connection: cache", f"cache_connection: {tmp_path}/cache"))
    core.run("ansible-inventory", "-i", source, "--list", env=stub(document, end="exit 1").env).failed()
    core.run("ansible-inventory", "-i", source, "--list", env=stub(stdout="{").env).failed()
    made = stub(document)
    before = made.runs
    assert core.inventory(source, made.env)["_meta"]["hostvars"] == document["_meta"]["hostvars"]
    assert made.runs == before + 1


def test_an_unusable_cache_is_fetched_anew(core: Core, tmp_path: Path, stub: Callable, document: dict) -> None:
    source = write(tmp_path, CACHE.replace("cache_connection: cache", f"cache_connection: {tmp_path}/cache"))
    made = stub(document)
    core.inventory(source, made.env)
    for file in (tmp_path / "cache").rglob("*"):
        if file.is_file():
            file.write_text(json.dumps("[]"))
    assert core.inventory(source, made.env)["_meta"]["hostvars"] == document["_meta"]["hostvars"]
    assert made.runs == 2
