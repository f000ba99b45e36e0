from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from sittings_for_tests import FLAGSHIP, TASKS, rate_all, take

import psychometrics as pm
from psychometrics.report.files import result_bytes
from psychometrics.responses import MissingReason
from psychometrics.web.store import Store


def test_responses_are_those_of_an_exported_table(store: Store) -> None:
    take(store, "zoe", code=1, groups={"gender": "f"})
    take(store, "007", code=3, groups={"gender": "m", "age": "34"})
    take(store, "zoe", code=4, occasion="2")
    responses = store.responses(FLAGSHIP)
    assert responses.persons.column("person_id").to_pylist() == ["007", "zoe", "zoe"]
    assert responses.persons.column("occasion").to_pylist() == ["1", "1", "2"]
    assert responses.persons.column("gender").to_pylist() == ["m", "f", None]
    assert responses.persons.column("seconds_j1").to_pylist() == [4.0, 4.0, 4.0]
    assert responses.codes[:, :].tolist() == [[3, 1, 4]] * 18
    text = result_bytes(responses, ".csv").decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    columns = {name: [row[name] or None for row in rows] for name in rows[0]}
    again = pm.read_responses(columns, store.instrument(FLAGSHIP))
    np.testing.assert_array_equal(again.codes, responses.codes)
    assert store.responses(FLAGSHIP, person_id="007").n_rows == 1


def test_only_finished_sittings_unless_asked(store: Store) -> None:
    take(store, "anna")
    made = store.invite("ben", FLAGSHIP)
    assert store.responses(FLAGSHIP, finished_only=False).n_rows == 1  # ben has not begun
    store.save_answers(made.sitting_id, {"j1": 3, "j2": None})
    assert store.responses(FLAGSHIP).n_rows == 1
    begun = store.responses(FLAGSHIP, finished_only=False)
    ben = begun.codes[:, begun.persons.column("person_id").to_pylist().index("ben")]
    assert ben[:3].tolist() == [3, MissingReason.SKIPPED, MissingReason.NOT_REACHED]


def test_what_branching_left_out_is_not_applicable(store: Store) -> None:
    instrument = store.add_instrument("audit")
    made = store.invite("anna", instrument.name)
    first = instrument.items[0]
    store.save_answers(made.sitting_id, {first.id: first.codes[0]})
    store.finish(made.sitting_id)
    codes = store.responses("audit").codes[:, 0]
    assert codes[0] == 0
    asked = store.progress(made.sitting_id).asked
    for item, code in zip(instrument.items[1:], codes[1:], strict=True):
        assert code == (MissingReason.NOT_REACHED if item.id in asked else MissingReason.NOT_APPLICABLE)


def test_scores_are_those_of_the_same_tables(store: Store) -> None:
    for k in range(4):
        take(store, f"p{k}", code=k)
    for rater_id in ("r1", "r2", "r3"):
        store.add_rater(rater_id)
    store.assign(FLAGSHIP, double_share=0.5)
    rate_all(store, levels=(1, 2, 3))
    instrument = store.instrument(FLAGSHIP)
    responses, ratings = store.responses(FLAGSHIP), store.ratings(FLAGSHIP)
    read = pm.read_ratings(ratings.to_frame(), instrument)
    np.testing.assert_array_equal(read.levels, ratings.levels)
    np.testing.assert_array_equal(read.criterion_index, ratings.criterion_index)
    np.testing.assert_array_equal(read.rater_index, ratings.rater_index)
    np.testing.assert_array_equal(read.person_index, ratings.person_index)
    expected = pm.score(instrument, responses, read)
    scores = store.scores(FLAGSHIP)
    np.testing.assert_array_equal(scores.raw, expected.raw)
    assert not np.isnan(scores.of("overall")).any()
    assert store.audit()[-1].action == "scored" and store.audit()[-1].facts["rows"] == 4


@pytest.mark.parametrize("tasks", [(), TASKS[:1]])
def test_one_person_whose_tasks_are_blank_or_unrated_is_scored_on_what_there_is(
    store: Store, tasks: tuple[str, ...]
) -> None:
    take(store, "anna", tasks=tasks)
    ratings = store.ratings(FLAGSHIP)
    assert len(ratings.levels) == 0 and ratings.persons.num_rows == 0
    scores = store.scores(FLAGSHIP, person_id="anna")
    assert scores.of("junior_self_report") == pytest.approx([50.0])
    assert np.isnan(scores.of("overall")).all()
    assert all(reason for reason in scores.to_frame().query("scale_id == 'overall'")["reason"])


def test_an_empty_store_gives_empty_tables(store: Store) -> None:
    store.add_instrument(FLAGSHIP)
    assert store.responses(FLAGSHIP).n_rows == 0
    assert store.ratings(FLAGSHIP).persons.num_rows == 0
    assert store.scores(FLAGSHIP).n_rows == 0
    assert store.texts(FLAGSHIP) == []
    assert store.adjudication_queue(FLAGSHIP) == ()


def test_texts_come_with_their_person(store: Store) -> None:
    take(store, "anna", tasks=("j_task1",))
    assert store.texts(FLAGSHIP) == [
        {"person_id": "anna", "occasion": "1", "item_id": "j_task1", "text": "words of anna on j_task1"}
    ]
