"""Equating two forms or versions of a scale: which score on one stands for which on the other."""

from psychometrics.norming.equating.equate import equate
from psychometrics.norming.equating.result import Equating

__all__ = ["Equating", "equate"]
