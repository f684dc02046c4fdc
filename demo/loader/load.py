"""Compares the records with the server, and creates or updates what differs."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from .documents import Record
from .errors import DataError, LoadError, nearest
from .kinds import KINDS, Kind
from .server import Row, Server

_PLANNED = "(planned) "  # the id of an object that --check would create


@dataclass
class Result:
    """What was done, or would be."""

    created: int = 0
    changed: int = 0
    same: int = 0
    left_out: int = 0
    kinds: dict[str, int] = field(default_factory=lambda: defaultdict(int))


class Loader:
    """One run over all records."""

    def __init__(self, server: Server, check: bool, tell: Callable[[str], None]) -> None:
        self._server = server
        self._check = check
        self._tell = tell
        self._rows: dict[str, dict[str, Row]] = defaultdict(dict)  # kind -> id -> row
        self._complete: set[str] = set()  # kinds whose rows have all been read
        self._created: set[str] = set()
        self.result = Result()

    def run(self, records: list[Record]) -> Result:
        """Brings the server to what the records say."""
        for kind in KINDS.values():
            wanted = [record for record in records if record.kind is kind]
            if kind.name == "device in cluster" and self._server.version < (3, 0):
                for record in wanted:
                    self._guarded(record, self._set_cluster, record)
                continue
            wanted = [record for record in wanted if not self._too_new(record)]
            if wanted:
                self._guarded(wanted[0], self._read_existing, kind, wanted)
            for record in wanted:
                self._guarded(record, self._apply, record)
                self.result.kinds[kind.section] += 1
        for record in records:
            if any(name in record.fields for name in record.kind.later):
                self._guarded(record, self._apply_later, record)
        return self.result

    def _guarded(self, record: Record, call: Callable[..., None], *args: Any) -> None:
        """Errors name the place, the object and the field."""
        try:
            call(*args)
        except LoadError as error:
            raise type(error)(f"{record.where}: {record}: {error}") from None

    # Older servers

    def _too_new(self, record: Record) -> bool:
        """Says so, and leaves the object out."""
        if record.kind.name == "cable" and len(_ends(record)) > 2 and self._server.version < (3, 2):
            self._tell(f"! {record} is left out: a breakout cable needs Nautobot 3.2")
            self.result.left_out += 1
            return True
        return False

    def _set_cluster(self, record: Record) -> None:
        """Before Nautobot 3.0, a device is in one cluster at most, and that is a field of the device."""
        payload = {"cluster": self._value(record, "cluster")}
        device = self._value(record, "device")
        if changes := _changes(record.kind, payload, self._rows["device"][device]):
            self._update(record, self._rows["device"][device], changes, KINDS["device"])
            self.result.created += 1
        else:
            self.result.same += 1

    def _known(self, record: Record, payload: Row, row: Row) -> Row:
        """What the server shows of the payload: it ignores a field that its version doesn't have, and doesn't say so."""
        named = [name for name in record.fields if name in payload]
        for name in [name for name in named if name not in row and f"{name}s" not in row]:
            self._tell(f"! {record}: {name} is left out: this Nautobot has no such field")
            payload = {key: value for key, value in payload.items() if key != name}
        return payload

    # Reading

    def _read_existing(self, kind: Kind, wanted: list[Record]) -> None:
        if kind.name == "cable":
            devices = {self._end(end)[0] for record in wanted for end in _ends(record)}
            self._remember(
                kind,
                self._server.find(kind, "device_id", [id for id in sorted(devices) if not id.startswith(_PLANNED)]),
            )
        elif not kind.lookup:
            self._remember(kind, self._server.find(kind))
            self._complete.add(kind.name)
        for name in kind.lookup:
            values = {self._value(record, name) for record in wanted if name in record.fields}
            self._remember(
                kind,
                self._server.find(
                    kind, name, sorted(str(value) for value in values if not str(value).startswith(_PLANNED))
                ),
            )

    def _remember(self, kind: Kind, rows: Iterable[Row]) -> None:
        self._rows[kind.name].update({row["id"]: row for row in rows})

    # Writing

    def _apply(self, record: Record) -> None:
        kind = record.kind
        payload = {
            name: self._value(record, name)
            for name in record.fields
            if name not in kind.later and name not in kind.pointers
        }
        pointed = self._pointed(record)
        row = self._match(kind, payload | pointed)
        if row is None:
            payload = {**kind.defaults, **payload, **pointed}
            row = {**payload, "id": f"{_PLANNED}{record}"} if self._check else self._server.create(kind, payload)
            self._rows[kind.name][row["id"]] = row
            self._known(record, payload, row)
            self._created.add(row["id"])
            self.result.created += 1
            self._tell(f"+ {record}")
        elif changes := _changes(kind, self._known(record, payload, row), row):
            self._update(record, row, changes)
            self.result.changed += 1
        else:
            self.result.same += 1
        record.id = row["id"]

    def _apply_later(self, record: Record) -> None:
        """Sets the references to objects that could only be created after this one."""
        payload = {name: self._value(record, name) for name in record.kind.later if name in record.fields}
        row = self._rows[record.kind.name][record.id]
        if changes := _changes(record.kind, payload, row):
            self._update(record, row, changes)
            # Right after an object was created, this is but the rest of its creation.
            if record.id not in self._created:
                self.result.changed += 1

    def _update(self, record: Record, row: Row, changes: Row, target: Kind | None = None) -> None:
        kind = target or record.kind
        for name, value in changes.items():
            if name in record.kind.one or name in record.kind.many:  # names say more than ids
                self._tell(f"~ {record}: {name} -> {_brief(record.fields[name])}")
            else:
                self._tell(f"~ {record}: {name}: {_brief(_sent(row.get(name)))} -> {_brief(value)}")
        if not self._check:
            self._rows[kind.name][row["id"]] = self._server.update(kind, row["id"], changes)

    def _match(self, kind: Kind, payload: Row) -> Row | None:
        key = _key(kind, payload)
        rows = [row for row in self._rows[kind.name].values() if _key(kind, row) == key]
        if len(rows) > 1:
            raise LoadError(f"Nautobot holds {len(rows)} of them, and nothing tells them apart")
        return rows[0] if rows else None

    # References

    def _value(self, record: Record, name: str) -> Any:
        """The value of a field as the API wants it: ids in place of names."""
        kind, value = record.kind, record.fields[name]
        try:
            if name in kind.one:
                return None if value is None else self._resolve(record, name, kind.one[name], value)
            if name in kind.many:
                if not isinstance(value, list):
                    raise DataError("must be a list")
                return [self._resolve(record, name, kind.many[name], item) for item in value]
        except LoadError as error:
            raise type(error)(f"{name}: {error}") from None
        return value

    def _resolve(self, record: Record, name: str, target: str, value: Any) -> str:
        if isinstance(value, Record):
            return value.id
        kind = KINDS[target]
        if isinstance(value, dict):
            wanted = dict(value)
            if unknown := [key for key in wanted if key not in kind.key]:
                hint = nearest(str(unknown[0]), list(kind.key))
                raise DataError(f"a {kind.name} is named by {' and '.join(kind.key)}, not by '{unknown[0]}'{hint}")
        else:
            # A name alone means the one beside us: the rack at our location, the LAG in our device, the release of our platform.
            ours = {key: record.fields.get(key) for key in kind.key[:-1] if key != name and key in record.kind.one}
            wanted = {kind.key[-1]: value} | {key: item for key, item in ours.items() if item is not None}
        ids = {
            key: self._resolve(record, name, kind.one[key], item) if key in kind.one else item
            for key, item in wanted.items()
        }
        for fresh in (False, True):
            if fresh:
                self._read_named(kind, ids)
            rows = [
                row
                for row in self._rows[target].values()
                if all(_field(kind, key, row) == _plain(kind, key, item) for key, item in ids.items())
            ]
            if len(rows) == 1:
                return rows[0]["id"]
            if rows:
                raise DataError(f"there are {len(rows)} with the name {value!r}; say {' and '.join(kind.key)}")
        known = sorted({str(_sent(row.get(kind.key[-1]))) for row in self._rows[target].values()})
        raise DataError(
            f"there is no {kind.name} {value!r}, neither in the files before this nor in Nautobot{nearest(str(value), known)}"
        )

    def _read_named(self, kind: Kind, ids: Row) -> None:
        """Asks the server for an object that the files only refer to."""
        if kind.name in self._complete or any(str(id).startswith(_PLANNED) for id in ids.values()):
            return
        if kind.lookup:
            others = {key: str(id) for key, id in ids.items() if key != kind.key[-1]}
            self._remember(kind, self._server.find(kind, kind.key[-1], [str(ids[kind.key[-1]])], **others))
        else:
            self._remember(kind, self._server.find(kind))
            self._complete.add(kind.name)

    # Objects that point at any kind of object

    def _pointed(self, record: Record) -> Row:
        """The fields of a cable, a relationship association or a group's member that name objects of any kind."""
        if record.kind.name == "cable":
            return self._cable(record)
        if record.kind.name == "relationship association":
            (source_type, source), (destination_type, destination) = (
                self._object(record, "source"),
                self._object(record, "destination"),
            )
            return {
                "source_type": source_type,
                "source_id": source,
                "destination_type": destination_type,
                "destination_id": destination,
            }
        if record.kind.name == "member of a group":
            object_type, member = self._object(record, "member")
            return {"associated_object_type": object_type, "associated_object_id": member}
        return {}

    def _cable(self, record: Record) -> Row:
        sides = {side: [self._end(end) for end in _ends(record, side)] for side in ("a", "b")}
        slots = {
            f"{side}{number}": {"object_type": model, "id": id}
            for side, ends in sides.items()
            for number, (_, model, id) in enumerate(ends, 1)
        }
        if len(slots) > 2:
            return {"terminations": slots}  # a breakout cable, Nautobot 3.2 and newer
        (_, a_type, a_id), (_, b_type, b_id) = sides["a"][0], sides["b"][0]
        return {
            "termination_a_type": a_type,
            "termination_a_id": a_id,
            "termination_b_type": b_type,
            "termination_b_id": b_id,
        }

    def _end(self, end: Any) -> tuple[str, str, str]:
        """Device, content type and id of one end: {device: NAME, interface: NAME}."""
        if not isinstance(end, dict) or "device" not in end or len(end) != 2:
            raise DataError(
                f"an end is {{device: NAME, interface: NAME}} (or power_port, power_outlet, rear_port, front_port), not {end!r}"
            )
        component = KINDS.get(next(key for key in end if key != "device").replace("_", " "))
        if component is None or "device" not in component.key or not component.model:
            raise DataError(f"a cable can't end in {end!r}")
        owner = Record(component, {"device": end["device"]}, "")
        device = self._resolve(owner, "device", "device", end["device"])
        named = {"device": end["device"], "name": end[component.name.replace(" ", "_")]}
        return device, component.model, self._resolve(owner, component.name, component.name, named)

    def _object(self, record: Record, name: str) -> tuple[str, str]:
        value = record.fields.get(name)
        if isinstance(value, dict) and len(value) == 1:
            kind = KINDS.get(next(iter(value)).replace("_", " "))
            if kind and kind.model:
                return kind.model, self._resolve(record, name, kind.name, next(iter(value.values())))
        raise DataError(f"{name}: must be {{device: NAME}} or {{virtual_machine: NAME}}, not {value!r}")


def _ends(record: Record, side: str = "") -> list[Any]:
    if not side:
        return _ends(record, "a") + _ends(record, "b")
    value = record.fields.get(side)
    return value if isinstance(value, list) else [value]


def _key(kind: Kind, row: Row) -> tuple[Any, ...]:
    return tuple(_field(kind, name, row) for name in kind.key)


def _field(kind: Kind, name: str, row: Row) -> Any:
    """A field of what the server sent, or of what we would send, in a form in which both compare."""
    if name == "terminations":  # a cable is the same whichever way round its ends are named
        slots = row.get("terminations") or {}
        ids = {slot["id"] for slot in slots.values() if slot} or {
            row.get("termination_a_id"),
            row.get("termination_b_id"),
        }
        return frozenset(id for id in ids if id)
    return _plain(kind, name, row.get(name))


def _sent(value: Any) -> Any:
    """The server shows a choice as {value, label} and an object as {id, …}; it is told the bare value."""
    if isinstance(value, dict) and set(value) == {"value", "label"}:
        return value["value"]
    if isinstance(value, dict) and "id" in value and "object_type" in value:
        return value["id"]
    return value


def _plain(kind: Kind, name: str, value: Any) -> Any:
    """A value in the one form in which both sides can be compared."""
    value = _sent(value)
    if kind.name == "IP address" and name == "address" and value:
        return ipaddress.ip_interface(str(value)).ip
    if name in ("prefix", "address") and value:
        return ipaddress.ip_interface(str(value))
    if name == "mac_address" and value:
        return str(value).upper()
    if isinstance(value, str) and name in ("length", "latitude", "longitude"):
        return float(value)
    return value


def _changes(kind: Kind, payload: Row, row: Row) -> Row:
    return {name: value for name, value in payload.items() if not _equal(kind, name, value, row)}


def _equal(kind: Kind, name: str, wanted: Any, row: Row) -> bool:
    current: Any = row.get(name)
    if name in kind.many or name in kind.sets:
        return {str(item) for item in wanted} == {str(_sent(item)) for item in current or []}
    if name in kind.one and name not in row and isinstance(locations := row.get(f"{name}s"), list):
        # A prefix or VLAN may have several locations; the API takes one, and shows them all.
        return wanted in [_sent(item) for item in locations]
    if name == "custom_fields":  # the file speaks for the fields that it names
        return all(key in (current or {}) and current[key] == value for key, value in wanted.items())
    if kind.name == "IP address" and name == "address":
        return ipaddress.ip_interface(wanted) == ipaddress.ip_interface(current)
    wanted, current = _plain(kind, name, wanted), _plain(kind, name, current)
    if isinstance(wanted, int | float) and isinstance(current, str):  # version: 13 or color: 212121, without quotes
        return str(wanted) == current
    return wanted == current


def _brief(value: Any) -> str:
    text = str(value.fields[value.kind.key[-1]] if isinstance(value, Record) else value)
    return text if len(text) <= 60 else f"{text[:57]}..."
