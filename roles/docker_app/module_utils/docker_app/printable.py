"""Text of others (programs, containers, file names) as it may be printed: no terminal and no CI system takes it for a command."""

from __future__ import annotations

import re
from typing import Any

# Controls but for tab and line feed, marks that change the direction of text, line separators, surrogates, tags.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
# GitHub trims a line before it looks for `::`, and finds `##[` anywhere. `##vso[` is Azure's, `##teamcity[` TeamCity's.
_COMMAND = re.compile(r"^(\s*)(?=::)", re.MULTILINE)
_OLD_COMMAND = re.compile(r"##(?=\w*\[)")
_DEEPEST = 40


def printable(text: str, in_ci: bool = False) -> str:
    """The text with its hidden characters written as escapes; `in_ci`: no line of it is a command to the CI system."""
    text = _HIDDEN.sub(_escaped, text.replace("\r\n", "\n"))
    if in_ci:
        text = _OLD_COMMAND.sub("# #", _COMMAND.sub(r"\1> ", text))
    return text


def _escaped(found: Any) -> str:
    number = ord(found[0])
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def printable_all(value: Any, in_ci: bool = False, depth: int = 0) -> Any:
    """Every text within a value, keys included, as it may be printed."""
    if isinstance(value, str):
        return printable(value, in_ci)
    if isinstance(value, dict):
        if depth > _DEEPEST:
            return "(nested too deeply)"
        return {printable(str(key), in_ci): printable_all(inner, in_ci, depth + 1) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        if depth > _DEEPEST:
            return "(nested too deeply)"
        return [printable_all(inner, in_ci, depth + 1) for inner in value]
    return value
