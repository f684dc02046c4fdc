"""The Controller's side of AWX's runner; the runner's own Python runs it, and gets its task as JSON on standard input.

AWX does these two steps on the node that controls a job (awx/main/tasks/receptor.py), with `ansible-runner worker` on
the node that executes it in between.
"""

import json
import sys
from pathlib import Path

from ansible_runner.interface import run

task = json.load(sys.stdin)
with Path(task["stream"]).open(task["mode"]) as stream:
    side = {"transmit": "_output", "process": "_input"}[task["streamer"]]
    run(streamer=task["streamer"], private_data_dir=task["private_data_dir"], **{side: stream}, **task["params"])
