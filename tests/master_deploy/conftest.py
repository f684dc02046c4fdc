"""Hosts with a real Docker Engine: `make test-all` starts them, or `eval "$(tests/docker/lab env)"` names yours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import Core
from stage import NAMES, Host, Site, alone, the_lab


@pytest.fixture(scope="session")
def lab() -> dict[str, Host]:
    """The lab's hosts by name."""
    return the_lab()


@pytest.fixture
def host(lab: dict[str, Host], worker_id: str) -> Iterator[Host]:
    """One host of the lab, for this test alone."""
    # The workers look for a free one in different orders.
    first = int(re.sub(r"\D", "", worker_id) or 0) + 1
    with alone(lab, NAMES[first % 3 :] + NAMES[: first % 3]) as (host,):
        yield host


@pytest.fixture
def web_host(lab: dict[str, Host]) -> Iterator[Host]:
    """One that is reached by SSH and has mounts of its own."""
    with alone(lab, ["web1", "web2"]) as (host,):
        yield host


@pytest.fixture
def hosts(lab: dict[str, Host]) -> Iterator[dict[str, Host]]:
    """All hosts of the lab."""
    with alone(lab, NAMES, len(NAMES)):
        yield lab


@pytest.fixture
def chosen_core(request: pytest.FixtureRequest, cores: list[Core]) -> Core:
    """The current ansible-core, unless the test is run with each."""
    return request.getfixturevalue("core") if "core" in request.fixturenames else cores[0]


@pytest.fixture
def site(request: pytest.FixtureRequest, tmp_path: Path, chosen_core: Core) -> Site:
    """The playbook, on the hosts that the test has."""
    names = [name for name in ("host", "web_host") if name in request.fixturenames]
    chosen = [request.getfixturevalue(name) for name in names] or list(request.getfixturevalue("hosts").values())
    return Site(tmp_path / "inventory", chosen, chosen_core)
