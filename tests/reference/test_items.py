"""Item statistics held against psych on simulated answers."""

from __future__ import annotations

import held_against
import oracles
import pytest

from psychometrics.evidence.items.statistics import item_statistics

TOPIC = "Items"
CLOSED = "closed formula, same data"
PSYCH = {
    "item_rest_correlation": ("item.stats", "r.drop"),
    "overlap_corrected_correlation": ("item.stats", "r.cor"),
    "mean": ("item.stats", "mean"),
    "sd": ("item.stats", "sd"),
    "alpha_if_dropped": ("alpha.drop", "raw_alpha"),
}


@pytest.fixture(scope="module")
def found():
    return item_statistics(oracles.data("sim_5f_likert_5000x50.csv.gz")[:, :10], lower=1, upper=5)


@pytest.mark.parametrize("name", PSYCH)
def test_items_are_those_of_psych(name, found):
    table, column = PSYCH[name]
    expected = oracles.reference("alpha_psych.json")["alpha.sim5f_first10"]["result"][table]["columns"][
        column
    ]
    for item, (ours, theirs) in enumerate(zip(getattr(found, name), expected, strict=True)):
        held_against.agrees(
            TOPIC,
            name.replace("_", " "),
            ours,
            theirs,
            rel=1e-10,
            software="psych 2.5.3",
            data=f"sim_5f_likert_5000x50, item {item + 1} of 10",
            why=CLOSED,
        )


def test_polyserial_and_mean_correlations_are_those_of_psych(found):
    entry = oracles.reference("items_psych.json")["items.sim5f_first10"]["result"]
    pairs = {
        "polyserial correlation with the rest": ("polyserial_correlation", "polyserial"),
        "mean inter-item correlation": ("mean_inter_item_correlation", "mean_r"),
    }
    for statistic, (name, key) in pairs.items():
        for item, (ours, theirs) in enumerate(zip(getattr(found, name), entry[key], strict=True)):
            held_against.agrees(
                TOPIC,
                statistic,
                ours,
                theirs,
                rel=1e-10,
                software="psych 2.2.9",
                data=f"sim_5f_likert_5000x50, item {item + 1} of 10",
                why=CLOSED,
            )
