"""Many hosts, two runs, and runs that come to a bad end."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from stage import PORT, Host, Outcome, Site, registry

# All hosts at once, unless a test is about that.
AT_ONCE = {"deploy_serial": "100%"}


def test_a_host_that_is_unreachable(hosts: dict[str, Host], site: Site) -> None:
    for host in hosts.values():
        site.set(host, app_list={"page": host.web()})
    away = {"ansible_host": hosts["local"].address, "ansible_port": 9, "app_list": {"page": hosts["local"].web()}}
    site.add_host("away", **away)
    outcome = site.run(**AT_ONCE).failed()
    assert outcome.host("away")["unreachable"] is True
    assert outcome.host("away")["apps"] == {}
    for name, host in hosts.items():
        assert outcome.results(name) == {"page": "deployed"}
        assert outcome.host(name)["unreachable"] is False
        assert host.get() == "web 1"
    assert "away: unreachable" in outcome.said


@pytest.mark.parametrize("serial", ["1", "100%"])
def test_the_first_host_is_unreachable(serial: str, hosts: dict[str, Host], site: Site) -> None:
    """The report is told all the same, and the host counts as unreachable, not as failed."""
    for host in hosts.values():
        site.set(host, app_list={"page": host.web()})
    # The first by its name, and so in its batch.
    away = {"ansible_host": hosts["local"].address, "ansible_port": 9, "app_list": {"page": hosts["local"].web()}}
    site.add_host("a-host", **away)
    outcome = site.run(deploy_serial=serial).failed()
    assert outcome.host("a-host")["unreachable"] is True
    assert outcome.host("a-host")["failed"] is False
    assert "a-host: unreachable" in outcome.said
    assert re.search(r"^a-host\s+:.*\bunreachable=1 +failed=0", outcome.result.stdout, re.MULTILINE)
    deployed = [] if serial == "1" else list(hosts)
    assert [name for name, host in hosts.items() if host.containers()] == deployed


def test_a_host_with_bad_data_among_good_ones(hosts: dict[str, Host], site: Site) -> None:
    """It has failed; nobody says that it could not be reached."""
    for host in hosts.values():
        site.set(host, app_list={"page": host.web(imgae="x") if host.name == "web1" else host.web()})
    outcome = site.run(**AT_ONCE, deploy_max_fail_percentage=50).failed()
    assert (outcome.host("web1")["failed"], outcome.host("web1")["unreachable"]) == (True, False)
    assert "failed before its apps were looked at" in outcome.said
    assert [name for name, host in hosts.items() if host.containers()] == ["local", "web2"]


@pytest.mark.parametrize("options", [[], ["--tags", "validate"]])
@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"secrets": {"KEY": {"env": "NOT_SET_ANYWHERE"}}}, "NOT_SET_ANYWHERE"),
        ({"files": [{"dest": "conf/x", "src": "not-there.conf"}]}, "not-there.conf"),
        ({"files": [{"dest": "conf/x", "template": "not-there.j2"}]}, "not-there.j2"),
    ],
)
def test_what_is_missing_is_found_before_any_host_is_touched(
    more: dict[str, Any], said: str, options: list[str], hosts: dict[str, Host], site: Site
) -> None:
    """Secrets, files and templates of the last host, too."""
    for host in hosts.values():
        site.set(host, app_list={"page": host.web(**(more if host.name == "web2" else {}))})
    assert said in site.run(*options).failed().said
    assert not [name for name, host in hosts.items() if host.containers()]


def failing(site: Site, hosts: dict[str, Host], bad: str) -> None:
    """Every host has an app, and that of one of them cannot be deployed."""
    for host in hosts.values():
        version = "not-there" if host.name == bad else "1"
        site.set(host, app_list={"page": host.web(version)})


@pytest.mark.parametrize(("percentage", "deployed"), [(0, ["local"]), (50, ["local", "web2"])])
def test_hosts_after_one_that_failed(percentage: int, deployed: list[str], hosts: dict[str, Host], site: Site) -> None:
    """Two at a time: by default the rest of the fleet stays as it is."""
    failing(site, hosts, "web1")
    outcome = site.run(deploy_serial="2", deploy_max_fail_percentage=percentage).failed()
    assert outcome.results("local") == {"page": "deployed"}
    assert outcome.host("web1")["failed"] is True
    assert [name for name, host in hosts.items() if host.containers()] == deployed
    if percentage:
        assert outcome.results("web2") == {"page": "deployed"}


def test_a_canary_goes_first(hosts: dict[str, Host], site: Site) -> None:
    """As it is by default: one, then the others."""
    failing(site, hosts, "local")
    outcome = site.run().failed()
    assert outcome.host("local")["failed"] is True
    assert not [name for name, host in hosts.items() if host.containers()]


def test_some_hosts_only(hosts: dict[str, Host], site: Site) -> None:
    for host in hosts.values():
        site.set(host, app_list={"page": host.web()})
    site.run(deploy_hosts="web2").ok()
    site.run("--limit", "web1").ok()
    assert [name for name, host in hosts.items() if host.containers()] == ["web1", "web2"]
    site.set(hosts["web1"])
    # A host without an app list is none of this playbook's.
    outcome = site.run(**AT_ONCE).ok()
    assert outcome.changed("web1") == 0
    assert hosts["web1"].get() == "web 1"


def test_two_runs_at_once(host: Host, site: Site) -> None:
    """The second waits until the first is through."""
    site.deploy({"page": host.web()}).ok()
    sites = [replace(site, folder=site.folder.parent / name) for name in ("red", "blue")]
    log = f"{host.root}/log"
    for each in sites:
        colour = each.folder.name
        hooks = {"pre": [f"echo {colour} begins >> {log}; sleep 2"], "post": [f"echo {colour} ends >> {log}"]}
        each.set(host, app_list={"page": host.web(environment={"COLOUR": colour}, hooks=hooks)})
    with ThreadPoolExecutor() as pool:
        outcomes: Iterator[Outcome] = pool.map(lambda each: each.run(), sites)
        assert [outcome.ok().results() for outcome in outcomes] == [{"page": "deployed"}] * 2
    lines = host.read("log").splitlines()
    first, second = lines[0].split()[0], lines[2].split()[0]
    assert {first, second} == {"red", "blue"}
    assert lines == [f"{first} begins", f"{first} ends", f"{second} begins", f"{second} ends"]
    assert host.get("/cgi-bin/env?COLOUR") == second
    last = next(each for each in sites if each.folder.name == second)
    assert last.run().ok().changed(host.name) == 0


def test_a_run_that_waits_too_long(host: Host, site: Site) -> None:
    site.deploy({"page": host.web()}).ok()
    holder = (
        "import fcntl, sys; lock = open(sys.argv[1]); fcntl.flock(lock, fcntl.LOCK_EX);"
        " print('ready', flush=True); sys.stdin.read()"
    )
    with host.background("/usr/bin/python3", "-c", holder, f"{host.root}/.nautobridge/lock"):
        outcome = site.deploy({"page": host.web(2)}, more={"docker_app_lock_timeout": 1}).failed()
    assert "lock" in outcome.said
    assert host.get() == "web 1"


@pytest.mark.parametrize("moment", ["hook", "wait"])
def test_a_run_that_is_killed(moment: str, host: Host, site: Site) -> None:
    """kill -9 of Ansible in the middle, and a clean next run."""
    site.deploy({"page": host.healthy(1), "other": host.web(port=PORT + 1)}).ok()
    new = host.healthy(2, environment={"A": "b"})
    if moment == "hook":
        new |= {"hooks": {"pre": [f"touch {host.root}/reached; sleep 4"]}}
    else:
        new |= {"image": registry("slow:1"), "wait": {"timeout": 60}}
    site.set(host, app_list={"page": new, "other": host.web(port=PORT + 1)})
    process = site.start()
    deadline = time.monotonic() + 60
    while not (host.has("reached") if moment == "hook" else slow_runs(host)):
        assert process.poll() is None, process.stdout.read() if process.stdout else ""
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    # The host's own part of it may be at work still: the next run waits for it, or takes over.
    mended = {"page": host.healthy(2), "other": host.web(port=PORT + 1)}
    outcome = site.deploy(mended).ok()
    assert outcome.results() == {"page": "deployed", "other": "unchanged"}
    assert host.get() == "healthy 2"
    assert host.get(port=PORT + 1) == "web 1"
    assert site.run().ok().changed(host.name) == 0
    assert not [path for path in host.files("page") if "stage" in path or ".partial" in path]


def slow_runs(host: Host) -> bool:
    """Whether the new container was started."""
    return any(each.image == registry("slow:1") and each.state == "running" for each in host.containers("page"))
