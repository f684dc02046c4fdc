"""The files of seeder/, without a Controller."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import PROJECT, Core, run
from seeding import GIVEN, SECRETS, SEED, Seeder, tells_no_secret, variables

OPTIONAL = {"homelab_git_is_private": True, "homelab_registry_needs_login": True, "homelab_uses_vault": True}


@pytest.mark.parametrize("extra", [[], ["-e", json.dumps(OPTIONAL)]], ids=["usual", "all"])
def test_nothing_is_wrong_with_them(seeder: Seeder, extra: list[str]) -> None:
    document = json.loads(seeder.run("check", "--json", *extra, env=GIVEN).ok().stdout)
    assert (document["ok"], document["findings"]) == (True, [])
    assert document["objects"] == (24 if extra else 21)


@pytest.mark.parametrize("empty", [{}, dict.fromkeys(GIVEN, "")], ids=["unset", "empty"])
def test_no_variable_of_the_environment_is_needed(seeder: Seeder, empty: dict[str, str]) -> None:
    document = json.loads(seeder.run("check", "--json", "-e", json.dumps(OPTIONAL), env=empty).ok().stdout)
    assert {finding["severity"] for finding in document["findings"]} <= {"note"}


def test_a_switch_is_a_word_on_the_command_line(seeder: Seeder) -> None:
    off = seeder.run("check", "--json", "-e", "homelab_uses_vault=false", env=GIVEN).ok()
    on = seeder.run("check", "--json", "-e", "homelab_uses_vault=true", env=GIVEN).ok()
    assert json.loads(on.stdout)["objects"] == json.loads(off.stdout)["objects"] + 1


def test_the_check_tells_no_secret(seeder: Seeder) -> None:
    tells_no_secret(seeder.run("check", env=GIVEN).ok())


def test_whatever_comes_from_the_environment_may_be_missing() -> None:
    """A lookup without `default(omit, true)` would replace what the Controller has by an empty text."""
    for path in SEED.glob("*.yml"):
        for line in path.read_text().splitlines():
            if "lookup(" in line:
                assert re.search(r"lookup\('env', '[A-Z_]+'\) \| default\(omit, true\)", line), f"{path.name}: {line}"


def test_the_tests_know_every_variable_of_the_environment() -> None:
    named = set(re.findall(r"lookup\('env', '([A-Z_]+)'\)", "".join(path.read_text() for path in SEED.glob("*.yml"))))
    # The key of the tests has no passphrase.
    assert named == GIVEN.keys() | {"HOMELAB_SSH_KEY_PASSPHRASE"}
    assert SECRETS.keys() <= named


def test_a_credential_gives_the_secrets_of_the_apps() -> None:
    """In one field: a type that is in use gets no other."""
    seed = variables()
    [kind] = [each for each in seed["controller_credential_types"] if each["name"] == "App Secrets"]
    [field] = kind["inputs"]["fields"]
    assert field["secret"]
    assert kind["injectors"]["env"] == {"DOCKER_APP_SECRETS": "{  { tower.filename }}"}
    for template in seed["controller_templates"]:
        deploys = template["playbook"] == "playbooks/master_deploy.yml"
        assert ("HomeLab Apps" in template["credentials"]) == deploys


def test_the_tests_have_each_secret_of_the_apps() -> None:
    """As an operator's file would."""
    texts = [path.read_text() for path in PROJECT.glob("config_contexts/**/*.yml")]
    used = set(re.findall(r"\{key: (\w+)", "".join(texts)))
    assert used
    assert used == yaml.safe_load(GIVEN["HOMELAB_APP_SECRETS"])["values"].keys()


def test_every_variable_of_the_seed_is_used() -> None:
    text = "".join(path.read_text() for path in SEED.glob("*.yml"))
    for name in variables():
        if name.startswith("homelab_"):
            assert len(re.findall(rf"\b{name}\b", text)) > 1, f"{name} is defined and not used"


def test_one_mistake_is_told_once(nautobridge: Path) -> None:
    text = 'controller_projects: [{name: Tools, organization: Lab, scm_type: git, scm_url: "{{ tools_url }}"}]'
    result = run([nautobridge, "seeder", "check", "-", "--quiet"], stdin=text).failed()
    assert result.stdout.splitlines() == [
        "error: -:1: controller_projects[0].scm_url: `tools_url` is not defined",
        "1 object: 1 error, 1 note",
    ]


RENDER = """
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.include_vars: {{dir: {folder}}}
    - ansible.builtin.debug:
        msg: {{credentials: "{{{{ controller_credentials + controller_credentials_vault }}}}",
              types: "{{{{ controller_credential_types }}}}"}}
"""


def rendered(core: Core, playbook: Path, env: dict[str, str]) -> dict[str, Any]:
    """What Ansible makes of the files, and with it the collection infra.aap_configuration."""
    playbook.write_text(RENDER.format(folder=SEED))
    env = {"ANSIBLE_CALLBACK_RESULT_FORMAT": "json"} | env
    shown = core.run("ansible-playbook", "-i", "localhost,", playbook, env=env).ok().stdout
    return json.loads(re.search(r"=> (\{\n.*?^\})", shown, re.DOTALL | re.MULTILINE)[1])["msg"]


def test_ansible_reads_them_as_the_seeder_does(core: Core, tmp_path: Path) -> None:
    for env, keys in ((GIVEN, {"url", "token", "verify"}), ({}, {"verify"})):
        made = rendered(core, tmp_path / "render.yml", env)
        names = ["Nautobot", "HomeLab SSH", "Controller", "HomeLab Apps"]
        assert [item["name"] for item in made["credentials"]] == names
        inputs = made["credentials"][0]["inputs"]
        assert inputs.keys() == keys
        assert inputs.get("token") == env.get("NAUTOBOT_TOKEN")
        assert made["credentials"][3]["inputs"].get("app_secrets") == env.get("HOMELAB_APP_SECRETS")
        # The collection's roles, too, put these braces together.
        assert made["types"][0]["injectors"]["env"]["NAUTOBOT_URL"] == "{  { url }}"
