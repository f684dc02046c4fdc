"""The runner of the test suite: order, failures, skips, and what stops with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from harness import PROJECT, project_sections

sys.path.insert(0, str(PROJECT / "scripts" / "lib"))

from sections import Section, Suite, check, with_predecessors  # its folder is known only now


def sh(name: str, script: str, **more: Any) -> Section:
    """A section that runs a shell script."""
    return Section(name, ["sh", "-euc", script], **more)


def suite(*sections: Section, workers: int = 2, ci: bool = False) -> Suite:
    """A suite of these sections."""
    return Suite(list(sections), workers, ci, dict(os.environ))


def last_line(capfd: pytest.CaptureFixture[str]) -> str:
    """The last line of the output."""
    return capfd.readouterr().out.splitlines()[-1]


def test_all_pass(capfd: pytest.CaptureFixture[str]) -> None:
    assert suite(sh("a", "echo of a"), sh("b", "echo of b", after=("a",))).run() == 0
    out = capfd.readouterr().out
    assert out.index("of a") < out.index("of b")
    assert out.splitlines()[-1] == "2 passed, 0 failed, 0 skipped"


def test_a_failure_fails_what_comes_after_and_nothing_else(capfd: pytest.CaptureFixture[str]) -> None:
    run = suite(sh("a", "exit 3"), sh("b", "true", after=("a",)), sh("c", "true", after=("b",)), sh("d", "true"))
    assert run.run() == 1
    assert run.passed == ["d"]
    assert run.failed == {"a": "exit code 3", "b": "requires a, which failed", "c": "requires b, which failed"}
    assert last_line(capfd) == "1 passed, 3 failed, 0 skipped"


@pytest.mark.parametrize(("ci", "code"), [(False, 0), (True, 1)])
def test_a_skip_is_listed_with_its_reason_and_fails_in_ci(
    capfd: pytest.CaptureFixture[str], ci: bool, code: int
) -> None:
    sections = [
        sh("a", "exit 1", requires=(lambda: "requires root",)),
        sh("b", "exit 1", after=("a",)),
        sh("c", "true"),
    ]
    assert suite(*sections, ci=ci).run() == code
    out = capfd.readouterr().out
    assert "skipped: a: requires root\nskipped: b: requires a, which was skipped (requires root)\n" in out
    assert out.splitlines()[-1] == "1 passed, 0 failed, 2 skipped"


def test_requirements_that_are_met_skip_nothing() -> None:
    run = suite(sh("a", "true", requires=(lambda: None,)), ci=True)
    assert run.run() == 0
    assert run.passed == ["a"]


def test_independent_sections_run_side_by_side(tmp_path: Path) -> None:
    """Each waits for the other's file: one after the other, they would wait forever."""
    meet = f'cd "{tmp_path}"; touch "$0"; for i in $(seq 100); do [ -e "$1" ] && exit 0; sleep 0.1; done; exit 1'
    pair = [Section(name, ["sh", "-euc", meet, name, other]) for name, other in (("a", "b"), ("b", "a"))]
    assert suite(*pair).run() == 0


@pytest.mark.parametrize("how", [{"workers": 1}, {"uses": frozenset({"server"})}])
def test_sections_that_share_something_run_alone(tmp_path: Path, how: dict[str, Any]) -> None:
    script = f'cd "{tmp_path}"; mkdir taken; sleep 0.3; rmdir taken'
    uses = {"uses": how["uses"]} if "uses" in how else {}
    run = suite(sh("a", script, **uses), sh("b", script, **uses), workers=how.get("workers", 2))
    assert run.run() == 0


def test_exports_reach_later_sections() -> None:
    first = sh("a", "true", exports=["echo", "export COLOR='dark blue' SIZE=3"])
    assert suite(first, sh("b", '[ "$COLOR $SIZE" = "dark blue 3" ]', after=("a",))).run() == 0


def test_exports_reach_no_other_section() -> None:
    first = sh("a", "true", exports=["echo", "export COLOR=blue"])
    unset = '[ -z "${COLOR:-}" ]'
    sections = [first, sh("b", "true", after=("a",)), sh("c", unset), sh("d", '[ "$COLOR" = blue ]', after=("b",))]
    assert suite(*sections, workers=1).run() == 0


def test_exports_that_fail_fail_the_section() -> None:
    run = suite(sh("a", "true", exports=["false"]))
    assert run.run() == 1
    assert run.failed == {"a": "false: exit code 1"}


@pytest.mark.parametrize("script", ["true", "exit 1"])
def test_cleanup_in_reverse_order(tmp_path: Path, script: str) -> None:
    log = tmp_path / "log"
    cleanups = [["sh", "-c", f'echo {name} >> "{log}"'] for name in ("a", "b", "c")]
    suite(
        sh("a", "true", cleanup=cleanups[0]),
        sh("b", script, cleanup=cleanups[1], after=("a",)),
        sh("c", "true", cleanup=cleanups[2], requires=(lambda: "never",)),
    ).run()
    assert log.read_text() == "b\na\n"


@contextmanager
def interrupted(tmp_path: Path, script: str) -> Iterator[subprocess.Popen[str]]:
    """Run a suite in a process that ignores SIGINT, as a background job of a script does."""
    program = f"""
import signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.path.insert(0, {str(PROJECT / "scripts" / "lib")!r})
from sections import Section, Suite
section = Section("a", ["sh", "-c", {script!r}], cleanup=["touch", "{tmp_path}/clean"])
sys.exit(Suite([section], 2, False, {{"PATH": "/usr/bin:/bin"}}).run())
"""
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        child = tmp_path / "child"
        deadline = time.monotonic() + 20
        while not (child.exists() and child.read_text().strip()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield process
    # The kernel may not have collected it yet: a process that has ended has no command line.
    line = Path(f"/proc/{child.read_text().strip()}/cmdline")
    assert not line.exists() or line.read_bytes() == b""
    assert (tmp_path / "clean").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_stops_what_a_section_started_and_cleans_up(tmp_path: Path, number: int) -> None:
    with interrupted(tmp_path, "echo begun; sleep 100 & echo $! > child; wait") as process:
        process.send_signal(number)
        out, _ = process.communicate(timeout=20)
        assert process.returncode == 130
        assert "begun" in out


def test_an_interrupt_while_a_section_starts_ends_that_section(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def start(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        started.append(popen(*arguments, **options))
        os.kill(os.getpid(), signal.SIGTERM)
        return started[-1]

    popen = subprocess.Popen
    monkeypatch.setattr("sections.subprocess.Popen", start)
    assert suite(sh("a", "exec sleep 100")).run() == 130
    [process] = started
    assert process.poll() is not None


def test_a_second_interrupt_does_not_end_the_cleanup(tmp_path: Path) -> None:
    slow = "trap 'sleep 2; exit 1' INT; echo $$ > child; while :; do sleep 0.1; done"
    with interrupted(tmp_path, slow) as process:
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130


def test_nobody_reads_the_output(tmp_path: Path) -> None:
    """A broken pipe ends the run, and what it started."""
    with interrupted(tmp_path, "echo $$ > child; sleep 2") as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(20) != 0


def test_predecessors_keep_the_order_of_the_list() -> None:
    sections = [sh("a", ""), sh("b", "", after=("a",)), sh("c", ""), sh("d", "", after=("b",))]
    assert [section.name for section in with_predecessors(["d"], sections)] == ["a", "b", "d"]


@pytest.mark.parametrize("after", ["b", "nonsense"])
def test_a_section_that_could_never_start_is_refused(after: str) -> None:
    with pytest.raises(ValueError, match=f"section 'a'.*{after}"):
        suite(sh("a", "", after=(after,)), sh("b", "")).run()


@pytest.mark.parametrize("group", ["BASE", "EVERYTHING"])
def test_the_sections_of_the_project_can_all_start(group: str) -> None:
    check(getattr(project_sections(), group))
