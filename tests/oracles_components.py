"""Slow twins for variance components: every matrix written out in full."""

from __future__ import annotations

import numpy as np


def number(*columns):
    """Return 0, 1, ... for the combinations of the columns."""
    return np.unique(np.stack(columns), axis=1, return_inverse=True)[1].ravel()


def same(group):
    return (group[:, None] == group).astype(float)


def dense_covariance(groupings, variances):
    v = variances[-1] * np.eye(len(groupings[0]))
    for group, variance in zip(groupings, variances, strict=False):
        v += variance * same(group)
    return v


def restricted_log_likelihood(y, groupings, variances):
    v = dense_covariance(groupings, variances)
    inverse = np.linalg.inv(v)
    information = inverse.sum()
    z = y - (inverse @ y).sum() / information
    log_det = np.linalg.slogdet(v)[1]
    return -0.5 * ((len(y) - 1) * np.log(2 * np.pi) + log_det + np.log(information) + z @ inverse @ z)


def expected_information(groupings, variances):
    """I_kl = tr(P V_k P V_l) / 2."""
    inverse = np.linalg.inv(dense_covariance(groupings, variances))
    one = np.ones((len(inverse), 1))
    p = inverse - inverse @ one @ one.T @ inverse / inverse.sum()
    parts = [p @ same(group) for group in groupings] + [p]
    return np.array([[np.trace(a @ b) / 2 for b in parts] for a in parts])


def minque(y, groupings):
    n = len(y)
    q = np.eye(n) - 1 / n
    parts = [same(group) for group in groupings] + [np.eye(n)]
    gram = [[np.trace(q @ a @ q @ b) for b in parts] for a in parts]
    return np.linalg.solve(gram, [y @ q @ a @ q @ y for a in parts])


def mean_projection(group):
    """The matrix that replaces each value by the mean of its group."""
    k = same(group)
    return k / k.sum(axis=1)


def henderson(y, groupings, effects):
    """Components from quadratic forms y'My and their expectations tr(M K), all dense; effects as sets of facets."""
    n = len(y)
    mean = np.full((n, n), 1 / n)
    forms = []
    for k, effect in enumerate(effects):
        form = mean_projection(groupings[k]) - mean
        for inside, other in zip(forms, effects, strict=False):
            if other < effect:
                form = form - inside
        forms.append(form)
    kernels = [same(group) for group in groupings]
    expected = [[np.trace(form @ kernel) for kernel in kernels] for form in forms]
    return np.linalg.solve(expected, [y @ form @ y for form in forms])
