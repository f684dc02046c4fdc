"""The part of JSON Schema (draft 7) that config_context_schemas/app_list.yml uses.

An execution environment need not have the library jsonschema; the tests compare this with it. A keyword that is not known
here is an error of the schema, so that none is left out silently.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .finding import Finding, error, join, nearest

_TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
_NAMES = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}
_SILENT = {"description", "definitions"}


class Schema:
    """A schema, and what violates it."""

    def __init__(self, root: dict[str, Any]) -> None:
        self.root = root

    def check(self, value: Any, path: str, schema: dict[str, Any] | None = None) -> Iterator[Finding]:
        """What in this value violates the schema."""
        schema = self._target(self.root if schema is None else schema)
        if "type" in schema and not _is(value, schema["type"]):
            yield error("shape", path, f"is {_named(value)}, must be {_expected(schema['type'])}")
            return
        for keyword, rule in schema.items():
            if keyword in _SILENT or keyword == "type":
                continue
            yield from getattr(self, f"_{keyword.lower()}")(value, path, rule, schema)

    def _target(self, schema: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in schema:
            found: Any = self.root
            for part in schema["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            schema = found
        return schema

    def _properties(self, value: Any, path: str, rule: dict[str, Any], _: Any) -> Iterator[Finding]:
        if isinstance(value, dict):
            for name, inner in rule.items():
                if name in value:
                    yield from self.check(value[name], join(path, name), inner)

    def _additionalproperties(self, value: Any, path: str, rule: Any, schema: dict[str, Any]) -> Iterator[Finding]:
        if not isinstance(value, dict):
            return
        known = schema.get("properties", {})
        for name in value:
            if name in known:
                continue
            if rule is False:
                yield error("unknown-key", join(path, name), f"there is no such key{nearest(name, known)}")
            elif rule is not True:
                yield from self.check(value[name], join(path, name), rule)

    def _propertynames(self, value: Any, path: str, rule: dict[str, Any], _: Any) -> Iterator[Finding]:
        if isinstance(value, dict):
            for name in value:
                yield from self.check(name, join(path, name), rule)

    def _items(self, value: Any, path: str, rule: dict[str, Any], _: Any) -> Iterator[Finding]:
        if isinstance(value, list):
            for index, each in enumerate(value):
                yield from self.check(each, join(path, index), rule)

    def _allof(self, value: Any, path: str, rule: list[Any], _: Any) -> Iterator[Finding]:
        for each in rule:
            yield from self.check(value, path, each)

    def _required(self, value: Any, path: str, rule: list[str], _: Any) -> Iterator[Finding]:
        if isinstance(value, dict):
            for name in rule:
                if name not in value:
                    yield error("shape", path, f"`{name}` is missing")

    def _enum(self, value: Any, path: str, rule: list[Any], _: Any) -> Iterator[Finding]:
        if not any(value == each and isinstance(value, bool) == isinstance(each, bool) for each in rule):
            choices = ", ".join(str(each) for each in rule)
            yield error("shape", path, f"is `{value}`, must be one of {choices}{nearest(str(value), rule)}")

    def _pattern(self, value: Any, path: str, rule: str, _: Any) -> Iterator[Finding]:
        if isinstance(value, str) and not re.search(rule, value):
            yield error("shape", path, f"`{value}` does not have the right form ({rule})")

    def _minlength(self, value: Any, path: str, rule: int, _: Any) -> Iterator[Finding]:
        if isinstance(value, str) and len(value) < rule:
            yield error("shape", path, "must not be empty")

    def _minimum(self, value: Any, path: str, rule: int, _: Any) -> Iterator[Finding]:
        if _is(value, "number") and value < rule:
            yield error("shape", path, f"is {value}, must be at least {rule}")

    def _maximum(self, value: Any, path: str, rule: int, _: Any) -> Iterator[Finding]:
        if _is(value, "number") and value > rule:
            yield error("shape", path, f"is {value}, must be at most {rule}")


def _is(value: Any, types: str | list[str]) -> bool:
    for name in [types] if isinstance(types, str) else types:
        if isinstance(value, bool):
            fits = name == "boolean"
        elif name == "integer" and isinstance(value, float):
            fits = value.is_integer()
        else:
            fits = isinstance(value, _TYPES[name])
        if fits:
            return True
    return False


def _named(value: Any) -> str:
    name = next(name for name in _NAMES if _is(value, name))
    return _NAMES[name]


def _expected(types: str | list[str]) -> str:
    return " or ".join(_NAMES[name] for name in ([types] if isinstance(types, str) else types))
