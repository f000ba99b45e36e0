"""Who takes what, who rates what: the work of whoever runs an assessment."""

from psychometrics.cli.sittings.commands import app

__all__ = ["app"]
