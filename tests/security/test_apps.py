"""What an editor of Nautobot's data may not do by `app_list`: read files or secrets of the control node, or run anything there."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from apps_project import AppsProject, of_host, said
from harness import Core

SECRET = "s3cret-of-the-control-node"


@pytest.fixture
def project(core: Core, tmp_path: Path) -> AppsProject:
    """A project in a folder of its own, beside a file that no app may see."""
    (tmp_path / "outside.txt").write_text(f"{SECRET}\n")
    return AppsProject(tmp_path, core)


def one(kind: str, path: str) -> dict[str, Any]:
    """An app with one file from the control node."""
    return {"files": [{"dest": "x", kind: path}]}


# Files and templates.


FOLDERS = {"src": "files", "template": "templates"}


def test_files_of_the_project_are_read(project: AppsProject) -> None:
    for folder in FOLDERS.values():
        (project.folder / folder / "sub").mkdir()
        (project.folder / folder / "sub" / "page.txt").write_text(f"from {folder}\n")
        (project.folder / folder / "link.txt").symlink_to("sub/page.txt")
    paths = ("sub/page.txt", "link.txt")
    result = project.check_each([one(kind, path) for kind in FOLDERS for path in paths]).ok()
    for folder in FOLDERS.values():
        assert result.stdout.count(f"+from {folder}") == 2


@pytest.mark.parametrize("arguments", [("--check",), ("--tags", "validate")])
def test_no_path_leads_out_of_the_project(project: AppsProject, tmp_path: Path, arguments: Any) -> None:
    """Not an absolute one, not `..`, not a link of a file or of a folder, and not the project's other files."""
    for folder in FOLDERS.values():
        (project.folder / folder / "link").symlink_to(tmp_path / "outside.txt")
        (project.folder / folder / "folder").symlink_to(tmp_path)
    (project.folder / "secret.yml").write_text(SECRET)
    (project.playbooks / "secret.yml").write_text(SECRET)
    paths = [
        str(tmp_path / "outside.txt"),
        "../../outside.txt",
        "link",
        "folder/outside.txt",
        "/proc/self/environ",
        "secret.yml",
        "~/outside.txt",
        "$OUTSIDE",
        "../files/../../outside.txt",
    ]
    attacks = [(kind, path) for kind in FOLDERS for path in paths]
    result = project.check_each([one(*attack) for attack in attacks], *arguments).failed()
    for index, (kind, path) in enumerate(attacks):
        assert f"app_list.web.files[0].{kind}" in of_host(result, f"h{index}"), path
    assert SECRET not in said(result)


def test_only_regular_files_of_a_size_are_read(project: AppsProject) -> None:
    for name in FOLDERS.values():
        folder = project.folder / name
        (folder / "zero").symlink_to("/dev/zero")
        os.mkfifo(folder / "fifo")
        (folder / "folder").mkdir()
        with (folder / "large").open("w") as file:
            file.truncate(11 * 1024 * 1024)
    reasons = {
        "zero": "leads out",
        "fifo": "is not a regular file",
        "folder": "is not a regular file",
        "large": "is larger than 10 MiB",
        "missing": "not found in",
    }
    attacks = [(kind, path) for kind in FOLDERS for path in reasons]
    result = project.check_each([one(*attack) for attack in attacks]).failed()
    for index, (_, path) in enumerate(attacks):
        assert reasons[path] in of_host(result, f"h{index}"), path


def test_data_cannot_move_the_folders(project: AppsProject, tmp_path: Path) -> None:
    """A config context cannot, whose keys are variables of the host; the operator can."""
    data = dict.fromkeys(("docker_app_files", "docker_app_templates", "docker_app_secrets"), str(tmp_path))
    result = project.check_each([one("src", "outside.txt"), one("template", "outside.txt")], **data).failed()
    for name in ("h0", "h1"):
        assert "not found in" in of_host(result, name)
    assert SECRET not in said(result)
    assert SECRET in project.check(one("src", "outside.txt"), "-e", f"docker_app_files={tmp_path}").ok().stdout
    project.env["DOCKER_APP_FILES"] = str(tmp_path)
    assert SECRET in project.check(one("src", "outside.txt")).ok().stdout


def test_data_cannot_choose_what_the_report_overwrites(project: AppsProject, tmp_path: Path) -> None:
    target = tmp_path / "outside.txt"
    project.check({}, docker_app_report=str(target), deploy_report=str(target)).ok()
    assert target.read_text() == f"{SECRET}\n"
    own = tmp_path / "report.json"
    project.check({}, "-e", f"docker_app_report={own}").ok()
    assert json.loads(own.read_text())["format"] == "nautobridge-deploy-report"


def test_text_from_data_is_no_template_in_a_template(project: AppsProject, tmp_path: Path) -> None:
    """Neither as it is, nor nested, nor joined of fragments, nor when it is a secret."""
    mark = tmp_path / "ran"
    attack = "{{ lookup('pipe', 'touch " + str(mark) + "; echo r''an') }}"
    (project.folder / "templates" / "t.j2").write_text(
        "{{ direct }}\n{{ nested.a[0].b }}\n{{ one }}{{ two }}\n{{ nested }}\n{{ app_secrets.S }}\n{{ own }}\n"
        "{% for key, value in nested.items() %}{{ key }}={{ value }}\n{% endfor %}"
    )
    (project.playbooks / "group_vars").mkdir()
    # What the operator writes is still a template.
    (project.playbooks / "group_vars" / "all.yml").write_text("base: example\nown: 'https://{{ base }}/'\n")
    # Another text, because a diff masks secrets.
    project.grants(values={"s": attack.replace("'pipe'", '"pipe"')})
    unsafe = {"__ansible_unsafe": attack}
    app = {**one("template", "t.j2"), "secrets": {"S": {"key": "s"}}}
    app["files"].append({"dest": "y", "content": attack[:1]})
    variables = {
        "direct": unsafe,
        "nested": {"a": [{"b": unsafe}]},
        "one": "{",
        "two": {"__ansible_unsafe": attack[1:]},
    }
    result = project.check(app, **variables).ok()
    assert not mark.exists()
    assert "https://example/" in result.stdout
    assert result.stdout.count("lookup(") >= 3


def test_a_header_in_the_operators_template_works(project: AppsProject) -> None:
    text = "#jinja2: variable_start_string:'[[', variable_end_string:']]'\n[[ inventory_hostname ]] {{ kept }}\n"
    (project.folder / "templates" / "t.j2").write_text(text)
    assert "+h {{ kept }}" in project.check(one("template", "t.j2")).ok().stdout


# Facts.

FACTS = """\
- hosts: all
  gather_facts: false
  tasks:
    - name: A host that was taken over answers as it likes
      evil: {facts: "{{ evil | default({}) }}"}
    - ansible.builtin.import_role: {name: docker_app}
"""
EVIL = """\
#!/usr/bin/python
from ansible.module_utils.basic import AnsibleModule
module = AnsibleModule({"facts": {"type": "dict"}}, supports_check_mode=True)
module.exit_json(ansible_facts=module.params["facts"])
"""


def test_facts_are_no_input(project: AppsProject, tmp_path: Path) -> None:
    """A host is not sent what it asks for: only the host fails."""
    app = {"web": {"image": "nginx:1.29", "secrets": {"S": {"env": "GRANTED"}}, **one("src", "granted.txt")}}
    facts = {"app_list": app, "docker_app_list": app, "app_networks": {"x": None}}
    facts |= {"docker": {"projects": "/x"}, "docker_app_files": str(tmp_path)}
    (project.folder / "files" / "granted.txt").write_text(SECRET)
    project.grants(env=["GRANTED"])
    (project.playbooks / "library").mkdir()
    (project.playbooks / "library" / "evil.py").write_text(EVIL)
    (project.playbooks / "site.yml").write_text(FACTS)
    good = {"app_list": {"ok": {"image": "nginx:1.29"}}}
    # A network interface may have any name.
    interface = {**good, "docker": {"projects": str(project.root)}, "evil": {"ansible_docker": {"mtu": 1500}}}
    project.hosts(
        good=good,
        interface=interface,
        **{f"h{index}": {**good, "evil": {name: facts[name]}} for index, name in enumerate(facts)},
    )
    result = project.run("--check", "--diff", env={"GRANTED": "granted-value"}).failed()
    for index, name in enumerate(facts):
        assert f"a fact named `{name}`" in of_host(result, f"h{index}")
    assert of_host(result, "good") == ""
    assert of_host(result, "interface") == ""
    assert SECRET not in said(result)


def test_a_fact_cache_is_no_input(project: AppsProject, tmp_path: Path) -> None:
    """What a host said in an earlier run."""
    (project.playbooks / "library").mkdir()
    (project.playbooks / "library" / "evil.py").write_text(EVIL)
    project.env |= {"ANSIBLE_CACHE_PLUGIN": "jsonfile", "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(tmp_path / "cache")}
    play = (project.playbooks / "site.yml").read_text()
    (project.playbooks / "site.yml").write_text(FACTS.replace("- ansible.builtin.import_role", "# "))
    project.hosts(h={"evil": {"app_list": {"evil": {"image": "nginx:1.29"}}}})
    project.run().ok()
    (project.playbooks / "site.yml").write_text(play)
    result = project.check({}).failed()
    assert "a fact named `app_list`" in said(result)
    assert "--flush-cache" in said(result)


def test_what_a_play_sets_is_still_an_input(project: AppsProject) -> None:
    """`set_fact` is the operator's, and is no fact."""
    play = FACTS.replace(
        'evil: {facts: "{{ evil | default({}) }}"}',
        "ansible.builtin.set_fact: {app_list: {other: {image: 'nginx:1.29'}}}",
    )
    (project.playbooks / "site.yml").write_text(play)
    project.hosts(h={})
    result = project.run("--check").ok()
    assert "ok=" in result.stdout
