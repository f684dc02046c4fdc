"""The seed on a Controller without objects: everything is made once, and nothing twice."""

from __future__ import annotations

import json

from seeding import GIVEN, SECRETS, Controller, Seeder, tells_no_secret

ALL = ["-e", "homelab_git_is_private=true homelab_registry_needs_login=true homelab_uses_vault=true"]


def test_everything_is_made_once(seeder: Seeder, controller: Controller) -> None:
    env = GIVEN | controller.env
    planned = seeder.run("plan", "--detailed-exitcode", env=env)
    assert (planned.code, planned.stderr) == (3, "")
    assert "21 to create" in planned.stdout
    assert controller.writes() == []

    applied = seeder.run("apply", env=env).ok()
    assert applied.stderr == ""
    assert "21 created" in applied.stdout

    writes = controller.writes()
    again = seeder.run("apply", "--detailed-exitcode", env=env).ok()
    assert "nothing to do; 21 unchanged" in again.stdout
    assert "no changes; 21 unchanged" in seeder.run("plan", "--detailed-exitcode", env=env).ok().stdout
    assert controller.writes() == writes
    for result in (planned, applied, again):
        tells_no_secret(result)


def test_the_parts_that_not_every_lab_needs(seeder: Seeder, awx: Controller) -> None:
    env = GIVEN | awx.env
    assert seeder.run("apply", "--detailed-exitcode", env=env).code == 3
    more = seeder.run("apply", *ALL, "--detailed-exitcode", env=env)
    assert more.code == 3
    assert "3 created, 2 changed" in more.stdout
    tells_no_secret(more)
    # The project and the image let go of their credentials again.
    less = seeder.run("plan", "--json", env=env).ok()
    changes = {
        task["object"]: task["changes"] for task in json.loads(less.stdout)["tasks"] if task["action"] == "change"
    }
    assert changes.keys() == {"HomeLab EE", "HomeLab / HomeLab Ops"}
    assert all(change["field"] == "credential" for [change] in changes.values())


def test_secrets_that_are_not_given_are_kept(seeder: Seeder, awx: Controller) -> None:
    """As in AAP, where the job has no secrets, and no memory of what was written."""
    seeder.run("apply", *ALL, env=GIVEN | awx.env).ok()
    writes = awx.writes()
    elsewhere = Seeder(seeder.binary, seeder.state / "elsewhere")
    for empty in ({}, dict.fromkeys(SECRETS, "")):
        applied = elsewhere.run("apply", *ALL, "--detailed-exitcode", env=empty | awx.env).ok()
        assert (applied.stderr, "24 unchanged" in applied.stdout) == ("", True)
    assert awx.writes() == writes
    # They are the ones of the first run, for a machine that remembers.
    seeder.run("plan", *ALL, "--detailed-exitcode", env=GIVEN | awx.env).ok()


def test_a_new_secret_is_written_alone(seeder: Seeder, awx: Controller) -> None:
    seeder.run("apply", env=GIVEN | awx.env).ok()
    rotated = {"NAUTOBOT_TOKEN": "a-new-token-Uv77"} | awx.env
    planned = json.loads(seeder.run("plan", "--json", env=rotated).ok().stdout)
    [task] = planned["tasks"]
    assert task["object"] == "HomeLab / Nautobot (Nautobot)"
    assert [(change["field"], change["secret"]) for change in task["changes"]] == [("inputs.token", True)]
    applied = seeder.run("apply", "--detailed-exitcode", env=rotated)
    assert (applied.code, "a-new-token" in applied.stdout) == (3, False)
    seeder.run("plan", "--detailed-exitcode", env=rotated).ok()


def test_a_credential_without_what_it_needs_is_told_of(seeder: Seeder, awx: Controller) -> None:
    first = seeder.run("apply", env=awx.env).ok()
    assert "the credential is without url, token" in first.stderr
    assert "the credential is without host" in first.stderr
    mended = seeder.run("apply", env=GIVEN | awx.env).ok()
    assert mended.stderr == ""
    assert seeder.run("plan", env=awx.env).ok().stderr == ""


def test_one_kind_or_one_object(seeder: Seeder, awx: Controller) -> None:
    env = GIVEN | awx.env
    seeder.run("apply", env=env).ok()
    one = seeder.run("plan", "--only", "job_templates/Setup AAP (Seeder)", env=env).ok()
    assert "no changes; 1 unchanged" in one.stdout
