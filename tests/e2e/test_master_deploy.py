"""The whole chain: a push, Nautobot's sync, its inventory, Master Deploy, and what real hosts serve then."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from git_sync import Api, Sync, in_nautobot, without_apps
from harness import SCRIPT, Core, Result, run
from lab import Nautobot
from repository import Repository, served
from stage import NAMES, PLAYBOOK, PORT, Host, Outcome, alone, registry, the_lab

# By their names in Nautobot, in Ansible's order.
HOSTS = {"local-lab": "local", "web1": "web1", "web2": "web2"}
FRONT, NOTE = PORT + 1, PORT + 2

ROLE = "config_contexts/roles/Docker Host.yml"
SCOPES = "config_contexts/chain.yml"
TAG = "config_contexts/tags/chain front.yml"
LOCAL = "config_contexts/virtual_machines/local-lab.yml"

# Text that somebody may want to have run; it is only text.
CANARY = "{{ lookup('ansible.builtin.pipe', 'touch CANARY') }} {{ 1 + 1 }} {% raw %} ${HOME}"


def context(name: str, weight: int, metadata: dict[str, Any] | None = None, **data: Any) -> dict[str, Any]:
    """A file of the repository."""
    said = {"name": name, "weight": weight, "config_context_schema": "app_list", **(metadata or {})}
    return {"_metadata": said, **data}


def good(lab: dict[str, Host], canary: Path) -> dict[str, Any]:
    """What the hosts are to run: path to content."""
    wait = {"stable_for": 1, "timeout": 20}
    page = {"image": registry("web:1"), "ports": [f"{PORT}:8080"], "networks": ["shared"], "wait": wait}
    note = {
        "image": registry("hup:1"),
        "ports": [f"{NOTE}:8080"],
        "volumes": ["./config:/config"],
        "files": [{"dest": "config/page.txt", "content": CANARY.replace("CANARY", str(canary)) + "\n"}],
        "wait": wait,
    }
    front = {
        "order": 200,
        "image": registry("proxy:1"),
        "ports": [f"{FRONT}:8080"],
        "networks": ["shared"],
        "volumes": ["./caddy:/etc/caddy"],
        "files": [{"dest": "caddy/Caddyfile", "content": ":8080 {\n\treverse_proxy page:8080\n}\n"}],
        "wait": wait | {"url": f"http://127.0.0.1:{FRONT}/"},
    }
    here = lab["local"]
    return {
        ROLE: context("chain-role", 2000, app_networks={"shared": None}),
        # Not the homelab's own Docker hosts.
        SCOPES: context(
            "chain",
            2100,
            {"roles": [{"name": "Docker Host"}], "tags": [{"name": "chain"}]},
            app_list={"page": page, "note": note},
        ),
        TAG: context("chain-front", 3000, app_list={"front": front}),
        # This machine's other addresses are none of the tests' business, and its apps have a place of their own.
        LOCAL: {
            "docker": {"projects": here.root},
            "app_list": {
                "page": {"ports": [here.port()], "environment": {"COLOUR": "blue"}},
                "note": {"ports": [here.port(NOTE)]},
            },
        },
    }


@dataclass
class Chain:
    """The repository, Nautobot and the hosts."""

    folder: Path
    sync: Sync
    lab: dict[str, Host]
    core: Core
    env: dict[str, str]
    nautobridge: Path
    declared: Any = None
    running: Any = None
    runs: list[Path] = field(default_factory=list)

    @property
    def canary(self) -> Path:
        """A file that nobody is to make."""
        return self.folder / "canary"

    @property
    def git(self) -> Repository:
        """Where the data is."""
        return self.sync.git

    def good(self, version: int = 1) -> dict[str, Any]:
        """What is well."""
        contexts = good(self.lab, self.canary)
        contexts[SCOPES]["app_list"]["page"]["image"] = registry(f"web:{version}")
        return contexts

    def hosts(self) -> dict[str, Host]:
        """The hosts by their names in Nautobot."""
        return {name: self.lab[theirs] for name, theirs in HOSTS.items()}

    def write(self, contexts: dict[str, Any]) -> None:
        """Say what the folder config_contexts/ holds; text as it is."""
        for path in (self.git.tree / "config_contexts").rglob("*.*"):
            path.unlink()
        for name, data in contexts.items():
            path = self.git.tree / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(data if isinstance(data, str) else yaml.safe_dump(data, sort_keys=False))

    def check(self, *options: str) -> Result:
        """Run `apps check` on what is to be pushed."""
        return run([self.nautobridge, "apps", "check", self.git.tree, *options], self.env)

    def push(self, contexts: dict[str, Any]) -> str:
        """Push this, and have Nautobot take it; gives the commit."""
        self.declared = None
        self.write(contexts)
        commit = self.git.commit()
        self.sync.ok()
        self.declared = contexts
        return commit

    def run(self, commit: str = "", *options: str, core: Core | None = None, **extra: Any) -> Outcome:
        """Run the playbook on the hosts as Nautobot has them."""
        report = self.folder / f"report-{len(self.runs)}.json"
        self.runs.append(report)
        values = {"deploy_report": str(report), "docker_app_commit": commit, "deploy_serial": len(HOSTS), **extra}
        result = (core or self.core).run(
            "ansible-playbook",
            *("-i", SCRIPT, "-i", self.folder / "access.yml", PLAYBOOK),
            *("--limit", ",".join(HOSTS), "-e", json.dumps(values), *options),
            env=self.env,
        )
        return Outcome(result, json.loads(report.read_text()) if report.exists() else None)

    def deploy(self, contexts: dict[str, Any], **extra: Any) -> tuple[str, Outcome]:
        """Push, sync, deploy; gives the commit, too."""
        commit = self.push(contexts)
        self.running = None
        outcome = self.run(commit, **extra)
        if outcome.result.code == 0:
            self.running = contexts
        return commit, outcome

    def have(self, contexts: dict[str, Any]) -> None:
        """Have the hosts run this: nothing is done where the test before has left them so."""
        if self.running != contexts:
            self.deploy(contexts, deploy_prune="yes")[1].ok()

    def drift(self, *options: str) -> Result:
        """Compare what the last run has seen with what Nautobot declares."""
        return run([self.nautobridge, "apps", "drift", self.runs[-1], "--inventory", *options], self.env)

    def identities(self) -> dict[str, Any]:
        """Which containers there are on the hosts, since when."""
        return {name: host.identities() for name, host in self.hosts().items()}


@contextmanager
def machines(server: Nautobot, lab: dict[str, Host]) -> Iterator[None]:
    """The lab's hosts as virtual machines in Nautobot."""
    api = server.api
    with server.for_now():
        kinds = ["virtualization.virtualmachine"]
        everywhere, front = (
            server.create(api.extras.tags, name=name, content_types=kinds).id for name in ("chain", "chain front")
        )
        status = {"name": "Active"}
        network = lab["local"].address.rsplit(".", 1)[0]
        prefix = server.create(api.ipam.prefixes, prefix=f"{network}.0/24", status=status).id
        for name, theirs in HOSTS.items():
            machine = server.create(
                api.virtualization.virtual_machines,
                name=name,
                status=status,
                role={"name": "Docker Host"},
                cluster={"name": "home"},
                tags=[everywhere, front] if name == "web1" else [everywhere],
            )
            interface = server.create(
                api.virtualization.interfaces, name="eth0", virtual_machine=machine.id, status=status
            )
            address = server.create(
                api.ipam.ip_addresses, address=f"{lab[theirs].address}/24", parent=prefix, status=status
            )
            server.create(api.ipam.ip_address_to_interface, ip_address=address.id, vm_interface=interface.id)
            server.change(machine, primary_ip4=address.id)
        yield


@pytest.fixture(scope="module")
def lab() -> Iterator[dict[str, Host]]:
    """All hosts of the lab, for these tests alone."""
    found = the_lab()
    with alone(found, NAMES, len(NAMES)):
        yield found


@pytest.fixture(scope="module")
def access(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """How to get onto the hosts: what Nautobot does not hold, and AAP has in a credential."""
    folder = tmp_path_factory.mktemp("chain")
    listed = yaml.safe_load(Path(os.environ["NAUTOBRIDGE_TEST_LAB_INVENTORY"]).read_text())["all"]
    hosts = {"local-lab": listed["hosts"]["local"], "web1": None, "web2": None}
    groups = {"by_ssh": {"hosts": {"web1": None, "web2": None}, "vars": listed["children"]["ssh"]["vars"]}}
    (folder / "access.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts, "children": groups}}))
    return folder


@pytest.fixture(scope="module")
def chain(
    lab: dict[str, Host],
    access: Path,
    server: Nautobot,
    worker: None,
    cores: list[Core],
    env: dict[str, str],
    nautobridge: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Chain]:
    """All of it; a folder of contexts without a file is not yet synchronized."""
    api = Api(server)
    with (
        without_apps(api, env, nautobridge),
        machines(server, lab),
        served(tmp_path_factory.mktemp("git"), "config_context_schemas") as git,
        in_nautobot(api, git) as sync,
    ):
        yield Chain(access, sync, lab, cores[0], env, nautobridge)


def test_from_a_push_to_what_is_served(chain: Chain, cores: list[Core]) -> None:
    """The other ansible-core finds nothing to do after the first one."""
    contexts = chain.good()
    chain.write(contexts)
    assert "no problems found" in chain.check().ok().stdout
    assert "no problems found" in chain.check("--inventory", "--strict").ok().stdout
    commit, first = chain.deploy(contexts)
    first.ok()
    assert first.report is not None
    assert first.report["commit"] == commit
    own = {"page": "deployed", "note": "deployed"}
    text = contexts[SCOPES]["app_list"]["note"]["files"][0]["content"]
    for name, host in chain.hosts().items():
        assert first.results(name) == own | ({"front": "deployed"} if name == "web1" else {})
        assert host.get() == "web 1"
        assert host.get(port=NOTE) == f"{text}reads: 1"
        assert {each.labels["nautobridge.commit"] for each in host.containers()} == {commit}
        assert {each.labels["nautobridge.host"] for each in host.containers()} == {name}
    assert not chain.canary.exists()
    assert chain.lab["web1"].get(port=FRONT) == "web 1", "by the proxy"

    # A host's own context is merged: it says where the apps are, and this value reaches the container.
    assert chain.lab["local"].has("page/compose.yaml")
    assert chain.lab["local"].get("/cgi-bin/env?COLOUR") == "blue"
    assert chain.lab["web2"].get("/cgi-bin/env?COLOUR") == ""

    before = chain.identities()
    again = chain.run(commit, core=cores[1]).ok()
    for name in HOSTS:
        assert again.changed(name) == 0
        assert set(again.results(name).values()) == {"unchanged"}
    assert chain.identities() == before


def test_drift(chain: Chain) -> None:
    """There is none until somebody stops a container by hand; a deployment brings it back."""
    chain.have(chain.good())
    web2 = chain.lab["web2"]
    assert chain.drift().code == 0
    web2.docker("stop", web2.container("page").name)
    assert chain.run("", "--tags", "report").ok().app("page", "web2")["result"] == "skipped"
    drifted = chain.drift("--json")
    assert drifted.code == 3
    ((name, found),) = [
        (name, each) for name, host in json.loads(drifted.stdout)["hosts"].items() for each in host["differences"]
    ]
    assert (name, found["app"], found["kind"]) == ("web2", "page", "container-stopped")
    assert not web2.serves()
    assert chain.run().ok().results("web2")["page"] == "deployed"
    assert web2.get() == "web 1"
    assert chain.drift().code == 0


def test_a_bad_push_is_found_before_anything_happens(chain: Chain) -> None:
    """The check says so, and where; Nautobot would take it, and the role refuses it before it touches a host."""
    good = chain.good()
    chain.have(good)
    before = chain.identities()
    contexts = chain.good(2)
    contexts[SCOPES]["app_list"]["note"]["imagee"] = "x:1"
    # Where it meets another context's app, it takes a port twice.
    contexts[TAG]["app_list"]["front"]["ports"] = [f"{PORT}:8080"]
    chain.write(contexts)
    text = (chain.git.tree / SCOPES).read_text()
    line = text[: text.index("imagee")].count("\n") + 1
    alone = chain.check().failed().stdout
    assert f"{SCOPES}:{line}:" in alone
    assert "did you mean `image`" in alone
    assert "port-clash" not in alone
    merged = chain.check("--inventory").failed().stdout
    assert f"{SCOPES}:{line}:" in merged
    assert "port-clash on web1" in merged

    _, refused = chain.deploy(contexts)
    refused.failed()
    assert "app_list.note.imagee" in refused.said
    assert "app_list.front.ports[0]" in refused.said
    assert chain.identities() == before
    chain.running = good


def test_a_push_that_a_sync_refuses_is_found_before(chain: Chain, call: Callable[..., Any]) -> None:
    chain.have(chain.good())
    held, listed = chain.sync.head(), call("--list").ok().stdout
    bad = {
        "config_contexts/broken.yml": "_metadata: {name: broken}\napp_list: {\n",
        "config_contexts/tags/chain.yml": "app_list: {page: {image: 'a:1'}}\n",
        "config_contexts/tags/no such tag.yml": "_metadata: {name: new, config_context_schema: app_list}\n",
    }
    chain.write(chain.good(2) | bad)
    found = chain.check("--inventory").failed().stdout
    assert [path for path in bad if path not in found] == []
    chain.git.commit()
    result = chain.sync.run()
    assert result["status"]["value"] == "FAILURE"
    assert "broken.yml" in " ".join(chain.sync.log(result, "error"))
    assert chain.sync.head() == held
    assert call("--list").ok().stdout == listed


def test_a_new_version_of_an_image(chain: Chain) -> None:
    chain.have(chain.good())
    before = {name: host.container("note") for name, host in chain.hosts().items()}
    commit, outcome = chain.deploy(chain.good(2))
    outcome.ok()
    for name, host in chain.hosts().items():
        assert outcome.results(name)["page"] == "deployed"
        assert outcome.results(name)["note"] == "unchanged"
        assert host.get() == "web 2"
        # Each container says since which commit it is as it is.
        assert host.container("page").labels["nautobridge.commit"] == commit
        assert host.container("note") == before[name]
    assert chain.lab["web1"].get(port=FRONT) == "web 2"


def test_a_broken_image_is_rolled_back(chain: Chain) -> None:
    """On the first host; the others are not tried."""
    good = chain.good(2)
    chain.have(good)
    commit = chain.lab["local"].container("page").labels["nautobridge.commit"]
    before = chain.identities()
    contexts = chain.good()
    contexts[SCOPES]["app_list"]["page"]["image"] = registry("exit1:1")
    _, outcome = chain.deploy(contexts, deploy_serial="")
    outcome.failed()
    assert outcome.results("local-lab") == {"page": "rolled_back", "note": "unchanged"}
    assert "exit1: no configuration" in outcome.app("page", "local-lab")["error"]
    for host in chain.hosts().values():
        assert host.get() == "web 2"
    assert chain.lab["local"].container("page").labels["nautobridge.commit"] == commit
    after = chain.identities()
    assert {**after, "local-lab": None} == {**before, "local-lab": None}
    drifted = chain.drift()
    assert drifted.code == 3
    assert "it was rolled back" in drifted.stdout
    chain.running = good


def test_an_app_that_is_no_longer_declared(chain: Chain) -> None:
    chain.have(chain.good(2))
    contexts = chain.good(2)
    for path in (SCOPES, LOCAL):
        del contexts[path]["app_list"]["note"]
    commit, outcome = chain.deploy(contexts)
    outcome.ok()
    for name, host in chain.hosts().items():
        assert outcome.host(name)["orphans"] == ["note"]
        assert host.serves(NOTE)
    drifted = chain.drift()
    assert drifted.code == 3
    assert "nobody declares it" in drifted.stdout
    pruned = chain.run(commit, deploy_prune="yes").ok()
    for name, host in chain.hosts().items():
        assert pruned.host(name)["pruned"] == ["note"]
        assert host.containers("note") == []
        assert not host.serves(NOTE)
        assert host.get() == "web 2"
        assert host.has("note/config/page.txt"), "its data stays"
