"""What Compose makes of an app's files, before any of them is in the app's folder."""

from __future__ import annotations

import json
import os
import re
import shutil
from typing import TYPE_CHECKING, Any

from . import bundle as bundles
from . import references, safe_files, yaml_text
from .bundle import COMPOSE, ENV, Bundle
from .docker import last_lines
from .errors import AppError
from .store import write_atomically

if TYPE_CHECKING:
    from .run import Run

# As Compose warns: level=warning msg="The \"NAME\" variable is not set. Defaulting to a blank string."
_UNSET = re.compile(r'The \\?"([^"\\]+)\\?" variable is not set')


def resolve(run: Run, name: str, bundle: Bundle, place: str) -> None:
    """Note in `run.paths` what the app mounts, as Compose says; `place` is a folder to use for that.

    An AppError where Compose refuses the app's file, or where a container could write to what the role uses as root.
    """
    folder = run.store.app(name).folder
    shutil.rmtree(place, ignore_errors=True)
    os.makedirs(place, 0o700)
    try:
        model = yaml_text.dump(references.without_files_read(bundle.model))
        env = _env(run, name, bundle) or b""
        write_atomically(os.path.join(place, COMPOSE), model.encode())
        write_atomically(os.path.join(place, ENV), env)
        # A check makes no folder for the app. Compose sets PWD to where it runs.
        here = folder if os.path.isdir(folder) else place
        options = ["--project-directory", folder, "--env-file", os.path.join(place, ENV)]
        words = ["compose", "--ansi", "never", *options, "--file", os.path.join(place, COMPOSE)]
        # It has secrets in it: nothing but paths is taken, and nothing is written or printed.
        code, out, err = run.docker.run(*words, "config", "--format", "json", folder=here, is_parsed=True)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    if code:
        raise AppError(f"Docker Compose refuses the app: {last_lines(err)}")
    run.paths[name] = references.of(_parsed(out), folder, place)
    references.refuse_folders(run.paths[name], run.store.root, {*run.projects, *run.store.names()})


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise AppError("`docker compose config --format json` printed no JSON; the role requires Compose 2.20 or newer")
    return found


def _env(run: Run, name: str, bundle: Bundle) -> bytes | None:
    """The .env that Compose will read: the bundle's, or else one that was put there by hand."""
    if ENV in bundle.entries:
        return bundle.entries[ENV].data
    kept = run.store.app(name)
    state = kept.state() or {}
    if any(ENV in (state.get(key) or []) for key in ("sums", "attempt")):
        return None
    return safe_files.read(kept.folder, ENV) if os.path.isdir(kept.folder) else None


def refuse_links(run: Run, name: str, bundle: Bundle) -> None:
    """An AppError where what Docker or Compose follows for the app leads through a link that a container could have made."""
    written = run.written()
    paths = run.paths[name].followed | set(references.files_read(bundle.model, run.store.app(name).folder))
    for path in sorted(paths):
        written.refuse_link(path)


def check(run: Run, name: str, bundle: Bundle, stage: str) -> list[str]:
    """Write the app aside, and let Compose read all of it: an AppError, or the variables that nothing sets."""
    kept = run.store.app(name)
    shutil.rmtree(stage, ignore_errors=True)
    # As deep as it will be, so that `../other/.env` and any other path stays in the stage.
    inner = stage + os.path.abspath(kept.folder)
    os.makedirs(inner, 0o700)
    bundles.install(bundle, inner)
    env = _env(run, name, bundle)
    if env is not None and ENV not in bundle.entries:
        write_atomically(os.path.join(inner, ENV), env)
    refuse_links(run, name, bundle)
    lend(run, bundle, kept.folder, stage)
    refuse_unreadable(run, bundle.model, inner)
    code, out, err = run.docker.run("compose", "--ansi", "never", "--file", COMPOSE, "config", "--quiet", folder=inner)
    if code:
        raise AppError(f"Docker Compose refuses the app: {last_lines(err or out)}")
    return sorted(set(_UNSET.findall(err)))


def lend(run: Run, bundle: Bundle, folder: str, stage: str) -> None:
    """Have the stage see what lies on the host by hand and is named as an `env_file` or a `label_file`."""
    written = run.written()
    for path in references.files_read(bundle.model, folder):
        target = stage + path
        data = None if os.path.lexists(target) else references.read(path, run.store.root, written)
        if data is not None:
            os.makedirs(os.path.dirname(target), 0o700, exist_ok=True)
            write_atomically(target, data)


def refuse_unreadable(run: Run, model: dict[str, Any], folder: str) -> None:
    """An AppError where Compose, run in this folder, would read a file that a container could choose: by a link, a FIFO, a device.

    Right before it does so. An absolute path is the same in each folder.
    """
    written = run.written()
    for path in [os.path.join(folder, COMPOSE), os.path.join(folder, ENV), *references.files_read(model, folder)]:
        try:
            references.read(path, run.store.root, written)
        except OSError as problem:
            raise AppError(f"{path} cannot be read: {problem.strerror}") from None
