"""Reads folders in the layout in which Nautobot takes config contexts and their schemas from a Git repository.

Where Nautobot would refuse a file, or pass over one, this is an error, too. https://docs.nautobot.com/ ("Git as a Data
Source") describes the layout.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .documents import Mapping, Record, load, record
from .documents import read as read_documents
from .errors import DataError, nearest
from .kinds import KINDS

_CONTEXTS, _SCHEMAS = "config_contexts", "config_context_schemas"
_CONTEXT = KINDS["config context"]
_SCHEMA = KINDS["config context schema"]
_HOSTS = {"devices": "device", "virtual_machines": "virtual machine"}


def read(paths: Iterable[Path]) -> list[Record]:
    """All records of files, of directories of files, and of the two folders that Nautobot knows."""
    paths = list(paths)
    records = read_documents(path for path in paths if not _is_layout(path))
    for path in filter(_is_layout, paths):
        records += _schemas(path) if path.name == _SCHEMAS else _contexts(path)
    for path in filter(_is_layout, paths):
        _set_local_contexts(path, records)
    return records


def _is_layout(path: Path) -> bool:
    return path.name in (_CONTEXTS, _SCHEMAS) and path.is_dir()


def _files(folder: Path, folders: bool = False) -> Iterator[Path]:
    for path in sorted(path for path in folder.iterdir() if not (folders and path.is_dir())):
        if not path.is_file() or path.suffix not in (".yml", ".yaml", ".json"):
            raise DataError(f"{path}: only YAML and JSON files may be here")
        yield path


def _schemas(folder: Path) -> Iterator[Record]:
    for path in _files(folder):
        for entry, metadata in _entries(path):
            yield record(_SCHEMA, _mapping(entry, {**metadata, "data_schema": entry.get("data_schema")}), path)


def _contexts(folder: Path) -> Iterator[Record]:
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name in _CONTEXT.many:
            for file in _files(path):
                yield from _of_file(file, path.name)
        elif path.is_dir() and path.name not in _HOSTS:
            known = nearest(path.name, [*_CONTEXT.many, *_HOSTS])
            raise DataError(f"{path}: Nautobot takes nothing from a folder of this name{known}")
    for path in _files(folder, folders=True):
        yield from _of_file(path)


def _of_file(path: Path, scope: str = "") -> Iterator[Record]:
    """The contexts of a file; one in a folder such as `roles` fits what the file is named after."""
    for entry, metadata in _entries(path):
        fields = {"weight": 1000, "description": "", "is_active": True, **metadata}
        for name in _CONTEXT.many.keys() & fields.keys():
            fields[name] = [_plain(name, reference) for reference in fields[name] or []]
        if scope:
            fields[scope] = [*fields.get(scope, []), path.stem]
        data = {key: value for key, value in entry.items() if key != "_metadata"}
        yield record(_CONTEXT, _mapping(entry, {**fields, "data": data}), path)


def _plain(scope: str, reference: Any) -> Any:
    """Here {name: NAME}, and elsewhere NAME."""
    name = KINDS[_CONTEXT.many[scope]].key[-1]
    return reference[name] if isinstance(reference, dict) and list(reference) == [name] else reference


def _entries(path: Path) -> Iterator[tuple[Mapping, dict[str, Any]]]:
    """Each entry of a file, and what its _metadata says."""
    content = load(path)
    for entry in content if isinstance(content, list) else [content]:
        if not isinstance(entry, Mapping) or not isinstance(entry.get("_metadata"), Mapping):
            raise DataError(f"{path}: this must be a mapping with a mapping '_metadata'")
        yield entry, entry["_metadata"]


def _mapping(entry: Mapping, fields: dict[str, Any]) -> Mapping:
    result = Mapping(fields)
    result.line = entry.line
    return result


def _set_local_contexts(folder: Path, records: list[Record]) -> None:
    """A host's own context has a file, and belongs to the host that another file describes."""
    for section, kind in _HOSTS.items():
        for path in _files(folder / section) if (folder / section).is_dir() else ():
            hosts = [host for host in records if host.kind is KINDS[kind] and host.fields["name"] == path.stem]
            if len(hosts) != 1:
                raise DataError(f"{path}: the files describe {len(hosts)} objects of this name: {kind} '{path.stem}'")
            if "local_config_context_data" in hosts[0].fields:
                raise DataError(f"{path}: {hosts[0].where} has a local context, too")
            content = load(path)
            if not isinstance(content, Mapping):
                raise DataError(f"{path}: a local context is a mapping")
            hosts[0].fields["local_config_context_data"] = content
