"""Text of others (programs, containers, file names) as it may be printed: no terminal and no CI system takes it for a command."""

from __future__ import annotations

import os
import re
from typing import Any

# The characters of src/safe_text/characters.rs (`is_hidden`), which a test compares with these: controls but for tab and
# line feed, marks that change the direction of text, and what has no width; and surrogates, which only Python has.
HIDDEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ud800-\udfff\ufdd0-\ufdef\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f"
)
# `is_ignorable` there: what the runner of GitHub Actions skips when it looks for commands. Emoji consist of them.
IGNORABLE = "\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_HIDDEN = re.compile(f"[{HIDDEN}]")
_HIDDEN_IN_CI = re.compile(f"[{HIDDEN}{IGNORABLE}]")
_JOINERS = "\u200c\u200d"
# GitHub takes a line for a command that begins with `::` and a name. Ansible wraps text, so that any may come to the
# beginning. An IPv6 address such as `fe80::1` stays: every name has a letter that no number has. Nor is a name what begins with a backslash.
_COMMAND = re.compile(r""":(?=:(?!\\)[^:\s]*[^:\s0-9A-Fa-f./%\]),;"'])""")
# GitHub finds `##[` anywhere. `##vso[` is Azure's, `##teamcity[` TeamCity's.
_OLD_COMMAND = re.compile(r"(##\w*)\[")
_DEEPEST = 40
# As src/commands/print.rs has them: the systems that read commands out of what a job prints.
_CI_VARIABLES = ("GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION")


def in_ci() -> bool:
    """Whether a CI system takes lines of the output for commands."""
    return any(os.environ.get(name) not in (None, "", "false") for name in _CI_VARIABLES)


def printable(text: str, in_ci: bool = False) -> str:
    """The text with its hidden characters written as escapes; `in_ci`: nothing in it is a command to the CI system."""
    text = text.replace("\r\n", "\n")
    if in_ci:
        return _OLD_COMMAND.sub(r"\1\\[", _COMMAND.sub(r":\\", _HIDDEN_IN_CI.sub(_escaped, text)))
    return _HIDDEN.sub(_escaped_unless_joint, text)


def _escaped(found: Any) -> str:
    number = ord(found[0])
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _escaped_unless_joint(found: Any) -> str:
    """A joiner stays where a script or an emoji has it: between two characters that are not ASCII."""
    sides = found.string[max(0, found.start() - 1) : found.start()], found.string[found.end() : found.end() + 1]
    if found[0] in _JOINERS and all(side > "\x7f" and not _HIDDEN.match(side) for side in sides):
        return found[0]
    return _escaped(found)


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
