"""YAML of a Compose file. Hosts need not have PyYAML, and JSON alone is no text to edit by hand."""

from __future__ import annotations

import json
import re
from typing import Any

# Words and numbers that YAML readers take for something else than text are quoted, and whatever is not this plain.
_PLAIN = re.compile(
    r"(?:[A-Za-z_/$]|\./)(?:[A-Za-z0-9_./${}@+-]|:(?=[A-Za-z0-9_./$-]))*(?: [A-Za-z0-9_./${}@+-]+)*",
)
# What YAML does not take as it is, or folds; JSON leaves it.
_UNREAD = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf"])


def dump(value: dict[str, Any]) -> str:
    """A mapping in block style, keys in the order in which they come."""
    lines: list[str] = []
    _block(value, 0, lines)
    return "\n".join(lines) + "\n"


def _block(value: dict[str, Any] | list[Any], indent: int, lines: list[str]) -> None:
    pad = "  " * indent
    if isinstance(value, dict):
        for key, inner in value.items():
            _entry(pad + _scalar(str(key)) + ":", inner, indent, lines)
    else:
        for inner in value:
            _entry(pad + "-", inner, indent, lines)


def _entry(head: str, value: Any, indent: int, lines: list[str]) -> None:
    if isinstance(value, (dict, list)) and value:
        lines.append(head)
        _block(value, indent + 1, lines)
    else:
        lines.append(head + " " + _scalar(value))


def _scalar(value: Any) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    # JSON's scalars, {} and [] are YAML's, too.
    return _UNREAD.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))
