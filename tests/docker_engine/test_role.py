"""What the role's files say about its variables is the same everywhere."""

from __future__ import annotations

import re

import yaml
from harness import PROJECT

ROLE = PROJECT / "roles" / "docker_engine"


def options() -> dict[str, dict]:
    return yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())["argument_specs"]["main"]["options"]


def test_defaults_are_those_of_the_specification() -> None:
    defaults = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text())
    assert defaults == {name: option["default"] for name, option in options().items()}


def test_the_readme_has_every_variable_with_its_default() -> None:
    rows = re.findall(r"^\| `(docker_engine_\w+)` \| `(.+?)` \|", (ROLE / "README.md").read_text(), re.MULTILINE)
    assert {name: yaml.safe_load(default) for name, default in rows} == {
        name: option["default"] for name, option in options().items()
    }
