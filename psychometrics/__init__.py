"""Psychometric assessment: instruments, scores, norms, and the evidence behind them.

Names are loaded on first use, so that ``import psychometrics`` is quick and light.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "CareersError": "errors",
    "CatalogError": "errors",
    "ContinuousNorming": "norming.continuous.settings",
    "DefinitionError": "errors",
    "Equating": "norming.equating",
    "ErrorSources": "scoring",
    "EstimationError": "errors",
    "Instrument": "instrument",
    "ItemTally": "tallying.item_tally",
    "MissingPackageError": "errors",
    "MissingReason": "responses",
    "NormDesign": "norming.precision.planning",
    "NormError": "errors",
    "NormMismatchError": "errors",
    "NormedScores": "norming",
    "Norms": "norming",
    "OutputError": "errors",
    "Problem": "errors",
    "PsychometricsError": "errors",
    "RatedUnits": "evidence.agreement.rated_units",
    "RatingTally": "tallying.rating_tally",
    "Ratings": "responses",
    "ReportError": "errors",
    "Responses": "responses",
    "ResponsesError": "errors",
    "Result": "result",
    "RetestNorms": "kernels.stability.reliable_change",
    "RetestTally": "tallying.retest_tally",
    "RunError": "errors",
    "ScoreTally": "tallying.score_tally",
    "Scores": "scoring",
    "ScoringError": "errors",
    "Smoothing": "norming.edition",
    "Source": "result",
    "StandardScale": "kernels.standard_scores",
    "StoreError": "errors",
    "TallyError": "errors",
    "UnknownInstrumentError": "errors",
    "UnknownNormsError": "errors",
    "adjudication_queue": "evidence.agreement.adjudication",
    "agreement": "evidence.agreement.agreement",
    "agreement_levels": "evidence.agreement.benchmarks",
    "agreement_table": "evidence.agreement.agreement",
    "band_stability": "evidence.stability.bands",
    "build_norms": "norming",
    "categorical_omega": "evidence.consistency.categorical_omega",
    "cheapest_design": "evidence.generalizability.cheapest",
    "check_keys": "evidence.items.keys",
    "coefficient_alpha": "evidence.consistency.alpha",
    "coefficient_omega": "evidence.consistency.omega",
    "compare_models": "norming.continuous.compare",
    "compare_norms": "norming.editions.compare",
    "composite_reliability": "evidence.consistency.composites",
    "composite_score_reliability": "evidence.error.composite",
    "conditional_standard_errors": "evidence.error.conditional",
    "decision_study": "evidence.generalizability.decision",
    "definition_schema": "instrument",
    "difference_reliability": "evidence.consistency.composites",
    "disclosure_check": "norming.editions.disclosure",
    "drift_monitor": "norming.drift.monitor",
    "edition_age": "norming.editions.ageing",
    "equate": "norming.equating",
    "generalizability": "evidence.generalizability.study",
    "given_weights": "norming.weighting.weighting",
    "greatest_lower_bound": "evidence.consistency.greatest_lower_bound",
    "guttman_lambdas": "evidence.consistency.lambdas",
    "intraclass_correlation": "evidence.agreement.intraclass",
    "intraclass_correlations": "evidence.agreement.intraclass",
    "item_analysis": "evidence.items.analysis",
    "item_correlations": "evidence.consistency.item_correlations",
    "item_stability": "evidence.stability.item_stability",
    "kappa_indices": "evidence.agreement.specific",
    "kendall_concordance": "evidence.agreement.concordance",
    "load_drift_monitor": "norming.drift.monitor",
    "load_instrument": "instrument",
    "load_norms": "norming",
    "load_tally": "tallying.files",
    "machine_rater": "evidence.agreement.machine_rater",
    "mixed_correlations": "evidence.consistency.mixed_correlations",
    "norm_drift": "norming.drift.drift",
    "norm_precision": "norming.precision.precision",
    "norm_sample_precision": "norming.precision.planning",
    "norm_sample_size": "norming.precision.planning",
    "norms_report": "report.norms_report",
    "omega_bifactor": "evidence.consistency.omega_bifactor",
    "omega_hierarchical": "evidence.consistency.omega_hierarchical",
    "ordinal_alpha": "evidence.consistency.ordinal_alpha",
    "parse_instrument": "instrument",
    "percentile_curves": "norming.continuous.figures",
    "polychoric_correlations": "evidence.consistency.polychoric",
    "prophecy": "evidence.consistency.lengthening",
    "prorated_errors": "scoring",
    "qq_plot": "norming.continuous.figures",
    "rake": "norming.weighting.weighting",
    "rater_report": "evidence.agreement.rater_report",
    "read_ratings": "responses",
    "read_responses": "responses",
    "reliability": "evidence.overview.reliability",
    "reliable_change": "evidence.stability.reliable_change",
    "scale_correlations": "norming.differences.correlations",
    "score": "scoring",
    "score_differences": "norming.differences.scores",
    "spearman_brown": "evidence.consistency.lengthening",
    "specific_agreement": "evidence.agreement.specific",
    "split_half": "evidence.consistency.splits",
    "standard_scores": "norming.standard",
    "stratified_alpha": "evidence.consistency.stratified_alpha",
    "tally": "tallying.counting",
    "tally_ratings": "tallying.rating_tally",
    "tally_retest": "tallying.retest_tally",
    "tally_scores": "tallying.score_tally",
    "test_retest": "evidence.stability.occasions",
    "unidimensionality": "evidence.consistency.unidimensionality",
    "verify_editions": "norming.editions.verify",
    "who_changes_band": "norming.editions.renorming",
    "withdraw_edition": "norming.editions.log",
    "worm_plot": "norming.continuous.figures",
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
