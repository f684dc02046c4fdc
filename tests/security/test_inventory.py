"""Whoever edits data in Nautobot runs and reads nothing on the control node, and redirects no connection."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness import PLUGIN_SOURCE, PROJECT, SCRIPT, SNAPSHOT, Core, Result, run

# The names that may pass, with a value of the right kind (src/inventory/connection.rs, docs/inventory.md).
ALLOWED = {
    "ansible_become", "ansible_become_method", "ansible_become_pass", "ansible_become_password", "ansible_become_user",
    "ansible_command_timeout", "ansible_connect_timeout", "ansible_connection", "ansible_host", "ansible_network_os",
    "ansible_password", "ansible_pipelining", "ansible_port", "ansible_psrp_auth", "ansible_psrp_cert_validation",
    "ansible_psrp_protocol", "ansible_python_interpreter", "ansible_shell_type", "ansible_ssh_host", "ansible_ssh_pass",
    "ansible_ssh_password", "ansible_ssh_pipelining", "ansible_ssh_port", "ansible_ssh_timeout", "ansible_ssh_user",
    "ansible_timeout", "ansible_user", "ansible_winrm_connection_timeout", "ansible_winrm_operation_timeout_sec",
    "ansible_winrm_read_timeout_sec", "ansible_winrm_scheme", "ansible_winrm_server_cert_validation",
    "ansible_winrm_transport",
}  # fmt: skip

# Prints the names that an ansible-core gives a meaning to, from its own plugins, constants and variables.
DERIVE = r"""
import ast, glob, json, os, re
import ansible, ansible.constants as C, yaml
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.vars.manager import VariableManager

base = os.path.dirname(ansible.__file__)
names, plugins = set(), 0
for path in glob.glob(base + "/plugins/*/*.py"):
    for node in ast.parse(open(path).read()).body:
        if not isinstance(node, ast.Assign) or getattr(node.targets[0], "id", "") != "DOCUMENTATION":
            continue
        options = (yaml.safe_load(ast.literal_eval(node.value)) or {}).get("options") or {}
        found = {var["name"] for option in options.values() for var in (option or {}).get("vars") or []}
        names |= found
        plugins += bool(found)
for path in glob.glob(base + "/plugins/doc_fragments/*.py"):
    names |= set(re.findall(r"(?m)^\s*- name: (_?[a-z]\w*_\w+)$", open(path).read()))
for option in yaml.safe_load(open(base + "/config/base.yml")).values():
    names |= {var["name"] for var in option.get("vars") or []}
names |= {name for each in C.MAGIC_VARIABLE_MAPPING.values() for name in each} | set(C.COMMON_CONNECTION_VARS)
loader = DataLoader()
inventory = InventoryManager(loader=loader, sources=["h,"])
names |= set(VariableManager(loader=loader, inventory=inventory).get_vars(host=inventory.get_host("h")))
names |= {"ansible_facts", "discovered_interpreter_python", "omit", "vars", "hostvars", "groups", "playbook_dir"}
names -= {"environment"}
print(json.dumps([plugins, sorted(name for name in names if name.isidentifier())]))
"""

FAKE_SSH = """#!/bin/sh
printf '%s\\n' "$@" >> "{log}"
exit 255
"""


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A file that exists once a command of Nautobot's data has run."""
    return tmp_path / "canary"


@pytest.fixture
def lab(nautobridge: Path, tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Make an environment whose inventory has hosts `h0`, `h1`, … with these local contexts, changed by `edit`."""

    def make(
        *contexts: dict[str, Any], edit: Callable[[list[dict[str, Any]]], None] | None = None, **settings: Any
    ) -> dict[str, str]:
        snapshot = json.loads(SNAPSHOT.read_text())
        data = snapshot["data"]
        pattern = next(host for host in data["hosts"] if host["name"] == "traefik")
        data["contexts"] = []
        data["hosts"] = [
            pattern | {"id": f"00000000-0000-4000-8000-{number:012}", "name": f"h{number}"}
            | {"local_config_context_data": context}
            for number, context in enumerate(contexts)
        ]  # fmt: skip
        if edit:
            edit(data["hosts"])
        path, config = tmp_path / "snapshot.json", tmp_path / "settings.yml"
        path.write_text(json.dumps(snapshot))
        config.write_text(json.dumps(settings))
        return {
            "NAUTOBRIDGE_BINARY": str(nautobridge),
            "NAUTOBRIDGE_SNAPSHOT": str(path),
            "NAUTOBRIDGE_CONFIG": str(config),
        }

    return make


def call(env: dict[str, str], *arguments: str) -> Result:
    """Run the binary with the settings of a lab."""
    return run([env["NAUTOBRIDGE_BINARY"], *arguments], env)


def variables(env: dict[str, str]) -> dict[str, dict[str, Any]]:
    """All hosts with their variables."""
    done = call(env, "inventory", "--list").ok()
    assert done.stderr == "", "Ansible shows what a script prints on stderr as an error"
    return json.loads(done.stdout)["_meta"]["hostvars"]


# --- connection variables ---


def test_every_name_that_ansible_knows_is_on_the_list_or_withheld(core: Core, lab: Callable) -> None:
    plugins, names = json.loads(core.run("python", "-c", DERIVE).ok().stdout)
    assert plugins >= 8
    assert {"ansible_ssh_common_args", "ansible_become_exe", "ansible_remote_tmp", "hostvars"} <= set(names)
    assert len(names) > 120
    values = [
        "x", "-x", 22, True, "ssh", "sudo", "sh", "/usr/bin/python3", "https", "validate", "ntlm", "{{ 1 }}", ["x"], {"x": 1}, None
    ]  # fmt: skip
    made = variables(lab(*(dict.fromkeys(names, value) for value in values)))
    passed = {name for host in made.values() for name in host} - {"nautobot", "enabled"}
    assert passed <= ALLOWED
    assert {"ansible_user", "ansible_port", "ansible_become", "ansible_connection", "ansible_timeout"} <= passed


def attacks(folder: Path, canary: Path) -> list[dict[str, Any]]:
    """Contexts that each would run something on the control node, or connect to it."""
    evil = folder / "evil"
    evil.write_text(f'#!/bin/sh\ntouch "{canary}"\nexit 1\n')
    evil.chmod(0o755)
    proxy = f"-o ProxyCommand='{evil}'"
    inline = f"/bin/sh -c 'touch {canary}' "
    local = {"ansible_connection": "local"}
    return [
        {"ansible_ssh_common_args": proxy},
        {"ansible_ssh_extra_args": proxy},
        {"ansible_ssh_args": proxy},
        {"ansible_ssh_executable": str(evil)},
        {"ansible_sftp_executable": str(evil), "ansible_scp_executable": str(evil)},
        {"ansible_ssh_pkcs11_provider": str(evil), "ansible_password": "x"},
        {"ansible_host": f"-oProxyCommand={evil}"},
        {"ansible_user": f"-oProxyCommand={evil}"},
        {"ansible_user": f"x\" -o ProxyCommand={evil} \""},
        {"ansible_port": f"22 -oProxyCommand={evil}"},
        {"ansible_control_path": f"~/$({evil})"},
        local | {"ansible_python_interpreter": inline},
        local | {"ansible_python_interpreter": str(evil)},
        local | {"ansible_shell_executable": str(evil)},
        local | {"ansible_remote_tmp": f"~/$({evil})"},
        local | {"ansible_become": True, "ansible_become_exe": str(evil)},
        local | {"ansible_become": True, "ansible_become_flags": f"-- {evil}"},
        {"ansible_connection": "ansible.builtin.local", "ansible_shell_executable": str(evil)},
        {"ansible_connection": "ansible.legacy.local", "ansible_shell_executable": str(evil)},
        {"ansible_connection": "community.general.chroot", "ansible_chroot_exe": str(evil)},
        {"ansible_connection": "community.docker.docker", "ansible_docker_extra_args": f"; {evil}"},
        {"ansible_connection": "winrm", "ansible_winrm_transport": "kerberos", "ansible_winrm_kinit_cmd": str(evil)},
        {"ansible_connection": "{{ lookup('pipe', '" + str(evil) + "') }}"},
        {"ansible_become_method": "{{ lookup('pipe', '" + str(evil) + "') }}"},
    ]  # fmt: skip


def fake_ssh(folder: Path) -> tuple[dict[str, str], Path]:
    """An ssh that connects to nothing; the environment that has it on its PATH, and what it was called with."""
    programs, log = folder / "bin", folder / "ssh.log"
    programs.mkdir()
    (programs / "ssh").write_text(FAKE_SSH.format(log=log))
    (programs / "ssh").chmod(0o755)
    return {"PATH": f"{programs}:{os.defpath}", "ANSIBLE_SSH_RETRIES": "0"}, log


def test_a_ping_runs_nothing_on_the_control_node(
    core: Core, source: Path, lab: Callable, tmp_path: Path, canary: Path
) -> None:
    env = lab(*attacks(tmp_path, canary))
    path, log = fake_ssh(tmp_path)
    result = core.run("ansible", "all", "-i", source, "-m", "ansible.builtin.ping", "-f", "8", env=env | path)
    assert "SUCCESS" not in result.stdout
    assert not canary.exists(), result.stdout
    # The hosts were connected to as if the contexts said nothing.
    called = log.read_text()
    assert "10.20." in called
    assert "ProxyCommand" not in called
    assert "evil" not in called


@pytest.mark.parametrize(
    ("context", "name"),
    [
        ({"ansible_ssh_executable": "EVIL"}, "ansible_ssh_executable"),
        ({"ansible_connection": "local", "ansible_shell_executable": "EVIL"}, "*"),
    ],
)
def test_the_canary_sings(
    core: Core, lab: Callable, tmp_path: Path, canary: Path, context: dict[str, str], name: str
) -> None:
    """The test above would see it if a variable came through: so it is where the settings trust it."""
    attacks(tmp_path, canary)
    context = {key: value.replace("EVIL", str(tmp_path / "evil")) for key, value in context.items()}
    env = lab(context, variables={"trust": [name]})
    core.run("ansible", "all", "-i", SCRIPT, "-m", "ansible.builtin.ping", env=env)
    assert canary.exists()


def test_what_people_use_passes(lab: Callable) -> None:
    context = {
        "ansible_host": "web1.example.com", "ansible_user": "DOMAIN\\deploy", "ansible_port": 2222, "ansible_become": True,
        "ansible_become_method": "sudo", "ansible_connection": "ansible.netcommon.network_cli",
        "ansible_network_os": "cisco.ios.ios", "ansible_python_interpreter": "/opt/venv/bin/python3.12",
        "app_list": {"x": {"ansible_connection": "local"}}, "environment": "production",
    }  # fmt: skip
    made = variables(lab(context))["h0"]
    assert {name: made[name] for name in context} == context
    # A context that is one variable is data, whatever it holds.
    nested = variables(lab({"ansible_connection": "local"}, context={"mode": "both"}))["h0"]
    assert nested["config_context"] == {"ansible_connection": "local"}
    assert "ansible_connection" not in nested


def test_renaming_is_no_way_around(lab: Callable) -> None:
    rename = {"variables": {"rename": {"transport": "ansible_connection"}}}
    assert "ansible_connection" not in variables(lab({"transport": "local"}, **rename))["h0"]
    assert variables(lab({"transport": "ssh"}, **rename))["h0"]["ansible_connection"] == "ssh"


def test_the_user_learns_what_is_withheld(core: Core, lab: Callable) -> None:
    env = lab({"ansible_ssh_common_args": "-o ProxyCommand=hunter2"}, {"ansible_port": "x"})
    line = "variables: {trust: [ansible_ssh_common_args]}"
    for command in (["doctor"], ["explain", "h0"], ["inventory", "--list", "--warnings"]):
        done = call(env, *command).ok()
        said = done.stdout.split('{"_meta"')[0] + done.stderr
        assert "ansible_ssh_common_args" in said, command
        assert "local config context" in said, command
        assert line in said, command
        assert "hunter2" not in said, command
    assert "expected a port from 1 to 65535" in call(env, "doctor").stdout
    explained = json.loads(call(env, "explain", "h0", "--json").ok().stdout)
    assert [each["name"] for each in explained["withheld"]] == ["ansible_ssh_common_args"]

    # The plugin warns; a script that succeeds is silent.
    by_plugin = core.run("ansible-inventory", "-i", PLUGIN_SOURCE, "--list", env=env).ok()
    assert line.replace("'", "") in by_plugin.said
    by_script = core.run("ansible-inventory", "-i", SCRIPT, "--list", env=env).ok()
    assert "ansible_ssh_common_args" not in by_script.stderr
    assert (
        json.loads(by_plugin.stdout)["_meta"]["hostvars"].keys()
        == json.loads(by_script.stdout)["_meta"]["hostvars"].keys()
    )

    # The line that it names works.
    trusted = env | {"NAUTOBRIDGE_VARIABLES_TRUST": "[ansible_ssh_common_args]"}
    assert variables(trusted)["h0"]["ansible_ssh_common_args"] == "-o ProxyCommand=hunter2"
    assert "ansible_port" not in variables(trusted)["h1"]


# --- addresses ---


@pytest.mark.parametrize(
    "bad",
    ["-oProxyCommand=x", "127.0.0.1", "127.1", "localhost.", "::ffff:127.0.0.1", "root@10.0.0.1", "a b", "{{ x }}"],
)
def test_addresses_from_nautobot_are_checked(lab: Callable, bad: str) -> None:
    def edit(hosts: list[dict[str, Any]]) -> None:
        address = {"mask_length": 24, "dns_name": bad}
        hosts[0] |= {"primary_ip4": address | {"host": "10.0.0.9"}, "_custom_field_data": {"mgmt": bad}}

    for first in ("dns_name", "custom_field:mgmt"):
        env = lab({}, edit=edit, ansible_host=[first, "primary_ip4"])
        assert variables(env)["h0"]["ansible_host"] == "10.0.0.9"
        said = call(env, "doctor").stdout
        assert "the variable `ansible_host` from Nautobot" in said
    # From a context, too, and there the record's address takes its place.
    made = variables(lab({"ansible_host": bad, "ansible_ssh_host": bad}, edit=edit, ansible_host=["primary_ip4"]))["h0"]
    assert made["ansible_host"] == "10.0.0.9"
    assert "ansible_ssh_host" not in made


def test_an_address_of_the_control_node_can_be_allowed(lab: Callable) -> None:
    assert "ansible_ssh_host" not in variables(lab({"ansible_ssh_host": "127.0.0.1"}))["h0"]
    made = variables(lab({"ansible_ssh_host": "127.0.0.1"}, allow_host_names=["127.0.0.1"]))
    assert made["h0"]["ansible_ssh_host"] == "127.0.0.1"


# --- host names ---

BAD_NAMES = [
    "localhost", "LocalHost", "web.localhost", "127.0.0.1", "127.1", "0x7f000001", "::1", "0.0.0.0", "../outside/x", "..", ".", "$D",  # noqa: S104 # A name.
    "a/${D}", "a\nb", "-oProxyCommand=x",
]  # fmt: skip


@pytest.mark.parametrize("name", BAD_NAMES)
def test_host_names_that_mean_something_else(lab: Callable, name: str) -> None:
    def edit(hosts: list[dict[str, Any]]) -> None:
        hosts[0]["name"] = name

    env = lab({}, {}, edit=edit)
    done = call(env, "inventory", "--list").failed()
    assert done.stdout == ""
    assert "allow_host_names" in done.stderr
    assert "00000000-0000-4000-8000-000000000000" in done.stderr, "the object is named"
    assert "FAIL" in call(env, "doctor").failed().stdout
    assert name in variables(lab({}, {}, edit=edit, allow_host_names=[name]))
    call(lab({}, {}, edit=edit, allow_host_names=["h1"]), "inventory", "--list").failed()


@pytest.mark.parametrize("name", ["../outside/x", ".", "$D"])
def test_a_host_name_reads_no_other_files(core: Core, source: Path, lab: Callable, tmp_path: Path, name: str) -> None:
    """With the name allowed, Ansible does read them: the error is not for nothing."""
    for path in ("host_vars/other.yml", "outside/x.yml"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("leak: leaked\n")
    playbook = tmp_path / "play.yml"
    playbook.write_text(
        "- hosts: all\n  gather_facts: false\n  tasks:\n    - ansible.builtin.debug: {msg: \"{{ leak | default('none') }}\"}\n"
    )

    def edit(hosts: list[dict[str, Any]]) -> None:
        hosts[0]["name"] = name

    env = lab({}, edit=edit) | {"D": "../outside"}
    refused = core.run("ansible-playbook", "-i", source, playbook, env=env)
    assert "leaked" not in refused.stdout
    allowed = lab({}, edit=edit, allow_host_names=[name]) | {"D": "../outside"}
    assert "leaked" in core.run("ansible-playbook", "-i", source, playbook, env=allowed).stdout


def test_no_group_means_more_than_its_object(lab: Callable) -> None:
    settings = {"groups": {"by": ["tag", "role"], "prefix": "", "separator": "", "custom_fields": ["x"]}}
    for value in ("localhost", "all", "ungrouped", "../x", "127.0.0.1"):

        def edit(hosts: list[dict[str, Any]], value: str = value) -> None:
            hosts[0]["_custom_field_data"] = {"x": value}

        listed = json.loads(call(lab({}, edit=edit, **settings), "inventory", "--list").ok().stdout)
        assert {"localhost", "ungrouped", "127.0.0.1"}.isdisjoint(listed)
        assert not [name for name in listed if "/" in name or "." in name]


# --- pieces of templates ---

JOINS = """
- hosts: h0
  gather_facts: false
  tasks:
    - ansible.builtin.set_fact:
        tilde: "{{ left ~ right }}"
        plus: "{{ left + right }}"
        trimmed: "{{ spaced | trim ~ right }}"
        filtered: "{{ [left, right] | join }}"
        items: "{{ pieces | join('') }}"
        formatted: "{{ '%s%s' | format(left, right) }}"
        beside: "{{ left }}{{ right }}"
        own_brace: "{{ '{' ~ right }}"
        statement: "{{ left ~ percent }}"
        braces: "{{ '{' ~ closed ~ '}' }}"
        header: "{{ head ~ er }}"
        own_header: "{{ '#' ~ headless }}"
    - ansible.builtin.debug: {msg: "{{ lookup('vars', item) }}"}
      loop: [tilde, plus, trimmed, filtered, items, formatted, beside, own_brace, statement, braces, header, own_header]
"""


@pytest.mark.parametrize("trusted", [False, True])
def test_pieces_that_a_play_joins_are_no_template(
    core: Core, source: Path, lab: Callable, tmp_path: Path, canary: Path, trusted: bool
) -> None:
    evil = f"lookup('pipe', 'touch {canary}')"
    override = f"jinja2:variable_start_string:'<<', variable_end_string:'>>'\n<< {evil} >>"
    context = {
        "left": "{", "spaced": "x { ", "right": "{ " + evil + " }}", "pieces": ["{", "{ " + evil + " }}"],
        "percent": f"% set x = {evil} %}}", "closed": f"% set x = {evil} %", "head": "#", "er": override, "headless": override,
    }  # fmt: skip
    playbook = tmp_path / "play.yml"
    playbook.write_text(JOINS)
    env = lab(context, variables={"trust": list(context) if trusted else []})
    result = core.run("ansible-playbook", "-i", source, playbook, env=env)
    if trusted:
        # Only ansible-core 2.16 evaluates what an expression gave: there the test would see it.
        assert canary.exists() == (core.name == "2.16"), result.stdout
    else:
        result.ok()
        assert not canary.exists(), result.stdout


def test_only_pieces_are_marked(lab: Callable) -> None:
    plain = {
        "color": "#aabbcc",
        "heading": "# Title",
        "percent": "50%",
        "note": "100 % of {this} is fine",
        "css": "a }",
    }
    made = variables(lab(plain))["h0"]
    assert {name: made[name] for name in plain} == plain


def test_constructed_variables_keep_the_mark_of_a_piece(
    core: Core, lab: Callable, tmp_path: Path, canary: Path
) -> None:
    evil = "{ lookup('pipe', 'touch " + str(canary) + "') }}"
    source = tmp_path / "composed.nautobridge.yml"
    source.write_text("plugin: nautobridge\nstrict: true\ncompose:\n  a: left | trim\n  b: right | trim\n")
    playbook = tmp_path / "play.yml"
    playbook.write_text(
        "- hosts: h0\n  gather_facts: false\n  tasks:\n    - ansible.builtin.set_fact: {joined: '{{ a ~ b }}'}\n"
        "    - ansible.builtin.debug: {var: joined}\n"
    )
    env = lab({"left": "{ ", "right": evil}) | {"ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg")}
    result = core.run("ansible-playbook", "-i", source, playbook, env=env).ok()
    assert not canary.exists(), result.stdout
