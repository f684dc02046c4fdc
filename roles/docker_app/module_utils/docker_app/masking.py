"""Takes secrets out of what is told."""

from __future__ import annotations

import re
from typing import Any, Iterable

MASK = "********"
# Shorter secrets are masked as whole words only, or one of a letter would leave nothing readable.
_LONG = 4


class Mask:
    """The secrets of a run."""

    def __init__(self, secrets: Iterable[bytes] = ()) -> None:
        self._pattern: re.Pattern[str] | None = None
        words: set[str] = set()
        for secret in secrets:
            text = secret.decode("utf-8", "replace")
            words.update([text, text.strip()])
            # A key of many lines may be told line by line.
            words.update(line.strip() for line in text.splitlines() if len(line.strip()) >= 8)
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
