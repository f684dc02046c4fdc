"""What is told is so: of what runs, of what a process has read, and of what was asked for."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from stage import PORT, Host, Site, registry

TEMPLATE = "pw={{ app_secrets.PW }}\n"


def page_of(host: Host) -> str:
    """The file that the app of `Host.hup` read last; it tells how often, too."""
    return host.get().splitlines()[0]


def test_a_service_that_ended_does_not_run(host: Host, site: Site) -> None:
    """Exit code 0 alone is no success: it must be declared to end."""
    page = {"image": registry("oneshot:1"), "wait": {"stable_for": 0, "timeout": 5}}
    assert "is exited (exit code 0)" in site.deploy({"once": page}).failed().app("once")["error"]
    assert site.deploy({"once": page | {"restart": "no"}}).ok().results() == {"once": "deployed"}
    assert site.deploy({"once": page | {"restart": "no"}}).ok().results() == {"once": "unchanged"}


@pytest.mark.parametrize("on_change", ["restart", "recreate", "signal"])
def test_who_read_what_somebody_wrote_reads_again(host: Host, site: Site, on_change: str) -> None:
    """A file that is put right reaches the process, too."""
    apps = {"page": host.hup(on_change, "declared")}
    site.deploy(apps).ok()
    host.sh('echo by hand >"$1" && docker restart page-page-1', f"{host.root}/page/config/page.txt")
    assert page_of(host) == "by hand"
    assert site.deploy(apps).ok().results() == {"page": "deployed"}
    assert page_of(host) == "declared"
    assert site.deploy(apps).ok().results() == {"page": "unchanged"}


@pytest.mark.parametrize("on_change", ["restart", "recreate"])
def test_what_an_unfinished_run_left_goes(host: Host, site: Site, on_change: str) -> None:
    """Files of a run that did not finish, and what a process read of them, when the data is as before again."""
    good = {"page": host.hup(on_change, "good")}
    site.deploy(good).ok()
    bad = {"page": host.hup(on_change, "bad")}
    bad["page"]["files"].append({"dest": "config/more.txt", "content": "x"})
    # As a run that is killed: the files are there, nobody was told, and the process happened to start anew.
    site.deploy(bad, "--tags", "render").ok()
    host.docker("restart", "page-page-1")
    assert page_of(host) == "bad"
    site.deploy(good).ok()
    assert page_of(host) == "good"
    assert not host.has("page/config/more.txt")


def test_a_rollback_goes_to_what_ran_before(host: Host, site: Site) -> None:
    """And not to what a rollback left behind."""
    site.deploy({"page": host.web(1)}).ok()
    site.deploy({"page": host.web(2)}).ok()
    site.deploy({"page": host.web(2)}, rollback="page").ok()
    assert host.get() == "web 1"
    third = {"page": host.web(1, environment={"N": "3"})}
    site.deploy(third).ok()
    site.deploy(third, rollback="page").ok()
    assert host.get() == "web 1"
    assert "N=3" not in host.docker("inspect", "--format", "{{.Config.Env}}", "page-page-1")


def test_a_rollback_that_fails_goes_forward_again(host: Host, site: Site) -> None:
    """What ran runs again, and the host has failed."""
    wait = {"stable_for": 1, "timeout": 5}
    asked = wait | {"url": f"http://{host.address}:{PORT}/data/ok"}
    first = host.web(1, volumes=["./d:/data"], hooks={"pre": "mkdir -p d && touch d/ok"}, wait=asked)
    site.deploy({"page": first}).ok()
    second = {"page": host.web(2, wait=wait)}
    site.deploy(second).ok()
    # The first one's own measure fails from now on.
    host.sh('rm "$1"', f"{host.root}/page/d/ok")
    said = site.deploy(second, rollback="page").failed()
    assert "What ran before the rollback" in said.app("page")["error"]
    assert host.get() == "web 2"


def test_an_absent_app_is_not_rolled_back(host: Host, site: Site) -> None:
    """It would come up."""
    site.deploy({"page": host.web(1)}).ok()
    site.deploy({"page": host.web(2)}).ok()
    site.deploy({"page": {"state": "absent"}}).ok()
    assert (
        "the app is absent" in site.deploy({"page": {"state": "absent"}}, rollback="page").failed().app("page")["error"]
    )
    assert host.containers("page") == []


def test_former_secrets_are_not_told(host: Host, site: Site, tmp_path: Path) -> None:
    """Neither by the diff of a file that had one, nor by a rollback to it."""
    (tmp_path / "inventory" / "pw.j2").write_text(TEMPLATE)
    page = host.web(
        files=[{"dest": "conf/pw", "template": str(tmp_path / "inventory" / "pw.j2")}], secrets={"PW": {"env": "PW"}}
    )
    site.env = {**os.environ, "PW": "Former/Secret-1"}
    site.deploy({"page": page}).ok()
    site.env = {**os.environ, "PW": "Newer+Secret-2"}
    planned = site.deploy({"page": page}, "--check", "--diff").ok()
    assert "reason: file conf/pw: changed" in planned.result.stdout
    # The healthy state with the former one, asked to tell all; then back.
    loud = page | {"environment": {"N": "1"}, "hooks": {"post": "echo now $(cat conf/pw); false"}}
    runs = [planned, site.deploy({"page": page}, "--diff").ok(), site.deploy({"page": loud}, "--diff", "-vvv").failed()]
    runs.append(site.deploy({"page": page}, "--diff", "-vvv", rollback="page"))
    for run in runs:
        for secret in ("Former/Secret-1", "Newer+Secret-2"):
            assert secret not in run.result.stdout + run.result.stderr + json.dumps(run.report)


def test_a_phase_can_be_left_out(host: Host, site: Site) -> None:
    """All the others are done."""
    apps = {"page": host.web(1), "old": host.web(1, port=PORT + 1)}
    site.deploy(apps).ok()
    outcome = site.deploy({"page": host.web(2)}, "--skip-tags", "prune", deploy_prune="yes").ok()
    assert outcome.results() == {"page": "deployed"}
    assert host.get() == "web 2"
    assert host.serves(PORT + 1)
    assert site.deploy({"page": host.web(1)}, "--skip-tags", "deploy").ok().results()["page"] in (
        "prepared",
        "unchanged",
    )
    assert host.get() == "web 2"


def test_only_validated(host: Host, site: Site) -> None:
    """Nothing else is done, and nothing is reported."""
    outcome = site.deploy({"page": host.web(1)}, "--tags", "validate").ok()
    assert f"{host.name}: ok" not in outcome.said
    assert host.containers() == []
