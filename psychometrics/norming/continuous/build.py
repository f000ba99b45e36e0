"""Fit the cells of a continuous edition and describe them in its head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from psychometrics.errors import NormError, Problem
from psychometrics.norming.block import ScoreBlock
from psychometrics.norming.cells.cell import Cell
from psychometrics.norming.continuous.fit import CellFit, fit_cell
from psychometrics.norming.continuous.frame import ages_of, norm_data
from psychometrics.norming.continuous.settings import ContinuousNorming, read_settings
from psychometrics.norming.edition import ContinuousDesign, ModelRow, StratumVariable
from psychometrics.norming.strata import Key, stratum_keys

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ContinuousParts:
    """What an edition needs of a continuous fit.

    Attributes
    ----------
    cells : mapping
        Stratum and scale to cell.
    design : ContinuousDesign
        For the head.
    notes : list of str
    n : int
        Persons with an age in a stratum.
    """

    cells: dict[tuple[Key, str], Cell]
    design: ContinuousDesign
    notes: list[str]
    n: int


def fit_cells(
    block: ScoreBlock,
    variables: list[StratumVariable],
    index: npt.NDArray[np.int32],
    continuous: str | ContinuousNorming,
    method: str,
    weights: Floats | None = None,
) -> ContinuousParts:
    """Fit every stratum and scale of a norm sample.

    Raises
    ------
    NormError
        Lists every cell that cannot be fitted.
    """
    settings = read_settings(continuous, method)
    ages = ages_of(block.persons, settings.column)
    w = np.ones(len(ages)) if weights is None else np.nan_to_num(weights)
    found: dict[tuple[Key, str], CellFit] = {}
    problems: list[Problem] = []
    for position, key in enumerate(stratum_keys(variables)):
        for scale_id in block.scale_ids:
            where = f"{scale_id}, {' / '.join(key) or 'whole sample'}"
            try:
                data = norm_data(block, scale_id, index == position, ages, w, settings)
                found[key, scale_id] = fit_cell(data, method, settings, where)
            except NormError as error:
                problems += error.problems or [Problem(where=where, what=error.message, hint=error.hint)]
    if problems:
        raise NormError("continuous norms cannot be built", problems=problems)
    no_age = int(np.count_nonzero((index >= 0) & np.isnan(ages)))
    notes = [f"{no_age:,} people have no {settings.column} and are left out"] if no_age else []
    return ContinuousParts(
        cells={place: one.cell for place, one in found.items()},
        design=_design(found, settings, method),
        notes=notes + _range_notes(found, block, settings),
        n=int(np.count_nonzero((index >= 0) & ~np.isnan(ages))),
    )


def _design(
    found: dict[tuple[Key, str], CellFit], settings: ContinuousNorming, method: str
) -> ContinuousDesign:
    ranges = [one.cell.model.age_range for one in found.values()]
    return ContinuousDesign(
        column=settings.column,
        lower=min(low for low, _ in ranges),
        upper=max(high for _, high in ranges),
        method=method,
        criterion=settings.criterion,
        z_limit=settings.z_limit,
        position=settings.position,
        width=settings.width,
        models=[row for place, one in found.items() for row in model_rows(place, one)],
    )


def model_rows(place: tuple[Key, str], fit: CellFit) -> Sequence[ModelRow]:
    """Return one row per method that was tried in a cell."""
    key, scale_id = place
    return [
        ModelRow(
            scale=scale_id,
            stratum=" / ".join(key),
            method=one.method,
            terms=one.terms,
            n_parameters=one.n_parameters,
            log_likelihood=one.log_likelihood,
            aic=one.aic,
            bic=one.bic,
            converged=one.converged,
            chosen=one is fit.chosen,
        )
        for one in fit.tried
    ]


def _range_notes(
    found: dict[tuple[Key, str], CellFit], block: ScoreBlock, settings: ContinuousNorming
) -> list[str]:
    if block.instrument is not None:
        return []
    guessed = [scale for scale in dict.fromkeys(s for _, s in found) if settings.ends(scale) is None]
    names = ", ".join(guessed)
    return [f"the range of possible scores was taken from the sample: {names}"] if guessed else []
