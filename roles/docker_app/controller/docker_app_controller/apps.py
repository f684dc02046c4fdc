"""The apps of a host, from both forms of `app_list`; and the Compose model of each."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from .finding import join

# The role's own keys; all others are Compose's, for the app that is one service.
ENVELOPE = frozenset(
    ["name", "state", "order", "pin", "compose", "expose", "dashboard", "files", "secrets", "wait", "backup", "hooks"],
)
DEFAULT_ORDER = 100
PRESENT, STOPPED, ABSENT = "present", "stopped", "absent"


@dataclass(frozen=True)
class App:
    """One app, where it stands, and its data as merged by the inventory."""

    name: str
    path: str
    data: dict[str, Any]

    @property
    def state(self) -> str:
        """Present, stopped or absent."""
        return self.data.get("state", PRESENT)

    @property
    def order(self) -> int:
        """Smaller first."""
        return self.data.get("order", DEFAULT_ORDER)

    def at(self, *keys: str | int) -> str:
        """The path of a value in it."""
        return join(self.path, *keys)

    @property
    def is_one_service(self) -> bool:
        """Whether Compose's keys stand in the app itself."""
        return any(key not in ENVELOPE for key in self.data)

    def own(self) -> dict[str, Any]:
        """Compose's keys that stand in the app itself."""
        return {key: value for key, value in self.data.items() if key not in ENVELOPE}

    def model(self) -> dict[str, Any]:
        """The Compose file as a mapping, before the role adds anything."""
        compose = self.data.get("compose", {})
        services: dict[str, Any] = {self.name: self.own()} if self.is_one_service else {}
        model = {key: value for key, value in compose.items() if key != "services"}
        return {"services": merged(services, compose.get("services", {})), **model}

    def main_service(self) -> str | None:
        """The service that is meant when none is named: the only one, or the one with the app's name."""
        services = self.model()["services"]
        if self.name in services:
            return self.name
        return next(iter(services)) if len(services) == 1 else None

    def service_path(self, service: str, *keys: str | int) -> str:
        """Where a value of a service stands: in `compose`, where that has it, else in the app itself."""
        place = ("compose", "services", service, *keys)
        if service != self.name or not self.is_one_service or _stands(self.data, place):
            return self.at(*place)
        return self.at(*keys)

    def declared(self) -> str:
        """SHA-256 of the data as canonical JSON: tells whether what was deployed is what is declared."""
        data = {key: value for key, value in self.data.items() if key != "name"}
        text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def _stands(value: Any, path: tuple[str | int, ...]) -> bool:
    """Whether a value has something at this path."""
    for key in path:
        if (isinstance(value, dict) and key in value) or (
            isinstance(value, list) and isinstance(key, int) and key < len(value)
        ):
            value = value[key]
        else:
            return False
    return True


def apps_of(app_list: Any, path: str = "app_list") -> list[App]:
    """All apps by order and name. What is no app (the schema says so) is left out."""
    if isinstance(app_list, dict):
        found = [App(name, join(path, name), data) for name, data in app_list.items() if isinstance(data, dict)]
    elif isinstance(app_list, list):
        found = [
            App(data["name"], join(path, index), data)
            for index, data in enumerate(app_list)
            if isinstance(data, dict) and isinstance(data.get("name"), str)
        ]
    else:
        found = []
    # A wrong order is the schema's to tell.
    return sorted(found, key=lambda app: (app.order if isinstance(app.order, int) else DEFAULT_ORDER, app.name))


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Mappings merge, all else is replaced: as Nautobot merges config contexts."""
    result = dict(base)
    for key, value in over.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result
