"""What is wrong with an app list, and where."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

ERROR = "error"
WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One thing to mend. `nautobridge apps check` uses the same codes and paths."""

    code: str
    level: str
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


def join(path: str, *keys: str | int) -> str:
    """The path of a value inside of another: `app_list.web.ports[0]`."""
    for key in keys:
        if isinstance(key, int):
            path += f"[{key}]"
        elif re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", key):
            path += f".{key}" if path else key
        else:
            path += f"[{json.dumps(key, ensure_ascii=False)}]"
    return path


def nearest(word: str, known: Iterable[Any]) -> str:
    """` (did you mean X?)`, where one of the known words is near enough."""
    match = difflib.get_close_matches(word, [str(each) for each in known], n=1, cutoff=0.6)
    return f" (did you mean `{match[0]}`?)" if match else ""


def error(code: str, path: str, message: str) -> Finding:
    """An error."""
    return Finding(code, ERROR, path, message)


def warning(code: str, path: str, message: str) -> Finding:
    """A warning."""
    return Finding(code, WARNING, path, message)
