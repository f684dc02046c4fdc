"""execution-environment/: the real ansible-builder makes a build context of it, and what that installs can be installed.

The image itself is not built: that takes a base image and system packages from the network.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

import pytest
import yaml
from harness import PROJECT, Result, environment, run

FOLDER = PROJECT / "execution-environment"
BINARY = PROJECT / "target" / "portable" / "x86_64" / "nautobridge"


@cache
def definition() -> dict:
    """Read what is built."""
    return yaml.safe_load((FOLDER / "execution-environment.yml").read_text())


def pins(file: Path = FOLDER / "python.txt") -> dict[str, str]:
    """Tell what goes into the image's Python, or what another requirements file lists: the version of each package."""
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", file.read_text(), re.MULTILINE))


def create(folder: Path, context: Path) -> Result:
    """Make the build context, as the README says but for the name of the folder."""
    builder = environment("ANSIBLE_BUILDER", "builder") / "bin" / "ansible-builder"
    command = [builder, "create", "--context", context, "--output-filename", "Containerfile", "-v3"]
    return run(command, {"PATH": f"{builder.parent}:{os.defpath}"}, folder)


@pytest.fixture(scope="session")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build context."""
    assert BINARY.is_file(), "run scripts/build-portable"
    made = tmp_path_factory.mktemp("context")
    result = create(FOLDER, made).ok()
    assert "does not exist" not in result.stdout + result.stderr
    assert "No matches" not in result.stdout + result.stderr
    return made


def test_the_containerfile_puts_the_binary_in(context: Path) -> None:
    steps = (context / "Containerfile").read_text().splitlines()
    last = steps[steps.index("FROM base AS final") :]
    copied = last.index("COPY --chmod=0755 _build/bin/nautobridge /usr/local/bin/nautobridge")
    assert last.index("RUN nautobridge --version") > copied
    assert (context / "_build" / "bin" / "nautobridge").read_bytes() == BINARY.read_bytes()


def test_the_binary_in_the_context_runs(context: Path) -> None:
    """Nothing of this machine's environment is needed; a C library is all."""
    said = run(["env", "-i", context / "_build" / "bin" / "nautobridge", "--version"]).ok()
    assert re.fullmatch(r"nautobridge \d+\.\d+\.\d+\n", said.stdout)


def test_the_containerfile_installs_what_is_pinned(context: Path) -> None:
    text = (context / "Containerfile").read_text()
    assert f'ARG EE_BASE_IMAGE="{definition()["images"]["base_image"]["name"]}"' in text
    assert 'ARG ANSIBLE_INSTALL_REFS="--require-hashes --requirement /output/python/python.txt"' in text
    steps = text.splitlines()
    copied = steps.index("COPY _build/python/ /output/python/")
    assert copied < steps.index("RUN $PYCMD -m pip install --no-cache-dir $ANSIBLE_INSTALL_REFS")
    assert (context / "_build" / "python" / "python.txt").read_bytes() == (FOLDER / "python.txt").read_bytes()
    for name, source in {"requirements.yml": PROJECT, "requirements.txt": FOLDER, "bindep.txt": FOLDER}.items():
        assert (context / "_build" / name).read_bytes() == (source / name).read_bytes()


def test_nothing_else_is_installed_without_a_checksum(context: Path) -> None:
    """What ansible-builder itself installs is in the list already, so that pip fetches nothing."""
    text = (context / "Containerfile").read_text()
    installed = re.findall(r"^RUN \$PYCMD -m pip install --no-cache-dir (.*)", text, re.MULTILINE)
    assert installed == ["$ANSIBLE_INSTALL_REFS", "bindep pyyaml packaging", "'dumb-init==1.2.5'"]
    assert {"bindep", "pyyaml", "packaging"} <= set(pins())
    assert pins()["dumb-init"] == "1.2.5"


def test_the_pins_are_those_that_the_tests_run_with() -> None:
    requirements = PROJECT / "tests" / "requirements"
    assert pins().items() >= pins(requirements / "runner.txt").items()
    builder = pins(requirements / "builder.txt")
    assert pins()["bindep"] == builder["bindep"]


@pytest.fixture(scope="session")
def installed(context: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new Python environment with what the image's Python gets, by the commands of the Containerfile."""
    home = tmp_path_factory.mktemp("environment")
    # The same Python as ansible-core runs with elsewhere in the tests.
    python = environment("ANSIBLE_RUNNER", "runner") / "bin" / "python"
    run([python, "-m", "venv", home / "venv"], dict(os.environ)).ok()
    pip = [home / "venv" / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    refs = definition()["dependencies"]["ansible_core"]["package_pip"].replace("/output", str(context / "_build"))
    run([*pip, *refs.split()], dict(os.environ)).ok()
    # And what ansible-builder adds, without an index.
    run([*pip, "--no-index", "bindep", "pyyaml", "packaging", "dumb-init==1.2.5"], dict(os.environ)).ok()
    run([*pip, "--requirement", context / "_build" / "requirements.txt"], dict(os.environ)).ok()
    return home / "venv"


def test_each_python_requirement_can_be_installed(installed: Path) -> None:
    checked = run([installed / "bin" / "python", "-m", "pip", "check"], dict(os.environ)).ok()
    assert "No broken requirements" in checked.stdout
    for command, package in (("ansible", "ansible-core"), ("ansible-runner", "ansible-runner")):
        assert pins()[package] in run([installed / "bin" / command, "--version"]).ok().stdout.splitlines()[0]


@pytest.mark.parametrize("kind", ["role", "collection"])
def test_the_collections_and_roles_can_be_installed(installed: Path, context: Path, tmp_path: Path, kind: str) -> None:
    """By the commands of the Containerfile: a server that cannot be reached would be an error if one were needed."""
    option = {"role": "--roles-path", "collection": "--collections-path"}[kind]
    requirements = context / "_build" / "requirements.yml"
    env = {"HOME": str(tmp_path), "ANSIBLE_GALAXY_SERVER": "http://127.0.0.1:1/"}
    command = [installed / "bin" / "ansible-galaxy", kind, "install", "-r", requirements, option, tmp_path / "made"]
    run(command, env, tmp_path).ok()


def test_the_system_packages_can_be_read() -> None:
    """By bindep itself, which the build asks for the packages of its platform."""
    python = environment("ANSIBLE_BUILDER", "builder") / "bin" / "python"
    asked = (
        "import sys, bindep.depends as d; rules = d.Depends(open(sys.argv[1]).read());"
        "print(*[rule[0] for rule in rules.active_rules(['platform:rpm', 'platform:centos'])])"
    )
    listed = run([python, "-c", asked, FOLDER / "bindep.txt"]).ok().stdout.split()
    assert sorted(listed) == ["ca-certificates", "openssh-clients", "sshpass"]


def test_a_missing_binary_is_no_silent_image(tmp_path: Path) -> None:
    """Ansible-builder only warns of a file that is not there; the build then ends at the COPY."""
    folder = tmp_path / "project" / "execution-environment"
    folder.mkdir(parents=True)
    for path in FOLDER.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder.parent / "requirements.yml").write_bytes((PROJECT / "requirements.yml").read_bytes())
    made = tmp_path / "context"
    create(folder, made).ok()
    assert not (made / "_build" / "bin" / "nautobridge").exists()
    assert "COPY --chmod=0755 _build/bin/nautobridge" in (made / "Containerfile").read_text()
