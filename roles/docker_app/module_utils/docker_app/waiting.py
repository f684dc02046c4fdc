"""When a deployed app counts as well: healthy, stable, and answering."""

from __future__ import annotations

import math
import re
import ssl
import threading
import time
import urllib.error
import urllib.request
from typing import Any

from .docker import Container, Docker, last_lines
from .errors import AppError

TIMEOUT, STABLE_FOR = 120, 10
_INTERVAL = 0.5
# Seconds for each part of an answer.
_ANSWER = 5
# A program that waits for its database may well be restarted once or twice.
_RESTARTS = 3
_LOG_LINES = 20


def grace(model: dict[str, Any]) -> int:
    """The seconds that the slowest of its services may take to stop (`stop_grace_period`), beyond Docker's ten."""
    found = [_seconds(str(each.get("stop_grace_period", ""))) for each in (model.get("services") or {}).values()]
    return max([*found, 0])


def _seconds(duration: str) -> int:
    """Of a duration as Compose writes it (`1h5m30s20ms`), rounded up."""
    units = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 0.0}
    parts = re.findall(r"([0-9]+(?:\.[0-9]+)?)(ms|us|h|m|s)", duration)
    return math.ceil(sum(float(count) * units[unit] for count, unit in parts))


class Watch:
    """What runs on the host, asked for all apps that are waited for at once."""

    def __init__(self, docker: Docker) -> None:
        self.docker = docker
        self._lock = threading.Lock()
        self._asked = 0.0
        self._containers: list[Container] = []

    def of(self, project: str, newer_than: float) -> list[Container]:
        """A project's containers as they were after this time (of time.monotonic)."""
        with self._lock:
            if self._asked < newer_than:
                self._asked = time.monotonic()
                self._containers = self.docker.containers()
            return [each for each in self._containers if each.project == project and not each.is_one_off]


def settled(name: str, services: list[str], ending: set[str], wait: dict[str, Any], watch: Watch) -> None:
    """Wait until all of its containers run and are healthy, and stay so; an AppError says what is not well."""
    timeout = wait.get("timeout", TIMEOUT)
    deadline = time.monotonic() + timeout
    before: dict[str, int] | None = None
    # Since when all is well, and how often each had been restarted then.
    since: tuple[float, dict[str, int]] | None = None
    while True:
        containers = watch.of(name, time.monotonic())
        now = time.monotonic()
        restarts = {each.id: each.restarts for each in containers}
        before = restarts if before is None else before
        hopeless = [each for each in containers if _is_hopeless(each, before, ending)]
        # Compose made all that there will be.
        missing = sorted(set(services) - {each.service for each in containers})
        if hopeless or missing:
            told = [f"{service} has no container" for service in missing] + [_told(each) for each in hopeless]
            raise AppError("; ".join(told), logs(hopeless, watch.docker))
        waited = [_told(each) for each in containers if not is_up(each, ending)]
        if waited or (since and since[1] != restarts):
            since = None
        if not waited:
            since = since or (now, restarts)
            if now - since[0] >= _stable_for(wait, containers, ending):
                return
        elif now >= deadline:
            bad = [each for each in containers if not is_up(each, ending)] or containers
            raise AppError(f"not well after {timeout} seconds: {'; '.join(waited)}", logs(bad, watch.docker))
        time.sleep(_INTERVAL)


def _stable_for(wait: dict[str, Any], containers: list[Container], ending: set[str]) -> float:
    """A health check that passed says more than time; where one is missing, a crash loop looks like a start."""
    default = 0 if all(each.health or each.is_done(ending) for each in containers) else STABLE_FOR
    return wait.get("stable_for", default)


def is_up(container: Container, ending: set[str]) -> bool:
    """Whether it runs and is healthy, or did its work and ended."""
    if container.is_done(ending):
        return True
    return container.state == "running" and container.health in (None, "healthy")


def _is_hopeless(container: Container, before: dict[str, int], ending: set[str]) -> bool:
    if container.health == "unhealthy" or container.state == "dead":
        return True
    if container.restarts - before.get(container.id, 0) >= _RESTARTS:
        return True
    return container.state == "exited" and not container.is_done(ending) and container.restart_policy in ("no", "")


def _told(container: Container) -> str:
    if container.restarts and (container.state != "running" or container.restarts >= _RESTARTS):
        times = f"{container.restarts} times, exit code {container.exit_code}"
        return f"{container.name} is restarted again and again ({times})"
    if container.state == "running":
        return f"{container.name} is {container.health or 'running'}"
    return f"{container.name} is {container.state} (exit code {container.exit_code})"


def logs(containers: list[Container], docker: Docker) -> str:
    """The last lines of containers, and what their health checks said."""
    told = []
    for each in containers:
        _, out, err = docker.run("logs", "--tail", str(_LOG_LINES), each.id)
        if (out + err).strip():
            told.append(f"--- {each.name}, last lines\n{last_lines(out + err, _LOG_LINES)}")
        if each.health == "unhealthy" and each.health_log:
            said = last_lines(each.health_log[-1].get("Output", ""), 5)
            told.append(f"--- {each.name}, health check\n{said}")
    return "\n".join(told)


def answers(wait: dict[str, Any]) -> None:
    """Ask the app's URL until it answers as it should; an AppError otherwise."""
    if "url" not in wait:
        return
    timeout = wait.get("timeout", TIMEOUT)
    deadline = time.monotonic() + timeout
    # From the host itself: no proxy of its environment is asked.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Here())
    while True:
        said = _asked(opener, wait["url"], wait.get("status"))
        if said is None:
            return
        if time.monotonic() >= deadline:
            raise AppError(f"{wait['url']} does not answer as it should within {timeout} seconds: {said}")
        time.sleep(_INTERVAL)


class _Here(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer, and often leads to another host: its status counts."""

    def redirect_request(self, *_: Any) -> None:
        """Follow none."""


def _asked(opener: urllib.request.OpenerDirector, url: str, wanted: list[int] | None) -> str | None:
    """The same as `_ask`, with an end: a server may send its headers letter by letter, each in time."""
    found: list[str | None] = []
    thread = threading.Thread(target=lambda: found.append(_ask(opener, url, wanted)), daemon=True)
    thread.start()
    thread.join(2 * _ANSWER)
    return found[0] if found else f"no whole answer within {2 * _ANSWER} seconds"


def _ask(opener: urllib.request.OpenerDirector, url: str, wanted: list[int] | None) -> str | None:
    try:
        with opener.open(url, timeout=_ANSWER) as answer:
            status = answer.status
    except urllib.error.HTTPError as answer:
        status = answer.code
    except (urllib.error.URLError, OSError, ssl.SSLError, ValueError) as problem:
        return str(getattr(problem, "reason", problem))
    except Exception as problem:  # http.client has errors of its own for what is no HTTP
        return type(problem).__name__
    fits = status in wanted if wanted else 200 <= status < 400
    return None if fits else f"status {status}"
