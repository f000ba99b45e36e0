"""Slow and obvious twins of the kernels, straight from the textbook; every test compares with these."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np

REFERENCE = Path(__file__).parent / "reference"


def reference(name: str) -> dict[str, Any]:
    return json.loads((REFERENCE / name).read_text(encoding="utf-8"))["entries"]


def data(name: str) -> np.ndarray:
    path = REFERENCE / "data" / name
    text = (
        gzip.decompress(path.read_bytes()).decode()
        if name.endswith(".gz")
        else path.read_text(encoding="utf-8")
    )
    return np.genfromtxt(text.splitlines(), delimiter=",", skip_header=1, missing_values="NA")


def alpha(x: np.ndarray) -> float:
    """Complete data: k/(k-1) (1 - sum of item variances / variance of the sum)."""
    k = x.shape[1]
    return k / (k - 1) * (1 - np.var(x, axis=0, ddof=1).sum() / np.var(x.sum(axis=1), ddof=1))


def pairwise_covariance(x: np.ndarray) -> np.ndarray:
    k = x.shape[1]
    out = np.full((k, k), np.nan)
    for i in range(k):
        for j in range(k):
            both = [(row[i], row[j]) for row in x if not (np.isnan(row[i]) or np.isnan(row[j]))]
            if len(both) > 1:
                a, b = (np.array(values) for values in zip(*both, strict=True))
                out[i, j] = ((a - a.mean()) * (b - b.mean())).sum() / (len(both) - 1)
    return out


def intraclass(x: np.ndarray) -> dict[str, float]:
    """McGraw and Wong (1996), Table 4, from sums of squares written as loops."""
    n, k = x.shape
    grand = x.sum() / (n * k)
    rows = sum(k * (x[i].mean() - grand) ** 2 for i in range(n)) / (n - 1)
    columns = sum(n * (x[:, j].mean() - grand) ** 2 for j in range(k)) / (k - 1)
    within = sum((x[i, j] - x[i].mean()) ** 2 for i in range(n) for j in range(k)) / (n * (k - 1))
    error = sum((x[i, j] - x[i].mean() - x[:, j].mean() + grand) ** 2 for i in range(n) for j in range(k)) / (
        (n - 1) * (k - 1)
    )
    return {
        "1,1": (rows - within) / (rows + (k - 1) * within),
        "1,k": (rows - within) / rows,
        "C,1": (rows - error) / (rows + (k - 1) * error),
        "C,k": (rows - error) / rows,
        "A,1": (rows - error) / (rows + (k - 1) * error + k / n * (columns - error)),
        "A,k": (rows - error) / (rows + (columns - error) / n),
    }


def restricted_log_likelihood(
    target: np.ndarray, rater: np.ndarray, y: np.ndarray, variances: tuple[float, float, float]
) -> float:
    """Dense: V in full, l = -((N-1) log 2pi + log|V| + log|1'V^-1 1| + (y-mu)'V^-1(y-mu)) / 2."""
    t, r, e = variances
    v = t * (target[:, None] == target) + r * (rater[:, None] == rater) + e * np.eye(len(y))
    inverse = np.linalg.inv(v)
    information = inverse.sum()
    z = y - (inverse @ y).sum() / information
    log_det = np.linalg.slogdet(v)[1]
    return -0.5 * ((len(y) - 1) * np.log(2 * np.pi) + log_det + np.log(information) + z @ inverse @ z)


def long(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    target, rater = np.nonzero(~np.isnan(x))
    return (
        np.unique(target, return_inverse=True)[1],
        np.unique(rater, return_inverse=True)[1],
        x[target, rater],
    )
