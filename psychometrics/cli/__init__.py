"""The same, from a shell: one file per command."""

from __future__ import annotations


def main() -> None:
    """Run the command line; exit status 0 done, 1 the data or definition is at fault, 2 the call's words are off."""
    from psychometrics.cli.app import run

    run()
