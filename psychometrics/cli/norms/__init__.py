"""``psychometrics norms``: build, change, look at and watch over norm editions."""

from psychometrics.cli.norms.commands import app

__all__ = ["app"]
