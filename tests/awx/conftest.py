"""The node that runs jobs, with a clone of this repository and the binary on its PATH."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from awx_runner import Awx, cloned, job_node
from offline import Offline, offline


@pytest.fixture(scope="session")
def network() -> Iterator[Offline]:
    """A network with nothing in it."""
    with offline() as made:
        yield made


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean clone of this repository."""
    return cloned(tmp_path_factory.mktemp("clone"))


@pytest.fixture(scope="session")
def awx(network: Offline, clone: Path, nautobridge: Path, tmp_path_factory: pytest.TempPathFactory) -> Awx:
    """The node."""
    return job_node(network, clone, nautobridge, tmp_path_factory.mktemp("awx"))
