"""Count the SIMULATED sample beside this file into the edition ``simulated-2026``.

Run it after ``simulate.py``, in an environment that has the library. The edition must not be there yet.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import psychometrics as pm

HERE = Path(__file__).parent
EDITION = "simulated-2026"
INSTRUMENT = "skill-rust-backend"


def scored(part: str) -> tuple[pm.Responses, pm.Ratings, pm.Scores]:
    """Read and score one occasion of the sample."""
    responses = pm.read_responses(HERE / f"{EDITION}{part}.responses.csv.gz", INSTRUMENT)
    ratings = pm.read_ratings(HERE / f"{EDITION}{part}.ratings.csv.gz", INSTRUMENT)
    return responses, ratings, pm.score(INSTRUMENT, responses, ratings)


def main() -> None:
    """Build the edition, with the reliability of each scale in the same sample."""
    responses, ratings, scores = scored("")
    stability = pm.test_retest(scores, scored(".retest")[2])
    evidence = pm.reliability(INSTRUMENT, responses, ratings, scores=scores, retest=stability)
    edition = pm.build_norms(
        scores,
        edition=EDITION,
        title="Rust backend skill screen: SIMULATED sample",
        simulated=True,
        reliability=evidence.for_norms(),
        provenance={
            "description": "2,000 SIMULATED people; no person stands behind these numbers.",
            "sampling": "drawn by simulate.py from a factor model with a fixed seed",
            "collected": "simulated; the dates in the files are simulated too",
            "exclusions": "none",
            "weights": "none",
            "licence": "CC0-1.0",
            "script": "simulate.py",
        },
        day=date(2026, 11, 1),
    )
    print(edition.save(HERE))


if __name__ == "__main__":
    main()
