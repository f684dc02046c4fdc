"""demo/load.py against a real Nautobot, empty or not: NAUTOBOT_URL and NAUTOBOT_TOKEN say which."""

from __future__ import annotations

import os
import re
import secrets
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pynautobot
import pytest
from harness import PROJECT, Result, run

LOADER = PROJECT / "demo" / "load.py"
sys.path.insert(0, str(LOADER.parent))

from loader import HOMELAB  # noqa: E402
from loader.kinds import KINDS  # noqa: E402
from loader.layout import read  # noqa: E402

# The kinds of objects that the homelab is promised to show, and how many of each at least.
PROMISED = {
    "device": 12,
    "virtual machine": 10,
    "location": 6,
    "rack": 1,
    "role": 10,
    "platform": 8,
    "tenant": 3,
    "tenant group": 2,
    "tag": 5,
    "status": 1,
    "custom field": 10,
    "computed field": 2,
    "relationship": 1,
    "relationship association": 5,
    "service": 30,
    "interface": 30,
    "VM interface": 10,
    "IP address": 30,
    "VLAN": 5,
    "prefix": 5,
    "cable": 15,
    "config context schema": 1,
    "config context": 15,
    "dynamic group": 3,
    "software version": 3,
    "device redundancy group": 1,
    "cluster": 1,
}

Load = Callable[..., Result]


def env(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        pytest.exit(f'{name} is not set: eval "$(tests/nautobot/server env)", or run `make test`', returncode=1)
    return value


@pytest.fixture(scope="session")
def api() -> pynautobot.api:
    return pynautobot.api(env("NAUTOBOT_URL"), token=env("NAUTOBOT_TOKEN"))


@pytest.fixture(scope="session")
def load() -> Load:
    """Runs the loader as a user would."""

    def load(*arguments: str | Path, **variables: str) -> Result:
        own = {name: env(name) for name in ("NAUTOBOT_URL", "NAUTOBOT_TOKEN")}
        return run([sys.executable, LOADER, *arguments], own | variables)

    return load


@pytest.fixture(scope="session")
def homelab(load: Load) -> Result:
    """The homelab is in Nautobot after this."""
    return load().ok()


@pytest.fixture
def graphql(homelab: Result, api: pynautobot.api) -> Callable[[str], dict[str, Any]]:
    def query(text: str) -> dict[str, Any]:
        answer = api.graphql.query(text).json
        assert "errors" not in answer, answer
        return answer["data"]

    return query


@pytest.fixture
def name(api: pynautobot.api) -> Iterator[str]:
    """A name for the objects of one test; whatever bears it is deleted afterwards."""
    name = f"loader-test-{secrets.token_hex(4)}"
    yield name
    for endpoint in (api.ipam.vlans, api.ipam.vlan_groups, api.tenancy.tenants, api.extras.tags):
        for found in endpoint.filter(name=[name]):
            found.delete()


def counts(result: Result) -> tuple[int, int, int]:
    """Created, changed, unchanged: the last line."""
    found = re.search(r"created (\d+), (?:would be )?changed (\d+), unchanged (\d+)$", result.stdout.strip())
    assert found, result.stdout
    return int(found[1]), int(found[2]), int(found[3])


def changes(api: pynautobot.api) -> int:
    """How many changes Nautobot's own log knows of."""
    return api.extras.object_changes.count()


def write(path: Path, text: str) -> Path:
    file = path / "lab.yml"
    file.write_text(text, encoding="utf-8")
    return file


# The homelab


def test_everything_is_loaded(homelab: Result) -> None:
    created, changed, unchanged = counts(homelab)
    assert created + changed + unchanged == len(read(HOMELAB))


def test_a_second_run_changes_nothing(homelab: Result, load: Load, api: pynautobot.api) -> None:
    before = changes(api)
    assert counts(load().ok()) == (0, 0, len(read(HOMELAB)))
    assert changes(api) == before


@pytest.mark.parametrize("kind", PROMISED)
def test_the_homelab_shows_each_kind(kind: str, homelab: Result, api: pynautobot.api) -> None:
    described = [record for record in read(HOMELAB) if record.kind.name == kind]
    app, endpoint = KINDS[kind].endpoint.split("/")
    assert len(described) >= PROMISED[kind]
    assert getattr(getattr(api, app), endpoint.replace("-", "_")).count() >= len(described)


def test_each_scope_of_a_context_is_used() -> None:
    contexts = [record.fields for record in read(HOMELAB) if record.kind.name == "config context"]
    scopes = {scope for context in contexts for scope in KINDS["config context"].many if context.get(scope)}
    assert scopes == set(KINDS["config context"].many)


def test_hosts_of_all_sorts(graphql: Callable[[str], dict[str, Any]]) -> None:
    host = "name status { name } primary_ip4 { address } primary_ip6 { address } local_config_context_data"
    data = graphql(f"{{ devices {{ {host} }} virtual_machines {{ {host} }} }}")
    hosts = data["devices"] + data["virtual_machines"]
    assert len(hosts) >= 18
    assert {"Active", "Planned", "Offline"} <= {host["status"]["name"] for host in hosts}
    addresses = {(host["primary_ip4"] is not None, host["primary_ip6"] is not None) for host in hosts}
    assert addresses == {(True, True), (True, False), (False, True), (False, False)}
    assert sum(host["local_config_context_data"] is not None for host in hosts) >= 4


def test_the_contexts_of_a_host_merge(graphql: Callable[[str], dict[str, Any]]) -> None:
    data = graphql('{ virtual_machines(name: ["docker-media", "dns1"]) { name config_context } }')
    contexts = {host["name"]: host["config_context"] for host in data["virtual_machines"]}
    media = contexts["docker-media"]
    # The role's and the tags'; the inactive context adds nothing.
    assert set(media["app_list"]) == {"node-exporter", "traefik", "jellyfin"}
    jellyfin = media["app_list"]["jellyfin"]
    assert jellyfin["image"].startswith("docker.io/jellyfin/jellyfin:")  # tag
    assert jellyfin["deploy"] == {"resources": {"limits": {"memory": "6g"}}}  # several scopes at once
    assert jellyfin["devices"] == ["/dev/dri/renderD128"]  # local
    assert media["packages"] == ["curl", "vim", "docker.io"]  # a list replaces
    assert media["domain"] == "lab.example"
    assert contexts["dns1"]["dns"] == {"upstream": "https://two.example/dns-query", "cache_size": 4096}  # a tie


def test_cables_lead_somewhere(graphql: Callable[[str], dict[str, Any]]) -> None:
    data = graphql("{ interfaces { name device { name } connected_interface { name device { name } } } }")
    links = {
        (port["device"]["name"], port["name"]): (far["device"]["name"], far["name"])
        for port in data["interfaces"]
        if (far := port["connected_interface"])
    }
    assert links["fw1", "igc1"] == ("sw-core", "sfp-sfpplus1")
    assert links["ap-hallway", "eth0"] == ("sw-access", "Port 1")  # through the patch panel
    assert {links[node, "sfp0"] for node in ("pve1", "pve2", "pve3")} == {("sw-core", "qsfpplus1")}  # breakout


def test_groups_have_members(graphql: Callable[[str], dict[str, Any]]) -> None:
    data = graphql("{ devices { dynamic_groups { name } } virtual_machines { dynamic_groups { name } } }")
    hosts = data["devices"] + data["virtual_machines"]
    members = Counter(group["name"] for host in hosts for group in host["dynamic_groups"])
    described = {record.fields["name"] for record in read(HOMELAB) if record.kind.name == "dynamic group"}
    assert {name for name, count in members.items() if count > 1} >= described, members


# The loader


def test_it_updates_what_the_file_names_and_nothing_else(
    name: str, load: Load, api: pynautobot.api, tmp_path: Path
) -> None:
    file = write(tmp_path, f"tenants:\n  - {{name: {name}, description: first}}\n")
    assert counts(load(file).ok()) == (1, 0, 0)
    api.tenancy.tenants.get(name=name).update({"comments": "by hand"})
    assert counts(load(file).ok()) == (0, 0, 1)
    write(tmp_path, f"tenants:\n  - {{name: {name}, description: second}}\n")
    result = load(file).ok()
    assert counts(result) == (0, 1, 0)
    assert f"~ tenant '{name}': description: first -> second" in result.stdout
    tenant = api.tenancy.tenants.get(name=name)
    assert (tenant.description, tenant.comments) == ("second", "by hand")


def test_check_changes_nothing(name: str, load: Load, api: pynautobot.api, tmp_path: Path) -> None:
    file = write(
        tmp_path,
        f"""
tenants:
  - {{name: {name}, tags: [{name}]}}
tags:
  - {{name: {name}, content_types: [tenancy.tenant]}}
""",
    )
    before = changes(api)
    result = load("--check", file).ok()
    assert counts(result) == (2, 0, 0)
    assert f"+ tenant '{name}'" in result.stdout
    assert api.tenancy.tenants.get(name=name) is None

    assert counts(load(file).ok()) == (2, 0, 0)
    write(tmp_path, f"tenants:\n  - {{name: {name}, description: other}}\n")
    between = changes(api)
    assert between > before
    assert counts(load("--check", file).ok()) == (0, 1, 0)
    assert changes(api) == between
    assert api.tenancy.tenants.get(name=name).description == ""


def test_what_the_server_refuses_is_said_with_file_object_and_field(name: str, load: Load, tmp_path: Path) -> None:
    file = write(
        tmp_path,
        f"""
vlan_groups:
  - {{name: {name}}}
vlans:
  - {{vlan_group: {name}, name: {name}, vid: 5000}}
""",
    )
    result = load(file).failed()
    assert result.code == 1
    assert re.search(rf"^error: \S*lab\.yml:5: VLAN '{name}': vid: .*4094", result.stderr), result.stderr
    # Nothing has to be cleaned up: mend the file, run it again.
    write(tmp_path, file.read_text(encoding="utf-8").replace("5000", "500"))
    assert counts(load(file).ok()) == (1, 0, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("devcies: []", r"lab\.yml:1: unknown section 'devcies' \(did you mean 'devices'\?\)"),
        ("tenants:\n- {name: a, descripton: b}", r"lab\.yml:2: a tenant has no field 'descripton' \(did you mean 'de"),
        ("tenants:\n- {description: b}", r"lab\.yml:2: a tenant needs 'name'"),
        ("tenants:\n- name: a\n  name: b", r"lab\.yml:3: the key 'name' stands twice"),
        ("tenants: [", r"lab\.yml:1: this is no YAML"),
        ("- a", r"lab\.yml: the file must be a mapping"),
        ("tenants: a", r"lab\.yml: 'tenants' must be a list"),
        (
            "roles:\n- {name: Hypervisor}\ndevices:\n- {name: x, location: Home, role: Hypervisr}",
            r"lab\.yml:4: device 'x': role: there is no role 'Hypervisr'.*\(did you mean 'Hypervisor'\?\)",
        ),
        (
            "devices:\n- name: x\n  location: Home\n  interfaces:\n  - {name: e0, addresses: [10.0.0.1]}",
            r"lab\.yml:5: interface 'e0' of device 'x': an address needs its mask length",
        ),
        (
            "cables:\n- {a: {device: pve1, interface: sfp0}, b: {device: pve1, interface: sfp9}}",
            r"lab\.yml:2: cable '.*': there is no interface .*sfp9",
        ),
    ],
)
def test_mistakes_in_a_file(
    text: str, message: str, homelab: Result, load: Load, api: pynautobot.api, tmp_path: Path
) -> None:
    before = changes(api)
    result = load(write(tmp_path, text)).failed()
    assert result.code == 1
    assert re.search(message, result.stderr), result.stderr
    assert changes(api) == before


VM = "virtual_machines: [{name: x, cluster: home, local_config_context_data: {}}]"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"config_contexts/README.md": ""}, r"README\.md: only YAML and JSON files"),
        ({"config_contexts/tags/.gitkeep": ""}, r"\.gitkeep: only YAML and JSON files"),
        ({"config_contexts/rolse/x.yml": ""}, r"rolse: Nautobot takes nothing .*\(did you mean 'roles'\?\)"),
        ({"config_contexts/tags/media.yml": "app_list: {}"}, r"media\.yml: this must be .* '_metadata'"),
        (
            {"config_contexts/a.yml": "\n_metadata: {name: a, wieght: 1}"},
            r"a\.yml:2: .* no field 'wieght' \(did you mean 'weight'",
        ),
        ({"config_contexts/a.yml": "_metadata: {weight: 1}"}, r"a\.yml:1: a config context needs 'name'"),
        ({"config_contexts/roles/Nobody.yml": "_metadata: {name: a}"}, r"Nobody\.yml:1: .* there is no role 'Nobody'"),
        (
            {"config_contexts/virtual_machines/nobody.yml": "a: 1"},
            r"nobody\.yml: the files describe 0 objects of this name",
        ),
        (
            {"config_contexts/virtual_machines/x.yml": "a: 1", "lab.yml": VM},
            r"x\.yml: \S*lab\.yml:1 has a local context, too",
        ),
        ({"config_context_schemas/a.yml": "data_schema: {}"}, r"a\.yml: this must be .* '_metadata'"),
    ],
)
def test_mistakes_in_nautobots_layout(
    files: dict[str, str], message: str, homelab: Result, load: Load, api: pynautobot.api, tmp_path: Path
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    before = changes(api)
    result = load(*sorted({tmp_path / Path(name).parts[0] for name in files})).failed()
    assert result.code == 1
    assert re.search(message, result.stderr), result.stderr
    assert changes(api) == before


def test_a_wrong_token(load: Load) -> None:
    result = load(NAUTOBOT_TOKEN="0" * 40).failed()
    assert result.code == 1
    assert "token" in result.stderr
    assert "0" * 40 not in result.stderr


def test_a_server_that_is_not_there(load: Load) -> None:
    result = load(NAUTOBOT_URL="http://127.0.0.1:9").failed()
    assert result.code == 1
    assert "can't reach http://127.0.0.1:9" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        ([], {"NAUTOBOT_TOKEN": ""}),
        ([], {"NAUTOBOT_URL": ""}),
        (["no-such-file.yml"], {}),
        (["--no-such-option"], {}),
    ],
)
def test_wrong_usage(arguments: list[str], variables: dict[str, str], load: Load) -> None:
    result = load(*arguments, **variables).failed()
    assert result.code == 2
    assert "usage:" in result.stderr


def test_help_shows_examples(load: Load) -> None:
    assert "demo/load.py --check" in load("--help").ok().stdout
