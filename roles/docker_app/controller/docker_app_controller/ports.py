"""Host ports that an app publishes, in the short and the long form of Compose."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Any

_PROTOCOLS = ("tcp", "udp", "sctp")


@dataclass(frozen=True)
class Published:
    """A range of host ports."""

    # None: every address of the host.
    ip: str | None
    first: int
    last: int
    protocol: str

    def clashes(self, other: Published) -> bool:
        """Whether both want a port at one address."""
        return (
            self.protocol == other.protocol
            and self.first <= other.last
            and other.first <= self.last
            and (self.ip is None or other.ip is None or self.ip == other.ip)
        )

    def __str__(self) -> str:
        ports = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        address = "" if self.ip is None else f"{self.ip}:"
        return f"{address}{ports}/{self.protocol}"


def published(entry: Any) -> Published | None:
    """What one entry of `ports` publishes; None where Docker chooses the port, or where Compose has to judge it."""
    if isinstance(entry, dict):
        parts = [entry.get(key) for key in ("host_ip", "published", "target", "protocol")]
        if parts[1] in (None, ""):
            return None
        return _made(str(parts[0] or ""), str(parts[1]), str(parts[2]), str(parts[3] or "tcp"))
    ports, _, protocol = str(entry).partition("/")
    host, found, container = ports.rpartition(":")
    if not found:
        return None
    ip, _, host = host.rpartition(":")
    return _made(ip, host, container, protocol or "tcp")


def _made(ip: str, host: str, container: str, protocol: str) -> Published | None:
    on_host, inside, protocol = _range(host), _range(container), protocol.lower()
    if on_host is None or inside is None or protocol not in _PROTOCOLS:
        return None
    # A range for one port of the container means any free one of them.
    if on_host[1] - on_host[0] != inside[1] - inside[0]:
        return None
    try:
        address = ipaddress.ip_address(ip.strip("[]")) if ip else None
    except ValueError:
        return None
    return Published(None if address is None or address.is_unspecified else str(address), *on_host, protocol)


def _range(text: str) -> tuple[int, int] | None:
    found = re.fullmatch(r"([0-9]+)(?:-([0-9]+))?", text)
    if not found:
        return None
    first, last = int(found[1]), int(found[2] or found[1])
    return (first, last) if 0 < first <= last <= 65535 else None
