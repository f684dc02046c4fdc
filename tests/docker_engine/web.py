"""Servers inside a host's network: a caching proxy for apt, and files."""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import socket
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

CLONE_NEWNET = 0x40000000


class Site:
    """A folder: of files that are served, and for a proxy of packages that were fetched before."""

    def __init__(self, folder: Path) -> None:
        """Make the folder if it is not there."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.requests: list[str] = []

    def find(self, address: str) -> Path | int:
        """The file for an address, or a status."""
        self.requests.append(address)
        if not address.startswith("http://"):
            file = self.folder / address.lstrip("/")
            return file if file.is_file() else 404
        # A package's address never changes its content; anything else is as new as the mirror.
        kept = self.folder / hashlib.sha256(address.encode()).hexdigest()
        if address.endswith(".deb") and kept.exists():
            return kept
        part = kept.with_suffix(f".{os.getpid()}")
        try:
            with urllib.request.urlopen(address, timeout=60) as answer, part.open("wb") as file:
                shutil.copyfileobj(answer, file)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 502
        return part.rename(kept)


def listen_in(pid: int, port: int, site: Site) -> None:
    """Serve on a port of 127.0.0.1 in the network of a process, from this process's own network."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.answer(body=False)

        def do_GET(self) -> None:
            self.answer(body=True)

        def answer(self, body: bool) -> None:
            found = site.find(self.path)
            if isinstance(found, int):
                self.send_error(found)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(found.stat().st_size))
            self.end_headers()
            if body:
                with found.open("rb") as file:
                    shutil.copyfileobj(file, self.wfile)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler, bind_and_activate=False)
    server.daemon_threads = True
    server.socket.close()
    server.socket = socket_in(pid, port)
    Thread(target=server.serve_forever, daemon=True).start()


def socket_in(pid: int, port: int) -> socket.socket:
    """Listen in the network of a process: a socket stays in the network in which it was made."""
    made: list[socket.socket] = []

    def make() -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        with Path(f"/proc/{pid}/ns/net").open() as network:
            if libc.setns(network.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
        made.append(socket.create_server(("127.0.0.1", port)))

    # Only the thread that asks changes its network, and it ends here.
    thread = Thread(target=make)
    thread.start()
    thread.join()
    return made[0]
