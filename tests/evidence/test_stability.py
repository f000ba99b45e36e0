"""Test-retest as a user calls it: pairing, occasions, days, attrition, verdicts."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from instruments_for_tests import simple
from retests_for_tests import answers, instrument, scored

from psychometrics.errors import EstimationError
from psychometrics.evidence.stability.occasions import test_retest as retest
from psychometrics.evidence.stability.verdicts import SAMPLE_BINS
from psychometrics.instrument import parse_instrument
from psychometrics.kernels.stability.retest import METHODS
from psychometrics.tallying.retest_tally import tally_retest

CLOSED = 1e-10  # a closed formula: only round-off may differ


@pytest.fixture(scope="module")
def three():
    """150 persons; 120 on the second occasion in another order, 90 on the third."""
    what = instrument()
    rng = np.random.default_rng(1)
    second, third = rng.permutation(150)[:120], rng.permutation(150)[:90]
    shift = np.where(np.arange(150) % 3, 14, 30)
    tables = (
        answers(150, 1),
        answers(150, 2, keep=second, shift=shift),
        answers(150, 3, keep=third, day="2026-04-01"),
    )
    return what, [scored(what, table) for table in tables]


def test_scores_pair_by_person_and_arrays_by_position(three):
    _, (first, second, _) = three
    found = retest(first, second, tests=False).scales["total"]
    place = {person: row for row, person in enumerate(second.persons.column("person_id").to_pylist())}
    mine = [p for p in first.persons.column("person_id").to_pylist() if p in place]
    x = first.of("total")[[int(p[1:]) for p in mine]]
    y = second.of("total")[[place[p] for p in mine]]
    plain = retest(x, y, tests=False).scales[""]
    assert (found.n_pairs, found.n_unpaired) == (120, 30)
    for name in METHODS:
        assert repr(getattr(found, name)) == repr(getattr(plain, name))


def test_a_tally_gives_the_same_bits(three):
    _, (first, second, _) = three
    scores, counts = retest(first, second), retest(tally_retest(first, second))
    one, other = scores.scales["total"], counts.scales["total"]
    assert repr(one.columns()) == repr(other.columns())
    assert repr(one.systematic.columns()) == repr(other.systematic.columns())
    assert (one.n_unpaired, one.sd_first) == (other.n_unpaired, other.sd_first)
    assert "30 of 150 persons did not come back" in counts.notes


def test_days_window_and_what_lies_inside(three):
    _, (first, second, _) = three
    found = retest(first, second, tests=False)
    one = found.scales["total"]
    assert (found.interval.minimum, found.interval.median, found.interval.maximum) == (14, 14, 30)
    assert found.interval.counts.sum() == found.interval.n_known == 120
    assert found.interval.edges[0] == 14 and found.interval.edges[-1] > 30
    assert one.inside_window.n_pairs == 120 - found.interval.n_outside
    frame = found.to_frame()
    assert set(frame["persons"]) == {"all", "inside window"}
    assert "outside the retest window of 7 to 21 days" in found.notes[1]


def test_three_occasions_have_every_pair_and_all_together(three):
    _, scores = three
    found = retest(*scores)
    assert set(found.later) == {("total", "1-3"), ("total", "2-3")}
    assert set(found.attrition) == {("total", "1-2"), ("total", "1-3")}
    whole = found.repeated["total"]
    assert whole.n_scores.tolist() == [150, 120, 90]
    one = whole.intraclass["icc_a1"]
    assert one.method.startswith("REML") and one.n_targets == 150
    assert one.ci_lower < one.estimate < one.ci_upper
    assert whole.sem == pytest.approx(np.sqrt(one.variance_residual), rel=CLOSED)
    assert 0 < whole.means_test.p_value < 1
    assert set(found.to_frame()["occasions"]) == {"1-2", "1-3", "2-3", "all"}


def test_complete_occasions_take_anova_and_pingouin_tests_the_means():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(40, 1)) + rng.normal(size=(40, 3)) + [0, 0.5, 1]
    test = retest(*x.T).repeated[""].means_test
    ss = 40 * np.square(x.mean(0) - x.mean()).sum() / 2
    rest = np.square(x - x.mean(0) - x.mean(1, keepdims=True) + x.mean()).sum() / 78
    assert test.f == pytest.approx(ss / rest, rel=1e-8)
    assert (test.df_occasions, test.df_error, test.n_persons) == (2, 78, 40)


def test_leavers_are_held_against_stayers():
    first = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    second = np.where(first > 6, np.nan, first)
    gone = retest(first, second, tests=False).attrition["", "1-2"]
    assert (gone.n_first, gone.n_both, gone.mean_leavers, gone.mean_stayers) == (10, 6, 8.5, 3.5)
    assert gone.share_back.estimate == 0.6
    assert gone.difference.estimate > 0 and gone.difference.ci_lower > 0
    assert retest(first, first, tests=False).attrition["", "1-2"].difference.reason == "all came back"


def test_tests_are_those_of_pingouin_and_agree_with_the_kernel():
    rng = np.random.default_rng(4)
    x = np.round(rng.normal(50, 10, 60))
    y = np.round(x + rng.normal(1, 4, 60))
    found = retest(x, y).scales[""]
    assert found.systematic.equivalence_p_value == pytest.approx(found.equivalence_p_value, rel=1e-9)
    assert found.systematic.t == pytest.approx(found.d_z.estimate * np.sqrt(60), rel=1e-9)
    assert found.equivalence_bound == pytest.approx(0.2 * x.std(ddof=1), rel=CLOSED)
    bound = retest(x, y, equivalence_bound=3.0, tests=False).scales[""]
    assert bound.systematic is None and bound.equivalence_bound == 3.0
    assert len(found.systematic.to_frame()) == 3


def test_verdicts_say_rating_reason_and_source(three):
    _, (first, second, _) = three
    rows = retest(first, second, tests=False).verdicts().to_frame()
    by = {row.criterion: row for row in rows.itertuples()}
    assert by["sample size"].rating == "excellent"
    assert by["time interval"].rating == "doubtful"
    assert by["statistical method for continuous scores"].rating == "very good"
    assert rows["source"].str.len().min() > 20
    assert rows["reason"].str.len().min() > 5
    few = retest([1.0, 2, 3, 4], [2.0, 3, 4, 5], days=[10, 10, 11, 12], tests=False).verdicts().to_frame()
    assert few["rating"].tolist()[:2] == ["sufficient", "poor"]
    assert "names no window" in few["reason"][3]
    assert [least for least, _ in SAMPLE_BINS] == [100, 50, 30, 0]


@pytest.mark.parametrize(
    ("days", "rating"),
    [([7, 10, 21, 14], "very good"), ([1, 10, 21, 14], "doubtful"), ([1, 2, 3, 40], "inadequate")],
)
def test_the_interval_is_judged_by_the_window(days, rating):
    what = instrument()
    first = scored(what, answers(4, 1))
    second = scored(what, answers(4, 2, shift=np.array(days)))
    verdict = retest(first, second, tests=False).scales["total"].verdicts[3]
    assert (verdict.criterion, verdict.rating) == ("time interval", rating)


def test_hostile_input_is_refused_with_all_problems():
    what = instrument()
    once, twice = answers(5, 1), answers(5, 2)
    both = {name: np.concatenate([np.asarray(v), np.asarray(v)[:2]]) for name, v in once.items()}
    double = scored(what, {**both, "occasion": ["a"] * 5 + ["b"] * 2})
    with pytest.raises(EstimationError, match="stands twice") as caught:
        retest(double, scored(what, twice))
    assert [problem.rows for problem in caught.value.problems] == [(1, 6), (2, 7)]
    with pytest.raises(EstimationError, match="nobody is on both"):
        retest(scored(what, once), scored(what, {**twice, "person_id": [f"x{i}" for i in range(5)]}))
    early = answers(5, 2, shift=np.array([-3, 9, 9, 9, -1]))
    with pytest.raises(EstimationError, match="negative") as caught:
        retest(scored(what, once), scored(what, early))
    assert caught.value.problems[0].rows == (1, 5)
    with pytest.raises(EstimationError, match="same instrument"):
        retest(scored(what, once), scored(parse_instrument(simple(5)), {**twice, "q5": [1] * 5}))
    with pytest.raises(EstimationError, match="Scores"):
        retest(scored(what, once), [1, 2, 3, 4, 5])


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (([1, 2], [1, 2, 3]), "first has 2"),
        (([1, 2], [1, 2], [1]), "third has 1"),
        ((["a", "b"], [1, 2]), "not numbers|not a number"),
        (([1, np.inf], [1, 2]), "infinite"),
        (([1, 2],), "one occasion"),
    ],
)
def test_arrays_that_do_not_pair_are_refused(arguments, match):
    with pytest.raises(EstimationError, match=match):
        retest(*arguments)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"days": [1]}, "days has the shape"),
        ({"days": [-1, 2]}, "negative"),
        ({"confidence": 95}, "confidence"),
        ({"equivalence_bound": 0.0}, "equivalence_bound"),
    ],
)
def test_options_are_checked(options, match):
    with pytest.raises(EstimationError, match=match):
        retest([1, 2], [1, 2], **options)


values = st.sampled_from([np.nan, 1.0, 2.0, 3.0, 4.0])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 8).flatmap(lambda n: arrays(np.float64, (2, n), elements=values)))
def test_every_row_has_numbers_or_a_reason(pair):
    found = retest(pair[0], pair[1], tests=False)
    table = found.scales[""].to_frame()
    assert len(table) == len(METHODS)
    assert (table["reason"].ne("") | table[["estimate", "ci_lower", "ci_upper"]].notna().all(axis=1)).all()
    assert found.scales[""].n_pairs + found.scales[""].n_unpaired == pair.shape[1]
    assert isinstance(found.to_arrow(), pa.Table)


@pytest.mark.parametrize(
    ("first", "second", "word"),
    [
        ([1.0] * 5, [1.0] * 5, "changed alike"),
        ([1.0, 2, 3], [2.0, 3, 4], "changed alike"),
        ([1.0], [2.0], "3 pairs"),
    ],
)
def test_tests_without_spread_say_so(first, second, word):
    assert word in retest(first, second).scales[""].systematic.reason
    assert "changed alike" in retest(first, first, second).repeated[""].means_test.reason or len(first) < 3


def test_days_may_be_given_for_three_occasions():
    x = np.random.default_rng(1).normal(size=(3, 6))
    days = np.column_stack([np.full(6, 10.0), np.full(6, 30.0)])
    found = retest(*x, days=days, tests=False)
    assert found.interval.median == 10
    assert found.later["", "2-3"].interval.median == 20


def on_days(first_day, second_day, n=40):
    """Simulated: the same persons twice, with the dates given, whatever they are."""
    tables = answers(n, 1), answers(n, 2)
    for table, day in zip(tables, (first_day, second_day), strict=True):
        del table["completed_on"]
        if day is not None:
            table["when"] = [day] * n
    return [scored(instrument(), table) for table in tables]


@pytest.mark.parametrize(
    ("first_day", "second_day"),
    [
        ("2026-03-01", "2026-03-29"),
        ("2026-03-01T08:30:00", " 2026-03-29T08:30:00 "),
        ("2026-03-01T08:30:00Z", "2026-03-29T08:30:00Z"),
    ],
)
def test_dates_may_be_iso_texts_and_the_note_names_their_column(first_day, second_day):
    found = retest(*on_days(first_day, second_day), date_column="when", tests=False)
    assert (found.interval.minimum, found.interval.maximum) == (28, 28)
    assert found.notes[0] == "28 days lie between the occasions (column when)"


def test_a_date_column_that_is_asked_for_must_be_there_and_hold_dates():
    pair = on_days("2026-03-01", "2026-03-29")
    with pytest.raises(EstimationError, match='Did you mean "when"'):
        retest(*pair, date_column="wen", tests=False)
    with pytest.raises(EstimationError, match="occasion 2"):
        retest(*on_days("2026-03-01", None), date_column="when", tests=False)
    with pytest.raises(EstimationError, match=r"no date: '1\.3\.2026'; expected dates"):
        retest(*on_days("1.3.2026", "2026-03-29"), date_column="when", tests=False)
    with pytest.raises(EstimationError, match="goes with Scores"):
        retest([1, 2, 3], [2, 2, 3], date_column="when", tests=False)
    (note,) = retest(*pair, tests=False).notes
    assert note.startswith('no person column "completed_on"')


def test_blank_dates_are_unknown_not_wrong():
    first, second = answers(40, 1), answers(40, 2)
    first["completed_on"] = ["2026-03-01"] * 39 + [""]
    second["completed_on"] = ["2026-03-15"] * 40
    found = retest(scored(instrument(), first), scored(instrument(), second), tests=False)
    assert found.notes[0] == "14 days lie between the occasions; of 1 person not known (column completed_on)"


def test_the_note_says_how_those_who_left_had_scored(three):
    _, (first, second, _) = three
    found = retest(first, second, tests=False)
    g = found.attrition["total", "1-2"].difference
    (note,) = [one for one in found.notes if "did not come back" in one]
    assert note.startswith("30 of 150 persons did not come back; on the first occasion they scored")
    assert f"g = {g.estimate:.2f} [{g.ci_lower:.2f}, {g.ci_upper:.2f}] from the others on total" in note
