"""docs/security.md: each promise names a test that exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import PROJECT

PAGE = PROJECT / "docs" / "security.md"
PROMISE = re.compile(r"^\| (?P<promise>.+) \| `(?P<file>[\w/.-]+)::(?P<function>\w+)` \|$")
PARTIES = [
    "An editor of Nautobot's data",
    "A container or a managed host",
    "A server",
    "Another local user",
    "A pull request",
]


def sections() -> dict[str, list[str]]:
    """The lines below each heading."""
    found: dict[str, list[str]] = {}
    title = ""
    for line in PAGE.read_text().splitlines():
        if line.startswith("## "):
            title = line.removeprefix("## ")
        found.setdefault(title, []).append(line)
    return found


def rows(lines: list[str], header: str) -> list[str]:
    """The rows of the table with this header."""
    if header not in lines:
        return []
    start = lines.index(header) + 2
    return [line for line in lines[start:] if line.startswith("|")]


def promises() -> Iterator[str]:
    """The rows of all tables of promises."""
    for lines in sections().values():
        yield from rows(lines, "| promise | test |")


def functions(path: Path) -> set[str]:
    """The tests in a file."""
    text = path.read_text()
    if path.suffix == ".py":
        nodes = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef))
        return {node.name for node in nodes if node.name.startswith("test_")}
    # `#[test]`, `#[tokio::test]`, or a function inside `proptest!`, with more attributes between them.
    return set(re.findall(r"#\[(?:\w+::)?test(?:\([^]]*\))?\]\s*(?:#\[[^]]*\]\s*)*(?:async )?fn (\w+)", text))


@pytest.mark.parametrize("row", list(promises()))
def test_each_promise_names_a_test_that_exists(row: str) -> None:
    match = PROMISE.match(row)
    assert match, f"expected | A sentence. | `file::function` |, found {row}"
    assert match["promise"].endswith("."), "a promise is a sentence"
    path = PROJECT / match["file"]
    assert path.is_file(), f"{match['file']} not found"
    assert match["function"] in functions(path)


def test_each_party_has_promises() -> None:
    found = {title: len(rows(lines, "| promise | test |")) for title, lines in sections().items()}
    for party in PARTIES:
        assert sum(count for title, count in found.items() if title.startswith(party)) >= 5, party
    assert sum(found.values()) == len(set(promises())), "no promise is there twice"


def test_each_file_of_security_tests_proves_something() -> None:
    """So that no promise is forgotten when a test comes."""
    named = {PROMISE.match(row)["file"] for row in promises()}
    files = {str(path.relative_to(PROJECT)) for path in (PROJECT / "tests" / "security").glob("test_*.py")}
    assert files - named == {"tests/security/test_documents.py"}


def test_the_settings_exist() -> None:
    """What the page says to be careful with has not been renamed."""
    listed = rows(sections()["Settings that allow more"], "| setting | what it allows |")
    assert len(listed) >= 5
    known = "\n".join(
        (PROJECT / name).read_text()
        for name in (
            "docs/settings.md",
            "docs/apps.md",
            "roles/docker_app/README.md",
            "roles/docker_engine/README.md",
            "execution-environment/build",
            "tests/cli/snapshots/cli__help__help.snap",
        )
    )
    for row in listed:
        for span in re.findall(r"`([^`]+)`", row.split("|")[1]):
            names = [
                word.rstrip(":")
                for word in span.split()
                if re.match(r"[a-z_.]+:$|--[a-z-]+$|[A-Z_]+_\w+$|[a-z_.]+$", word)
            ]
            assert names, span
            for name in names:
                assert name in known, f"{name} is not documented"


def test_the_reporting_page_is_complete() -> None:
    text = (PROJECT / "SECURITY.md").read_text()
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings == ["Report a vulnerability", "Supported versions", "The model", "Out of scope"]
    assert "private vulnerability reporting" in text
    assert "docs/security.md" in text
    assert len(re.findall(r"^\d\. ", text, re.MULTILINE)) == 5
