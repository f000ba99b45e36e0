"""Families of score distributions whose location, scale and shape follow age."""

from psychometrics.kernels.continuous.families.beta_binomial import BetaBinomial
from psychometrics.kernels.continuous.families.box_cox_t import BoxCoxT
from psychometrics.kernels.continuous.families.family import Family
from psychometrics.kernels.continuous.families.normal import Normal
from psychometrics.kernels.continuous.families.shash import Shash

FAMILIES: dict[str, type[Family]] = {
    "beta_binomial": BetaBinomial,
    "shash": Shash,
    "box_cox_t": BoxCoxT,
    "normal": Normal,
}
"""By name, as ``method=`` takes them."""

__all__ = ["FAMILIES", "Family"]
