"""A running test Controller for the tests of its clients."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from clients import Controller
from harness import environment
from seeding import program


@pytest.fixture(scope="module")
def controller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Controller]:
    """A fresh test Controller for the tests of a file."""
    clients = environment("AWX_CLIENTS", "awx")
    process = subprocess.Popen([program()], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        url = process.stdout.readline().strip()
        yield Controller(url, clients, tmp_path_factory.mktemp("clients"))
    finally:
        process.terminate()
        process.wait(10)
