"""How far to trust it: reliability, retest, agreement of raters, items, keys."""

from psychometrics.evidence.agreement.intraclass import IntraclassCorrelation, intraclass_correlation
from psychometrics.evidence.consistency.alpha import coefficient_alpha
from psychometrics.evidence.consistency.result import Reliability
from psychometrics.evidence.items.analysis import InstrumentItems, item_analysis
from psychometrics.evidence.items.keys import KeyCheck, check_keys
from psychometrics.evidence.items.statistics import ItemAnalysis, item_statistics
from psychometrics.evidence.scale_reliability import InstrumentReliability, reliability
from psychometrics.evidence.stability.occasions import Stability, test_retest
from psychometrics.evidence.stability.retest import TestRetest

__all__ = [
    "InstrumentItems",
    "InstrumentReliability",
    "IntraclassCorrelation",
    "ItemAnalysis",
    "KeyCheck",
    "Reliability",
    "Stability",
    "TestRetest",
    "check_keys",
    "coefficient_alpha",
    "intraclass_correlation",
    "item_analysis",
    "item_statistics",
    "reliability",
    "test_retest",
]
