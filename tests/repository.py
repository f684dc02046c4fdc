"""This repository, or a part of it, as it stands in the working tree, as a Git repository that a server can fetch."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from harness import PROJECT

BRANCH = "main"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Tell nobody about requests."""


@dataclass(frozen=True)
class Repository:
    """A bare repository, with the URL of a plain HTTP server for it."""

    url: str
    bare: Path
    tree: Path

    def commit(self, **changes: str) -> str:
        """Make a commit of the working tree with these files changed, on top of what is there; gives its name."""
        before = {path: self._read(path) for path in changes}
        for path, text in changes.items():
            self._write(path, text)
        self._git("add", "--all", "--force", ".")
        self._git("commit", "--quiet", "--allow-empty", "--message", "A test's")
        # For the server, which knows nothing of Git.
        self._git("update-server-info")
        for path, text in before.items():
            self._write(path, text)
        return self.head()

    def head(self) -> str:
        """Tell the name of the last commit."""
        return self._git("rev-parse", "HEAD")

    def _read(self, path: str) -> str | None:
        return (self.tree / path).read_text() if (self.tree / path).exists() else None

    def _write(self, path: str, text: str | None) -> None:
        if text is None:
            (self.tree / path).unlink()
        else:
            (self.tree / path).parent.mkdir(parents=True, exist_ok=True)
            (self.tree / path).write_text(text)

    def _git(self, *arguments: str) -> str:
        who = ["-c", "user.name=Tests", "-c", "user.email=tests@lab.example", "-c", "commit.gpgsign=false"]
        where = [f"--git-dir={self.bare}", f"--work-tree={self.tree}"]
        command = ["git", *who, *where, *arguments]
        return subprocess.run(command, cwd=self.tree, capture_output=True, text=True, check=True).stdout.strip()


def _copy(tree: Path, folder: str) -> None:
    """Copy what is or could be committed: all files but ignored ones."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", folder]
    listed = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        # A file that was deleted is still in the index.
        if (PROJECT / name).exists():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, tree / name, follow_symlinks=False)


@contextmanager
def served(folder: Path, part: str = ".") -> Iterator[Repository]:
    """Make the repository below a folder, with this part of the project as a first commit, and serve it on loopback."""
    bare, tree = folder / "served" / "nautobridge.git", folder / "tree"
    tree.mkdir()
    _copy(tree, part)
    subprocess.run(["git", "init", "--quiet", "--bare", f"--initial-branch={BRANCH}", bare], check=True)
    handler = partial(_Quiet, directory=str(bare.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        repository = Repository(f"http://127.0.0.1:{server.server_port}/{bare.name}", bare, tree)
        repository.commit()
        try:
            yield repository
        finally:
            server.shutdown()
