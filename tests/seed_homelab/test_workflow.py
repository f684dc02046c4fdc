"""`Push to production`, as the Controller runs it."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from harness import Result, run
from seeding import GIVEN, Controller, Seeder, variables

COMMIT = "2222222222222222222222222222222222222222"
NODES = ["Nautobot", "Project", "Inventory", "Deploy"]


@pytest.fixture
def seeded(seeder: Seeder, awx: Controller) -> Controller:
    """A Controller that holds the seed."""
    seeder.run("apply", env=GIVEN | awx.env).ok()
    return awx


def push(controller: Controller, nautobridge: Path, *arguments: str) -> Result:
    """Launch it, and follow it to its end."""
    command = [nautobridge, "launch", "Push to production", "--timeout", "2m", *arguments]
    return run(command, controller.env)


def nodes(controller: Controller) -> dict[str, Any]:
    """The nodes of the last run, by their identifiers, each with its job."""
    [flow] = controller.rows("workflow_jobs", order_by="-id", page_size=1)
    rows = controller.rows(f"workflow_jobs/{flow['id']}/workflow_nodes")
    return {row["identifier"]: row for row in rows}


def job(controller: Controller, node: dict[str, Any]) -> dict[str, Any]:
    """The job of a node."""
    return controller.get(node["related"]["job"])


def test_each_step_follows_the_one_before_it(seeded: Controller, nautobridge: Path) -> None:
    push(seeded, nautobridge, "-e", f"sync_commit={COMMIT}", "--limit", "web1").ok()
    ran = nodes(seeded)
    kinds = {name: ran[name]["summary_fields"]["job"]["type"] for name in NODES}
    assert kinds == {
        "Nautobot": "job",
        "Project": "project_update",
        "Inventory": "inventory_update",
        "Deploy": "job",
    }
    jobs = {name: job(seeded, ran[name]) for name in NODES}
    assert [name for name in NODES if jobs[name]["status"] != "successful"] == []
    assert jobs["Nautobot"]["playbook"] == "playbooks/nautobot_sync.yml"
    assert json.loads(jobs["Nautobot"]["extra_vars"]) == {
        "sync_git_repository": "HomeLab Ops",
        "sync_commit": COMMIT,
    }
    # The commit is Nautobot's, the limit the deployment's.
    assert (jobs["Nautobot"]["limit"], jobs["Deploy"]["limit"]) == ("", "web1")
    assert "sync_commit" not in jobs["Deploy"]["extra_vars"]
    begun = [jobs[name]["started"] for name in NODES]
    assert begun == sorted(begun)
    for before, after in pairwise(NODES):
        assert jobs[before]["finished"] <= jobs[after]["started"]


@pytest.mark.parametrize("name", NODES[:3])
def test_what_fails_stops_the_rest(seeded: Controller, nautobridge: Path, name: str) -> None:
    template = {"Nautobot": "Nautobot Git Sync", "Project": "HomeLab Ops", "Inventory": "Nautobot"}[name]
    seeded.script(template=template, status="failed")
    assert push(seeded, nautobridge).code == 4
    ran = nodes(seeded)
    at = NODES.index(name)
    assert [job(seeded, ran[before])["status"] for before in NODES[:at]] == ["successful"] * at
    assert job(seeded, ran[name])["status"] == "failed"
    assert [ran[after]["do_not_run"] for after in NODES[at + 1 :]] == [True] * (3 - at)


def test_the_workflow_asks_what_its_templates_ask() -> None:
    seed = variables()
    templates = {template["name"]: template for template in seed["controller_templates"]}
    [workflow] = seed["controller_workflows"]
    used = [node["unified_job_template"] for node in workflow["simplified_workflow_nodes"]]
    asked = [
        question
        for name in used
        if isinstance(name, str)
        for question in templates[name]["survey_spec"]["spec"]
        if question["variable"].startswith("sync_")
    ]
    assert workflow["survey_spec"]["spec"] == asked
    assert templates["Master Deploy"]["ask_limit_on_launch"]
