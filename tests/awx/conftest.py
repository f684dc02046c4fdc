"""The node that runs jobs, with a clone of this repository and the binary on its PATH."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from awx_runner import Awx
from harness import environment, run
from offline import Offline, offline
from repository import served


@pytest.fixture(scope="session")
def network() -> Iterator[Offline]:
    """A network with nothing in it."""
    with offline() as made:
        yield made


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean clone of this repository."""
    folder = tmp_path_factory.mktemp("clone")
    with served(folder) as repository:
        run(["git", "clone", "--quiet", repository.url, folder / "project"], dict(os.environ)).ok()
    return folder / "project"


@pytest.fixture(scope="session")
def awx(network: Offline, clone: Path, nautobridge: Path, tmp_path_factory: pytest.TempPathFactory) -> Awx:
    """The node. The binary is on the PATH, as in the execution environment; the clone holds none."""
    folder = tmp_path_factory.mktemp("awx")
    (folder / "bin").mkdir()
    (folder / "bin" / "nautobridge").symlink_to(nautobridge.resolve())
    assert not (clone / "target").exists()
    return Awx(network, environment("ANSIBLE_RUNNER", "runner"), [folder / "bin"], clone, folder)
