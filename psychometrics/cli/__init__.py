"""The same, from a shell: one file per command."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; exit status 0 done, 1 the data or definition is at fault, 2 the call's words are off."""
    try:
        from psychometrics.cli.app import run

        run()
    except KeyboardInterrupt:  # also while modules are still being loaded
        sys.stderr.write("psychometrics: stopped; nothing half-written was left\n")
        sys.exit(130)
