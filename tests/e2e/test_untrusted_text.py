"""Expressions that somebody wrote into a real Nautobot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from harness import Core
from lab import Nautobot


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A file that the expressions make when they are evaluated."""
    return tmp_path / "canary"


@pytest.fixture
def texts(nautobot: Nautobot, canary: Path) -> list[str]:
    """Expressions, in a device's comments, tag, custom field, config context and local context."""
    touch = f"lookup('pipe', 'touch {canary}')"
    texts = [
        "{{ " + touch + " }}",
        "{% if " + touch + " %}{% endif %}",
        "{# a comment #} {{ " + touch + " }}",
        "#jinja2: variable_start_string:'[[', variable_end_string:']]'\n[[ " + touch + " ]]",
    ]
    api = nautobot.api
    device = api.dcim.devices.get(name="pve1")
    tag = nautobot.create(api.extras.tags, name="planted {{ 1 + 1 }}", content_types=["dcim.device"])
    nautobot.create(
        api.extras.config_contexts,
        name="planted",
        weight=5000,
        tags=[{"id": tag.id}],
        data={"planted_context": {"list": texts, "text": texts[0]}},
    )
    nautobot.change(
        device,
        comments=texts[0],
        serial=texts[1][:255],
        tags=[*(each.id for each in device.tags), tag.id],
        custom_fields={"cpu_model": texts[3]},
        local_config_context_data={"planted_local": texts},
    )
    return texts


PLAYBOOK = """
- name: Use planted text
  hosts: pve1
  gather_facts: false
  connection: local
  tasks:
    - name: Write it to a file
      ansible.builtin.copy:
        content: "{{ [planted_local, planted_context.list, nautobot.custom_fields.cpu_model, nautobot.comments] | to_json }}"
        dest: "{{ out }}"
        mode: "0600"
    - name: Use each by itself
      ansible.builtin.debug:
        msg: "{{ item }}"
      loop: "{{ planted_local + planted_context.list + nautobot.tags + [nautobot.serial] }}"
"""


def test_it_is_not_evaluated(
    core: Core, source: Path, env: dict[str, str], texts: list[str], canary: Path, tmp_path: Path
) -> None:
    command = ("ansible", "-i", source, "pve1", "-m", "ansible.builtin.debug", "-a")
    shown = core.run(*command, "var=[nautobot,planted_context,planted_local,group_names]", env=env).ok().stdout
    assert shown.count("touch") >= 10
    assert "planted {{ 1 + 1 }}" in shown
    assert not canary.exists()

    playbook = tmp_path / "playbook.yml"
    playbook.write_text(PLAYBOOK)
    out = tmp_path / "out"
    core.run("ansible-playbook", "-i", source, playbook, "-e", f"out={out}", env=env).ok()
    assert json.loads(out.read_text()) == [texts, texts, texts[3], texts[0]]
    assert not canary.exists()


def test_it_is_evaluated_where_a_setting_trusts_it(
    core: Core, source: Path, env: dict[str, str], texts: list[str], canary: Path
) -> None:
    """So the test above would see it."""
    command = ("ansible", "-i", source, "pve1", "-m", "ansible.builtin.debug", "-a", "var=planted_context.text")
    core.run(*command, env=env | {"NAUTOBRIDGE_VARIABLES_TRUST": "['planted_context.text']"}).ok()
    assert canary.exists()
    assert texts
