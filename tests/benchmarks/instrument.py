"""The instrument of the benchmarks: 50 items of 5 options, 5 scales, a third reversed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

ITEMS = [f"{letter}{i}" for letter in "ENACO" for i in range(1, 11)]


def definition() -> str:
    items = "\n".join(
        f'{{ id = "{name}", topic = "t", options = "agree", reversed = {str(i % 3 == 0).lower()} }},'
        for i, name in enumerate(ITEMS)
    )
    scales = "\n".join(
        f'[[scales]]\nid = "{letter.lower()}"\ntitle = "{letter}"\nitems = {[i for i in ITEMS if i[0] == letter]}\n'
        'aggregate = "mean"\nmissing = "available_mean"\nminimum_valid = 5\n'
        for letter in "ENACO"
    )
    return (
        'format = 1\nid = "bench"\nversion = "1.0.0"\ntitle = "Benchmark"\nconstruct = "c"\nintended_use = ["a"]\nmisuse = ["b"]\n'
        f'population = "simulated"\nlanguage = "en"\nlicence = "CC0-1.0"\nwording = "topics"\nitems = [\n{items}\n]\n'
        f"[option_sets.agree]\noptions = [{{ code = 1 }}, {{ code = 2 }}, {{ code = 3 }}, {{ code = 4 }}, {{ code = 5 }}]\n{scales}"
    )


def answers(n: int, *, missing: float = 0.02) -> npt.NDArray[np.float64]:
    """Return simulated answers 1..5 with nan, shape (n, 50)."""
    rng = np.random.default_rng(1)
    trait = rng.normal(size=(n, 5))
    latent = 0.7 * np.repeat(trait, 10, axis=1) + rng.normal(size=(n, 50))
    codes = np.clip(np.round(latent + 3), 1, 5)
    codes[rng.random(codes.shape) < missing] = np.nan
    return codes
