"""What the tests of the Ansible content share."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import PLUGIN_SOURCE, SCRIPT, Core, binary, environment

CORES = {"current": ("ANSIBLE_CURRENT", "ansible-current"), "2.16": ("ANSIBLE_OLDEST", "ansible-2.16")}


@pytest.fixture(scope="session", params=list(CORES))
def core(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Core:
    """Each supported ansible-core in turn."""
    return Core(request.param, environment(*CORES[request.param]), tmp_path_factory.mktemp("ansible"))


@pytest.fixture(params=["script", "plugin"])
def source(request: pytest.FixtureRequest) -> Path:
    """Each kind of inventory source in turn."""
    return {"script": SCRIPT, "plugin": PLUGIN_SOURCE}[request.param]


@pytest.fixture(scope="session")
def nautobridge() -> Path:
    """The real binary."""
    return binary()
