"""What a host returns, checked by shape: a host that was taken over may return anything.

Keys that mean something to Ansible itself (facts, new hosts, unreachable) are never among those that go on.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

_LONGEST, _MOST = 200_000, 5_000
# Characters of a host's result as JSON: the report is kept in memory, and holds all hosts.
_LARGEST = 16 * 1024 * 1024
_STATES = ("present", "stopped", "absent")


class InvalidResult(Exception):
    """Where a result is not as the module makes it."""


def checked(raw: Any) -> dict[str, Any]:
    """The known keys of a result; an InvalidResult says which one is wrong."""
    return _mapping(raw, "result", _RESULT)


def bounded(found: dict[str, Any]) -> dict[str, Any]:
    """A result as it is printed and written; an InvalidResult where it is too large. Escapes made it longer."""
    size = len(json.dumps(found, ensure_ascii=False))
    if size > _LARGEST:
        raise InvalidResult(f"{size} characters, at most {_LARGEST} are read")
    return found


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise InvalidResult(f"`{where}`: expected text, found {_kind(value)}")
    return value if len(value) <= _LONGEST else value[:_LONGEST] + f"… ({len(value)} characters)"


def _message(value: Any, where: str) -> str:
    """A warning: text, or since ansible-core 2.19 an object that has it."""
    return _text(getattr(getattr(value, "event", None), "msg", value), where)


def _flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidResult(f"`{where}`: expected a boolean, found {_kind(value)}")
    return value


def _number(value: Any, where: str) -> float:
    # NaN is not equal to itself.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value or abs(value) > 1e12:
        raise InvalidResult(f"`{where}`: expected a number, found {_kind(value)}")
    return value


def _integer(value: Any, where: str) -> int:
    if isinstance(value, float):
        raise InvalidResult(f"`{where}`: expected a whole number, found {value}")
    return int(_number(value, where))


def _state(value: Any, where: str) -> str:
    """What an app is declared to be: `nautobridge apps drift` knows no other word."""
    if _text(value, where) not in _STATES:
        raise InvalidResult(f"`{where}`: expected present, stopped or absent, found `{value[:60]}`")
    return str(value)


def _or_none(inner: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    return lambda value, where: None if value is None else inner(value, where)


def _list(inner: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    def check(value: Any, where: str) -> list[Any]:
        if not isinstance(value, list):
            raise InvalidResult(f"`{where}`: expected a list, found {_kind(value)}")
        if len(value) > _MOST:
            raise InvalidResult(f"`{where}`: {len(value)} entries, at most {_MOST} are read")
        return [inner(each, f"{where}[{index}]") for index, each in enumerate(value)]

    return check


def _each(inner: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    """A mapping of any names to values of one shape."""

    def check(value: Any, where: str) -> dict[str, Any]:
        _expect_mapping(value, where)
        if len(value) > _MOST:
            raise InvalidResult(f"`{where}`: {len(value)} entries, at most {_MOST} are read")
        return {_text(key, where): inner(each, f"{where}.{str(key)[:60]}") for key, each in value.items()}

    return check


def _shape(known: dict[str, Callable[[Any, str], Any]], required: bool = True) -> Callable[[Any, str], Any]:
    return lambda value, where: _mapping(value, where, known, required)


def _mapping(
    value: Any, where: str, known: dict[str, Callable[[Any, str], Any]], required: bool = False
) -> dict[str, Any]:
    """The known keys of a mapping; others are dropped."""
    _expect_mapping(value, where)
    found = {}
    for key, check in known.items():
        if key in value:
            found[key] = check(value[key], key if where == "result" else f"{where}.{key}")
        elif required:
            raise InvalidResult(f"`{where}`: `{key}` is missing")
    return found


def _expect_mapping(value: Any, where: str) -> None:
    if not isinstance(value, dict):
        raise InvalidResult(f"`{where}`: expected a mapping, found {_kind(value)}")


def _kind(value: Any) -> str:
    kinds = {dict: "a mapping", list: "a list", str: "text", bool: "a boolean", type(None): "null"}
    return kinds.get(type(value), "a number" if isinstance(value, (int, float)) else "something else")


_IMAGE = _shape(
    {"image": _text, **{key: _or_none(_text) for key in ("old", "new", "old_digest", "new_digest")}},
)
_RECORDED = _shape(
    {
        "declared": _text,
        "state": _state,
        **{key: _or_none(_text) for key in ("bundle", "commit")},
        "images": _each(_shape({"image": _text, "id": _or_none(_text), "digest": _or_none(_text)})),
    },
)
_RUNNING = _shape(
    {
        **dict.fromkeys(("name", "image", "id", "state"), _text),
        "health": _or_none(_text),
        "restarts": _integer,
        "exit_code": _integer,
        "intact": _flag,
    },
)
_APP = _shape(
    {
        "state": _state,
        "result": _text,
        "changed": _flag,
        "reasons": _list(_text),
        "error": _or_none(_text),
        "seconds": _number,
        "commit": _or_none(_text),
        "declared": _or_none(_text),
        "recorded": _or_none(_RECORDED),
        "images": _each(_IMAGE),
        "running": _each(_list(_RUNNING)),
        "tampered": _list(_text),
    },
)
_UNMANAGED = _shape({"name": _text, "image": _text, "state": _text, "project": _or_none(_text)})
_DIFF = _shape(dict.fromkeys(("before_header", "after_header", "before", "after", "prepared"), _text), required=False)
_RESULT: dict[str, Callable[[Any, str], Any]] = {
    **dict.fromkeys(("changed", "failed", "skipped", "unreachable"), _flag),
    **dict.fromkeys(("msg", "skip_reason", "module_stdout", "module_stderr"), _text),
    "rc": _or_none(_number),
    "apps": _each(_APP),
    **{key: _list(_text) for key in ("orphans", "pruned", "notes", "problems")},
    "warnings": _list(_message),
    "unmanaged": _list(_UNMANAGED),
    "commit": _or_none(_text),
    "seconds": _number,
    "diff": _list(_DIFF),
}
