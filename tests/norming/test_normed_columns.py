"""What scores say of themselves, they say in norms too."""

from __future__ import annotations

import psychometrics as pm


def test_bands_cuts_valid_answers_and_the_reason_of_no_score_survive_the_placing() -> None:
    what = pm.load_instrument("phq-9")
    answers = {name: [0, 1, 3, None] for name in what.item_ids}
    scores = pm.score(what, pm.read_responses(answers, what))
    norms = pm.build_norms(scores, edition="e", provenance={"description": "made-up people"})
    own = scores.to_frame().set_index(["person_id", "scale_id"])
    placed = norms.apply(scores).to_frame().set_index(["person_id", "scale_id"])
    assert placed["percentile_rank"].notna().any()
    for name in ("n_valid", "band", "cuts_met"):
        assert placed[name].astype(object).where(placed[name].notna(), None).tolist() == (
            own[name].astype(object).where(own[name].notna(), None).tolist()
        )
    gone = own["raw_score"].isna()
    assert gone.any()
    assert placed.loc[gone, "reason"].tolist() == own.loc[gone, "reason"].tolist()


def test_a_plain_table_has_none_of_them() -> None:
    norms = pm.build_norms(
        {"x": [1.0, 2.0]}, scale="x", edition="e", provenance={"description": "made-up people"}
    )
    frame = norms.apply({"x": [2.0, None]}).to_frame()
    assert "n_valid" not in frame and "cuts_met" not in frame
    assert frame["reason"].tolist()[1] == "no raw score"
