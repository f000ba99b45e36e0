"""The end of the manual: everything that is missing in one list, and the questions of a reviewer."""

from __future__ import annotations

from collections.abc import Sequence

from psychometrics.report.manual.content import Answered, Checked, Section
from psychometrics.report.manual.draft import Draft
from psychometrics.report.manual.questions import QUESTIONS
from psychometrics.result import counted

ANSWERS: dict[Answered, str] = {
    "yes": "answered",
    "authors": "stated by the authors",
    "no": "missing",
    "not applicable": "does not apply",
}


def place_of(section: Section) -> str:
    """Return the number and title of a section."""
    return f"{section.number} {section.title}"


def review_of(sections: Sequence[Section]) -> tuple[Checked, ...]:
    """Return every question with the section it is answered in, or what would fill it."""
    by_id = {section.id: section for section in sections}
    answers = {name: answer for section in sections for name, answer in section.answers}
    fills = {gap.question: gap.fill for section in sections for gap in section.missing if gap.question}
    return tuple(
        Checked(
            id=one.id,
            group=by_id[one.section].title,
            ask=one.ask,
            asked_by=one.asked_by,
            answered=answers[one.id],
            section=one.section,
            number=by_id[one.section].number,
            fill=fills.get(one.id, one.fill) if answers[one.id] == "no" else "",
        )
        for one in QUESTIONS
    )


def missing_section(sections: Sequence[Section]) -> Section:
    """Write the list of everything that is missing."""
    draft = Draft("missing", "What is missing")
    rows = [
        (place_of(section), gap.what, gap.why or "no statement of the authors was given", gap.fill)
        for section in sections
        for gap in section.missing
    ]
    draft.find(
        f"{counted(len(rows), 'thing')} a manual should have {'is' if len(rows) == 1 else 'are'} not here."
        if rows
        else "Nothing that this library looks for is missing."
    )
    draft.table("Missing, and what would fill it", ("section", "what", "why", "what would fill it"), rows)
    return draft.done()


def review_section(review: Sequence[Checked]) -> Section:
    """Write the questions of a reviewer with their answers."""
    draft = Draft("review", "Review checklist")
    asked = [one for one in review if one.answered != "not applicable"]
    done = sum(one.answered == "yes" for one in asked)
    stated = sum(one.answered == "authors" for one in asked)
    draft.find(
        f"Of {counted(len(asked), 'question')} that apply, {done} {'is' if done == 1 else 'are'} answered from definition and data, "
        f"{stated} by statements of the authors, and {len(asked) - done - stated} not."
    )
    draft.say(
        "The questions follow the Standards for educational and psychological testing (2014) and the EFPA review model, in words of "
        "this library. Whether an answer is good enough is for the reviewer to say, with the originals at hand."
    )
    draft.table(
        "Questions of a review",
        ("section", "id", "question", "asked by", "state", "what would answer it"),
        [
            (f"{one.number} {one.group}", one.id, one.ask, one.asked_by, ANSWERS[one.answered], one.fill)
            for one in review
        ],
    )
    return draft.done()
