"""A running test controller for the tests of its clients."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from clients import Controller
from harness import PROJECT, environment


@pytest.fixture(scope="module")
def controller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Controller]:
    """A fresh test controller for the tests of a file."""
    program = Path(
        os.environ.get("NAUTOBRIDGE_TEST_CONTROLLER", PROJECT / "target" / "debug" / "examples" / "test-controller")
    )
    assert program.is_file(), "run `cargo build --example test-controller`"
    clients = environment("AWX_CLIENTS", "awx")
    process = subprocess.Popen([program], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        url = process.stdout.readline().strip()
        yield Controller(url, clients, tmp_path_factory.mktemp("clients"))
    finally:
        process.terminate()
        process.wait(10)
