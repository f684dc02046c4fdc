"""The established clients work with the test controller unchanged: it behaves like what they were written for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from clients import Controller
from harness import PROJECT

SEED = PROJECT / "tests" / "controller" / "seed.yml"
# With a real server this module changes something each time as well: it compares an approval's identifier, which the
# API does not show.
ALWAYS_CHANGED = {"Workflow"}


@pytest.fixture(scope="module")
def seeded(controller: Controller) -> Controller:
    """Hold what the playbook made."""
    changed = controller.play(SEED, text="first")
    assert [task for task, did in changed.items() if not did] == []
    return controller


def test_the_modules_make_objects(seeded: Controller) -> None:
    """Every object is there, with what the playbook says about it."""
    organization = seeded.one("organizations", name="Lab")
    assert organization["description"] == "first"
    lab = organization["id"]
    galaxy = seeded.get(f"/api/v2/organizations/{lab}/galaxy_credentials/")
    assert [row["name"] for row in galaxy["results"]] == ["Ansible Galaxy"]
    assert seeded.one("teams", name="ops")["organization"] == lab
    assert seeded.one("users", username="op")["email"] == "op@example.com"
    of = seeded.one("credential_types", name="Nautobot")
    assert of["injectors"]["env"]["NAUTOBOT_TOKEN"] == "{{ token }}"
    credential = seeded.one("credentials", name="Nautobot%20API")
    assert credential["inputs"] == {"url": "https://nautobot.example.com", "token": "$encrypted$"}
    environment = seeded.one("execution_environments", name="nautobridge")
    assert environment["pull"] == "missing"
    project = seeded.one("projects", name="Ops")
    assert (project["status"], project["scm_branch"]) == ("successful", "main")
    assert project["default_environment"] == environment["id"]
    inventory = seeded.one("inventories", name="Hosts")
    assert inventory["variables"] == '{"a": 1}'
    source = seeded.one("inventory_sources", name="Nautobot")
    assert (source["source_project"], source["credential"]) == (project["id"], credential["id"])
    host = seeded.one("hosts", name="node1")
    assert [group["name"] for group in host["summary_fields"]["groups"]["results"]] == ["nodes"]
    hook = seeded.one("notification_templates", name="hook")
    assert hook["notification_configuration"]["headers"] == {"X-Lab": "1"}
    small = seeded.one("instance_groups", name="small")
    assert small["max_concurrent_jobs"] == 2
    assert seeded.one("applications", name="app")["organization"] == lab
    assert seeded.get("/api/v2/settings/jobs/")["SCHEDULE_MAX_JOBS"] == 11
    assert seeded.one("schedules", name="nightly")["unified_job_template"] == project["id"]


def test_the_modules_make_templates(seeded: Controller) -> None:
    """Templates have their associations, survey, nodes and roles."""
    template = seeded.one("job_templates", name="Master%20Deploy")
    summary = template["summary_fields"]
    assert [row["name"] for row in summary["credentials"]] == ["Nautobot API", "Machines"]
    assert [row["name"] for row in summary["labels"]["results"]] == ["prod"]
    survey = seeded.get(template["related"]["survey_spec"])
    assert [question["variable"] for question in survey["spec"]] == ["apps"]
    hook = seeded.one("notification_templates", name="hook")["id"]
    assert seeded.one("job_templates", notification_templates_error=hook)["id"] == template["id"]
    workflow = seeded.one("workflow_job_templates", name="Push%20to%20production")
    nodes = seeded.rows("workflow_job_template_nodes", workflow_job_template=workflow["id"])
    ids = {node["identifier"]: node["id"] for node in nodes}
    assert {node["identifier"]: (node["success_nodes"], node["always_nodes"]) for node in nodes} == {
        "sync": ([ids["ok"]], []),
        "ok": ([ids["deploy"]], []),
        "deploy": ([], []),
        "import": ([], [ids["deploy"]]),
    }
    kinds = {node["identifier"]: node["summary_fields"]["unified_job_template"]["unified_job_type"] for node in nodes}
    assert kinds == {"sync": "project_update", "ok": "workflow_approval", "deploy": "job", "import": "inventory_update"}
    user = seeded.one("users", username="op")["id"]
    roles = seeded.get(f"/api/v2/users/{user}/roles/")["results"]
    assert [(role["name"], role["summary_fields"]["resource_name"]) for role in roles] == [("Execute", "Master Deploy")]
    team = seeded.one("teams", name="ops")["id"]
    roles = seeded.get(f"/api/v2/teams/{team}/roles/")["results"]
    assert [(role["name"], role["summary_fields"]["resource_name"]) for role in roles] == [("Use", "Ops")]


def test_the_modules_find_nothing_to_do(seeded: Controller) -> None:
    """The same playbook again changes nothing, and one change is one change."""
    changed = seeded.play(SEED, text="first")
    assert {task for task, did in changed.items() if did} == ALWAYS_CHANGED


def test_the_command_exports_everything(seeded: Controller) -> None:
    """The export has the objects with their associations."""
    exported = seeded.awx("export")
    assert all(exported.values()), {kind: len(rows or []) for kind, rows in exported.items()}
    template = next(row for row in exported["job_templates"] if row["name"] == "Master Deploy")
    assert template["project"]["name"] == "Ops"
    assert [row["name"] for row in template["related"]["labels"]] == ["prod"]
    assert template["related"]["survey_spec"]["spec"]
    workflow = next(row for row in exported["workflow_job_templates"])
    assert {node["identifier"] for node in workflow["related"]["workflow_nodes"]} == {"sync", "ok", "deploy", "import"}


def test_the_command_makes_changes(seeded: Controller) -> None:
    """The command creates, changes, associates, grants, launches and deletes."""
    made = seeded.awx("inventory", "create", "--name", "Other", "--organization", "Lab", "--variables", "b: 2")
    assert seeded.get(made["url"])["variables"] == '{"b": 2}'
    seeded.awx("inventory", "modify", "Other", "--description", "changed")
    assert seeded.get(made["url"])["description"] == "changed"
    seeded.awx("job_templates", "disassociate", "Master Deploy", "--credential", "Machines")
    template = seeded.one("job_templates", name="Master%20Deploy")
    assert [row["name"] for row in template["summary_fields"]["credentials"]] == ["Nautobot API"]
    seeded.awx("users", "grant", "op", "--role", "use", "--inventory", "Other")
    role = seeded.get(made["url"])["summary_fields"]["object_roles"]["use_role"]["id"]
    assert [user["username"] for user in seeded.get(f"/api/v2/roles/{role}/users/")["results"]] == ["op"]
    seeded.awx("settings", "modify", "SCHEDULE_MAX_JOBS", "12")
    assert seeded.get("/api/v2/settings/all/")["SCHEDULE_MAX_JOBS"] == 12
    job = seeded.awx("job_templates", "launch", "Master Deploy", "--extra_vars", '{"apps": "one"}')
    assert job["extra_vars"] == '{"b": 2, "apps": "one"}'
    seeded.awx("inventory", "delete", "Other")
    assert all(row["pending_deletion"] for row in seeded.rows("inventories", name="Other"))


def test_the_command_follows_a_job(seeded: Controller) -> None:
    """The command prints what a job prints while it runs, and ends with its result."""
    seeded.script(
        template="Master Deploy",
        runs=1,
        hosts=["node1", "node2"],
        play="Deploy",
        tasks=[
            {"name": "Prepare", "role": "docker_app", "result": "changed", "ms": 600},
            {"name": "Start", "role": "docker_app", "on": {"node2": "failed"}, "message": "no such image", "ms": 600},
        ],
    )
    launch = ["job_templates", "launch", "Master Deploy", "--extra_vars", '{"apps": "one"}', "--monitor"]
    done = seeded.run_awx(*launch)
    assert done.code == 1, done.stdout + done.stderr
    for words in (
        "PLAY [Deploy] ****",
        "TASK [docker_app : Prepare] ****",
        "changed: [node1]",
        'fatal: [node2]: FAILED! => {"changed": false, "msg": "no such image"}',
        "failed=1",
    ):
        assert words in done.stdout
    printed = [line for line in done.stdout.splitlines() if line.startswith("TASK")]
    assert len(printed) == 2, "each line is there once"
    job = seeded.rows("jobs", order_by="-id")[0]
    assert job["status"] == "failed"
    shown = seeded.run_awx("jobs", "stdout", str(job["id"])).ok()
    assert "TASK [docker_app : Start] ****" in shown.stdout
    assert "failed=1" in shown.stdout


def test_the_command_follows_updates(seeded: Controller) -> None:
    """The updates of a project and of an inventory source have their own events."""
    done = seeded.run_awx("projects", "update", "Ops", "--monitor").ok()
    assert '"msg": "Repository Version ' in done.stdout
    source = seeded.one("inventory_sources", name="Nautobot")
    done = seeded.run_awx("inventory_sources", "update", str(source["id"]), "--monitor").ok()
    assert "Inventory import completed for Nautobot" in done.stdout


def test_the_command_follows_a_workflow(seeded: Controller) -> None:
    """The command shows the jobs of a workflow."""
    seeded.script(template="Ops", runs=1, hosts=["localhost"], tasks=[{"name": "Update", "result": "failed"}])
    done = seeded.run_awx("workflow_job_templates", "launch", "Push to production", "--monitor")
    assert done.code == 1, done.stdout + done.stderr
    job = seeded.rows("workflow_jobs", order_by="-id")[0]
    assert job["status"] == "failed"
    assert "No error handling path for workflow job node(s) [" in seeded.get(job["url"])["job_explanation"]
    nodes = seeded.rows(f"workflow_jobs/{job['id']}/workflow_nodes")
    assert {node["identifier"]: node["do_not_run"] for node in nodes} == {
        "sync": False,
        "ok": True,
        "deploy": False,
        "import": False,
    }
    for node in nodes:
        if run := node["summary_fields"].get("job"):
            assert f"{run['id']} - {run['name']} {run['status']}" in done.stdout


def test_the_command_is_refused(seeded: Controller) -> None:
    """What the server says against a request reaches the user."""
    refused = seeded.run_awx("organizations", "create", "--name", "Lab").failed()
    assert "Organization with this Name already exists." in refused.stdout + refused.stderr


def test_the_commands_export_is_a_seed(seeded: Controller, tmp_path: Path) -> None:
    """What `awx export` wrote is read unchanged: nothing differs, and an object that is gone is made again."""
    exported = seeded.awx("export")
    file = tmp_path / "export.json"
    file.write_text(json.dumps(exported))
    plan = seeded.seeder("plan", file, "--secrets", "never", "--detailed-exitcode")
    assert plan.code == 0, plan.stdout + plan.stderr
    seeded.awx("workflow_job_templates", "delete", "Push to production")
    made = seeded.seeder("apply", file, "--secrets", "never").ok()
    assert "1 created" in made.stdout
    workflow = seeded.one("workflow_job_templates", name="Push%20to%20production")
    nodes = seeded.rows("workflow_job_template_nodes", workflow_job_template=workflow["id"])
    assert {node["identifier"] for node in nodes} == {"sync", "ok", "deploy", "import"}
