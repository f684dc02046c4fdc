"""The workflows: a pull request gets findings and nothing else, and only main reaches the lab's secrets."""

from __future__ import annotations

import copy
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import PROJECT, Result, run

FOLDER = PROJECT / ".github" / "workflows"
WORKFLOWS = {path.name: yaml.safe_load(path.read_text()) for path in sorted(FOLDER.glob("*.y*ml"))}
SYNC, CHECK = "nautobot-sync.yml", "apps-check.yml"
MAIN = "github.ref == 'refs/heads/main'"
# YAML 1.1 reads the key `on` as true.
ON = True
# GitHub fills this in before the shell reads the script, so text of others, such as a branch name, would be run.
EXPRESSION = re.compile(r"\$\{\{")


def events(workflow: dict) -> set[str]:
    """What starts a workflow."""
    return {workflow[ON]} if isinstance(workflow[ON], str) else set(workflow[ON])


def problems(workflow: dict) -> set[str]:
    """The rules that a workflow breaks."""
    found = set(workflow_problems(workflow))
    for job in workflow["jobs"].values():
        found |= set(job_problems(workflow, job))
    return found


def workflow_problems(workflow: dict) -> Iterator[str]:
    """The rules for a workflow as a whole."""
    if events(workflow) & {"pull_request_target", "workflow_run", "issue_comment", "issues", "repository_dispatch"}:
        yield "others start it with its secrets"
    if workflow.get("permissions") != {}:
        yield "the token may do more than a job says"
    if "pull_request" in events(workflow):
        if re.search(r"\bsecrets\b", json.dumps(workflow)):
            yield "a pull request reaches secrets"
        if not workflow.get("concurrency", {}).get("cancel-in-progress"):
            yield "old runs of a pull request go on"
    elif workflow[ON].get("push", {}).get("branches") != ["main"]:
        yield "a push to any branch starts it"


def job_problems(workflow: dict, job: dict) -> Iterator[str]:
    """The rules for a job."""
    if not 0 < job.get("timeout-minutes", 0) <= 60:
        yield "no time limit"
    if job.get("permissions") not in ({}, {"contents": "read"}):
        yield "more permissions than to read the code"
    if "pull_request" in events(workflow):
        if not str(job["runs-on"]).startswith("ubuntu-"):
            yield "a pull request runs in the lab"
    elif "secrets." in json.dumps(job) and (job.get("if") != MAIN or job.get("environment") != "lab"):
        yield "any branch reaches the secrets"
    if "uses" in job or "secrets." in json.dumps(job.get("env", {})):
        yield "secrets reach more than one step"
    for step in job.get("steps", []):
        yield from step_problems(step)


def step_problems(step: dict) -> Iterator[str]:
    """The rules for a step."""
    if EXPRESSION.search(step.get("run", "")) or EXPRESSION.search(str(step.get("shell", ""))):
        yield "text of others becomes a script"
    if "uses" in step:
        if not re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", step["uses"]):
            yield "an action is not pinned by its commit"
        kept = step.get("with", {}).get("persist-credentials", True)
        if step["uses"].startswith("actions/checkout@") and kept is not False:
            yield "the token stays in the checkout"
    if re.search(r"nautobridge (apps|sync)", step.get("run", "")) and "::stop-commands::" not in step["run"]:
        yield "foreign text is a command to the runner"


def test_there_are_workflows() -> None:
    assert WORKFLOWS.keys() >= {SYNC, CHECK}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_each_workflow_keeps_the_rules(name: str) -> None:
    assert problems(WORKFLOWS[name]) == set()


def steps(workflow: dict) -> list[dict]:
    """The steps of a workflow's only job."""
    [job] = workflow["jobs"].values()
    return job["steps"]


def change_job(**changes: Any) -> Callable[[dict], None]:
    """A change of a workflow's only job."""
    return lambda workflow: next(iter(workflow["jobs"].values())).update(changes)


def change_step(index: int, **changes: Any) -> Callable[[dict], None]:
    """A change of a step."""
    return lambda workflow: steps(workflow)[index].update(changes)


BROKEN: list[tuple[str, Callable[[dict], Any], str]] = [
    (CHECK, lambda it: it[ON].update(pull_request_target={}), "others start it with its secrets"),
    (CHECK, lambda it: it[ON].update(workflow_run={}), "others start it with its secrets"),
    (CHECK, change_step(-1, env={"TOKEN": "${{ secrets.GITHUB_TOKEN }}"}), "a pull request reaches secrets"),
    (CHECK, change_step(-1, env={"ALL": "${{ toJSON(secrets) }}"}), "a pull request reaches secrets"),
    (CHECK, change_job(**{"runs-on": ["self-hosted", "homelab"]}), "a pull request runs in the lab"),
    (CHECK, change_job(**{"timeout-minutes": 360}), "no time limit"),
    (CHECK, lambda it: it["jobs"]["check"].pop("timeout-minutes"), "no time limit"),
    (CHECK, change_job(permissions={"contents": "write"}), "more permissions than to read the code"),
    (CHECK, lambda it: it.pop("permissions"), "the token may do more than a job says"),
    (CHECK, lambda it: it.pop("concurrency"), "old runs of a pull request go on"),
    (CHECK, change_step(-1, run="echo ${{ github.event.pull_request.title }}"), "text of others becomes a script"),
    (CHECK, change_step(0, uses="actions/checkout@v5"), "an action is not pinned by its commit"),
    (CHECK, change_step(0, uses="actions/checkout@08c6903"), "an action is not pinned by its commit"),
    (CHECK, change_step(0, **{"with": {}}), "the token stays in the checkout"),
    (CHECK, change_step(-1, run="nautobridge apps check change"), "foreign text is a command to the runner"),
    (SYNC, lambda it: it["jobs"]["sync"].pop("if"), "any branch reaches the secrets"),
    (SYNC, change_job(**{"if": "github.ref != 'refs/heads/x'"}), "any branch reaches the secrets"),
    (SYNC, lambda it: it["jobs"]["sync"].pop("environment"), "any branch reaches the secrets"),
    (SYNC, lambda it: it[ON]["push"].pop("branches"), "a push to any branch starts it"),
    (SYNC, change_job(env={"T": "${{ secrets.NAUTOBOT_TOKEN }}"}), "secrets reach more than one step"),
    (SYNC, change_step(-1, run='nautobridge sync --launch "${{ inputs.name }}"'), "text of others becomes a script"),
]


@pytest.mark.parametrize(("name", "change", "rule"), BROKEN)
def test_a_broken_rule_is_noticed(name: str, change: Callable[[dict], Any], rule: str) -> None:
    workflow = copy.deepcopy(WORKFLOWS[name])
    change(workflow)
    assert rule in problems(workflow)


FOREIGN = "::error::from a file\\n##[error]older\\n::set-output name=x::y\\n::add-mask::a"


def step(
    tmp_path: Path,
    workflow: str,
    name: str,
    program: str = f"printf '{FOREIGN}'",
    edit: tuple[str, str] = ("", ""),
    **variables: str,
) -> Result:
    """Run a step with a nautobridge of our own, as GitHub's runner does with `shell: bash`."""
    for place in ("bin", "tool/target/debug", "change"):
        (tmp_path / place).mkdir(parents=True, exist_ok=True)
    for place in ("bin", "tool/target/debug"):
        (tmp_path / place / "nautobridge").write_text(f"#!/bin/sh\n{program}\n")
        (tmp_path / place / "nautobridge").chmod(0o755)
    script = tmp_path / "step.sh"
    [script_text] = [each["run"] for each in steps(WORKFLOWS[workflow]) if each["name"] == name]
    script.write_text(script_text.replace(*edit) if edit[0] else script_text)
    env = {"PATH": f"{tmp_path / 'bin'}:{os.defpath}", "RUNNER_TEMP": str(tmp_path), "CONTROLLER_HOST": ""} | variables
    return run(["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script], env, tmp_path)


SYNC_VARIABLES = {"SYNC_GIT_REPOSITORY": "a", "GITHUB_SHA": "0" * 40}
FOREIGN_STEPS = [(SYNC, "Check the apps"), (SYNC, "Sync"), (CHECK, "Check the apps")]


def commands(lines: list[str]) -> list[str]:
    """What the runner takes as a command: none between stop-commands and its token."""
    token, found = None, []
    for line in lines:
        if token is None and line.startswith("::stop-commands::"):
            token = line.removeprefix("::stop-commands::")
        elif token is not None:
            token = None if line == f"::{token}::" else token
        elif re.match(r"\s*::|.*##\[", line):
            found.append(line)
    assert token is None, "commands are not taken again"
    return found


@pytest.mark.parametrize(("workflow", "name"), FOREIGN_STEPS)
@pytest.mark.parametrize("code", [0, 1])
def test_foreign_lines_are_no_commands(tmp_path: Path, workflow: str, name: str, code: int) -> None:
    tokens = set()
    for _ in range(2):
        done = step(tmp_path, workflow, name, f"printf '{FOREIGN}'; exit {code}", **SYNC_VARIABLES)
        assert done.code == code
        assert "::error::from a file" in done.stdout
        assert commands(done.stdout.splitlines()) == []
        tokens.add(done.stdout.splitlines()[0])
    assert len(tokens) == 2, "a token that can be guessed ends nothing"
    assert all(len(line) == len("::stop-commands::") + 32 for line in tokens)


def test_findings_of_a_change_are_bounded(tmp_path: Path) -> None:
    done = step(tmp_path, CHECK, "Check the apps", "yes finding | head -n 100000; exit 1")
    assert done.code == 1
    assert 150_000 < len(done.stdout) < 210_000
    assert "… cut at 200 kB" in done.stdout
    done = step(tmp_path, CHECK, "Check the apps", "yes finding")
    assert done.code != 0, "the file of findings may not fill the machine"
    assert (tmp_path / "findings").stat().st_size <= 10 << 20


def test_time_for_a_change_is_bounded(tmp_path: Path) -> None:
    """As for a minute, with a second in its place."""
    [given] = [each["run"] for each in steps(WORKFLOWS[CHECK]) if each["name"] == "Check the apps"]
    assert "timeout --kill-after=5 60 " in given
    done = step(tmp_path, CHECK, "Check the apps", "exec sleep 300", edit=("5 60 ", "5 1 "))
    assert done.code == 124
    assert "did not finish within" in done.stdout


def test_memory_for_a_change_is_bounded(tmp_path: Path) -> None:
    done = step(tmp_path, CHECK, "Check the apps", "exec python3 -c 'bytearray(3 << 30)'")
    assert done.code != 0
    assert "MemoryError" in done.stdout


def test_a_change_sets_nothing() -> None:
    """The program comes from the target branch, and the settings from nowhere."""
    [first, build, _, check] = steps(WORKFLOWS[CHECK])
    assert first["with"]["ref"] == "${{ github.event.pull_request.base.sha }}"
    assert build["working-directory"] == "tool"
    assert "--locked" in build["run"]
    assert "nautobridge apps check --strict --no-config change" in check["run"]


@pytest.mark.parametrize(
    "url",
    [
        "https://x%0A::error::y",
        "https://x\n::set-env name=PATH::y",
        "https://$(id)",
        "https://a b",
        "https://a\u2028::error::",
    ],
)
@pytest.mark.parametrize("variable", ["NAUTOBOT_URL", "CONTROLLER_HOST"])
def test_an_address_is_no_command(tmp_path: Path, variable: str, url: str) -> None:
    urls = {"NAUTOBOT_URL": "http://localhost"} | {variable: url}
    done = step(tmp_path, SYNC, "The lab can be reached from here", "true", **urls)
    assert done.code == 1
    [line] = done.stdout.splitlines()
    assert line.startswith(("::error title=Invalid address::", "::error title=x%3A%3A"))
    assert "error::y" not in line
