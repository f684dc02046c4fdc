"""Host ports that an app publishes, in the short and the long form of Compose."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Any

_SHORT = re.compile(
    r"^(?:(?P<ip>\[[^\]]+\]|[0-9.]+|[^:]*):)?(?:(?P<host>[0-9]+(?:-[0-9]+)?)?:)?(?P<container>[0-9]+(?:-[0-9]+)?)"
    r"(?:/(?P<protocol>[a-z]+))?$"
)


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
    """What one entry of `ports` publishes; None where Docker chooses the port, or the entry is none of its forms."""
    if isinstance(entry, dict):
        if entry.get("published") in (None, ""):
            return None
        return _published(entry.get("host_ip"), str(entry["published"]), str(entry.get("protocol", "tcp")))
    found = _SHORT.match(str(entry))
    if not found:
        return None
    ip, host = found["ip"], found["host"]
    # `8080:80`: the first part looks like an address to the pattern.
    if ip and not host and re.fullmatch(r"[0-9]+(-[0-9]+)?", ip):
        ip, host = None, ip
    return _published(ip, host, found["protocol"] or "tcp") if host else None


def _published(ip: Any, ports: str, protocol: str) -> Published | None:
    found = re.fullmatch(r"([0-9]+)(?:-([0-9]+))?", ports)
    if not found:
        return None
    return Published(_address(ip), int(found[1]), int(found[2] or found[1]), protocol)


def _address(ip: Any) -> str | None:
    if not ip:
        return None
    try:
        address = ipaddress.ip_address(str(ip).strip("[]"))
    except ValueError:
        return str(ip)
    return None if address.is_unspecified else str(address)
