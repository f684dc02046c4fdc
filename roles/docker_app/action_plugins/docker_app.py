"""Runs on the Ansible controller: checks the apps, reads what they refer to, and has the module deploy them."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils.common.text.converters import to_bytes, to_text
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import lookup_loader

_ROLE = Path(__file__).resolve().parent.parent
if str(_ROLE / "controller") not in sys.path:
    sys.path.append(str(_ROLE / "controller"))

from docker_app_controller import checks  # noqa: E402  (its folder had to be made known first)
from docker_app_controller.apps import ABSENT, App, apps_of  # noqa: E402
from docker_app_controller.finding import ERROR, Finding, nearest  # noqa: E402
from docker_app_controller.plain import names, plain  # noqa: E402
from docker_app_controller.project import Options, project  # noqa: E402
from docker_app_controller.schema import Schema  # noqa: E402

_PHASES = ("render", "pull", "deploy", "verify", "report", "prune")


class ActionModule(ActionBase):
    """One run for one host."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Check, and unless only that is wanted, deploy."""
        super().run(tmp, task_vars)
        self.vars: dict[str, Any] = task_vars or {}
        args = plain(self._task.args)
        apps, findings = self._checked(args)
        warnings = [str(found) for found in findings if found.level != ERROR]
        problems = checks.errors(findings)
        if problems:
            return {"failed": True, "msg": _told(problems), "warnings": warnings}
        wanted = self._wanted(apps, names(args.get("only")), "deploy_apps")
        self._wanted(apps, names(args.get("rollback")), "rollback")
        if args.get("validate_only"):
            self._read_all(args, apps, wanted)
            return {"changed": False, "apps": [app.name for app in apps], "warnings": warnings}
        if args.get("app_list") is None and not names(args.get("purge")):
            return {"changed": False, "skipped": True, "skip_reason": "the host has no app_list"}
        phases = self._phases()
        if not phases:
            return {"changed": False, "skipped": True, "skip_reason": "the tags of this run leave nothing to do"}
        arguments = self._module_args(args, apps, wanted, phases)
        return self._execute_module(module_name="docker_app", module_args=arguments, task_vars=self.vars)

    def _checked(self, args: dict[str, Any]) -> tuple[list[App], list[Finding]]:
        app_list = args.get("app_list")
        if app_list is None:
            return [], []
        schema = Schema(json.loads((_ROLE / "files" / "app_list.schema.json").read_text(encoding="utf-8")))
        return apps_of(app_list), checks.check(app_list, args.get("app_networks"), schema, args["root"])

    def _wanted(self, apps: list[App], only: list[str], variable: str) -> list[str]:
        """The apps of this host that are named; a name that no host of the play knows is an error."""
        here = [app.name for app in apps]
        if not only:
            return here
        known = set(here)
        for host in self.vars.get("ansible_play_hosts_all", []):
            known |= {app.name for app in apps_of(plain(self.vars["hostvars"][host].get("app_list")))}
        for name in only:
            if name not in known:
                raise AnsibleActionFail(
                    f"{variable}: no host of this play has an app `{name}`{nearest(name, sorted(known))}"
                )
        return [name for name in here if name in only]

    def _module_args(
        self, args: dict[str, Any], apps: list[App], wanted: list[str], phases: list[str]
    ) -> dict[str, Any]:
        networks = args.get("app_networks") or {}
        options = Options(
            root=args["root"],
            networks=tuple(networks),
            proxy=args["proxy"],
            entrypoint=args["entrypoint"],
            cert_resolver=args["cert_resolver"],
            pin=args["pin"],
        )
        content, secrets = self._read_all(args, apps, wanted)
        same = ("root", "keep", "parallel", "pull", "lock_timeout", "adopt", "prune", "prune_max", "prune_max_percent")
        return {
            **{key: args[key] for key in same},
            "host": self.vars["inventory_hostname"],
            "commit": args.get("commit") or self._commit(),
            "projects": [project(app, options) for app in apps],
            "networks": networks,
            "wanted": wanted,
            "filtered": bool(names(args.get("only"))),
            "rollback": names(args.get("rollback")),
            "purge": names(args.get("purge")),
            "phases": phases,
            "registries": [
                {"registry": each["registry"], "auth": _encoded(f"{each['username']}:{each['password']}")}
                for each in args.get("registries") or []
            ],
            # Encoded, so that Ansible's own masking of them can spoil nothing else: the module masks the plain ones.
            "content": content,
            "secrets": secrets,
        }

    def _read_all(
        self, args: dict[str, Any], apps: list[App], wanted: list[str]
    ) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]]:
        """The files' contents by path, and the secrets by name, of each app that is to be deployed."""
        content: dict[str, dict[str, str]] = {}
        secrets: dict[str, dict[str, str]] = {}
        if names(args.get("rollback")) + names(args.get("purge")):
            return content, secrets
        for app in apps:
            if app.state != ABSENT and app.name in wanted:
                values = {name: self._secret(app, name, ref) for name, ref in app.data.get("secrets", {}).items()}
                secrets[app.name] = {name: _encoded(value) for name, value in values.items()}
                content[app.name] = self._contents(app, values)
        return content, secrets

    def _phases(self) -> list[str]:
        """What the tags of this run leave: all, or the phases that are named and not skipped."""
        tags = set(self.vars.get("ansible_run_tags", ["all"]))
        named = tags & set(_PHASES)
        # `always` is on the task for the phases' sake: only for tags that the user put on the role is it all of them.
        own = set(self._task.tags) - {"always"}
        if not named and not tags & (own | {"all", "tagged"}):
            return []
        if "deploy" in named:
            # Nothing counts as deployed before it is well.
            named |= {"render", "verify"}
        skipped = set(self.vars.get("ansible_skip_tags", []))
        return [phase for phase in _PHASES if (not named or phase in named) and phase not in skipped]

    def _commit(self) -> str:
        """The commit that the data comes from, as far as it is known here: AWX's checkout, or that of the playbook."""
        for variable in ("awx_project_revision", "tower_project_revision"):
            if self.vars.get(variable):
                return to_text(self.vars[variable])
        folder = self.vars.get("playbook_dir", ".")
        command = ["git", "-C", folder, "rev-parse", "HEAD"]
        try:
            found = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
        except OSError:
            return ""
        return found.stdout.strip() if found.returncode == 0 else ""

    def _secret(self, app: App, name: str, reference: dict[str, Any]) -> bytes:
        where = app.at("secrets", name)
        if "env" in reference:
            value = os.environ.get(reference["env"])
            # AWX sets the variables of a credential's empty fields, too.
            if not value:
                message = f"the environment variable {reference['env']} is not set where Ansible runs, or is empty"
                raise AnsibleActionFail(f"{where}: {message}; in AAP, a credential of the job template sets it")
            return to_bytes(value)
        if "var" in reference:
            return to_bytes(self._variable(where, reference["var"]))
        path = os.path.expanduser(os.path.expandvars(reference["file"]))
        return self._read(where, self._loader.path_dwim(path))

    def _variable(self, where: str, name: str) -> Any:
        # Not left to the lookup: outside of a template, the current ansible-core stumbles over what is undefined.
        if name not in self.vars:
            raise AnsibleActionFail(f"{where}: there is no variable `{name}`")
        try:
            (value,) = self._lookup("ansible.builtin.vars").run([name], self.vars)
            # ansible-core before 2.19 decrypts a vaulted value when it is made text.
            value = str(value) if getattr(type(value), "__ENCRYPTED__", False) else value
        except AnsibleError:
            raise AnsibleActionFail(f"{where}: the variable `{name}` cannot be used") from None
        if not isinstance(value, (str, int, float)):
            raise AnsibleActionFail(f"{where}: the variable `{name}` is no text")
        return str(value)

    def _lookup(self, name: str) -> Any:
        return lookup_loader.get(name, loader=self._loader, templar=self._templar)

    def _read(self, where: str, path: str) -> bytes:
        try:
            # Decrypts what ansible-vault wrote.
            return Path(self._loader.get_real_file(path)).read_bytes()
        except (OSError, AnsibleError) as problem:
            reason = getattr(problem, "strerror", None) or "it is not there, or cannot be decrypted"
            raise AnsibleActionFail(f"{where}: {path} cannot be read: {reason}") from None

    def _contents(self, app: App, secrets: dict[str, bytes]) -> dict[str, str]:
        found = {}
        for index, file in enumerate(app.data.get("files", [])):
            where = app.at("files", index)
            if "content" in file:
                content = file["content"].encode()
            elif "src" in file:
                content = self._read(where, self._needle(where, "files", file["src"]))
            else:
                content = self._rendered(where, file["template"], secrets)
            found[os.path.normpath(file["dest"])] = _encoded(content)
        return found

    def _needle(self, where: str, folder: str, name: str) -> str:
        try:
            return self._find_needle(folder, name)
        except AnsibleError:
            raise AnsibleActionFail(
                f"{where}: there is no `{name}` in {folder}/ of the playbook's project or the role"
            ) from None

    def _rendered(self, where: str, name: str, secrets: dict[str, bytes]) -> bytes:
        path = self._needle(where, "templates", name)
        variables = {
            **self.vars,
            "app_secrets": {key: value.decode(errors="replace") for key, value in secrets.items()},
        }
        try:
            (text,) = self._lookup("ansible.builtin.template").run([path], variables)
        except AnsibleError as problem:
            raise AnsibleActionFail(f"{where}: {name}: {problem}") from None
        return to_bytes(text)


def _encoded(value: bytes | str) -> str:
    return base64.b64encode(to_bytes(value)).decode()


def _told(findings: list[Finding]) -> str:
    lines = "\n".join(f"  {found}" for found in findings)
    return f"The apps of this host have {len(findings)} error(s); nothing was changed:\n{lines}"
