"""A real Nautobot with the homelab in it: `make test-all` starts one, or `eval "$(tests/nautobot/server env)"` names yours."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pynautobot
import pytest
from git_sync import Api
from harness import PROJECT, run
from lab import Nautobot

SERVER = PROJECT / "tests" / "nautobot" / "server"


@pytest.fixture(scope="session")
def server() -> Nautobot:
    """A Nautobot that holds the homelab."""
    try:
        url, token = os.environ["NAUTOBOT_URL"].rstrip("/"), os.environ["NAUTOBOT_TOKEN"]
    except KeyError as missing:
        pytest.exit(f'{missing} is not set: eval "$(tests/nautobot/server env)", or run `make test-all`', returncode=1)
    env = {"NAUTOBOT_URL": url, "NAUTOBOT_TOKEN": token}
    loaded = run([sys.executable, PROJECT / "demo" / "load.py", "--quiet"], env)
    if loaded.code != 0:
        pytest.exit(f"the homelab could not be loaded into {url}:\n{loaded.stderr}", returncode=1)
    return Nautobot(url, token, pynautobot.api(url, token=token))


@pytest.fixture
def nautobot(server: Nautobot) -> Iterator[Nautobot]:
    """The same, for tests that change it: as it was before when they are through."""
    with server.for_now():
        yield server


@pytest.fixture(scope="session")
def worker(server: Nautobot) -> Iterator[None]:
    """A Celery worker, if there is none."""
    if Api(server).json("GET", "status/")["celery-workers-running"]:
        yield
        return
    database = os.environ.get("NAUTOBRIDGE_TEST_DATABASE")
    assert database, 'no worker runs, and NAUTOBRIDGE_TEST_DATABASE is not set: eval "$(tests/nautobot/server env)"'
    command = [SERVER, "worker", "--db", database]
    run(command, dict(os.environ)).ok()
    try:
        yield
    finally:
        run([*command, "--stop"], dict(os.environ)).ok()


@pytest.fixture(scope="session")
def env(server: Nautobot, nautobridge: Path) -> dict[str, str]:
    """The environment of a user of that Nautobot."""
    return {
        "NAUTOBOT_URL": server.url,
        "NAUTOBOT_TOKEN": server.token,
        "NAUTOBRIDGE_BINARY": str(nautobridge),
    }


@pytest.fixture
def call(env: dict[str, str], nautobridge: Path) -> Callable[..., Any]:
    """Run the binary by itself."""

    def call(*arguments: str, **variables: str) -> Any:
        return run([nautobridge, *arguments], env | variables)

    return call
