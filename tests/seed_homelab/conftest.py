"""A Controller without objects, and what is run on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import Core
from seeding import Controller, Play, Seeder, serve


@pytest.fixture(params=["awx", "gateway"])
def controller(request: pytest.FixtureRequest) -> Iterator[Controller]:
    """An AWX, and an AAP with its gateway."""
    yield from serve(*(["--gateway"] if request.param == "gateway" else []))


@pytest.fixture
def awx() -> Iterator[Controller]:
    """An AWX."""
    yield from serve()


@pytest.fixture
def seeder(nautobridge: Path, tmp_path: Path) -> Seeder:
    """The seeder, as on a machine where it never ran."""
    return Seeder(nautobridge, tmp_path / "state")


@pytest.fixture
def play(core: Core, nautobridge: Path, tmp_path: Path) -> Play:
    """The playbook, under each ansible-core in turn."""
    return Play(core, nautobridge, tmp_path / "state")
