"""The report of a deployment: as JSON for `nautobridge apps drift`, and as a table for people."""

from __future__ import annotations

from typing import Any

FORMAT, VERSION = "nautobridge-deploy-report", 1
_OF_HOST = ("orphans", "pruned", "unmanaged")
# Shown with each app; the rest says enough by itself.
_QUIET = ("unchanged", "skipped")


def report(results: dict[str, Any], gone: list[str], check: bool) -> dict[str, Any]:
    """All hosts: those with a result, and those that failed before there was one."""
    hosts = {name: _host(result) for name, result in results.items()}
    early = {"failed": True, "msg": "it failed before its apps were looked at; nothing was changed"}
    hosts |= {name: _host(early) for name in gone}
    commits = [result["commit"] for result in results.values() if result.get("commit")]
    return {
        "format": FORMAT,
        "version": VERSION,
        "commit": commits[0] if commits else None,
        "check": check,
        "hosts": dict(sorted(hosts.items())),
    }


def _host(result: dict[str, Any]) -> dict[str, Any]:
    problems = result.get("problems") or ([result["msg"]] if result.get("failed") or result.get("unreachable") else [])
    return {
        "failed": bool(problems) and not result.get("unreachable"),
        "unreachable": bool(result.get("unreachable")),
        "message": "\n".join(problems) or None,
        "seconds": result.get("seconds", 0.0),
        "apps": result.get("apps") or {},
        **{key: result.get(key) or [] for key in _OF_HOST},
        "notes": result.get("notes") or [],
    }


def lines(found: dict[str, Any]) -> list[str]:
    """The report as text: a line for each host, and for each app that is not as it was."""
    told = []
    for name, host in found["hosts"].items():
        apps = host["apps"]
        counts: dict[str, int] = {}
        for app in apps.values():
            counts[app["result"]] = counts.get(app["result"], 0) + 1
        summary = ", ".join(f"{count} {result.replace('_', ' ')}" for result, count in sorted(counts.items()))
        state = "unreachable" if host["unreachable"] else "failed" if host["failed"] else "ok"
        told.append(f"{name}: {state}{'; ' if summary else ''}{summary} ({host['seconds']:.1f} s)")
        told += [line for app, data in sorted(apps.items()) for line in _app(app, data)]
        told += [f"  {note}" for note in host["notes"]]
        told += [f"  {app}: no longer declared; `deploy_prune` removes it" for app in host["orphans"]]
        if host["message"] and not any(app["error"] for app in apps.values()):
            told += [f"  {line}" for line in (host["message"] or "").splitlines()]
    return told


def _app(name: str, app: dict[str, Any]) -> list[str]:
    if app["result"] in _QUIET and not app["error"]:
        return []
    told = [f"  {name}: {app['result'].replace('_', ' ')} ({app['seconds']:.1f} s)"]
    told += [f"    {reason}" for reason in app["reasons"]]
    for service, image in sorted(app["images"].items()):
        if image["old"] != image["new"]:
            old, new = (_short(image[f"{which}_digest"] or image[which]) for which in ("old", "new"))
            told.append(f"    {service}: {old} -> {new}  {image['image']}")
    # All of it was told when it failed; here the cause, and what came of it.
    error = (app["error"] or "").splitlines()
    return told + [f"    {line}" for line in [*error[:1], *error[1:][-1:]]]


def _short(digest: str | None) -> str:
    return digest.removeprefix("sha256:")[:12] if digest else "none"
