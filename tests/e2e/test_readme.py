"""README.md with a real Nautobot and a real Docker host: inventory, preview and apply of its example app, as written."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from git_sync import Api, without_apps
from harness import Core
from lab import Nautobot
from readme import DEPLOY, E2E, Reader, blocks, commands, reader
from repository import served
from stage import Host, alone, registry, the_lab

HOST = "docker-apps"
# The port of the example.
PORT = 8080


@pytest.fixture(scope="module")
def machine() -> Iterator[Host]:
    """Borrow a Docker host that has its own ports and is reached by SSH."""
    with alone(the_lab(), ["web1", "web2"]) as [host]:
        yield host


# What only the operator may set: files and options of ssh, with the variables of the environment for them.
OPERATORS = {
    "ansible_ssh_private_key_file": "ANSIBLE_PRIVATE_KEY_FILE",
    "ansible_ssh_common_args": "ANSIBLE_SSH_COMMON_ARGS",
}


def lab_variables() -> dict[str, Any]:
    """Return how Ansible connects to the hosts of the lab."""
    listed = yaml.safe_load(Path(os.environ["NAUTOBRIDGE_TEST_LAB_INVENTORY"]).read_text())["all"]
    return listed["children"]["ssh"]["vars"]


def access(host: Host) -> dict[str, Any]:
    """Return the part of it that a config context may hold."""
    own = {name: value for name, value in lab_variables().items() if name not in OPERATORS}
    return {"ansible_host": host.address} | own


def example() -> dict[str, Any]:
    """Return the page's example with an image of the lab's registry, which listens on another port."""
    [text] = blocks("yaml")
    declared = yaml.safe_load(text)
    hello = declared["app_list"]["hello"]
    assert hello["ports"] == [f"{PORT}:80"]
    hello |= {"image": registry("web:1"), "ports": [f"{PORT}:8080"]}
    return declared


@pytest.fixture(scope="module")
def operator(
    server: Nautobot,
    machine: Host,
    env: dict[str, str],
    nautobridge: Path,
    cores: list[Core],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Reader]:
    """Return a reader whose Nautobot declares the example for one host, as a sync of Git would."""
    api = Api(server)
    variables = {name: env[name] for name in ("NAUTOBOT_URL", "NAUTOBOT_TOKEN")}
    variables |= {variable: lab_variables()[name] for name, variable in OPERATORS.items()}
    # A short path: it holds the sockets of SSH connections.
    folder = tmp_path_factory.mktemp("readme")
    with (
        without_apps(api, env, nautobridge),
        served(folder) as repository,
        reader(folder, repository.url, nautobridge, cores[0].home, **variables) as found,
    ):
        row = api.named("virtualization/virtual-machines", HOST)
        data = {"local_config_context_data": access(machine) | example()}
        api.json("PATCH", f"virtualization/virtual-machines/{row['id']}/", json=data)
        yield found


def test_the_commands_work_as_written(operator: Reader, machine: Host) -> None:
    """The preview changes nothing on the host, the apply deploys the app, and another preview finds nothing to do."""
    preview, apply = f"{DEPLOY} --check --diff --limit {HOST}", f"{DEPLOY} --limit {HOST}"
    before = machine.everything()
    said: dict[str, str] = {}
    for command in commands(E2E):
        if command == apply:
            assert machine.differences(before) == {}, "the commands before it changed the host"
        said[command] = operator.ok(command)

    graph = said["ansible-inventory -i inventory/nautobot --graph"]
    for group in ("role_docker_host", "location_home", "tag_docker"):
        assert f"@{group}:" in graph
    assert "FAIL" not in said["nautobridge doctor"]
    assert "config context `docker-host`" in said["nautobridge explain docker-apps"]
    assert "hello" in said[preview]
    assert "first deployment" in said[preview]
    assert f"{HOST}: ok; 1 deployed" in said[apply]
    assert machine.get(port=PORT) == "web 1"

    running = machine.identities()
    assert f"{HOST}: ok; 1 unchanged" in operator.ok(preview)
    assert machine.identities() == running


def test_the_example_rolls_back(operator: Reader, server: Nautobot, machine: Host) -> None:
    """As its comment says: the app that does not answer is replaced by the version that did."""
    apply = f"{DEPLOY} --limit {HOST}"
    operator.ok(apply)
    api = Api(server)
    row = api.named("virtualization/virtual-machines", HOST)
    data = row["local_config_context_data"]
    data["app_list"]["hello"]["image"] = registry("crash:1")
    data["app_list"]["hello"]["wait"]["timeout"] = 10
    api.json("PATCH", f"virtualization/virtual-machines/{row['id']}/", json={"local_config_context_data": data})
    assert json.loads(operator.ok(f"nautobridge --host {HOST}"))["app_list"] == data["app_list"]
    assert operator.run(apply).returncode != 0
    assert machine.get(port=PORT) == "web 1"
