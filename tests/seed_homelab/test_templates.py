"""Job templates and their playbooks fit each other.

A play's `vars` are its inputs; names that begin with an underscore are its own, those of `ansible_` are Ansible's, and those
of a role (`docker_app_`) the role's. A playbook that declares inputs checks them with `validate_argument_spec`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import PROJECT
from seeding import variables

TEMPLATES = {item["name"]: item for item in variables()["controller_templates"]}
ROLES = [f"{path.name}_" for path in PROJECT.glob("roles/*")]
PLAYBOOKS = sorted(PROJECT.glob("playbooks/*.yml"))


def inputs(play: dict[str, Any]) -> set[str]:
    """What a play takes."""
    return {name for name in play.get("vars", {}) if not name.startswith(("_", "ansible_", *ROLES))}


def specification(play: dict[str, Any]) -> dict[str, Any]:
    """What a play checks."""
    tasks = [task.get("ansible.builtin.validate_argument_spec") for task in play.get("tasks", [])]
    return next((task["argument_spec"] for task in tasks if task), {})


def plays(playbook: Path) -> list[dict[str, Any]]:
    """The plays of a playbook."""
    return yaml.safe_load(playbook.read_text())


def asked(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The questions of a template's survey, by variable."""
    return {question["variable"]: question for question in template.get("survey_spec", {}).get("spec", [])}


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_the_playbook_is_there_and_takes_what_the_template_gives(template: dict[str, Any]) -> None:
    playbook = PROJECT / template["playbook"]
    assert playbook.is_file()
    takes = set().union(*(inputs(play) for play in plays(playbook)))
    given = asked(template).keys() | template.get("extra_vars", {}).keys()
    assert given <= takes, f"the playbook does not take {given - takes}"


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_the_survey_offers_what_the_playbook_accepts(template: dict[str, Any]) -> None:
    spec = {name: one for play in plays(PROJECT / template["playbook"]) for name, one in specification(play).items()}
    for name, question in asked(template).items():
        kind = spec[name].get("type", "str")
        if question["type"] == "multiplechoice":
            words = {"bool": {"yes", "no", "true", "false"}}.get(kind, set(spec[name].get("choices", [])))
            assert set(question["choices"]) <= words
            assert question["default"] in question["choices"]
        else:
            fits = {"text": "str", "textarea": "str", "password": "str", "integer": "int", "float": "float"}
            assert fits[question["type"]] == kind


def test_the_plan_is_the_deployment_in_check_mode() -> None:
    """Whoever plans sees what is deployed: nothing differs but that it only looks."""
    deploy, plan = TEMPLATES["Master Deploy"], TEMPLATES["Master Deploy (plan)"]
    own = {"name", "description", "job_type", "diff_mode"}
    assert {key: value for key, value in deploy.items() if key not in own} == {
        key: value for key, value in plan.items() if key not in own
    }
    assert (deploy["job_type"], plan["job_type"], plan["diff_mode"]) == ("run", "check", True)
    # By mistake, the one is never launched as the other.
    assert plan["ask_job_type_on_launch"] is False
    assert (plan["ask_limit_on_launch"], plan["allow_simultaneous"], plan["job_slice_count"]) == (True, False, 1)
    answers = {name: question["default"] for name, question in asked(deploy).items()}
    assert answers == {"deploy_apps": "", "deploy_prune": "no"}, "all apps, and nothing is removed"


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda path: path.stem)
def test_a_playbook_uses_and_checks_its_inputs(playbook: Path) -> None:
    found = plays(playbook)
    declared = set().union(*(inputs(play) for play in found))
    checked = set().union(*(specification(play) for play in found))
    assert declared == checked, "the plays' vars and their argument spec name the same inputs"
    if not declared:
        return
    for play in found:
        play["tasks"] = [task for task in play.get("tasks", []) if "argument_spec" not in str(task)]
    used = yaml.safe_dump(found)
    for name in declared:
        assert re.search(rf"\{{[^}}]*\b{name}\b", used), f"{name} is not used"
    prefixes = {name.split("_", maxsplit=1)[0] for name in declared}
    words = set(re.findall(rf"(?<!_)\b(?:{'|'.join(prefixes)})_\w+", used))
    assert words <= declared, f"{words - declared} are used and not declared"
