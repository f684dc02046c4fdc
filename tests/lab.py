"""A Nautobot under test: changes that are undone, users with some rights."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pynautobot
import requests

# What a user needs to view for a whole inventory.
MODELS = {
    "dcim.cable": "cables",
    "dcim.device": "devices",
    "dcim.deviceredundancygroup": "device redundancy groups",
    "dcim.devicetype": "device types",
    "dcim.interface": "interfaces",
    "dcim.location": "locations",
    "dcim.locationtype": "location types",
    "dcim.manufacturer": "manufacturers",
    "dcim.platform": "platforms",
    "dcim.rack": "racks",
    "dcim.softwareversion": "software versions",
    "extras.computedfield": "computed fields",
    "extras.customfield": "custom fields",
    "extras.configcontext": "config contexts",
    "extras.dynamicgroup": "dynamic groups",
    "extras.relationship": "relationships",
    "extras.relationshipassociation": "relationship associations",
    "extras.role": "roles",
    "extras.status": "statuses",
    "extras.tag": "tags",
    "ipam.ipaddress": "ip addresses",
    "ipam.service": "services",
    "ipam.vlan": "vlans",
    "tenancy.tenant": "tenants",
    "tenancy.tenantgroup": "tenant groups",
    "virtualization.cluster": "clusters",
    "virtualization.clustergroup": "cluster groups",
    "virtualization.clustertype": "cluster types",
    "virtualization.virtualmachine": "virtual machines",
    "virtualization.vminterface": "vm interfaces",
}


@dataclass
class Nautobot:
    """A Nautobot, and what to undo in it."""

    url: str
    token: str
    api: pynautobot.api
    undo: ExitStack = field(default_factory=ExitStack)

    @contextmanager
    def for_now(self) -> Iterator[None]:
        """Undo what is created and changed in this block at its end."""
        outer, self.undo = self.undo, ExitStack()
        try:
            with self.undo:
                yield
        finally:
            self.undo = outer

    def create(self, endpoint: Any, **values: Any) -> Any:
        """Create an object, for the time of a test."""
        made = endpoint.create(**values)
        self.undo.callback(made.delete)
        return made

    def change(self, record: Any, **values: Any) -> None:
        """Change an object, for the time of a test."""
        before = dict(record)
        old = {name: _writable(before[name]) for name in values}
        if "custom_fields" in values:
            # All others stay as they are, also those that have never had a value.
            old["custom_fields"] = {name: before["custom_fields"][name] for name in values["custom_fields"]}
        self._patch(record.url, values)
        self.undo.callback(self._patch, record.url, old)

    def _patch(self, url: str, values: dict[str, Any]) -> None:
        # Not by pynautobot: it leaves out what is as it was when the object was fetched, and so cannot undo.
        answer = requests.patch(url, json=values, headers={"Authorization": f"Token {self.token}"}, timeout=60)
        answer.raise_for_status()

    def user(self, models: list[str], expires: str | None = None) -> User:
        """Make a user who may view these models, and a token of that user."""
        name, password = f"e2e-{secrets.token_hex(4)}", secrets.token_hex(16)
        user = self.create(self.api.users.users, username=name, password=password, is_active=True)
        made = User(self, user.id, name)
        own_tokens = self.create(
            self.api.users.permissions,
            name=name,
            users=[user.id],
            object_types=["users.token"],
            actions=["view", "add"],
        )
        # Only the user can make it.
        answer = requests.post(
            f"{self.url}/api/users/tokens/", auth=(name, password), json={"expires": expires}, timeout=60
        )
        answer.raise_for_status()
        made.token = answer.json()["key"]
        self._patch(own_tokens.url, {"enabled": False})
        if models:
            made.may_view(models)
        return made


@dataclass
class User:
    """A user of Nautobot, for the time of a test."""

    nautobot: Nautobot
    id: str
    name: str
    token: str = ""

    def may_view(self, models: list[str], constraints: dict[str, Any] | None = None) -> Any:
        """Give the right to view these models, or some of their objects."""
        permissions = self.nautobot.api.users.permissions
        return self.nautobot.create(
            permissions,
            name=f"{self.name}-{secrets.token_hex(4)}",
            users=[self.id],
            object_types=models,
            actions=["view"],
            constraints=constraints,
        )


def _writable(value: Any) -> Any:
    """What an API answer says of a field, as the API takes it."""
    if isinstance(value, dict) and "object_type" in value:
        return value["id"]
    if isinstance(value, list):
        return [_writable(each) for each in value]
    return value
