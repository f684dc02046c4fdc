#!/usr/bin/env python3
"""As much of the docker command as the role's module uses, with its state in a file: what runs, and by which hash.

It stands for an engine where a test is about the role's own files; tests/master_deploy has real engines.
"""

import hashlib
import json
import os
import sys
from pathlib import Path

import yaml

STATE = Path(os.environ["PATH"].split(":")[0]) / "engine.json"
IMAGE = "sha256:" + "1" * 64


def main(words):
    """Do one command; what is not known is an error."""
    containers = json.loads(STATE.read_text()) if STATE.exists() else {}
    if words[0] == "compose":
        compose(words[1:], containers)
    elif words[0] == "version":
        print('{"Server": {}}')
    elif words[0] == "ps":
        wanted = [word.rpartition("=")[2] for word in words if word.startswith("label=")]
        print("\n".join(key for key, each in containers.items() if not wanted or each["project"] in wanted))
    elif words[:2] == ["container", "inspect"]:
        print(json.dumps([inspected(key, containers[key]) for key in words[2:]]))
    elif words[:2] == ["image", "inspect"]:
        print(json.dumps([{"Id": IMAGE, "RepoTags": [word], "RepoDigests": []} for word in words[2:] if ":" in word]))
    elif words[0] in ("stop", "rm"):
        for key in words[1:]:
            containers.pop(key, None)
    elif words[0] in ("network", "volume", "tag", "logs"):
        print("[]" if "inspect" in words else "")
    else:
        sys.exit(f"unknown: {words}")
    STATE.write_text(json.dumps(containers))


def compose(words, containers):
    """A command on the project in the current folder."""
    if words[0] == "version":
        print("2.40.0")
        return
    words = words[4:]  # --ansi never --file compose.yaml
    model = yaml.safe_load(Path("compose.yaml").read_text())
    if words[0] == "config":
        return
    own = {key: each for key, each in containers.items() if each["project"] == model["name"]}
    if words[0] in ("down", "stop"):
        for key in own:
            del containers[key]
    elif words[0] == "up":
        for name, service in model["services"].items():
            told = hashlib.sha256(json.dumps(service, sort_keys=True).encode()).hexdigest()
            same = [key for key, each in own.items() if each["service"] == name and each["hash"] == told]
            if same:
                continue
            for key in [key for key, each in own.items() if each["service"] == name]:
                del containers[key]
            key = os.urandom(8).hex()
            containers[key] = {"project": model["name"], "service": name, "hash": told, **service}
    else:
        sys.exit(f"unknown: compose {words}")


def inspected(key, each):
    """As `docker inspect` shows it."""
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


main(sys.argv[1:])
