"""What the seeder's templates are compared with: the record of ansible-core's results is still true."""

from __future__ import annotations

import os

from harness import PROJECT, Core, run

FOLDER = PROJECT / "tests" / "fixtures" / "jinja"


def test_the_record_is_what_the_current_core_makes_of_the_templates(cores: list[Core]) -> None:
    core = next(core for core in cores if core.name == "current")
    env = {"PATH": os.environ["PATH"], "HOME": str(core.ansible_home), "ANSIBLE_HOME": str(core.ansible_home)}
    result = run([core.home / "bin" / "python", FOLDER / "record.py", "--check"], env)
    assert result.code == 0, f"{result.stdout}\nRun tests/fixtures/jinja/record.py, and look at what changed."
