"""What a form sent: read with limits, checked against the page, nothing dropped in silence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.requests import Request

from psychometrics.instrument import Instrument
from psychometrics.web.flow import Answers, Page
from psychometrics.web.pages.refusals import Refused
from psychometrics.web.texts import Texts

FORM = "application/x-www-form-urlencoded"
MOST_BYTES = 1_000_000
MOST_FIELDS = 1_000
MOST_TEXT = 20_000
MOST_SECONDS = 86_400.0
Form = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormProblem:
    """Something to mend: ``text`` stands in the list of all, ``here`` beside the field with that anchor."""

    item_id: str
    anchor: str
    text: str
    here: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a page's form said: answers that can be saved, seconds beside them, problems, and the texts as sent."""

    answers: dict[str, int | str | None] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    problems: tuple[FormProblem, ...] = ()
    sent: dict[str, str] = field(default_factory=dict)


async def read_form(request: Request) -> Form:
    """Return the fields of a form, the last one where a name comes twice; what is no form is refused, not read as empty."""
    if not request.headers.get("content-type", "").lower().startswith(FORM):
        raise Refused("form")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Refused("form")
    try:
        fields = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="replace", max_num_fields=MOST_FIELDS
        )
    except ValueError as error:
        raise Refused("form") from error
    return dict(fields)


def field_name(item_id: str) -> str:
    """Return the name of an item's field."""
    return f"answer.{item_id}"


def anchor(item_id: str) -> str:
    """Return the id of an item on the page."""
    return f"q-{item_id}"


def read_page(
    instrument: Instrument, page: Page, asked: tuple[str, ...], form: Form, stored: Answers, t: Texts
) -> Given:
    """Return what the form of a page says about its items.

    A choice cannot be unmade by leaving its field out (another tab may have made it), so an absent field says
    only that the item was shown. An answer to an item that another tab took out meanwhile is an answer all the same:
    it may be asked for again, and is taken back when the person hands in.
    """
    answers: dict[str, int | str | None] = {}
    problems, sent = [], {}
    numbers = question_numbers(instrument)
    for item_id in page.item_ids:
        value = form.get(field_name(item_id))
        if value is None:
            if item_id in asked and stored.get(item_id) is None:
                answers[item_id] = None
        elif page.kind == "task":
            text = value.replace("\r\n", "\n")
            sent[item_id] = text
            if len(text) > MOST_TEXT:
                said = t.say(
                    "error.too_long", n=numbers[item_id], length=f"{len(text):,}", most=f"{MOST_TEXT:,}"
                )
                problems.append(
                    FormProblem(item_id=item_id, anchor=f"field-{anchor(item_id)}", text=said, here=said)
                )
            else:
                answers[item_id] = text if text.strip() else None
        else:
            code = next((code for code in instrument.item(item_id).codes if str(code) == value), None)
            if code is None:
                said = t.say("error.no_option", n=numbers[item_id], code=shortened(value))
                problems.append(FormProblem(item_id=item_id, anchor=anchor(item_id), text=said, here=said))
            else:
                answers[item_id] = code
    return Given(answers=answers, problems=tuple(problems), sent=sent)


def question_numbers(instrument: Instrument) -> dict[str, int]:
    """Return the number of each question and of each task, counted apart from 1 in the order of the file."""
    counts = {"question": 0, "task": 0}
    numbers = {}
    for entry in instrument.definition.items:
        kind = "task" if entry.kind == "rubric" else "question"
        counts[kind] += 1
        numbers[entry.id] = counts[kind]
    return numbers


def shortened(text: str, most: int = 60) -> str:
    """Return a text that fits into a sentence."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def read_seconds(form: Form, names: tuple[str, ...], now: float) -> tuple[dict[str, float], bool]:
    """Return seconds per name, and whether they were measured; a name is left out where no time is known.

    With the script every field holds what was measured. Without it all are empty: then the time since the page was
    sent is divided equally.
    """
    given = {name: form.get(f"seconds.{name}", "") for name in names}
    if any(given.values()):
        found = {name: _number(text) for name, text in given.items()}
        return {name: min(value, MOST_SECONDS) for name, value in found.items() if value is not None}, True
    opened = _number(form.get("opened", ""))
    if opened is None or not 0 <= now - opened <= MOST_SECONDS:
        return {}, False
    return {name: round((now - opened) / len(names), 1) for name in names}, False


def _number(text: str) -> float | None:
    """Return a number that is 0 or more."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def visit_name(form: Form, *, measured: bool) -> str:
    """Return the name under which seconds are added once; it tells measured time from divided time."""
    given = "".join(letter for letter in form.get("visit", "") if letter.isalnum() or letter == ".")[:48]
    return f"{'measured' if measured else 'divided'}.{given}" if given.isascii() and given else ""
