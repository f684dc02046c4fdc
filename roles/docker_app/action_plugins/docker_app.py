"""Runs on the Ansible controller: checks the apps, reads what they refer to, and has the module deploy them."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible.module_utils.common.text.converters import to_bytes, to_text
from ansible.plugins.action import ActionBase

_ROLE = Path(__file__).resolve().parent.parent
for _folder in ("controller", "module_utils"):
    if str(_ROLE / _folder) not in sys.path:
        sys.path.append(str(_ROLE / _folder))

from docker_app.printable import in_ci, printable, printable_all  # noqa: E402  (its folder had to be made known first)
from docker_app_controller import checks, facts, registered  # noqa: E402
from docker_app_controller.apps import ABSENT, App, apps_of  # noqa: E402
from docker_app_controller.finding import ERROR, Finding, nearest  # noqa: E402
from docker_app_controller.inputs import Inputs  # noqa: E402
from docker_app_controller.plain import names, plain  # noqa: E402
from docker_app_controller.project import Options, project  # noqa: E402
from docker_app_controller.result import InvalidResult, bounded, checked  # noqa: E402
from docker_app_controller.schema import Schema  # noqa: E402

_LARGEST_RESULT = 64 * 1024 * 1024
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
        return {**self._result(), registered.KEY: registered.mark(self.vars["inventory_hostname"])}

    def _result(self) -> dict[str, Any]:
        args = plain(self._task.args)
        foreign = facts.inputs_among(self.vars)
        if foreign:
            return {"failed": True, "msg": facts.refusal(foreign)}
        try:
            return printable_all(self._carried_out(args), in_ci())
        except AnsibleActionFail as problem:
            # It holds names of apps and paths. It is returned as a result because Ansible prints exceptions without cleaning them.
            return {"failed": True, "msg": printable(str(problem), in_ci())}

    def _carried_out(self, args: dict[str, Any]) -> dict[str, Any]:
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
        return self._executed(arguments)

    def _executed(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """What the module on the host returns, as far as it is a result of this module."""
        try:
            raw = self._execute_module(module_name="docker_app", module_args=arguments, task_vars=self.vars)
        except AnsibleConnectionFailure as problem:
            # As Ansible itself does. What an SSH server says of itself is in it: `run` makes it printable.
            return {"unreachable": True, "msg": str(problem)}
        except AnsibleError as problem:
            return {"failed": True, "msg": str(problem)}
        try:
            found = bounded(printable_all(checked(plain(raw)), in_ci()))
        except (InvalidResult, RecursionError) as wrong:
            return {"failed": True, "msg": f"invalid result from the host: {wrong}"}
        # Whether a host can be reached is for the connection to say, and the commit is known here.
        found.pop("unreachable", None)
        return {**found, "commit": arguments["commit"]}

    def _checked(self, args: dict[str, Any]) -> tuple[list[App], list[Finding]]:
        app_list = args.get("app_list")
        if app_list is None:
            return [], []
        schema = Schema(json.loads((_ROLE / "files" / "app_list.schema.json").read_text(encoding="utf-8")))
        return apps_of(app_list), checks.check(app_list, args.get("app_networks"), schema, args["root"])

    def _parse_returned_data(self, res: dict[str, Any], *rest: Any) -> Any:
        """What the host printed, cleaned before Ansible reads it: it prints warnings and junk around JSON by itself."""
        for stream in ("stdout", "stderr"):
            res = {**res, stream: _harmless(res.get(stream) or "")}
        return super()._parse_returned_data(res, *rest)

    def _wanted(self, apps: list[App], only: list[str], variable: str) -> list[str]:
        """The apps of this host that are named; a name that no host of the play knows is an error."""
        here = [app.name for app in apps]
        if not only:
            return here
        known = set(here)
        for host in self.vars.get("ansible_play_hosts_all", []):
            theirs = self.vars["hostvars"][host]
            if not facts.inputs_among(theirs):
                known |= {app.name for app in apps_of(plain(theirs.get("app_list")))}
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
        content, secrets, vaulted = self._read_all(args, apps, wanted)
        projects = [project(app, options) for app in apps]
        for each in projects:
            for file in each["files"]:
                file["is_secret"] = file["dest"] in vaulted.get(each["name"], ())
        same = ("root", "keep", "parallel", "pull", "lock_timeout", "adopt", "prune", "prune_max", "prune_max_percent")
        return {
            **{key: args[key] for key in same},
            "host": self.vars["inventory_hostname"],
            "commit": args.get("commit") or self._commit(),
            "projects": projects,
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
    ) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]], dict[str, set[str]]]:
        """The files' contents by path, and the secrets by name, of each app that is to be deployed; which files are vaulted."""
        content: dict[str, dict[str, str]] = {}
        secrets: dict[str, dict[str, str]] = {}
        inputs = Inputs(self._loader, self._templar, self.vars, args)
        if names(args.get("rollback")) + names(args.get("purge")):
            return content, secrets, {}
        for app in apps:
            if app.state != ABSENT and app.name in wanted:
                values = inputs.secrets(app)
                secrets[app.name] = {name: _encoded(value) for name, value in values.items()}
                files = inputs.files(app, values)
                content[app.name] = {path: _encoded(data) for path, data in files.items()}
        return content, secrets, inputs.vaulted

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


def _harmless(text: str) -> str:
    """Output of a module without hidden characters, also where its JSON writes them as escapes."""
    if len(text) > _LARGEST_RESULT:
        return f"the host returned {len(text)} characters, at most {_LARGEST_RESULT} are read"
    try:
        return json.dumps(printable_all(json.loads(text), in_ci()))
    except (ValueError, RecursionError):
        return printable(text, in_ci())


def _encoded(value: bytes | str) -> str:
    return base64.b64encode(to_bytes(value)).decode()


def _told(findings: list[Finding]) -> str:
    lines = "\n".join(f"  {found}" for found in findings)
    return f"The apps of this host have {len(findings)} error(s); nothing was changed:\n{lines}"
