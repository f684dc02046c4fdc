"""`nautobridge sync`: a push to a real Git server, read by a real Nautobot with a real worker."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from git_sync import Api, Sync, in_nautobot
from harness import PROJECT, Core, run
from lab import Nautobot
from repository import served

SERVER = PROJECT / "tests" / "nautobot" / "server"
PLAYBOOK = PROJECT / "playbooks" / "nautobot_sync.yml"
CONTEXT = "config_contexts/pushed.yml"


@pytest.fixture(scope="module")
def pushed(server: Nautobot, worker: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sync]:
    """A repository with hardly anything in it, in Nautobot."""
    with served(tmp_path_factory.mktemp("git"), "LICENSE-MIT") as git, in_nautobot(Api(server), git) as repository:
        yield repository


def context(number: int) -> dict[str, str]:
    """One config context, which says which push it came with."""
    return {CONTEXT: f"_metadata: {{name: pushed, weight: 5000}}\npushed: {number}\n"}


def held(pushed: Sync) -> Any:
    """What Nautobot holds of it."""
    return pushed.api.named("extras/config-contexts", "pushed")["data"]["pushed"]


def lines(text: str) -> list[dict[str, Any]]:
    """JSON, one object a line."""
    return [json.loads(line) for line in text.splitlines()]


def test_a_push_arrives(pushed: Sync, call: Callable[..., Any]) -> None:
    first = pushed.git.commit(**context(1))
    done = call("sync", "--commit", first).ok()
    assert done.stdout.startswith('done         Git repository "nautobridge"  at ' + first[:10]), done.stdout
    # Nautobot's own log.
    assert "  info: Running job" in done.stderr
    assert "  success: Repository successfully refreshed" in done.stderr or "refresh" in done.stderr, done.stderr
    assert (pushed.head(), held(pushed)) == (first, 1)
    second = pushed.git.commit(**context(2))
    done = call("sync", "--git-repository", "nautobridge", "--commit", second[:12]).ok()
    assert f"{first[:10]} -> {second[:10]}" in done.stdout
    assert held(pushed) == 2


def test_a_second_sync_does_nothing(pushed: Sync, call: Callable[..., Any]) -> None:
    head = pushed.git.commit(**context(3))
    call("sync", "--commit", head).ok()
    jobs = len(pushed.api.rows("extras/job-results"))
    done = call("sync", "--commit", head).ok()
    assert done.stdout == f'skipped      Git repository "nautobridge"  is at {head[:10]} already\n'
    assert done.stderr == ""
    assert len(pushed.api.rows("extras/job-results")) == jobs
    # Without a commit nobody can know.
    again = call("sync").ok()
    assert f"is at {head[:10]} as before" in again.stdout
    assert len(pushed.api.rows("extras/job-results")) == jobs + 1


def test_json(pushed: Sync, call: Callable[..., Any]) -> None:
    before, head = pushed.head(), pushed.git.commit(**context(4))
    told = lines(call("sync", "--commit", head, "--json").ok().stdout)
    assert told[0] == {"version": 1, "type": "step_start", "step": "git_repository", "name": "nautobridge"}
    assert {line["type"] for line in told[1:-2]} == {"log"}
    step, end = told[-2:]
    assert (step["result"], step["from"], step["to"]) == ("done", before or None, head)
    result = pushed.api.json("GET", f"extras/job-results/{step['job']}/")
    assert result["status"]["value"] == "SUCCESS"
    assert (end["type"], end["result"], len(end["steps"])) == ("sync", "done", 1)


def test_another_push_came_after(pushed: Sync, call: Callable[..., Any]) -> None:
    earlier, later = pushed.git.commit(**context(5)), pushed.git.commit(**context(6))
    done = call("sync", "--commit", earlier)
    assert done.code == 1
    assert f"is at {later}, not at {earlier}" in done.stderr
    assert "another push came after" in done.stderr
    assert done.stdout.startswith('failed       Git repository "nautobridge"')
    assert (pushed.head(), held(pushed)) == (later, 6)
    never = call("sync", "--commit", "0123456789" * 4)
    assert never.code == 1
    assert "has the commit been pushed to the branch `main`" in never.stderr


def test_a_commit_that_breaks_the_sync(pushed: Sync, call: Callable[..., Any]) -> None:
    before, was = pushed.head(), held(pushed)
    broken = pushed.git.commit(**context(7), **{"config_contexts/broken.yml": "app_list: [\n"})
    done = call("sync", "--commit", broken)
    assert done.code == 4
    error = next(line for line in done.stderr.splitlines() if line.startswith("nautobridge:"))
    assert 'Nautobot could not synchronize Git repository "nautobridge"' in error
    assert "broken.yml" in error, "Nautobot's own words"
    assert "nautobridge apps check" in done.stderr
    assert (pushed.head(), held(pushed)) == (before, was)
    mended = pushed.git.commit(**context(8))
    call("sync", "--commit", mended).ok()
    assert held(pushed) == 8


def test_names(pushed: Sync, call: Callable[..., Any]) -> None:
    unknown = call("sync", "--git-repository", "nautobrigde")
    assert unknown.code == 2
    assert 'there is no Git repository "nautobrigde" in Nautobot' in unknown.stderr
    assert 'did you mean "nautobridge"?' in unknown.stderr
    with in_nautobot_as(pushed, "other"):
        which = call("sync")
        assert which.code == 2
        assert "2 Git repositories: say which" in which.stderr
        assert "there are: nautobridge, other" in which.stderr


@contextmanager
def in_nautobot_as(pushed: Sync, name: str) -> Iterator[None]:
    """The same repository once more, under another name."""
    made = {"name": name, "remote_url": pushed.git.url + "/", "branch": "main", "provided_contents": []}
    created = pushed.api.json("POST", "extras/git-repositories/", json=made)
    try:
        yield
    finally:
        pushed.api.json("DELETE", f"extras/git-repositories/{created['id']}/")


def test_rights(pushed: Sync, nautobot: Nautobot, call: Callable[..., Any]) -> None:
    user = nautobot.user(["extras.gitrepository"])
    done = call("sync", NAUTOBOT_TOKEN=user.token)
    assert done.code == 1
    assert "extras.gitrepository (change)" in done.stderr
    reader = nautobot.user(["extras.gitrepository", "extras.jobresult", "extras.joblogentry"])
    assert call("sync", NAUTOBOT_TOKEN=reader.token).code == 1
    # As docs/sync.md says.
    nautobot.create(
        nautobot.api.users.permissions,
        name=f"{reader.name}-changes",
        users=[reader.id],
        object_types=["extras.gitrepository"],
        actions=["view", "change"],
    )
    done = call("sync", NAUTOBOT_TOKEN=reader.token).ok()
    assert "info: Repository successfully refreshed" in done.stderr
    nobody = nautobot.user([])
    done = call("sync", NAUTOBOT_TOKEN=nobody.token)
    assert done.code == 1
    assert "extras.gitrepository" in done.stderr


def test_the_playbook(pushed: Sync, env: dict[str, str], cores: list[Core]) -> None:
    """As AAP runs it, by each ansible-core."""
    for number, core in enumerate(cores):
        head = pushed.git.commit(**context(20 + number))
        play = ["-i", "localhost,", PLAYBOOK, "-e", f"sync_commit={head} sync_git_repository=nautobridge"]
        first = core.run("ansible-playbook", *play, env=env).ok()
        assert "changed=1 " in first.stdout
        assert head[:10] in first.stdout
        assert held(pushed) == 20 + number
        again = core.run("ansible-playbook", *play, env=env).ok()
        assert "changed=0 " in again.stdout
        assert f"is at {head[:10]} already" in again.stdout
        looked = core.run("ansible-playbook", *play, "--check", env=env).ok()
        assert "changed=0 " in looked.stdout
        wrong = [*play[:-1], f"sync_commit={'0' * 40}"]
        failed = core.run("ansible-playbook", *wrong, env=env).failed()
        assert f"is at {head}, not at {'0' * 40}" in failed.stdout + failed.stderr
    binary = {"NAUTOBRIDGE_BINARY": env["NAUTOBRIDGE_BINARY"]}
    nobody = cores[0].run("ansible-playbook", "-i", "localhost,", PLAYBOOK, env=binary).failed()
    assert "give the job template the credential" in nobody.stdout + nobody.stderr


def test_no_worker(pushed: Sync, call: Callable[..., Any]) -> None:
    database = os.environ.get("NAUTOBRIDGE_TEST_DATABASE")
    assert database, 'NAUTOBRIDGE_TEST_DATABASE is not set: eval "$(tests/nautobot/server env)"'
    command = [SERVER, "worker", "--db", database]
    run([*command, "--stop"], dict(os.environ)).ok()
    try:
        done = call("sync", "--timeout", "1m")
    finally:
        run(command, dict(os.environ)).ok()
    assert done.code == 1
    assert "Nautobot has no worker that could synchronize" in done.stderr
    assert "No celery workers running" in done.stderr, "Nautobot's own words"
    assert "nautobot-server celery worker" in done.stderr
