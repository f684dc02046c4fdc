"""What goes wrong is undone, whole, and the host is reported failed all the same."""

from __future__ import annotations

from typing import Any

import pytest
from harness import Core
from stage import PORT, Host, Outcome, Site, registry

WAIT = {"timeout": 15, "stable_for": 1}


def rolled_back(outcome: Outcome, app: str = "page") -> str:
    """What is told of an app that was rolled back, on a host that failed for it."""
    outcome.failed()
    assert outcome.host()["failed"] is True
    assert outcome.app(app)["result"] == "rolled_back"
    assert outcome.app(app)["changed"] is True
    return outcome.app(app)["error"]


def test_an_image_that_does_not_become_healthy(core: Core, host: Host, site: Site) -> None:
    files = [{"dest": "data/page.txt", "content": "old\n"}]
    old = host.healthy(1, volumes=["./data:/data"], files=files)
    apps: dict[str, Any] = {"page": old, "other": host.web(port=PORT + 1)}
    site.deploy(apps).ok()
    before, folder = host.container("other").identity, host.read("page/compose.yaml")
    new = [{"dest": "data/page.txt", "content": "new\n"}, {"dest": "data/more.txt", "content": "more\n"}]
    broken = old | {"image": registry("unhealthy:1"), "files": new}
    outcome = site.deploy({**apps, "page": broken})
    error = rolled_back(outcome)
    assert "unhealthy: the database does not answer" in error
    assert "unhealthy: the database does not answer" in outcome.said
    assert outcome.app("other")["result"] == "unchanged"
    # All of it: image, files, the Compose file; and it is well.
    assert host.get() == "healthy 1"
    assert host.get("/data/page.txt") == "old"
    assert not host.has("page/data/more.txt")
    assert host.read("page/compose.yaml") == folder
    assert host.container("other").identity == before
    (running,) = outcome.app("page")["running"]["page"]
    assert (running["image"], running["health"]) == (registry("healthy:1"), "healthy")
    # A second try fails in the same way, and a mended list is deployed.
    rolled_back(site.run())
    assert host.get() == "healthy 1"
    assert site.deploy({**apps, "page": host.healthy(2)}).ok().results() == {"page": "deployed", "other": "unchanged"}
    assert host.get() == "healthy 2"
    assert site.run().ok().changed(host.name) == 0


def test_the_old_list_after_a_rollback_changes_nothing(host: Host, site: Site) -> None:
    site.deploy({"page": host.healthy(1)}).ok()
    rolled_back(site.deploy({"page": host.healthy(1, image=registry("unhealthy:1"))}))
    before = host.identities()
    assert site.deploy({"page": host.healthy(1)}).ok().changed(host.name) == 0
    assert host.identities() == before


def test_an_image_that_crashes_after_five_seconds(host: Host, site: Site) -> None:
    """Without a health check it counts as up right after its start; `stable_for` outlasts that."""
    app = host.web(restart="always")
    site.deploy({"page": app}).ok()
    crashing = app | {"image": registry("crash:1"), "wait": {"timeout": 30, "stable_for": 7}}
    error = rolled_back(site.deploy({"page": crashing}))
    assert "crash: out of luck" in error
    assert host.get() == "web 1"


def test_an_image_that_exits_at_once(host: Host, site: Site) -> None:
    site.deploy({"page": host.web()}).ok()
    for restart in ("no", "always"):
        broken = host.web(image=registry("exit1:1"), wait=WAIT, restart=restart)
        assert "exit1: no configuration" in rolled_back(site.deploy({"page": broken}))
        assert host.get() == "web 1"


def test_an_address_that_does_not_answer_as_it_should(host: Host, site: Site) -> None:
    url = f"http://{host.address}:{PORT}/"
    site.deploy({"page": host.web(wait={**WAIT, "url": url})}).ok()
    wait = {"timeout": 3, "stable_for": 0, "url": f"{url}not-there", "status": [200, 204]}
    error = rolled_back(site.deploy({"page": host.web(2, wait=wait)}))
    assert "not-there" in error
    assert "404" in error
    assert host.get() == "web 1"
    assert site.deploy({"page": host.web(2, wait=wait | {"status": [404]})}).ok().results() == {"page": "deployed"}


def test_a_first_deployment_that_fails(host: Host, site: Site) -> None:
    """There is nothing to go back to; what was declared beside it is deployed."""
    apps = {"bad": host.web(image=registry("exit1:1"), wait=WAIT, restart="always"), "good": host.web(port=PORT + 1)}
    outcome = site.deploy(apps).failed()
    assert outcome.results() == {"bad": "failed", "good": "deployed"}
    assert "exit1: no configuration" in outcome.app("bad")["error"]
    assert outcome.host()["failed"] is True
    assert host.get(port=PORT + 1) == "web 1"
    assert not [each for each in host.containers("bad") if each.state in ("running", "restarting")]
    mended = site.deploy({**apps, "bad": host.web()}).ok()
    assert mended.results() == {"bad": "deployed", "good": "unchanged"}
    assert host.get() == "web 1"


def test_an_app_that_comes_after_a_failed_one_is_left_alone(host: Host, site: Site) -> None:
    apps = {
        "database": host.web(image=registry("exit1:1"), wait=WAIT, order=10),
        "page": host.web(port=PORT + 1, order=20),
    }
    outcome = site.deploy(apps).failed()
    assert outcome.results() == {"database": "failed", "page": "skipped"}
    assert host.containers("page") == []


def test_an_image_that_cannot_be_pulled(host: Host, site: Site) -> None:
    site.deploy({"page": host.hup("recreate", "page")}).ok()
    before = host.everything()
    files = [{"dest": "config/page.txt", "content": "new\n"}]
    app = host.hup("recreate", "new") | {"image": registry("web:not-there"), "files": files}
    outcome = site.deploy({"page": app}).failed()
    assert outcome.app("page")["result"] == "failed"
    assert outcome.app("page")["changed"] is False
    assert "not-there" in outcome.app("page")["error"]
    assert host.differences(before) == {}
    assert outcome.changed(host.name) == 0


def test_a_port_that_a_foreign_process_has(host: Host, site: Site) -> None:
    site.deploy({"page": host.web()}).ok()
    listener = (
        "import socket, sys; server = socket.create_server((sys.argv[1], int(sys.argv[2])));"
        " print('ready', flush=True); sys.stdin.read()"
    )
    with host.background("/usr/bin/python3", "-c", listener, host.address, str(PORT + 5)):
        error = rolled_back(site.deploy({"page": host.web(2, port=PORT + 5)}))
    assert str(PORT + 5) in error
    assert host.get() == "web 1"
    assert site.run().ok().results() == {"page": "deployed"}
    assert host.get(port=PORT + 5) == "web 2"


def test_a_port_of_a_container_that_is_not_ours(host: Host, site: Site) -> None:
    host.docker("run", "--detach", "--name", "foreign", "--publish", host.port(), registry("web:2"))
    outcome = site.deploy({"page": host.web()}).failed()
    assert outcome.results() == {"page": "failed"}
    assert str(PORT) in outcome.app("page")["error"]
    assert host.get() == "web 2"
    assert [each["name"] for each in outcome.host()["unmanaged"]] == ["foreign"]


def test_a_full_disk(web_host: Host, site: Site) -> None:
    """Nothing is half written, the old app runs, and the next run is clean."""
    host = web_host
    host.docker("pull", "--quiet", registry("hup:1"))
    with host.small_disk("1m"):
        site.deploy({"page": host.hup("recreate", "old")}).ok()
        before, files = host.container("page").identity, host.files("page")
        large = [{"dest": "config/page.txt", "content": "new\n"}, {"dest": "large.txt", "content": "x" * 1_500_000}]
        outcome = site.deploy({"page": host.hup("recreate", "new", files=large)}).failed()
        assert "No space left on device" in outcome.app("page")["error"]
        assert host.get() == "old\nreads: 1"
        assert host.container("page").identity == before
        contents = {path: facts.split()[-1] for path, facts in host.files("page").items() if facts.startswith("f")}
        assert contents == {path: facts.split()[-1] for path, facts in files.items() if facts.startswith("f")}
        assert site.deploy({"page": host.hup("recreate", "new")}).ok().results() == {"page": "deployed"}
        assert host.get() == "new\nreads: 1"
        assert site.run().ok().changed(host.name) == 0


def test_a_full_disk_before_the_first_deployment(web_host: Host, site: Site) -> None:
    host = web_host
    with host.small_disk("1m"):
        host.sh('dd if=/dev/zero of="$1/filler" bs=64k 2>/dev/null || true', host.root)
        outcome = site.deploy({"page": host.web()}).failed()
        assert "No space left on device" in outcome.said
        assert host.containers() == []
        host.run("rm", f"{host.root}/filler")
        site.run().ok()
        assert host.get() == "web 1"


def test_rollback_on_request(host: Host, site: Site) -> None:
    for version in (1, 2, 3):
        site.deploy({"page": host.hup("recreate", f"version {version}"), "other": host.web(port=PORT + 1)}).ok()
    other = host.container("other").identity
    checked = site.run("--check", rollback="page").ok()
    assert checked.app("page")["result"] == "planned"
    assert host.get() == "version 3\nreads: 1"
    for version in (2, 1):
        outcome = site.run(rollback="page").ok()
        assert outcome.app("page")["result"] == "rolled_back"
        assert outcome.app("page")["recorded"]["declared"] != outcome.app("page")["declared"]
        assert host.get() == f"version {version}\nreads: 1"
    refused = site.run(rollback="page").failed()
    assert "no earlier" in refused.said
    assert host.get() == "version 1\nreads: 1"
    assert host.container("other").identity == other
    # What is declared comes back with the next ordinary run.
    assert site.run().ok().results() == {"page": "deployed", "other": "unchanged"}
    assert host.get() == "version 3\nreads: 1"


def test_rollback_brings_back_the_image_itself(host: Host, site: Site) -> None:
    """A tag that was moved, and an image that is gone from the host."""
    with host.moving_tag("web", "1") as tag:
        site.deploy({"page": host.web(tag)}).ok()
        host.move_tag("web", "2", tag)
        site.deploy({"page": host.web(tag, environment={"A": "b"})}, more={"docker_app_pull": "always"}).ok()
        assert host.get() == "web 2"
        host.run("docker", "image", "rm", "--force", registry("web:1"), check=False)
        host.docker("image", "prune", "--force")
        site.run(rollback="page").ok()
        assert host.get() == "web 1"


def test_a_rollback_leaves_another_apps_image_alone(host: Host, site: Site) -> None:
    """Two apps have an image by one tag, which has moved: one goes back, the other one stays as it is."""
    with host.moving_tag("web", "1") as tag:
        site.deploy({"page": host.web(tag)}).ok()
        host.move_tag("web", "2", tag)
        apps = {"page": host.web(tag, environment={"A": "b"}), "other": host.web(tag, port=PORT + 1)}
        site.deploy(apps, more={"docker_app_pull": "always"}).ok()
        other = host.container("other").identity
        site.deploy(apps, rollback="page").ok()
        assert (host.get(), host.get(port=PORT + 1)) == ("web 1", "web 2")
        outcome = site.deploy(apps).ok()
        assert outcome.app("other")["result"] == "unchanged"
        assert host.container("other").identity == other


def test_kept_bundles(host: Host, site: Site) -> None:
    for version in range(4):
        site.deploy({"page": host.web(environment={"V": str(version)})}, more={"docker_app_keep": 2}).ok()
    bundles = host.run("ls", f"{host.root}/.nautobridge/apps/page/bundles").split()
    assert len(bundles) == 2
    assert site.run().ok().app("page")["recorded"]["bundle"] == bundles[-1]


@pytest.mark.parametrize("name", ["", "pge"])
def test_rollback_of_what_is_not_there(name: str, host: Host, site: Site) -> None:
    site.deploy({"page": host.web()}).ok()
    before = host.identities()
    outcome = site.run(rollback=name)
    if name:
        assert name in outcome.failed().said
    else:
        # An empty survey answer is none: an ordinary run.
        assert outcome.ok().results() == {"page": "unchanged"}
    assert host.identities() == before
