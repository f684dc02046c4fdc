"""What `--diff` shows of an app."""

from __future__ import annotations

import os

from .bundle import ENV, SECRETS
from .store import read

_LARGEST = 100000


def of(folder, bundle, reasons, images, obsolete):
    """The reasons and digests, then each file that changes; of secrets only that they do."""
    shown = [{"before_header": folder, "after_header": folder, "prepared": _summary(folder, reasons, images)}]
    for path in sorted(set(bundle.entries) | set(obsolete)):
        if path == ENV or path.startswith(SECRETS + "/"):
            continue
        full = os.path.join(folder, path)
        before = read(full)
        after = bundle.entries[path].data if path in bundle.entries else None
        if before != after:
            shown.append({"before_header": full, "after_header": full, "before": _text(before), "after": _text(after)})
    return shown


def _summary(folder, reasons, images):
    lines = ["%s" % folder] + ["  reason: %s" % reason for reason in reasons]
    for service, image in sorted(images.items()):
        old, new = image["old"] or "none", image["new"] or "known once it is pulled"
        told = old if old == new else "%s -> %s" % (old, new)
        lines.append("  image of %s: %s (%s)" % (service, image["image"], told))
    return "\n".join(lines) + "\n"


def _text(data):
    if data is None:
        return ""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return "(%d bytes that are no text)\n" % len(data)
    return text if len(text) <= _LARGEST else "(%d characters)\n" % len(text)
