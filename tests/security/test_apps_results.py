"""What a managed host may not do by what it returns: reach other hosts, Ansible, the terminal or the CI log."""

from __future__ import annotations

import copy
import json
import random
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from apps_project import ROLE, AppsProject, of_host, said
from harness import Core

sys.path.append(str(ROLE / "controller"))

from docker_app_controller.report import lines, report
from docker_app_controller.result import InvalidResult, bounded, checked

APP: dict[str, Any] = {
    "state": "present",
    "result": "deployed",
    "changed": True,
    "reasons": ["first deployment"],
    "error": None,
    "seconds": 1.5,
    "commit": "abc",
    "declared": "0",
    "recorded": {"declared": "0", "bundle": "0001-x", "state": "present", "commit": "abc", "images": {}},
    "images": {"web": {"image": "x:1", "old": None, "new": "sha256:1", "old_digest": None, "new_digest": "sha256:2"}},
    "running": {"web": [{"name": "web-1", "image": "x:1", "id": "i", "state": "running", "health": None, "restarts": 0,
                         "exit_code": 0, "intact": True}]},
    "tampered": [],
}  # fmt: skip
GOOD: dict[str, Any] = {
    "changed": True,
    "apps": {"web": APP},
    "orphans": ["old"],
    "pruned": [],
    "unmanaged": [{"name": "n", "image": "i", "state": "running", "project": None}],
    "notes": ["a note"],
    "commit": "abc",
    "seconds": 2.0,
    "problems": [],
    "diff": [{"before_header": "a", "after_header": "a", "prepared": "x"}],
}


def test_a_result_of_the_module_passes() -> None:
    assert checked(GOOD) == GOOD
    assert checked({"failed": True, "msg": "x", "rc": 1, "module_stderr": "y"})["module_stderr"] == "y"


def test_keys_that_ansible_goes_by_are_dropped() -> None:
    keys = ["ansible_facts", "_ansible_no_log", "add_host", "add_group", "invocation", "exception", "deprecations",
            "ansible_delegated_vars", "results", "include_variables", "_ansible_delegated_vars"]  # fmt: skip
    assert checked({**GOOD, **{key: {"app_list": {}} for key in keys}}) == GOOD


NONSENSE = [None, True, -1, 1.5, float("nan"), "", "x", [], ["x"], [[]], {}, {"x": 1}, {"": None}, 10**400]


def test_any_nonsense_is_an_error_or_a_report() -> None:
    """Thousands of results, each with values replaced or removed: none raises anything else."""
    draw = random.Random(13)  # noqa: S311  It makes tests, no secrets.
    refused = 0
    for _ in range(5000):
        value = copy.deepcopy(GOOD)
        for _ in range(draw.randint(1, 3)):
            _mutate(value, draw)
        found = _checked_or_none(value)
        refused += found is None
        found = found or {"failed": True, "msg": "invalid"}
        json.dumps(report({"h": found}, [], check=False), allow_nan=False)
        lines(report({"h": found}, [], check=False))
    assert 1000 < refused < 4900


def _checked_or_none(value: Any) -> dict[str, Any] | None:
    try:
        return checked(value)
    except InvalidResult:
        return None


def _mutate(value: Any, draw: random.Random) -> None:
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not keys:
            return
        key = draw.choice(keys)
        if isinstance(value[key], (dict, list)) and value[key] and draw.random() < 0.7:
            value = value[key]
            continue
        if draw.random() < 0.2:
            del value[key]
        else:
            value[key] = draw.choice(NONSENSE)
        return


def test_sizes_are_bounded() -> None:
    with pytest.raises(InvalidResult, match="at most"):
        checked({"notes": ["x"] * 10_000})
    assert len(checked({"msg": "x" * 10_000_000})["msg"]) < 300_000
    many = checked({"notes": ["x" * 100_000] * 1_000})
    with pytest.raises(InvalidResult, match="characters, at most"):
        bounded(many)
    assert bounded(GOOD) == GOOD


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("running", "web", 0, "exit_code"), 1.5),
        (("running", "web", 0, "exit_code"), 1.0),
        (("running", "web", 0, "restarts"), 0.1),
        (("running", "web", 0, "restarts"), True),
        (("state",), "running"),
        (("state",), ""),
        (("recorded", "state"), "PRESENT"),
        (("recorded", "declared"), None),
        (("recorded", "images"), None),
    ],
)
def test_what_programs_read_has_the_type_that_they_expect(place: tuple[Any, ...], value: Any) -> None:
    """One host's report must not keep `nautobridge apps drift` from reading those of all."""
    found = copy.deepcopy(GOOD)
    inner = found["apps"]["web"]
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    with pytest.raises(InvalidResult, match="expected"):
        checked(found)


# With Ansible: hosts whose Python answers what the host likes.


@pytest.fixture
def project(core: Core, tmp_path: Path) -> AppsProject:
    return AppsProject(tmp_path, core)


def interpreter(folder: Path, name: str, answer: Any) -> str:
    """A Python of a host that was taken over: whatever it is to run, it prints this."""
    path = folder / name
    text = answer if isinstance(answer, str) else json.dumps(answer)
    (folder / f"{name}.json").write_text(text)
    path.write_text(f"#!/bin/sh\ncat {path}.json\n")
    path.chmod(0o755)
    return str(path)


ANSWERS: dict[str, Any] = {
    "list": [],
    "apps": {"apps": ["x"]},
    "seconds": {"apps": {}, "seconds": "x"},
    "app": {"apps": {"web": {"result": 3}}},
    "nan": '{"apps": {}, "seconds": NaN}',
    "deep": '{"apps": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "text": "no JSON at all",
    "unreachable": {"unreachable": True, "msg": "x"},
    "skipped": {"skipped": True, "apps": 3},
    # Small enough as it comes, and too much once it is written as escapes.
    "large": {"apps": {}, "notes": ["\x1b" * 50_000] * 100},
}


def test_nonsense_fails_only_its_host(project: AppsProject, tmp_path: Path) -> None:
    """And all others are in the report, which is written."""
    apps = {"app_list": {"web": {"image": "nginx:1.29"}}}
    bad = {
        f"bad-{name}": {**apps, "ansible_python_interpreter": interpreter(project.bin, name, answer)}
        for name, answer in ANSWERS.items()
    }
    good = {"good": {**apps, "ansible_python_interpreter": interpreter(project.bin, "good", GOOD)}}
    project.hosts(**bad, **good)
    path = tmp_path / "report.json"
    result = project.run(env={"DOCKER_APP_REPORT": str(path)})
    hosts = json.loads(path.read_text())["hosts"]
    assert hosts["good"]["apps"]["web"]["result"] == "deployed"
    assert not hosts["good"]["failed"]
    for name in ("apps", "seconds", "app", "nan"):
        assert hosts[f"bad-{name}"]["message"].startswith("invalid result from the host: `"), name
    assert "at most" in hosts["bad-large"]["message"]
    for name in ("list", "deep", "text", "skipped"):
        assert hosts[f"bad-{name}"]["failed"], name
    assert of_host(result, "good") == ""
    assert "unreachable=0" in result.stdout
    assert "unreachable=1" not in result.stdout


EVIL_FACTS = {"app_list": {"evil": {"image": "x:1"}}, "docker_app_list": {}, "docker_app_report": "/tmp/x"}  # noqa: S108


def test_a_result_sets_no_variable_and_adds_no_host(project: AppsProject) -> None:
    keys = {
        "ansible_facts": EVIL_FACTS,
        "add_host": {"host_name": "added", "groups": ["all"], "host_vars": {}},
        "add_group": "added",
        "_ansible_facts_cacheable": True,
    }
    python = interpreter(project.bin, "evil", {**GOOD, **keys})
    play = (project.playbooks / "site.yml").read_text()
    play += "- hosts: all\n  gather_facts: false\n  tasks:\n"
    play += '    - ansible.builtin.debug: {msg: "facts={{ ansible_facts.keys() | list | sort }} groups={{ groups | to_json }}"}\n'
    (project.playbooks / "site.yml").write_text(play)
    project.hosts(h={"app_list": {"web": {"image": "nginx:1.29"}}, "ansible_python_interpreter": python})
    result = project.run().ok()
    assert "added" not in result.stdout
    assert "docker_app_list" not in result.stdout
    assert "facts=[]" in said(result)


@pytest.mark.parametrize("in_ci", [False, True])
def test_what_a_host_returns_is_no_command(project: AppsProject, tmp_path: Path, in_ci: bool) -> None:
    """Neither to the terminal, nor to the CI system."""
    text = "x\x1b]0;title\x07\x1b[31m\u202e\u2028y\r::error::z\n::set-output name=a::b\n  ::add-mask::c\n##[command]d"
    evil = copy.deepcopy(GOOD)
    evil |= {"notes": [text], "orphans": [text], "problems": [text], "warnings": [text], "msg": text}
    evil["diff"] = [{"before_header": text, "after_header": text, "before": "", "after": text}]
    evil["apps"] = {"web\x1b[2J": {**APP, "error": text, "reasons": [text]}}
    python = interpreter(project.bin, "evil", evil)
    project.hosts(h={"app_list": {"web": {"image": "nginx:1.29"}}, "ansible_python_interpreter": python})
    path = tmp_path / "report.json"
    env = {"DOCKER_APP_REPORT": str(path)} | ({"GITHUB_ACTIONS": "true"} if in_ci else {})
    result = project.run("--diff", env=env)
    output = result.stdout + result.stderr + path.read_text()
    assert "title" in output
    for char in "\x1b\x07\u202e\u2028\r":
        assert char not in output, repr(char)
    if in_ci:
        for line in output.splitlines():
            assert not re.search(r"::[a-z-]*[g-z]", line) or line in path.read_text()
            assert "##[" not in line


# So that a command comes to each column that Ansible may wrap or fold at.
WRAPPED = "".join(f"{'word ' * 3}{'w' * (number % 5)} ::error::{number} ##[group]" for number in range(40))


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_no_wrapping_makes_a_command(project: AppsProject, form: str) -> None:
    """Of a warning, an error or a result, in each of the forms that Ansible prints."""
    evil = {**copy.deepcopy(GOOD), "notes": [WRAPPED], "problems": [WRAPPED], "warnings": [WRAPPED], "msg": WRAPPED}
    python = interpreter(project.bin, "evil", evil)
    app: dict[str, Any] = {"image": "nginx:1.29"}
    project.hosts(
        evil={"app_list": {"web": app}, "ansible_python_interpreter": python},
        # Of data: in a warning (`unpinned` quotes the image), in findings, and in an error of one of its files.
        warned={"app_list": {"web": {"image": f"nginx/{WRAPPED}:latest"}}, "ansible_python_interpreter": python},
        found={"app_list": {"web": {**app, WRAPPED: 1}}},
        missing={"app_list": {"web": {**app, "files": [{"dest": "x", "src": WRAPPED}]}}},
    )
    env = {"GITHUB_ACTIONS": "true", "ANSIBLE_CALLBACK_RESULT_FORMAT": form, "COLUMNS": "80"}
    result = project.run("-v", env=env)
    output = result.stdout + result.stderr
    # The inventory's own values are in no result.
    assert output.count(":\\") > 100
    for line in output.splitlines():
        assert "##[" not in line
        assert not line.strip().startswith("::"), line


FORGED: dict[str, Any] = {
    "good": GOOD,
    "marked": {**GOOD, "run": "0" * 64},
    "skipped": {"skipped": True},
    "list": [],
    "failed": {"failed": True, "msg": "forged", "apps": {"web": APP}},
}


def test_a_result_of_the_inventory_is_none(project: AppsProject, tmp_path: Path) -> None:
    """Not of hosts that failed before they had one, nor of those that have one."""
    play = (project.playbooks / "site.yml").read_text()
    failing = "    - {ansible.builtin.fail: {msg: early}, when: early is defined}\n"
    (project.playbooks / "site.yml").write_text(play.replace("  tasks:\n", f"  tasks:\n{failing}", 1))
    apps = {"app_list": {"web": {"image": "nginx:1.29"}}}
    real = copy.deepcopy(GOOD)
    real["apps"]["web"]["result"] = "unchanged"
    python = interpreter(project.bin, "good", real)
    early = {f"early-{name}": {**apps, "early": True, "docker_app_result": value} for name, value in FORGED.items()}
    late = {"late": {**apps, "docker_app_result": GOOD, "ansible_python_interpreter": python}}
    project.hosts(**early, **late)
    path = tmp_path / "report.json"
    project.run(env={"DOCKER_APP_REPORT": str(path)})
    hosts = json.loads(path.read_text())["hosts"]
    for name in FORGED:
        assert hosts[f"early-{name}"]["failed"], name
        assert hosts[f"early-{name}"]["apps"] == {}, name
    assert hosts["late"]["apps"]["web"]["result"] == "unchanged"


def test_what_an_ssh_server_says_is_no_command(project: AppsProject, tmp_path: Path) -> None:
    """Such as its banner, which is in Ansible's error; and the host still counts as unreachable."""
    text = "##[command]x \x1b[31m\n::error::y\n  ::set-output name=a::b\n"
    ssh = project.bin / "ssh"
    (project.bin / "banner").write_text(text)
    ssh.write_text(f"#!/bin/sh\ncat {project.bin}/banner >&2\nexit 255\n")
    ssh.chmod(0o755)
    variables = {"ansible_connection": "ssh", "ansible_host": "192.0.2.1", "ansible_ssh_executable": str(ssh)}
    python = interpreter(project.bin, "good", GOOD)
    app = {"app_list": {"web": {"image": "nginx:1.29"}}}
    project.hosts(bad={**app, **variables}, good={**app, "ansible_python_interpreter": python})
    path = tmp_path / "report.json"
    result = project.run(env={"DOCKER_APP_REPORT": str(path), "GITHUB_ACTIONS": "true"})
    hosts = json.loads(path.read_text())["hosts"]
    assert (hosts["bad"]["unreachable"], hosts["bad"]["failed"]) == (True, False)
    assert hosts["good"]["apps"]["web"]["result"] == "deployed"
    assert "unreachable=1" in result.stdout
    output = result.stdout + result.stderr
    assert "set-output" in output
    assert "\x1b" not in output
    for line in output.splitlines():
        assert "##[" not in line
        assert not re.search(r"::[a-z-]*[g-z]", line), line


def test_what_a_connection_fails_with_otherwise_is_no_command(project: AppsProject) -> None:
    """A host that answers, and has no folder for the module."""
    script = project.bin / "ssh"
    script.write_text("#!/bin/sh\nprintf '::error::x\\n##[group]y\\n'\nprintf '::warning::z\\n' >&2\nexit 1\n")
    script.chmod(0o755)
    variables = {"ansible_connection": "ssh", "ansible_host": "192.0.2.1", "ansible_ssh_executable": str(script)}
    project.hosts(h={"app_list": {"web": {"image": "nginx:1.29"}}, **variables})
    result = project.run("-vv", env={"GITHUB_ACTIONS": "true"})
    assert result.code != 0
    for line in (result.stdout + result.stderr).splitlines():
        assert "##[" not in line
        assert not re.search(r"::[a-z-]*[g-z]", line), line
