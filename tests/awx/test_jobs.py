"""The job templates of the homelab's seed as AWX's runner runs them: with what their credentials inject, and nothing else.

There is no Docker in these tests, and no host can be reached: Master Deploy goes as far as to the first word with a host.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from awx_import import Inventory, Source
from awx_runner import REVISION, Awx
from harness import PROJECT, SNAPSHOT, run
from offline import Offline
from seeding import GIVEN, Controller, serve, variables

# What the credential `Controller` has AAP inject, under all names that its type has had; the fields that are empty, too.
NAMES = {
    "CONTROLLER": ("HOST", "USERNAME", "PASSWORD", "OAUTH_TOKEN", "VERIFY_SSL"),
    "TOWER": ("HOST", "USERNAME", "PASSWORD", "OAUTH_TOKEN", "VERIFY_SSL"),
    "AAP": ("HOSTNAME", "USERNAME", "PASSWORD", "TOKEN", "VALIDATE_CERTS"),
}
# AWX's generated inventory of the inventory `Local`.
LOCAL = {
    "all": {"hosts": ["localhost"]},
    "_meta": {"hostvars": {"localhost": variables()["controller_hosts"][0]["variables"]}},
}


def template(name: str) -> dict[str, Any]:
    """Read a job template of the seed."""
    return next(each for each in variables()["controller_templates"] if each["name"] == name)


def login(url: str, password: str = Controller("").env["CONTROLLER_PASSWORD"]) -> dict[str, str]:
    """Tell what the credential `Controller` injects."""
    values = (url, "admin", password, "", "False")
    return {f"{kind}_{name}": v for kind, names in NAMES.items() for name, v in zip(names, values, strict=True)}


@pytest.fixture
def app_secrets(tmp_path: Path) -> dict[str, str]:
    """What the credential `HomeLab Apps` injects: a file with a value for everything that the project's own grants."""
    types = variables()["controller_credential_types"]
    [kind] = [kind for kind in types if kind["name"] == "App Secrets"]
    assert kind["injectors"]["file"] == {"template": "{  { app_secrets }}"}
    granted = yaml.safe_load((PROJECT / "app_secrets.yml").read_text())["values"]
    values = {
        name: {"value": f"secret-{n}-Vb31", "apps": each["apps"]} for n, (name, each) in enumerate(granted.items())
    }
    # AWX names such files at random.
    file = tmp_path / "tmpq3x81"
    file.write_text(yaml.safe_dump({"values": values}))
    return {name: str(file) for name in kind["injectors"]["env"]}


@pytest.fixture
def no_app_secrets(app_secrets: dict[str, str]) -> dict[str, str]:
    """The same where the credential's field is empty."""
    for file in app_secrets.values():
        Path(file).write_text("")
    return app_secrets


@pytest.fixture
def controller(network: Offline, nautobridge: Path, tmp_path: Path) -> Iterator[Controller]:
    """A Controller in that network, seeded once from somebody's machine."""
    for served in serve(where=network):
        seeder = network(nautobridge, "seeder", "apply", "seeder")
        run(seeder, GIVEN | served.env | {"XDG_STATE_HOME": str(tmp_path)}).ok()
        yield served


def writes(network: Offline, controller: Controller) -> list[str]:
    """Tell what the Controller was asked to change."""
    ask = "import sys, urllib.request as u; print(u.urlopen(sys.argv[1] + '/_test/requests').read().decode())"
    said = run(network("python3", "-c", ask, controller.url)).ok().stdout
    reads = ("GET", "OPTIONS")
    return [f"{each['method']} {each['path']}" for each in json.loads(said)["requests"] if each["method"] not in reads]


def test_the_seeder_runs_in_aap(awx: Awx, network: Offline, controller: Controller) -> None:
    before = writes(network, controller)
    done = awx.job(template("Setup AAP (Seeder)")["playbook"], LOCAL, login(controller.url)).ok()
    assert re.search(r"nothing to do; \d+ unchanged", done.said)
    assert writes(network, controller) == before
    # What `nautobridge doctor --controller` reads.
    [stats] = [event["event_data"] for event in done.events if event["event"] == "playbook_on_stats"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", stats["artifact_data"]["nautobridge_version"])
    [ran] = done.tasks("Run the seeder")
    assert ran["res"]["changed"] is False


def test_the_seeders_check_changes_nothing_and_tells(awx: Awx, network: Offline, controller: Controller) -> None:
    before = writes(network, controller)
    extra = {"seeder_only": "projects", "seeder_vars": {"homelab_git_branch": "next"}}
    playbook = template("Setup AAP (Seeder)")["playbook"]
    done = awx.job(playbook, LOCAL, login(controller.url), extra_vars=extra, arguments=["--check"]).ok()
    assert "scm_branch: main -> next" in done.said
    assert writes(network, controller) == before


def test_the_survey_of_the_seeder_reaches_it(awx: Awx, network: Offline, controller: Controller) -> None:
    extra = {"seeder_only": "projects\njob_templates/Master Deploy", "seeder_update_inventory": "no"}
    assert set(extra) == {each["variable"] for each in template("Setup AAP (Seeder)")["survey_spec"]["spec"]}
    done = awx.job("playbooks/setup_aap.yml", LOCAL, login(controller.url), extra_vars=extra).ok()
    assert "2 unchanged" in done.said


def test_without_its_credential_the_seeder_says_which(awx: Awx) -> None:
    done = awx.job("playbooks/setup_aap.yml", LOCAL, {}).failed()
    assert "give the job template a credential of the type Red Hat Ansible Automation Platform" in done.said


def test_a_wrong_password_is_no_secret_in_the_output(awx: Awx, controller: Controller) -> None:
    done = awx.job("playbooks/setup_aap.yml", LOCAL, login(controller.url, "wrong-Tz84")).failed()
    assert "does not accept the user and password (AAP_USERNAME and AAP_PASSWORD)" in done.said
    assert "wrong-Tz84" not in json.dumps(done.events)


@pytest.fixture(scope="module")
def hosts(awx: Awx) -> dict[str, Any]:
    """What a job gets of the inventory `Nautobot` after an update."""
    url = {"NAUTOBOT_URL": f"file:{SNAPSHOT}", "NAUTOBOT_TOKEN": "", "NAUTOBRIDGE_TLS_VERIFY": "True"}
    done = awx.inventory_update("inventory/nautobot", {}, url).ok()
    inventory = Inventory()
    source = Source(enabled_var="enabled", enabled_value="True")
    inventory.update(source, done.status, (done.artifacts / "output.json").read_text())
    return inventory.for_jobs()


def test_master_deploy_validates_every_host(awx: Awx, hosts: dict[str, Any], app_secrets: dict[str, str]) -> None:
    playbook = template("Master Deploy")["playbook"]
    arguments = ["--become", "--become-method", "sudo", "-t", "validate"]
    # Whether each secret is there is a part of it.
    done = awx.job(playbook, hosts, app_secrets, arguments=arguments, user="ansible").ok()
    assert "Vb31" not in json.dumps(done.events)
    with_apps = {name for name, values in hosts["_meta"]["hostvars"].items() if "app_list" in values}
    assert len(with_apps) > 3
    checked = {each["host"] for each in done.tasks("Check what is declared") if "res" in each}
    assert with_apps <= checked
    # Disabled hosts are not in a job's inventory at all.
    assert "immich" not in {event.get("event_data", {}).get("host") for event in done.events}


def test_the_survey_of_master_deploy_reaches_it(awx: Awx, hosts: dict[str, Any], app_secrets: dict[str, str]) -> None:
    extra = {"deploy_apps": "hompage", "deploy_prune": "no"}
    assert set(extra) == {each["variable"] for each in template("Master Deploy")["survey_spec"]["spec"]}
    done = awx.job("playbooks/master_deploy.yml", hosts, app_secrets, extra_vars=extra).failed()
    assert "no host of this play has an app `hompage` (did you mean `homepage`?)" in done.said


def test_an_empty_credential_is_told(awx: Awx, hosts: dict[str, Any], no_app_secrets: dict[str, str]) -> None:
    done = awx.job("playbooks/master_deploy.yml", hosts, no_app_secrets, arguments=["-l", "docker-apps"]).failed()
    assert re.search(r"the value `\w+` is not granted to apps; add `\w+: …` to `values` in ", done.said), done.said


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A private key, as the credential `HomeLab SSH` holds one."""
    file = tmp_path_factory.mktemp("key") / "key"
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file]).ok()
    return file.read_text()


def test_with_the_secrets_it_goes_as_far_as_to_the_host(
    awx: Awx, hosts: dict[str, Any], key: str, app_secrets: dict[str, str]
) -> None:
    """The host cannot be reached here. The key is in an agent, and no secret is in what AWX stores."""
    limit = ["-l", "docker-apps", "--become", "--become-method", "sudo"]
    done = awx.job("playbooks/master_deploy.yml", hosts, app_secrets, arguments=limit, user="ansible", ssh_key=key)
    done.failed()
    unreachable = [event["event_data"] for event in done.events if event["event"] == "runner_on_unreachable"]
    assert unreachable, done.stdout
    assert (unreachable[0]["task"], unreachable[0]["host"]) == ("Deploy the apps", "docker-apps")
    assert "Identity added" in done.stdout
    stored = json.dumps(done.events)
    assert "Vb31" not in stored
    assert key.splitlines()[1] not in stored


def test_what_aap_tells_a_job_reaches_the_role(awx: Awx, hosts: dict[str, Any], app_secrets: dict[str, str]) -> None:
    """With the host's connection made local, the role's module runs, and ends as there is no Docker."""
    (awx.path[0] / "docker").write_text("#!/bin/sh\necho no Docker Engine is here >&2\nexit 1\n")
    (awx.path[0] / "docker").chmod(0o755)
    extra = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    arguments = ["-l", "docker-apps", "--check", "--diff"]
    done = awx.job("playbooks/master_deploy.yml", hosts, app_secrets, extra_vars=extra, arguments=arguments).failed()
    assert "no Docker Engine is here" in done.said
    commits = re.findall(r'"commit": "(\w+)"', json.dumps(done.events))
    assert set(commits) == {REVISION}
    assert "Vb31" not in json.dumps(done.events)
