"""How continuous norms are to be fitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from psychometrics.errors import NormError, Problem, did_you_mean
from psychometrics.kernels.continuous.fitting import METHODS, Choices
from psychometrics.kernels.percentile_definitions import PLOTTING_POSITIONS

METHOD_NAMES = ("auto", *METHODS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinuousNorming:
    """Everything about a continuous fit that is not the method.

    Attributes
    ----------
    column : str
        Person column the norms run along: age, grade, any number.
    score_range : tuple or mapping, optional
        Least and greatest possible score, for all scales or by scale; for the beta-binomial they say the number of items. From the
        instrument, or else from the sample, when left out.
    criterion : {"bic", "aic"}
        What powers, links and, with "auto", the method are chosen by.
    powers : tuple of int, optional
        Exactly these powers: of z and age for "taylor", of age for each predictor of a family (-1: absent).
    links : tuple of str
        Which g of g(raw) a Taylor surface may have: "identity", "logit".
    width : float, optional
        Taylor: persons are ranked among those at most half of it older or younger; 0 ranks within each single age.
    position : str
        Taylor: plotting position of a rank.
    z_limit : float
        No rank further out than Phi(-z_limit)..Phi(z_limit) is told.
    """

    column: str
    score_range: tuple[float, float] | Mapping[str, tuple[float, float]] = field(default_factory=dict)
    criterion: Literal["bic", "aic"] = "bic"
    powers: tuple[int, ...] | None = None
    links: tuple[str, ...] = ("identity", "logit")
    width: float | None = None
    position: str = "rankit"
    z_limit: float = 3.0

    def choices(self) -> Choices:
        """Return what the kernels need of it."""
        return Choices(
            criterion=self.criterion,
            powers=self.powers,
            links=self.links,
            width=self.width,
            position=self.position,
            z_limit=self.z_limit,
        )

    def ends(self, scale_id: str) -> tuple[float, float] | None:
        """Return the stated range of a scale."""
        stated = self.score_range
        return stated.get(scale_id) if isinstance(stated, Mapping) else stated


def read_settings(continuous: str | ContinuousNorming, method: str) -> ContinuousNorming:
    """Return checked settings; a plain column name has the usual ones."""
    settings = ContinuousNorming(column=continuous) if isinstance(continuous, str) else continuous
    checks = [
        ("method", method, METHOD_NAMES),
        ("criterion", settings.criterion, ("bic", "aic")),
        ("position", settings.position, tuple(PLOTTING_POSITIONS)),
        *(("links", link, ("identity", "logit")) for link in settings.links),
    ]
    problems = [
        Problem(where=where, what=str(value), expected=", ".join(known), hint=did_you_mean(str(value), known))
        for where, value, known in checks
        if value not in known
    ]
    if not 1 <= settings.z_limit <= 6:
        problems.append(Problem(where="z_limit", what=str(settings.z_limit), expected="1 to 6"))
    if settings.width is not None and settings.width < 0:
        problems.append(Problem(where="width", what=str(settings.width), expected="0 or above"))
    if settings.powers is not None and method == "auto":
        problems.append(Problem(where="powers", what="given", expected="one method, to which they belong"))
    if problems:
        raise NormError("continuous norms cannot be built this way", problems=problems)
    return settings
