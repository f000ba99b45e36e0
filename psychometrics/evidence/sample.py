"""The items of one scale as every coefficient sees them, whatever they came as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from psychometrics.errors import EstimationError, did_you_mean
from psychometrics.evidence.checks import check_word
from psychometrics.evidence.matrix import Floats, Matrix, as_matrix, column_names
from psychometrics.evidence.points import item_points
from psychometrics.instrument import Instrument, Scale
from psychometrics.kernels.covariance import Moments, moments
from psychometrics.kernels.em_covariance import em_moments
from psychometrics.responses import Responses
from psychometrics.result import Source
from psychometrics.tallying.item_tally import ItemTally, tallies_as_blocks

MissingRule = Literal["pairwise", "listwise", "em"]
MISSING_RULES: tuple[MissingRule, ...] = ("pairwise", "listwise", "em")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Points:
    """Points of the items of one scale, reversed and weighted, shape (n_persons, n_items); nan where missing."""

    item_ids: tuple[str, ...]
    values: Floats
    source: Source = field(default_factory=Source)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Items of one scale, reversed and weighted, with their means and covariances.

    Attributes
    ----------
    item_ids : tuple of str
    moments : Moments
        By the missing rule asked for.
    points : ndarray of float64, shape (n_persons, n_items), or None
        The points themselves, nan where missing; None when only counts are known.
    source : Source
    tally : ItemTally or None
        The counts of this scale, when a tally was given.
    """

    item_ids: tuple[str, ...]
    moments: Moments
    points: Floats | None
    source: Source = field(default_factory=Source)
    tally: ItemTally | None = None

    @property
    def n_persons(self) -> int:
        """Persons used."""
        return self.moments.n_persons

    @property
    def n_items(self) -> int:
        """Items."""
        return len(self.item_ids)

    @property
    def block_moments(self) -> list[Moments]:
        """The moments, by the same missing rule, with each block of the tally left out.

        Blocks without persons are passed over. Empty without a tally, or when all persons are in one block.
        """
        if self.tally is None or self.moments.missing == "em":
            return []
        return self.tally.block_moments(self.tally.the_scale(None), self.moments.missing)


def as_sample(
    x: Matrix | Responses | ItemTally | Sequence[ItemTally],
    *,
    scale: str | None = None,
    missing: MissingRule = "pairwise",
) -> Sample:
    """Return the items of one scale from a table of points, from responses, or from counts.

    Parameters
    ----------
    x : array-like, data frame, Responses, ItemTally, list of ItemTally
        A table holds points, persons by items, reverse-keyed items already reversed. Responses are reversed and
        weighted as their instrument says. Several tallies (months, sites) are added, and each is one block.
    scale : str, optional
        Which scale of the instrument; may be left out when only one stands on items.
    missing : {"pairwise", "listwise", "em"}
        ``em`` estimates means and covariances by maximum likelihood for normal items, values missing at random.

    Raises
    ------
    EstimationError
        Text or infinities; an unknown scale, or several to choose from.
    """
    check_word("missing", missing, MISSING_RULES)
    counts = as_tally(x)
    if counts is not None:
        return _sample_of_counts(counts, scale, missing)
    given = as_points(x, scale=scale)
    return Sample(
        item_ids=given.item_ids,
        moments=em_moments(given.values) if missing == "em" else moments(given.values, missing),
        points=given.values,
        source=given.source,
    )


def as_tally(x: Any) -> ItemTally | None:
    """Return a tally as it is, several as the sum of them with each as one block, anything else as None."""
    if isinstance(x, ItemTally):
        return x
    if isinstance(x, list | tuple) and x and all(isinstance(one, ItemTally) for one in x):
        return tallies_as_blocks(x)
    return None


def _sample_of_counts(counts: ItemTally, scale: str | None, missing: MissingRule) -> Sample:
    if missing == "em":
        raise EstimationError(
            'missing="em" needs the persons; a tally holds counts of pairs of items',
            hint='Give the responses, or use missing="pairwise" or "listwise".',
        )
    own = counts.scale(counts.the_scale(scale))
    return Sample(
        item_ids=own.item_ids,
        moments=own.moments(own.the_scale(None), missing),
        points=None,
        source=own.source,
        tally=own,
    )


def as_points(x: Matrix | Responses, *, scale: str | None = None) -> Points:
    """Return the points of one scale as they are, before any rule for missing values; as :func:`as_sample`."""
    if isinstance(x, Responses):
        chosen = scale_of_items(x.instrument, scale)
        return Points(item_ids=chosen.items, values=item_points(x, chosen.items), source=x.source)
    if scale is not None:
        raise EstimationError("scale= goes with Responses or a tally; a table is one scale")
    values = as_matrix(x)
    return Points(item_ids=tuple(column_names(x, values.shape[1])), values=values)


def scale_of_items(instrument: Instrument, scale: str | None) -> Scale:
    """Return the named scale, or the only one that stands on items."""
    scales = [one for one in instrument.scales if one.items]
    ids = [one.id for one in scales]
    if scale is None and len(scales) == 1:
        return scales[0]
    if scale is None:
        raise EstimationError(
            f"{instrument.name} has {len(scales)} scales that stand on items",
            hint=f"Say which: scale= one of {', '.join(ids)}.",
        )
    if scale not in ids:
        raise EstimationError(
            f'{instrument.name} has no scale "{scale}" that stands on items', hint=did_you_mean(scale, ids)
        )
    return scales[ids.index(scale)]
