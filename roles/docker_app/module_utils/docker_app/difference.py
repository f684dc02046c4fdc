"""What `--diff` shows of an app."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from . import safe_files
from .bundle import ENV, SECRETS
from .docker import Container
from .errors import AppError

if TYPE_CHECKING:
    from .deploy import Deployment

_LARGEST = 100_000


def of(deployment: Deployment, containers: list[Container]) -> list[dict[str, str]]:
    """The reasons and images, then each file that changes; of secrets only that they do."""
    folder, entries = deployment.kept.folder, deployment.bundle.entries
    shown = [{"before_header": folder, "after_header": folder, "prepared": _summary(deployment, containers)}]
    for path in sorted(set(entries) | set(deployment.recorded.get("sums") or {})):
        known = deployment.recorded.get("entries") or {}
        is_secret = (known.get(path) or {}).get("is_secret") or (path in entries and entries[path].is_secret)
        if path == ENV or path.startswith(SECRETS + "/") or is_secret:
            continue
        full = os.path.join(folder, path)
        before, after = _before(folder, path), entries[path].data if path in entries else None
        if before != after:
            shown.append({"before_header": full, "after_header": full, "before": _text(before), "after": _text(after)})
    return shown


def _before(folder: str, path: str) -> bytes | None:
    """What a file holds now; of what is no regular file, only what it is."""
    try:
        return safe_files.read(folder, path)
    except AppError as wrong:
        return f"({wrong})\n".encode()


def _summary(deployment: Deployment, containers: list[Container]) -> str:
    lines = [deployment.kept.folder] + [f"  reason: {reason}" for reason in deployment.decision.reasons]
    running = {each.service: each.image_id for each in containers if each.project == deployment.name}
    for service, image in sorted(deployment.bundle.images().items()):
        old, new = running.get(service, "none"), "known once it is pulled"
        if image in deployment.local:
            local = deployment.local[image]
            new = f"{local.id}, digest {(local.digest(image) or 'unknown').rpartition('@')[2]}"
            old = new if old == local.id else old
        lines.append(f"  image of {service}: {image} ({old if old == new else f'{old} -> {new}'})")
    return "\n".join(lines) + "\n"


def _text(data: bytes | None) -> str:
    if data is None:
        return ""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return f"({len(data)} bytes that are no text)\n"
    return text if len(text) <= _LARGEST else f"({len(text)} characters)\n"
