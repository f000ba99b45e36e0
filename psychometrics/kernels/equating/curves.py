"""Equipercentile and kernel equating: scores with the same share of people below them.

Every function takes score distributions row by row, one row per (bootstrap) sample, so that a thousand samples cost one
call; the gradients are those of the first row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.equating.lines import gradient, linear_line
from psychometrics.kernels.smoothing.continuised import Continuised

Floats = npt.NDArray[np.float64]
Kernel = Callable[[str, Floats, Floats], Continuised]
"""Name of a scale, its scores and shares (n_samples, n_scores) to continuous distributions."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """Equated scores and how they hang on the cells of both samples.

    Attributes
    ----------
    equated : ndarray, shape (n_samples, m)
    gradients : tuple of ndarray, shape (m, n_cells)
        One per independent sample; empty when not asked for. nan where the density of Y is 0.
    """

    equated: Floats
    gradients: tuple[Floats, ...] = ()


def through(x: Continuised, y: Continuised, scores: Floats) -> Floats:
    """Return e(x) = G^-1(F(x)), shape (n_samples, m)."""
    return y.inverse(x.cdf(scores[None, :]))


def through_gradients(
    x: Continuised, y: Continuised, scores: Floats, equated: Floats
) -> tuple[Floats, Floats]:
    """Return de/dr = dF(x)/dr / g(e) and de/ds = -dG(e)/ds / g(e), r and s the shares of X and Y."""
    density = y.density(equated[:1])[0][:, None]
    return _over(x.cdf_gradient(scores[None, :]), density), _over(-y.cdf_gradient(equated[:1]), density)


def _over(gradient: Floats, density: Floats) -> Floats:
    """Divide; nan where the density is 0."""
    density = np.broadcast_to(density, gradient.shape)
    quotient: Floats = np.full(gradient.shape, np.nan)
    np.divide(gradient, density, out=quotient, where=density > 0)
    return quotient


def direct(
    kernel: Kernel, scores: tuple[Floats, Floats], shares: tuple[Floats, Floats], *, errors: bool
) -> Curve:
    """Equate two random groups: two independent samples of one population.

    Parameters
    ----------
    kernel : callable
    scores : tuple of ndarray
        Scores of X and of Y.
    shares : tuple of ndarray, shape (n_samples, n_scores)
    errors : bool
        Whether to take gradients too.
    """
    x, y = (kernel(name, *pair) for name, pair in zip("xy", zip(scores, shares, strict=True), strict=True))
    equated = through(x, y, scores[0])
    return Curve(equated=equated, gradients=through_gradients(x, y, scores[0], equated) if errors else ())


def single_group(kernel: Kernel, scores: tuple[Floats, Floats], shares: Floats, *, errors: bool) -> Curve:
    """Equate two forms that the same persons took; shares of pairs, shape (n_samples, n_x, n_y)."""
    curve = direct(kernel, scores, (shares.sum(axis=2), shares.sum(axis=1)), errors=errors)
    if not errors:
        return curve
    by_x, by_y = curve.gradients
    pairs = by_x[:, :, None] + by_y[:, None, :]
    return Curve(equated=curve.equated, gradients=(pairs.reshape(len(pairs), -1),))


def synthetic_shares(p: Floats, q: Floats, weight: float) -> tuple[Floats, Floats]:
    """Return the shares of X and of Y in the synthetic population by frequency estimation (poststratification).

    r_x = w sum_a P(x, a) + (1 - w) sum_a P(x | a) q_a;  s_y = (1 - w) sum_a Q(y, a) + w sum_a Q(y | a) p_a

    It takes the distribution of the form given the anchor to be the same in both populations. Anchor scores that
    no one has in the sample where the form was taken say nothing of it; both rows then sum to 1 without them.

    Parameters
    ----------
    p, q : ndarray, shape (n_samples, n_x, n_a) and (n_samples, n_y, n_a)
        Shares of form and anchor in the sample of X and of Y.
    weight : float
        w, weight of the population of X.

    References
    ----------
    Kolen and Brennan (2014), equations 5.7 and 5.8, doi:10.1007/978-1-4939-0317-7.
    """
    p_a, q_a = p.sum(axis=1), q.sum(axis=1)
    to_q, to_p = _ratio(q_a, p_a), _ratio(p_a, q_a)
    r = (p * (weight + (1 - weight) * to_q)[:, None, :]).sum(axis=2)
    s = (q * (1 - weight + weight * to_p)[:, None, :]).sum(axis=2)
    return r / r.sum(axis=1, keepdims=True), s / s.sum(axis=1, keepdims=True)


def _ratio(of: Floats, to: Floats) -> Floats:
    return np.divide(of, to, out=np.zeros_like(of), where=to > 0)


def synthetic_gradients(
    by_r: Floats, by_s: Floats, p: Floats, q: Floats, weight: float
) -> tuple[Floats, Floats]:
    """Carry gradients in r and s, shape (m, n), back to the cells of one P and one Q; shape (m, n_cells)."""
    w, v = weight, 1 - weight
    p_a, q_a = p.sum(axis=0), q.sum(axis=0)
    to_q, to_p = _ratio(q_a, p_a), _ratio(p_a, q_a)
    given_x, given_y = _ratio(p, np.broadcast_to(p_a, p.shape)), _ratio(q, np.broadcast_to(q_a, q.shape))
    means_r, means_s = by_r @ given_x, by_s @ given_y
    by_p = by_r[:, :, None] * (w + v * to_q) + (w * means_s - v * means_r * to_q)[:, None, :]
    by_q = by_s[:, :, None] * (v + w * to_p) + (v * means_r - w * means_s * to_p)[:, None, :]
    return by_p.reshape(len(by_p), -1), by_q.reshape(len(by_q), -1)


def frequency_estimation(
    kernel: Kernel,
    scores: tuple[Floats, Floats],
    tables: tuple[Floats, Floats],
    weight: float,
    *,
    errors: bool,
) -> Curve:
    """Equate through the synthetic population of :func:`synthetic_shares`; shares (n_samples, n_scores, n_anchor)."""
    p, q = tables
    curve = direct(kernel, scores, synthetic_shares(p, q, weight), errors=errors)
    if not errors:
        return curve
    by_r, by_s = curve.gradients
    return Curve(equated=curve.equated, gradients=synthetic_gradients(by_r, by_s, p[0], q[0], weight))


def braun_holland(
    scores: tuple[Floats, Floats], tables: tuple[Floats, Floats], weight: float, *, errors: bool
) -> Curve:
    """Equate linearly by the means and variances in the synthetic population of :func:`synthetic_shares`.

    References
    ----------
    Braun and Holland (1982), in Holland and Rubin (eds.), Test equating; Kolen and Brennan (2014), section 5.2.
    """
    p, q = tables
    x, y = (_mean_and_variance(*pair) for pair in zip(scores, synthetic_shares(p, q, weight), strict=True))

    def figure(first: Floats, second: Floats) -> Floats:
        intercept, slope = linear_line(first, second)
        line: Floats = np.asarray(intercept)[..., None] + np.asarray(slope)[..., None] * scores[0]
        return line

    equated = figure(x, y)
    if not errors:
        return Curve(equated=equated)
    by_x, by_y = (
        by @ np.array([own, (own - m[0, 0]) ** 2])
        for by, own, m in zip(gradient(figure, x[:, 0], y[:, 0]), scores, (x, y), strict=True)
    )
    return Curve(equated=equated, gradients=synthetic_gradients(by_x, by_y, p[0], q[0], weight))


def _mean_and_variance(scores: Floats, shares: Floats) -> Floats:
    mean = shares @ scores
    return np.array([mean, np.einsum("rk,rk->r", shares, (scores - mean[:, None]) ** 2)])


def chained(
    kernel: Kernel, scores: tuple[Floats, Floats, Floats], tables: tuple[Floats, Floats], *, errors: bool
) -> Curve:
    """Equate X to the anchor in the sample of X, then the anchor to Y in the sample of Y.

    e(x) = G_Q^-1( H_Q( H_P^-1( F_P(x) ) ) )
    """
    p, q = tables
    x, anchor_p = kernel("x", scores[0], p.sum(axis=2)), kernel("anchor_x", scores[2], p.sum(axis=1))
    y, anchor_q = kernel("y", scores[1], q.sum(axis=2)), kernel("anchor_y", scores[2], q.sum(axis=1))
    v = through(x, anchor_p, scores[0])
    equated = y.inverse(anchor_q.cdf(v))
    if not errors:
        return Curve(equated=equated)
    first, second = through_gradients(x, anchor_p, scores[0], v)
    slope = anchor_q.density(v[:1])[0][:, None]
    density = y.density(equated[:1])[0][:, None]
    pairs = (first[:, :, None] + second[:, None, :]) * slope[:, :, None]
    moved = anchor_q.cdf_gradient(v[:1])[:, None, :] - y.cdf_gradient(equated[:1])[:, :, None]
    by_p, by_q = (_over(by.reshape(len(by), -1), density) for by in (pairs, moved))
    return Curve(equated=equated, gradients=(by_p, by_q))
