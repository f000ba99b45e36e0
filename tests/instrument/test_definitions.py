"""Definition files: every problem at once, with its path."""

from __future__ import annotations

import pytest
from instruments_for_tests import simple, with_rubric

import psychometrics as pm
from psychometrics.errors import DefinitionError


def problems(text: str) -> list[str]:
    with pytest.raises(DefinitionError) as caught:
        pm.parse_instrument(text)
    return [f"{problem.where}: {problem.what}" for problem in caught.value.problems]


def test_all_problems_come_at_once_with_their_path() -> None:
    text = (
        simple()
        .replace('{ id = "q2", topic', '{ id = "q2", topicc')
        .replace('version = "1.0.0"', 'version = "one"')
    )
    found = problems(text)
    assert "items[1] (q2).topicc: unknown key" in found
    assert any(line.startswith("version:") for line in found)


def test_unknown_key_names_the_nearest_one() -> None:
    with pytest.raises(DefinitionError, match='Did you mean "topic"'):
        pm.parse_instrument(simple().replace('"q2", topic', '"q2", topicc'))


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ('"q1", "q2", "q3"', '"q1", "q9", "q3"', "scales[0] (total)", 'no item, task or criterion "q9"'),
        ('id = "q2"', 'id = "q1"', "items", 'id "q1" stands 2 times'),
        ('options = "often"', 'options = "oft"', "items[0] (q1).options", 'no option set "oft"'),
        ("code = 1 }", "code = 0 }", "option_sets.often", "code 0 stands 2 times"),
        ('aggregate = "sum"', 'aggregate = "sum"\nmultiplier = 0', "scales[0] (total).multiplier", "0"),
        (
            'aggregate = "sum"',
            'aggregate = "sum"\nmissing = "prorate"',
            "scales[0] (total)",
            'missing = "prorate"',
        ),
        (
            'aggregate = "sum"',
            'aggregate = "mean"\nmissing = "prorate"\nminimum_valid = 2',
            "scales[0] (total)",
            "only a sum can be prorated",
        ),
        ('wording = "topics"', 'wording = "full"', "items[0] (q1)", "no text"),
        ("code = 1 }", 'code = "x" }', "option_sets.often", 'option "x" has no points (needed by item q1)'),
        (
            'licence = "CC0-1.0"',
            'licence = "CC0-1.0"\nmissing_codes = { "4" = "skipped" }',
            "missing_codes",
            "4 is also an option of option_sets.often",
        ),
        ('licence = "CC0-1.0"', 'licence = "CC0-1.0"\nretest_days = [9, 3]', "retest_days", "[9, 3]"),
    ],
)
def test_sense_is_checked(old: str, new: str, where: str, what: str) -> None:
    assert f"{where}: {what}" in problems(simple().replace(old, new, 1))


def test_a_missing_code_that_is_a_level_is_refused() -> None:
    text = with_rubric().replace('licence = "CC0-1.0"', 'licence = "CC0-1.0"\nmissing_codes = { "3" = "skipped" }', 1)
    found = problems(text)
    assert "missing_codes: 3 is also a level of task.clear" in found
    assert "missing_codes: 3 is also a level of task.right" in found


def test_severity_adjustment_is_refused_by_name() -> None:
    assert 'raters.combine: "severity_adjusted" cannot be computed by this version' in problems(
        with_rubric(raters='combine = "severity_adjusted"')
    )


def test_composite_in_a_circle_is_refused() -> None:
    extra = '[[scales]]\nid = "a"\ntitle = "A"\ncomponents = [{ scale = "b" }]\n[[scales]]\nid = "b"\ntitle = "B"\ncomponents = [{ scale = "a" }]\n'
    assert "scales[1] (a).components: the scale is a part of itself" in problems(simple() + extra)


def test_bands_must_rise_and_state_their_basis() -> None:
    extra = '[[bands]]\nid = "b"\nscale = "total"\nbasis = "criterion"\nsteps = [{ from = 5, label = "x" }, { from = 5, label = "y" }]\n'
    found = problems(simple() + extra)
    assert "bands[0] (b).steps: edges do not rise" in found
    assert "bands[0] (b): no basis stated" in found


def test_broken_toml_names_the_line() -> None:
    with pytest.raises(DefinitionError, match="line 1"):
        pm.parse_instrument("format = \n")


def test_numbers_stay_exact_and_words_stay_words() -> None:
    instrument = pm.parse_instrument(simple(rules="multiplier = 0.1"))
    assert instrument.scale("total").multiplier * 10 == 1
    assert instrument.scale("total").maximum == pytest.approx(1.6, rel=1e-15)


def test_fingerprint_covers_what_changes_a_score_and_nothing_else() -> None:
    base = pm.parse_instrument(simple())
    for old, new in [
        ("Total", "Sum"),
        ("never", "not once"),
        ('topic = "t1"', 'topic = "other"'),
        ("A test", "My"),
    ]:
        assert pm.parse_instrument(simple().replace(old, new)).fingerprint == base.fingerprint
    for old, new in [
        ("reversed = false", "reversed = true"),
        ('aggregate = "sum"', 'aggregate = "mean"'),
        ('"q1", "q2"', '"q2"'),
    ]:
        assert pm.parse_instrument(simple().replace(old, new, 1)).fingerprint != base.fingerprint


def test_schema_has_every_key_of_the_format() -> None:
    schema = pm.definition_schema()
    assert {"format", "items", "scales", "construct", "branches"} <= set(schema["properties"])
    assert schema["$defs"]["BandStep"]["properties"]["from"] == {"title": "From", "type": "number"}


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        (
            simple(rules='missing = "prorate"\nminimum_valid = 20'),
            "scales[0] (total)",
            "minimum_valid 20 of 4",
        ),
        (
            with_rubric(rules='missing = "available_mean"\nminimum_valid = 3'),
            "scales[1] (work)",
            "minimum_valid 3 of 2",
        ),
        (
            with_rubric(raters='minimum = 1\ncombine = "mean"\nadjudicate_gap = 9'),
            "raters.adjudicate_gap",
            "9, which no two ratings can lie apart",
        ),
    ],
)
def test_rules_that_can_never_hold_are_refused(text: str, where: str, what: str) -> None:
    assert f"{where}: {what}" in problems(text)


def branch(items: str, condition: str) -> str:
    return f"[[branches]]\nitems = [{items}]\nasked_if = {{ {condition} }}\n"


@pytest.mark.parametrize(
    ("rules", "what"),
    [
        (
            branch('"q1"', 'item = "q3", options = [1]'),
            'item "q3" decides about q1, which the file asks before it',
        ),
        (
            branch('"q2", "q3"', 'points_of = ["q4", "q1"], at_least = 1'),
            'item "q4" decides about q2, q3, which the file asks before it',
        ),
        (
            branch('"q2"', 'item = "q1", options = [1]') + branch('"q1"', 'item = "q2", options = [1]'),
            'item "q2" decides about q1, which the file asks before it',
        ),
    ],
)
def test_an_item_is_asked_after_the_answer_that_decides_about_it(rules: str, what: str) -> None:
    found = problems(simple(extra=rules))
    assert len(found) == 1 and found[0].partition(": ")[2].startswith(what)


@pytest.mark.parametrize("condition", ["points_of = [], at_least = 1", 'item = "q1", options = []'])
def test_a_branch_that_nothing_decides_is_refused(condition: str) -> None:
    assert "branches[0].asked_if: unclear" in problems(simple(extra=branch('"q2"', condition)))


def test_a_gap_as_wide_as_the_rubric_is_allowed() -> None:
    pm.parse_instrument(with_rubric(raters='minimum = 1\ncombine = "mean"\nadjudicate_gap = 3'))


def test_a_raw_composite_of_different_metrics_is_doubted_not_refused() -> None:
    from psychometrics.instrument.doubts import doubts

    assert doubts(pm.parse_instrument(with_rubric())) == []
    mixed = with_rubric().replace(
        'items = ["q1", "q2"]\naggregate = "percent"', 'items = ["q1", "q2"]\naggregate = "mean"'
    )
    (doubt,) = doubts(pm.parse_instrument(mixed))
    assert "self (mean, 0 to 4, weight 1), work (percent, 0 to 100, weight 2)" in doubt.what
    assert "50 times" in doubt.hint
    even = mixed.replace('scale = "self", weight = 1', 'scale = "self", weight = 25')
    assert doubts(pm.parse_instrument(even)) == []
