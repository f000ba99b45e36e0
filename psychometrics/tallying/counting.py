"""From responses to exact counts of their options."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from psychometrics.errors import Problem, TallyError
from psychometrics.instrument import Instrument, Item, load_instrument
from psychometrics.responses import MissingReason, Responses
from psychometrics.result import Source
from psychometrics.tallying.blocks import Blocks, check_blocks, person_blocks
from psychometrics.tallying.cells import Cells
from psychometrics.tallying.counter import ItemCounter
from psychometrics.tallying.item_counts import PAIRS, ItemCounts
from psychometrics.tallying.item_tally import ItemTally, Pairs
from psychometrics.version import VERSION

Codes = npt.NDArray[np.int8]

REASONS = tuple(reason.name.lower() for reason in MissingReason)
NOT_ASKED = MissingReason.NOT_APPLICABLE.value


def tally(
    instrument: Instrument | str, responses: Responses, *, blocks: int = 32, pairs: Pairs = "all"
) -> ItemTally:
    """Count the options of all pairs of items: n_(ia, jb) persons chose option a of item i and b of item j.

    From these counts follow means, covariances, reliabilities, polychoric correlations and item statistics, without
    the persons. Not a record of anybody; but small counts can give a person away.

    Parameters
    ----------
    instrument : Instrument or str
        What was asked.
    responses : Responses
        What was answered; each row counts, so keep occasions apart.
    blocks : int
        Persons fall into this many blocks, 1 to 256, by a hash of ``person_id``: always the same one, whatever the
        order or partition of the data. Intervals come from leaving a block out; 1 means none.
    pairs : {"all", "within_scales"}
        Which pairs of items: all, or only those that some scale puts together (a composite puts together the items
        of its parts). That is all that the reliability of scales needs, and the counts are the same; what needs
        other pairs then says so.

    Returns
    -------
    ItemTally

    Raises
    ------
    TallyError
        The responses belong to another instrument, or hold codes that no option has.

    Notes
    -----
    One bit-set per item and option; the population count of the intersection of two is their joint count. Checked
    against a loop over persons and pairs.

    Examples
    --------
    >>> import psychometrics as pm
    >>> answers = pm.read_responses({"person_id": ["a", "b"], **{f"q{i}": [0, 3] for i in range(1, 8)}}, "gad-7")
    >>> counts = tally("gad-7", answers)
    >>> counts
    <ItemTally of gad-7@1.0.0: 2 persons, 7 items, 32 blocks>
    >>> (counts + counts - counts) == counts
    True
    """
    instrument = load_instrument(instrument) if isinstance(instrument, str) else instrument
    if responses.instrument.fingerprint != instrument.fingerprint:
        raise TallyError(
            f"the responses were given to {responses.instrument.name}, not to {instrument.name} as it is now",
            hint="Read the responses with the instrument they were given to.",
        )
    check_blocks(blocks)
    names = person_blocks(responses.persons.column("person_id"), blocks)
    simulated = responses.source.simulated
    return count_codes(instrument, responses.codes, names, blocks, pairs, simulated).tally()


def count_codes(
    instrument: Instrument,
    codes: Codes,
    names: Blocks,
    blocks: int,
    pairs: Pairs = "all",
    simulated: bool = False,
) -> ItemCounts:
    """Count a block of codes as a part of a tally; ``names`` is the block of each person."""
    if pairs not in ("all", "within_scales"):
        raise TallyError(f"pairs={pairs!r} is not known", hint='Use "all" or "within_scales".')
    check_codes(instrument, codes)
    counter = item_counter(instrument, blocks, pairs)
    counter.add(codes, names)
    return counted_so_far(instrument, counter, pairs, simulated)


def item_counter(instrument: Instrument, blocks: int, pairs: Pairs) -> ItemCounter:
    """Return a counter of the items of an instrument, to which batches are added."""
    scales = [scale.items for scale in instrument.scales if scale.items]
    return ItemCounter(
        [_option_codes(item) for item in instrument.items],
        [[instrument.item_ids.index(item) for item in items] for items in scales],
        blocks,
        len(REASONS),
        None if pairs == "all" else _groups(instrument),
    )


def counted_so_far(
    instrument: Instrument, counter: ItemCounter, pairs: Pairs, simulated: bool = False
) -> ItemCounts:
    """Return what a counter has counted, as a part of a tally."""
    scales = {scale.id: list(scale.items) for scale in instrument.scales if scale.items}
    counted = counter.counted()
    counts = {
        **{f"{PAIRS} {number}": own for number, own in enumerate(counted.pairs)},
        **{f"listwise {scale}": own for scale, own in zip(scales, counted.listwise, strict=True)},
        "missing": counted.missing,
        "persons": counted.persons,
        "answered": counted.answered,
        "complete": counted.complete,
    }
    return ItemCounts(
        about={
            "fingerprint": instrument.fingerprint,
            "items": list(instrument.item_ids),
            "options": [list(_option_names(item)) for item in instrument.items],
            "points": [list(_option_points(item)) for item in instrument.items],
            "scales": scales,
            "reasons": list(REASONS),
            "blocks": len(counted.persons),
            "pairs": pairs,
            "groups": [list(rows) for rows in counted.groups],
        },
        counts={name: Cells(own) for name, own in counts.items()},
        source=Source(
            instrument=instrument.name,
            fingerprint=instrument.fingerprint,
            simulated=simulated,
            package_version=VERSION,
        ),
    )


def _groups(instrument: Instrument) -> list[list[int]]:
    """Return the rows of the items that a scale puts together; none inside another, every item in one at least."""
    under = {frozenset(instrument.items_under(scale)) for scale in instrument.scales}
    under |= {frozenset([item_id]) for item_id in instrument.item_ids}
    most = [one for one in under if one and not any(one < other for other in under)]
    return sorted(sorted(instrument.item_ids.index(item) for item in one) for one in most)


def check_codes(instrument: Instrument, codes: Codes) -> None:
    """Refuse codes that no option has; all of them at once."""
    if not codes.shape[1]:
        return
    problems = []
    for item, row in zip(instrument.items, codes, strict=True):
        if row.max() >= len(item.codes) or row.min() < min(MissingReason):
            wrong = np.flatnonzero((row >= len(item.codes)) | (row < min(MissingReason)))
            problems.append(
                Problem(
                    where=item.id,
                    what="codes that no option has",
                    expected=f"{min(MissingReason)}..{len(item.codes) - 1}",
                    rows=tuple((wrong + 1).tolist()),
                )
            )
    if problems:
        raise TallyError("the responses cannot be counted", problems=problems)


def _option_codes(item: Item) -> tuple[int, ...]:
    """Return the codes that count as answers; not being asked is one where the definition gives points for it."""
    own = tuple(range(len(item.codes)))
    return own if item.points_when_not_asked is None else (*own, NOT_ASKED)


def _option_names(item: Item) -> tuple[str, ...]:
    own = tuple(str(code) for code in item.codes)
    return own if item.points_when_not_asked is None else (*own, "not_applicable")


def _option_points(item: Item) -> tuple[float, ...]:
    own = tuple(float(value * item.weight) for value in item.points)
    when_not = item.points_when_not_asked
    return own if when_not is None else (*own, float(when_not * item.weight))
