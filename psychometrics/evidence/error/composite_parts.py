"""Items, criteria and ratings under one scale, as the kernels take them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from psychometrics.evidence.error.metric import point_weights, strata_of
from psychometrics.evidence.points import criterion_points, item_points
from psychometrics.instrument import Instrument, Scale
from psychometrics.kernels.components.composite import CompositeDesign
from psychometrics.responses import Ratings, Responses
from psychometrics.result import Source
from psychometrics.scoring.align import align_persons

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parts:
    """What lies under a scale: points of items, ratings in long form, and where each belongs.

    ``item_strata`` and ``task_strata`` are the base scales that bring in items and tasks. Persons with nothing under
    the scale are left out.
    """

    instrument: Instrument
    scale: Scale
    item_ids: tuple[str, ...]
    criterion_ids: tuple[str, ...]
    task_ids: tuple[str, ...]
    item_strata: tuple[str, ...]
    task_strata: tuple[str, ...]
    items: Floats
    person: Integers
    rater: Integers
    criterion: Integers
    level: Floats
    source: Source

    @property
    def n_persons(self) -> int:
        """Persons with at least one item or criterion."""
        return len(self.items)

    def design(self, *, random_tasks: bool) -> CompositeDesign:
        """Return weights, lengths and strata for the kernel."""
        weights = point_weights(self.instrument, self.scale)
        base = strata_of(self.instrument, self.scale)
        asked = {item.id: item.points for item in self.instrument.items}
        own_weight = {item.id: item.weight for item in self.instrument.items}
        judged = {one.id: one for one in self.instrument.criteria}
        first = {judged[name].item_id: base[name] for name in reversed(self.criterion_ids)}
        return CompositeDesign(
            # item_points() has the item's own weight in it already
            item_weight=np.array([float(weights[name] / own_weight[name]) for name in self.item_ids]),
            criterion_weight=np.array([float(weights[name]) for name in self.criterion_ids]),
            item_length=np.array(
                [float(own_weight[name] * (max(asked[name]) - min(asked[name]))) for name in self.item_ids]
            ),
            criterion_length=np.array(
                [float(max(judged[name].points) - min(judged[name].points)) for name in self.criterion_ids]
            ),
            item_stratum=_places([base[name] for name in self.item_ids], self.item_strata),
            task=_places([judged[name].item_id for name in self.criterion_ids], self.task_ids),
            task_stratum=_places([first[task] for task in self.task_ids], self.task_strata),
            random_tasks=random_tasks,
        )

    def items_in_strata(self) -> list[int]:
        """Return the number of items of each stratum of items."""
        base = strata_of(self.instrument, self.scale)
        return [sum(base[item] == name for item in self.item_ids) for name in self.item_strata]

    def tasks_in_strata(self) -> list[int]:
        """Return the number of tasks of each stratum of tasks."""
        stratum = self.design(random_tasks=False).task_stratum
        return [int(count) for count in np.bincount(stratum, minlength=len(self.task_strata))]

    def ratings_per_criterion(self) -> float:
        """Return the harmonic mean number of raters of a person on a criterion; nan without ratings."""
        if not len(self.level):
            return float("nan")
        cells, counts = np.unique(self.person * len(self.criterion_ids) + self.criterion, return_counts=True)
        return len(cells) / float((1 / counts).sum())

    def n_double_rated(self) -> int:
        """Return the persons who have two raters or more on some criterion."""
        cells, counts = np.unique(self.person * len(self.criterion_ids) + self.criterion, return_counts=True)
        return len(np.unique(cells[counts > 1] // len(self.criterion_ids)))

    def medians(self) -> bool:
        """Return whether some criterion combines its raters by the median."""
        return any(
            one.raters.combine == "median" for one in self.instrument.criteria if one.id in self.criterion_ids
        )

    def rounded(self) -> bool:
        """Return whether the scale or one below it rounds its scores."""
        below = [self.instrument.scale(part.scale_id) for part in self.scale.components]
        return any(one.rounding is not None for one in (self.scale, *below))


def composite_parts(
    instrument: Instrument,
    scale: Scale,
    responses: Responses | None,
    ratings: Ratings | None,
    *,
    listwise: bool,
) -> Parts:
    """Return what lies under a scale, persons lined up by person_id and occasion."""
    item_ids, criterion_ids = instrument.items_under(scale), instrument.criteria_under(scale)
    responses, ratings = responses if item_ids else None, ratings if criterion_ids else None
    alignment = align_persons(responses, ratings)
    n = alignment.persons.num_rows
    items = np.full((n, len(item_ids)), np.nan)
    if responses is not None:
        items[: responses.n_rows] = item_points(responses, item_ids)
    person, rater, criterion, level = _long(ratings, criterion_ids, alignment.rating_rows)
    rated = np.zeros((n, len(criterion_ids)), np.bool_)
    rated[person, criterion] = True
    there = np.column_stack([~np.isnan(items), rated])
    keep = np.asarray(there.all(axis=1) if listwise else there.any(axis=1), np.bool_)
    place, mine = np.cumsum(keep) - 1, keep[person]
    base = strata_of(instrument, scale)
    tasks = {one.id: one.item_id for one in instrument.criteria if one.id in criterion_ids}
    return Parts(
        instrument=instrument,
        scale=scale,
        item_ids=item_ids,
        criterion_ids=criterion_ids,
        task_ids=tuple(dict.fromkeys(tasks[name] for name in criterion_ids)),
        item_strata=tuple(dict.fromkeys(base[name] for name in item_ids)),
        task_strata=tuple(dict.fromkeys(base[name] for name in criterion_ids)),
        items=items[keep],
        person=place[person[mine]],
        rater=rater[mine],
        criterion=criterion[mine],
        level=level[mine],
        source=_source(responses, ratings),
    )


def _long(
    ratings: Ratings | None, criterion_ids: tuple[str, ...], rows: npt.NDArray[np.intp]
) -> tuple[Integers, Integers, Integers, Floats]:
    """Return person, rater, criterion and points of the ratings of these criteria."""
    if ratings is None:
        nobody = np.empty(0, np.intp)
        return nobody, nobody, nobody, np.empty(0)
    found = []
    for place, name in enumerate(criterion_ids):
        mine, points = criterion_points(ratings, ratings.instrument.criterion_ids.index(name))
        who = rows[ratings.person_index[mine]]
        found.append((who, ratings.rater_index[mine].astype(np.intp), np.full(len(who), place), points))
    person, rater, criterion, level = (np.concatenate(column) for column in zip(*found, strict=True))
    return person, rater, criterion, level


def _places(names: list[str], known: tuple[str, ...]) -> Integers:
    return np.array([known.index(name) for name in names], np.intp)


def _source(responses: Responses | None, ratings: Ratings | None) -> Source:
    given = [part.source for part in (responses, ratings) if part is not None]
    return Source(
        instrument=given[0].instrument,
        fingerprint=given[0].fingerprint,
        input_sha256="+".join(one.input_sha256 for one in given),
        package_version=given[0].package_version,
    )
