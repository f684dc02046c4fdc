"""The real binary under Ansible, on the homelab's snapshot."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness import PLUGIN_SOURCE, PROJECT, SCRIPT, SNAPSHOT, Core, Result, run


@pytest.fixture
def homelab(nautobridge: Path) -> dict[str, str]:
    """An environment that makes the homelab's snapshot the inventory."""
    return {"NAUTOBRIDGE_BINARY": str(nautobridge), "NAUTOBRIDGE_SNAPSHOT": str(SNAPSHOT)}


@pytest.fixture
def changed(homelab: dict[str, str], tmp_path: Path) -> Callable[[Callable[[dict[str, Any]], None]], dict[str, str]]:
    """The same with a change to what Nautobot said."""

    def change(edit: Callable[[dict[str, Any]], None]) -> dict[str, str]:
        snapshot = json.loads(SNAPSHOT.read_text())
        edit(snapshot["data"])
        path = tmp_path / "changed.json"
        path.write_text(json.dumps(snapshot))
        return homelab | {"NAUTOBRIDGE_SNAPSHOT": str(path)}

    return change


def host(data: dict[str, Any], name: str) -> dict[str, Any]:
    """One host of a snapshot."""
    return next(each for each in data["hosts"] if each["name"] == name)


def failing(core: Core, source: Path, env: dict[str, str]) -> Result:
    """What Ansible says about an inventory that must not be."""
    result = core.run("ansible-inventory", "-i", source, "--list", "--export", env=env).failed()
    assert result.stdout == ""
    return result


def test_the_homelab(core: Core, homelab: dict[str, str]) -> None:
    script = core.inventory(SCRIPT, homelab)
    assert script == core.inventory(PLUGIN_SOURCE, homelab)

    hosts = script["_meta"]["hostvars"]
    assert len(hosts) >= 18
    assert "traefik" in hosts["traefik"]["app_list"]
    assert hosts["traefik"]["nautobot"]["type"] == "virtual_machine"
    assert any(variables["nautobot"]["type"] == "device" for variables in hosts.values())

    # What the commands without --export show of one host.
    shown = core.run("ansible-inventory", "-i", SCRIPT, "--host", "traefik", env=homelab).ok()
    assert json.loads(shown.stdout) == hosts["traefik"]
    graph = core.run("ansible-inventory", "-i", PLUGIN_SOURCE, "--graph", env=homelab).ok()
    assert "|--@role_docker_host:" in graph.stdout
    assert graph.stderr == ""


def test_every_host_is_in_all_and_every_group_has_hosts(core: Core, homelab: dict[str, str]) -> None:
    exported = core.inventory(SCRIPT, homelab)

    def members(group: str) -> set[str]:
        content = exported.get(group, {})
        below = (members(child) for child in content.get("children", ()))
        return set(content.get("hosts", ())).union(*below)

    hosts = set(exported["_meta"]["hostvars"])
    assert members("all") == hosts
    for group in exported["all"]["children"]:
        if group != "ungrouped":
            assert members(group), group


def expressions(canary: Path) -> list[str]:
    """Text that Ansible evaluates wherever it trusts it."""
    touch = f"lookup('pipe', 'touch {canary}')"
    return [
        "{{ " + touch + " }}",
        "{% if " + touch + " %}{% endif %}",
        "before {{ " + touch + " }} after",
        "{# a comment #}",
        # A header that chooses other delimiters: no `{{` anywhere.
        "#jinja2: variable_start_string:'[[', variable_end_string:']]'\n[[ " + touch + " ]]",
    ]


def plant(data: dict[str, Any], texts: list[str]) -> None:
    """Put expressions everywhere that a user of Nautobot can write text to."""
    target = host(data, "traefik")
    target["comments"] = texts[0]
    target["serial"] = texts[1]
    target["_custom_field_data"]["planted"] = texts
    target["local_config_context_data"] = {"planted_local": {"list": texts}, "planted_text": texts[0]}
    tag = target["tags"][0]["id"]
    data["catalogs"]["tags"][tag]["name"] = texts[2]
    next(each for each in data["contexts"] if each["name"] == "defaults")["data"]["planted_context"] = texts
    target["services"][0]["description"] = texts[4]


SHOW = "[nautobot,planted_local,planted_text,planted_context,hostvars.traefik.nautobot]"

PLAYBOOK = """
- name: Use planted text
  hosts: traefik
  gather_facts: false
  connection: local
  tasks:
    - name: Write it to a file
      ansible.builtin.copy:
        content: "{{ [nautobot.custom_fields.planted, planted_local.list, planted_context] | to_json }}"
        dest: "{{ out }}"
        mode: "0600"
    - name: Use each by itself
      ansible.builtin.debug:
        msg: "{{ item }}"
      loop: "{{ nautobot.custom_fields.planted + planted_context + nautobot.tags + [nautobot.comments, planted_text] }}"
"""


def test_planted_expressions_are_not_evaluated(
    core: Core, source: Path, changed: Callable, canary: Path, tmp_path: Path
) -> None:
    texts = expressions(canary)
    env = changed(lambda data: plant(data, texts))
    command = ("ansible", "-i", source, "traefik", "-m", "ansible.builtin.debug", "-a", f"var={SHOW}")
    shown = core.run(*command, env=env).ok().stdout
    assert "touch" in shown

    playbook = tmp_path / "playbook.yml"
    playbook.write_text(PLAYBOOK)
    out = tmp_path / "out"
    core.run("ansible-playbook", "-i", source, playbook, "-e", f"out={out}", env=env).ok()
    assert json.loads(out.read_text()) == [texts, texts, texts]
    assert not canary.exists()


def test_a_trusted_path_is_evaluated(core: Core, source: Path, changed: Callable) -> None:
    env = changed(lambda data: plant(data, ["{{ 40 + 2 }}"] * 5))
    env["NAUTOBRIDGE_VARIABLES_TRUST"] = "planted_local.list, nautobot.comments"
    command = ("ansible", "-i", source, "traefik", "-m", "ansible.builtin.debug", "-a")
    trusted = core.run(*command, "var=[planted_local.list,nautobot.comments]", env=env).ok().stdout
    assert trusted.count("42") == 6
    others = core.run(*command, "var=[planted_text,planted_context,nautobot.custom_fields]", env=env).ok().stdout
    assert others.count("{{ 40 + 2 }}") == 11
    assert core.inventory(SCRIPT, env) == core.inventory(PLUGIN_SOURCE, env)


@pytest.mark.parametrize("name", ["{{ lookup('pipe', 'id') }}", "#jinja2: variable_start_string:'[['\n[[ 1 ]]"])
def test_a_host_name_that_is_a_template_is_refused(core: Core, source: Path, changed: Callable, name: str) -> None:
    """Before ansible-core 2.19 the name of a host is a template like any other text."""
    env = changed(lambda data: host(data, "traefik").update(name=name))
    assert "host name" in failing(core, source, env).said


def test_unusual_names_survive(core: Core, source: Path, changed: Callable) -> None:
    names = {
        "traefik": 'it\'s a "host"',
        "homepage": "zwei Worte",
        "docker-media": "Küche-名前-😀",
        "truenas": "x" * 255,
    }

    def rename(data: dict[str, Any]) -> None:
        for old, new in names.items():
            host(data, old)["name"] = new

    exported = core.inventory(source, changed(rename))
    for name in names.values():
        assert exported["_meta"]["hostvars"][name]["nautobot"]["name"] == name


def test_a_host_named_like_a_group_is_refused(core: Core, source: Path, changed: Callable) -> None:
    env = changed(lambda data: host(data, "traefik").update(name="role_docker_host"))
    assert "role_docker_host" in failing(core, source, env).said
    exported = core.inventory(source, env | {"NAUTOBRIDGE_GROUPS_PREFIX": "nb_"})
    assert "role_docker_host" in exported["_meta"]["hostvars"]
    assert "role_docker_host" in exported["nb_role_docker_host"]["hosts"]


def test_two_hosts_of_one_name_are_refused(core: Core, source: Path, changed: Callable) -> None:
    env = changed(lambda data: host(data, "traefik").update(name="docker-media"))
    said = failing(core, source, env).said
    assert "docker-media" in said
    snapshot = json.loads(Path(env["NAUTOBRIDGE_SNAPSHOT"]).read_text())
    ids = [each["id"] for each in snapshot["data"]["hosts"] if each["name"] == "docker-media"]
    assert len(ids) == 2
    for id_ in ids:
        assert id_ in said.replace(" ", "")


# What a source's variables in AWX can be, and what the inventory looks like then.
SOURCE_VARS: dict[str, tuple[dict[str, Any], Callable[[dict[str, Any]], bool]]] = {
    "list": (
        {"NAUTOBRIDGE_GROUPS_BY": ["role", "cluster_type"]},
        lambda inv: "role_docker_host" in inv and "status_active" not in inv,
    ),
    "empty list": ({"NAUTOBRIDGE_GROUPS_BY": []}, lambda inv: set(inv) == {"_meta", "all", "ungrouped"}),
    "mapping": (
        {"NAUTOBRIDGE_VARIABLES_RENAME": {"app_list": "apps", "nautobot": "it's"}, "NAUTOBRIDGE_GROUPS_PREFIX": "nb_"},
        lambda inv: {"apps", "it's"} <= set(inv["_meta"]["hostvars"]["traefik"]) and "nb_role_docker_host" in inv,
    ),
    "booleans and numbers": (
        {"NAUTOBRIDGE_TLS_VERIFY": False, "NAUTOBRIDGE_CONCURRENCY": 2, "NAUTOBRIDGE_TIMEOUTS_TOTAL": 30.5},
        lambda inv: "traefik" in inv["_meta"]["hostvars"],
    ),
    "null": (
        {"NAUTOBRIDGE_PROXY": None, "NAUTOBRIDGE_FILTERS_NAME": None},
        lambda inv: "traefik" in inv["_meta"]["hostvars"],
    ),
    "text": (
        {"NAUTOBRIDGE_CONTEXT_MODE": "nested", "NAUTOBRIDGE_CONTEXT_VARIABLE": "context", "unrelated": "x: {y"},
        lambda inv: "app_list" in inv["_meta"]["hostvars"]["traefik"]["context"],
    ),
}


@pytest.mark.parametrize("kind", list(SOURCE_VARS))
def test_the_variables_of_an_awx_source(core: Core, source: Path, homelab: dict[str, str], kind: str) -> None:
    """AWX makes each an environment variable with Python's str() of its value."""
    variables, expected = SOURCE_VARS[kind]
    exported = core.inventory(source, homelab | {name: str(value) for name, value in variables.items()})
    assert expected(exported)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NAUTOBRIDGE_GROUPS_BY", "['role', 'nonsense']"),
        ("NAUTOBRIDGE_FILTRES_NAME", "x"),
        ("NAUTOBRIDGE_TLS_VERIFY", "perhaps"),
    ],
)
def test_a_wrong_variable_of_an_awx_source(
    core: Core, source: Path, homelab: dict[str, str], name: str, value: str
) -> None:
    assert name in failing(core, source, homelab | {name: value}).said


def test_settings_in_the_source_do_what_those_in_a_file_do(core: Core, homelab: dict[str, str], tmp_path: Path) -> None:
    settings = "groups: {by: [role, location], prefix: lab_}\nvariables: {include: [ansible_host, nautobot.role]}\n"
    (tmp_path / "settings.yml").write_text(settings)
    by_file = tmp_path / "file.nautobridge.yml"
    by_file.write_text("plugin: nautobridge\nconfig: settings.yml\n")
    inline = tmp_path / "inline.nautobridge.yml"
    inline.write_text("plugin: nautobridge\nsettings:\n" + "".join(f"  {line}\n" for line in settings.splitlines()))
    exported = core.inventory(by_file, homelab)
    assert exported == core.inventory(inline, homelab)
    assert exported == core.inventory(SCRIPT, homelab | {"NAUTOBRIDGE_CONFIG": str(tmp_path / "settings.yml")})
    assert exported["_meta"]["hostvars"]["traefik"] == {
        "ansible_host": "10.20.20.10",
        "nautobot": {"role": "Docker Host"},
    }
    assert "lab_role_docker_host" in exported


def test_the_sources_folder_as_the_current_one(core: Core, source: Path, homelab: dict[str, str]) -> None:
    """There, the plugin's source is called what the binary's settings file is called by default."""
    result = core.run("ansible-inventory", "-i", source, "--list", env=homelab, cwd=PROJECT / "inventory").ok()
    assert "traefik" in json.loads(result.stdout)["_meta"]["hostvars"]


def test_snapshot_beside_the_source(core: Core, nautobridge: Path, tmp_path: Path) -> None:
    (tmp_path / "lab.json").write_text(SNAPSHOT.read_text())
    path = tmp_path / "nautobridge.yml"
    path.write_text("plugin: nautobridge\nsnapshot: lab.json\n")
    exported = core.inventory(path, {"NAUTOBRIDGE_BINARY": str(nautobridge)})
    assert "traefik" in exported["_meta"]["hostvars"]


def test_demo() -> None:
    """What `make demo` runs after the build, whatever the shell is set up for."""
    env = {"NAUTOBOT_URL": "http://127.0.0.1:9", "NAUTOBRIDGE_NONSENSE": "1"}
    shown = run([PROJECT / "demo" / "run"], env).ok()
    assert "@all:" in shown.stdout
    assert "|--traefik" in shown.stdout
    assert "app_list:" in shown.stdout
    assert "export NAUTOBOT_URL=" in shown.stdout
