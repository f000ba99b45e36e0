"""What more raters, tasks or items would make of the error of a composite (a decision study)."""

from __future__ import annotations

import numpy as np

from psychometrics.kernels.components.composite import CompositeDesign, CompositeVariance, strata_error


def study_error(
    variance: CompositeVariance,
    design: CompositeDesign,
    n_raters: int,
    task_factor: float,
    item_factor: float,
) -> float:
    """Return the error variance with other numbers of raters, tasks and items, the weights staying as they are.

    error = items / f_i + tasks / f_t + raters(n) - u(n) (1 - 1/f_t)

    raters(n) is the rater error with n raters on every criterion; u(n) the part of it that belongs to one task only,
    which more tasks average out. What a rater carries from task to task stays. Raters are shared between criteria
    and persons as in the data. Nan where a stratum of a single task would have to be divided so.
    """
    error = float(variance.items.sum()) / item_factor + float(variance.tasks.sum()) / task_factor
    if variance.rater_error is None:
        return error
    by_task = design.by_task(variance.rater_error.with_raters(n_raters))
    error += float(by_task.sum())
    if task_factor != 1:
        own = strata_error(by_task, design.task_length, design.task_stratum)
        error -= float(np.sum(own)) * (1 - 1 / task_factor)
    return error
