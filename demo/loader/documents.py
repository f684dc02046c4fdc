"""Reads the YAML files into records: what they say, checked against the kinds, with the place where they say it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .errors import DataError, nearest
from .kinds import KINDS, SECTIONS, Kind


class Mapping(dict):
    """A mapping that knows its line."""

    line = 0


class _Reader(yaml.SafeLoader):
    """YAML with lines, without duplicate keys, and with dates left as text (the API wants text)."""

    yaml_implicit_resolvers = {
        char: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for char, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """Before merge keys (<<) are worked in: what they bring may be overridden, what stands here twice is a mistake."""
        node = super().compose_mapping_node(anchor)
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise DataError(
                    f"{key.start_mark.name}:{key.start_mark.line + 1}: the key '{key.value}' stands twice in one mapping"
                )
            seen.add(key.value if isinstance(key, yaml.ScalarNode) else id(key))
        return node


def _construct_mapping(reader: _Reader, node: yaml.MappingNode) -> Mapping:
    reader.flatten_mapping(node)
    result = Mapping()
    result.line = node.start_mark.line + 1
    for key_node, value_node in node.value:
        result[reader.construct_object(key_node, deep=True)] = reader.construct_object(value_node, deep=True)
    return result


_Reader.add_constructor("tag:yaml.org,2002:map", _construct_mapping)


@dataclass
class Record:
    """One object that the files describe. A value may be another record: then it's a reference to that one."""

    kind: Kind
    fields: dict[str, Any]
    where: str
    owner: Record | None = None
    id: str = ""  # once it is found or created

    def __str__(self) -> str:
        own = self.fields.get(self.kind.key[-1], self.fields.get("label"))
        if own is None and self.kind.pointers:
            own = " to ".join(_pointed(self.fields.get(name)) for name in self.kind.pointers)
        text = f"{self.kind.name} '{own.fields[own.kind.key[-1]] if isinstance(own, Record) else own}'"
        return f"{text} of {self.owner}" if self.owner else text


def _pointed(value: Any) -> str:
    return " ".join(str(item) for item in value.values()) if isinstance(value, dict) else str(value)


def read(paths: Iterable[Path]) -> list[Record]:
    """All records of the files; directories are read in the order of their file names."""
    records: list[Record] = []
    for path in _files(paths):
        records += _sections(path, load(path))
    return records


def load(path: Path) -> Any:
    """The content of one file."""
    try:
        with path.open(encoding="utf-8") as file:
            return yaml.load(file, _Reader)  # noqa: S506 (a SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: {error}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise DataError(
            f"{path}:{mark.line + 1 if mark else 1}: this is no YAML: {getattr(error, 'problem', error)}"
        ) from None


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = sorted([*path.glob("*.yml"), *path.glob("*.yaml")])
        if not found:
            raise DataError(f"{path}: there are no YAML files in this directory")
        yield from found


def _sections(path: Path, content: Any) -> Iterator[Record]:
    if not isinstance(content, Mapping):
        raise DataError(f"{path}: the file must be a mapping of sections, such as 'devices:'")
    for section, entries in content.items():
        kind = SECTIONS.get(section)
        if kind is None:
            raise DataError(
                f"{path}:{content.line}: unknown section '{section}'{nearest(str(section), list(SECTIONS))}"
            )
        if not isinstance(entries, list):
            raise DataError(f"{path}: '{section}' must be a list")
        for entry in entries:
            yield from _record(kind, entry, path, content.line)


def record(kind: Kind, entry: Any, path: Path) -> Record:
    """One object without children."""
    return next(_record(kind, entry, path, 1))


def _record(
    kind: Kind, entry: Any, path: Path, line: int, owner: Record | None = None, owner_field: str = ""
) -> Iterator[Record]:
    where = f"{path}:{getattr(entry, 'line', line)}"
    if kind.name == "address on interface" and owner:
        yield from _address(entry, where, owner, owner_field)
        return
    if not isinstance(entry, Mapping):
        if isinstance(entry, str) and owner:  # the short form of a child that is but a name: `clusters: [home]`
            entry = Mapping({kind.key[-1]: entry})
        else:
            raise DataError(f"{where}: an entry of '{kind.section}' must be a mapping, not {entry!r}")
    record = Record(kind, {owner_field: owner} if owner else {}, where, owner)
    for name in entry:
        if name not in kind.fields or name == owner_field:
            raise DataError(f"{where}: a {kind.name} has no field '{name}'{nearest(str(name), kind.fields)}")
    record.fields |= {name: value for name, value in entry.items() if name not in kind.children}
    for name in kind.required:
        if record.fields.get(name) in (None, ""):
            raise DataError(f"{where}: a {kind.name} needs '{name}'")
    yield record
    for section, (child, field) in kind.children.items():
        children = entry.get(section) or []
        if not isinstance(children, list):
            raise DataError(f"{where}: {record}: '{section}' must be a list")
        for value in children:
            yield from _record(KINDS[child], value, path, getattr(entry, "line", line), record, field)


def _address(entry: Any, where: str, interface: Record, field: str) -> Iterator[Record]:
    """An address below an interface is two objects in Nautobot: the address, and the fact that it is there."""
    values = entry if isinstance(entry, Mapping) else Mapping({"address": entry})
    kind = KINDS["IP address"]
    for name in values:
        if name not in kind.fields:
            raise DataError(f"{where}: an {kind.name} has no field '{name}'{nearest(str(name), kind.fields)}")
    if "/" not in str(values.get("address", "")):
        raise DataError(
            f"{where}: {interface}: an address needs its mask length, as in 192.0.2.1/24; found {values.get('address')!r}"
        )
    address = Record(kind, dict(values), where)
    yield address
    yield Record(KINDS["address on interface"], {"ip_address": address, field: interface}, where, interface)
