"""Psychometric assessment: instruments, scores, norms, and the evidence behind them.

Names are loaded on first use, so that ``import psychometrics`` is quick and light.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "CatalogError": "errors",
    "DefinitionError": "errors",
    "EstimationError": "errors",
    "Instrument": "instrument",
    "MissingPackageError": "errors",
    "MissingReason": "responses",
    "NormError": "errors",
    "NormMismatchError": "errors",
    "NormedScores": "norming",
    "Norms": "norming",
    "OutputError": "errors",
    "Problem": "errors",
    "PsychometricsError": "errors",
    "Ratings": "responses",
    "Responses": "responses",
    "ResponsesError": "errors",
    "Result": "result",
    "Scores": "scoring",
    "ScoringError": "errors",
    "Source": "result",
    "UnknownInstrumentError": "errors",
    "UnknownNormsError": "errors",
    "build_norms": "norming",
    "check_keys": "evidence.items.keys",
    "coefficient_alpha": "evidence.consistency.alpha",
    "definition_schema": "instrument",
    "intraclass_correlation": "evidence.agreement.intraclass",
    "item_analysis": "evidence.items.analysis",
    "load_instrument": "instrument",
    "load_norms": "norming",
    "parse_instrument": "instrument",
    "read_ratings": "responses",
    "read_responses": "responses",
    "reliability": "evidence.overview.reliability",
    "score": "scoring",
    "test_retest": "evidence.stability.occasions",
}

__all__ = sorted(_HOME)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from psychometrics.version import VERSION

        return VERSION
    if name not in _HOME:
        message = f"module 'psychometrics' has no attribute {name!r}"
        raise AttributeError(message)
    value = getattr(import_module(f"psychometrics.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
