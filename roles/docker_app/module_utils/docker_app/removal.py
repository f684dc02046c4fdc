"""Taking apps away: absent, pruned, purged. Volumes and data go with a purge only."""

from __future__ import annotations

import os
import shutil

from .bundle import COMPOSE
from .errors import AppError, HostError

_TIMEOUT = 300


def take_down(run, name, volumes=False):
    """Stop, then remove an app's containers and its own networks."""
    folder = os.path.join(run.store.root, name)
    if os.path.exists(os.path.join(folder, COMPOSE)):
        run.docker.compose(folder, "stop", timeout=_TIMEOUT)
        extra = ["--volumes"] if volumes else []
        run.docker.compose(folder, "down", "--remove-orphans", *extra, timeout=_TIMEOUT)
    # What the file does not name any more, or all of it where the file is gone.
    _by_label(run, name, volumes)


def _by_label(run, name, volumes):
    chosen = ["--filter", "label=com.docker.compose.project=" + name]
    left = [each.id for each in run.docker.containers(name)]
    if left:
        run.docker.change("stop", *left, timeout=_TIMEOUT)
        run.docker.change("rm", *left, timeout=_TIMEOUT)
    kinds = ["network", "volume"] if volumes else ["network"]
    for kind in kinds:
        ids = run.docker.must(kind, "ls", "--quiet", *chosen).split()
        if ids:
            run.docker.change(kind, "rm", *ids, timeout=_TIMEOUT)


def make_absent(run, project, recorded, containers):
    """Reasons, after its containers are gone; none where they were."""
    reasons = ["%s is there" % each.name for each in containers]
    if recorded and recorded.get("state") != "absent":
        reasons = ["state: %s -> absent" % recorded["state"]]
    if reasons and not run.check_mode and "deploy" in run.phases:
        take_down(run, project["name"])
        if recorded:
            run.store.app(project["name"]).record(dict(recorded, state="absent", pending=False))
    return reasons


def orphans(run, declared, recorded, containers):
    """Apps with our labels or our records that nobody declares any more, and that are still there."""
    running = {each.project for each in containers if each.is_ours and each.project}
    known = {name for name, state in recorded.items() if state and state.get("state") != "absent"}
    # A recorded one without containers is not there, but for a stopped one that someone removed by hand.
    return sorted((running | (known & _projects(containers))) - set(declared))


def _projects(containers):
    return {each.project for each in containers}


def refused(run, found, owned):
    """Why these orphans may not be pruned; None where they may."""
    if not found:
        return None
    if run.filtered:
        return "only some apps were chosen"
    if not run.declared:
        return "the list of apps is empty or missing"
    if len(found) > run.prune_max:
        return "%d apps would go, and docker_app_prune_max is %d" % (len(found), run.prune_max)
    percent = 100.0 * len(found) / max(1, len(owned))
    if percent > run.prune_max_percent:
        return "%d of %d apps would go, and docker_app_prune_max_percent is %d" % (len(found), len(owned), run.prune_max_percent)
    return None


def purge(run, name):
    """Remove an app with its volumes and its folder."""
    take_down(run, name, volumes=True)
    folder = os.path.join(run.store.root, name)
    # A folder of this name below the root, and nothing that a link leads to.
    if os.path.islink(folder):
        raise AppError("%s is a symbolic link; remove it by hand" % folder)
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        pass
    except OSError as problem:
        raise HostError("%s: %s" % (problem.strerror, problem.filename)) from None
