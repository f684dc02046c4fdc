"""The playbooks on each ansible-core, with nothing but the PATH of an execution environment.

Their tests proper name the binary, as it is not installed on the machine that runs them.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from harness import PROJECT, SCRIPT, SNAPSHOT, Core, Result
from seeding import GIVEN, PLAYBOOK, Controller

PLAYBOOKS = PROJECT / "playbooks"


@pytest.fixture
def path(nautobridge: Path, any_core: Core, tmp_path: Path) -> str:
    """Where an execution environment has its programs."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "nautobridge").symlink_to(nautobridge)
    return f"{tmp_path / 'bin'}:{any_core.home / 'bin'}:/usr/bin:/bin"


def play(core: Core, path: str, *arguments: str | Path, **env: str) -> Result:
    """Run a playbook, and nothing in the environment names the binary."""
    return core.run("ansible-playbook", *arguments, env={"PATH": path} | env)


def test_setup_aap(any_core: Core, path: str, awx: Controller, tmp_path: Path) -> None:
    env = GIVEN | awx.env | {"XDG_STATE_HOME": str(tmp_path / "state")}
    looked = play(any_core, path, "-i", "localhost,", PLAYBOOK, "--check", **env).ok()
    assert "21 to create" in looked.stdout
    assert "21 created" in play(any_core, path, "-i", "localhost,", PLAYBOOK, **env).ok().stdout


def test_nautobot_sync(any_core: Core, path: str) -> None:
    """Against a real Nautobot: tests/e2e/test_sync.py. Here it is the binary's own message that shows that it was found."""
    failed = play(any_core, path, "-i", "localhost,", PLAYBOOKS / "nautobot_sync.yml").failed()
    assert "no Nautobot is named" in failed.stdout
    assert "give the job template the credential" in failed.stdout


def test_master_deploy(any_core: Core, path: str, tmp_path: Path) -> None:
    secrets = tmp_path / "secrets.yml"
    secrets.write_text(GIVEN["HOMELAB_APP_SECRETS"])
    env = {"NAUTOBOT_URL": f"file:{SNAPSHOT}", "DOCKER_APP_SECRETS": str(secrets)}
    done = play(any_core, path, "-i", SCRIPT, PLAYBOOKS / "master_deploy.yml", "-t", "validate", **env).ok()
    assert re.search(r"^docker-apps +: ok=[1-9]", done.stdout, re.MULTILINE), done.stdout
