from __future__ import annotations

from datetime import UTC, datetime

import pytest

from psychometrics.errors import StoreError
from psychometrics.web.texts import loading, texts


def test_words_are_chosen_by_the_count_and_dates_are_in_words() -> None:
    words = texts("en")
    assert words.say("welcome.resumed", n=1, of=24) == "One answer of 24 is saved."
    assert words.say("welcome.resumed", n=3, of=24) == "3 answers of 24 are saved."
    assert words.date(datetime(2026, 3, 9, tzinfo=UTC)) == "9 March 2026"


def test_a_catalogue_that_does_not_fit_is_refused_with_all_its_problems(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wrong = {"take.next": "{}", "take.back": 7, "error.host.do": "", "date.months": ["January"]}
    monkeypatch.setattr(loading.sentences, "read_templates", lambda *_: dict(wrong))
    with pytest.raises(StoreError) as caught:
        texts.__wrapped__("en")
    said = str(caught.value)
    assert "take.next: places must have names" in said and "take.back: expected a text" in said
    assert "date.months: expected the names of twelve months" in said and "error.host.do" not in said
