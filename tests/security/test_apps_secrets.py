"""An app gets the secrets that the operator granted, and no others: not by any kind of reference, and never those of the tools."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from apps_project import ROLE, AppsProject, of_host, said
from harness import PROJECT, Core

sys.path.append(str(ROLE / "controller"))

from docker_app_controller import grants as granting

SECRET = "s3cret-of-the-control-node"


@pytest.fixture
def project(core: Core, tmp_path: Path) -> AppsProject:
    """A project whose apps show their secrets by a template, in the output of --diff."""
    project = AppsProject(tmp_path, core)
    (project.folder / "templates" / "show.j2").write_text("{{ app_secrets.S | b64encode | b64encode }}\n")
    return project


def app(**reference: Any) -> dict[str, Any]:
    """An app that wants one secret."""
    return {"secrets": {"S": reference}, "files": [{"dest": "x", "template": "show.j2"}]}


def shown(value: str) -> str:
    """A secret as the template writes it, which no mask knows."""
    import base64

    return base64.b64encode(base64.b64encode(value.encode())).decode()


def test_without_a_grant_nothing_is_handed_out(project: AppsProject, tmp_path: Path) -> None:
    """The error names the one line to add, and the file."""
    (tmp_path / "file").write_text(SECRET)
    attacks = {
        "add `env: {MY_TOKEN: [web]}` to": {"env": "MY_TOKEN"},
        "add `vars: {my_password: [web]}` to": {"var": "my_password"},
        "add `my_key: …` to `values` in": {"key": "my_key"},
        "add `files: FOLDER` to": {"file": str(tmp_path / "file")},
    }
    result = project.check_each([app(**each) for each in attacks.values()], my_password=SECRET).failed()
    for index, line in enumerate(attacks):
        told = of_host(result, f"h{index}")
        assert "app_list.web.secrets.S: " in told
        assert line in told
        assert str(project.playbooks / "app_secrets.yml") in told
    assert SECRET not in said(result)


def test_what_is_granted_is_handed_out(project: AppsProject) -> None:
    """Of each kind, also to one app only, and to no other one."""
    (project.playbooks / "own" / "sub").mkdir(parents=True)
    (project.playbooks / "own" / "sub" / "file").write_text("from-file")
    project.grants(
        env=["MY_TOKEN"],
        vars={"my_password": ["web"], "other_password": ["other"]},
        files="own",
        values={"k": "from-{{ 1 }}-value", "n": 12345, "o": {"value": "x", "apps": ["other"]}},
    )
    references: list[dict[str, Any]] = [
        {"env": "MY_TOKEN"},
        {"var": "my_password"},
        {"file": "sub/file"},
        {"file": str(project.playbooks / "own" / "sub" / "file")},
        {"key": "k"},
        {"key": "n"},
        {"var": "other_password"},
        {"key": "o"},
    ]
    variables = {"my_password": "from-var", "other_password": SECRET}
    project.env["MY_TOKEN"] = "from-env"
    result = project.check_each([app(**each) for each in references], **variables).failed()
    values = ["from-env", "from-var", "from-file", "from-file", "from-{{ 1 }}-value", "12345"]
    for value in values:
        assert result.stdout.count(f"+{shown(value)}") == values.count(value), value
    assert "write `other_password: [other, web]` in `vars`" in of_host(result, "h6")
    assert "write `apps: [other, web]` in `values`" in of_host(result, "h7")
    assert SECRET not in said(result)


def test_files_only_of_the_granted_folder(project: AppsProject, tmp_path: Path) -> None:
    """Not by an absolute path, `..`, a link, the home or a variable of the environment; and regular ones only."""
    own = project.playbooks / "own"
    own.mkdir()
    (tmp_path / "outside").write_text(SECRET)
    (own / "link").symlink_to(tmp_path / "outside")
    (own / "folder").symlink_to(tmp_path)
    (own / "zero").symlink_to("/dev/zero")
    os.mkfifo(own / "fifo")
    project.grants(files="own")
    paths = [str(tmp_path / "outside"), "../../../outside", "link", "folder/outside", "~/x", "$OUT", "zero", "fifo"]
    paths += ["/proc/self/environ", "../app_secrets.yml", "."]
    result = project.check_each([app(file=path) for path in paths]).failed()
    for index, path in enumerate(paths):
        assert "app_list.web.secrets.S: " in of_host(result, f"h{index}"), path
    assert SECRET not in said(result)
    assert "neither `~` nor variables are expanded" in of_host(result, "h4")


def test_vaulted_grants(project: AppsProject, tmp_path: Path) -> None:
    """The whole file, or one value in it."""
    password = tmp_path / "password"
    password.write_text("vault\n")
    vault = ("--vault-password-file", str(password))
    inline = project.core.run("ansible-vault", "encrypt_string", *vault, "--name", "k", "from-vault").ok().stdout
    path = project.playbooks / "app_secrets.yml"
    path.write_text("values:\n" + "".join(f"  {line}\n" for line in inline.splitlines()))
    assert f"+{shown('from-vault')}" in project.check(app(key="k"), *vault).ok().stdout
    path.write_text("values: {k: from-whole}\n")
    project.core.run("ansible-vault", "encrypt", *vault, path).ok()
    assert f"+{shown('from-whole')}" in project.check(app(key="k"), *vault).ok().stdout
    result = project.check(app(key="k")).failed()
    assert "cannot be read or decrypted" in said(result)


@pytest.fixture
def vault(project: AppsProject, tmp_path: Path) -> tuple[str, str]:
    """The option for the password; in each folder there are a vaulted file, a link to it, and a plain one."""
    password = tmp_path / "password"
    password.write_text("vault\n")
    option = ("--vault-password-file", str(password))
    for folder in ("files", "templates"):
        (project.folder / folder / "sub").mkdir()
        (project.folder / folder / "sub" / "key.pem").write_text(f"token: {SECRET}\n")
        project.core.run("ansible-vault", "encrypt", *option, project.folder / folder / "sub" / "key.pem").ok()
        (project.folder / folder / "link.pem").symlink_to("sub/key.pem")
        (project.folder / folder / "plain.txt").write_text("plain text\n")
    return option


VAULTED = [(kind, name) for kind in ("src", "template") for name in ("sub/key.pem", "link.pem")]


def test_vaulted_files_need_a_grant(project: AppsProject, vault: tuple[str, str]) -> None:
    """By any of their names, and also where only something else, or only another app, is granted."""
    apps = [{"files": [{"dest": "x", kind: name}]} for kind, name in VAULTED]
    folders = {"src": "files", "template": "templates"}
    paths = [project.folder / folders[kind] / "sub" / "key.pem" for kind, _ in VAULTED]
    grants: list[tuple[dict[str, Any], str]] = [
        ({}, "add `files: {{{path}: [web]}}` to "),
        ({"files": ["own"]}, "write `files: [own, {path}]` in "),
        ({"files": {"own": ["web"]}}, "add `{path}: [web]` to `files` in "),
        ({"files": {"../files": ["other"], "../templates": ["other"]}}, ": [other, web]` in `files` of "),
    ]
    for content, line in grants:
        project.grants(**content)
        result = project.check_each(apps, *vault).failed()
        for index, path in enumerate(paths):
            told = of_host(result, f"h{index}")
            assert f"app_list.web.files[0].{VAULTED[index][0]}: the vaulted file {path} is not granted" in told
            assert line.format(path=path) in told
        assert SECRET not in said(result)


@pytest.mark.parametrize("granted", ["../files/sub/key.pem", "../files", {"../files/sub": ["web"]}])
def test_vaulted_files_that_are_granted(project: AppsProject, vault: tuple[str, str], granted: Any) -> None:
    """A diff says that they change, and does not show them."""
    content = granted if isinstance(granted, dict) else [granted]
    project.grants(files=content)
    apps = [{"files": [{"dest": "x", "src": name}, {"dest": "y", "src": "plain.txt"}]} for _, name in VAULTED[:2]]
    result = project.check_each(apps, *vault).ok()
    assert SECRET not in said(result)
    assert result.stdout.count("+plain text") == 2
    assert "cannot be read" in said(project.check(apps[0]).failed())


def test_vaulted_templates_that_are_granted(project: AppsProject, vault: tuple[str, str], tmp_path: Path) -> None:
    """What is rendered is a secret, too; an error does not quote the template."""
    project.grants(files=["../templates"])
    own = {"files": [{"dest": "x", "template": "sub/key.pem"}, {"dest": "y", "template": "plain.txt"}]}
    result = project.check(own, *vault).ok()
    assert SECRET not in said(result)
    assert "+plain text" in result.stdout
    broken = project.folder / "templates" / "broken.j2"
    broken.write_text("{{ '" + SECRET + "' | no_such_filter }} {% " + SECRET + " %}\n")
    project.core.run("ansible-vault", "encrypt", *vault, broken).ok()
    result = project.check({"files": [{"dest": "x", "template": "broken.j2"}]}, *vault).failed()
    assert "the vaulted template cannot be decrypted or rendered" in said(result)
    assert SECRET not in said(result)


def test_the_file_may_be_named(project: AppsProject, tmp_path: Path) -> None:
    """In the environment, as a credential of AAP does; data cannot name one."""
    (tmp_path / "own.yml").write_text("values: {k: from-own}\n")
    refused = project.check(app(key="k"), docker_app_secrets=str(tmp_path / "own.yml")).failed()
    assert "is not granted to apps" in said(refused)
    project.env["DOCKER_APP_SECRETS"] = str(tmp_path / "own.yml")
    assert f"+{shown('from-own')}" in project.check(app(key="k")).ok().stdout


def test_no_error_of_the_file_quotes_it(project: AppsProject) -> None:
    path = project.playbooks / "app_secrets.yml"
    path.write_text(f"values:\n  k: {SECRET}\n  {SECRET}: [\n")
    result = project.check(app(key="k")).failed()
    assert "app_secrets.yml:" in said(result)
    assert "invalid YAML" in said(result)
    assert SECRET not in said(result)


@pytest.mark.parametrize(
    "name",
    [
        "NAUTOBOT_TOKEN",
        "NAUTOBRIDGE_TOKEN",
        "NAUTOBRIDGE_CONTROLLER_PASSWORD",
        "CONTROLLER_OAUTH_TOKEN",
        "CONTROLLER_PASSWORD",
        "TOWER_PASSWORD",
        "TOWER_OAUTH_TOKEN",
        "AAP_TOKEN",
        "AAP_PASSWORD",
        "AWX_TOKEN",
        "ANSIBLE_VAULT_PASSWORD_FILE",
        "ANSIBLE_VAULT_PASSWORD",
        "ANSIBLE_SSH_PASS",
        "GITHUB_TOKEN",
        "GH_TOKEN",
        "ACTIONS_RUNTIME_TOKEN",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "SSH_AUTH_SOCK",
        "nautobot_token",
        "CI_JOB_TOKEN",
        "CI_DEPLOY_PASSWORD",
        "GITLAB_TOKEN",
        "SYSTEM_ACCESSTOKEN",
    ],
)
def test_the_tools_own_variables_cannot_be_granted(name: str) -> None:
    for content in ([name], {name: ["web"]}):
        with pytest.raises(granting.GrantError, match="credential of the tools"):
            granting.parse("/p/app_secrets.yml", {"env": content})
    with pytest.raises(granting.GrantError, match="never handed"):
        granting.Grants("/p/app_secrets.yml").require("env", name, "web")


@pytest.mark.parametrize(
    "name",
    [
        "ansible_password",
        "ansible_ssh_pass",
        "ansible_ssh_password",
        "ansible_become_pass",
        "ansible_become_password",
        "ansible_sudo_pass",
        "ansible_winrm_password",
        "ansible_httpapi_pass",
        "ansible_ssh_private_key_passphrase",
        "ansible_facts",
        "ANSIBLE_PASSWORD",
        "vault_password",
        "VAULT_PASS",
        "docker_app_registries",
        "nautobot_token",
        "nautobridge_token",
        "aap_token",
        "aap_password",
        "hostvars",
        "vars",
    ],
)
def test_ansibles_own_variables_cannot_be_granted(name: str) -> None:
    with pytest.raises(granting.GrantError, match="credential of the tools"):
        granting.parse("/p/app_secrets.yml", {"vars": [name]})


@pytest.mark.parametrize("name", ["vault_password_grafana", "vault_passbolt_key", "vault_secret_key", "ssh_passphrase"])
def test_vaulted_variables_have_ordinary_names(name: str) -> None:
    """Ansible's documentation has vaulted variables begin with `vault_`."""
    assert granting.parse("/p/app_secrets.yml", {"vars": [name]}).vars == {name: None}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "expected a mapping"),
        ({"evn": []}, "did you mean `env`"),
        ({"env": "A"}, "expected `env` to be a list"),
        ({"env": [1]}, "not a name"),
        ({"env": {"A": "web"}}, "expected `env.A` to be a list"),
        ({"vars": {"a": [1]}}, "expected `vars.a` to be a list"),
        ({"files": 3}, "expected `files` to be"),
        ({"values": ["x"]}, "expected `values` to be a mapping"),
        ({"values": {"a": {"vlaue": "s3cret"}}}, "expected `values.a`"),
        ({"values": {"a": ["s3cret"]}}, "expected `values.a`"),
        ({"values": {"a": {"value": "s3cret", "apps": "web"}}}, "expected `values.a.apps`"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(content: Any, message: str) -> None:
    with pytest.raises(granting.GrantError, match=message) as refused:
        granting.parse("/p/app_secrets.yml", content)
    assert str(refused.value).startswith("/p/app_secrets.yml: ")
    assert "s3cret" not in str(refused.value)


def test_the_homelab_grants_what_its_apps_use() -> None:
    own = yaml.safe_load((PROJECT / "app_secrets.yml").read_text())
    granted = granting.parse("/p/app_secrets.yml", own)
    used = set()
    for path in (PROJECT / "config_contexts").rglob("*.yml"):
        for name, data in (yaml.safe_load(path.read_text()).get("app_list") or {}).items():
            for reference in data.get("secrets", {}).values():
                granted.require("key", reference["key"], name)
                used.add(reference["key"])
    assert used == set(granted.values)


def test_a_value_may_be_in_a_variable_of_the_environment(project: AppsProject) -> None:
    """The file gives it a name of its own, and data does not choose the variable."""
    project.grants(values={"k": {"env": "MY_TOKEN", "apps": ["web"]}})
    refused = project.check(app(key="k")).failed()
    assert "the environment variable MY_TOKEN is not set where Ansible runs" in said(refused)
    project.env["MY_TOKEN"] = "from-env"
    assert f"+{shown('from-env')}" in project.check(app(key="k")).ok().stdout
    assert "is not granted to apps" in said(project.check(app(env="MY_TOKEN")).failed())


@pytest.mark.parametrize("name", ["NAUTOBOT_TOKEN", "CONTROLLER_PASSWORD", "ANSIBLE_VAULT_PASSWORD_FILE"])
def test_no_value_is_a_variable_of_the_tools_own(name: str) -> None:
    with pytest.raises(granting.GrantError, match=f"grants `{name}`, which is a credential of the tools themselves"):
        granting.parse("/p/app_secrets.yml", {"values": {"one": {"env": name}}})
