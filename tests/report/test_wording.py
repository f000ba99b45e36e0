from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from psychometrics.instrument import load_instrument
from psychometrics.report.wording import blocks, has_code, spans


def words(block):
    return ["".join(span.text for span in line) for line in block.lines]


def test_a_task_of_the_flagship_is_paragraphs_code_and_points():
    text = next(
        one.text for one in load_instrument("skill-rust-backend").definition.items if one.id == "j_task1"
    )
    found = blocks(text)
    assert [block.kind for block in found] == ["paragraph", "code", "points", "paragraph"]
    assert found[1].text.startswith("fn longest(") and "\n\nfn main() {\n    let names" in found[1].text
    assert len(found[2].lines) == 3 and has_code(found)
    assert words(found[3]) == ["Answer in a few sentences and a few lines of code. You have two minutes."]


def test_broken_lines_of_a_paragraph_are_joined_and_a_point_may_go_on():
    found = blocks("one\ntwo\n\n2. first\n   goes on\n3. second")
    assert words(found[0]) == ["one two"]
    assert words(found[1]) == ["first goes on", "second"] and found[1].start == 2


def test_backticks_are_code_and_a_single_one_is_itself():
    assert [(span.text, span.code) for span in spans("a `b` c")] == [
        ("a ", False),
        ("b", True),
        (" c", False),
    ]
    assert [(span.text, span.code) for span in spans("a ` c")] == [("a ` c", False)]
    assert [(span.text, span.code) for span in spans("`a` ` c")] == [("a", True), (" ` c", False)]


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ab1.` \n\t<&", max_size=80))
def test_no_word_is_lost(text):
    found = "".join(block.text + "".join(words(block)) for block in blocks(text))
    for letter in "ab<&":
        assert found.count(letter) == text.count(letter)
