"""Fitted models as rows of a table, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.continuous.families import FAMILIES
from psychometrics.kernels.continuous.lattice import Lattice
from psychometrics.kernels.continuous.model import FamilyModel, Model, TaylorModel
from psychometrics.kernels.continuous.taylor import Surface

Floats = npt.NDArray[np.float64]
TAYLOR = ("taylor_identity", "taylor_logit")
METHODS = (*TAYLOR, *FAMILIES)
SIZES = {"n": 1, "sample": 4, "z_limit": 1, "score_range": 4, "age_range": 2}
KNOWN = {*SIZES, *METHODS, "z_range", "powers", "covariance"}


def model_rows(model: Model) -> Iterable[tuple[Any, ...]]:
    """Yield quantity, row, column and value of every number of a model."""
    lattice = model.lattice
    ends = (lattice.least, lattice.most, lattice.step, float(lattice.discrete))
    yield from _column("score_range", ends)
    yield from _column("age_range", model.age_range)
    if isinstance(model, TaylorModel):
        yield from _column("z_range", model.surface.z_range)
        yield from _matrix(f"taylor_{model.link}", model.surface.coefficients)
    elif isinstance(model, FamilyModel):
        yield from _column("powers", model.powers)
        yield from _column(model.family, model.coefficients.tolist())
    yield from (row for row in _matrix("covariance", model.covariance) if row[1] <= row[2])


def _column(name: str, values: Iterable[float]) -> Iterable[tuple[Any, ...]]:
    return ((name, i, 0, value) for i, value in enumerate(values))


def _matrix(name: str, values: Floats) -> Iterable[tuple[Any, ...]]:
    return ((name, i, j, value) for i, row in enumerate(values.tolist()) for j, value in enumerate(row))


def row_problems(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say which quantities are missing or make no sense."""
    names = [str(row["quantity"]) for row in rows]
    problems = [
        f'"{name}" has {names.count(name)} values, {size} expected'
        for name, size in SIZES.items()
        if names.count(name) != size
    ]
    methods = [name for name in METHODS if name in names]
    if len(methods) != 1:
        problems.append(f"coefficients of one method expected, of {', '.join(METHODS)}")
    if any(not isfinite(row[column]) for row in rows for column in ("row", "column", "value")):
        problems.append("a value that is not a number")
    unknown = sorted(set(names) - KNOWN)
    if unknown:
        problems.append(f"unknown quantities: {', '.join(unknown)}")
    if not problems:
        problems = _shape_problems(rows, methods[0])
    return problems


def _shape_problems(rows: Sequence[Mapping[str, Any]], method: str) -> list[str]:
    of = _values(rows)
    problems = [f'"{name}" has gaps or doubles' for name in of if not _filled(rows, name, of[name].shape)]
    if problems:
        return problems
    low, high = of["age_range"][:, 0]
    if not low < high:
        problems.append("the ages do not rise")
    least, most, step, _ = of["score_range"][:, 0]
    if not (least < most and step > 0):
        problems.append("the scores do not rise")
    if method in TAYLOR:
        if len(of.get("z_range", ())) != 2 or (np.diff(of[method], axis=0) <= 0).any():
            problems.append("the surface does not rise everywhere")
    elif sum(of.get("powers", np.zeros((0, 1)))[:, 0] + 1) != len(of[method]):
        problems.append("powers and coefficients do not fit together")
    if of.get("covariance", np.zeros((0, 0))).shape != (of[method].size,) * 2:
        problems.append("the covariance does not fit the coefficients")
    return problems


def _filled(rows: Sequence[Mapping[str, Any]], name: str, shape: tuple[int, ...]) -> bool:
    """Whether every place of a quantity has one row; of the covariance, the upper triangle."""
    own = [(int(row["row"]), int(row["column"])) for row in rows if row["quantity"] == name]
    places = [(i, j) for i, j in np.ndindex(*shape) if name != "covariance" or i <= j]
    return sorted(own) == places


def model_of_rows(rows: Sequence[Mapping[str, Any]]) -> Model:
    """Make the model again; the rows have no problems."""
    of = _values(rows)
    least, most, step, discrete = of["score_range"][:, 0].tolist()
    lattice = Lattice(least=least, most=most, step=step, discrete=bool(discrete))
    ages = (float(of["age_range"][0, 0]), float(of["age_range"][1, 0]))
    upper = np.triu(of["covariance"])
    covariance = upper + np.triu(upper, 1).T
    method = next(name for name in METHODS if name in of)
    if method in TAYLOR:
        z_range = (float(of["z_range"][0, 0]), float(of["z_range"][1, 0]))
        surface = Surface(coefficients=of[method], z_range=z_range, age_range=ages)
        return TaylorModel(
            link=method.removeprefix("taylor_"), lattice=lattice, surface=surface, covariance=covariance
        )
    return FamilyModel(
        family=method,
        lattice=lattice,
        age_range=ages,
        powers=tuple(int(power) for power in of["powers"][:, 0]),
        coefficients=of[method][:, 0],
        covariance=covariance,
    )


def _values(rows: Sequence[Mapping[str, Any]]) -> dict[str, Floats]:
    found: dict[str, Floats] = {}
    for name in dict.fromkeys(str(row["quantity"]) for row in rows):
        own = [(int(row["row"]), int(row["column"]), row["value"]) for row in rows if row["quantity"] == name]
        matrix = np.zeros((max(i for i, _, _ in own) + 1, max(j for _, j, _ in own) + 1))
        for i, j, value in own:
            matrix[i, j] = value
        found[name] = matrix
    return found
