"""Output of commands, of which no more is kept than is needed: what a container prints must not fill the memory."""

from __future__ import annotations

import os
import selectors
import subprocess
import time

# Of what is parsed: more is an error. Of what is only printed: more is left out in the middle.
PARSED = 16 * 1024 * 1024
PRINTED = 512 * 1024
_CHUNK = 64 * 1024


class Kept:
    """The first and the last bytes of an output."""

    def __init__(self, limit: int) -> None:
        self._half = limit // 2
        self._first = bytearray()
        self._last = bytearray()
        self._count = 0

    def add(self, data: bytes) -> None:
        """Take what was read."""
        self._count += len(data)
        room = max(0, self._half - len(self._first))
        self._first += data[:room]
        self._last += data[room:]
        if len(self._last) > 2 * self._half:
            del self._last[: -self._half]

    @property
    def is_whole(self) -> bool:
        """Whether nothing was left out."""
        return self._count <= 2 * self._half

    def text(self) -> str:
        """The output; where something was left out, a line says so."""
        if self._count == len(self._first) + len(self._last):
            return bytes(self._first + self._last).decode("utf-8", "replace")
        last = self._last[-self._half :]
        left_out = self._count - len(self._first) - len(last)
        first = bytes(self._first).decode("utf-8", "replace")
        return f"{first}\n({left_out} bytes left out)\n" + bytes(last).decode("utf-8", "replace")


def read(process: subprocess.Popen[bytes], timeout: float, limit: int) -> tuple[Kept, Kept]:
    """Output and error of a process up to its end; subprocess.TimeoutExpired where that takes too long."""
    deadline = time.monotonic() + timeout
    out, err = Kept(limit), Kept(PRINTED)
    with selectors.DefaultSelector() as selector:
        for stream, kept in ((process.stdout, out), (process.stderr, err)):
            selector.register(stream, selectors.EVENT_READ, kept)  # type: ignore[arg-type]
        while selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0:
                raise subprocess.TimeoutExpired(process.args, timeout)
            for key, _ in selector.select(left):
                data = os.read(key.fd, _CHUNK)
                if data:
                    key.data.add(data)
                else:
                    selector.unregister(key.fileobj)
    process.wait(max(0.0, deadline - time.monotonic()))
    return out, err
