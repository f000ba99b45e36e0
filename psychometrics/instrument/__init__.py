"""What is asked: definition files, read, checked and frozen."""

from psychometrics.instrument.definition import Definition
from psychometrics.instrument.instrument import (
    Branch,
    Component,
    Criterion,
    Instrument,
    Item,
    RaterRule,
    Rounding,
    Scale,
)
from psychometrics.instrument.reading import load_instrument, parse_instrument
from psychometrics.instrument.schema import definition_schema

__all__ = [
    "Branch",
    "Component",
    "Criterion",
    "Definition",
    "Instrument",
    "Item",
    "RaterRule",
    "Rounding",
    "Scale",
    "definition_schema",
    "load_instrument",
    "parse_instrument",
]
