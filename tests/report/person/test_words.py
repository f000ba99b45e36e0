"""Numbers as words."""

from __future__ import annotations

from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psychometrics.report.person.building.words import (
    apart,
    capital,
    chance,
    clipped,
    ended,
    percent,
    plain_number,
    rank_between,
    rank_word,
    score_digits,
    score_near,
)
from psychometrics.report.person.page_words import chance as chance_in_figures
from psychometrics.report.person.rounding import in_100, level
from psychometrics.report.person.texts import texts

SAY = texts("en").say


@pytest.mark.parametrize(
    ("rank", "word"),
    [
        (0, "1 or below"),
        (1.4, "1 or below"),
        (1.6, "2"),
        (62.4, "62"),
        (98.4, "98"),
        (98.5, "99 or above"),
        (100, "99 or above"),
    ],
)
def test_ranks_have_no_decimals_and_words_at_the_ends(rank: float, word: str) -> None:
    assert rank_word(SAY, rank) == word


def test_an_interval_of_one_word_is_said_once() -> None:
    assert rank_between(SAY, 54.2, 70.1) == "between 54 and 70"
    assert rank_between(SAY, 54.2, 54.4) == "about 54"
    assert rank_between(SAY, 99.1, 100) == "about 99 or above"
    assert rank_between(SAY, 61, 99.5) == "61 or above"
    assert rank_between(SAY, 0.3, 11) == "11 or below"
    assert rank_between(SAY, 0.3, 99.5) == "anything from 1 to 99"


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (1, "more than 99 in 100"),
        (0.991, "more than 99 in 100"),
        (0.99, "about 99 in 100"),
        (0.54, "about 54 in 100"),
        (0.01, "about 1 in 100"),
        (0.0099, "less than 1 in 100"),
        (0.5, "about 50 in 100"),
        (0.0149, "about 1 in 100"),
        (0.9851, "about 99 in 100"),
        (0, "less than 1 in 100"),
    ],
)
def test_chances_are_never_certain(p: float, words: str) -> None:
    assert chance(SAY, p) == words


@given(st.floats(0, 1))
def test_sentence_and_figure_say_the_same_chance(p: float) -> None:
    figure = chance_in_figures(p)
    words = {">99%": "more than 99 in 100", "<1%": "less than 1 in 100"}
    assert chance(SAY, p) == words.get(figure, f"about {figure.rstrip('%')} in 100")
    assert in_100(p) in range(101)


def test_levels_and_shares_are_not_rounded_onto_what_they_are_not() -> None:
    assert [level(x) for x in (0.95, 0.9, 0.999, 0.68)] == ["95%", "90%", "99.9%", "68%"]
    assert [percent(*x) for x in ((0, 9), (1, 1000), (17, 18), (1999, 2000), (9, 9))] == [
        "0%",
        "1%",
        "94%",
        "99%",
        "100%",
    ]
    assert apart(5.3, 4.9) == ("5.3", "4.9")
    assert apart(12.7, 5.3) == ("13", "5")


@given(st.floats(0, 100), st.sampled_from([8.0, 59.95, 60.0, 65.0, 3.5]), st.integers(0, 2))
def test_a_written_score_stays_on_its_side_of_the_cut(score: float, at: float, digits: int) -> None:
    if abs(score - at) < 1e-5 and score != at:
        return
    written = float(score_near(score, at, digits).replace(",", ""))
    assert (written >= at) == (score >= at)


def test_the_near_miss_is_not_rounded_onto_the_cut() -> None:
    assert score_near(59.96, 60, 1) == "59.96"
    assert score_near(60.0, 60, 1) == "60"


def test_numbers_texts_and_digits() -> None:
    assert [plain_number(x, 1) for x in (5.0, 5.25, -0.01, 1234.5)] == ["5", "5.2", "0", "1,234.5"]
    assert (score_digits(0, 100), score_digits(1, 5), score_digits(nan, nan)) == (1, 2, 1)
    assert ended(" text ") == "text."
    assert capital("with 1 in 100") == "With 1 in 100"
    assert ended("text!") == "text!"
    assert clipped("x" * 300, 10) == "x" * 9 + "…"
