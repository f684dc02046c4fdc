"""roles/docker_engine: an inventory, and so Nautobot's data, names no file of the control node."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from harness import PROJECT, Core, Result

SECRET = "/etc/hostname"
ROLES = {"ANSIBLE_ROLES_PATH": str(PROJECT / "roles")}


def play(
    core: Core, tmp_path: Path, host: dict, *options: str, tasks: list | None = None, **environment: str
) -> Result:
    """Run what the role does with its inputs, and show the file that it would copy."""
    inventory = tmp_path / "hosts.json"
    inventory.write_text(json.dumps({"all": {"hosts": {"web1": {"ansible_connection": "local"} | host}}}))
    role = {"name": "docker_engine", "tasks_from": "inputs.yml", "public": True}
    show = {"ansible.builtin.debug": {"msg": "copies=[{{ docker_engine_compose_src }}]"}}
    path = tmp_path / "play.yml"
    steps = [*(tasks or []), {"ansible.builtin.include_role": role}, show]
    path.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": steps}]))
    return core.run("ansible-playbook", "-i", inventory, path, *options, env=ROLES | environment)


@pytest.mark.parametrize(
    "value", [SECRET, "../../../etc/shadow", "{{ lookup('file', '/etc/hostname') }}", ["/etc/hostname"]]
)
def test_an_inventory_names_no_file(core: Core, tmp_path: Path, value: object) -> None:
    done = play(core, tmp_path, {"docker_engine_compose_src": value}).failed()
    said = " ".join((done.stdout + done.stderr).split())
    assert "The inventory sets docker_engine_compose_src for web1" in said
    assert "export DOCKER_ENGINE_COMPOSE_SRC=FILE" in said
    assert "copies=" not in said


def test_facts_name_no_file(core: Core, tmp_path: Path) -> None:
    """Such as those that a host returns which was taken over."""
    module = tmp_path / "library" / "returns_facts.py"
    module.parent.mkdir()
    module.write_text(
        "#!/usr/bin/python\nimport json\n"
        f"print(json.dumps({{'changed': False, 'ansible_facts': {{'docker_engine_compose_src': {SECRET!r}}}}}))\n"
    )
    done = play(core, tmp_path, {}, tasks=[{"returns_facts": {}}], ANSIBLE_LIBRARY=str(module.parent))
    assert f"copies=[{SECRET}]" not in done.stdout


def test_the_operator_names_one(core: Core, tmp_path: Path) -> None:
    assert "copies=[]" in play(core, tmp_path, {}).ok().stdout
    assert "copies=[/x]" in play(core, tmp_path, {}, "-e", "docker_engine_compose_src=/x").ok().stdout
    assert "copies=[/y]" in play(core, tmp_path, {}, DOCKER_ENGINE_COMPOSE_SRC="/y").ok().stdout
