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
            each = [_pattern(word) for word in sorted(words, key=lambda word: (-len(word), word))]
            self._pattern = re.compile("|".join(each))

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


def _pattern(word: str) -> str:
    escaped = re.escape(word)
    return escaped if len(word) >= _LONG else r"(?<!\w)" + escaped + r"(?!\w)"


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
