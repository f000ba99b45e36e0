"""From responses to exact counts of their options."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from psychometrics.errors import Problem, TallyError
from psychometrics.instrument import Instrument, Item, load_instrument
from psychometrics.kernels.counting.pairs import grouped_pair_counts, pair_counts
from psychometrics.responses import MissingReason, Responses
from psychometrics.result import Source
from psychometrics.tallying.blocks import Blocks, check_blocks, person_blocks
from psychometrics.tallying.item_tally import ItemTally, Pairs
from psychometrics.version import VERSION

Codes = npt.NDArray[np.int8]
Counts = npt.NDArray[np.int64]
OptionCodes = Sequence[Sequence[int]]

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
    return tally_codes(instrument, responses.codes, names, blocks, pairs, responses.source.simulated)


def tally_codes(
    instrument: Instrument,
    codes: Codes,
    names: Blocks,
    blocks: int,
    pairs: Pairs = "all",
    simulated: bool = False,
) -> ItemTally:
    """Count a block of codes; ``names`` is the block of each person."""
    if pairs not in ("all", "within_scales"):
        raise TallyError(f"pairs={pairs!r} is not known", hint='Use "all" or "within_scales".')
    _check_codes(instrument, codes)
    scales = {scale.id: scale.items for scale in instrument.scales if scale.items}
    option_codes = [_option_codes(item) for item in instrument.items]
    counted = count_items(
        codes,
        option_codes,
        [[instrument.item_ids.index(item) for item in items] for items in scales.values()],
        names,
        blocks,
        None if pairs == "all" else _groups(instrument),
    )
    return ItemTally(
        item_ids=instrument.item_ids,
        options=tuple(_option_names(item) for item in instrument.items),
        points=tuple(_option_points(item) for item in instrument.items),
        scales=scales,
        joint=counted.joint,
        listwise=dict(zip(scales, counted.listwise, strict=True)),
        reasons=REASONS,
        missing=_missing_reasons(codes, counted, option_codes, names),
        persons=counted.persons,
        answered=counted.answered,
        complete=counted.complete,
        source=Source(
            instrument=instrument.name,
            fingerprint=instrument.fingerprint,
            simulated=simulated,
            package_version=VERSION,
        ),
        pairs=pairs,
    )


def _groups(instrument: Instrument) -> list[list[int]]:
    """Return the rows of the items that a scale puts together; none inside another, every item in one at least."""
    under = {frozenset(instrument.items_under(scale)) for scale in instrument.scales}
    under |= {frozenset([item_id]) for item_id in instrument.item_ids}
    most = [one for one in under if one and not any(one < other for other in under)]
    return sorted(sorted(instrument.item_ids.index(item) for item in one) for one in most)


def _check_codes(instrument: Instrument, codes: Codes) -> None:
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Counted:
    """Counts of one table of codes, block by block."""

    joint: Counts
    listwise: list[Counts]
    persons: Counts
    answered: Counts
    complete: Counts


def count_items(
    codes: Codes,
    option_codes: OptionCodes,
    scales: Sequence[Sequence[int]],
    blocks: Blocks,
    n_blocks: int,
    groups: Sequence[Sequence[int]] | None = None,
) -> Counted:
    """Count pairs of options, and for each scale once more among the persons who answered all of it.

    With ``groups`` of items, the pairs inside them only; the others stay 0.
    """
    joint = (
        pair_counts(codes, option_codes, blocks, n_blocks)
        if groups is None
        else _pairs_inside(codes, option_codes, blocks, n_blocks, groups)
    )
    persons = np.bincount(blocks, minlength=n_blocks).astype(np.int64)
    answered, complete = np.empty((2, n_blocks, len(scales)), np.int64)
    listwise = []
    for place, rows in enumerate(scales):
        gaps, empty = _gaps(codes, option_codes, rows, joint)
        answered[:, place] = persons - np.bincount(blocks[empty], minlength=n_blocks)
        complete[:, place] = persons - np.bincount(blocks[gaps], minlength=n_blocks)
        listwise.append(_listwise(codes, option_codes, rows, blocks, gaps, joint))
    return Counted(joint=joint, listwise=listwise, persons=persons, answered=answered, complete=complete)


def _pairs_inside(
    codes: Codes,
    option_codes: OptionCodes,
    blocks: Blocks,
    n_blocks: int,
    groups: Sequence[Sequence[int]],
) -> Counts:
    columns = _columns(option_codes)
    size = columns[-1].stop + 1 if columns else 0
    joint = np.zeros((n_blocks, size, size), np.int64)
    counts = grouped_pair_counts(codes, option_codes, blocks, n_blocks, groups)
    for rows, own in zip(groups, counts, strict=True):
        places = np.concatenate([np.arange(columns[row].start, columns[row].stop + 1) for row in rows])
        joint[:, places[:, None], places] = own
    return joint


def _columns(option_codes: OptionCodes) -> list[slice]:
    """Return the columns of the options of each item; missing stands after them."""
    ends = np.cumsum([len(one) + 1 for one in option_codes])
    return [slice(int(end) - 1 - len(one), int(end) - 1) for end, one in zip(ends, option_codes, strict=True)]


def is_missing(row: Codes, option_codes: Sequence[int]) -> npt.NDArray[np.bool_]:
    """Return where an item was not answered."""
    gone: npt.NDArray[np.bool_] = row < 0
    for code in option_codes:
        if code < 0:
            gone &= row != code
    return gone


def _gaps(
    codes: Codes, option_codes: OptionCodes, rows: Sequence[int], joint: Counts
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the persons with any item of a scale missing, and those with all of them missing."""
    columns = _columns(option_codes)
    n_missing = {row: int(joint[:, columns[row].stop, columns[row].stop].sum()) for row in rows}
    any_gone = np.zeros(codes.shape[1], np.bool_)
    all_gone = np.full(codes.shape[1], bool(rows) and all(n_missing.values()))
    for row, n in n_missing.items():
        if n:
            gone = is_missing(codes[row], option_codes[row])
            any_gone |= gone
            all_gone &= gone
    return np.flatnonzero(any_gone), np.flatnonzero(all_gone)


def _listwise(
    codes: Codes,
    option_codes: OptionCodes,
    rows: Sequence[int],
    blocks: Blocks,
    gaps: npt.NDArray[np.intp],
    joint: Counts,
) -> Counts:
    """Count the fewer of the persons with and without gaps; the others are what is left."""
    columns = _columns(option_codes)
    places = np.array(
        [place for row in rows for place in range(columns[row].start, columns[row].stop)], np.intp
    )
    together = joint[:, places[:, None], places]
    if not len(gaps):
        return np.asarray(together)
    few = 2 * len(gaps) <= codes.shape[1]
    chosen = gaps if few else np.setdiff1d(np.arange(codes.shape[1]), gaps, assume_unique=True)
    own = [option_codes[row] for row in rows]
    counts = pair_counts(codes[np.ix_(np.array(rows), chosen)], own, blocks[chosen], len(joint))
    inner = np.concatenate([np.arange(one.start, one.stop) for one in _columns(own)])
    part = counts[:, inner[:, None], inner]
    return together - part if few else part


def _missing_reasons(codes: Codes, counted: Counted, option_codes: OptionCodes, blocks: Blocks) -> Counts:
    """Count the missing responses of each item by reason."""
    n_blocks, n_reasons = len(counted.persons), len(REASONS)
    out = np.zeros((n_blocks, len(codes), n_reasons), np.int64)
    for item, columns in enumerate(_columns(option_codes)):
        if counted.joint[:, columns.stop, columns.stop].any():
            gone = np.flatnonzero(is_missing(codes[item], option_codes[item]))
            place = blocks[gone].astype(np.int64) * n_reasons - codes[item, gone] - 1
            out[:, item] = np.bincount(place, minlength=n_blocks * n_reasons).reshape(n_blocks, n_reasons)
    return out
