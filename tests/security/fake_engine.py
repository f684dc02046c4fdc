"""As much of a Docker Engine as the role's module uses: what runs, and by which hash.

It stands for an engine where a test is about the role's own files; tests/master_deploy has real engines.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import yaml

IMAGE = "sha256:" + "1" * 64


class Refused(Exception):
    """A command failed; this is its error."""


class Engine:
    """Its containers by id."""

    def __init__(self) -> None:
        self.containers: dict[str, dict[str, Any]] = {}
        # A real Compose, which needs no engine to read a file.
        self.compose: Path | None = None
        # Where it keeps named volumes; labels of its images, which their containers have, too.
        self.volumes = "/var/lib/docker/volumes"
        self.image_labels: dict[str, str] = {}
        self._ids: Iterator[int] = count()

    def run(self, words: list[str], folder: str | None) -> str:
        """What a docker command prints; what is not known is an error."""
        if self.compose and words[0] == "compose" and "config" in words:
            return self._read_by_compose(words[1:], folder)
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
            config = {"Labels": self.image_labels}
            images = [{"Id": IMAGE, "RepoTags": [word], "RepoDigests": [], "Config": config} for word in words[2:]]
            return json.dumps(images)
        if words[0] in ("stop", "rm"):
            for key in words[1:]:
                self.containers.pop(key, None)
            return ""
        if words[0] == "start":
            for key in words[1:]:
                if key not in self.containers:
                    raise Refused(f"No such container: {key}")
                self.containers[key]["is_started"] = True
            return ""
        assert words[0] in ("network", "volume", "tag", "logs"), words
        return "[]" if "inspect" in words else ""

    def _read_by_compose(self, words: list[str], folder: str | None) -> str:
        # As the role gives it.
        environment = {"HOME": os.environ["HOME"], "PATH": os.environ["PATH"], "PWD": folder or "/"}
        done = subprocess.run(
            [str(self.compose), *words],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        if done.returncode:
            raise Refused(done.stderr)
        return done.stdout

    def _compose(self, words: list[str], folder: Path) -> str:
        """A command on the project in a folder."""
        if words[0] == "version":
            return "2.40.0"
        options, words = _parsed(words)
        file = folder / options.get("--file", "compose.yaml")
        model = yaml.safe_load(file.read_text())
        top = Path(options.get("--project-directory", folder))
        env = dict(re.findall(r"^(\w+)='(.*)'$", _text(Path(options.get("--env-file", top / ".env"))), re.MULTILINE))
        model = _resolved(model, top, {**env, "PWD": str(folder)})
        model.setdefault("name", options.get("--project-name"))
        if words == ["config", "--format", "json"]:
            return json.dumps(model)
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
        mounts = [
            {"Source": self._source(each["project"], mount), "RW": not mount.get("read_only")}
            for mount in each.get("volumes", [])
            if mount.get("type") in ("bind", "volume")
        ]
        about = {"State": state, "Config": config, "HostConfig": {}, "Mounts": mounts}
        return {"Id": key, "Name": name, "Image": IMAGE, **about}

    def _source(self, project: str, mount: dict[str, Any]) -> str:
        if mount["type"] == "bind":
            return str(mount["source"]).replace("$$", "$")
        return f"{self.volumes}/{project}_{mount['source']}/_data"


def _parsed(words: list[str]) -> tuple[dict[str, str], list[str]]:
    """Options of Compose itself, each with a value; and the command with what follows."""
    options = {}
    while words[0].startswith("--"):
        options[words[0]] = words[1]
        words = words[2:]
    return options, words


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _resolved(model: dict[str, Any], top: Path, env: dict[str, str]) -> dict[str, Any]:
    """Interpolated, with absolute paths, as far as tests need it; test_apps_compose.py has a real Compose."""
    model = json.loads(_interpolated(json.dumps(model), env))
    for service in model["services"].values():
        service["volumes"] = [_mount(each, top) for each in service.get("volumes") or []]
    for section in ("configs", "secrets"):
        for each in model.get(section, {}).values():
            if "file" in each:
                each["file"] = _path(each["file"], top)
    for each in model.get("volumes", {}).values():
        options = (each or {}).get("driver_opts", {})
        if options.get("o", "").startswith("bind"):
            options["device"] = _path(options["device"], top)
    return model


def _interpolated(text: str, env: dict[str, str]) -> str:
    # From the inside to the outside, until nothing is left of them.
    pattern = r"\$(?:\$|(\w+)|\{(\w+)(?::?-([^{}$]*))?\})"
    while True:
        before = text
        text = re.sub(pattern, lambda f: "$$" if f[0] == "$$" else env.get(f[1] or f[2], f[3] or ""), text)
        if text == before:
            return text


def _mount(entry: Any, top: Path) -> dict[str, Any]:
    if isinstance(entry, str):
        source, target, *options = entry.split(":")
        entry = {"type": "bind" if source[0] in "./~" else "volume", "source": source, "target": target}
        if "ro" in options:
            entry["read_only"] = True
    return {**entry, "source": _path(entry["source"], top)} if entry.get("type") == "bind" else entry


def _path(path: str, top: Path) -> str:
    return os.path.normpath(top / Path(path).expanduser())
