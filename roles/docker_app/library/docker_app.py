#!/usr/bin/python
# -*- coding: utf-8 -*-

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: docker_app
short_description: Deploy the apps of a host with Docker Compose
description:
  - The part of the role C(docker_app) that runs on the host. Its action plugin of the same name makes its parameters from
    C(app_list); use the role.
  - One run holds a lock of the host, asks the engine once what runs, and touches only the apps that are not as declared.
options:
  root:
    description: Folder of the apps.
    type: path
    required: true
  host:
    description: Name of the host in the inventory, for labels.
    type: str
    required: true
  commit:
    description: Commit that the data comes from, for labels.
    type: str
    default: ""
  projects:
    description: The apps as Compose models, with files and secrets by name.
    type: list
    elements: dict
    required: true
  content:
    description: Content of the files by app and path, in base64.
    type: dict
    default: {}
  secrets:
    description: Values of the secrets by app and name, in base64.
    type: dict
    default: {}
  networks:
    description: Networks that apps share.
    type: dict
    default: {}
  wanted:
    description: Names of the apps to work on.
    type: list
    elements: str
    default: []
  filtered:
    description: Whether only some apps were chosen; nothing is pruned then.
    type: bool
    default: false
  phases:
    description: What to do.
    type: list
    elements: str
    choices: [render, pull, deploy, verify, report, prune]
    default: [render, pull, deploy, verify, report, prune]
  pull:
    description: When to pull images.
    type: str
    choices: [missing, always, never]
    default: missing
  registries:
    description: Logins to registries.
    type: list
    elements: dict
    default: []
    suboptions:
      registry:
        description: The registry's host, with its port.
        type: str
        required: true
      auth:
        description: User and password as Docker's configuration has them.
        type: str
        required: true
  keep:
    description: How many good bundles are kept for each app.
    type: int
    default: 3
  parallel:
    description: How many changes run at a time.
    type: int
    default: 4
  lock_timeout:
    description: Seconds to wait for another run on this host.
    type: int
    default: 600
  adopt:
    description: Take over Compose projects of an app's name that the role did not make.
    type: bool
    default: false
  prune:
    description: Remove apps of ours that are no longer declared; volumes and data stay.
    type: bool
    default: false
  prune_max:
    description: Prune nothing when it were more apps than this.
    type: int
    default: 5
  prune_max_percent:
    description: Prune nothing when it were more percent of the host's apps than this.
    type: int
    default: 50
  rollback:
    description: Apps to bring back to their good state before the current one, and nothing else.
    type: list
    elements: str
    default: []
  purge:
    description: Apps to remove with volumes and folder, and nothing else.
    type: list
    elements: str
    default: []
author:
  - The nautobridge developers
"""

EXAMPLES = r"""
- name: Deploy the apps of the host
  ansible.builtin.import_role:
    name: docker_app
"""

RETURN = r"""
apps:
  description: Result, reasons, images and containers of each app.
  type: dict
  returned: always
problems:
  description: What is not as declared, for each app that could not be deployed.
  type: list
  returned: always
orphans:
  description: Apps of ours that are no longer declared.
  type: list
  returned: always
unmanaged:
  description: Containers that are not ours.
  type: list
  returned: always
"""

import shutil
import tempfile

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.docker_app.errors import HostError
from ansible.module_utils.docker_app.printable import printable
from ansible.module_utils.docker_app.run import Run

PHASES = ["render", "pull", "deploy", "verify", "report", "prune"]


def specification():
    """The parameters."""
    names = dict(type="list", elements="str", default=[])
    secret = dict(type="dict", default={}, no_log=True)
    return dict(
        root=dict(type="path", required=True),
        host=dict(type="str", required=True),
        commit=dict(type="str", default=""),
        projects=dict(type="list", elements="dict", required=True),
        content=secret,
        secrets=secret,
        networks=dict(type="dict", default={}),
        wanted=names,
        filtered=dict(type="bool", default=False),
        phases=dict(type="list", elements="str", choices=PHASES, default=PHASES),
        pull=dict(type="str", choices=["missing", "always", "never"], default="missing"),
        registries=dict(
            type="list",
            elements="dict",
            default=[],
            options=dict(
                registry=dict(type="str", required=True),
                auth=dict(type="str", required=True, no_log=True),
            ),
        ),
        keep=dict(type="int", default=3),
        parallel=dict(type="int", default=4),
        lock_timeout=dict(type="int", default=600),
        adopt=dict(type="bool", default=False),
        prune=dict(type="bool", default=False),
        prune_max=dict(type="int", default=5),
        prune_max_percent=dict(type="int", default=50),
        rollback=names,
        purge=names,
    )


def main():
    """Run once."""
    module = AnsibleModule(argument_spec=specification(), supports_check_mode=True)
    stage = tempfile.mkdtemp(dir=module.tmpdir)
    run = Run(module.params, module.check_mode, module._diff, stage)
    try:
        result = run.carry_out()
    except HostError as problem:
        module.fail_json(msg=printable(run.mask.text(str(problem))))
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    if not result["diff"]:
        del result["diff"]
    # What failed with an app is told by the role, in words: a failed module would print all of this, too.
    module.exit_json(**result)


if __name__ == "__main__":
    main()
