"""`make demo` goes on to deploy an app where there is Docker, and says so where there is none."""

from __future__ import annotations

import os
from pathlib import Path

from harness import PROJECT, Result, run
from stage import Host, alone, registry

DEMO = PROJECT / "demo" / "run"


def demo(**env: str) -> Result:
    """Run it, with Python environments from the cache and Compose on its path."""
    kept = ("NAUTOBRIDGE_CACHE", "XDG_CACHE_HOME", "PATH")
    return run([DEMO], {name: os.environ[name] for name in kept if name in os.environ} | env)


def test_deploys_an_app_and_takes_it_away(lab: dict[str, Host], tmp_path: Path) -> None:
    """It serves, a second run changes nothing, and nothing is left."""
    with alone(lab, ["local"]) as [host]:
        deploys_and_takes_away(host, tmp_path)


def deploys_and_takes_away(host: Host, tmp_path: Path) -> None:
    """The demo on a host that nobody else uses meanwhile."""
    before = host.identities()
    said = demo(
        DOCKER_HOST=os.environ["NAUTOBRIDGE_TEST_LAB_DOCKER_HOST"],
        DOCKER_CONFIG=os.environ["NAUTOBRIDGE_TEST_LAB_DOCKER_CONFIG"],
        DEMO_IMAGE=registry("web:1"),
        DEMO_PORT="8080",
        TMPDIR=str(tmp_path),
    ).ok()
    assert "this-machine: ok; 1 deployed" in said.stdout
    assert "\nweb 1\n" in said.stdout
    assert "this-machine: ok; 1 unchanged" in said.stdout
    assert host.identities() == before
    assert not [
        path.name for path in tmp_path.iterdir() if (path / "hello").exists() or (path / ".nautobridge").exists()
    ]


def test_says_when_there_is_no_docker(tmp_path: Path) -> None:
    """And is a success all the same."""
    said = demo(DOCKER_HOST=f"unix://{tmp_path}/none.sock").ok()
    assert "No Docker Engine with Compose answers here, so no app is deployed" in said.stdout


def test_says_when_there_is_no_image() -> None:
    """The registry's own words, and a success all the same."""
    said = demo(
        DOCKER_HOST=os.environ["NAUTOBRIDGE_TEST_LAB_DOCKER_HOST"],
        DOCKER_CONFIG=os.environ["NAUTOBRIDGE_TEST_LAB_DOCKER_CONFIG"],
        DEMO_IMAGE=registry("no-such-image:1"),
    ).ok()
    assert f"and no image {registry('no-such-image:1')}, so no app is deployed" in said.stdout
    assert "not found" in said.stderr
