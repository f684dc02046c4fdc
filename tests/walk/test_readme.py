"""README.md: something runs every command. The commands that need no server run here, as written.

The snapshot of the homelab stands in for Nautobot, the test Controller for AAP or AWX. tests/e2e/test_readme.py runs the commands
that need a real Nautobot or a Docker host.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from harness import PROJECT, SNAPSHOT, environment, project_sections, run
from readme import BARE, PAGE, RUN_BY, WALK, Reader, blocks, commands, reader, settings
from repository import served
from seeding import Controller, serve


def test_something_runs_every_command() -> None:
    written = commands()
    assert len(written) == len(set(written)), "a command is repeated"
    assert set(written) == set(RUN_BY), "add what runs the command to RUN_BY in tests/readme.py"


@pytest.mark.parametrize("command", RUN_BY)
def test_the_tests_run_the_command(command: str) -> None:
    """Its runner is what a section of scripts/test runs, or scripts/bare."""
    words = {word for section in project_sections().EVERYTHING for word in section.command}
    for runner in RUN_BY[command]:
        if runner == BARE:
            # It takes the packages from the page itself, and this list is its own.
            assert command.startswith("apt-get ") or command.removeprefix("make ") in bare_commands()
        else:
            assert runner in words or str(Path(runner).parent) in words, f"no section runs {runner}: {command}"


def bare_commands() -> list[str]:
    """The targets of `make` that scripts/bare runs unless others are named."""
    script = (PROJECT / BARE).read_text()
    assert 'make "$command"' in script
    return re.search(r"commands=\(([a-z -]+)\)", script)[1].split()


def test_the_page_is_short() -> None:
    text = PAGE.read_text()
    assert len(text.splitlines()) <= 150
    assert not re.search(r"@[A-Z]+@|TODO", text), "a figure is missing"


INSTALL = "cargo install --locked --path ."


def test_cargo_installs_the_command(tmp_path: Path) -> None:
    """`--debug` reuses the build of the tests. The page's command builds with optimizations, as `make build` does."""
    assert INSTALL in commands(WALK)
    env = dict(os.environ) | {"CARGO_INSTALL_ROOT": str(tmp_path)}
    # A first build takes minutes.
    subprocess.run(["/bin/bash", "-c", f"{INSTALL} --debug --quiet"], env=env, cwd=PROJECT, timeout=1200, check=True)
    said = run([tmp_path / "bin" / "nautobridge", "--version"]).ok().stdout
    assert re.fullmatch(r"nautobridge \d+\.\d+\.\d+\n", said)


@pytest.fixture
def controller() -> Iterator[Controller]:
    """Start an empty Controller."""
    yield from serve()


@pytest.fixture
def newcomer(nautobridge: Path, controller: Controller, tmp_path: Path) -> Iterator[Reader]:
    """Return a reader who sets the variables that the page exports, and no others."""
    given = {"NAUTOBOT_URL": f"file:{SNAPSHOT}", "NAUTOBOT_TOKEN": "unused"} | controller.env
    assert set(settings()) == set(given)
    ansible = environment("ANSIBLE_CURRENT", "ansible-current")
    with (
        served(tmp_path) as repository,
        reader(tmp_path, repository.url, nautobridge, ansible, **given) as found,
    ):
        yield found


def test_the_commands_work_as_written(newcomer: Reader, controller: Controller) -> None:
    """Only `apply` writes, and the output shows what the page promises."""
    said: dict[str, str] = {}
    for command in commands(WALK):
        if command == INSTALL:
            continue
        before = controller.writes()
        said[command] = newcomer.ok(command)
        assert said[command].strip(), f"{command} prints nothing"
        assert (controller.writes() != before) == ("apply" in command), command

    graph = said["ansible-inventory -i inventory/nautobot --graph"]
    for group in ("role_docker_host", "location_home", "tag_docker"):
        assert f"@{group}:" in graph
    assert "config context `docker-host`" in said["nautobridge explain docker-apps"]
    assert "+ job template HomeLab / Master Deploy " in said["nautobridge seeder plan seeder/"]
    assert controller.rows("job_templates", name="Master%20Deploy")

    writes = controller.writes()
    newcomer.ok("nautobridge seeder plan seeder/ --detailed-exitcode")
    assert controller.writes() == writes


def test_the_example_app_is_valid(newcomer: Reader) -> None:
    """The example passes the check in the file that the page names; with a mistake it fails."""
    [example] = blocks("yaml")
    [name] = re.findall(r"such as\s+`(config_contexts/[^`]+)`", PAGE.read_text())
    file = newcomer.clone / name
    content = yaml.safe_load(file.read_text())
    content["app_list"] |= yaml.safe_load(example)["app_list"]
    file.write_text(yaml.safe_dump(content))
    newcomer.ok("nautobridge apps check --strict")
    newcomer.ok("nautobridge apps check --strict", NAUTOBRIDGE_SNAPSHOT=str(SNAPSHOT))

    content["app_list"]["hello"]["imagee"] = "x"
    file.write_text(yaml.safe_dump(content))
    assert newcomer.run("nautobridge apps check").returncode == 1


def test_the_page_exports_before_it_uses() -> None:
    """Copying the blocks in order sets every variable in time."""
    text = PAGE.read_text()
    for name, first in (("NAUTOBOT_URL", "nautobridge doctor"), ("CONTROLLER_HOST", "nautobridge seeder plan")):
        assert text.index(f"{name}=") < text.index(first)


def test_the_picture_is_accessible_and_static() -> None:
    """It has a title and a description, no scripts and no external resources."""
    [picture] = re.findall(r"!\[[^]]+\]\(([^)]+)\)", PAGE.read_text())
    text = (PROJECT / picture).read_text()
    for part in ("<title", "<desc", 'role="img"'):
        assert part in text
    for part in ("<script", "href", "url(http", "@import"):
        assert part not in text
    subprocess.run(["python3", "-c", f"import xml.dom.minidom as m; m.parse({str(PROJECT / picture)!r})"], check=True)
