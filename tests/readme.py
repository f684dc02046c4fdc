"""The commands of README.md, what runs each of them, and a reader who runs them as written in a new clone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PAGE = PROJECT / "README.md"
BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)\n```$", re.DOTALL | re.MULTILINE)

# Test files that run commands as written: without a server, and with a real Nautobot and a Docker host.
WALK = "tests/walk/test_readme.py"
E2E = "tests/e2e/test_readme.py"
# A script that runs commands on a minimal Debian, and what else sections of scripts/test run.
BARE = "scripts/bare"
PORTABLE = "scripts/build-portable"
WHEEL = "tests/portable"

DEPLOY = "ansible-playbook -i inventory/nautobot playbooks/master_deploy.yml"
RUN_BY: dict[str, tuple[str, ...]] = {
    "apt-get update": (BARE,),
    "apt-get install git make gcc libc6-dev python3 python3-venv ca-certificates curl": (BARE,),
    "make demo": (BARE, "demo"),
    "make test": (BARE,),
    "cargo install --locked --path .": (WALK,),
    "make portable": (PORTABLE,),
    "python3 -m venv ~/.venvs/nautobridge": (WHEEL,),
    ". ~/.venvs/nautobridge/bin/activate": (WHEEL,),
    "pip install ansible-core target/portable/nautobridge-*.whl": (WHEEL,),
    "nautobridge doctor": (WALK, E2E),
    "ansible-inventory -i inventory/nautobot --graph": (WALK, E2E),
    "nautobridge explain docker-apps": (WALK, E2E),
    "nautobridge seeder check seeder/": (WALK,),
    "nautobridge seeder plan seeder/": (WALK,),
    "nautobridge seeder apply seeder/": (WALK,),
    "nautobridge apps check": (WALK, E2E),
    f"{DEPLOY} --check --diff --limit docker-apps": (E2E,),
    f"{DEPLOY} --limit docker-apps": (E2E,),
}


def blocks(language: str) -> list[str]:
    """Return the text of all blocks of a language."""
    return [
        block["text"] for block in BLOCK.finditer(PAGE.read_text(encoding="utf-8")) if block["language"] == language
    ]


def lines() -> list[str]:
    """Return the lines of all shell blocks, without comments."""
    written = (re.sub(r"(^|\s+)#\s.*$", "", line) for block in blocks("sh") for line in block.splitlines())
    return [line for line in written if line.strip()]


def commands(runner: str | None = None) -> list[str]:
    """Return the commands in the order of the page: all of them, or those of one runner."""
    found = [line for line in lines() if not line.startswith("export ")]
    return [command for command in found if runner is None or runner in RUN_BY[command]]


def settings() -> list[str]:
    """Return the names of the environment variables that the page exports."""
    return [name for line in lines() if line.startswith("export ") for name in re.findall(r"(\w+)=", line)]


@dataclass
class Reader:
    """A reader with a clone, an empty home, and nautobridge and Ansible on the PATH."""

    clone: Path
    env: dict[str, str]

    def run(self, command: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command as written."""
        words = ["/bin/bash", "-euo", "pipefail", "-c", command]
        return subprocess.run(
            words, env=self.env | more, cwd=self.clone, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=300, check=False,
        )  # fmt: skip

    def ok(self, command: str, **more: str) -> str:
        """Run a command that must succeed, and return its output."""
        done = self.run(command, **more)
        assert done.returncode == 0, f"$ {command}\nexit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@contextmanager
def reader(folder: Path, url: str, binary: Path, ansible: Path, **env: str) -> Iterator[Reader]:
    """Clone the repository, and set these variables and what a shell needs."""
    clone, home, path = folder / "clone", folder / "home", folder / "bin"
    for made in (home, path):
        made.mkdir()
    subprocess.run(["git", "clone", "--quiet", url, clone], check=True)
    (path / "nautobridge").symlink_to(binary.resolve())
    git = Path(shutil.which("git") or "/usr/bin/git").parent
    own = {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PATH": f"{path}:{ansible / 'bin'}:{git}:{os.defpath}",
        "ANSIBLE_NOCOLOR": "1",
        "COLUMNS": "200",
    }
    yield Reader(clone, own | env)
