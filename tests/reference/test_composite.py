"""The composite of items and ratings held against gtheory on crossed designs, where both must agree."""

from __future__ import annotations

import held_against
import numpy as np
import oracles

from psychometrics.kernels.components.composite import CompositeDesign, composite_variance
from psychometrics.kernels.components.composite_sums import Panel

TOPIC = "Error of a score"
GTHEORY = "gtheory 0.1.2 (lme4)"
WHY = "moments are ANOVA in a balanced design; lme4 stops its REML search there"


def expected(entry):
    return oracles.reference("composite_gtheory.json")[entry]["result"]


def test_persons_by_raters_by_tasks():
    data = oracles.data("sim_gt_pxrxt_200x3x4.csv.gz")
    person, rater, task = (data[:, i].astype(np.intp) - 1 for i in range(3))
    panel = Panel(np.empty((200, 0)), person, rater, task, data[:, 3], n_criteria=4, n_groups=200)
    design = CompositeDesign(
        item_weight=np.empty(0),
        criterion_weight=np.full(4, 0.25),
        item_length=np.empty(0),
        criterion_length=np.ones(4),
        item_stratum=np.empty(0, np.intp),
        task=np.arange(4),
        task_stratum=np.zeros(4, np.intp),
        random_tasks=True,
    )
    found = composite_variance(panel.all(), design)
    theirs = expected("gtheory.pxrxt.sim")
    ours = {
        "generalizability": found.reliability,
        "var.error.rel": found.error,
        "var.universe": found.total - found.error,
        "var.person:task": float(found.tasks[0]),
    }
    for name, value in ours.items():
        held_against.agrees(
            TOPIC,
            f"composite of tasks judged by all raters: {name}",
            value,
            theirs[name],
            rel=5e-5,
            data="sim_gt_pxrxt_200x3x4",
            software=GTHEORY,
            why=WHY,
        )


def test_persons_by_items():
    data = oracles.data("sim_gt_pxi_300x12.csv.gz")
    panel = Panel(data, *[np.empty(0, np.intp)] * 3, np.empty(0), n_criteria=0, n_groups=300)
    nothing = np.empty(0)
    design = CompositeDesign(
        item_weight=np.full(12, 1 / 12),
        criterion_weight=nothing,
        item_length=np.ones(12),
        criterion_length=nothing,
        item_stratum=np.zeros(12, np.intp),
        task=np.empty(0, np.intp),
        task_stratum=np.empty(0, np.intp),
        random_tasks=True,
    )
    found = composite_variance(panel.all(), design)
    held_against.agrees(
        TOPIC,
        "composite of items alone: generalizability",
        found.reliability,
        expected("gtheory.pxi.sim")["generalizability"],
        rel=5e-5,
        data="sim_gt_pxi_300x12",
        software=GTHEORY,
        why=WHY,
    )
