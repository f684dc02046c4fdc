"""What the tests of the Ansible content share."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import PLUGIN_SOURCE, SCRIPT, Core, binary, environment

# The ends of what is supported, on which nearly all is tested.
CORES = {"current": ("ANSIBLE_CURRENT", "ansible-current"), "2.16": ("ANSIBLE_OLDEST", "ansible-2.16")}
EVERY_CORE = CORES | {"2.17": ("ANSIBLE_MIDDLE", "ansible-2.17")}


@pytest.fixture(scope="session")
def cores(tmp_path_factory: pytest.TempPathFactory) -> list[Core]:
    """All supported ansible-cores."""
    return [Core(name, environment(*CORES[name]), tmp_path_factory.mktemp("ansible")) for name in CORES]


@pytest.fixture(scope="session", params=list(CORES))
def core(request: pytest.FixtureRequest, cores: list[Core]) -> Core:
    """Each supported ansible-core in turn."""
    return next(core for core in cores if core.name == request.param)


@pytest.fixture(scope="session", params=list(EVERY_CORE))
def any_core(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Core:
    """Each of them, and one in the middle, in turn."""
    return Core(request.param, environment(*EVERY_CORE[request.param]), tmp_path_factory.mktemp("ansible"))


@pytest.fixture(params=["script", "plugin"])
def source(request: pytest.FixtureRequest) -> Path:
    """Each kind of inventory source in turn."""
    return {"script": SCRIPT, "plugin": PLUGIN_SOURCE}[request.param]


@pytest.fixture(scope="session")
def nautobridge() -> Path:
    """The real binary."""
    return binary()
