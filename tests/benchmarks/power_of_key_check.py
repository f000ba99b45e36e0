"""How often does the key check catch a fault, and how often does it cry wolf? Simulated answers, three scales of eight items.

Run: uv run python tests/benchmarks/power_of_key_check.py [replications]
A smaller version is in tests/evidence/test_key_check.py.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

import psychometrics as pm

Codes = npt.NDArray[np.int64]

N_ITEMS, N_SCALES = 8, 3
NAMES = [f"{scale}{i}" for scale in "abc" for i in range(1, N_ITEMS + 1)]
REVERSED = {name for name in NAMES if name[1:] in {"2", "5", "8"}}
SYMMETRIC = (-1.5, -0.5, 0.5, 1.5)
SKEWED = (0.5, 1.0, 1.5, 2.0)


def definition() -> str:
    """Return the definition: options 0..4, three items of each scale reversed."""
    items = "\n".join(
        f'{{ id = "{name}", topic = "t", options = "often", reversed = {str(name in REVERSED).lower()} }},'
        for name in NAMES
    )
    scales = "\n".join(
        f'[[scales]]\nid = "{scale}"\ntitle = "{scale}"\nitems = {[n for n in NAMES if n[0] == scale]}\naggregate = "sum"\n'
        for scale in "abc"
    )
    return (
        'format = 1\nid = "keys"\nversion = "1.0.0"\ntitle = "Keys"\nconstruct = "c"\nintended_use = ["a"]\nmisuse = ["b"]\n'
        f'population = "simulated"\nlanguage = "en"\nlicence = "CC0-1.0"\nwording = "topics"\nitems = [\n{items}\n]\n'
        f"[option_sets.often]\noptions = [{', '.join(f'{{ code = {c} }}' for c in range(5))}]\n{scales}"
    )


def clean(rng: np.random.Generator, n: int, *, skewed: bool = False) -> Codes:
    """Return codes as they should be stored: loadings .4 to .8, scales correlated .3; shape (n, 24)."""
    traits = rng.multivariate_normal(
        np.zeros(N_SCALES), np.full((N_SCALES, N_SCALES), 0.3) + 0.7 * np.eye(N_SCALES), n
    )
    loadings = np.linspace(0.4, 0.8, N_ITEMS)
    latent = np.repeat(traits, N_ITEMS, axis=1) * np.tile(loadings, N_SCALES)
    latent += rng.normal(size=latent.shape) * np.sqrt(1 - np.tile(loadings, N_SCALES) ** 2)
    points = np.digitize(latent, SKEWED if skewed else SYMMETRIC)
    turned = np.array([name in REVERSED for name in NAMES])
    return np.asarray(np.where(turned, 4 - points, points))


def half_not_reversed(codes: Codes, rng: np.random.Generator) -> Codes:
    """Half of the items of a scale are stored the other way round."""
    codes[:, 0:8:2] = 4 - codes[:, 0:8:2]
    return codes


def one_reversed(codes: Codes, rng: np.random.Generator) -> Codes:
    """One item, the weakest, is reversed once too often."""
    codes[:, 0] = 4 - codes[:, 0]
    return codes


def wrong_column(codes: Codes, rng: np.random.Generator) -> Codes:
    """One item holds something else altogether."""
    codes[:, 3] = rng.permutation(codes[:, 3])
    return codes


def swapped(codes: Codes, rng: np.random.Generator) -> Codes:
    """Two items of different scales are swapped."""
    codes[:, [6, 14]] = codes[:, [14, 6]]
    return codes


def doubled(codes: Codes, rng: np.random.Generator) -> Codes:
    """One column is a copy of its neighbour."""
    codes[:, 5] = codes[:, 3]
    return codes


def offset(codes: Codes, rng: np.random.Generator) -> Codes:
    """1..5 is stored where 0..4 is meant; 5 fits no option."""
    return codes + 1


def offset_item(codes: Codes, rng: np.random.Generator) -> Codes:
    """The two lowest options of one item are stored as one, as a shift with a cap does."""
    codes[:, 3] = np.maximum(codes[:, 3], 1)
    return codes


def blanks_as_zero(codes: Codes, rng: np.random.Generator) -> Codes:
    """One blank in ten is stored as 0."""
    codes[rng.random(codes.shape) < 0.1] = 0
    return codes


def polarity_by_group(codes: Codes, rng: np.random.Generator) -> Codes:
    """Two items are stored the other way round in the second half of the rows (group b)."""
    half = len(codes) // 2
    codes[half:, [3, 6]] = 4 - codes[half:, [3, 6]]
    return codes


Fault = Callable[[Codes, np.random.Generator], Codes]
FAULTS: dict[str, tuple[Fault, set[str]]] = {
    "half of a scale not reversed": (half_not_reversed, {"polarity"}),
    "one item reversed once too often": (one_reversed, {"polarity"}),
    "one column is something else": (wrong_column, {"misplaced"}),
    "two columns of different scales swapped": (swapped, {"misplaced"}),
    "one column doubled": (doubled, {"columns"}),
    "1-5 stored where 0-4 is meant": (offset, {"range"}),
    "one item shifted and capped": (offset_item, {"range"}),
    "blanks stored as 0": (blanks_as_zero, {"blanks"}),
    "direction differs between groups": (polarity_by_group, {"group polarity"}),
}


def rules_raised(instrument: pm.Instrument, codes: Codes) -> set[str]:
    """Return the rules of the findings on these codes; group a is the first half of the rows."""
    n = len(codes)
    table = {
        "person_id": [f"p{i}" for i in range(n)],
        "site": ["a" if i < n // 2 else "b" for i in range(n)],
        **dict(zip(NAMES, codes.T, strict=True)),
    }
    responses = pm.read_responses(table, instrument, invalid="missing")
    return {one.rule for one in pm.check_keys(instrument, responses).findings}


def main(replications: int = 500) -> None:
    """Print the share of data sets with each fault in which it is found, and of clean ones with any finding."""
    instrument = pm.parse_instrument(definition())
    print("| data | n | items | share with a finding |\n| --- | --- | --- | --- |")
    for skewed in (False, True):
        shape = "right-skewed" if skewed else "symmetric"
        for n in (200, 500, 2000):
            rng = np.random.default_rng(n)
            alarms = [rules_raised(instrument, clean(rng, n, skewed=skewed)) for _ in range(replications)]
            print(f"| clean (false alarms) | {n} | {shape} | {np.mean([bool(one) for one in alarms]):.3f} |")
            names = sorted({rule for one in alarms for rule in one})
            print("  ", {rule: sum(rule in one for one in alarms) for rule in names}, file=sys.stderr)
            for name, (fault, rules) in FAULTS.items():
                times = max(replications // 5, 1)
                hits = [
                    bool(rules & rules_raised(instrument, fault(clean(rng, n, skewed=skewed), rng)))
                    for _ in range(times)
                ]
                print(f"| {name} | {n} | {shape} | {np.mean(hits):.2f} |", flush=True)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
