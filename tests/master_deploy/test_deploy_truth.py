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
        files=[{"dest": "conf/pw", "template": "pw.j2"}],
        secrets={"PW": {"env": "PW"}},
    )
    folder = {"DOCKER_APP_TEMPLATES": str(tmp_path / "inventory")}
    site.env = {**os.environ, **folder, "PW": "Former/Secret-1"}
    site.deploy({"page": page}).ok()
    site.env = {**os.environ, **folder, "PW": "Newer+Secret-2"}
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


def test_a_change_that_no_container_needs(host: Host, site: Site) -> None:
    """Order, hooks and how long to wait are recorded, too: nothing differs from then on, and a rollback goes by them."""
    site.deploy({"page": host.web(1)}).ok()
    before = host.container("page").identity
    more = {"order": 7, "hooks": {"post": "true"}, "backup": {"paths": ["x"]}, "wait": {"stable_for": 0, "timeout": 33}}
    assert site.deploy({"page": host.web(1, **more)}, "--check").ok().changed(host.name) == 0
    outcome = site.deploy({"page": host.web(1, **more)}).ok()
    assert outcome.results() == {"page": "unchanged"}
    assert outcome.app("page")["recorded"]["declared"] == outcome.app("page")["declared"]
    assert host.container("page").identity == before
    (kept,) = host.run("find", f"{host.root}/.nautobridge/apps/page/bundles", "-name", "bundle.json").split()
    assert json.loads(host.run("cat", kept))["wait"] == more["wait"]


def test_a_new_measure_that_the_app_does_not_meet(host: Host, site: Site) -> None:
    """The host fails, nothing is touched, and nothing is recorded as declared."""
    site.deploy({"page": host.web(1)}).ok()
    before = host.container("page").identity
    wait = {"stable_for": 0, "timeout": 2, "url": f"http://{host.address}:{PORT}/not-there"}
    for _ in range(2):
        outcome = site.deploy({"page": host.web(1, wait=wait)}).failed()
        assert "status 404" in outcome.app("page")["error"]
        assert outcome.app("page")["recorded"]["declared"] != outcome.app("page")["declared"]
    assert host.container("page").identity == before


def test_the_report_has_digests(host: Host, site: Site) -> None:
    """As the registry knows the images: the old and the new one, and none where nothing was."""
    first = site.deploy({"page": host.web(1)}).ok().app("page")["images"]["page"]
    outcome = site.deploy({"page": host.web(2)}).ok()
    second = outcome.app("page")["images"]["page"]
    known = host.docker("image", "inspect", "--format", "{{index .RepoDigests 0}}", registry("web:2")).strip()
    assert second["new_digest"] == known.partition("@")[2]
    assert (first["old_digest"], second["old_digest"]) == (None, first["new_digest"])
    short = [each["new_digest"].removeprefix("sha256:")[:12] for each in (first, second)]
    assert f"page: {short[0]} -> {short[1]} {registry('web:2')}" in outcome.said
    planned = site.deploy({"page": host.web(1)}, "--check", "--diff").ok()
    assert planned.app("page")["images"]["page"]["new_digest"] == first["new_digest"]
    assert f"digest {first['new_digest']}" in planned.result.stdout


def test_a_network_that_others_have_to_make(host: Host, site: Site) -> None:
    """Only the apps that need it fail, in check mode as well."""
    apps = {"page": host.web(1, networks=["lan"]), "other": host.web(port=PORT + 1)}
    networks = {"lan": {"external": True}}
    for options in (["--check"], []):
        outcome = site.deploy(apps, *options, networks=networks).failed()
        assert "there is no network `lan`" in outcome.app("page")["error"]
        assert outcome.app("other")["result"] == ("planned" if options else "deployed")
    host.docker("network", "create", "lan")
    assert site.deploy(apps, networks=networks).ok().results() == {"page": "deployed", "other": "unchanged"}


def test_a_network_with_other_settings(host: Host, site: Site) -> None:
    """It cannot be changed while it is in use: that is said each time, until it is made anew."""
    apps = {"page": host.web(1, networks=["lan"])}
    site.deploy(apps, networks={"lan": {"driver": "bridge", "options": {"com.docker.network.driver.mtu": 1400}}}).ok()
    same = site.deploy(apps, networks={"lan": {"options": {"com.docker.network.driver.mtu": 1400}}}).ok()
    assert same.host()["notes"] == []
    for _ in range(2):
        other = {"lan": {"internal": True, "subnet": "10.199.7.0/24"}}
        (note,) = site.deploy(apps, networks=other).ok().host()["notes"]
        assert "network lan is not as declared (internal, subnet)" in note


def test_a_variable_that_nobody_sets(host: Host, site: Site) -> None:
    """Compose puts nothing in its place: that is told."""
    page = host.web(1, environment={"TEXT": "costs $five", "RIGHT": "costs $$5"})
    (note,) = site.deploy({"page": page}).ok().host()["notes"]
    assert "no variable `five`" in note
    assert host.get("/cgi-bin/env?RIGHT") == "costs $5"


def test_an_env_file_that_lies_there(host: Host, site: Site) -> None:
    """Put there by hand: it is found in check mode and in the deployment."""
    page = host.web(1, env_file=["conf/own.env", {"path": "none.env", "required": False}])
    refused = site.deploy({"page": page}).failed()
    assert "own.env" in refused.app("page")["error"]
    host.sh('mkdir -p "$1" && echo MINE=yes >"$1/own.env"', f"{host.root}/page/conf")
    assert site.deploy({"page": page}, "--check").ok().results() == {"page": "planned"}
    site.deploy({"page": page}).ok()
    assert host.get("/cgi-bin/env?MINE") == "yes"


def test_a_hook_that_leaves_something_running(host: Host, site: Site) -> None:
    """It does not hold the host's lock."""
    page = host.web(1, hooks={"post": "sleep 120 >/dev/null 2>&1 &"})
    site.deploy({"page": page}).ok()
    site.deploy({"page": host.web(2)}, more={"docker_app_lock_timeout": 2}).ok()
    assert host.get() == "web 2"
    host.run("pkill", "-f", "sleep 120", check=False)
