"""A secret goes only to the address that its own source names; a file that was only found decides nothing about it."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from harness import SNAPSHOT, Core, Result, run

SECRET = "0123456789abcdef0123456789abcdef01234567"
TOKEN = {"NAUTOBOT_TOKEN": SECRET}


@dataclass
class Thief:
    """A server that notes every request and its secrets."""

    url: str = ""
    seen: list[str] = field(default_factory=list)


@pytest.fixture
def thief() -> Iterator[Thief]:
    """A server that no operator has named."""
    made = Thief()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            made.seen.append(self.headers.get("Authorization", "") + self.headers.get("Proxy-Authorization", ""))
            self.send_response(403)
            self.end_headers()

        do_GET = do_POST = do_CONNECT = answer

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield made
        server.shutdown()


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """The folder that the operator stands in."""
    folder = tmp_path / "work"
    folder.mkdir(mode=0o755)
    return folder


class Binary:
    """The binary in a folder, with a home of its own."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.path, self.folder = path, folder

    def __call__(self, *arguments: str, **env: str) -> Result:
        quick = {"NAUTOBRIDGE_RETRIES": "0", "NAUTOBRIDGE_TIMEOUTS_REQUEST": "5"}
        home = {"HOME": str(self.folder.parent)}
        return run([self.path, *arguments], home | quick | env, cwd=self.folder)


@pytest.fixture
def binary(nautobridge: Path, work: Path) -> Binary:
    """The binary, run in `work`."""
    return Binary(nautobridge, work)


def settings(work: Path, text: str, mode: int = 0o644) -> Path:
    """The file that the binary finds."""
    path = work / "nautobridge.yml"
    path.write_text(text)
    path.chmod(mode)
    return path


def refused(done: Result, *words: str) -> None:
    """Check that nothing was done, and that the message helps."""
    assert done.code == 2, done.stderr
    assert done.stdout == ""
    for word in words:
        assert word in done.stderr
    assert SECRET not in done.stderr


# --- a file that was found ---


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ("url: THIEF\n", "`url`"),
        ("proxy: THIEF\n", "`proxy`"),
        ("tls: {verify: false}\n", "`tls.verify`"),
        ("tls: {ca_bundle: ca.pem}\n", "`tls.ca_bundle`"),
        ("tls: {client_cert: cert.pem}\n", "`tls.client_cert`"),
    ],
)
@pytest.mark.parametrize("variable", ["NAUTOBOT_TOKEN", "NAUTOBRIDGE_TOKEN", "NAUTOBRIDGE_TOKEN_FILE"])
def test_a_found_file_redirects_no_token_of_the_environment(
    binary: Binary, work: Path, thief: Thief, text: str, setting: str, variable: str
) -> None:
    settings(work, text.replace("THIEF", thief.url))
    (work / "token").write_text(SECRET)
    env = {variable: str(work / "token") if variable.endswith("_FILE") else SECRET}
    if setting != "`url`":
        env["NAUTOBOT_URL"] = "http://nautobot.invalid"
    refused(binary("--list", **env), setting, variable, "--config ./nautobridge.yml")
    assert thief.seen == []
    # What the operator names is the operator's word.
    for done in (binary("--list", "--config", "nautobridge.yml", **env), binary("--list", "--no-config", **env)):
        assert "the secret comes from" not in done.stderr
    assert "the secret comes from" not in binary("--list", NAUTOBRIDGE_CONFIG="nautobridge.yml", **env).stderr


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ("controller: {url: THIEF}\n", "`controller.url`"),
        ("controller: {verify_ssl: false}\n", "`controller.verify_ssl`"),
        ("controller: {ca_file: ca.pem}\n", "`controller.ca_file`"),
    ],
)
@pytest.mark.parametrize("variable", ["CONTROLLER_OAUTH_TOKEN", "AAP_TOKEN", "TOWER_PASSWORD"])
def test_a_found_file_redirects_no_secret_of_the_controller(
    binary: Binary, work: Path, thief: Thief, text: str, setting: str, variable: str
) -> None:
    settings(work, text.replace("THIEF", thief.url))
    env = {variable: SECRET, "TOWER_USERNAME": "u"}
    if setting != "`controller.url`":
        env["CONTROLLER_HOST"] = "http://controller.invalid"
        env |= {"AAP_HOSTNAME": env["CONTROLLER_HOST"], "TOWER_HOST": env["CONTROLLER_HOST"]}
    refused(binary("jobs", "list", **env), setting, variable, "--config ./nautobridge.yml")
    assert thief.seen == []


def test_a_found_file_with_its_own_secret_works(binary: Binary, work: Path, thief: Thief) -> None:
    """The quick start: `url` and `token_file` in one file."""
    settings(work, f"url: {thief.url}\ntoken_file: token\n")
    (work / "token").write_text(SECRET)
    done = binary("--list")
    assert done.code == 1, done.stderr
    assert thief.seen
    assert all(SECRET in each for each in thief.seen)


@pytest.mark.parametrize("form", ["absolute", "relative", "link"])
def test_a_found_file_sends_no_secret_of_another_folder(
    binary: Binary, work: Path, thief: Thief, tmp_path: Path, form: str
) -> None:
    """A clone of somebody else's repository may hold such a file."""
    secret = tmp_path / "token"
    secret.write_text(SECRET)
    (work / "link").symlink_to(secret)
    path = {"absolute": str(secret), "relative": "../token", "link": "link"}[form]
    settings(work, f"url: {thief.url}\ntoken_file: {path}\n")
    refused(binary("--list"), "`token_file`", str(secret), "--config ./nautobridge.yml")
    settings(work, f"controller: {{url: '{thief.url}', token_file: {path}}}\n")
    refused(binary("jobs", "list"), "`controller.token_file`", str(secret), "--config ./nautobridge.yml")
    settings(work, f"controller: {{url: '{thief.url}', username: u, password_file: {path}}}\n")
    refused(binary("jobs", "list"), "`controller.password_file`", str(secret))
    assert thief.seen == []
    binary("jobs", "list", "--config", "nautobridge.yml")
    assert thief.seen


def test_a_found_file_keeps_its_other_settings(binary: Binary, work: Path) -> None:
    settings(work, f"snapshot: {SNAPSHOT}\nvariables: {{include: [enabled]}}\n")
    hosts = json.loads(binary("--list", **TOKEN).ok().stdout)["_meta"]["hostvars"]
    assert all(list(variables) == ["enabled"] for variables in hosts.values())
    refused(binary("--list", "--no-config", **TOKEN), "no Nautobot is named")


@pytest.mark.parametrize(
    ("file_mode", "folder_mode"), [(0o666, 0o755), (0o644, 0o777), (0o644, 0o1777), (0o646, 0o755)]
)
def test_a_found_file_that_others_can_write_is_refused(
    binary: Binary, work: Path, file_mode: int, folder_mode: int
) -> None:
    settings(work, f"snapshot: {SNAPSHOT}\n", file_mode)
    work.chmod(folder_mode)
    refused(binary("--list"), "nautobridge.yml", "can write to", "--config ./nautobridge.yml", "--no-config")
    binary("--list", "--config", "nautobridge.yml").ok()
    assert "FAIL" in binary("doctor").stdout


@pytest.mark.root
def test_a_found_file_of_another_user_is_refused(binary: Binary, work: Path, tmp_path: Path) -> None:
    path = settings(work, f"snapshot: {SNAPSHOT}\n")
    os.chown(path, 12345, 12345)
    refused(binary("--list"), "belongs to the user with the id 12345")
    os.chown(path, 0, 0)
    binary("--list").ok()
    os.chown(work, 12345, 12345)
    refused(binary("--list"), "its folder belongs to the user with the id 12345")
    os.chown(work, 0, 0)
    # A link is judged by where it leads.
    target = tmp_path / "target.yml"
    path.rename(target)
    path.symlink_to(target)
    os.chown(target, 12345, 12345)
    refused(binary("--list"), "belongs to the user with the id 12345")


@pytest.mark.parametrize(("file_mode", "folder_mode"), [(0o666, 0o755), (0o644, 0o777)])
def test_the_users_own_file_is_checked_too(binary: Binary, work: Path, file_mode: int, folder_mode: int) -> None:
    """The folder may be another user's: `sudo -E` keeps HOME."""
    folder = work.parent / ".config" / "nautobridge"
    folder.mkdir(parents=True)
    path = settings(folder, f"snapshot: {SNAPSHOT}\n")
    binary("--list").ok()
    path.chmod(file_mode)
    folder.chmod(folder_mode)
    refused(binary("--list"), f"{path} (the user's own) is not used", "can write to", f"--config {path}", "--no-config")
    binary("--list", "--config", str(path)).ok()


@pytest.mark.root
def test_a_group_of_several_can_not_write_a_found_file(binary: Binary, work: Path) -> None:
    path = settings(work, f"snapshot: {SNAPSHOT}\n", 0o664)
    os.chown(path, 0, 12345)
    refused(binary("--list"), "a group can write to it")
    # The group of the user alone, as umask 002 makes files.
    os.chown(path, 0, 0)
    binary("--list").ok()


def test_the_file_in_use_is_named(binary: Binary, work: Path) -> None:
    settings(work, f"snapshot: {SNAPSHOT}\n")
    assert "settings file: ./nautobridge.yml (found in the current folder)" in binary("doctor").ok().stdout
    assert "settings file: ./nautobridge.yml (found in the current folder)" in binary("--list", "-v").ok().stderr
    assert "settings file: none" in binary("doctor", "--no-config").stdout
    (work / "nautobridge.yml").rename(work / "named.yml")
    assert "settings file: named.yml" in binary("doctor", NAUTOBRIDGE_CONFIG="named.yml").ok().stdout


# --- one source, one address ---


def test_a_token_does_not_follow_another_url(binary: Binary, thief: Thief) -> None:
    """In AAP, `source_vars` set NAUTOBRIDGE_URL beside the token of a credential."""
    credential = TOKEN | {"NAUTOBOT_URL": "http://nautobot.invalid"}
    done = binary("--list", NAUTOBRIDGE_URL=thief.url, **credential)
    refused(done, "NAUTOBOT_TOKEN", "NAUTOBOT_URL", "NAUTOBRIDGE_URL")
    assert thief.seen == []


def test_the_token_of_a_file_does_not_follow_a_variable(binary: Binary, work: Path, thief: Thief) -> None:
    settings(work, "url: http://nautobot.invalid\ntoken_file: token\n")
    (work / "token").write_text(SECRET)
    for variable in ("NAUTOBOT_URL", "NAUTOBRIDGE_URL"):
        refused(binary("--list", **{variable: thief.url}), "`token_file`", variable)
    assert thief.seen == []


def test_a_secret_of_the_controller_does_not_follow_another_address(binary: Binary, thief: Thief) -> None:
    mine = {"CONTROLLER_HOST": "http://controller.invalid", "CONTROLLER_OAUTH_TOKEN": SECRET}
    for variable in ("NAUTOBRIDGE_CONTROLLER_URL", "AAP_HOSTNAME"):
        refused(
            binary("jobs", "list", **mine, **{variable: thief.url}),
            "CONTROLLER_OAUTH_TOKEN",
            "CONTROLLER_HOST",
            variable,
        )
    assert thief.seen == []
    # An argument is the operator's word.
    binary("jobs", "list", f"--controller={thief.url}", **mine)
    assert thief.seen


@pytest.mark.parametrize("mode", [0o644, 0o666])
def test_a_source_of_the_plugin_is_the_operators_word(core: Core, nautobridge: Path, tmp_path: Path, mode: int) -> None:
    """The user names an inventory source, so it needs no particular owner, as with every other inventory."""
    source = tmp_path / "lab.nautobridge.yml"
    source.write_text(f"plugin: nautobridge\nsettings:\n  snapshot: {SNAPSHOT}\n  tls: {{verify: false}}\n")
    source.chmod(mode)
    assert "traefik" in core.inventory(source, {"NAUTOBRIDGE_BINARY": str(nautobridge)} | TOKEN)["_meta"]["hostvars"]


def test_the_plugin_sends_no_token_to_another_url(core: Core, nautobridge: Path, tmp_path: Path, thief: Thief) -> None:
    source = tmp_path / "lab.nautobridge.yml"
    source.write_text(f"plugin: nautobridge\nurl: {thief.url}\n")
    env = {"NAUTOBRIDGE_BINARY": str(nautobridge), "NAUTOBOT_URL": "http://nautobot.invalid"} | TOKEN
    done = core.run("ansible-inventory", "-i", source, "--list", env=env).failed()
    assert "NAUTOBOT_TOKEN belongs to" in done.said
    assert thief.seen == []
