"""playbooks/setup_aap.yml, as AAP and its users run it."""

from __future__ import annotations

import re
from pathlib import Path

from harness import Result
from seeding import GIVEN, Controller, Play, tells_no_secret


def changed(result: Result) -> bool:
    """Whether the play says that it changed something."""
    recap = re.search(r"changed=(\d+) .*failed=(\d+)", result.stdout)
    assert recap is not None, result.stdout + result.stderr
    return recap[1] != "0"


def test_first_second_and_check(play: Play, awx: Controller) -> None:
    env = GIVEN | awx.env
    looked = play.run("--check", env=env).ok()
    assert changed(looked)
    assert "Plan: 21 to create" in looked.stdout
    assert awx.writes() == []

    first = play.run("-vvv", env=env).ok()
    assert changed(first)
    assert "Done: 21 created" in first.stdout

    writes = awx.writes()
    second = play.run(env=env).ok()
    assert not changed(second)
    assert "Plan: no changes; 21 unchanged." in second.stdout
    assert not changed(play.run("--check", env=env).ok())
    assert awx.writes() == writes
    for result in (looked, first, second):
        tells_no_secret(result)


def test_what_it_is_told(play: Play, awx: Controller) -> None:
    env = GIVEN | awx.env
    only = play.run(
        "-e",
        '{"seeder_only": "organizations\\nexecution_environments/HomeLab EE\\nnotification_templates\\n"}',
        env=env,
    ).ok()
    assert "Done: 3 created, 1 changed" in only.stdout
    play.run(env=env).ok()
    other = play.run("--check", "-e", '{"seeder_vars": {"homelab_ssh_user": "root"}}', env=env).ok()
    assert 'inputs.username: "ansible" -> "root"' in other.stdout
    # As the survey says it.
    updated = play.run("-e", '{"seeder_update_inventory": "yes", "seeder_only": ""}', env=env).ok()
    assert "1 synced" in updated.stdout
    assert not changed(updated), "what was asked for, and makes the Controller no other than declared"


def test_pruning_is_for_those_who_ask(play: Play, awx: Controller, tmp_path: Path) -> None:
    more = tmp_path / "more.yml"
    more.write_text("controller_inventories: [{name: Old, organization: HomeLab}]\n")
    env = GIVEN | awx.env
    play.run("-e", f'{{"seeder_files": ["seeder", "{more}"]}}', env=env).ok()
    assert not changed(play.run(env=env).ok())
    prune = '{"seeder_prune": ["inventories@HomeLab"]}'
    refused = play.run("-e", prune, env=env).failed()
    assert "--allow-prune carries" in refused.stdout + refused.stderr
    pruned = play.run("-e", prune, "-e", "seeder_allow_prune=true", env=env).ok()
    assert "- inventory HomeLab / Old" in pruned.stdout
    assert "Done: 1 deleted" in pruned.stdout
    assert not changed(play.run("-e", prune, env=env).ok())


def test_failures_say_why(play: Play, awx: Controller, tmp_path: Path) -> None:
    env = GIVEN | awx.env
    nowhere = play.run(env=GIVEN).failed()
    assert "no Controller is named" in nowhere.stdout + nowhere.stderr
    assert 'a credential of the type "Red Hat Ansible Automation Platform"' in nowhere.stdout + nowhere.stderr

    stranger = play.run(env=env | {"CONTROLLER_PASSWORD": "wrong-Gh31"}).failed()
    assert "does not accept the user and password" in stranger.stdout + stranger.stderr
    assert "wrong-Gh31" not in stranger.stdout + stranger.stderr

    wrong = tmp_path / "wrong.yml"
    wrong.write_text("controller_projects: [{name: X, organisation: HomeLab}]\n")
    mistake = play.run("-e", f'{{"seeder_files": ["{wrong}"]}}', env=env).failed()
    assert "wrong.yml:1: controller_projects[0]" in mistake.stdout + mistake.stderr
    assert awx.writes() == []


def test_inputs_are_checked(play: Play, awx: Controller) -> None:
    for wrong in ("seeder_secrets=sometimes", "seeder_wait_timeout=long", "seeder_update_inventory=perhaps"):
        result = play.run("-e", wrong, env=GIVEN | awx.env).failed()
        assert wrong.split("=")[0] in result.stdout + result.stderr
    assert awx.writes() == []


def test_without_the_binary(play: Play, awx: Controller) -> None:
    for binary in ("/nonexistent/nautobridge", "/dev/null"):
        env = GIVEN | awx.env | {"NAUTOBRIDGE_BINARY": binary}
        assert f"{binary} cannot be run" in play.run(env=env).failed().stdout
