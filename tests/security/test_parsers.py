"""What `apps check` reads in a config context is what Nautobot reads, or an error.

Nautobot reads each file with `yaml.safe_load(open(file))` and stores the result as JSON. The same is done here with the
same library, for written cases and for documents that are made up: the seed is fixed, so that a failure comes again.
"""

from __future__ import annotations

import datetime
import json
import random
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from pathlib import Path

SEED = 20_260_714
DOCUMENTS = 4000

# What a contributor may write to make two parsers see two things. All are below `config_contexts/devices/`.
CASES = {
    "duplicate keys": "a: 1\nb: 2\na: 3\n",
    "booleans": "a: [yes, No, on, OFF, y, n, true, True, TrUe]\n",
    "octal": "a: [010, 0o10, 08, 0_1, -017, 0]\n",
    "sexagesimal": "a: [1:30, 53:53, 1:61, 190:20:30.15, 0:30, 1:2:3]\n",
    "merge": "x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\nz: {<<: [{a: 9}, *x], <<: {b: 7}}\n",
    "merge of a merge": "x: &x {a: 1}\ny: &y {<<: *x, b: 2}\nz: {<<: *y}\n",
    "merge as a value": "a: <<\n",
    "value": "a: =\n",
    "value as a key": "=: 1\n",
    "tags": "a: !!str 1\nb: !!int '0x1F'\nc: !!float 1\nd: !!bool yes\ne: !!null ''\n",
    "binary": "a: !!binary aGk=\n",
    "set": "a: !!set {x, y}\n",
    "omap": "a: !!omap [x: 1]\n",
    "unknown tag": "a: !x 1\n",
    "python tag": "a: !!python/object/apply:os.system ['true']\n",
    "vault": "a: !vault x\n",
    "non-specific tag": "a: ! 1\n",
    "tab after a value": "a: 1\t\nb:\t2\n",
    "tab as indentation": "a:\n\tb: 1\n",
    "tab in a flow": "a: {\tb: 1,\t c: 2}\n",
    "no-break space": "a: x\u00a0y\nb:\u00a01\n",
    "no-break space as indentation": "a:\n\u00a0 b: 1\n",
    "byte order mark": "\ufeffa: 1\n",
    "byte order mark inside": "a: 1\n\ufeffb: 2\n",
    "anchors": "a: &x [1]\nb: *x\n",
    "anchor twice": "a: &x 1\nb: &x 2\nc: *x\n",
    "anchor of itself": "a: &x [*x]\n",
    "unknown alias": "a: *x\n",
    "two documents": "a: 1\n---\nb: 2\n",
    "end of the document": "a: 1\n...\n",
    "text after the end": "a: 1\n...\nb: 2\n",
    "infinity": "a: [.inf, -.INF, .nan]\n",
    "large float": "a: 1.5e+400\n",
    "dates": "a: [2024-02-29, 2024-2-9]\n",
    "no such date": "a: 2023-02-29\n",
    "times": "a: 2001-12-14t21:59:43.10-05:00\n",
    "date as a key": "2001-12-14: 1\n",
    "underscores": "a: [1_000, 1__0, 0x_1f, 1_.5_0, _1, 0b1_0]\n",
    "numbers without a value": "a: [0x_, 0b_]\n",
    "large numbers": "a: [123456789012345678901234567890, 0xffffffffffffffffff]\n",
    "exponents": "a: [1e5, 1.0e5, 1.0e+5, 1.e+5, .5, -.5, +.5]\n",
    "keys of all kinds": "1: a\ntrue: b\nnull: c\n1.5: d\n",
    "keys that become one": "1: a\n'1': b\n",
    "long key": "? " + "k" * 2000 + "\n: 1\n",
    "long simple key": "k" * 1100 + ": 1\n",
    "json": '{"a": 1e5, "b": 1E400, "c": "\\u2028\\/", "d": [true, null, -0]}\n',
    "json with a tab": '{\n\t"a": 1\n}\n',
    "json with a duplicate": '{"a": 1, "a": 2}\n',
    "json with a long key": '{"' + "k" * 1100 + '": 1}\n',
    "json without a space": '{"a":1,"b":[1,2]}\n',
    "flow without a space": "{a:1, b: 2}\n",
    "comment without a space": "a: x#y\nb: 'x'#y\n",
    "colon in text": "a: b: c\n",
    "block text": "a: |\n  x\n   y\n\nb: >-\n  x\n  y\nc: |2\n    z\n",
    "quoted text over lines": "a: \"x\n  y\n\n  z\\\n  w\"\nb: 'it''s\n  so'\n",
    "escapes": 'a: "\\x41\\u00e9\\U0001F600\\N\\_\\L\\P\\e\\0"\n',
    "unknown escape": 'a: "\\q"\n',
    "surrogates": 'a: "\\ud83d\\ude00"\n',
    "directives": "%YAML 1.1\n---\na: 010\n",
    "yaml 1.2": "%YAML 1.2\n---\na: 010\n",
    "yaml 2": "%YAML 2.0\n---\na: 1\n",
    "own tag prefix": "%TAG !x! tag:yaml.org,2002:\n---\na: !x!int '1'\n",
    "empty key": "a: {: 1}\n",
    "explicit keys": "? a\n: 1\n? b\n",
    "list as a key": "? [a]\n: 1\n",
    "list at the indentation of its key": "a:\n- 1\n- b: 2\n  c: 3\n",
    "wrong indentation": "a:\n   b: 1\n  c: 2\n",
    "crlf": "a: 1\r\nb: |\r\n  x\r\n  y\r\n",
    "reserved": "a: @x\n",
    "percent": "a: %x\n",
    "question mark": "a: ?x\nb: -x\n",
    "dash in a flow": "a: [-, x]\n",
    "trailing commas": "a: [1, 2,]\nb: {c: 1,}\n",
    "two commas": "a: [1,, 2]\n",
    "pair in a list": "a: [b: 1]\n",
    "nothing in a flow": "a: {b, c: }\n",
    "deep": "a: " + "[" * 90 + "]" * 90 + "\n",
    "too deep": "a: " + "[" * 3000 + "]" * 3000 + "\n",
}
LINE_BREAKS = {"U+2028": "\u2028", "U+2029": "\u2029", "U+0085": "\u0085", "U+000D": "\r"}
UNPRINTABLE = ["\x00", "\x07", "\x1b", "\x7f", "\x84", "\x9f", "\ufffe", "\uffff"]


def stored(text: str) -> Any:
    """Return what Nautobot stores; raises for what it refuses."""
    # A file that is opened as text has one kind of line breaks.
    data = yaml.safe_load(text.replace("\r\n", "\n").replace("\r", "\n"))
    if not isinstance(data, dict):
        raise TypeError
    return json.loads(json.dumps(data, default=_date, allow_nan=False), parse_constant=_no_constant)


def _date(value: object) -> str:
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, datetime.datetime):
        return "a time in another form: " + value.isoformat()
    raise TypeError


def _no_constant(name: str) -> None:
    raise ValueError(name)


class Checked:
    """What `apps check` made of documents."""

    def __init__(self, binary: Path, folder: Path, documents: dict[str, bytes]) -> None:
        """Check the documents as the local contexts of one repository."""
        contexts = folder / "config_contexts" / "devices"
        contexts.mkdir(parents=True)
        names = {f"d{number}.yml": name for number, name in enumerate(documents)}
        for file, name in names.items():
            (contexts / file).write_bytes(documents[name])
        done = subprocess.run(
            [binary, "apps", "check", "--json", "--contexts", folder],
            capture_output=True,
            check=False,
            timeout=120,
            env={},
        )
        assert done.returncode in (0, 1), done.stderr
        report = json.loads(done.stdout)

        def name_of(path: str) -> str:
            return names[path.rsplit("/", 1)[1]]

        self.read = {name_of(entry["file"]): entry["data"] for entry in report["read"]}
        self.findings: dict[str, list[dict[str, Any]]] = {}
        for finding in report["findings"]:
            if finding["severity"] == "error":
                self.findings.setdefault(name_of(finding["file"]), []).append(finding)


def _same(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, float) or isinstance(theirs, float):
        is_number = isinstance(ours, (int, float)) and isinstance(theirs, (int, float))
        no_flag = not isinstance(ours, bool) and not isinstance(theirs, bool)
        return is_number and no_flag and abs(ours - theirs) <= 1e-9 * max(1.0, abs(theirs))
    if type(ours) is not type(theirs):
        return False
    if isinstance(ours, dict):
        return ours.keys() == theirs.keys() and all(_same(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list):
        return len(ours) == len(theirs) and all(map(_same, ours, theirs))
    return bool(ours == theirs)


def _differences(checked: Checked, documents: dict[str, bytes]) -> list[str]:
    wrong = []
    for name, text in documents.items():
        if name in checked.findings:
            continue
        try:
            theirs = stored(text.decode())
        except Exception as error:  # Whatever stops Nautobot.
            wrong.append(f"{name}: {text!r}: Nautobot refuses it ({type(error).__name__}: {str(error)[:200]})")
            continue
        if not _same(checked.read[name], theirs):
            wrong.append(f"{name}: {text!r}: {checked.read[name]} is {theirs} to Nautobot")
    return wrong


def test_written_cases(nautobridge: Path, tmp_path: Path) -> None:
    """Each is read as Nautobot reads it, or refused."""
    documents = {name: text.encode() for name, text in CASES.items()}
    checked = Checked(nautobridge, tmp_path, documents)
    assert _differences(checked, documents) == []
    # It is no way out to refuse everything.
    fine = ("booleans", "octal", "sexagesimal", "merge", "tags", "byte order mark", "anchors", "dates",
            "underscores", "exponents", "block text", "quoted text over lines", "crlf", "directives", "trailing commas")  # fmt: skip
    refused = {name: checked.findings[name][0]["message"] for name in fine if name in checked.findings}
    assert refused == {}


@pytest.mark.parametrize("name", LINE_BREAKS)
def test_line_breaks_that_only_some_know(nautobridge: Path, tmp_path: Path, name: str) -> None:
    """A comment does not hide what Nautobot reads."""
    c = LINE_BREAKS[name]
    documents = {
        "comment": f"a: 1\n# harmless{c}privileged: true\n",
        "after a value": f"a: 1 # x{c}b: 2\n",
        "plain": f"a: x{c}b: 2\n",
        "quoted": f'a: "x{c}y"\n',
        "block": f"a: |\n  x{c}y\n",
        "json": f'{{"a": "x{c}y"}}\n',
        "end": f"a: 1\n#{c}",
    }
    checked = Checked(nautobridge, tmp_path, {name: text.encode() for name, text in documents.items()})
    for document, text in documents.items():
        (finding,) = checked.findings[document]
        assert name in finding["message"]
        before = text[: text.index(c)]
        assert (finding["line"], finding["column"]) == (before.count("\n") + 1, len(before.split("\n")[-1]) + 1)


def test_unprintable_characters(nautobridge: Path, tmp_path: Path) -> None:
    """PyYAML refuses them, wherever they stand."""
    documents = {f"{c!r} {place}": f"a: 1\n{place}".replace("@", c).encode() for c in UNPRINTABLE for place in ("# @\n", "b: '@'\n")}  # fmt: skip
    checked = Checked(nautobridge, tmp_path, documents)
    assert set(checked.findings) == set(documents)


def _scalar(rng: random.Random) -> str:
    pieces = ["0", "1", "7", "8", "_", ":", ".", "-", "+", "e", "E", "x", "b", "o", "f", "yes", "no", "on", "null", "~", "=", "<<",
              "inf", "nan", "2024-01-02", "T", " ", "10", "59", "#", "'", '"', "&a ", "*a", "!", "!!str ", "!!int ", "?", "- ",
              "%", "@", "`", ",", "[", "]", "{", "}", "|", ">", "\u00a0", "ü", "\\", "\t"]  # fmt: skip
    kind = rng.random()
    if kind < 0.5:
        return "".join(rng.choice(pieces) for _ in range(rng.randint(1, 5)))
    if kind < 0.8:
        return "".join(rng.choice("0123456789_:.-+eExb") for _ in range(rng.randint(1, 8)))
    return rng.choice(
        ["yes", "off", "010", "1:30", "1_0", ".5", "2024-02-30", "x y", "'a''b'", '"a\\tb"', "", "[1, x]", "{a: 1}"]
    )


def _document(rng: random.Random, depth: int = 0) -> list[str]:
    lines: list[str] = []
    if depth == 0 and rng.random() < 0.1:
        lines.append(rng.choice(["---", "# comment", "%YAML 1.1\n---", "", "...", "\t"]))
    for number in range(rng.randint(1, 4)):
        pad = "  " * depth + (" " if rng.random() < 0.02 else "")
        key = rng.choice([f"k{number}", "a", "b", "<<", "1", "'q'", "? a", _scalar(rng)])
        form = rng.random()
        if form < 0.55 or depth > 2:
            lines.append(f"{pad}{key}:{rng.choice([' ', ' ', ' ', '  ', chr(9), ''])}{_scalar(rng)}")
        elif form < 0.75:
            lines.append(f"{pad}{key}:{rng.choice(['', ' &a', ' # x', ' !!map', ' '])}")
            lines += _document(rng, depth + 1)
        elif form < 0.9:
            lines.append(f"{pad}{key}:")
            lines += [f"{pad}{rng.choice(['', '  '])}- {_scalar(rng)}" for _ in range(rng.randint(1, 3))]
        else:
            lines.append(f"{pad}{key}: {rng.choice(['|', '>', '|-', '>+', '|2'])}")
            lines += [f"{pad}  {' ' * rng.randint(0, 2)}{_scalar(rng)}" for _ in range(rng.randint(1, 3))]
    return lines


def _mutated(rng: random.Random, text: str) -> str:
    for _ in range(rng.choice([0, 0, 1, 2])):
        at = rng.randint(0, len(text))
        text = (
            text[:at]
            + rng.choice([" ", "\n", ":", "- ", "#", "'", '"', ",", "]", "}", "\t", "\r\n", ""])
            + text[at + rng.randint(0, 2) :]
        )
    return text


def test_documents_that_are_made_up(nautobridge: Path, tmp_path: Path) -> None:
    """Thousands of documents, most of them a little wrong."""
    rng = random.Random(SEED)  # noqa: S311
    documents = {}
    for number in range(DOCUMENTS):
        documents[f"made up {number}"] = (_mutated(rng, "\n".join(_document(rng))) + "\n").encode()
    checked = Checked(nautobridge, tmp_path, documents)
    wrong = _differences(checked, documents)
    assert wrong == [], f"{len(wrong)} differences, the first ones:\n" + "\n".join(wrong[:20])
    # Enough of them are read: else nothing is compared.
    assert len(checked.read) > DOCUMENTS // 40
