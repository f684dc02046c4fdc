"""The shell of .github/workflows/nautobot-sync.yml, as a runner runs it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import PROJECT, Result, run

WORKFLOW = yaml.safe_load((PROJECT / ".github" / "workflows" / "nautobot-sync.yml").read_text())
JOB = WORKFLOW["jobs"]["sync"]
STEPS = {step["name"]: step for step in JOB["steps"]}
REACHED = "The lab can be reached from here"

# It keeps its command line and what it was told by the environment.
RECORDER = """#!/usr/bin/env python3
import json, os, sys
with open(os.environ["RECORD"], "a") as file:
    known = {name: os.environ.get(name) for name in ("CONTROLLER_HOST", "NAUTOBOT_URL")}
    file.write(json.dumps([sys.argv[1:], known]) + "\\n")
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A PATH with a nautobridge that only keeps how it was called."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "nautobridge").write_text(RECORDER)
    (folder / "nautobridge").chmod(0o755)
    return f"{folder}:{os.defpath}"


def step(name: str, tmp_path: Path, path: str, **variables: str) -> Result:
    """Run a step as GitHub's runner does with `shell: bash`."""
    script = tmp_path / "step.sh"
    script.write_text(STEPS[name]["run"])
    env = {"PATH": path, "RECORD": str(tmp_path / "record"), "NAUTOBOT_URL": "", "CONTROLLER_HOST": ""} | variables
    return run(["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script], env)


def calls(tmp_path: Path) -> list[Any]:
    """How nautobridge was called."""
    return [json.loads(line) for line in (tmp_path / "record").read_text().splitlines()]


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost",
        "https://localhost:8443/nautobot/",
        "https://me@localhost",
        "http://127.0.0.1:8001",
        "http://[::1]:8001/x",
    ],
)
def test_names_that_resolve(tmp_path: Path, path: str, url: str) -> None:
    done = step(REACHED, tmp_path, path, NAUTOBOT_URL=url, CONTROLLER_HOST=url).ok()
    assert "::error" not in done.stdout
    assert [call[0] for call in calls(tmp_path)] == [["--version"]]


@pytest.mark.parametrize("variable", ["NAUTOBOT_URL", "CONTROLLER_HOST"])
def test_a_name_that_does_not_resolve_is_told_in_words(tmp_path: Path, path: str, variable: str) -> None:
    urls = {"NAUTOBOT_URL": "http://localhost", variable: "https://nautobot.lab.invalid:8443/x"}
    done = step(REACHED, tmp_path, path, **urls)
    assert done.code == 1
    [line] = done.stdout.splitlines()
    assert line.startswith("::error title=nautobot.lab.invalid does not resolve::"), line
    assert "error 6, could not resolve host" in line
    assert "self-hosted runner inside of it, one with the labels self-hosted and homelab" in line
    assert not (tmp_path / "record").exists()


def test_what_is_missing_is_told_in_words(tmp_path: Path, path: str) -> None:
    done = step(REACHED, tmp_path, path)
    assert (done.code, "::error title=NAUTOBOT_URL is not set::" in done.stdout) == (1, True)
    done = step(REACHED, tmp_path, os.defpath, NAUTOBOT_URL="http://localhost")
    assert (done.code, "::error title=nautobridge not found::" in done.stdout) == (1, True)


def arguments(tmp_path: Path, path: str, **variables: str) -> tuple[list[str], dict[str, str | None]]:
    """How the last step calls nautobridge."""
    usual = {"GITHUB_SHA": "2" * 40, "SYNC_GIT_REPOSITORY": "HomeLab Ops", "SYNC_PROJECT": "HomeLab Ops"}
    usual |= {"SYNC_INVENTORY_SOURCE": "Nautobot", "SYNC_LAUNCH": "", "CONTROLLER_OAUTH_TOKEN": ""}
    step("Sync", tmp_path, path, **usual | variables).ok()
    [call] = calls(tmp_path)
    return call[0], call[1]


def test_nautobot_alone(tmp_path: Path, path: str) -> None:
    called, env = arguments(tmp_path, path, NAUTOBOT_URL="http://localhost")
    commit = ["--commit", "2" * 40, "--timeout", "40m"]
    assert called == ["sync", *commit, "--git-repository", "HomeLab Ops"]
    assert env == {"NAUTOBOT_URL": "http://localhost", "CONTROLLER_HOST": None}


def test_the_whole_chain(tmp_path: Path, path: str) -> None:
    called, _ = arguments(tmp_path, path, CONTROLLER_HOST="http://localhost", SYNC_LAUNCH="Master Deploy")
    assert called[5:] == [
        *("--git-repository", "HomeLab Ops", "--project", "HomeLab Ops"),
        *("--inventory-source", "Nautobot", "--launch", "Master Deploy"),
    ]


def test_what_it_may_do() -> None:
    """Nothing but read the code; secrets reach the one step that needs them."""
    assert (WORKFLOW["permissions"], JOB["permissions"]) == ({}, {"contents": "read"})
    # YAML 1.1 reads the key `on` as true.
    assert WORKFLOW[True].keys() == {"push", "workflow_dispatch"}
    assert WORKFLOW[True]["push"] == {"branches": ["main"]}
    assert "self-hosted" in JOB["runs-on"]
    assert WORKFLOW["concurrency"] == {"group": "nautobot-sync", "cancel-in-progress": False}
    with_secrets = [name for name, step in STEPS.items() if "secrets." in json.dumps(step)]
    assert with_secrets == ["Sync"]
    assert "secrets." not in json.dumps(JOB["env"])
    assert all("${{" not in step.get("run", "") for step in STEPS.values()), "text of others is no part of a script"
    assert list(STEPS) == [REACHED, "Check out", "Check the apps", "Sync"]
    assert STEPS["Check the apps"]["run"].splitlines()[-1] == "nautobridge apps check --strict"
