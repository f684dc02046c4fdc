"""Errors that a user can act on: their text is the whole message."""


class LoadError(Exception):
    """The server, or what it holds, stands in the way."""


class DataError(LoadError):
    """The files are wrong."""


def nearest(word: str, known: list[str]) -> str:
    """` (did you mean 'x'?)`, or nothing when no known word is close."""
    from difflib import get_close_matches

    close = get_close_matches(word, known, 1)
    return f" (did you mean '{close[0]}'?)" if close else ""
