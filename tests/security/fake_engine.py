"""As much of a Docker Engine as the role's module uses: what runs, and by which hash.

It stands for an engine where a test is about the role's own files; tests/master_deploy has real engines.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import yaml

IMAGE = "sha256:" + "1" * 64


class Engine:
    """Its containers by id."""

    def __init__(self) -> None:
        self.containers: dict[str, dict[str, Any]] = {}
        self._ids: Iterator[int] = count()

    def run(self, words: list[str], folder: str | None) -> str:
        """What a docker command prints; what is not known is an error."""
        if words[0] == "compose":
            return self._compose(words[1:], Path(folder or "."))
        if words[0] == "version":
            return '{"Server": {}}'
        if words[0] == "ps":
            wanted = [word.rpartition("=")[2] for word in words if word.startswith("label=")]
            return "\n".join(key for key, each in self.containers.items() if not wanted or each["project"] in wanted)
        if words[:2] == ["container", "inspect"]:
            return json.dumps([self._inspected(key) for key in words[2:]])
        if words[:2] == ["image", "inspect"]:
            images = [{"Id": IMAGE, "RepoTags": [word], "RepoDigests": []} for word in words[2:]]
            return json.dumps(images)
        if words[0] in ("stop", "rm"):
            for key in words[1:]:
                self.containers.pop(key, None)
            return ""
        assert words[0] in ("network", "volume", "tag", "logs"), words
        return "[]" if "inspect" in words else ""

    def _compose(self, words: list[str], folder: Path) -> str:
        """A command on the project in a folder."""
        if words[0] == "version":
            return "2.40.0"
        words = [word for word in words if word not in ("--ansi", "never", "--file", "compose.yaml")]
        model = yaml.safe_load((folder / "compose.yaml").read_text())
        own = {key: each for key, each in self.containers.items() if each["project"] == model["name"]}
        if words[0] in ("down", "stop"):
            for key in own:
                del self.containers[key]
        elif words[0] == "up":
            for name, service in model["services"].items():
                self._bring_up(model["name"], name, service)
        else:
            assert words[0] == "config", words
        return ""

    def _bring_up(self, project: str, name: str, service: dict[str, Any]) -> None:
        told = hashlib.sha256(json.dumps(service, sort_keys=True).encode()).hexdigest()
        found = {
            key: each for key, each in self.containers.items() if (each["project"], each["service"]) == (project, name)
        }
        if any(each["hash"] == told for each in found.values()):
            return
        for key in found:
            del self.containers[key]
        self.containers[f"id{next(self._ids)}"] = {"project": project, "service": name, "hash": told, **service}

    def _inspected(self, key: str) -> dict[str, Any]:
        """As `docker inspect` shows it."""
        each = self.containers[key]
        labels = {
            **each.get("labels", {}),
            "com.docker.compose.project": each["project"],
            "com.docker.compose.service": each["service"],
            "com.docker.compose.config-hash": each["hash"],
        }
        failed = each["image"].startswith("crash")
        state = {"Status": "exited" if failed else "running", "ExitCode": int(failed)}
        config = {"Image": each["image"], "Labels": labels}
        name = f"/{each['project']}-{each['service']}-1"
        return {"Id": key, "Name": name, "Image": IMAGE, "State": state, "Config": config, "HostConfig": {}}
