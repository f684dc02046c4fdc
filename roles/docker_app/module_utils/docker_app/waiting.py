"""When a deployed app counts as well: healthy, stable, and answering."""

from __future__ import annotations

import ssl
import threading
import time
import urllib.error
import urllib.request

from .docker import last_lines
from .errors import AppError

TIMEOUT, STABLE_FOR = 120, 10
_INTERVAL = 0.5
# A program that waits for its database may well be restarted once or twice.
_RESTARTS = 3
_LOG_LINES = 20


class Watch:
    """What runs on the host, asked for all apps that are waited for at once."""

    def __init__(self, docker):
        self.docker = docker
        self._lock = threading.Lock()
        self._asked = 0.0
        self._containers = []

    def of(self, project, newer_than):
        """A project's containers as they were after this time (of time.monotonic)."""
        with self._lock:
            if self._asked < newer_than:
                self._asked = time.monotonic()
                self._containers = self.docker.containers()
            return [each for each in self._containers if each.project == project and not each.is_one_off]


def settled(project, services, watch):
    """Wait until all of its containers run and are healthy, and stay so; an AppError says what is not well."""
    name, wait = project["name"], project["wait"]
    deadline = time.monotonic() + wait.get("timeout", TIMEOUT)
    before, stable_since = None, None
    while True:
        containers = watch.of(name, time.monotonic())
        now = time.monotonic()
        restarts = {each.id: each.restarts for each in containers}
        before = restarts if before is None else before
        hopeless = [each for each in containers if _is_hopeless(each, before)]
        if hopeless:
            raise AppError("; ".join(_told(each) for each in hopeless), logs(hopeless, watch))
        waited = _waited_for(containers, services)
        if waited or (stable_since and stable_since[1] != restarts):
            stable_since = None
        if not waited:
            stable_since = stable_since or (now, restarts)
            if now - stable_since[0] >= _stable_for(wait, containers):
                return
        elif now >= deadline:
            bad = [each for each in containers if not _is_up(each)]
            told = "not well after %d seconds: %s" % (wait.get("timeout", TIMEOUT), "; ".join(waited))
            raise AppError(told, logs(bad or containers, watch))
        time.sleep(_INTERVAL)


def _stable_for(wait, containers):
    """A health check that passed says more than time; where one is missing, a crash loop looks like a start."""
    default = 0 if all(each.health or each.is_done for each in containers) else STABLE_FOR
    return wait.get("stable_for", default)


def _is_up(container):
    if container.is_done:
        return True
    return container.state == "running" and container.health in (None, "healthy")


def _is_hopeless(container, before):
    if container.health == "unhealthy" or container.state == "dead":
        return True
    if container.restarts - before.get(container.id, 0) >= _RESTARTS:
        return True
    return container.state == "exited" and not container.is_done and container.restart_policy in ("no", "")


def _waited_for(containers, services):
    there = {each.service for each in containers}
    missing = ["%s has no container" % name for name in services if name not in there]
    return missing + [_told(each) for each in containers if not _is_up(each)]


def _told(container):
    if container.restarts and container.state != "running" or container.restarts >= _RESTARTS:
        return "%s is restarted again and again (%d times, exit code %d)" % (
            container.name, container.restarts, container.exit_code
        )
    if container.state == "running":
        return "%s is %s" % (container.name, container.health or "running")
    return "%s is %s (exit code %d)" % (container.name, container.state, container.exit_code)


def logs(containers, watch):
    """The last lines of containers, and what their health checks said."""
    told = []
    for each in containers:
        code, out, err = watch.docker.run("logs", "--tail", str(_LOG_LINES), each.id)
        told.append("--- %s, last lines\n%s" % (each.name, last_lines(out + err, _LOG_LINES)))
        if each.health == "unhealthy" and each.health_log:
            told.append("--- %s, health check\n%s" % (each.name, last_lines(each.health_log[-1].get("Output", ""), 5)))
    return "\n".join(told)


def answers(project):
    """Ask the app's URL until it answers as it should; an AppError otherwise."""
    wait = project["wait"]
    if "url" not in wait:
        return
    timeout = wait.get("timeout", TIMEOUT)
    deadline = time.monotonic() + timeout
    # From the host itself: no proxy of its environment is asked.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while True:
        said = _ask(opener, wait["url"], wait.get("status"))
        if said is None:
            return
        if time.monotonic() >= deadline:
            raise AppError("%s does not answer as it should within %d seconds: %s" % (wait["url"], timeout, said))
        time.sleep(_INTERVAL)


def _ask(opener, url, wanted):
    try:
        with opener.open(url, timeout=5) as answer:
            status = answer.status
    except urllib.error.HTTPError as answer:
        status = answer.code
    except (urllib.error.URLError, OSError, ssl.SSLError, ValueError) as problem:
        return str(getattr(problem, "reason", problem))
    except Exception as problem:  # http.client has errors of its own for what is no HTTP
        return type(problem).__name__
    fits = status in wanted if wanted else 200 <= status < 400
    return None if fits else "status %d" % status
