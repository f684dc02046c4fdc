"""What there is on a host, for the report and for `nautobridge apps drift`."""

from __future__ import annotations

from typing import Any

from .docker import Container

_RECORDED = ("declared", "bundle", "state", "commit", "images")


def recorded(state: dict[str, Any] | None) -> dict[str, Any] | None:
    """What was recorded of an app, as far as the report tells it."""
    if not state or not state.get("sums") or not state.get("declared"):
        return None
    return {**{key: state.get(key) for key in _RECORDED}, "images": state.get("images") or {}}


def running(name: str, state: dict[str, Any] | None, containers: list[Container]) -> dict[str, list[dict[str, Any]]]:
    """An app's containers by service."""
    services = (state or {}).get("services") or {}
    found: dict[str, list[dict[str, Any]]] = {}
    for each in containers:
        if each.project != name or each.is_one_off:
            continue
        expected = (services.get(each.service) or {}).get("hash")
        found.setdefault(each.service or each.name, []).append(
            {
                "name": each.name,
                "image": each.image,
                "id": each.image_id,
                "state": each.state,
                "health": each.health,
                "restarts": each.restarts,
                "exit_code": each.exit_code,
                "intact": each.is_ours and expected in (None, each.hash),
            }
        )
    return found


def unmanaged(containers: list[Container]) -> list[dict[str, Any]]:
    """Containers that are not ours."""
    return [
        {"name": each.name, "image": each.image, "state": each.state, "project": each.project}
        for each in containers
        if not each.is_ours
    ]
