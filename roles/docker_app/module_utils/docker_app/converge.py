"""Brings the apps of a host to what is declared."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Callable, Iterable

from . import decide, deploy, difference, handover, networks, removal
from .deploy import Deployment
from .errors import AppError, HostError
from .results import FAILED, PLANNED, REMOVED, SKIPPED, UNCHANGED, Result

if TYPE_CHECKING:
    from .run import Run


def converge(run: Run) -> None:
    """Remove what is to be absent, deploy the rest, and prune."""
    owned = removal.find_orphans(run)
    prunes = "prune" in run.phases and run.params["prune"] and bool(run.orphans)
    wanted = [run.projects[name] for name in run.params["wanted"]]
    staying = [each for each in wanted if each["state"] != "absent"]
    if "deploy" in run.phases:
        # First, for what goes may hold the ports of what comes; a proxy goes after its apps.
        for project in reversed([each for each in wanted if each["state"] == "absent"]):
            _take_away(run, project)
    if staying and run.phases & {"render", "pull", "deploy"}:
        run.docker.has_compose()
        networks.look(run, [each["model"] for each in staying])
        deployments = _decided(run, staying)
        changing = [each for each in deployments if each.decision.reasons]
        _resolve(deployments)
        if "deploy" in run.phases and not run.check_mode:
            run.unmade = networks.make_missing(run, [each.bundle.model for each in changing])
            if prunes:
                removal.make_room(run, owned, [each.project for each in changing])
        _in_turns(run, deployments)
    elif staying and "verify" in run.phases:
        _side_by_side(lambda project: _verify(run, project), staying)
    if prunes:
        removal.prune(run, owned)


def _take_away(run: Run, project: dict[str, Any]) -> None:
    name, started = project["name"], time.monotonic()
    recorded = run.recorded.get(name)
    reasons = [f"{each.name} is there" for each in run.containers if each.project == name]
    if recorded and recorded["state"] != "absent":
        reasons = [f"state: {recorded['state']} -> absent"]
    touched = False
    try:
        refuse_foreign(run, name)
        if reasons and not run.check_mode:
            touched = True
            removal.take_down(run, name)
            if recorded:
                mark = {"state": "absent", "pending": False, "writable": run.writable(name)}
                run.store.app(name).record({**recorded, **mark})
    except AppError as failed:
        run.record(name, Result(FAILED, reasons, str(failed), started, touched))
        return
    done = (PLANNED if run.check_mode else REMOVED) if reasons else UNCHANGED
    run.record(name, Result(done, reasons, started=started))


def refuse_foreign(run: Run, name: str) -> None:
    """An AppError where a project of this name was made by someone else: what is not ours is not touched."""
    if run.params["adopt"]:
        return
    # What was recorded says what was: only its labels say whose a container is. (The host may have had another name.)
    state = run.store.app(name).state() or {}
    has_it = state.get("state") in ("present", "stopped")
    own = [each for each in run.containers if each.project == name]
    foreign = [each.name for each in own if not (each.is_ours or (has_it and each.is_managed))]
    if foreign:
        raise AppError(
            f"a Compose project `{name}` runs here that this role did not make ({', '.join(foreign)}); name the app "
            "otherwise, take the project down (its volumes stay), or set docker_app_adopt to take it over"
        )


def _decided(run: Run, projects: list[dict[str, Any]]) -> list[Deployment]:
    """What is to be done with each app; those of which that cannot be told have failed already."""
    unpulled = {} if run.check_mode or "pull" not in run.phases else _pull_always(run, projects)
    images = run.docker.images(reference for project in projects for reference in run.references(project))
    deployments = []
    for project in projects:
        name, recorded = project["name"], run.recorded.get(project["name"])
        own = [each for each in run.containers if each.project == name]
        try:
            refuse_foreign(run, name)
            networks.refuse_missing(run, project["model"])
            if name in unpulled:
                raise unpulled[name]
            bundle = run.bundle(project, images)
            decision = decide.decide(project, bundle, recorded, run.store, run.store.app(name), own, images)
        except (AppError, OSError) as failed:
            run.record(name, Result(FAILED, error=str(failed)))
            continue
        deployments.append(Deployment(run, project, bundle, decision, images))
    return deployments


def _resolve(deployments: list[Deployment]) -> None:
    """Let Compose say what the apps mount, before any of them is deployed: each is checked against all of them.

    Where nothing changes, nothing is followed; what was deployed by this version is recorded.
    """
    if any(each.decision.reasons for each in deployments):
        asked = [each for each in deployments if each.decision.reasons or "writable" not in each.recorded]
        _side_by_side(lambda deployment: deployment.resolve(), asked)


def _pull_always(run: Run, projects: list[dict[str, Any]]) -> dict[str, AppError]:
    """Pull what is always pulled before anything is decided; the errors of the apps for which that failed."""
    failed: dict[str, AppError] = {}

    def pull(project: dict[str, Any]) -> None:
        images = {service["image"] for service in project["model"]["services"].values()}
        try:
            run.pull(project["model"], [each for each in images if run.pull_policy(project, each) == "always"])
        except (AppError, HostError) as problem:
            failed[project["name"]] = AppError(str(problem))

    _side_by_side(pull, projects)
    return failed


def _in_turns(run: Run, deployments: list[Deployment]) -> None:
    """Apps of one order side by side; what follows, as long as all before it runs, new or as it was."""
    by_name = {each.name: each for each in deployments}
    changing = {name for name, each in by_name.items() if each.decision.reasons}
    needs = {name: handover.holders(by_name[name].project, run.containers) & changing for name in changing}
    lost: list[Deployment] = []
    for turn in handover.by_turns({name: each.project["order"] for name, each in by_name.items()}, needs):
        ready = []
        for deployment in (by_name[name] for name in turn):
            before = [
                each.name
                for each in lost
                if each.project["order"] < deployment.project["order"] or each.name in needs.get(deployment.name, set())
            ]
            if before:
                why = f"not deployed, for `{before[0]}` comes before it and does not run"
                run.record(deployment.name, Result(SKIPPED, deployment.decision.reasons, why))
            else:
                ready.append(deployment)
        _side_by_side(lambda deployment: _one(run, deployment), ready)
        lost += [each for each in ready if each.touched and run.results[each.name].result == FAILED]


def _one(run: Run, deployment: Deployment) -> None:
    name, started, reasons = deployment.name, time.monotonic(), deployment.decision.reasons
    result, error = UNCHANGED, None
    try:
        if reasons and run.diff_mode:
            run.diff += difference.of(deployment, run.containers)
        if reasons and run.check_mode:
            deployment.check(f"{run.scratch}/{name}")
            result = PLANNED
        elif reasons:
            result = deployment.carry_out()
        elif not run.check_mode:
            deployment.take_note()
    except (AppError, HostError, OSError) as problem:
        result, error = FAILED, str(problem)
    except Exception as problem:  # A defect of ours must not leave the app half deployed, nor the others.
        result, error = FAILED, f"unexpected {type(problem).__name__}: {problem}"
    if result == FAILED and deployment.touched:
        run.say(f"{name}: {error}")
        result, error = deploy.back_after(run, deployment, error)
    if reasons:
        run.say(f"{name}: {result}")
    local = {reference: image.id for reference, image in deployment.local.items()}
    images = deployment.bundle.images()
    run.record(name, Result(result, reasons, error, started, deployment.touched, images, local))


def _verify(run: Run, project: dict[str, Any]) -> None:
    started = time.monotonic()
    if project["state"] != "present":
        return
    try:
        deploy.verify(run, project["name"], project["model"], project["wait"])
        run.record(project["name"], Result(UNCHANGED, started=started))
    except (AppError, HostError, OSError) as failed:
        run.record(project["name"], Result(FAILED, [], str(failed), started))


def _side_by_side(work: Callable[[Any], None], items: Iterable[Any]) -> None:
    """Do the same for all at once, each in a thread of its own: they mostly wait, and Docker bounds what works."""
    problems: list[BaseException] = []

    def guarded(item: Any) -> None:
        try:
            work(item)
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=guarded, args=(item,)) for item in items]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]
