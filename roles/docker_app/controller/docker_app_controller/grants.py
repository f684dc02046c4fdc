"""What the operator lets apps use: `app_secrets.yml`, which is not Nautobot's. Whatever is not in it is not handed out."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from .finding import nearest

FILE = "app_secrets.yml"
KINDS = {"env": "the environment variable", "var": "the variable", "file": "the file", "key": "the value"}
# The section of the file for each kind of reference.
_SECTIONS = {"env": "env", "var": "vars", "file": "files", "key": "values"}
# The credentials of the tools themselves: with them, an app could do all that the job can.
_NEVER_ENV = (
    "NAUTOBOT_TOKEN",
    "NAUTOBRIDGE_*",
    *(f"{tool}_*{kind}*" for tool in ("CONTROLLER", "TOWER", "AAP") for kind in ("TOKEN", "PASS", "SECRET")),
    "AWX_*",
    "ANSIBLE_*",
    "GITHUB_*",
    "GH_TOKEN",
    "GH_ENTERPRISE_TOKEN",
    "ACTIONS_*",
    "RUNNER_*",
    "CI_*",
    "GITLAB_*",
    "SYSTEM_*",
    "VSS_*",
    "SSH_AUTH_SOCK",
    "SSH_ASKPASS",
    "SSHPASS",
    "GIT_ASKPASS",
    "KRB5CCNAME",
)
# Ansible's own, which hold the passwords of connections and privileges.
_NEVER_VARS = (
    "ansible_*",
    "awx_*",
    "tower_*",
    "vault_pass",
    "vault_password",
    "vault_password_file",
    "become_pass",
    "become_password",
    "ssh_pass",
    "ssh_password",
    *(f"{tool}_*{kind}*" for tool in ("controller", "aap", "gateway") for kind in ("token", "pass", "secret")),
    "nautobot_token",
    "nautobridge_*",
    "docker_app_*",
    "hostvars",
    "vars",
    "groups",
    "environment",
)


class GrantError(Exception):
    """What is wrong with the file, or that it does not grant something."""


def is_reserved(kind: str, name: str) -> bool:
    """Whether a name is one of the tools' own, which no app gets."""
    if kind == "env":
        return any(fnmatchcase(name.upper(), pattern) for pattern in _NEVER_ENV)
    return any(fnmatchcase(name.lower(), pattern) for pattern in _NEVER_VARS)


@dataclass(frozen=True)
class Variable:
    """A value that the environment variable of this name holds where Ansible runs."""

    name: str


@dataclass
class Grants:
    """The file's content: name to the apps that may use it, or None for all of them."""

    path: str
    env: dict[str, list[str] | None] = field(default_factory=dict)
    vars: dict[str, list[str] | None] = field(default_factory=dict)
    files: dict[str, list[str] | None] = field(default_factory=dict)
    values: dict[str, list[str] | None] = field(default_factory=dict)
    secrets: dict[str, Any] = field(default_factory=dict)

    def require(self, kind: str, name: str, app: str) -> None:
        """A GrantError with the one line to add, where this app may not use it."""
        if kind in ("env", "var") and is_reserved(kind, name):
            raise GrantError(
                f"{KINDS[kind]} `{name}` is never handed to an app, because it is one of the tools' own; put a separate value "
                f"into `values` of {self.path}, and refer to it by `key`"
            )
        section = _SECTIONS[kind]
        known: dict[str, list[str] | None] = getattr(self, section)
        if name not in known:
            raise GrantError(f"{KINDS[kind]} `{name}` is not granted to apps; {self._line(section, name, app)}")
        apps = known[name]
        if apps is not None and app not in apps:
            line = f"{name}: [{', '.join([*apps, app])}]"
            if section == "values":
                line = f"apps: [{', '.join([*apps, app])}]"
            raise GrantError(
                f"{KINDS[kind]} `{name}` is granted to other apps only; write `{line}` in `{section}` of {self.path}"
            )

    def folders(self, app: str) -> list[str]:
        """The folders whose files this app may use; a GrantError with the line to add, where there are none."""
        found = [folder for folder, apps in self.files.items() if apps is None or app in apps]
        if not found and self.files:
            folder, apps = next(iter(self.files.items()))
            line = f"{_relative(folder, self.path)}: [{', '.join([*(apps or []), app])}]"
            raise GrantError(f"files are granted to other apps only; write `{line}` in `files` of {self.path}")
        if not found:
            raise GrantError(
                f"no files are granted to apps; add `files: FOLDER` to {self.path}, and put the file there"
            )
        return found

    def require_file(self, path: str, app: str) -> None:
        """A GrantError with the one line to add, where `files` does not cover this file for this app."""
        real = os.path.realpath(path)
        covering = [folder for folder in self.files if Path(real).is_relative_to(os.path.realpath(folder))]
        if any(self.files[folder] is None or app in (self.files[folder] or []) for folder in covering):
            return
        if covering:
            name = _relative(covering[0], self.path)
            line = f"write `{name}: [{', '.join([*(self.files[covering[0]] or []), app])}]` in `files` of {self.path}"
        elif not self.files:
            line = f"add `files: {{{_relative(path, self.path)}: [{app}]}}` to {self.path}"
        elif any(apps is not None for apps in self.files.values()):
            line = f"add `{_relative(path, self.path)}: [{app}]` to `files` in {self.path}"
        else:
            known = ", ".join(_relative(each, self.path) for each in [*self.files, path])
            line = f"write `files: [{known}]` in {self.path}"
        raise GrantError(f"the vaulted file {path} is not granted to the app `{app}`; {line}")

    def _line(self, section: str, name: str, app: str) -> str:
        if section == "values":
            return f"add `{name}: …` to `values` in {self.path}{nearest(name, self.values)}"
        known: dict[str, list[str] | None] = getattr(self, section)
        if any(apps is not None for apps in known.values()):
            return f"add `{name}: [{app}]` to `{section}` in {self.path}"
        if not known:
            return f"add `{section}: {{{name}: [{app}]}}` to {self.path}"
        return f"write `{section}: [{', '.join([*known, name])}]` in {self.path}"


def _relative(folder: str, path: str) -> str:
    """A folder as the file may name it."""
    above = Path(path).parent
    return str(Path(folder).relative_to(above)) if Path(folder).is_relative_to(above) else folder


def parse(path: str, data: Any) -> Grants:
    """The grants of a file that was read; a GrantError says what is wrong with it, and shows no value."""
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise GrantError(f"{path}: expected a mapping with `env`, `vars`, `files` and `values`")
    for key in data:
        if key not in _SECTIONS.values():
            raise GrantError(f"{path}: unknown key `{key}`{nearest(str(key), _SECTIONS.values())}")
    grants = Grants(path)
    for section, kind in (("env", "env"), ("vars", "var")):
        names = _names(path, section, data.get(section))
        for name in names:
            _refuse_reserved(path, section, kind, name)
        setattr(grants, section, names)
    folder = Path(path).parent
    given = data.get("files")
    given = [given] if isinstance(given, str) else given
    grants.files = {str(folder / name): apps for name, apps in _names(path, "files", given).items()}
    _values(grants, data.get("values"))
    return grants


def _names(path: str, section: str, given: Any) -> dict[str, list[str] | None]:
    """Names with the apps that may use each, from a list of names or from a mapping to lists of apps."""
    if given is None:
        return {}
    if isinstance(given, list):
        given = dict.fromkeys(each if isinstance(each, str) else "" for each in given)
    if not isinstance(given, dict):
        raise GrantError(f"{path}: expected `{section}` to be a list of names, or a mapping of name to a list of apps")
    for name, apps in given.items():
        if not isinstance(name, str) or not name:
            raise GrantError(f"{path}: `{section}` has an entry that is not a name")
        _check_apps(path, f"{section}.{name}", apps)
    return dict(given)


def _check_apps(path: str, where: str, apps: Any) -> None:
    if apps is not None and not (isinstance(apps, list) and all(isinstance(each, str) for each in apps)):
        raise GrantError(f"{path}: expected `{where}` to be a list of names of apps")


def _refuse_reserved(path: str, section: str, kind: str, name: str) -> None:
    if is_reserved(kind, name):
        raise GrantError(
            f"{path}: `{section}` grants `{name}`, which is a credential of the tools themselves; remove it. "
            "Create a separate value for the app"
        )


def _check_variable(path: str, where: str, name: Any) -> None:
    if not isinstance(name, str) or not name:
        raise GrantError(f"{path}: expected `{where}` to be the name of an environment variable")
    _refuse_reserved(path, where, "env", name)


def _values(grants: Grants, given: Any) -> None:
    if given is None:
        return
    if not isinstance(given, dict):
        raise GrantError(f"{grants.path}: expected `values` to be a mapping of name to value")
    for name, entry in given.items():
        value, apps = entry, None
        if isinstance(entry, dict):
            if len({"value", "env"} & set(entry)) != 1 or set(entry) - {"value", "env", "apps"}:
                raise GrantError(
                    f"{grants.path}: expected `values.{name}` to be text, or to have `value` or `env`, and `apps`"
                )
            apps = entry.get("apps")
            if "env" in entry:
                _check_variable(grants.path, f"values.{name}.env", entry["env"])
                value = Variable(entry["env"])
            else:
                value = entry["value"]
        if isinstance(value, (dict, list)) or value is None or isinstance(value, bool):
            raise GrantError(f"{grants.path}: expected `values.{name}` to be text or a number")
        _check_apps(grants.path, f"values.{name}.apps", apps)
        grants.values[str(name)] = apps
        grants.secrets[str(name)] = value
