"""Nothing that others write can drive a terminal or a CI system: neither names of files nor what is in them."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest
from harness import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

SNAPSHOT = PROJECT / "tests" / "fixtures" / "apps" / "homelab.snapshot.json"
NASTY = {
    "escape": "a\x1b[2Jb",
    "title": "a\x1b]0;owned\x07b",
    "carriage return": "a\rb",
    "line": "a\n::add-mask::b",
    "begin": "::set-output name=a::b",
    "old command": "a ##[add-mask]b",
    "direction": "a\u202eb\u2066c",
    "no width": "a\u200bb\ufeffc\u00add",
    "C1": "a\u009b2Jb\u0085c",
    "separators": "a\u2028::b\u2029c",
    "tags": "a\U000e0041\U000e007f",
    "our own colors": "a\ufdd1b\ufdd0",
}
HIDDEN = {
    *map(chr, [*range(0x20), *range(0x7F, 0xA0), 0xAD, 0xFEFF, *range(0x200B, 0x2010), *range(0x2028, 0x202F)]),
    *map(chr, [*range(0x2060, 0x2070), *range(0xE0000, 0xE0080), *range(0xFDD0, 0xFDF0)]),
} - {"\n"}


def run(binary: Path, *arguments: str | Path, folder: Path) -> str:
    """Run the binary as in a workflow; gives all that it says, which must be harmless."""
    done = subprocess.run(
        [binary, *arguments],
        cwd=folder,
        capture_output=True,
        check=False,
        timeout=60,
        env={"HOME": str(folder), "GITHUB_ACTIONS": "true"},
    )
    told = (done.stdout + done.stderr).decode()
    assert not set(told) & HIDDEN, told.encode("unicode_escape")
    for line in told.splitlines():
        assert not line.lstrip().startswith("::"), line
        assert "##[" not in line
    return told


@pytest.mark.parametrize("name", NASTY)
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_names_of_files_and_apps(nautobridge: Path, tmp_path: Path, name: str, form: list[str]) -> None:
    """A finding of `apps check` repeats the name of the file and of the app."""
    nasty = NASTY[name]
    contexts = tmp_path / "config_contexts"
    contexts.mkdir()
    (contexts / f"{nasty.replace('/', '_')}.txt").touch()
    app = {"_metadata": {"name": nasty}, "app_list": [{"name": nasty, nasty: 1, "image": nasty}], nasty: {nasty: 1}}
    (contexts / "x.json").write_text(json.dumps([app, app]))
    told = run(nautobridge, "apps", "check", *form, folder=tmp_path)
    assert "error" in told


@pytest.mark.parametrize("name", NASTY)
def test_names_of_nautobot(nautobridge: Path, tmp_path: Path, name: str) -> None:
    """Names of hosts, groups and contexts."""
    nasty = NASTY[name]
    snapshot = json.loads(SNAPSHOT.read_text())
    host = snapshot["data"]["hosts"][0]
    host["name"] = f"{host['name']}{nasty}"
    for context in snapshot["data"]["contexts"] or []:
        context["name"] = f"{context['name']}{nasty}"
    for catalog in snapshot["data"]["catalogs"].values():
        for entry in catalog.values():
            if isinstance(entry, dict) and "name" in entry:
                entry["name"] = f"{entry['name']}{nasty}"
    (tmp_path / "lab.json").write_text(json.dumps(snapshot))
    (tmp_path / "config_contexts").mkdir()
    for arguments in (
        ["inventory", "--graph"],
        ["explain", host["name"]],
        ["explain", host["name"], "--json"],
        ["explain", nasty],
        ["inventory", "--host", nasty],
        ["apps", "check"],
        ["apps", "check", "--json"],
        ["doctor"],
    ):
        run(
            nautobridge,
            "--snapshot",
            "lab.json",
            *[argument.replace("\x00", "") for argument in arguments],
            folder=tmp_path,
        )


@pytest.mark.parametrize("name", NASTY)
def test_seed_files(nautobridge: Path, tmp_path: Path, name: str) -> None:
    """Keys, names and the files' own names."""
    nasty = NASTY[name]
    file = tmp_path / f"{nasty.replace('/', '_')}.yml"
    seed = {"aap_organizations": [{"name": nasty, nasty: 1}, {"name": nasty}], f"controller_{nasty}": 1}
    file.write_text(json.dumps(seed))
    for form in ([], ["--json"]):
        told = run(
            nautobridge,
            "seeder",
            "check",
            file.name if not file.name.startswith("-") else f"./{file.name}",
            *form,
            folder=tmp_path,
        )
        assert "error" in told


def test_reports(nautobridge: Path, tmp_path: Path) -> None:
    """A report is what hosts said."""
    (tmp_path / "report.json").write_text(json.dumps({"\x1b[2J": "::add-mask::"}) + "\x1b]0;x\x07")
    run(nautobridge, "apps", "drift", "report.json", folder=tmp_path)
    (tmp_path / "report.json").write_text("::add-mask::x\x1b[2J")
    run(nautobridge, "apps", "drift", "report.json", folder=tmp_path)
