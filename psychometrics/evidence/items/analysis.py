"""One table of all items of an instrument, scale by scale; options and rubric levels beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from psychometrics.engine.threads import one_blas_thread
from psychometrics.errors import EstimationError
from psychometrics.evidence.checks import check_confidence
from psychometrics.evidence.items.levels import LevelUse, level_use
from psychometrics.evidence.items.options import OptionUse, ScaleOptions, option_use
from psychometrics.evidence.items.statistics import ItemAnalysis, ItemData, analyse_items, criterion_values
from psychometrics.evidence.points import item_points
from psychometrics.instrument import Instrument, Scale, load_instrument
from psychometrics.kernels.items.distributions import distribution_of_counts
from psychometrics.responses import MissingReason, Ratings, Responses
from psychometrics.result import Result, Source
from psychometrics.tallying.counting import tally
from psychometrics.tallying.item_tally import ItemTally


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InstrumentItems(Result):
    """The item analysis of every scale that stands on items.

    Attributes
    ----------
    scales : mapping of str to ItemAnalysis
        One table of items per scale; all of them together are the table of this result.
    options : OptionUse
        How every option is used; distractors of keyed items are the rows with ``keyed``.
    levels : LevelUse or None
        How raters use the levels of the rubric; None without ratings.
    """

    scales: Mapping[str, ItemAnalysis]
    options: OptionUse
    levels: LevelUse | None
    source: Source

    def columns(self) -> Mapping[str, Any]:
        """One row per scale and item."""
        tables = [(scale_id, one.columns()) for scale_id, one in self.scales.items()]
        names = list(tables[0][1]) if tables else []
        return {
            "scale_id": [scale_id for scale_id, table in tables for _ in table[names[0]]],
            **{name: [cell for _, table in tables for cell in table[name]] for name in names},
        }

    def __repr__(self) -> str:
        return f"<Item analysis of {self.source.instrument}: {len(self.scales)} scale(s)>"


@one_blas_thread()
def item_analysis(
    instrument: Instrument | str,
    responses: Responses | ItemTally | None = None,
    ratings: Ratings | None = None,
    *,
    criterion: Any = None,
    confidence: float = 0.95,
) -> InstrumentItems:
    """Analyse the items of every scale: use, difficulty, discrimination, what alpha and omega would be without each.

    Parameters
    ----------
    instrument : Instrument or str
        What was asked.
    responses : Responses or ItemTally
        What was answered, or the counts of it. Counts of pairs do not know the total score of a person, so the
        discrimination index and the criterion need Responses.
    ratings : Ratings, optional
        What raters judged: adds the use of the rubric levels.
    criterion : str or array-like, optional
        Something outside the instrument that items should go with: a person column, or one number per row.
    confidence : float
        Level of the interval of the item-rest correlations.

    Returns
    -------
    InstrumentItems
        ``scales``, ``options`` and ``levels``; its own table is that of the items.

    Raises
    ------
    EstimationError
        The data belong to another instrument, no scale stands on items, or no such criterion.

    References
    ----------
    See :func:`psychometrics.evidence.items.statistics.item_statistics`.
    """
    check_confidence(confidence)
    if isinstance(instrument, str):
        instrument = load_instrument(instrument)
    if responses is None:
        raise EstimationError("nothing to work on", hint="Give responses, or their tally.")
    for part in (responses, ratings):
        if part is not None and part.source.fingerprint != instrument.fingerprint:
            raise EstimationError(f"the data belong to {part.source.instrument}, not to {instrument.name}")
    counts = responses if isinstance(responses, ItemTally) else tally(instrument, responses, blocks=1)
    outside = _criterion(responses, criterion)
    scales, options = {}, []
    for scale in instrument.scales:
        if scale.items:
            mine = counts.scale(scale.id)
            data = _item_data(instrument, scale, responses, mine, outside)
            scales[scale.id] = analyse_items(data, confidence)
            items = tuple(instrument.item(item_id) for item_id in scale.items)
            options.append(ScaleOptions(items=items, counts=mine, moments=data.moments))
    if not scales:
        raise EstimationError(f"no scale of {instrument.name} stands on items that a person answers")
    source = responses.source
    return InstrumentItems(
        scales=scales,
        options=option_use(options, source),
        levels=None if ratings is None else level_use(ratings),
        source=source,
    )


def _criterion(responses: Responses | ItemTally, criterion: Any) -> Any:
    if criterion is None:
        return None
    if isinstance(responses, ItemTally):
        raise EstimationError("a criterion needs Responses", hint="A tally knows no persons.")
    if not isinstance(criterion, str):
        return criterion_values(criterion, responses.n_rows)
    if criterion not in responses.persons.column_names:
        raise EstimationError(
            f'no person column "{criterion}"', hint=f"There are: {', '.join(responses.persons.column_names)}."
        )
    return criterion_values(responses.persons.column(criterion).to_pandas(), responses.n_rows)


def _item_data(
    instrument: Instrument, scale: Scale, responses: Responses | ItemTally, counts: ItemTally, criterion: Any
) -> ItemData:
    """Return what is known of the items of one scale; ``counts`` holds that scale only."""
    items = [instrument.item(item_id) for item_id in scale.items]
    points = [np.array(own) for own in counts.points]
    late = counts.reasons.index(MissingReason.NOT_REACHED.name.lower())
    return ItemData(
        item_ids=scale.items,
        moments=counts.moments(scale.id),
        distributions=[
            distribution_of_counts(own, counts.counts(item)[:-1])
            for own, item in zip(points, scale.items, strict=True)
        ],
        n_rows=counts.n_persons,
        n_not_reached=counts.missing[:, :, late].sum(axis=0),
        minimum=np.array([own.min() for own in points]),
        maximum=np.array([own.max() for own in points]),
        points=item_points(responses, scale.items) if isinstance(responses, Responses) else None,
        keyed=np.array([item.kind == "keyed" for item in items]),
        criterion=criterion,
        source=responses.source,
    )
