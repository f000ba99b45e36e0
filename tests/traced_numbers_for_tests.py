"""The numbers of a result page of the flagship, worked out from the files by pandas and NumPy alone.

Nothing of the library stands between the files (answers, ratings, norm table, definition, catalogue, claims) and what
is returned here. Standard errors are those of the norm edition, so that they can be read from its file.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "norms" / "skill-rust-backend"
Z = norm.ppf(0.975)


def toml(path: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / path).read_text(encoding="utf-8"))


DEFINITION = toml("instruments/skill-rust-backend/1.0.0.toml")
EDITION = toml("norms/skill-rust-backend/simulated-2026.toml")
CATALOGUE = toml("psychometrics/careers/data/catalogue.toml")
CLAIMS = {one["id"]: one for one in toml("psychometrics/careers/data/claims.toml")["claims"]}
NODES = {one["id"]: one for one in CATALOGUE["nodes"]}
SCALES = {one["id"]: one for one in DEFINITION["scales"]}
ITEMS = {one["id"]: one for one in DEFINITION["items"]}
CUTS = {one["scale"]: one["at"] for one in DEFINITION["cuts"]}
ERROR = {one["scale"]: one["standard_error_of_measurement"] for one in EDITION["reliability"]}
WEIGHT = {name: one["weight"] for name, one in CATALOGUE["weights"].items()}
SURE = CATALOGUE["rules"]["surely_met"]
LEVELS = {one["cut"]: one["id"] for one in CATALOGUE["nodes"] if "cut" in one}
ANSWERS = pd.read_csv(FOLDER / "simulated-2026.responses.csv.gz").set_index("person_id")
RATINGS = pd.read_csv(FOLDER / "simulated-2026.ratings.csv.gz")
TABLE = dict(list(pd.read_csv(FOLDER / "simulated-2026.csv").groupby("scale_id")))


# ------------------------------------------------------------------------------------------- worked out from the files


def answered(person: str, scale: str) -> pd.Series:
    """Points from 0 to 1 of what counted: answers, or the mean of the raters of each criterion."""
    items = SCALES[scale]["items"]
    if scale.endswith("_rubric"):
        mine = RATINGS[(RATINGS.person_id == person) & RATINGS.item_id.isin(items)]
        return mine[mine.level >= 0].groupby(["item_id", "criterion_id"])["level"].mean() / 3
    points = ANSWERS.loc[person, items].astype(float)
    points = points[points >= 0]
    return pd.Series(
        {i: (4 - x if ITEMS[i].get("reversed") else x) / 4 for i, x in points.items()}, dtype=float
    )


def size(scale: str) -> int:
    """Questions or criteria of a scale."""
    items = SCALES[scale]["items"]
    return sum(len(ITEMS[i]["criteria"]) for i in items) if scale.endswith("_rubric") else len(items)


def answers_of(person: str) -> int:
    """How many questions somebody answered."""
    items = [i for one in SCALES.values() for i in one.get("items", []) if "criteria" not in ITEMS[i]]
    return int((ANSWERS.loc[person, items].astype(float) >= 0).sum())


@cache
def raw(person: str, scale: str) -> float:
    if "items" in SCALES[scale]:
        points = answered(person, scale)
        return 100 * points.mean() if len(points) >= SCALES[scale]["minimum_valid"] else np.nan
    parts = SCALES[scale]["components"]
    values = [raw(person, one["scale"]) for one in parts]
    return float(np.average(values, weights=[one.get("weight", 1) for one in parts]))


def ranks(scale: str, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Share below plus half the ties, and the variance of one person's share; both at any scores."""
    own, counts = TABLE[scale].score.to_numpy(), TABLE[scale]["count"].to_numpy()
    n = counts.sum()
    below = (counts * (own < scores[:, None] - 1e-9)).sum(axis=1) / n
    at = (counts * (abs(own - scores[:, None]) <= 1e-9)).sum(axis=1) / n
    return below + at / 2, below + at / 4 - (below + at / 2) ** 2, n


def rank(person: str, scale: str) -> float:
    return 100 * ranks(scale, np.array([raw(person, scale)]))[0][0]


def curve(scale: str) -> np.ndarray:
    """Scores of the norm sample and one step beyond each end."""
    own = TABLE[scale].score.to_numpy()
    step = np.diff(own).min()
    return np.concatenate([[own[0] - step], own, [own[-1] + step]])


def interval(person: str, scale: str) -> tuple[float, float]:
    """Least and greatest rank over all ways to split the deviate between the score and the norm sample (Wilson)."""
    grid, x, s = curve(scale), raw(person, scale), ERROR[scale]
    share, variance, n = ranks(scale, grid)
    low, high = [], []
    for angle in np.linspace(0, np.pi / 2, 121):
        a, q = Z * np.sin(angle), (Z * np.cos(angle)) ** 2
        with np.errstate(divide="ignore", invalid="ignore"):
            m = np.where(variance > 0, n * share * (1 - share) / variance, n)
        middle = (share + q / (2 * m)) / (1 + q / m)
        half = np.sqrt(q * share * (1 - share) / m + (q / (2 * m)) ** 2) / (1 + q / m)
        lower = np.where(share <= 0, 0, np.minimum(middle - half, share))
        upper = np.where(share >= 1, 1, np.maximum(middle + half, share))
        low.append(np.interp(np.clip(x - a * s, 0, 100), grid, np.minimum.accumulate(lower[::-1])[::-1]))
        high.append(np.interp(np.clip(x + a * s, 0, 100), grid, np.maximum.accumulate(upper)))
    return 100 * min(low), 100 * max(high)


def t(person: str, scale: str) -> float:
    return float(np.clip(50 + 10 * norm.ppf(rank(person, scale) / 100), 10, 90))


def t_error(person: str, scale: str) -> float:
    """Standard error of a T score: that of the score times the slope of T over score -/+ error, within the norms."""
    own = TABLE[scale].score
    around = np.clip(raw(person, scale) + np.array([-1, 1]) * ERROR[scale], own.min(), own.max())
    at = np.interp(around, curve(scale), ranks(scale, curve(scale))[0])
    return float(ERROR[scale] * 10 * np.diff(norm.ppf(at))[0] / np.diff(around)[0])


def chance(person: str, cut: str) -> float:
    return float(norm.cdf((raw(person, cut) - CUTS[cut]) / ERROR[cut]))


def difference(person: str, a: str, b: str) -> tuple[float, float]:
    return t(person, a) - t(person, b), float(np.hypot(t_error(person, a), t_error(person, b)))


def market(node: str) -> float | None:
    if "market" not in NODES[node]:
        return None
    claim = CLAIMS[NODES[node]["market"]["claim"]]
    (figure,) = [one["value"] for one in claim["figures"] if one.get("id") == NODES[node]["market"]["figure"]]
    return float(figure) / 100


def expected_signals(person: str, kind: str, about: str) -> dict[str, float | None]:
    """Values of a recommendation from scores, files of the catalogue and claims."""
    sure = [cut for cut in LEVELS if chance(person, cut) > SURE]
    if kind == "practise":
        cut = NODES[about]["cut"]
        before = [c for c, node in LEVELS.items() for k in NODES[node]["links"] if k["to"] == about]
        parts = [one["scale"] for one in SCALES[cut]["components"]]
        return {
            "gap": 1 - chance(person, cut),
            "shortfall": max(CUTS[cut] - raw(person, cut), 0) / CUTS[cut],
            "readiness": min([chance(person, one) for one in before], default=1.0),
            "market": market("rust"),
            "quality": sum(len(answered(person, one)) for one in parts) / sum(size(one) for one in parts),
        }
    if kind == "go_on":
        starts = {node: [cut] for cut, node in LEVELS.items()} | {"rust": list(LEVELS)}
        ways = [
            (k["strength"], cuts)
            for node, cuts in starts.items()
            for k in NODES[node]["links"]
            if k["to"] == about
        ]
        opening = {cut for _, cuts in ways for cut in cuts if cut in sure}
        return {
            "sureness": max(chance(person, cut) for cut in opening),
            "percentile": max(rank(person, cut) for cut in opening) / 100,
            "adjacency": max(strength for strength, cuts in ways if set(cuts) & opening),
            "market": market(about),
        }
    if kind == "talk":
        two = [one["scale"] for one in SCALES[about.partition(":")[0]]["components"]]
        return {"method_gap": abs(rank(person, two[0]) - rank(person, two[1])) / 100}
    if kind == "measure_again":
        parts = SCALES[about]["components"][1]["scale"]
        mine = RATINGS[(RATINGS.person_id == person) & RATINGS.item_id.isin(SCALES[parts]["items"])]
        raters = mine.groupby(["item_id", "criterion_id"]).rater_id.nunique().min()
        return {"nearness": 1 - abs(2 * chance(person, about) - 1), "few_raters": 1 / raters}
    return {
        "rate": {"rating_open": 1.0},
        "answer": {"blank": 1 - len(answered(person, about)) / size(about)},
    }[kind]  # type: ignore[return-value]


def strength(signals: dict[str, float | None], at_market: float) -> float:
    weights = {**WEIGHT, "market": at_market}
    there = {name: value for name, value in signals.items() if value is not None}
    return sum(weights[k] * v for k, v in there.items()) / sum(weights[k] for k in there)
