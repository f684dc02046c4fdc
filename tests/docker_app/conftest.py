"""The role's own Python, as its plugins import it."""

from __future__ import annotations

import sys

from harness import PROJECT

ROLE = PROJECT / "roles" / "docker_app"
for folder in ("controller", "module_utils"):
    sys.path.append(str(ROLE / folder))
