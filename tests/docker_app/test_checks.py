"""What the role finds in an app list: the cases that the binary is tested with, too; and its JSON Schema beside jsonschema."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import jsonschema
import pytest
import yaml
from docker_app_controller import checks
from docker_app_controller.schema import Schema
from harness import PROJECT

SOURCE = PROJECT / "config_context_schemas" / "app_list.yml"
CASES = yaml.safe_load((PROJECT / "tests" / "fixtures" / "apps" / "cases.yml").read_text())
SCHEMA = yaml.safe_load(SOURCE.read_text())["data_schema"]


def test_the_role_has_the_one_schema() -> None:
    """What the role reads is what Nautobot reads."""
    copied = json.loads((PROJECT / "roles" / "docker_app" / "files" / "app_list.schema.json").read_text())
    assert copied == SCHEMA, "run `make schemas`"


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_cases(case: dict[str, Any]) -> None:
    """Each case has just its findings."""
    found = checks.check(case["app_list"], case.get("app_networks"), Schema(SCHEMA))
    expected = sorted((each["code"], each["level"], each["path"]) for each in case["findings"])
    assert sorted((each.code, each.level, each.path) for each in found) == expected


def test_an_unknown_key_names_the_nearest_one() -> None:
    """So that a slip is mended at once."""
    (found,) = checks.check({"web": {"imag": "nginx:1"}}, None, Schema(SCHEMA))
    assert "did you mean `image`?" in str(found)


def violations(value: Any) -> set[str]:
    """Paths of what jsonschema objects to; an unknown key's is the mapping's there."""
    found = jsonschema.Draft7Validator(SCHEMA).iter_errors(value)
    return {"/".join(str(part) for part in each.absolute_path) for each in found}


def own(value: dict[str, Any]) -> bool:
    """Whether our validator objects."""
    return any(True for _ in Schema(SCHEMA).check(value, ""))


VALUES = [None, True, 0, -1, 99999, 1.5, "", "x", "a b", "present", "../x", [], ["x"], [1], {}, {"x": 1}, {"name": "x"}]


def test_agrees_with_jsonschema_on_mutations() -> None:
    """Thousands of app lists, each a case with one value replaced, removed or added: both object, or neither does."""
    draw = random.Random(4)  # noqa: S311  It makes tests, no secrets.
    objected = 0
    for _ in range(4000):
        case = draw.choice(CASES)
        value = {"app_list": copy.deepcopy(case["app_list"]), "app_networks": copy.deepcopy(case.get("app_networks"))}
        mutate(value, draw)
        expected = bool(violations(value))
        assert own(value) == expected, value
        objected += expected
    assert 1000 < objected < 3900


def mutate(value: Any, draw: random.Random) -> None:
    """Change one value somewhere inside."""
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not keys:
            return
        key = draw.choice(keys)
        inner = value[key]
        if isinstance(inner, (dict, list)) and inner and draw.random() < 0.8:
            value = inner
            continue
        if draw.random() < 0.2 and isinstance(value, dict):
            del value[key]
        elif draw.random() < 0.2 and isinstance(value, dict):
            value[draw.choice(["zzz", "image", "order", "1", ""])] = draw.choice(VALUES)
        else:
            value[key] = draw.choice(VALUES)
        return
