"""What there is on a host, for the report and for `nautobridge apps drift`."""

from __future__ import annotations


def recorded(state):
    """What was recorded of an app, as far as the report tells it."""
    if not state or not state.get("sums"):
        return None
    return {key: state.get(key) for key in ("declared", "bundle", "state", "commit", "images")}


def running(name, state, containers):
    """An app's containers by service."""
    services = (state or {}).get("services") or {}
    found = {}
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


def unmanaged(containers):
    """Containers that are not ours."""
    return [
        {"name": each.name, "image": each.image, "state": each.state, "project": each.project}
        for each in containers
        if not each.is_ours
    ]


def images(before, bundle_images, containers, local):
    """Service to image, with the id that ran before and the one that runs now (or would)."""
    found = {}
    now = {each.service: each.image_id for each in containers}
    for service, image in bundle_images.items():
        new = now.get(service) or (local[image].id if image in local else None)
        found[service] = {"image": image, "old": before.get(service), "new": new}
    return found
