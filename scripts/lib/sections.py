"""Runs the sections of a test suite: side by side where they are independent, each with its output in one piece.

A section runs when the sections that it comes after have passed. One whose requirements this machine cannot meet is
skipped and listed with the reason; with CI=true that is a failure.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import IO

POLL_SECONDS = 0.05
INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Section:
    """A part of the suite that passes or fails as a whole."""

    name: str
    command: list[str]
    # Sections that must have passed before.
    after: tuple[str, ...] = ()
    # Things that only one section may use at a time, such as a server.
    uses: frozenset[str] = frozenset()
    # Each returns why this machine cannot run the section, or None.
    requires: tuple[Callable[[], str | None], ...] = ()
    # A command that prints `export NAME=value …`: the environment of the sections that come after.
    exports: list[str] | None = None
    # A command that undoes the section's effect when the suite is over, also after a failure.
    cleanup: list[str] | None = None


@dataclass
class Running:
    """A section under way."""

    section: Section
    process: subprocess.Popen[bytes]
    output: IO[bytes] | None
    started: float


@dataclass
class Suite:
    """A run of some sections."""

    sections: list[Section]
    workers: int
    ci: bool
    environment: Mapping[str, str]
    passed: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    # The variables that a section exported, and those of the sections that it came after.
    _exported: dict[str, dict[str, str]] = field(default_factory=dict)
    _running: list[Running] = field(default_factory=list)
    _begun: list[Section] = field(default_factory=list)
    _interrupted: bool = False
    _started: float = field(default_factory=time.monotonic)

    def run(self) -> int:
        """Run all sections; the exit code. Of those that are ready, the first in the list starts first."""
        check(self.sections)
        # Explicitly: a process that a shell started in the background ignores SIGINT otherwise.
        before = {number: signal.signal(number, self._interrupt) for number in INTERRUPTS}
        try:
            self._run_all()
        except BaseException as error:
            for number in INTERRUPTS:
                signal.signal(number, signal.SIG_IGN)
            self._stop()
            if not isinstance(error, KeyboardInterrupt):
                raise
            print("\ninterrupted", file=sys.stderr)
            return 130
        finally:
            self._clean_up()
            for number, handler in before.items():
                signal.signal(number, handler)
        return self._summarize()

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        # Not raised here: between the start of a process and its entry in the list, nobody would end the process.
        self._interrupted = True

    def _run_all(self) -> None:
        waiting = list(self.sections)
        while waiting or self._running:
            if self._interrupted:
                raise KeyboardInterrupt
            waiting = [section for section in waiting if not self._dismiss(section)]
            while (section := self._next(waiting)) is not None:
                waiting.remove(section)
                self._start(section)
            if not self._finish():
                time.sleep(POLL_SECONDS)

    def _dismiss(self, section: Section) -> bool:
        """Record a section that will never run; whether it is one."""
        for reason in (requirement() for requirement in section.requires):
            if reason is not None:
                self.skipped[section.name] = reason
                return True
        for name in section.after:
            if name in self.failed:
                self.failed[section.name] = f"requires {name}, which failed"
                return True
            if name in self.skipped:
                self.skipped[section.name] = f"requires {name}, which was skipped ({self.skipped[name]})"
                return True
        return False

    def _next(self, waiting: Iterable[Section]) -> Section | None:
        if len(self._running) >= self.workers:
            return None
        used = {name for running in self._running for name in running.section.uses}
        for section in waiting:
            if all(name in self.passed for name in section.after) and not section.uses & used:
                return section
        return None

    def _start(self, section: Section) -> None:
        print(f"━━━ {section.name}", flush=True)
        # One section at a time shows its output as it comes.
        output = tempfile.TemporaryFile() if self.workers > 1 else None  # noqa: SIM115 # closed when the section ends
        self._begun.append(section)
        self._exported[section.name] = {}
        for name in section.after:
            self._exported[section.name] |= self._exported[name]
        # A new process group, so that a signal reaches everything that the section started.
        process = subprocess.Popen(
            section.command,
            env={**self.environment, **self._exported[section.name]},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._running.append(Running(section, process, output, time.monotonic()))

    def _finish(self) -> bool:
        """Record the sections that have ended; whether there were any."""
        ended = [running for running in self._running if running.process.poll() is not None]
        for running in ended:
            self._running.remove(running)
            self._record(running)
        return bool(ended)

    def _record(self, running: Running) -> None:
        section, code = running.section, running.process.returncode
        error = None if code == 0 else f"exit code {code}"
        if error is None and section.exports:
            error = self._export(section)
        seconds = time.monotonic() - running.started
        _show_output(running)
        if error is None:
            self.passed.append(section.name)
            print(f"✓ {section.name}: {seconds:.0f} s", flush=True)
        else:
            self.failed[section.name] = error
            print(f"✗ {section.name} failed after {seconds:.0f} s: {error}", flush=True)

    def _export(self, section: Section) -> str | None:
        """Take over the variables that a section's command prints; the reason if it fails."""
        command = section.exports or []
        done = subprocess.run(command, env=self.environment, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            return f"{shlex.join(command)}: exit code {done.returncode}"
        for word in shlex.split(done.stdout):
            name, equals, value = word.partition("=")
            if equals:
                self._exported[section.name][name] = value
        return None

    def _stop(self) -> None:
        """End what runs: first as Ctrl-C does, so that test programs tear down what they set up."""
        for number, seconds in ((signal.SIGINT, 30), (signal.SIGTERM, 5), (signal.SIGKILL, 5)):
            for running in self._running:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(running.process.pid, number)
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline and any(running.process.poll() is None for running in self._running):
                time.sleep(POLL_SECONDS)
        for running in self._running:
            with contextlib.suppress(OSError):
                _show_output(running)

    def _clean_up(self) -> None:
        for section in reversed(self._begun):
            if section.cleanup:
                # Out of reach of a further Ctrl-C.
                subprocess.run(
                    section.cleanup, env=self.environment, stdin=subprocess.DEVNULL, start_new_session=True, check=False
                )

    def _summarize(self) -> int:
        print()
        for name, reason in self.failed.items():
            print(f"failed:  {name}: {reason}")
        for name, reason in self.skipped.items():
            print(f"skipped: {name}: {reason}")
        if self.skipped and self.ci:
            print("CI=true: a skipped section is a failure")
        print(f"{time.monotonic() - self._started:.0f} s")
        print(f"{len(self.passed)} passed, {len(self.failed)} failed, {len(self.skipped)} skipped", flush=True)
        return 1 if self.failed or (self.skipped and self.ci) else 0


def _show_output(running: Running) -> None:
    if running.output is not None:
        print(f"\n━━━ {running.section.name}: output", flush=True)
        with running.output as output:
            output.seek(0)
            shutil.copyfileobj(output, sys.stdout.buffer)


def check(sections: list[Section]) -> None:
    """Make sure that every section can start: each comes after sections that are listed before it."""
    known: set[str] = set()
    for section in sections:
        unknown = set(section.after) - known
        if unknown or section.name in known:
            raise ValueError(f"section {section.name!r}: a duplicate, or comes after unlisted {sorted(unknown)}")
        known.add(section.name)


def with_predecessors(chosen: Iterable[str], sections: list[Section]) -> list[Section]:
    """These sections and all that they come after, in the order of the list."""
    known: Mapping[str, Section] = {section.name: section for section in sections}
    found: set[str] = set()
    pending = list(chosen)
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += known[name].after
    return [section for section in sections if section.name in found]
