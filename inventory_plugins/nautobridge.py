# SPDX-FileCopyrightText: 2026 The nautobridge contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ansible-core loads this file into its own process and is itself GPL-3.0-or-later, so this one file is, too.
# The rest of the project, the nautobridge binary among it, is MIT OR Apache-2.0.
"""Ansible inventory plugin: hosts, groups and variables from Nautobot, by way of the nautobridge binary."""

from __future__ import annotations

DOCUMENTATION = r"""
name: nautobridge
short_description: Nautobot as a dynamic inventory
version_added: "0.1.0"
author: The nautobridge contributors
description:
  - Runs the C(nautobridge) binary, which asks Nautobot for its devices and virtual machines, and loads the hosts,
    groups and variables that it prints.
  - The result is the same as that of the executable inventory script C(inventory/nautobot). Beyond it, the plugin
    offers O(compose), O(groups), O(keyed_groups) and Ansible's inventory cache.
  - An inventory is loaded as a whole or not at all. When the binary fails, nothing is added and its message is shown.
requirements:
  - the C(nautobridge) binary
  - ansible-core 2.16 or later
extends_documentation_fragment:
  - constructed
  - inventory_cache
notes:
  - The inventory source is a YAML file whose name ends in C(nautobridge.yml) or C(nautobridge.yaml), for example
    C(lab.nautobridge.yml).
  - Every environment variable reaches the binary, so each of its settings can also be given as C(NAUTOBRIDGE_…), for
    example C(NAUTOBRIDGE_TLS_CA_BUNDLE). C(nautobridge --help) tells more. A variable is stronger than the settings in
    O(config) or O(settings), and weaker than O(url), O(token) and O(snapshot) in the inventory source.
  - Text from Nautobot that holds a Jinja delimiter, or a piece of one, is marked as unsafe and never evaluated, unless
    a setting trusts it.
  - Variables of a config context that could run something on the control node (C(ansible_ssh_common_args), C(ansible_connection)
    with C(local), and others) are withheld with a warning, unless a setting trusts them.
    Ansible also refuses to evaluate other text as an expression, for example in a condition.
  - Ansible only warns when an inventory source fails, and goes on without it. Set
    E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED) to make it stop.
options:
  plugin:
    description: Marks the file as a source for this plugin.
    type: str
    required: true
    choices: [nautobridge]
  binary:
    description:
      - The C(nautobridge) binary, a path or the name of a command on the E(PATH).
      - A path in the inventory source is relative to that file, one in the environment to the current folder.
      - Without it, C(nautobridge) is looked for on the E(PATH), then beside the project, in C(target/release),
        C(target/debug) and C(bin) of the folder that holds C(inventory_plugins).
    type: str
    env:
      - name: NAUTOBRIDGE_BINARY
    ini:
      - section: nautobridge
        key: binary
  config:
    description:
      - The binary's settings file. A relative path is relative to the inventory source.
      - Without O(config) and O(settings) the binary looks for E(NAUTOBRIDGE_CONFIG), C(./nautobridge.yml) and the
        user's own file, as it does outside of Ansible.
      - Mutually exclusive with O(settings).
    type: str
  settings:
    description:
      - The binary's settings, written here instead of in a file of their own; C(nautobridge schema settings) lists
        them.
      - The paths in it (C(token_file), C(snapshot) and those of C(tls)) are relative to the inventory source.
      - The binary reads them from its standard input. There is no key for the token in it, see O(token).
      - Mutually exclusive with O(config).
    type: dict
  url:
    description:
      - Nautobot's address. It may be a template.
      - With C(file:) and a path it is a snapshot, see O(snapshot).
    type: str
    env:
      - name: NAUTOBOT_URL
      - name: NAUTOBRIDGE_URL
  token:
    description:
      - Nautobot's API token. It may be a template or a vaulted value.
      - The binary gets it in its environment. It is never part of a command line or a temporary file.
    type: str
    env:
      - name: NAUTOBOT_TOKEN
      - name: NAUTOBRIDGE_TOKEN
  snapshot:
    description:
      - A file from C(nautobridge snapshot save) to read instead of a Nautobot.
      - A relative path is relative to the inventory source.
    type: str
"""

EXAMPLES = r"""
# Minimal: inventory/nautobridge.yml, with NAUTOBOT_URL and NAUTOBOT_TOKEN in the environment.
plugin: nautobridge

---
# AWX and AAP: an inventory source of the kind "Sourced from a Project" with this file as its inventory file. A
# credential of a custom type injects NAUTOBOT_URL and NAUTOBOT_TOKEN. The source's own variables become environment
# variables, so that two sources can share this file: NAUTOBRIDGE_FILTERS_DEVICES: {location: [Home]}
plugin: nautobridge
binary: ../bin/nautobridge # or installed in the execution environment
config: ../nautobridge/settings.yml

---
# Everything in one file, with a vaulted token (ansible-vault encrypt_string --name token).
plugin: nautobridge
url: https://nautobot.example.com
token: !vault |
  $ANSIBLE_VAULT;1.1;AES256
  6238…
settings:
  tls:
    ca_bundle: files/lab-ca.pem
  filters:
    status: [Active]
    devices: {location: [Home]}
    virtual_machines: {cluster: [pve]}

---
# The token from a lookup.
plugin: nautobridge
url: https://nautobot.example.com
token: "{{ lookup('ansible.builtin.file', '~/.config/nautobot/token') | trim }}"

---
# Constructed variables and groups. `strict` turns a mistake in an expression into an error.
plugin: nautobridge
strict: true
compose:
  ansible_user: "'root' if nautobot.type == 'device' else 'ops'"
groups:
  web: "'web' in nautobot.tags"
keyed_groups:
  - key: nautobot.platform
    prefix: os
    default_value: unknown

---
# Keep what Nautobot said for ten minutes. The files hold your inventory and can be read by every user of the machine,
# unless the folder is closed to them.
plugin: nautobridge
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/nautobridge/ansible
cache_timeout: 600
"""

import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import typing as t
from collections.abc import Mapping, Sequence
from pathlib import Path

from ansible import context
from ansible.errors import AnsibleParserError
from ansible.inventory.helpers import get_group_vars
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.vars import combine_vars

try:
    # ansible-core 2.19 and later. There, text is a template only where it is tagged as trusted.
    from ansible.template import trust_as_template
except ImportError:
    trust_as_template = None

BESIDE_PROJECT = ("target/release/nautobridge", "target/debug/nautobridge", "bin/nautobridge")
PATH_SETTINGS = ("token_file", "snapshot", "tls.ca_bundle", "tls.client_cert", "tls.client_key")

# Text without one of these is not a template. The last one begins a header that sets other delimiters.
TEMPLATE_MARK = re.compile(r"\{[{%#]|#jinja2:")
# Pieces of which a play could make a template by joining them, as in the binary (src/inventory/text.rs).
PIECE = re.compile(
    r"\s*(?:\{|%(?=.*%\}|.*%\s*\Z)(?!\s*\Z)|#(?=.*#\})|jinja2:|(?:#|#j|#ji|#jin|#jinj|#jinja|#jinja2)\s*\Z)", re.DOTALL
)
# Controls, marks of direction, and characters without a width: `is_ignorable` in src/safe_text/characters.rs.
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f"
    "\U000e0100-\U000e01ef]"
)
UNSAFE = "__ansible_unsafe"
VAULT = "__ansible_vault"
UNSAFE_JSON = re.compile(rf'{{"{UNSAFE}":\s*"(?:[^"\\]|\\.)*"}}')
NEEDS_CONVERTER = re.compile(rf"{TEMPLATE_MARK.pattern}|{VAULT}")


class Call(t.NamedTuple):
    """One run of the binary: all that decides what it prints."""

    command: list[str]
    stdin: str | None
    environment: dict[str, str]


class Template(t.NamedTuple):
    """The value of a variable that holds a template."""

    value: t.Any


class Converter:
    """Gives values of the script protocol Ansible's types, for ansible-core 2.19 and later."""

    def __init__(self, loader: t.Any) -> None:
        self._loader = loader
        self._tag = functools.cache(trust_as_template) if _is_ansible_inventory() else str
        self._templates = 0

    def convert(self, variables: dict[str, t.Any]) -> None:
        """Unwrap unsafe text, trust templates, prepare vaulted text, in place."""
        for name, value in variables.items():
            before = self._templates
            value = self._convert(value)
            variables[name] = Template(value) if self._templates > before else value

    def _convert(self, value: t.Any) -> t.Any:
        if isinstance(value, str):
            if TEMPLATE_MARK.search(value):
                self._templates += 1
                return trust_as_template(value)
            return self._tag(value)
        if isinstance(value, list):
            return [self._convert(inner) for inner in value]
        if isinstance(value, dict):
            if UNSAFE in value:
                return value[UNSAFE]
            if VAULT in value:
                return self._loader.load(json.dumps(value), json_only=True)
            return {key: self._convert(inner) for key, inner in value.items()}
        return value


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Loads what the nautobridge binary prints."""

    NAME = "nautobridge"

    def verify_file(self, path: str) -> bool:
        """Whether the inventory source is one for this plugin, by its name."""
        return super().verify_file(path) and path.endswith(("nautobridge.yml", "nautobridge.yaml"))

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        """Fill the inventory from the source at `path`; without success, leave it as it was."""
        super().parse(inventory, loader, path, cache)
        config = self._read_config_data(path)
        self._refuse_unknown_options(config)
        data = self._fetch(self._call(path, config), path, use_cache=cache)

        hosts, groups = set(self.inventory.hosts), set(self.inventory.groups)
        try:
            for host in self._populate(data):
                self._construct(host)
        except Exception:
            self._roll_back(hosts, groups)
            raise

    # --- what to run ---

    def _refuse_unknown_options(self, config: Mapping[str, t.Any]) -> None:
        # Ansible ignores them. A misplaced filter that is ignored selects every host.
        unknown = sorted(str(key) for key in config if key not in self._options)
        if unknown:
            raise AnsibleParserError(
                f"unknown option {', '.join(unknown)}: see `ansible-doc -t inventory nautobridge`; "
                "the settings of the nautobridge binary (filters, groups, tls, …) belong under `settings`"
            )

    def _call(self, path: str, config: Mapping[str, t.Any]) -> Call:
        base = Path(path).resolve().parent
        config_file, settings = self.get_option("config"), self.get_option("settings")
        if config_file and settings is not None:
            raise AnsibleParserError("`config` and `settings` exclude each other: leave one of them out")

        command, stdin = [self._find_binary(base, config), "inventory", "--list", "--warnings"], None
        if config_file:
            command += ["--config", str(_absolute(base, config_file))]
        elif settings is not None:
            command += ["--config", "-"]
            # JSON is YAML as long as characters outside of the BMP are not written as two escapes.
            stdin = json.dumps(_relative_to(base, _plain(settings)), ensure_ascii=False)
        if snapshot := self.get_option("snapshot"):
            command += ["--snapshot", str(_absolute(base, snapshot))]

        environment = dict(os.environ)
        for option, variable in (("url", "NAUTOBRIDGE_URL"), ("token", "NAUTOBRIDGE_TOKEN")):
            # What stands in the environment is the binary's to read; a template is one in the source only.
            if config.get(option) is not None:
                value = self.templar.template(self.get_option(option))
                if not value:
                    raise AnsibleParserError(f"the option `{option}` is empty")
                environment[variable] = str(value)
        return Call(command, stdin, environment)

    def _find_binary(self, base: Path, config: Mapping[str, t.Any]) -> str:
        named = self.get_option("binary")
        if named:
            if "/" in named:
                candidates = [_absolute(base if config.get("binary") else Path.cwd(), named)]
                looked = f"{candidates[0]}, as the option `binary` or NAUTOBRIDGE_BINARY says"
            else:
                candidates = [Path(found)] if (found := shutil.which(named)) else []
                looked = f"for {named} on the PATH, as the option `binary` or NAUTOBRIDGE_BINARY says"
        else:
            project = Path(__file__).resolve().parent.parent
            candidates = [Path(found)] if (found := shutil.which("nautobridge")) else []
            candidates += [project / place for place in BESIDE_PROJECT]
            looked = f"on the PATH and at {', '.join(BESIDE_PROJECT)} in {project}"
        for candidate in candidates:
            if candidate.is_file():
                if not os.access(candidate, os.X_OK):
                    raise AnsibleParserError(f"{candidate} is not executable: `chmod +x` it")
                return str(candidate)
        raise AnsibleParserError(
            f"the nautobridge binary was not found (looked {looked}): build it by `make build`, "
            "or set the option `binary` or NAUTOBRIDGE_BINARY"
        )

    # --- its output ---

    def _fetch(self, call: Call, path: str, use_cache: bool) -> Mapping[str, t.Any]:
        """The checked inventory, from the cache or from the binary."""
        if not self.get_option("cache"):
            return self._decode(self._run(call))
        key = f"{self.get_cache_key(path)}_{_fingerprint(call)}"
        if use_cache:
            try:
                return self._decode(self._cache[key])
            except KeyError:
                pass
            except Exception as error:
                # Each cache plugin has its own ways to fail on a broken file, and none is a reason to have no hosts.
                self.display.vv(f"nautobridge: the cached inventory is unusable: {error}")
        text = self._run(call)
        data = self._decode(text)
        # The text, as Ansible's cache plugins do not keep apart what is trusted and what is not. They write at the end.
        self._cache[key] = text
        return data

    def _run(self, call: Call) -> str:
        self.display.vv(f"nautobridge: running {call.command[0]}")
        try:
            done = subprocess.run(
                call.command,
                env=call.environment,
                capture_output=True,
                check=False,
                **({"stdin": subprocess.DEVNULL} if call.stdin is None else {"input": call.stdin.encode()}),
            )
        except (OSError, ValueError) as error:
            raise AnsibleParserError(f"cannot run {call.command[0]}: {error}") from error
        said = _printable(done.stderr.decode(errors="replace")).strip().removeprefix("nautobridge: ")
        if done.returncode != 0:
            end = f"exit code {done.returncode}" if done.returncode > 0 else f"signal {-done.returncode}"
            raise AnsibleParserError(f"nautobridge failed ({end}): {said or 'it gave no reason'}")
        try:
            text = done.stdout.decode()
        except UnicodeDecodeError as error:
            raise AnsibleParserError(f"{call.command[0]} printed no UTF-8: {error}") from error
        for line in said.splitlines():
            self.display.warning(f"nautobridge: {line}")
        return text

    def _decode(self, text: t.Any) -> Mapping[str, t.Any]:
        convert = trust_as_template and (_is_ansible_inventory() or NEEDS_CONVERTER.search(UNSAFE_JSON.sub("", text)))
        try:
            if trust_as_template is None:
                data = self.loader.load(text, json_only=True)
            else:
                data = json.loads(text, object_hook=None if convert else lambda pairs: pairs.get(UNSAFE, pairs))
        except Exception as error:
            raise AnsibleParserError(f"nautobridge printed no JSON: {error}") from error
        _check(data)
        if convert:
            converter = Converter(self.loader)
            for variables in [*data["_meta"]["hostvars"].values(), *(each.get("vars", {}) for each in data.values())]:
                converter.convert(variables)
        return data

    # --- into the inventory ---

    def _populate(self, data: Mapping[str, t.Any]) -> list[str]:
        """Add groups, hosts and variables in the order of Ansible's script plugin; the names of the hosts."""
        hosts: dict[str, None] = {}
        for name, content in data.items():
            if name == "_meta":
                continue
            group = self.inventory.add_group(name)
            for host in content.get("hosts", ()):
                hosts[self.inventory.add_host(host, group)] = None
            self._set_variables(self.inventory.groups[group], content.get("vars", {}))
            for child in content.get("children", ()):
                self.inventory.add_child(group, self.inventory.add_group(child))
        for host in hosts:
            self._set_variables(self.inventory.hosts[host], data["_meta"]["hostvars"].get(host, {}))
        return list(hosts)

    def _set_variables(self, target: t.Any, variables: Mapping[str, t.Any]) -> None:
        # Since ansible-core 2.19, `set_variable` of the inventory that a plugin is given copies each nested value and
        # tags it with its source. That takes most of the time, and only the errors of templates need the source.
        # It also takes a host for a group of that name, which another source may have.
        named = self.inventory.groups.get(target.name, target) is target
        for name, value in variables.items():
            if not isinstance(value, Template):
                target.set_variable(name, value)
            elif named:
                self.inventory.set_variable(target.name, name, value.value)
            else:
                target.set_variable(name, value.value)

    def _construct(self, host: str) -> None:
        strict = self.get_option("strict")
        compose, groups, keyed_groups = (self.get_option(name) for name in ("compose", "groups", "keyed_groups"))
        if compose:
            self._set_composite_vars(compose, self._variables(host), host, strict=strict)
        if groups or keyed_groups:
            variables = self._variables(host)
            self._add_host_to_composed_groups(groups, variables, host, strict=strict, fetch_hostvars=False)
            self._add_host_to_keyed_groups(keyed_groups, variables, host, strict=strict, fetch_hostvars=False)

    def _compose(self, template: t.Any, variables: t.Any, **options: t.Any) -> t.Any:
        """Evaluate an expression; the answer is trusted as the binary trusts text from Nautobot."""
        return _without_needless_marks(super()._compose(template, variables, **options))

    def _variables(self, name: str) -> dict[str, t.Any]:
        host = self.inventory.get_host(name)
        return combine_vars(get_group_vars(host.get_groups()), host.get_vars())

    def _roll_back(self, hosts: set[str], groups: set[str]) -> None:
        """Take out what was added. Ansible goes on with the other sources after a failure, and half of this one."""
        for name in set(self.inventory.hosts) - hosts:
            self.inventory.remove_host(self.inventory.hosts[name])
        for name in set(self.inventory.groups) - groups:
            group = self.inventory.groups[name]
            for parent in group.parent_groups:
                parent.child_groups.remove(group)
            # Not `remove_group`: it takes a name before ansible-core 2.19, and the group itself since.
            del self.inventory.groups[name]


def _printable(text: str) -> str:
    """
    What the binary said, without commands to a CI system.

    The binary neutralizes them, too, but it need not be of this version; and Ansible wraps lines, so that any `::` may come
    to the beginning of one.
    """
    if not any(os.environ.get(name) for name in ("CI", "GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION")):
        return text
    text = HIDDEN.sub(lambda found: f"\\u{{{ord(found[0]):x}}}", text)
    return re.sub(r"(##\w*)\[", r"\1\\[", re.sub(":(?=:)", r":\\", text))


def _is_ansible_inventory() -> bool:
    # It prints text that is not tagged as trusted as a mapping, and AWX would store that. All else needs the tag on
    # templates only; without it, Ansible also refuses to evaluate text as an expression (`that: "{{ text }}"`).
    return "export" in context.CLIARGS


def _absolute(base: Path, name: str) -> Path:
    return base / Path(name).expanduser()


def _plain(value: t.Any) -> t.Any:
    """Options without Ansible's own types: vaulted values are no `str`, and `json` refuses them."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return str(value)


def _without_needless_marks(value: t.Any) -> t.Any:
    """
    Take the mark "unsafe" from text that could not be a template.

    Ansible marks whatever it made out of marked text, and 2.19 and later trusts no result of an expression. An exported
    inventory, and so AWX, has a mapping in the place of each marked or untrusted text.
    """
    if isinstance(value, Mapping):
        return {key: _without_needless_marks(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_needless_marks(inner) for inner in value]
    if not isinstance(value, str) or _needs_mark(value):
        return value
    plain = str.__str__(value)
    return trust_as_template(plain) if trust_as_template and _is_ansible_inventory() else plain


def _needs_mark(text: str) -> bool:
    return bool(TEMPLATE_MARK.search(text) or PIECE.match(text)) or text.rstrip().endswith("{")


def _relative_to(base: Path, settings: dict[str, t.Any]) -> dict[str, t.Any]:
    """The settings with their paths made absolute: the binary cannot know where they were written."""
    for path in PATH_SETTINGS:
        *above, last = path.split(".")
        place = settings
        for key in above:
            place = place.get(key) if isinstance(place, dict) else None
        if isinstance(place, dict) and isinstance(place.get(last), str):
            place[last] = str(_absolute(base, place[last]))
    return settings


def _fingerprint(call: Call) -> str:
    """Tells one cached inventory from another: other settings or another token mean other hosts."""
    variables = sorted(
        (name, value) for name, value in call.environment.items() if name.startswith(("NAUTOBRIDGE_", "NAUTOBOT_"))
    )
    digest = hashlib.sha256(json.dumps([call.command[1:], call.stdin, variables]).encode())
    for word in call.command[1:]:
        # The settings file or the snapshot.
        if (file := Path(word)).is_file():
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _check(data: t.Any) -> None:
    """Refuse what is not an inventory, before the first host is added."""
    meta = data.get("_meta") if isinstance(data, Mapping) else None
    hostvars = meta.get("hostvars") if isinstance(meta, Mapping) else None
    good = isinstance(hostvars, Mapping) and all(isinstance(each, Mapping) for each in hostvars.values())
    for name, group in data.items() if good else ():
        if name != "_meta":
            good = good and isinstance(group, Mapping) and isinstance(group.get("vars", {}), Mapping)
            good = good and all(_names(group.get(key, ())) for key in ("hosts", "children"))
    if not good:
        raise AnsibleParserError("nautobridge printed JSON that is no inventory: is the binary the right one?")


def _names(value: t.Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(each, str) for each in value)
