"""Scoring: from answers and ratings to scores, bands and cuts."""

from __future__ import annotations

from psychometrics.instrument import Item, Scale
from psychometrics.instrument.definition import BandsEntry, CutEntry
from psychometrics.report.manual.content import Section
from psychometrics.report.manual.draft import Draft
from psychometrics.report.manual.material import Material
from psychometrics.report.manual.sections.development import cite
from psychometrics.report.manual.words import exact, joined, named, number
from psychometrics.result import counted

AGGREGATES = {"sum": "sum", "mean": "mean", "percent": "percent of the possible points"}
METRICS = {"raw": "raw score", "percentile_rank": "percentile rank", "z": "z", "t": "T"}
COMBINE = {"mean": "the mean", "median": "the median", "severity_adjusted": "the mean adjusted for severity"}


def scoring(material: Material) -> Section:
    """Write how scores are made."""
    instrument = material.instrument
    told = instrument.definition
    draft = Draft("scoring", "Scoring", statements=material.statements)
    given = joined(
        word for word, there in (("answers", instrument.items), ("ratings", instrument.criteria)) if there
    )
    how = joined(dict.fromkeys(_how(scale) for scale in instrument.scales), "or")
    draft.find(f"Scores follow from {given} by rule. A scale is {how}.")
    draft.table(
        "How each scale is made",
        ("scale", "id", "of", "score", "from", "to", "missing answers"),
        [_scale(material, scale) for scale in instrument.scales],
        numbers=["from", "to"],
    )
    _points(draft, material)
    _raters(draft, material)
    draft.answer("rules", "missing")
    for bands in told.bands:
        _bands(draft, material, bands)
    _cuts(draft, material)
    draft.table(
        "Sentences that a person is shown, and for which scores",
        ("scale", "for scores", "sentence", "rests on"),
        [
            (
                material.name(one.scale),
                _between(one.at_least, one.below, METRICS[one.metric]),
                one.text,
                ", ".join(one.evidence),
            )
            for one in told.statements
        ],
    )
    return draft.done()


def _how(scale: Scale) -> str:
    made = {"sum": "the sum", "mean": "the mean", "percent": "a percentage"}[scale.aggregate]
    if scale.components:
        return f"{made} of other scales"
    return f"{made} of the {'possible ' if scale.aggregate == 'percent' else ''}points"


def _scale(material: Material, scale: Scale) -> tuple[str, ...]:
    parts = [*scale.items, *scale.criteria] or [
        f"{material.name(one.scale_id)}{'' if one.weight == 1 else f' x {exact(one.weight)}'}"
        for one in scale.components
    ]
    standardised = any(one.mean is not None for one in scale.components)
    made = AGGREGATES[scale.aggregate] + (" of standardised scales" if standardised else "")
    if scale.multiplier != 1:
        made += f", times {exact(scale.multiplier)}"
    if scale.rounding is not None:
        made += f", rounded to {counted(scale.rounding.digits, 'decimal')} ({scale.rounding.rule.replace('_', ' ')})"
    return (
        material.name(scale.id),
        scale.id,
        ", ".join(parts),
        made,
        number(scale.minimum, 0) if scale.minimum == int_of(scale.minimum) else number(scale.minimum),
        number(scale.maximum, 0) if scale.maximum == int_of(scale.maximum) else number(scale.maximum),
        _missing(scale),
    )


def int_of(value: float) -> float:
    """Return the whole number nearest to a value; nan stays nan."""
    return float(round(value)) if value == value else value  # noqa: PLR0124


def _missing(scale: Scale) -> str:
    need = f"at least {scale.minimum_valid} of {scale.n_elements}"
    if scale.missing == "refuse":
        return "all needed, else no score"
    how = {"available_mean": "mean of those that are there", "prorate": "the missing ones count as the mean"}
    return f"{how[scale.missing]}; {need}, else no score"


def _points(draft: Draft, material: Material) -> None:
    """Say the points of items that do not simply count their code."""
    special = [item for item in material.instrument.items if item.scored and not _plain(item)]
    draft.table(
        "Points per option, where they are not the code itself",
        ("item", "options and points"),
        [
            (
                item.id,
                "; ".join(
                    f"{code}: {exact(points)}" for code, points in zip(item.codes, item.points, strict=True)
                ),
            )
            for item in special
        ],
    )


def _plain(item: Item) -> bool:
    return all(
        isinstance(code, int) and points == code for code, points in zip(item.codes, item.points, strict=True)
    )


def _raters(draft: Draft, material: Material) -> None:
    if not material.instrument.criteria:
        draft.skip("raters")
        return
    rules = dict.fromkeys(
        (one.raters.minimum, one.raters.combine, one.raters.adjudicate_gap)
        for one in material.instrument.criteria
    )
    draft.head("Ratings of several raters")
    draft.listing(
        f"{COMBINE[combine].capitalize()} of the raters counts; {counted(minimum, 'rater')} at least"
        + (
            "."
            if gap is None
            else f"; ratings {exact(gap)} {'point' if gap == 1 else 'points'} apart or more go to adjudication."
        )
        for minimum, combine, gap in rules
    )
    draft.answer("raters")


def _bands(draft: Draft, material: Material, bands: BandsEntry) -> None:
    steps = bands.steps
    rows = [
        (
            step.label,
            exact(float(step.lower)),
            f"below {exact(float(steps[place + 1].lower))}" if place + 1 < len(steps) else "",
        )
        for place, step in enumerate(steps)
    ]
    draft.table(
        f"Bands of {material.name(bands.scale)} ({METRICS[bands.metric]})",
        ("band", "from, included", "to"),
        rows,
        below=_basis(material, bands),
    )


def _basis(material: Material, one: BandsEntry | CutEntry) -> str:
    sources = {source.id: cite(source) for source in material.instrument.definition.sources}
    said = [
        f"Basis: {one.basis}.",
        one.rationale or "",
        sources.get(one.source or "", ""),
        "" if one.rationale or one.source else "Neither a source nor a rationale is given.",
    ]
    return " ".join(filter(None, said))


def _cuts(draft: Draft, material: Material) -> None:
    told = material.instrument.definition
    draft.table(
        "Cuts",
        ("cut", "scale", "met from, included", "metric", "basis, rationale and source"),
        [
            (
                one.label,
                material.name(one.scale),
                exact(float(one.at)),
                METRICS[one.metric],
                _basis(material, one),
            )
            for one in told.cuts
        ],
        numbers=["met from, included"],
    )
    if not told.cuts and not told.bands:
        draft.skip("cuts", "standard_setting")
        return
    deciding: list[BandsEntry | CutEntry] = [*told.bands, *told.cuts]
    bare = [one.id for one in deciding if not one.rationale and not one.source]
    if bare:
        draft.lack("cuts", f"Basis of {named(bare)}", "the definition gives neither source nor rationale")
    else:
        draft.answer("cuts")
    draft.ask_authors("standard_setting", "Standard setting")


def _between(at_least: object, below: object, metric: str) -> str:
    ends = [
        "" if at_least is None else f"from {at_least}",
        "" if below is None else f"below {below}",
    ]
    return f"{' '.join(filter(None, ends)) or 'all'} ({metric})"
