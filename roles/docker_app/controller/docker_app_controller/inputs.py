"""What apps refer to on the control node: files, templates and secrets. The one part of this package that uses Ansible."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils.common.text.converters import to_bytes
from ansible.plugins.loader import lookup_loader
from ansible.utils.unsafe_proxy import wrap_var

from . import grants as granting
from . import sources
from .apps import App
from .plain import names, plain


class Inputs:
    """Reads what the operator's settings allow; whatever an app list says is data."""

    def __init__(self, loader: Any, templar: Any, variables: dict[str, Any], args: dict[str, Any]) -> None:
        self._loader = loader
        self._templar = templar
        self._vars = variables
        self._args = args
        self._granted: granting.Grants | None = None
        # App to the paths of its files whose source is vaulted: they hold secrets.
        self.vaulted: dict[str, set[str]] = {}

    def secrets(self, app: App) -> dict[str, bytes]:
        """The values of an app's secrets by name."""
        return {name: self._secret(app, name, ref) for name, ref in app.data.get("secrets", {}).items()}

    def files(self, app: App, secrets: dict[str, bytes]) -> dict[str, bytes]:
        """The contents of an app's files by path."""
        found = {}
        for index, file in enumerate(app.data.get("files", [])):
            dest = os.path.normpath(file["dest"])
            if "content" in file:
                found[dest] = file["content"].encode()
                continue
            kind, folder = ("src", "files") if "src" in file else ("template", "templates")
            where = app.at("files", index, kind)
            path = self._found(where, self._folders(folder), file[kind])
            is_vaulted = self._is_vaulted_for(where, path, app)
            if is_vaulted:
                self.vaulted.setdefault(app.name, set()).add(dest)
            if kind == "src":
                found[dest] = self._read(where, path)
            else:
                found[dest] = self._rendered(where, path, secrets, is_vaulted)
        return found

    def _is_vaulted_for(self, where: str, path: str, app: App) -> bool:
        """Whether a file is vaulted; an error where it is, and the operator has not granted it to the app."""
        try:
            if not sources.is_vaulted(path):
                return False
            self._grants().require_file(path, app.name)
        except (sources.SourceError, granting.GrantError) as refused:
            raise AnsibleActionFail(f"{where}: {refused}") from None
        return True

    def _folders(self, kind: str) -> list[str]:
        """The folders of the project that files or templates may come from."""
        here = self._playbooks()
        own = names(self._args.get(kind))
        return [str(here / Path(each).expanduser()) for each in own] or sources.beside(str(here), kind)

    def _playbooks(self) -> Path:
        # Ansible sets it after all others: no inventory and no fact can.
        return Path(str(plain(self._vars.get("playbook_dir") or self._loader.get_basedir()))).absolute()

    def _found(self, where: str, folders: list[str], path: str) -> str:
        wrong = sources.problem(path)
        if wrong:
            raise AnsibleActionFail(f"{where}: `{path}` {wrong}; expected a path in {' or '.join(folders)}")
        try:
            return sources.resolve(folders, path)
        except sources.SourceError as failed:
            raise AnsibleActionFail(f"{where}: `{path}`: {failed}") from None

    def _read(self, where: str, path: str) -> bytes:
        try:
            # Decrypts what ansible-vault wrote, into a temporary file; any other file is read as it is.
            return sources.read(os.path.realpath(self._loader.get_real_file(path)))
        except sources.SourceError as failed:
            raise AnsibleActionFail(f"{where}: {failed}") from None
        except (OSError, AnsibleError) as failed:
            reason = getattr(failed, "strerror", None) or "it cannot be decrypted"
            raise AnsibleActionFail(f"{where}: {path} cannot be read: {reason}") from None

    def _rendered(self, where: str, path: str, secrets: dict[str, bytes], is_vaulted: bool) -> bytes:
        # Marked, because ansible-core before 2.19 would evaluate a template in a variable.
        own = wrap_var({key: value.decode(errors="replace") for key, value in secrets.items()})
        try:
            (text,) = self._lookup("ansible.builtin.template").run([path], {**self._vars, "app_secrets": own})
        except AnsibleError as problem:
            # Jinja's errors may quote the template.
            reason = "the vaulted template cannot be decrypted or rendered" if is_vaulted else problem
            raise AnsibleActionFail(f"{where}: {path}: {reason}") from None
        return to_bytes(text)

    def _lookup(self, name: str) -> Any:
        return lookup_loader.get(name, loader=self._loader, templar=self._templar)

    # Secrets.

    def _secret(self, app: App, name: str, reference: dict[str, Any]) -> bytes:
        where = app.at("secrets", name)
        grants = self._grants()
        try:
            if "file" in reference:
                return self._secret_file(where, grants.folders(app.name), reference["file"])
            kind = next(key for key in ("env", "var", "key") if key in reference)
            grants.require(kind, reference[kind], app.name)
        except granting.GrantError as refused:
            raise AnsibleActionFail(f"{where}: {refused}") from None
        if kind == "env":
            return self._environment(where, reference["env"])
        if kind == "key":
            value = grants.secrets[reference["key"]]
            if isinstance(value, granting.Variable):
                return self._environment(where, value.name)
            return self._text(where, f"the value `{reference['key']}`", value)
        return self._variable(where, reference["var"])

    def _secret_file(self, where: str, folders: list[str], path: str) -> bytes:
        # An absolute path is fine as long as it leads into one of the folders.
        last: sources.SourceError | None = None
        for folder in folders:
            try:
                return self._read(where, sources.resolve([folder], path))
            except sources.SourceError as failed:
                last = last if last and "not found" in str(failed) else failed
        hint = "; neither `~` nor variables are expanded" if set("~$") & set(path) else ""
        raise AnsibleActionFail(
            f"{where}: `{path}`: {last}; put the file in the folder that `files` of {self._grants().path} names{hint}"
        )

    @staticmethod
    def _environment(where: str, name: str) -> bytes:
        value = os.environ.get(name)
        # AWX sets the variables of a credential's empty fields, too.
        if not value:
            message = f"the environment variable {name} is not set where Ansible runs, or is empty"
            raise AnsibleActionFail(
                f"{where}: {message}; in AAP, a credential of the job template sets it, or the whole app_secrets.yml"
            )
        return to_bytes(value)

    def _variable(self, where: str, name: str) -> bytes:
        # Not left to the lookup: outside of a template, the current ansible-core stumbles over what is undefined.
        if name not in self._vars:
            raise AnsibleActionFail(f"{where}: variable not found: `{name}`")
        try:
            (value,) = self._lookup("ansible.builtin.vars").run([name], self._vars)
        except AnsibleError:
            raise AnsibleActionFail(f"{where}: the variable `{name}` cannot be used") from None
        return self._text(where, f"the variable `{name}`", value)

    @staticmethod
    def _text(where: str, what: str, value: Any) -> bytes:
        """A text or a number; what is vaulted is decrypted when it is made text."""
        if not isinstance(value, (str, int, float)) and not _is_vaulted(value):
            raise AnsibleActionFail(f"{where}: {what} is not text")
        try:
            return to_bytes(str(plain(str(value))))
        except AnsibleError:
            raise AnsibleActionFail(f"{where}: {what} cannot be decrypted") from None

    def _grants(self) -> granting.Grants:
        """The grants file of this run, read once; without one, nothing is granted."""
        if self._granted is None:
            here, given = self._playbooks(), self._args.get("secrets_file")
            places = sources.beside(str(here), granting.FILE)
            path = str(here / Path(given).expanduser()) if given else sources.existing(places)
            try:
                self._granted = granting.parse(path, self._yaml(path)) if path else granting.Grants(places[0])
            except granting.GrantError as wrong:
                raise AnsibleActionFail(str(wrong)) from None
        return self._granted

    def _yaml(self, path: str) -> Any:
        """A file's data, whole or per value vaulted; no message quotes a line of it."""
        if not Path(path).is_file():
            raise granting.GrantError(f"{path}: not found, or not a regular file; `docker_app_secrets` names it")
        try:
            return _without_marks(self._loader.load_from_file(path))
        except (AnsibleError, OSError) as failed:
            line = _line(failed)
            raise granting.GrantError(
                f"{path}{f':{line}' if line else ''}: invalid YAML, or it cannot be read or decrypted"
            ) from None


def _is_vaulted(value: Any) -> bool:
    """Whether it is an inline vault, by the class that each ansible-core has for it."""
    return type(value).__name__ in ("AnsibleVaultEncryptedUnicode", "EncryptedString")


def _without_marks(value: Any) -> Any:
    """Python's own types, but for vaults, which are only decrypted where they are used."""
    if isinstance(value, dict):
        return {str(plain(key)): _without_marks(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_marks(inner) for inner in value]
    return value if _is_vaulted(value) else plain(value)


def _line(failed: BaseException | None) -> int | None:
    """The line that a YAML error is about, without its text."""
    while failed is not None:
        mark = getattr(failed, "problem_mark", None)
        if mark is not None:
            return int(mark.line) + 1
        failed = failed.__cause__ or getattr(failed, "orig_exc", None)
    return None
