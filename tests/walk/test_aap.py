"""docs/aap.md, walked through: its commands are taken from the page, and what they print has to be what it shows.

The Controller is the test Controller. It runs no playbook: what AAP would run in an execution environment is run beside it,
from the same clone and with what AAP injects, and the Controller's job then prints and tells what that came to. What AWX's
own runner does with the same is in tests/awx.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from harness import PROJECT, SNAPSHOT, Result, environment, run
from repository import Repository, served
from seeding import GIVEN, Controller, serve, tells_no_secret

PAGE = PROJECT / "docs" / "aap.md"
BLOCK = re.compile(r"(?:<!-- (?P<mark>[^>]+?) -->\n)?```(?P<language>\w*)\n(?P<text>.*?)\n```", re.DOTALL)


@dataclass(frozen=True)
class Step:
    """Commands of the page, and what they should print."""

    title: str
    hook: str
    commands: str
    sees: tuple[str, ...]


def sections() -> list[tuple[str, str]]:
    """Read the page's ten steps: titles and texts."""
    parts = re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)[1:]
    named = [part.split("\n", 1) for part in parts]
    return [(title, text) for title, text in named if re.match(r"\d+\. ", title)]


def steps() -> list[Step]:
    """Read what is walked."""
    found: list[Step] = []
    for title, text in sections():
        for block in BLOCK.finditer(text):
            mark = block["mark"] or ""
            if mark == "sees":
                assert found[-1].title == title, f"{title}: it is not said what prints that"
                found[-1] = Step(title, found[-1].hook, found[-1].commands, tuple(block["text"].splitlines()))
            elif mark == "walk" or mark.startswith("walk: "):
                found.append(Step(title, mark.removeprefix("walk").removeprefix(": "), block["text"], ()))
    return found


def test_the_page_has_ten_steps_and_every_command_is_walked_or_says_why_not() -> None:
    titles = [title for title, _ in sections()]
    assert [int(title.split(".")[0]) for title in titles] == list(range(1, 11))
    assert {step.title for step in steps()} == set(titles), "each step does something"
    for title, text in sections():
        for block in BLOCK.finditer(text):
            mark = block["mark"] or ""
            if block["language"] == "sh":
                assert re.fullmatch(r"walk(: \w+)?|not walked: .+", mark), f"{title}: {block['text']}"
            else:
                assert mark == "sees", f"{title}: {block['text']}"
    assert {step.hook for step in steps()} - {""} == set(HOOKS)


def shows(output: str, expected: tuple[str, ...]) -> str | None:
    """Tell which of the lines is not in the output, after those before it."""
    lines = iter(output.splitlines())
    for line in expected:
        pattern = re.compile(".*".join(re.escape(part) for part in line.split("…")))
        if not any(pattern.fullmatch(said) for said in lines):
            return line
    return None


@pytest.mark.parametrize(
    ("output", "fits"),
    [("a\nb 1 c\nd", True), ("b 1 c\na", False), ("a\nb 1", False), ("", False)],
)
def test_what_is_shown_is_looked_for(output: str, fits: bool) -> None:
    assert (shows(output, ("a", "b … c")) is None) == fits


@dataclass(frozen=True)
class Walk:
    """Somebody with a clone of the repository."""

    clone: Path
    controller: Controller
    env: dict[str, str]

    def do(self, commands: str, **more: str) -> Result:
        """Run commands as they stand on the page."""
        return run(["/bin/bash", "-euo", "pipefail", "-c", commands], self.env | more, self.clone)

    def aap(self, command: str, *arguments: str, env: dict[str, str]) -> Result:
        """Run what AAP would in its execution environment: Ansible on the clone, with what its credentials inject."""
        core = environment("ANSIBLE_RUNNER", "runner") / "bin"
        own = {name: self.env[name] for name in ("HOME", "PATH")} | {"ANSIBLE_SHOW_CUSTOM_STATS": "1"}
        return run([core / command, *arguments], own | env, self.clone)

    def job_says(self, template: str, message: str, **more: Any) -> None:
        """Let the Controller's jobs of a template print this."""
        tasks = [{"name": "Show what it says", "action": "ansible.builtin.debug", "message": message}]
        body = json.dumps({"template": template, "tasks": tasks} | more).encode()
        asked = urllib.request.Request(f"{self.controller.url}/_test/scripts", body, method="POST")
        asked.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(asked) as answer:
            assert answer.status < 300


def setup_aap(walk: Walk) -> None:
    """AAP runs the seeder's playbook, with the login of its credential and no secret of the files."""
    ran = walk.aap("ansible-playbook", "-i", "localhost,", "playbooks/setup_aap.yml", env=walk.controller.env).ok()
    said = re.search(r"nothing to do; \d+ unchanged", ran.stdout)
    version = re.search(r"nautobridge_version: (\S+)", ran.stdout.replace('"', ""))
    assert said, ran.stdout
    assert version, ran.stdout
    walk.job_says("Setup AAP (Seeder)", said[0], artifacts={"nautobridge_version": version[1].rstrip(",")})


def inventory(walk: Walk) -> None:
    """AAP updates the inventory source; the test Controller has hosts of its own recording."""
    env = {"NAUTOBOT_URL": f"file:{SNAPSHOT}", "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True"}
    listed = walk.aap("ansible-inventory", "--list", "--export", "-i", "inventory/nautobot", env=env).ok()
    assert "homepage" in json.loads(listed.stdout)["_meta"]["hostvars"]


def deploy(walk: Walk) -> None:
    """AAP runs Master Deploy; without Docker, as far as to the check of what is declared."""
    # The credential `HomeLab Apps` injects the apps' secrets as a file.
    secrets = Path(walk.env["HOME"]) / "app_secrets"
    secrets.write_text(GIVEN["HOMELAB_APP_SECRETS"])
    env = {"NAUTOBOT_URL": f"file:{SNAPSHOT}", "DOCKER_APP_SECRETS": str(secrets)}
    words = ["-i", "inventory/nautobot", "playbooks/master_deploy.yml", "-l", "homepage", "-t", "validate"]
    ran = walk.aap("ansible-playbook", *words, "-e", "deploy_apps=homepage", env=env).ok()
    recap = next(line for line in ran.stdout.splitlines() if re.match(r"homepage\s+:", line))
    for template in ("Master Deploy (plan)", "Master Deploy"):
        walk.job_says(template, recap, hosts=["homepage"])


def rest(walk: Walk) -> None:
    """Wait: the update of an inventory source starts one of its project."""
    for _ in range(100):
        listed = walk.do("nautobridge jobs list --json").ok().stdout
        if not re.search(r'"status": ?"(new|pending|waiting|running)"', listed):
            return
        time.sleep(0.2)
    pytest.fail(f"the Controller does not come to rest: {listed}")


HOOKS: dict[str, Callable[[Walk], None]] = {
    "setup_aap": setup_aap,
    "inventory": inventory,
    "rest": rest,
    "deploy": deploy,
}


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    """This repository, in a Git that AAP reaches."""
    with served(tmp_path) as made:
        yield made


@pytest.fixture
def walk(nautobridge: Path, repository: Repository, tmp_path: Path) -> Iterator[Walk]:
    """A clone that may push, a Controller without objects, and a home that nothing is in."""
    clone, home, commands = tmp_path / "clone", tmp_path / "home", tmp_path / "bin"
    run(["git", "clone", "--quiet", repository.url, clone], dict(os.environ)).ok()
    run(["git", "-C", clone, "remote", "set-url", "--push", "origin", repository.bare]).ok()
    for made in (home, commands, clone / "target"):
        made.mkdir()
    (clone / "target" / "portable").symlink_to(PROJECT / "target" / "portable")
    (commands / "nautobridge").symlink_to(nautobridge.resolve())
    (home / ".gitconfig").write_text("[user]\nname = Tests\nemail = tests@lab.example\n[commit]\ngpgsign = false\n")
    git = Path(shutil.which("git") or "/usr/bin/git")
    builder = environment("ANSIBLE_BUILDER", "builder") / "bin"
    for controller in serve():
        own = {
            "HOME": str(home),
            "PATH": f"{commands}:{builder}:{git.parent}:{os.defpath}",
            "GIT_URL": repository.url,
            "EE_IMAGE": "registry.lab.example/homelab/nautobridge-ee:walked",
            # A Nautobot that is a file.
            "NAUTOBOT_URL": f"file:{SNAPSHOT}",
        }
        yield Walk(clone, controller, GIVEN | controller.env | own)


def test_the_page_is_walked(walk: Walk, repository: Repository) -> None:
    before = repository.head()
    for step in steps():
        if step.hook:
            HOOKS[step.hook](walk)
        done = walk.do(step.commands)
        said = done.stdout + done.stderr
        assert done.code == 0, f"{step.title}\n{step.commands}\n{said}"
        missing = shows(said, step.sees)
        assert missing is None, f"{step.title}: `{missing}` is not in\n{said}"
        tells_no_secret(done)
    assert repository.head() != before, "what is to be in Git was pushed"


def test_a_step_that_was_left_out_is_found_by_the_doctor(walk: Walk) -> None:
    """The page says that the doctor finds it: here that no host was brought, and no job has told its version."""
    for step in steps():
        if step.title.startswith(("7.", "8.")):
            continue
        if step.title.startswith("9."):
            break
        walk.do(step.commands).ok()
    found = walk.do("nautobridge doctor --controller")
    assert found.code == 1
    assert "FAIL  inventory source Nautobot / Nautobot was never updated" in found.stdout
    assert "launch it once: `nautobridge launch 'Setup AAP (Seeder)'`" in found.stdout
