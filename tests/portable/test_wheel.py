"""The portable binary and its wheel (scripts/build-portable): old systems can run it, and pip installs it."""

from __future__ import annotations

import json
import os
import re
import sys
import zipfile
from pathlib import Path

import pytest
from harness import PROJECT, SNAPSHOT, run
from packaging.metadata import Metadata
from packaging.utils import parse_wheel_filename
from packaging.version import Version
from readme import commands

GLIBC = Version("2.17")


@pytest.fixture(scope="session")
def built() -> tuple[Path, Path]:
    """The binary and the wheel, as the script names them."""
    folder = PROJECT / "target" / "portable"
    architecture = os.uname().machine
    wheels = list(folder.glob(f"*_{architecture}.whl"))
    assert len(wheels) == 1, f"run scripts/build-portable: {wheels}"
    return folder / architecture / "nautobridge", wheels[0]


def needed(binary: Path) -> dict[str, Version]:
    """Tell which version of glibc each symbol needs that the binary takes from it."""
    symbols = run(["objdump", "--dynamic-syms", "--wide", binary]).ok().stdout
    found = re.findall(r"\*UND\*.*\(?GLIBC_([0-9.]+)\)?\s+(\S+)$", symbols, re.MULTILINE)
    return {name: Version(version) for version, name in found}


def test_no_symbol_is_newer_than_el8_has(built: tuple[Path, Path]) -> None:
    symbols = needed(built[0])
    assert len(symbols) > 50, "objdump shows the symbols that the C library has to have"
    assert {name: version for name, version in symbols.items() if version > GLIBC} == {}


def test_only_the_c_library_is_needed(built: tuple[Path, Path]) -> None:
    dynamic = run(["readelf", "--dynamic", "--wide", built[0]]).ok().stdout
    libraries = set(re.findall(r"\(NEEDED\).*\[(.+)\]", dynamic))
    loader = {name for name in libraries if name.startswith("ld-linux-")}
    assert "libc.so.6" in libraries
    assert libraries - loader <= {f"lib{name}.so.{n}" for name, n in [("c", 6), ("m", 6), ("pthread", 0), ("dl", 2)]}


def test_a_newer_glibc_would_be_noticed() -> None:
    """This machine's own Python is no build for old systems: the same look at it finds that."""
    libraries = [path for path in Path("/").glob("lib/*-linux-gnu/lib*.so*") if path.is_file()]
    newer = (library for library in libraries if any(version > GLIBC for version in needed(library).values()))
    assert next(newer, None), "some library of this system needs what is newer"


def test_the_wheel_says_what_it_is(built: tuple[Path, Path]) -> None:
    binary, wheel = built
    name, version, _, tags = parse_wheel_filename(wheel.name)
    assert (name, {tag.interpreter for tag in tags}, {tag.abi for tag in tags}) == ("nautobridge", {"py3"}, {"none"})
    architecture = os.uname().machine
    platforms = {tag.platform for tag in tags}
    assert platforms == {f"manylinux2014_{architecture}", f"manylinux_2_17_{architecture}"}
    with zipfile.ZipFile(wheel) as archive:
        info = f"nautobridge-{version}.dist-info"
        metadata = Metadata.from_email(archive.read(f"{info}/METADATA"), validate=True)
        assert archive.read(f"nautobridge-{version}.data/scripts/nautobridge") == binary.read_bytes()
        assert {f"{info}/licenses/LICENSE-MIT", f"{info}/licenses/LICENSE-APACHE"} <= set(archive.namelist())
    assert metadata.license_expression == "MIT OR Apache-2.0"
    assert metadata.description.strip() == (PROJECT / "README.md").read_text().strip()
    assert metadata.description_content_type.startswith("text/markdown")
    assert metadata.project_urls is None, "an address that nobody has is no help"


@pytest.fixture(scope="session")
def installed(built: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, in a new environment, installed as users do; no index is asked."""
    home = tmp_path_factory.mktemp("environment")
    run([sys.executable, "-m", "venv", home / "venv"], {"HOME": str(home)}).ok()
    pip = [home / "venv" / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-index", built[1]]
    run(pip, {"HOME": str(home), "PIP_CONFIG_FILE": os.devnull}).ok()
    return home / "venv" / "bin" / "nautobridge"


def test_pip_installs_the_command(installed: Path) -> None:
    version = re.search(r'^version = "(.+)"', (PROJECT / "Cargo.toml").read_text(), re.MULTILINE)
    assert version
    assert run([installed, "--version"]).ok().stdout == f"nautobridge {version[1]}\n"


def test_the_readme_installs_it_beside_ansible(built: tuple[Path, Path], tmp_path: Path) -> None:
    """The page's commands as written, where `make portable` left the wheel."""
    steps = commands("tests/portable")
    assert [step.split()[0] for step in steps] == ["python3", ".", "pip"]
    (tmp_path / "target").symlink_to(PROJECT / "target")
    script = "\n".join([*steps, "nautobridge --version", "ansible-inventory --version"])
    python = Path(sys.executable).resolve().parent
    env = dict(os.environ) | {"HOME": str(tmp_path), "PATH": f"{python}:{os.defpath}"}
    said = run(["/bin/bash", "-euc", script], env, cwd=tmp_path).ok().stdout
    assert re.search(r"^nautobridge \d", said, re.MULTILINE)
    assert re.search(r"^ansible-inventory \[core 2", said, re.MULTILINE)


def test_the_installed_command_gives_an_inventory(installed: Path) -> None:
    listed = json.loads(run([installed, "--snapshot", SNAPSHOT, "--list"]).ok().stdout)
    assert "traefik" in listed["_meta"]["hostvars"]
    assert set(listed["all"]["hosts"]) == set(listed["_meta"]["hostvars"])


def test_the_wrapper_finds_the_installed_command(installed: Path, tmp_path: Path) -> None:
    """As in an execution environment: the command is on the PATH, and the project holds none."""
    (tmp_path / "inventory").mkdir()
    wrapper = tmp_path / "inventory" / "nautobot"
    wrapper.write_bytes((PROJECT / "inventory" / "nautobot").read_bytes())
    wrapper.chmod(0o755)
    env = {"PATH": f"{installed.parent}:{os.defpath}", "NAUTOBOT_URL": f"file:{SNAPSHOT}"}
    assert "traefik" in json.loads(run([wrapper, "--list"], env).ok().stdout)["_meta"]["hostvars"]
