"""Master Deploy as AWX's own runner runs it, to its end: on a clone, without a network, on a real engine."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from awx_runner import REVISION, Awx, cloned, job_node
from offline import offline
from stage import Host, alone

SECRET = "page-token-Vb31"


@pytest.fixture
def local(lab: dict[str, Host]) -> Iterator[Host]:
    """The host whose engine is reached without a network."""
    with alone(lab, ["local"]) as (host,):
        yield host


@pytest.fixture
def awx(nautobridge: Path, tmp_path: Path) -> Iterator[Awx]:
    """The node that runs jobs."""
    (tmp_path / "awx").mkdir()
    with offline() as network:
        yield job_node(network, cloned(tmp_path), nautobridge, tmp_path / "awx")


def test_a_job_of_aap_deploys(awx: Awx, local: Host, tmp_path: Path) -> None:
    """With the secret from a credential's environment; a second job changes nothing, and no secret is kept."""
    apps = {"page": local.web(1, secrets={"TOKEN": {"env": "PAGE_TOKEN"}})}
    python = Path(os.environ["NAUTOBRIDGE_TEST_LAB_INVENTORY"]).parent / "local" / "python"
    values = {
        "ansible_connection": "local",
        "ansible_python_interpreter": str(python),
        "docker_app_root": local.root,
        "app_list": apps,
        "enabled": True,
    }
    inventory = {"all": {"hosts": ["local"]}, "_meta": {"hostvars": {"local": values}}}
    extra = {"deploy_apps": "", "deploy_prune": "no"}
    # As a credential with a file injects it.
    grants = tmp_path / "app_secrets.yml"
    grants.write_text("env: {PAGE_TOKEN: [page]}\n")
    environment = {"PAGE_TOKEN": SECRET, "DOCKER_APP_SECRETS": str(grants)}
    first, second = (
        awx.job("playbooks/master_deploy.yml", inventory, environment, extra_vars=extra).ok() for _ in range(2)
    )
    assert local.get() == "web 1"
    assert local.get("/cgi-bin/env?TOKEN") == SECRET
    assert local.container("page").labels["nautobridge.commit"] == REVISION
    assert "page: deployed" in first.said
    changed = [event["event_data"]["changed"] for event in second.events if event["event"] == "playbook_on_stats"]
    assert changed == [{}]
    assert SECRET not in json.dumps(first.events + second.events)
