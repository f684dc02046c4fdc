"""The inventory source of the homelab's seed: the update as AWX's runner does it, and what AWX's importer makes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from awx_import import NAME_LIMIT, Inventory, Refused, Source
from awx_runner import Awx, Done
from harness import SNAPSHOT
from seeding import variables

SOURCE = "inventory/nautobot"


def credential(url: str) -> dict[str, str]:
    """Tell what the credential `Nautobot` injects, by the injectors of its type in the seed."""
    [kind] = [kind for kind in variables()["controller_credential_types"] if kind["name"] == "Nautobot"]
    # AWX makes text of everything.
    values = {"url": url, "token": "a-token", "verify": "True"}
    texts = kind["injectors"]["env"].items()
    return {name: values[text.strip("{} ")] for name, text in texts}


def declared() -> dict[str, Any]:
    """Read the source as the seed declares it."""
    [source] = variables()["controller_inventory_sources"]
    return source


def update(awx: Awx, url: str = f"file:{SNAPSHOT}", **settings: Any) -> Done:
    """Update the source, with its own variables and more."""
    return awx.inventory_update(SOURCE, variables()["homelab_inventory_settings"] | settings, credential(url))


def output(done: Done) -> str:
    """Read what AWX reads."""
    return (done.artifacts / "output.json").read_text()


def source() -> Source:
    """The source's fields that the importer looks at."""
    fields = ("overwrite", "overwrite_vars", "enabled_var", "enabled_value")
    return Source(**{name: declared()[name] for name in fields})


@pytest.fixture(scope="module")
def first(awx: Awx) -> Done:
    """An update that went well."""
    return update(awx).ok()


def test_the_homelab_is_imported(first: Done) -> None:
    assert declared()["source_path"] == SOURCE
    inventory, imported = Inventory(), source()
    writes = inventory.update(imported, first.status, output(first))
    assert {write.split()[0] for write in writes} <= {"create", "add", "disable", "change"}

    listed = json.loads(output(first))
    assert set(inventory.hosts) == set(listed["_meta"]["hostvars"])
    assert len(inventory.hosts) == 28
    off = {name for name, host in inventory.hosts.items() if not host.enabled}
    assert off == {"fw2", "immich", "nas-offsite", "ocp-sno", "pve-old", "template-debian13"}
    assert "traefik" in inventory.groups["role_docker_host"].hosts
    parents = {name for name, group in inventory.groups.items() if group.children}
    assert parents, "groups have groups below them"
    assert all(inventory.groups[child] for name in parents for child in inventory.groups[name].children)
    assert json.loads(inventory.hosts["homepage"].variables)["app_list"].keys() >= {"homepage"}


def test_text_stays_text(first: Done) -> None:
    """What the runner's ansible-core marks as untrusted would come to the database as a mapping."""
    inventory = Inventory()
    inventory.update(source(), first.status, output(first))
    marked = []

    def look(value: Any, path: str) -> None:
        if isinstance(value, dict):
            if "__ansible_unsafe" in value:
                marked.append((path, value["__ansible_unsafe"]))
            for key, inner in value.items():
                look(inner, f"{path}.{key}")
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                look(inner, f"{path}[{index}]")

    for name, host in inventory.hosts.items():
        look(json.loads(host.variables), name)
    assert all("{{" in text or "{%" in text or "{#" in text for _, text in marked), marked
    assert json.loads(inventory.hosts["traefik"].variables)["nautobot"]["name"] == "traefik"


def test_a_second_update_changes_nothing(awx: Awx, first: Done) -> None:
    second = update(awx).ok()
    assert output(first) == output(second)
    inventory, imported = Inventory(), source()
    assert inventory.update(imported, first.status, output(first))
    assert inventory.update(imported, second.status, output(second)) == []


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"NAUTOBRIDGE_MIN_HOSTS": 29}, "min_hosts"),
        ({"NAUTOBRIDGE_MIN_HOST": 1}, "NAUTOBRIDGE_MIN_HOST"),
        ({"NAUTOBRIDGE_FILTERS_NAME": "nothing-has-this-name"}, "it has 0 hosts"),
    ],
    ids=["too few hosts", "a misspelt setting", "an empty result"],
)
def test_a_failed_update_imports_nothing(awx: Awx, first: Done, settings: dict[str, Any], says: str) -> None:
    inventory, imported = Inventory(), source()
    inventory.update(imported, first.status, output(first))
    hosts = dict(inventory.hosts)

    done = update(awx, **settings).failed()
    assert says in done.said
    assert not (done.artifacts / "output.json").exists()
    assert inventory.update(imported, done.status, "") == []
    assert inventory.hosts == hosts


def test_without_nautobot_nothing_is_imported(awx: Awx) -> None:
    done = update(awx, "http://127.0.0.1:9", NAUTOBRIDGE_RETRIES=0).failed()
    assert "127.0.0.1:9" in done.said
    assert "a-token" not in done.stdout
    assert Inventory().update(source(), done.status, "") == []


def test_what_left_nautobot_is_deleted_and_nothing_else(awx: Awx, first: Done) -> None:
    less = update(awx, NAUTOBRIDGE_FILTERS_STATUS=["Active"]).ok()
    inventory, imported = Inventory(), source()
    inventory.update(imported, first.status, output(first))
    inventory.hosts["by-hand"] = type(inventory.hosts["traefik"])()
    writes = inventory.update(imported, less.status, output(less))
    gone = {write.removeprefix("delete host ") for write in writes if write.startswith("delete host ")}
    assert gone
    assert gone.isdisjoint(inventory.hosts)
    assert {"by-hand", "traefik"} <= set(inventory.hosts)


def test_settings_are_text_of_python(awx: Awx) -> None:
    """AWX gives lists and switches as Python prints them."""
    done = update(awx, NAUTOBRIDGE_GROUPS_BY=["role"], NAUTOBRIDGE_TLS_VERIFY=False).ok()
    listed = json.loads(output(done))
    groups = set(listed) - {"_meta", "all", "ungrouped"}
    assert groups
    assert all(group.startswith("role") for group in groups)


def test_names_that_awx_would_refuse_are_not_in_the_homelab(first: Done) -> None:
    listed = json.loads(output(first))
    assert all(len(name) <= NAME_LIMIT and ":" not in name for name in listed["_meta"]["hostvars"])


def test_the_model_knows_the_importers_rules() -> None:
    """The rules that the homelab does not touch."""

    def take(data: dict[str, Any], inventory: Inventory | None = None, **fields: Any) -> tuple[Inventory, list[str]]:
        inventory = inventory or Inventory()
        return inventory, inventory.update(Source(**fields), "successful", json.dumps(data))

    inventory, _ = take({"_meta": {"hostvars": {"b": {"x": 1}}}, "all": {"hosts": ["a"]}, "empty": {}})
    assert (set(inventory.hosts), set(inventory.groups)) == ({"a"}, {"empty"})
    inventory, _ = take({"all": {"hosts": ["a:22", "[fe80::1]:23", "fe80::2"]}})
    assert {name: json.loads(host.variables) for name, host in inventory.hosts.items()} == {
        "a": {"ansible_port": 22},
        "fe80::1": {"ansible_port": 23},
        "fe80::2": {},
    }
    for value, enabled in [(True, True), ("true", True), ("yes", False), (None, False)]:
        meta = {"hostvars": {"a": {"on": value}}}
        inventory, _ = take({"_meta": meta, "all": {"hosts": ["a"]}}, enabled_var="on", enabled_value="True")
        assert inventory.hosts["a"].enabled is enabled, value
    for name in ("x" * (NAME_LIMIT + 1), "{{ a }}"):
        inventory = Inventory()
        with pytest.raises(Refused):
            take({"all": {"hosts": ["a", name]}}, inventory)
        assert inventory.hosts == {}, "all of it is rolled back"
    # An empty result that is a success takes everything away.
    inventory, imported = Inventory(), Source(overwrite=True)
    inventory.update(imported, "successful", '{"all": {"hosts": ["a"]}, "g": {"hosts": ["a"]}}')
    assert inventory.update(imported, "successful", "{}") == ["delete host a", "delete group g"]
