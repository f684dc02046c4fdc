"""All pages: relative links and anchors resolve, `make` targets exist, and so does every path in README.md."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
from harness import PROJECT

FENCE = re.compile(r"^(?P<indent> *)```.*?^(?P=indent)```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"!?\[(?P<text>(?:[^][]|\[[^]]*\])*)\]\((?P<target>[^()\s]+)\)")
# Built by a command, so not in Git.
BUILT = ("target/",)


@cache
def tracked() -> frozenset[str]:
    """Return the files that Git tracks or could track, and their folders."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    files = [Path(name) for name in listed.split("\0") if name and (PROJECT / name).exists()]
    return frozenset({str(file) for file in files} | {str(folder) for file in files for folder in file.parents})


def pages() -> list[str]:
    """Return the Markdown files."""
    return sorted(name for name in tracked() if name.endswith(".md"))


def prose(page: str) -> str:
    """Return a page without its code blocks."""
    return FENCE.sub("", (PROJECT / page).read_text(encoding="utf-8"))


def headings(text: str) -> set[str]:
    """Return the anchors of a page, by GitHub's rules."""
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} +(.+?) *#*$", FENCE.sub("", text), re.MULTILINE):
        shown = LINK.sub(r"\g<text>", heading)
        anchor = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
        number = 0
        while (name := f"{anchor}-{number}" if number else anchor) in found:
            number += 1
        found.add(name)
    return found


def links(page: str) -> list[str]:
    """Return the targets of a page's relative links."""
    text = re.sub(r"`[^`\n]*`", "code", prose(page))
    return [link["target"] for link in LINK.finditer(text) if not re.match(r"\w+:", link["target"])]


def broken(page: str, target: str) -> str | None:
    """Return what is wrong with a link, if anything."""
    path, _, anchor = target.partition("#")
    there = Path(page) if not path else Path(*_resolved(Path(page).parent / path))
    if str(there) not in tracked():
        return f"{page}: {target}: {there} not found"
    if anchor and anchor not in headings((PROJECT / there).read_text(encoding="utf-8")):
        return f"{page}: {target}: no heading #{anchor} in {there}"
    return None


def _resolved(path: Path) -> list[str]:
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return parts


@pytest.mark.parametrize("page", pages())
def test_links_resolve(page: str) -> None:
    assert [wrong for target in links(page) if (wrong := broken(page, target))] == []


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("docs/aap.md", None),
        ("docs/aap.md#10-deploy-an-app", None),
        ("docs/nothing.md", "not found"),
        ("docs/aap.md#11-nothing", "no heading"),
        ("target/release/nautobridge", "not found"),
    ],
)
def test_a_broken_link_is_found(target: str, why: str | None) -> None:
    found = broken("README.md", target)
    assert found is None if why is None else why in (found or "")


def test_anchors_follow_the_rules_of_github() -> None:
    text = "# One: `two`\n## [Three](x.md), four\n```sh\n# no heading\n```\n## Same\n## Same\n"
    assert headings(text) == {"one-two", "three-four", "same", "same-1"}


def code(page: str) -> list[str]:
    """Return a page's code: the lines of its shell blocks, and what stands between backquotes."""
    text = (PROJECT / page).read_text(encoding="utf-8")
    shell = re.findall(r"^ *```sh\n(.*?)^ *```$", text, re.DOTALL | re.MULTILINE)
    return [line.strip() for block in shell for line in block.splitlines()] + re.findall(r"`([^`\n]+)`", prose(page))


def test_every_path_in_the_readme_exists() -> None:
    """A bare file name, such as `site.yml`, is a path too."""
    path = re.compile(r"[\w.-]+(/[\w.-]+)+/?|[\w.-]+/|[\w-]+\.(yml|yaml|md|py|json|toml)")
    found = [word for each in code("README.md") for word in each.split()]
    named = {word for word in found if path.fullmatch(word) and not word.startswith(BUILT)}
    assert {"inventory/nautobot", "playbooks/master_deploy.yml", "seeder/"} <= named
    assert {name for name in named if name.rstrip("/") not in tracked()} == set()


@pytest.mark.parametrize("page", pages())
def test_every_make_target_exists(page: str) -> None:
    targets = set(re.findall(r"^([\w-]+):.*## ", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    named = {found[1] for each in code(page) if (found := re.match(r"make ([\w-]+)", each))}
    assert named - targets == set()
