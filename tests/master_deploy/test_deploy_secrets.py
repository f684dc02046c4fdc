"""Secrets reach the app that wants them, and nothing else."""

from __future__ import annotations

import base64
import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from harness import PROJECT, Core
from stage import PORT, Host, Site, registry

# Each is told from all other text; one of them with everything that a .env file could stumble over.
TOKEN = 'tok\'en $HOME ${X:-y} "quoted" back\\slash # Zk81'
CERT = "-----BEGIN CERT-----\nQw27Lm93Xy55Rt40\n-----END CERT-----\n"
BOTH = {"TOKEN": {"env": "LAB_TOKEN"}, "CERT": {"env": "LAB_CERT", "as": "file"}}


@pytest.fixture
def site(site: Site) -> Site:
    """The playbook with both secrets in Ansible's environment."""
    site.env = {"LAB_TOKEN": TOKEN, "LAB_CERT": CERT}
    site.grant(env=["LAB_TOKEN", "LAB_CERT", "NOT_THERE", "EMPTY"], vars=["lab_token", "not_there"], files=".")
    return site


def app(host: Host, **more: Any) -> dict[str, Any]:
    """An app that shows its secrets."""
    return host.web(secrets=BOTH, **more)


def served(host: Host) -> tuple[str, str]:
    """The secrets as the app has them."""
    return host.get("/cgi-bin/env?TOKEN"), host.get("/cgi-bin/cat?/run/secrets/CERT") + "\n"


def forms(secret: str) -> set[str]:
    """A secret as it could be told, in whole or in part."""
    words = [word for word in secret.replace("\n", " ").split() if len(word) > 9]
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    return {secret, secret.strip(), json.dumps(secret)[1:-1], encoded[:-1], *words} - {"-----BEGIN", "-----END"}


def leaked(text: str) -> list[str]:
    """What a text tells of the secrets."""
    return [form for secret in (TOKEN, CERT) for form in forms(secret) if form in text]


def test_a_secret_in_the_environment_and_one_in_a_file(core: Core, host: Host, site: Site) -> None:
    site.deploy({"page": app(host)}).ok()
    assert served(host) == (TOKEN, CERT)
    for path in ("page/.env", "page/secrets/CERT", "page/compose.yaml"):
        assert host.run("stat", "-c", "%a", f"{host.root}/{path}").strip() == "600"
    assert host.run("stat", "-c", "%a", f"{host.root}/page/secrets").strip() == "700"
    assert site.run().ok().changed(host.name) == 0


def watched(process: subprocess.Popen[str]) -> tuple[str, str]:
    """All command lines that were seen while a process ran, and its output."""
    lines = set()
    while process.poll() is None:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                lines.add(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
            except OSError:
                continue
        time.sleep(0.01)
    assert process.stdout is not None
    return "\n".join(lines), process.stdout.read()


def test_no_secret_is_told(host: Host, site: Site) -> None:
    """Not by Ansible, however much it says, nor by the process list, nor by labels, nor in the report."""
    page = app(host, files=[{"dest": "note.txt", "content": "no secret\n"}])
    site.set(host, app_list={"page": page})
    for step in ("first", "changed"):
        page["environment"] = {"STEP": step}
        site.set(host, app_list={"page": page})
        process = site.start("-vvv", "--diff")
        commands, output = watched(process)
        assert process.returncode == 0, output
        assert "docker compose" in commands
        assert leaked(commands) == []
        assert "STEP" in output
        assert leaked(output) == []
        assert leaked(site.last_report()) == []
    labels = host.docker("inspect", "--format", "{{json .Config.Labels}}", "page-page-1")
    assert leaked(labels) == []
    assert leaked(host.read("page/compose.yaml")) == []
    assert leaked(host.read(".nautobridge/apps/page/state.json")) == []
    assert "3" not in host.sh('find "$1" -perm /077 -type f | wc -l', host.root)
    # What is told when it fails.
    site.env["LAB_TOKEN"] = TOKEN + "2"
    page |= {
        "image": registry("exit1:1"),
        "wait": {"stable_for": 1},
        "hooks": {"pre": ["cat .env secrets/CERT >&2"], "post": ["cat .env; false"]},
    }
    outcome = site.deploy({"page": page}, "-vvv", "--diff").failed()
    assert leaked(outcome.result.stdout + outcome.result.stderr + json.dumps(outcome.report)) == []


def test_a_changed_secret_recreates_just_its_service(host: Host, site: Site) -> None:
    beside = {"compose": {"services": {"beside": {"image": registry("web:1")}}}}
    site.deploy({"page": app(host, **beside), "other": host.web(port=PORT + 1)}).ok()
    for name, value in {"LAB_TOKEN": "new", "LAB_CERT": "new and\nmore\n"}.items():
        site.env[name] = value
        before = host.identities()
        checked = site.run("--check", "--diff").ok()
        assert checked.results() == {"page": "planned", "other": "unchanged"}
        outcome = site.run().ok()
        assert outcome.results() == {"page": "deployed", "other": "unchanged"}
        assert outcome.app("page")["reasons"] == checked.app("page")["reasons"] != []
        assert any(name.removeprefix("LAB_") in reason for reason in outcome.app("page")["reasons"])
        after = host.identities()
        assert {each for each in before if after[each] != before[each]} == {"page-page-1"}
        assert served(host) == (site.env["LAB_TOKEN"], site.env["LAB_CERT"])


def test_secrets_from_a_file_and_from_vaulted_variables(core: Core, host: Host, site: Site) -> None:
    password = site.folder / "vault-password"
    password.write_text("vault-password\n")
    (site.folder / "plain").write_text(CERT)
    arguments = ("encrypt_string", "--vault-password-file", password, "--name", "lab_token", TOKEN)
    vaulted = site.core.run("ansible-vault", *arguments).ok().stdout
    (site.folder / "vaulted").write_text("from a vaulted file\n")
    site.core.run("ansible-vault", "encrypt", "--vault-password-file", password, site.folder / "vaulted").ok()
    site.env = {}
    secrets = {
        "CERT": {"file": "plain", "as": "file"},
        "TOKEN": {"var": "lab_token"},
        "VAULTED": {"file": "vaulted", "as": "file"},
    }
    site.set(host, app_list={"page": host.web(secrets=secrets)})
    with (site.folder / "host_vars" / f"{host.name}.yml").open("a") as file:
        file.write(vaulted)
    outcome = site.run("--vault-password-file", str(password), "-vvv").ok()
    assert served(host) == (TOKEN, CERT)
    assert host.get("/cgi-bin/cat?/run/secrets/VAULTED") == "from a vaulted file"
    assert leaked(outcome.result.stdout + outcome.result.stderr) == []


def test_a_secret_that_is_not_there(host: Host, site: Site) -> None:
    site.deploy({"page": app(host)}).ok()
    before = host.everything()
    site.env["EMPTY"] = ""
    for reference in ({"env": "NOT_THERE"}, {"env": "EMPTY"}, {"file": "/not/there"}, {"var": "not_there"}):
        outcome = site.deploy({"page": app(host) | {"secrets": BOTH | {"OTHER": reference}}}).failed()
        assert "app_list.page.secrets.OTHER" in outcome.said
        (named,) = reference.values()
        assert named in outcome.said
    assert host.differences(before) == {}


def test_a_template_with_a_secret(host: Host, site: Site) -> None:
    """A configuration file is where most secrets go."""
    project = site.folder.parent / "project"
    (project / "templates").mkdir(parents=True)
    (project / "files").mkdir()
    (project / "playbooks").mkdir()
    (project / "roles").symlink_to(PROJECT / "roles")
    # As in a project of one's own: the playbook, and its templates and files beside it.
    playbook = project / "playbooks" / "master_deploy.yml"
    playbook.write_bytes(site.playbook.read_bytes())
    site.playbook = playbook
    for folder in ("templates", "files"):
        (project / "playbooks" / folder).symlink_to(project / folder)
    (project / "templates" / "page.j2").write_text("{{ inventory_hostname }} {{ app_secrets.TOKEN }}\n")
    (project / "files" / "plain.txt").write_text("{{ not a template }}\n")
    files = [
        {"dest": "data/page.txt", "template": "page.j2", "mode": "0644"},
        {"dest": "data/plain.txt", "src": "plain.txt", "mode": "0644"},
    ]
    outcome = site.deploy({"page": app(host, files=files, volumes=["./data:/data"])}, "-vvv", "--diff").ok()
    assert host.get("/data/page.txt") == f"{host.name} {TOKEN}"
    assert host.get("/data/plain.txt") == "{{ not a template }}"
    assert leaked(outcome.result.stdout + outcome.result.stderr) == []
    old = host.container("page").id
    (project / "files" / "plain.txt").write_text("changed\n")
    site.run().ok()
    assert host.get("/data/plain.txt") == "changed"
    assert host.container("page").id != old
