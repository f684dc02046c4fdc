"""The binary, the role and the inventory plugin know the same characters that do something else than show themselves."""

from __future__ import annotations

import re
import sys
import unicodedata

from apps_project import ROLE
from harness import PROJECT

sys.path.append(str(ROLE / "module_utils"))

from docker_app.printable import HIDDEN, IGNORABLE

SURROGATES = set(range(0xD800, 0xE000))
# What text of several lines keeps.
STAY = {ord("\t"), ord("\n")}


def ranges_of(function: str) -> set[int]:
    """The code points that a function of the binary lists as patterns."""
    source = (PROJECT / "src" / "safe_text" / "characters.rs").read_text()
    body = source.partition(f"fn {function}(")[2].partition("\n}")[0]
    found: set[int] = set()
    for first, last in re.findall(r"'\\u\{([0-9a-f]+)\}'(?:\.\.='\\u\{([0-9a-f]+)\}')?", body):
        found |= set(range(int(first, 16), int(last or first, 16) + 1))
    assert found, function
    if "is_control()" in body:
        found |= {code for code in range(0x100) if unicodedata.category(chr(code)) == "Cc"}
    return found


def matched(characters: str) -> set[int]:
    """The code points of a class of a regular expression."""
    pattern = re.compile(f"[{characters}]")
    return {code for code in range(sys.maxunicode + 1) if pattern.match(chr(code))}


def test_the_role_has_the_list_of_the_binary() -> None:
    """Every code point; Python's own surrogates beside."""
    assert matched(HIDDEN) == (ranges_of("is_hidden") - STAY) | SURROGATES
    assert matched(IGNORABLE) == ranges_of("is_ignorable")


def test_the_plugin_has_the_same_list() -> None:
    """It is a file of its own, for it is loaded without the role. Read as text: it needs Ansible."""
    source = (PROJECT / "inventory_plugins" / "nautobridge.py").read_text()
    (parts,) = re.findall(r"^HIDDEN = re\.compile\(\n((?:    \".*\"\n)+)\)", source, re.MULTILINE)
    characters = "".join(re.findall(r'"(.*)"', parts)).encode().decode("unicode_escape", "surrogatepass")
    assert matched(characters.removeprefix("[").removesuffix("]")) == matched(HIDDEN + IGNORABLE)


def test_what_the_parts_know_is_enough() -> None:
    """All that Unicode calls a format character or a separator of lines, but for visible signs of scripts."""
    known = matched(HIDDEN + IGNORABLE)
    visible = {"ARABIC", "SYRIAC", "KAITHI", "EGYPTIAN"}
    for code in set(range(sys.maxunicode + 1)) - SURROGATES - STAY:
        sign = chr(code)
        if unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp") and code not in known:
            assert unicodedata.name(sign).split()[0] in visible, f"U+{code:04X}"
