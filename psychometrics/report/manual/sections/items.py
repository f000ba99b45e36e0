"""Items and rubrics: everything that is asked, and every level that raters may give."""

from __future__ import annotations

from psychometrics.instrument import Criterion, Item
from psychometrics.report.manual.content import Section
from psychometrics.report.manual.draft import Draft
from psychometrics.report.manual.material import Material
from psychometrics.report.manual.words import exact, joined
from psychometrics.result import counted

WORDING = {
    "full": "Items are printed as persons read them.",
    "topics": "The definition holds no wording of the items: each is described by its topic, in other words.",
}


def items(material: Material) -> Section:
    """Write what is asked and what raters judge."""
    instrument = material.instrument
    told = instrument.definition
    tasks = [item for item in told.items if item.kind == "rubric"]
    draft = Draft("items", "Items and rubrics", statements=material.statements)
    parts = []
    if instrument.items:
        parts.append(counted(len(instrument.items), "item") + " answered by the person")
    if tasks:
        judged = counted(len(instrument.criteria), "criterion", "criteria")
        parts.append(f"{counted(len(tasks), 'task')} that raters judge on {judged}")
    draft.find(f"The instrument has {joined(parts)}.")
    draft.find(WORDING[told.wording])
    _option_sets(draft, material)
    draft.table(
        "Items",
        ("item", "topic" if told.wording == "topics" else "text", "options", "scored", "scales"),
        [_item(material, item) for item in instrument.items],
        below="Reversed: points count from the other end.",
    )
    for task in tasks:
        own = [one for one in instrument.criteria if one.item_id == task.id]
        draft.head(f"Task {task.id}")
        draft.say(task.text or task.topic or "")
        draft.table(
            f"Rubric of {task.id}",
            ("criterion", "level", "points", "label", "descriptor"),
            [line for one in own for line in _levels(one)],
            numbers=["points"],
            folded=len(tasks) > 1,
        )
    draft.facts([("Licence of the texts", told.licence)])
    draft.answer("wording", "licence")
    if tasks:
        draft.answer("rubric")
    else:
        draft.skip("rubric")
    return draft.done()


def _option_sets(draft: Draft, material: Material) -> None:
    told = material.instrument.definition
    draft.table(
        "Response options",
        ("set", "options, in the order in which they are shown"),
        [
            (
                name,
                "; ".join(f"{option.code} {option.label}".strip() for option in one.options),
            )
            for name, one in told.option_sets.items()
        ],
    )


def _item(material: Material, item: Item) -> tuple[str, ...]:
    entry = next(one for one in material.instrument.definition.items if one.id == item.id)
    scales = [material.name(scale.id) for scale in material.instrument.scales if item.id in scale.items]
    marks = [
        "reversed" if item.reversed else "",
        "keyed" if item.kind == "keyed" else "",
        "" if item.scored else "not scored",
        f"weight {exact(item.weight)}" if item.weight != 1 else "",
    ]
    options = "" if entry.kind == "rubric" else entry.options
    return item.id, item.text, options, ", ".join(filter(None, marks)), "; ".join(scales)


def _levels(criterion: Criterion) -> list[tuple[str, ...]]:
    weight = f" (weight {exact(criterion.weight)})" if criterion.weight != 1 else ""
    return [
        (
            f"{criterion.title}{weight}" if place == 0 else "",
            str(code),
            exact(points),
            label,
            descriptor,
        )
        for place, (code, points, label, descriptor) in enumerate(
            zip(criterion.codes, criterion.points, criterion.labels, criterion.descriptors, strict=True)
        )
    ]
