"""A network of its own for processes: nothing but loopback is there."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# Holds the namespace, with its loopback up, until its standard input ends.
HOLD = "ip link set lo up && echo ready && exec cat"


@dataclass(frozen=True)
class Offline:
    """A network namespace without a way out."""

    process: int

    def __call__(self, *command: str | Path) -> list[str]:
        """Make a command one that runs there."""
        return ["nsenter", f"--net=/proc/{self.process}/ns/net", "--", *map(str, command)]


@contextmanager
def offline() -> Iterator[Offline]:
    """Make such a network; that takes root."""
    assert os.geteuid() == 0, "run as root: these tests make a network namespace"
    command = ["unshare", "--net", "--", "/bin/sh", "-c", HOLD]
    environment = {"PATH": f"{os.defpath}:/sbin:/usr/sbin"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        try:
            assert holder.stdout.readline() == "ready\n", "unshare and ip (iproute2) are needed"
            yield Offline(holder.pid)
        finally:
            holder.stdin.close()
