"""Networks that apps share. Compose makes each app's own; these are made once, before any app that uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .docker import LABEL, MANAGED_BY
from .errors import AppError

if TYPE_CHECKING:
    from .run import Run

_FLAGS = {"internal": "Internal", "attachable": "Attachable", "ipv6": "EnableIPv6"}
_VALUES = ("driver", "subnet", "gateway")


def shared(run: Run, model: dict[str, Any]) -> set[str]:
    """The networks of `app_networks` that an app uses."""
    return {name for name in model.get("networks") or {} if name in run.params["networks"]}


def look(run: Run, models: list[dict[str, Any]]) -> None:
    """Remember which shared networks are there, and tell which of them are not as declared."""
    used = {name for model in models for name in shared(run, model)}
    run.networks = run.docker.networks(used)
    for name, raw in sorted(run.networks.items()):
        settings = run.params["networks"][name] or {}
        different = [] if settings.get("external") else _differences(settings, raw)
        if different:
            run.notes.append(
                f"network {name} is not as declared ({', '.join(different)}), and stays: what is in use cannot be changed; "
                f"take its apps down and `docker network rm {name}`, and it is made anew"
            )


def refuse_missing(run: Run, model: dict[str, Any]) -> None:
    """An AppError where an app needs a network that others have to make, and have not."""
    for name in sorted(shared(run, model) - set(run.networks)):
        if (run.params["networks"][name] or {}).get("external"):
            raise AppError(f"there is no network `{name}`, and app_networks says that it is made elsewhere")


def make_missing(run: Run, models: list[dict[str, Any]]) -> dict[str, str]:
    """Make those that these apps need and that are not there; what went wrong by network."""
    failed = {}
    for name in sorted({name for model in models for name in shared(run, model)} - set(run.networks)):
        try:
            run.docker.change("network", "create", *_arguments(run.params["networks"][name] or {}), name)
            run.notes.append(f"network {name} made")
        except AppError as problem:
            failed[name] = f"the network `{name}` cannot be made: {problem}"
    return failed


def _differences(settings: dict[str, Any], raw: dict[str, Any]) -> list[str]:
    """What was set of a network, and is otherwise."""
    pools = (raw.get("IPAM") or {}).get("Config") or []
    there: dict[str, Any] = {key: raw.get(field, False) for key, field in _FLAGS.items()}
    there["driver"] = raw.get("Driver")
    wrong = [key for key in (*_FLAGS, "driver") if key in settings and settings[key] != there[key]]
    for key, field in (("subnet", "Subnet"), ("gateway", "Gateway")):
        if key in settings and settings[key] not in [pool.get(field) for pool in pools]:
            wrong.append(key)
    options = raw.get("Options") or {}
    wrong += [
        f"options.{key}" for key, value in settings.get("options", {}).items() if options.get(key) != _text(value)
    ]
    return wrong


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _arguments(settings: dict[str, Any]) -> list[str]:
    words = ["--label", f"{LABEL}managed-by={MANAGED_BY}"]
    words += [f"--{key}" for key in _FLAGS if settings.get(key)]
    words += [word for key in _VALUES if settings.get(key) for word in (f"--{key}", str(settings[key]))]
    return words + [
        word
        for key, value in sorted(settings.get("options", {}).items())
        for word in ("--opt", f"{key}={_text(value)}")
    ]
