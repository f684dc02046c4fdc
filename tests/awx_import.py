"""What AWX 24.6.1 makes of the JSON of an inventory update, and what it gives jobs of it: a model of its rules.

Written after AWX's sources (Apache-2.0, https://github.com/ansible/awx), of which it holds no code; each rule names where it
is. The files are awx/main/management/commands/inventory_import.py (I), awx/main/utils/mem_inventory.py (M),
awx/main/models/inventory.py (V), awx/main/tasks/jobs.py (J) and awx/settings/defaults.py (S).
"""

from __future__ import annotations

import json
import re
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

# Longer ones are the database's error (V: the names of hosts and groups).
NAME_LIMIT = 512
# Of these, only the inventory itself keeps something: `all`'s variables (M: create_group, get_group).
ROOTS = ("all", "ungrouped")


class Refused(Exception):
    """AWX would end the update with an error, and roll back what it did."""


@dataclass
class Host:
    """A row of hosts."""

    variables: str = "{}"
    """Text: the JSON of a mapping (I: _create_update_hosts)."""
    enabled: bool = True


@dataclass
class Group:
    """A row of groups."""

    variables: str = "{}"
    hosts: set[str] = field(default_factory=set)
    children: set[str] = field(default_factory=set)


@dataclass
class Source:
    """The fields of an inventory source that count; S gives the defaults of kind `scm`, for which rows without an id of their
    own are known by their names, and empty groups are kept (SCM_INSTANCE_ID_VAR, SCM_EXCLUDE_EMPTY_GROUPS)."""

    overwrite: bool = False
    overwrite_vars: bool = False
    enabled_var: str = ""
    enabled_value: str = ""
    hosts: set[str] = field(default_factory=set)
    """The hosts that its updates brought: no others are deleted."""
    groups: set[str] = field(default_factory=set)


@dataclass
class Inventory:
    """The rows of one inventory."""

    hosts: dict[str, Host] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    variables: str = "{}"

    def update(self, source: Source, status: str, output: str) -> list[str]:
        """Take over the output of an update that ended so; gives the writes to the database."""
        # Of a run that failed nothing is read (J: RunInventoryUpdate.post_run_hook).
        if status != "successful":
            return []
        found = _Found(json.loads(output))
        # In one transaction (I: perform_update).
        after, of_source = deepcopy(self), deepcopy(source)
        writes = after._take(of_source, found)
        vars(self).update(vars(after))
        vars(source).update(vars(of_source))
        return writes

    def _take(self, source: Source, found: _Found) -> list[str]:
        writes = self._remove(source, found) if source.overwrite else []
        # The inventory's own variables are added to and never replaced (I: _update_inventory).
        text = _merged(self.variables, found.variables, replace=False)
        writes += ["change inventory"] * (text != self.variables)
        self.variables = text
        for name in sorted(found.groups):
            writes += self._write(self.groups, Group, "group", name, found.groups[name].variables, source)
        for name in sorted(found.hosts):
            writes += self._write(self.hosts, Host, "host", name, found.hosts[name], source)
            enabled = _enabled(source, found.hosts[name])
            if enabled is not None and self.hosts[name].enabled != enabled:
                self.hosts[name].enabled = enabled
                writes.append(f"{'enable' if enabled else 'disable'} host {name}")
        source.hosts |= set(found.hosts)
        source.groups |= set(found.groups)
        for name, group in sorted(found.groups.items()):
            row = self.groups[name]
            writes += [f"add {child} to {name}" for child in sorted(group.children - row.children)]
            writes += [f"add {host} to {name}" for host in sorted(group.hosts - row.hosts)]
            row.children |= group.children
            row.hosts |= group.hosts
        return writes

    def _remove(self, source: Source, found: _Found) -> list[str]:
        """Delete what the source brought and has no more, also if that is all (I: _delete_hosts, _delete_groups,
        _delete_group_children_and_hosts)."""
        hosts, groups = source.hosts - set(found.hosts), source.groups - set(found.groups)
        for name in hosts:
            del self.hosts[name]
        for name in groups:
            del self.groups[name]
        writes = [f"delete host {name}" for name in sorted(hosts)]
        writes += [f"delete group {name}" for name in sorted(groups)]
        source.hosts -= hosts
        source.groups -= groups
        for name, row in sorted(self.groups.items()):
            row.hosts -= hosts
            row.children -= groups
            if name not in source.groups:
                continue
            # Memberships and children that others made are left alone.
            no_hosts = (row.hosts & source.hosts) - found.groups[name].hosts
            no_children = (row.children & set(found.groups)) - found.groups[name].children
            row.hosts -= no_hosts
            row.children -= no_children
            writes += [f"take {member} from {name}" for member in sorted(no_hosts | no_children)]
        return writes

    @staticmethod
    def _write(rows: dict[str, Any], row: type, kind: str, name: str, variables: dict, source: Source) -> list[str]:
        """Make a row, or change its variables (I: _create_update_groups, _update_db_host_from_mem_host)."""
        if name not in rows:
            if len(name) > NAME_LIMIT:
                raise Refused(f"{kind} {name}: longer than {NAME_LIMIT} characters")
            # Names are used in templates (I: sanitize_jinja, before a host is made).
            if kind == "host" and re.search(r"\{\{|\}\}|\{%|%\}", name):
                raise Refused(f"{kind} {name}: inline Jinja variables are not allowed")
            rows[name] = row(json.dumps(variables))
            return [f"create {kind} {name}"]
        text = _merged(rows[name].variables, variables, replace=source.overwrite_vars)
        if text == rows[name].variables:
            return []
        rows[name].variables = text
        return [f"change {kind} {name}"]

    def for_jobs(self) -> dict[str, Any]:
        """Give what a job of this inventory gets as its inventory script's output (V: get_script_data)."""
        shown = {name: host for name, host in sorted(self.hosts.items()) if host.enabled}
        data: dict[str, Any] = {"all": {"vars": json.loads(self.variables)} if self.variables != "{}" else {}}
        grouped: set[str] = set()
        for name, group in self.groups.items():
            entry = {
                "hosts": sorted(group.hosts & set(shown)),
                "children": sorted(group.children),
                "vars": json.loads(group.variables),
            }
            data[name] = {key: value for key, value in entry.items() if value}
            grouped |= group.hosts
        data["all"]["hosts"] = [name for name in shown if name not in grouped]
        data["_meta"] = {"hostvars": {}}
        for number, (name, host) in enumerate(shown.items(), 1):
            own = {"remote_tower_enabled": "true", "remote_tower_id": number}
            data["_meta"]["hostvars"][name] = json.loads(host.variables) | own
        return data


@dataclass
class _FoundGroup:
    variables: dict[str, Any] = field(default_factory=dict)
    hosts: set[str] = field(default_factory=set)
    children: set[str] = field(default_factory=set)


class _Found:
    """The output as AWX reads it (M: dict_to_mem_data)."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.variables: dict[str, Any] = {}
        self.groups: dict[str, _FoundGroup] = {}
        self.hosts: dict[str, dict[str, Any]] = {}
        meta = data.pop("_meta", {}).get("hostvars", {})
        for name, entry in data.items():
            hosts = [self._host(host) for host in entry.get("hosts", [])]
            children = [child for child in entry.get("children", []) if child not in ROOTS]
            for child in children:
                self.groups.setdefault(child, _FoundGroup())
            if name in ROOTS:
                self.variables.update(entry.get("vars", {}))
                continue
            group = self.groups.setdefault(name, _FoundGroup())
            group.hosts.update(hosts)
            group.children.update(children)
            group.variables.update(entry.get("vars", {}))
        # A host that stands only there does not exist.
        for name, variables in self.hosts.items():
            variables.update(meta.get(name, {}))

    def _host(self, text: str) -> str:
        """Tell a host's name: one colon is taken for a port's (M: get_host)."""
        name, variables = text, {}
        if matched := re.fullmatch(r"\[([A-Fa-f0-9:]{3,})\]:(\d+)", text):
            name, variables = matched[1], {"ansible_port": int(matched[2])}
        elif text.count(":") == 1:
            name, port = text.split(":")
            variables = {"ansible_port": int(port)} if port.isdecimal() else {}
        self.hosts.setdefault(name, variables)
        return name


def _merged(before: str, variables: dict[str, Any], *, replace: bool) -> str:
    """Give the text of a row's variables; that of the same values stays as it is."""
    values = json.loads(before)
    after = variables if replace else values | variables
    return before if values == after else json.dumps(after)


def _enabled(source: Source, variables: dict[str, Any]) -> bool | None:
    """Tell whether a host is enabled; none: that is left as it is (I: _get_enabled)."""
    if not source.enabled_var:
        return None
    value: Any = variables
    for key in source.enabled_var.split("."):
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    if source.enabled_value:
        return str(value).lower() == source.enabled_value.lower()
    return bool(value)
