"""Takes secrets out of what is printed, also where a program wrote them another way."""

from __future__ import annotations

import base64
import json
import re
import urllib.parse
from typing import Any, Iterable, Iterator

MASK = "********"
# Shorter secrets are masked as whole words only, or one of a letter would leave nothing readable.
_LONG = 4
# By how many of their first letters words are grouped in the pattern.
_GROUPED = 6
# A shorter part of a secret in base64 is like any other text.
_LONG_ENCODED = 6


class Mask:
    """The secrets of a run."""

    def __init__(self, secrets: Iterable[bytes] = ()) -> None:
        self._pattern: re.Pattern[str] | None = None
        words: set[str] = set()
        for secret in secrets:
            for form in {secret, secret.strip()}:
                words.update(_spellings(form))
        words.discard("")
        if words:
            ordered = sorted(words, key=lambda word: (-len(word), word))
            long = _any_of([word for word in ordered if len(word) >= _LONG], _GROUPED)
            short = [r"(?<!\w)" + re.escape(word) + r"(?!\w)" for word in ordered if len(word) < _LONG]
            self._pattern = re.compile("|".join([long] * bool(long) + short))

    def text(self, text: str) -> str:
        """The text without them."""
        return self._pattern.sub(MASK, text) if self._pattern else text

    def all(self, value: Any) -> Any:
        """Every text within a value without them."""
        if isinstance(value, dict):
            return {key: self.all(inner) for key, inner in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.all(inner) for inner in value]
        return self.text(value) if isinstance(value, str) else value


def _any_of(words: list[str], depth: int) -> str:
    """A pattern for words, the longest first. Grouped by their first letters: a file may have thousands of lines."""
    if depth == 0 or len(words) < 2:
        return "|".join(re.escape(word) for word in words)
    groups: dict[str, list[str]] = {}
    for word in words:
        groups.setdefault(word[:1], []).append(word[1:])
    return "|".join(
        f"{re.escape(first)}(?:{_any_of(rest, depth - 1)})" if first else "" for first, rest in groups.items()
    )


def _spellings(secret: bytes) -> Iterator[str]:
    """A secret as it is, and as programs write it in JSON, URLs and HTTP headers."""
    text = secret.decode("utf-8", "replace")
    yield text
    # A key of many lines may be printed line by line.
    yield from (line.strip() for line in text.splitlines() if len(line.strip()) >= 8)
    if len(text) < _LONG:
        return
    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]
    for quote in (urllib.parse.quote, urllib.parse.quote_plus):
        for safe in ("", "/", "/:@!$&'()*+,;=~"):
            escaped = quote(secret, safe=safe)
            yield escaped
            yield re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), escaped)
    yield from _in_base64(secret)


def _in_base64(secret: bytes) -> Iterator[str]:
    """The letters that stand for it wherever it begins in what was encoded, such as `user:secret`."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + secret).decode()
        # Letters that also depend on what is around it are left.
        end = len(encoded) - (0, 3, 2)[(before + len(secret)) % 3]
        core = encoded[(0, 2, 3)[before] : end]
        if len(core) >= _LONG_ENCODED:
            yield core
            yield core.replace("+", "-").replace("/", "_")
