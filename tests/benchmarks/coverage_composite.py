"""How often the 95% interval of a composite of items and ratings holds the truth, on simulated data like the flagship's.

    OPENBLAS_NUM_THREADS=1 python tests/benchmarks/coverage_composite.py [REPETITIONS] [PERSONS]

The model and its constants are those of ``norms/skill-rust-backend/simulate.py``: 18 items, six tasks with 15
criteria, two of 12 raters for each person and level. The truth is a correlation of parallel composites: the same
persons at the same time, with new items, new raters (of the same 12) and, when tasks are random, new tasks.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.components.composite import CompositeDesign, composite_bounds, composite_variance
from psychometrics.kernels.components.composite_sums import Panel

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]
SEED = 7
TRUTH_PERSONS, TRUTH_FORMS = 40_000, 15


def flagship() -> ModuleType:
    """Load the script that simulates the shipped sample."""
    path = Path(__file__).resolve().parents[2] / "norms" / "skill-rust-backend" / "simulate.py"
    spec = importlib.util.spec_from_file_location("flagship_simulation", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


SIM = flagship()
LEVELS = 3
ITEM_LEVEL = np.repeat(np.arange(LEVELS), 6)
TASK = np.array([0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4, 5, 5])
TASK_LEVEL = np.array([0, 0, 1, 1, 2, 2])
CRITERION_LEVEL = TASK_LEVEL[TASK]


@dataclass(frozen=True)
class Persons:
    """What a person brings to every form on one day."""

    self_report: Floats  # persons by levels
    performance: Floats  # persons by levels
    rest: Floats  # persons by criteria: what these very tasks draw out


@dataclass(frozen=True)
class Form:
    """Answers (persons by items) and ratings (persons by criteria by two raters), with the raters."""

    answers: Floats
    ratings: Floats
    raters: Integers  # persons by levels by two

    def panel(self, items: Integers, criteria: Integers, n_groups: int) -> Panel:
        """Return the kernel's view of some items and criteria."""
        n = len(self.answers)
        person, place, side = np.indices((n, len(criteria), 2)).reshape(3, -1)
        who = self.raters[person, CRITERION_LEVEL[criteria][place], side]
        return Panel(
            self.answers[:, items],
            person,
            who,
            place,
            self.ratings[:, criteria].reshape(-1),
            n_criteria=len(criteria),
            n_groups=n_groups,
        )

    def composite(self, design: CompositeDesign, items: Integers, criteria: Integers) -> Floats:
        """Return the score of every person."""
        judged = self.ratings[:, criteria].mean(axis=2)
        score: Floats = self.answers[:, items] @ design.item_weight + judged @ design.criterion_weight
        return score


def draw_persons(n: int, rng: np.random.Generator) -> Persons:
    """Draw persons; states of the day belong to them, since every form is taken that day."""
    general, own = rng.standard_normal((n, 1)), rng.standard_normal((n, LEVELS))
    ability = np.sqrt(SIM.GENERAL_SHARE) * general + np.sqrt(1 - SIM.GENERAL_SHARE) * own
    style, method = rng.standard_normal((2, n, 1))
    reported = SIM.SELF_ABILITY * ability + SIM.SELF_STYLE * style
    reported = reported + SIM.SELF_LEVEL * rng.standard_normal((n, LEVELS))
    shown = SIM.TASK_ABILITY * ability + SIM.TASK_METHOD * method
    shown = shown + SIM.TASK_LEVEL * rng.standard_normal((n, LEVELS))
    return Persons(
        self_report=SIM.mix(reported, SIM.SELF_STATE_SHARE, rng),
        performance=SIM.mix(shown, SIM.TASK_STATE_SHARE, rng),
        rest=rng.standard_normal((n, len(TASK))),
    )


def draw_form(
    persons: Persons, rng: np.random.Generator, *, new_tasks: bool, easiness: Floats, severity: Floats
) -> Form:
    """Draw one form: new items and raters, and new tasks if told so."""
    n = len(persons.rest)
    item_ease = (
        np.array(SIM.SELF_EASINESS)[ITEM_LEVEL]
        + SIM.ITEM_SPREAD * rng.standard_normal(18)
        + SIM.SELF_INFLATION
    )
    latent = item_ease + SIM.SELF_LOADING * persons.self_report[:, ITEM_LEVEL]
    latent = latent + np.sqrt(1 - SIM.SELF_LOADING**2) * rng.standard_normal((n, 18))
    rest = rng.standard_normal(persons.rest.shape) if new_tasks else persons.rest
    shown = easiness + SIM.TASK_LOADING * persons.performance[:, CRITERION_LEVEL]
    shown = shown + np.sqrt(1 - SIM.TASK_LOADING**2) * rest
    raters = np.argsort(rng.random((n, LEVELS, SIM.N_RATERS)), axis=2)[:, :, :2]
    halo = SIM.HALO_SD * rng.standard_normal((n, LEVELS, 2))
    noise = np.linspace(SIM.NOISE_LEAST, SIM.NOISE_MOST, SIM.N_RATERS)
    who = raters[:, CRITERION_LEVEL, :]
    judged = shown[:, :, None] - severity[who] + halo[:, CRITERION_LEVEL, :]
    judged = judged + noise[who] * rng.standard_normal(who.shape)
    return Form(
        answers=np.searchsorted(SIM.SELF_THRESHOLDS, latent).astype(float),
        ratings=np.searchsorted(SIM.TASK_THRESHOLDS, judged).astype(float),
        raters=raters,
    )


def new_tasks_easiness(rng: np.random.Generator) -> Floats:
    """Draw how easy the criteria are."""
    ease: Floats = np.array(SIM.TASK_EASINESS)[CRITERION_LEVEL] + SIM.ITEM_SPREAD * rng.standard_normal(
        len(TASK)
    )
    return ease


def severities() -> Floats:
    """Return the severities of the 12 raters."""
    steps = np.linspace(-1.5, 1.5, SIM.N_RATERS)
    found: Floats = SIM.SEVERITY_SD * steps / steps.std()
    return found


def design_of(
    level_weights: dict[int, float], *, random_tasks: bool
) -> tuple[CompositeDesign, Integers, Integers]:
    """Return the composite of some levels (tasks count twice), and its items and criteria."""
    total = sum(level_weights.values())
    items = np.flatnonzero(np.isin(ITEM_LEVEL, list(level_weights)))
    criteria = np.flatnonzero(np.isin(CRITERION_LEVEL, list(level_weights)))
    share = {level: weight / total for level, weight in level_weights.items()}
    places = {level: place for place, level in enumerate(level_weights)}
    tasks = np.unique(TASK[criteria])
    return (
        CompositeDesign(
            item_weight=np.array([share[k] / 3 * 100 / 24 for k in ITEM_LEVEL[items]]),
            criterion_weight=np.array([share[k] * 2 / 3 * 100 / 15 for k in CRITERION_LEVEL[criteria]]),
            item_length=np.full(len(items), 4.0),
            criterion_length=np.full(len(criteria), 3.0),
            item_stratum=np.array([places[k] for k in ITEM_LEVEL[items]]),
            task=np.searchsorted(tasks, TASK[criteria]),
            task_stratum=np.array([places[k] for k in TASK_LEVEL[tasks]]),
            random_tasks=random_tasks,
        ),
        items,
        criteria,
    )


def truth(
    level_weights: dict[int, float], *, random_tasks: bool, n: int = TRUTH_PERSONS, forms: int = TRUTH_FORMS
) -> float:
    """Return the mean correlation of pairs of parallel composites."""
    rng = np.random.default_rng(SEED + 1)
    design, items, criteria = design_of(level_weights, random_tasks=random_tasks)
    found = []
    for _ in range(forms):
        persons, ease = draw_persons(n, rng), new_tasks_easiness(rng)
        pair = [
            draw_form(
                persons,
                rng,
                new_tasks=random_tasks,
                easiness=new_tasks_easiness(rng) if random_tasks else ease,
                severity=severities(),
            ).composite(design, items, criteria)
            for _ in range(2)
        ]
        found.append(float(np.corrcoef(*pair)[0, 1]))
    return float(np.mean(found))


def study(repetitions: int, n: int) -> None:
    """Print truth, mean estimate and coverage for one level and for all levels together."""
    composites = {"junior": {0: 1.0}, "overall": {0: 1.0, 1: 2.0, 2: 3.0}}
    print(f"{repetitions} samples of {n} persons; 95% intervals")
    for name, weights in composites.items():
        for random_tasks in (True, False):
            design, items, criteria = design_of(weights, random_tasks=random_tasks)
            real, rng = truth(weights, random_tasks=random_tasks), np.random.default_rng(SEED)
            estimates, inside, below, widths, started = [], 0, 0, [], time.perf_counter()
            for _ in range(repetitions):
                persons, ease = draw_persons(n, rng), new_tasks_easiness(rng)
                form = draw_form(persons, rng, new_tasks=False, easiness=ease, severity=severities())
                panel = form.panel(items, criteria, n)
                total = panel.all()
                bounds = composite_bounds(panel, design, total, 0.95, one_by_one=True)
                estimates.append(composite_variance(total, design).reliability)
                inside += bounds.lower <= real <= bounds.upper
                below += bounds.upper < real
                widths.append(bounds.upper - bounds.lower)
            seconds = (time.perf_counter() - started) / repetitions
            print(
                f"{name:8} tasks {'random' if random_tasks else 'fixed ':6} truth {real:.4f} "
                f"mean estimate {np.mean(estimates):.4f} sd {np.std(estimates):.4f} "
                f"coverage {inside / repetitions:.3f} (too low {below / repetitions:.3f}) "
                f"mean width {np.mean(widths):.3f} ({seconds:.2f} s each)",
                flush=True,
            )


if __name__ == "__main__":
    study(*(int(word) for word in [*sys.argv[1:], *["500", "200"][len(sys.argv) - 1 :]]))
