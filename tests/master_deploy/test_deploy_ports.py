"""Host ports that go from one app to another."""

from __future__ import annotations

from stage import PORT, Host, Site

OTHER = PORT + 1


def test_a_port_goes_to_an_app_that_comes_before(host: Host, site: Site) -> None:
    """Who gives it away goes first, whatever the order says; the second run finds nothing to do."""
    site.deploy({"old": host.web(1, order=20), "new": host.web(2, port=OTHER, order=10)}).ok()
    moved = {"old": host.web(1, port=PORT + 2, order=20), "new": host.web(2, order=10)}
    assert site.deploy(moved).ok().results() == {"old": "deployed", "new": "deployed"}
    assert (host.get(), host.get(port=PORT + 2)) == ("web 2", "web 1")
    assert site.run().ok().changed(host.name) == 0


def test_a_port_of_an_app_that_is_to_be_stopped(host: Host, site: Site) -> None:
    site.deploy({"old": host.web(1)}).ok()
    apps = {"old": host.web(1, state="stopped"), "new": host.web(2)}
    assert site.deploy(apps).ok().results() == {"old": "stopped", "new": "deployed"}
    assert host.get() == "web 2"


def test_an_app_with_another_name(host: Host, site: Site) -> None:
    """The old one has the port: it is told, and a prune hands it over."""
    others = {f"more{number}": host.web(port=OTHER + number) for number in range(3)}
    site.deploy({"before": host.web(1), **others}).ok()
    renamed = {"after": host.web(2), **others}
    outcome = site.deploy(renamed).failed()
    assert "held by `before`, which is no longer declared: deploy_prune removes it" in outcome.app("after")["error"]
    assert host.get() == "web 1"
    outcome = site.deploy(renamed, deploy_prune="yes").ok()
    assert (outcome.app("after")["result"], outcome.app("before")["result"]) == ("deployed", "removed")
    assert host.get() == "web 2"


def test_what_was_stopped_for_its_port_runs_again(host: Host, site: Site) -> None:
    """Where its place could not be taken."""
    others = {f"more{number}": host.web(port=OTHER + number) for number in range(3)}
    site.deploy({"before": host.web(1), **others}).ok()
    broken = {"after": host.web(2, hooks={"post": "false"}), **others}
    outcome = site.deploy(broken, deploy_prune="yes").failed()
    assert "nothing was pruned: after could not be deployed" in outcome.host()["notes"]
    assert host.get() == "web 1"
    assert outcome.host()["orphans"] == ["before"]
