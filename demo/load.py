#!/usr/bin/env python3
"""Puts the demo's homelab, or files of your own in the same form, into a Nautobot."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from loader import HOMELAB
from loader.errors import LoadError

HERE = Path(__file__).resolve().parent
EXAMPLES = """\
examples:
  export NAUTOBOT_URL=http://127.0.0.1:8001 NAUTOBOT_TOKEN=...
  demo/load.py --check               what would be created or changed?
  demo/load.py                       load the homelab; a second time changes nothing
  demo/load.py demo/homelab          the same without apps, for a Nautobot that takes them from Git
  demo/load.py my-lab/ extra.yml     load files of your own

It creates and updates what the files name, and never deletes anything. An object that it finds in Nautobot by its name gets
the values of the fields that the file names; its other fields stay as they are.

exit codes: 0 done, 1 the files or the server stand in the way, 2 wrong usage
"""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="YAML files or directories (default: the homelab: demo/homelab and the repository's config contexts)",
    )
    parser.add_argument("--url", default=os.environ.get("NAUTOBOT_URL"), help="Nautobot's URL (default: NAUTOBOT_URL)")
    parser.add_argument("--check", action="store_true", help="only say what would be done")
    parser.add_argument("--quiet", action="store_true", help="no line per object")
    parser.add_argument("--insecure", action="store_true", help="don't verify the server's certificate")
    arguments = parser.parse_args()
    token = os.environ.get("NAUTOBOT_TOKEN")
    if not arguments.url:
        parser.error("no URL: set NAUTOBOT_URL or give --url")
    if not token:
        parser.error(
            "no token: set NAUTOBOT_TOKEN (it is never taken from the command line, where others could read it)"
        )
    for path in arguments.paths:
        if not path.exists():
            parser.error(f"there is no {path}")

    try:
        from loader.layout import read
        from loader.load import Loader
        from loader.server import Server
    except ModuleNotFoundError as error:
        parser.error(f"the Python package {error.name} is missing: pip install -r {HERE / 'requirements.txt'}")
    try:
        records = read(arguments.paths or HOMELAB)
        server = Server(arguments.url, token, verify=not arguments.insecure)
        tell = (lambda line: None) if arguments.quiet else print
        result = Loader(server, arguments.check, tell).run(records)
    except LoadError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    done = "would be " if arguments.check else ""
    left_out = f", left out {result.left_out}" if result.left_out else ""
    print(f"{done}created {result.created}, {done}changed {result.changed}, unchanged {result.same}{left_out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
