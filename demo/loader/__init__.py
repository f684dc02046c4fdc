"""Puts YAML files that describe a network into a Nautobot. See ../load.py for the command line."""

from pathlib import Path

_REPOSITORY = Path(__file__).resolve().parents[2]
# The homelab: what the demo describes, and the apps that Nautobot can also take from this repository by itself.
HOMELAB = [
    _REPOSITORY / "demo" / "homelab",
    _REPOSITORY / "config_context_schemas",
    _REPOSITORY / "config_contexts",
]
