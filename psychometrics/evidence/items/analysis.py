"""One table of all items of an instrument, scale by scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psychometrics.errors import EstimationError
from psychometrics.evidence.items.statistics import ItemAnalysis, item_statistics
from psychometrics.evidence.points import item_points
from psychometrics.instrument import Instrument, load_instrument
from psychometrics.responses import Responses
from psychometrics.result import Result, Source


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InstrumentItems(Result):
    """The item analysis of every scale that stands on items; ``scales`` holds one :class:`ItemAnalysis` each."""

    scales: Mapping[str, ItemAnalysis]
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


def item_analysis(instrument: Instrument | str, responses: Responses) -> InstrumentItems:
    """Analyse the items of every scale: use, difficulty, discrimination, what alpha would be without each.

    Parameters
    ----------
    instrument : Instrument or str
        What was asked.
    responses : Responses
        What was answered.

    Returns
    -------
    InstrumentItems
        Per scale and item: n, missing, mean and SD of the points after reversal, floor and ceiling, item-rest
        correlation, alpha if dropped, flags with the rule that raised them.

    Raises
    ------
    EstimationError
        The responses belong to another instrument, or no scale stands on items.
    """
    if isinstance(instrument, str):
        instrument = load_instrument(instrument)
    if responses.instrument.fingerprint != instrument.fingerprint:
        raise EstimationError(
            f"the responses belong to {responses.instrument.name}, not to {instrument.name}"
        )
    scales = {}
    for scale in instrument.scales:
        if scale.items:
            items = [instrument.item(item_id) for item_id in scale.items]
            scales[scale.id] = item_statistics(
                item_points(responses, scale.items),
                item_ids=list(scale.items),
                lower=[float(min(item.points) * item.weight) for item in items],
                upper=[float(max(item.points) * item.weight) for item in items],
            )
    if not scales:
        raise EstimationError(f"no scale of {instrument.name} stands on items that a person answers")
    return InstrumentItems(scales=scales, source=responses.source)
