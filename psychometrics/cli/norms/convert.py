"""``psychometrics norms convert``: carry an edition over to a new version of its instrument."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from psychometrics.cli.common import (
    InstrumentArgument,
    InvalidOption,
    MissingColumnsOption,
    MissingOption,
    OccasionOption,
    PersonOption,
    RatingMissingOption,
    RatingsOption,
    RenameOption,
    check_rating_codes,
    read_input,
    words,
)
from psychometrics.cli.inputs import check_paths
from psychometrics.cli.norms.change import EditionOption, FolderOption, WhoOption, WhyOption, save_edition
from psychometrics.cli.norms.words import DisclosureOption, EditionArgument
from psychometrics.cli.progress import Steps

if TYPE_CHECKING:
    from psychometrics.norming import Norms
    from psychometrics.scoring import Scores

Design = Literal["random_groups", "single_group", "anchor"]
Method = Literal["identity", "mean", "linear", "circle_arc", "equipercentile", "kernel"]
AnchorMethod = Literal[
    "tucker", "levine", "levine_true", "nominal_weights", "chained", "braun_holland", "frequency_estimation"
]


def convert(
    *,
    name: EditionArgument,
    instrument: InstrumentArgument,
    responses: Annotated[
        str, typer.Argument(metavar="RESPONSES", help="Answers to the new version; - is standard input.")
    ],
    old_responses: Annotated[
        str, typer.Option("--old-responses", help="Answers to the version that the norms are for.")
    ],
    design: Annotated[
        Design,
        typer.Option(
            "--design",
            help="single_group: the same persons took both. random_groups: two samples of one population. anchor: two "
            "populations, joined by the scale of --anchor.",
        ),
    ],
    edition: EditionOption,
    to: FolderOption,
    method: Annotated[Method, typer.Option("--method", help="How scores are equated.")] = "equipercentile",
    scale: Annotated[
        list[str] | None,
        typer.Option(
            "--scale",
            help="A scale of the new version, or new=old where their ids differ; all that both have when left out. "
            "May be repeated.",
        ),
    ] = None,
    anchor: Annotated[
        str | None, typer.Option("--anchor", help="Scale of both versions that holds the common items.")
    ] = None,
    anchor_method: Annotated[
        AnchorMethod | None, typer.Option("--anchor-method", help="Needed with --anchor.")
    ] = None,
    internal: Annotated[
        bool | None,
        typer.Option("--internal/--external", help="Whether the items of the anchor count in the scores."),
    ] = None,
    presmoothing: Annotated[
        Literal["log_linear"] | None,
        typer.Option("--presmoothing", help="For equipercentile and kernel: smooth the counts first."),
    ] = None,
    ratings: RatingsOption = None,
    old_ratings: Annotated[
        str | None, typer.Option("--old-ratings", help="Ratings of those who took the old version.")
    ] = None,
    old_instrument: Annotated[
        str | None,
        typer.Option("--old-instrument", help="The old version, where the catalogue does not hold it."),
    ] = None,
    missing_code: MissingOption = None,
    rating_missing_code: RatingMissingOption = None,
    invalid: InvalidOption = "error",
    missing_columns: MissingColumnsOption = "error",
    person: PersonOption = "person_id",
    occasion: OccasionOption = "occasion",
    rename: RenameOption = None,
    why: WhyOption = "",
    who: WhoOption = "",
    disclosure: DisclosureOption = "allow",
) -> None:
    """Carry norms over to a new version: equate its scores to those of the old version, and keep that with the counts.

    INSTRUMENT is the new version. The old edition stays as it is; the new one places new scores where they are equated to,
    and its intervals hold the error of the equating.
    """
    from psychometrics.instrument import load_instrument
    from psychometrics.norming import load_norms
    from psychometrics.norming.equating.equate import equate
    from psychometrics.scoring import score

    check_rating_codes(rating_missing_code, ratings, old_ratings)
    check_paths(to, responses, ratings, old_responses, old_ratings)
    read = partial(
        read_input,
        missing_code=missing_code,
        rating_missing_code=rating_missing_code,
        invalid=invalid,
        missing_columns=missing_columns,
        person=person,
        occasion=occasion,
        rename=rename,
    )
    old = load_norms(name)
    new_version = load_instrument(instrument)
    with Steps(words(), "reading and scoring", "equating") as steps:
        on_new = score(*read(instrument, responses, ratings))
        earlier = old_instrument or f"{old.head.instrument}@{old.head.version}"
        on_old = score(*read(earlier, old_responses, old_ratings))
        steps.next()
        conversions = {
            new: equate(
                on_new,
                on_old,
                method=method,
                design=design,
                scale=(new, before),
                anchor=anchor,
                anchor_method=anchor_method,
                internal=internal,
                presmoothing=presmoothing,
            )
            for new, before in _scales(scale, on_new, old).items()
        }
        later = old.convert(conversions, to=new_version, edition=edition, why=why, who=who)
    for one in later.head.conversion or ():
        for note in (one.how, *one.notes):
            words().print(f"note: {one.scale}: {note}", markup=False)
    save_edition(later, to, [], disclosure)


def _scales(wanted: list[str] | None, on_new: Scores, old: Norms) -> dict[str, str]:
    """Return scales of the new version with those of the old one; by default all that both have."""
    if wanted:
        return {new: before or new for new, _, before in (one.partition("=") for one in wanted)}
    shared = {one: one for one in on_new.scale_ids if one in old.scale_ids}
    if not shared:
        raise typer.BadParameter(
            f"no scale of {on_new.source.instrument} is called as one of {old.name} ({', '.join(old.scale_ids)}): "
            "give --scale new=old"
        )
    return shared
