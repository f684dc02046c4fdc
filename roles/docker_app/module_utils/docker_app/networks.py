"""Networks that apps share. Compose makes each app's own; these are made once, before any app that uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .docker import LABEL, MANAGED_BY
from .errors import AppError, HostError

if TYPE_CHECKING:
    from .run import Run

_FLAGS = ("internal", "attachable", "ipv6")
_VALUES = ("driver", "subnet", "gateway")


def make_shared(run: Run, models: list[dict[str, Any]]) -> None:
    """Make those that are missing."""
    declared = run.params["networks"]
    used = {name for model in models for name in model.get("networks") or {} if name in declared}
    missing = sorted(used - run.docker.networks()) if used else []
    for name in missing:
        settings = declared[name] or {}
        if settings.get("external"):
            raise HostError(f"there is no network `{name}`, and app_networks says that it is made elsewhere")
        try:
            run.docker.change("network", "create", *_arguments(settings), name)
        except AppError as failed:
            raise HostError(f"the network `{name}` cannot be made: {failed}") from None
        run.notes.append(f"network {name} made")


def _arguments(settings: dict[str, Any]) -> list[str]:
    words = ["--label", f"{LABEL}managed-by={MANAGED_BY}"]
    words += [f"--{key}" for key in _FLAGS if settings.get(key)]
    words += [word for key in _VALUES if settings.get(key) for word in (f"--{key}", str(settings[key]))]
    return words + [
        word for key, value in sorted(settings.get("options", {}).items()) for word in ("--opt", f"{key}={value}")
    ]
