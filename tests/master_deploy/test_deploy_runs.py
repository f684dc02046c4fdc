"""What a run does to what runs: the first, the second, and every kind of change touches what it has to, and no more."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from harness import Core
from stage import PORT, Container, Host, Site, differences, registry

SHARED = {"shared": None}


def proxied(host: Host) -> dict[str, Any]:
    """A web server, and a real reverse proxy in front of it by way of a shared network."""
    site = ":8080 {\n\treverse_proxy page:8080\n}\n"
    return {
        "page": host.web(port=PORT + 1, networks=["shared"]),
        "proxy": {
            "image": registry("proxy:1"),
            "ports": [host.port()],
            "networks": ["shared"],
            "volumes": ["./caddy:/etc/caddy"],
            "files": [{"dest": "caddy/Caddyfile", "content": site}],
            "wait": {"stable_for": 1, "url": f"http://{host.address}:{PORT}/", "timeout": 20},
            "order": 200,
        },
    }


def digest(app: dict[str, Any]) -> str:
    """What the report calls `declared`."""
    text = json.dumps(app, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def test_first_and_second_run_on_all_hosts(core: Core, hosts: dict[str, Host], site: Site) -> None:
    for host in hosts.values():
        site.set(host, app_list=proxied(host), app_networks=SHARED)
    first = site.run().ok()
    before = {}
    for name, host in hosts.items():
        assert first.results(name) == {"page": "deployed", "proxy": "deployed"}
        assert first.changed(name) == 1
        assert host.get() == "web 1"
        before[name] = host.identities(), host.files()
        app = first.app("page", name)
        assert app["declared"] == app["recorded"]["declared"] == digest(proxied(host)["page"])
        (running,) = app["running"]["page"]
        assert running["state"] == "running"
        assert running["id"] == app["images"]["page"]["new"] == app["recorded"]["images"]["page"]["id"]
        labels = host.container("page").labels
        assert labels["nautobridge.managed-by"] == "docker_app"
        assert labels["nautobridge.app"] == "page"
        assert labels["nautobridge.host"] == name
        assert labels["nautobridge.commit"] == first.report["commit"]
    second = site.run().ok()
    for name, host in hosts.items():
        assert second.changed(name) == 0
        assert second.results(name) == {"page": "unchanged", "proxy": "unchanged"}
        containers, files = before[name]
        assert host.identities() == containers
        # Who has the lock is written into it.
        assert differences(files, host.files(), but="/.nautobridge/lock") == {}


def test_the_folder_is_operable_by_hand(host: Host, site: Site) -> None:
    site.deploy(proxied(host), networks=SHARED).ok()
    before = host.identities()
    host.sh('cd "$1/page" && docker compose up --detach --pull never', host.root)
    assert host.identities() == before
    assert host.sh('cd "$1/page" && docker compose ps --format "{{.Service}}"', host.root).split() == ["page"]
    assert site.run().ok().changed(host.name) == 0


def test_a_changed_app_leaves_the_others_alone(host: Host, site: Site) -> None:
    apps = {"one": host.web(), "two": host.web(port=PORT + 1)}
    site.deploy(apps).ok()
    before = host.identities()
    apps["two"]["environment"] = {"COLOUR": "blue"}
    outcome = site.deploy(apps).ok()
    assert outcome.results() == {"one": "unchanged", "two": "deployed"}
    assert any("environment" in reason for reason in outcome.app("two")["reasons"])
    assert host.get("/cgi-bin/env?COLOUR", PORT + 1) == "blue"
    after = host.identities()
    assert after["one-one-1"] == before["one-one-1"]
    assert after["two-two-1"] != before["two-two-1"]


def test_a_changed_service_leaves_the_others_alone(host: Host, site: Site) -> None:
    front, back = host.web(), {"image": registry("web:2")}
    wait = front.pop("wait")

    def app(colour: str) -> dict[str, Any]:
        services = {"front": front, "back": {**back, "environment": {"COLOUR": colour}}}
        return {"many": {"compose": {"services": services}, "wait": wait}}

    site.deploy(app("red")).ok()
    before = host.identities()
    site.deploy(app("blue")).ok()
    after = host.identities()
    assert after["many-front-1"] == before["many-front-1"]
    assert after["many-back-1"] != before["many-back-1"]
    assert host.get("/cgi-bin/fetch?http://back:8080/cgi-bin/env?COLOUR") == "blue"


ON_CHANGE = ["recreate", "restart", "signal", "none"]


def test_a_changed_file(host: Host, site: Site) -> None:
    """Only the service that reads it sees to it, and in the way it was told to."""
    beside = {"compose": {"services": {"beside": {"image": registry("web:1")}}}}

    def apps(text: str) -> dict[str, Any]:
        return {how: host.hup(how, text, port=PORT + step, **beside) for step, how in enumerate(ON_CHANGE)}

    site.deploy(apps("old")).ok()
    before = {how: host.container(how) for how in ON_CHANGE}
    beside_before = {how: host.container(how, "beside").identity for how in ON_CHANGE}
    outcome = site.deploy(apps("new")).ok()
    after = {how: host.container(how) for how in ON_CHANGE}
    for step, how in enumerate(ON_CHANGE):
        assert outcome.app(how)["result"] == "deployed"
        assert any("config/page.txt" in reason for reason in outcome.app(how)["reasons"])
        assert host.read(f"{how}/config/page.txt") == "new\n"
        served = {"signal": "new\nreads: 2", "none": "old\nreads: 1"}.get(how, "new\nreads: 1")
        assert host.get(port=PORT + step) == served
        assert host.container(how, "beside").identity == beside_before[how]
    assert after["recreate"].id != before["recreate"].id
    assert after["restart"].id == before["restart"].id
    assert after["restart"].started != before["restart"].started
    assert after["signal"].identity == before["signal"].identity
    assert after["none"].identity == before["none"].identity
    assert site.run().ok().changed(host.name) == 0


def test_a_file_that_is_no_longer_declared_goes(host: Host, site: Site) -> None:
    app = host.hup("recreate", "page")
    app["files"] = [*app["files"], {"dest": "config/extra/more.txt", "content": "more\n", "mode": "0640"}]
    site.deploy({"page": app}).ok()
    assert host.run("stat", "-c", "%a", f"{host.root}/page/config/extra/more.txt").strip() == "640"
    host.sh('echo kept > "$1/page/config/data-of-the-app"', host.root)
    site.deploy({"page": host.hup("recreate", "page")}).ok()
    assert not host.has("page/config/extra/more.txt")
    assert host.read("page/config/data-of-the-app") == "kept\n"
    assert host.get() == "page\nreads: 1"


def test_a_changed_image(host: Host, site: Site) -> None:
    site.deploy({"page": host.web(1)}).ok()
    old = host.container("page")
    outcome = site.deploy({"page": host.web(2)}).ok()
    assert host.get() == "web 2"
    images = outcome.app("page")["images"]["page"]
    assert images["image"] == registry("web:2")
    assert images["old"] != images["new"]
    assert images["new"] == host.docker("image", "inspect", "--format", "{{.Id}}", registry("web:2")).strip()
    assert host.container("page").id != old.id


def test_an_app_that_somebody_stopped_or_removed_runs_again(host: Host, site: Site) -> None:
    commands = {"stopped": ["stop"], "removed": ["rm", "--force"], "paused": ["pause"]}
    site.deploy({name: host.web(port=PORT + step) for step, name in enumerate([*commands, "same"])}).ok()
    for name, command in commands.items():
        host.docker(*command, f"{name}-{name}-1")
    assert site.run().ok().results() == {**dict.fromkeys(commands, "deployed"), "same": "unchanged"}
    assert [host.get(port=PORT + step) for step in range(4)] == ["web 1"] * 4
    assert site.run().ok().changed(host.name) == 0


def test_a_file_that_somebody_changed_is_put_right(host: Host, site: Site) -> None:
    site.deploy({"page": host.hup("restart", "page")}).ok()
    host.sh('echo by hand > "$1/page/config/page.txt"; chmod 644 "$1/page/compose.yaml"', host.root)
    checked = site.run("--check").ok()
    assert set(checked.app("page")["tampered"]) == {"compose.yaml", "config/page.txt"}
    outcome = site.run().ok()
    assert any("config/page.txt" in reason for reason in outcome.app("page")["reasons"])
    assert host.get() == "page\nreads: 1"
    assert host.run("stat", "-c", "%a", f"{host.root}/page/compose.yaml").strip() == "600"
    assert site.run().ok().changed(host.name) == 0


def test_an_init_container_runs_once(host: Host, site: Site) -> None:
    """Compose's own --wait fails on a container that has done its work."""
    init = {"image": registry("oneshot:1"), "volumes": ["data:/data"]}
    web = host.web(volumes=["data:/data"], depends_on={"init": {"condition": "service_completed_successfully"}})
    wait = web.pop("wait")
    app = {"compose": {"services": {"init": init, "page": web}, "volumes": {"data": None}}, "wait": wait}
    site.deploy({"page": app}).ok()
    assert host.get("/data/prepared") == "prepared"
    before = host.identities()
    assert len(before) == 2
    assert site.run().ok().changed(host.name) == 0
    assert host.identities() == before


def test_an_app_of_many_services_with_its_own_network(host: Host, site: Site) -> None:
    front, back = host.healthy(networks=["default", "inside"]), {"image": registry("web:2"), "networks": ["inside"]}
    front["depends_on"] = ["back"]
    wait = front.pop("wait")
    compose = {"services": {"front": front, "back": back}, "networks": {"inside": {"internal": True}}}
    site.deploy({"many": {"compose": compose, "wait": {**wait, "stable_for": 1}}}).ok()
    assert host.get() == "healthy 1"
    assert host.get("/cgi-bin/fetch?http://back:8080/") == "web 2"
    networks = set(host.docker("network", "ls", "--format", "{{.Name}}").split())
    assert {"many_inside", "many_default"} <= networks
    assert site.run().ok().changed(host.name) == 0


def test_a_shared_network_is_made_once(host: Host, site: Site) -> None:
    settings = {"shared": {"internal": False, "subnet": "172.30.7.0/24"}} if host.name != "local" else SHARED
    site.deploy(proxied(host), networks=settings).ok()
    shown = "{{.Id}} {{range .IPAM.Config}}{{.Subnet}}{{end}}"
    before = host.docker("network", "inspect", "--format", shown, "shared")
    assert host.get() == "web 1"
    apps = proxied(host)
    apps["page"]["environment"] = {"A": "b"}
    site.deploy({**apps, "proxy": {"state": "absent"}}, networks=settings).ok()
    assert host.docker("network", "inspect", "--format", shown, "shared") == before
    if host.name != "local":
        assert "172.30.7.0/24" in before


def test_stopped_and_present_again(host: Host, site: Site) -> None:
    site.deploy({"page": host.web()}).ok()
    outcome = site.deploy({"page": host.web(state="stopped")}).ok()
    assert outcome.results() == {"page": "stopped"}
    assert not host.serves()
    assert host.container("page").state == "exited"
    again = site.run().ok()
    assert again.changed(host.name) == 0
    assert again.results() == {"page": "unchanged"}
    site.deploy({"page": host.web()}).ok()
    assert host.get() == "web 1"


def test_first_deployed_as_stopped(host: Host, site: Site) -> None:
    site.deploy({"page": host.web(state="stopped")}).ok()
    assert not host.serves()
    assert host.has("page/compose.yaml")
    assert site.run().ok().changed(host.name) == 0


def test_absent_goes_in_reverse_order_and_keeps_data(host: Host, site: Site) -> None:
    apps = {
        "first": host.web(order=10, volumes=["data:/data", "./kept:/kept"], compose={"volumes": {"data": None}}),
        "last": host.web(port=PORT + 1, order=20),
    }
    site.deploy(apps).ok()
    host.docker("exec", "first-first-1", "sh", "-c", "echo precious > /data/file; echo precious > /kept/file")
    since = host.run("date", "+%s.%N").strip()
    outcome = site.deploy({name: {"state": "absent", "order": app["order"]} for name, app in apps.items()}).ok()
    assert outcome.results() == {"first": "removed", "last": "removed"}
    assert host.containers() == []
    until = host.run("date", "+%s.%N").strip()
    events = host.docker(
        "events", "--since", since, "--until", until, "--filter", "event=die",
        "--format", '{{index .Actor.Attributes "com.docker.compose.project"}}',
    )  # fmt: skip
    assert events.split() == ["last", "first"]
    assert host.read("first/kept/file") == "precious\n"
    assert host.docker("volume", "ls", "--quiet").split() == ["first_data"]
    networks = host.docker("network", "ls", "--format", "{{.Name}}").split()
    assert not [name for name in networks if name.startswith(("first", "last"))]
    again = site.run().ok()
    assert again.changed(host.name) == 0
    assert again.results() == {"first": "unchanged", "last": "unchanged"}
    # And back, with its data.
    site.deploy({"first": apps["first"]}).ok()
    assert host.get("/data/file") == "precious"


def test_purge_removes_data_of_an_app_that_is_absent(host: Host, site: Site) -> None:
    apps = {
        "page": host.web(volumes=["data:/data"], compose={"volumes": {"data": None}}),
        "other": host.web(port=PORT + 1),
    }
    site.deploy(apps).ok()
    other = host.container("other").identity
    refused = site.run(deploy_purge="page").failed()
    assert "page" in refused.said
    assert host.get() == "web 1"
    outcome = site.deploy({"other": apps["other"]}, deploy_purge="page").ok()
    assert outcome.app("page")["result"] == "purged"
    assert not host.has("page")
    assert host.docker("volume", "ls", "--quiet") == ""
    assert [each.name for each in host.containers()] == ["other-other-1"]
    assert host.container("other").identity == other


def test_a_list_of_apps(host: Host, site: Site) -> None:
    apps = [{"name": "one", **host.web()}, {"name": "two", **host.healthy(port=PORT + 1)}]
    outcome = site.deploy(apps).ok()
    assert outcome.results() == {"one": "deployed", "two": "deployed"}
    assert outcome.app("one")["declared"] == digest(host.web())
    assert host.get(port=PORT + 1) == "healthy 1"
    assert site.deploy({"one": host.web(), "two": host.healthy(port=PORT + 1)}).ok().changed(host.name) == 0


def test_order(host: Host, site: Site) -> None:
    """What comes later starts when what comes before is healthy."""
    site.deploy({"a": host.web(order=20), "b": host.healthy(port=PORT + 1, order=10)}).ok()
    # The engine's events, and not the log of the health check: that keeps the last five results only.
    [healthy] = happened(host, host.container("b"), "health_status", "health_status: healthy")
    [started] = happened(host, host.container("a"), "start", "start")
    assert healthy < started


def happened(host: Host, container: Container, event: str, status: str) -> list[int]:
    """When the engine told this of a container, in nanoseconds."""
    chosen = ("--filter", f"container={container.id}", "--filter", f"event={event}")
    told = host.docker("events", "--since", "10m", "--until", "0s", *chosen, "--format", "{{.TimeNano}} {{.Status}}")
    return [int(line.split()[0]) for line in told.splitlines() if line.split(maxsplit=1)[1] == status]
