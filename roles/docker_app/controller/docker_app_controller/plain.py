"""Ansible's values as plain ones: its own subclasses carry marks, and some make their values only when asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """The same value of Python's own types."""
    if isinstance(value, Mapping):
        return {plain(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, str):
        # Not str(value): a subclass may answer that with one of its own kind.
        return str.__str__(value) + ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(value) if isinstance(value, int) else float(value)
    return value


def names(value: Any) -> list[str]:
    """A list of names, or text with commas between them, as surveys give it; empty text is none."""
    if isinstance(value, str):
        value = value.split(",")
    return [str(each).strip() for each in value or [] if str(each).strip()]
