"""How far to trust it: reliability, retest, agreement of raters, items, keys."""

from psychometrics.evidence.alpha import coefficient_alpha
from psychometrics.evidence.intraclass import IntraclassCorrelation, intraclass_correlation
from psychometrics.evidence.item_analysis import InstrumentItems, item_analysis
from psychometrics.evidence.items import ItemAnalysis, item_statistics
from psychometrics.evidence.key_check import KeyCheck, check_keys
from psychometrics.evidence.reliability_result import Reliability
from psychometrics.evidence.retest import TestRetest
from psychometrics.evidence.scale_reliability import InstrumentReliability, reliability
from psychometrics.evidence.stability import Stability, test_retest

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
