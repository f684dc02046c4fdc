"""Check mode, diff mode and the phases: what they show, and that they do no more than they say."""

from __future__ import annotations

import pytest
from harness import Core
from stage import PORT, Host, Site, registry

SECRET = "plan-secret-Hj12Op66"


@pytest.fixture
def site(site: Site) -> Site:
    """The playbook with a secret in Ansible's environment."""
    site.env = {"TOKEN": SECRET}
    return site


def test_a_plan_of_a_first_deployment_changes_nothing(core: Core, host: Host, site: Site) -> None:
    host.forget_image("web:1")
    before = host.everything()
    assert before["files"] == {}
    page = host.web(
        secrets={"TOKEN": {"env": "TOKEN"}},
        files=[{"dest": "data/page.txt", "content": "a line of the file\n"}],
        networks=["shared"],
    )
    outcome = site.deploy(
        {"page": page, "going": {"state": "absent"}}, "--check", "--diff", networks={"shared": None}
    ).ok()
    assert outcome.results() == {"page": "planned", "going": "unchanged"}
    assert outcome.report["check"] is True
    assert outcome.changed(host.name) == 1
    for shown in (
        "compose.yaml",
        registry("web:1"),
        "a line of the file",
        "first deployment",
        "known once it is pulled",
    ):
        assert shown in outcome.said
    assert SECRET not in outcome.said
    assert host.everything() == before


def test_a_plan_of_changes_changes_nothing(core: Core, host: Host, site: Site) -> None:
    token = {"TOKEN": {"env": "TOKEN"}}
    apps = {
        "page": host.hup("recreate", "old line", secrets=token),
        "going": host.web(port=PORT + 1),
        "stopping": host.web(port=PORT + 2),
        "same": host.web(port=PORT + 3),
    }
    site.deploy(apps).ok()
    before = host.everything()
    page = host.hup("recreate", "new line", secrets=token, environment={"COLOUR": "blue"})
    changed = {
        **apps,
        "page": page | {"image": registry("web:not-there")},
        "going": {"state": "absent"},
        "stopping": apps["stopping"] | {"state": "stopped"},
    }
    site.env = {"TOKEN": f"{SECRET}-new"}
    outcome = site.deploy(changed, "--check", "--diff").ok()
    assert outcome.results() == {"page": "planned", "going": "planned", "stopping": "planned", "same": "unchanged"}
    # Reason, digest, files and the Compose file.
    for shown in (
        "-old line",
        "+new line",
        "COLOUR",
        registry("web:not-there"),
        before_id(host),
        "secret TOKEN: changed",
    ):
        assert shown in outcome.said, shown
    reasons = " ".join(outcome.app("page")["reasons"])
    assert "config/page.txt" in reasons
    assert SECRET not in outcome.said
    assert host.everything() == before
    # A plan is the run's own: nothing else is done then.
    assert (
        site.deploy(apps | {"page": host.hup("recreate", "old line", secrets=token)}).ok().results()["same"]
        == "unchanged"
    )


def before_id(host: Host) -> str:
    """The image that runs before."""
    return host.docker("inspect", "--format", "{{.Image}}", "page-page-1").strip()


def test_a_plan_without_a_change_says_so(host: Host, site: Site) -> None:
    site.deploy({"page": host.web()}).ok()
    before = host.everything()
    outcome = site.run("--check", "--diff").ok()
    assert outcome.results() == {"page": "unchanged"}
    assert outcome.changed(host.name) == 0
    assert host.everything() == before


def test_phases_by_tag(host: Host, site: Site) -> None:
    """Each does its part, and leaves the rest to a run of all."""
    host.forget_image("web:1")
    before = host.everything()
    site.deploy({"page": host.web()}, "--tags", "validate").ok()
    assert host.everything() == before
    assert site.deploy({"page": host.web(imge="x")}, "--tags", "validate").failed()

    site.deploy({"page": host.web()}, "--tags", "render").ok()
    assert registry("web:1") in host.read("page/compose.yaml")
    assert host.containers() == []
    assert registry("web:1") not in host.docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").split()

    site.run("--tags", "pull").ok()
    assert registry("web:1") in host.docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").split()
    assert host.containers() == []

    site.run("--tags", "report").ok()
    assert host.containers() == []

    assert site.run().ok().results() == {"page": "deployed"}
    assert host.get() == "web 1"
    identities = host.identities()
    assert site.run("--tags", "verify").ok().changed(host.name) == 0
    host.docker("stop", "page-page-1")
    broken = site.run("--tags", "verify").failed()
    assert "page-page-1" in broken.said
    report = site.run("--tags", "report").ok()
    assert report.app("page")["running"]["page"][0]["state"] == "exited"
    assert [each.id for each in host.containers()] == [identity[0] for identity in identities.values()]


def test_a_phase_that_is_left_out(host: Host, site: Site) -> None:
    """Without `pull` the image has to be there."""
    site.deploy({"page": host.web()}).ok()
    host.forget_image("web:2")
    outcome = site.deploy({"page": host.web(2)}, "--tags", "render,deploy").failed()
    assert registry("web:2") in outcome.said
    assert host.get() == "web 1"
    host.docker("pull", "--quiet", registry("web:2"))
    site.run("--tags", "render,deploy").ok()
    assert host.get() == "web 2"
