#!/usr/bin/python
# -*- coding: utf-8 -*-

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: docker_engine_key
short_description: Install the signing key of a package repository
description:
  - Fetches an armored OpenPGP key, and installs it if each key in the file has an expected fingerprint.
  - An installed file that is as expected is not fetched again.
options:
  url:
    description: Address of the key.
    type: str
    required: true
  dest:
    description: Where the key is installed.
    type: path
    required: true
  fingerprint:
    description: Fingerprints of the keys that may be in the file, 40 hexadecimal digits each.
    type: list
    elements: str
    required: true
  checksum:
    description: Checksum that the file must have as well, such as C(sha256:…).
    type: str
    default: ""
  timeout:
    description: Seconds to wait for the server.
    type: int
    default: 30
extends_documentation_fragment: [ansible.builtin.files]
attributes:
  check_mode:
    support: full
    description: Fetches and checks the key, and installs nothing.
"""

EXAMPLES = r"""
- name: Install the key of Docker's repository
  docker_engine_key:
    url: https://download.docker.com/linux/debian/gpg
    dest: /etc/apt/keyrings/docker.asc
    fingerprint: 9DC8 5822 9FC7 DD38 854A E2D8 8D81 803C 0EBF CD88
    mode: "0644"
"""

RETURN = r"""
fingerprints:
  description: The fingerprint of each key in the file.
  returned: success
  type: list
  elements: str
"""

import hashlib
import os
import re
import tempfile

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.docker_engine.openpgp import InvalidKey, fingerprints, grouped, normalized
from ansible.module_utils.urls import fetch_url

LIMIT = 1 << 20
CHECKSUM = re.compile(r"^(sha256|sha384|sha512):([0-9a-fA-F]+)$")
OPTION = "docker_engine_repository_key"


class Unexpected(Exception):
    """The file is not the one that the user expects."""


def shown(url):
    """Return an address without user, password and query."""
    return re.sub(r"^(\w+://)[^/]*@", r"\1", url).split("?")[0].split("#")[0]


def fetch(module, url):
    """Return the content of an address."""
    response, info = fetch_url(module, url, timeout=module.params["timeout"])
    if response is None or info.get("status") not in (200, None):
        said = str(info.get("msg", "")).replace(url, shown(url))
        module.fail_json(msg="could not fetch the repository's key from %s: %s" % (shown(url), said))
    content = response.read(LIMIT + 1)
    if len(content) > LIMIT:
        module.fail_json(msg="the repository's key at %s is larger than %d bytes" % (shown(url), LIMIT))
    return content


def check(content, wanted, checksum):
    """Return the fingerprints of the keys in a file, each of which is wanted."""
    if checksum:
        kind, digits = CHECKSUM.match(checksum).groups()
        found = hashlib.new(kind, content).hexdigest()
        if found != digits.lower():
            raise Unexpected(
                "did not match `%s_checksum`: expected %s:%s, found %s:%s" % (OPTION, kind, digits.lower(), kind, found)
            )
    try:
        keys = fingerprints(content)
    except InvalidKey as error:
        raise Unexpected("is invalid: %s" % error)
    others = [key for key in keys if key not in wanted]
    if others:
        raise Unexpected(
            "has an unexpected fingerprint: expected %s, found %s. Nothing was installed. If the operator of the repository "
            'publishes this fingerprint, set `%s_fingerprint: "%s"`'
            % (
                " or ".join(map(grouped, wanted)),
                ", ".join(map(grouped, others)),
                OPTION,
                ", ".join(map(grouped, keys)),
            )
        )
    return keys


def installed(dest, wanted, checksum):
    """Return the fingerprints of an installed file that is as expected, or None."""
    try:
        with open(dest, "rb") as file:
            return check(file.read(LIMIT), wanted, checksum)
    except (OSError, IOError, Unexpected):
        return None


def install(module, content, dest):
    """Replace the file in one step."""
    handle, part = tempfile.mkstemp(dir=module.tmpdir)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    module.atomic_move(part, dest)


def carry_out(module):
    """Fetch, check and install the key, unless it is installed."""
    wanted = [normalized(each) for each in module.params["fingerprint"]]
    if not wanted or None in wanted:
        module.fail_json(
            msg="`%s_fingerprint`: expected fingerprints of 40 hexadecimal digits, found %s"
            % (OPTION, ", ".join("`%s`" % each for each in module.params["fingerprint"]) or "none")
        )
    checksum, url, dest = (module.params[name] for name in ("checksum", "url", "dest"))
    if checksum and not CHECKSUM.match(checksum):
        module.fail_json(msg="`%s_checksum`: expected `sha256:` and the digits, found `%s`" % (OPTION, checksum))
    keys = installed(dest, wanted, checksum)
    changed = keys is None
    if changed:
        content = fetch(module, url)
        try:
            keys = check(content, wanted, checksum)
        except Unexpected as error:
            module.fail_json(msg="the repository's key at %s %s" % (shown(url), error))
        if not module.check_mode:
            install(module, content, dest)
    if os.path.exists(dest):
        changed = module.set_fs_attributes_if_different(module.load_file_common_arguments(module.params), changed)
    module.exit_json(changed=changed, fingerprints=keys)


def main():
    """Read the key, compare its fingerprints, and return what is to be installed."""
    module = AnsibleModule(
        argument_spec={
            "url": {"type": "str", "required": True},
            "dest": {"type": "path", "required": True},
            "fingerprint": {"type": "list", "elements": "str", "required": True},
            "checksum": {"type": "str", "default": ""},
            "timeout": {"type": "int", "default": 30},
        },
        add_file_common_args=True,
        supports_check_mode=True,
    )
    carry_out(module)


if __name__ == "__main__":
    main()
