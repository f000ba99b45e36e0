"""What is asked of a run, checked before anything is read: the same whatever carries it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from psychometrics.engine.addresses import is_address, shown
from psychometrics.engine.progress import Progress
from psychometrics.errors import RunError
from psychometrics.norming import Norms, load_norms
from psychometrics.norming.edition import StratumVariable
from psychometrics.runs.batches import Batches
from psychometrics.runs.folder import refuse_inside
from psychometrics.runs.passes import BatchPass
from psychometrics.runs.retest import check_retest
from psychometrics.runs.strata import Strata
from psychometrics.runs.tables import Layout, check_names
from psychometrics.tallying.blocks import check_blocks
from psychometrics.tallying.item_tally import Pairs

Tell = Callable[[Progress], None]
Second = Batches | tuple[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """A run as it is wanted.

    Attributes
    ----------
    batches : Batches
        With the strata and all columns that are needed.
    work : BatchPass
        What is done with a batch; ratings are found later, and scores nobody wants are left out.
    folder : Path or None
        Where scores are kept.
    retest : Batches, tuple of str or None
        The second occasion.
    resume : bool
        Whether to go on where an earlier run in the folder ended.
    progress : callable or None
    """

    batches: Batches
    work: BatchPass
    folder: Path | None
    retest: Second
    resume: bool
    progress: Tell | None


def asked_for(
    batches: Batches,
    scores_to: str | Path | None,
    *,
    layout: Layout,
    norms: Norms | str | None,
    apply: Mapping[str, Any] | None,
    tally: bool,
    pairs: Pairs,
    blocks: int,
    norms_strata: Iterable[str | StratumVariable],
    retest: Second,
    resume: bool,
    progress: Tell | None,
) -> Asked:
    """Return what is asked for; the words are those of :func:`run_batches`.

    Raises
    ------
    RunError
        Words that are not known, a folder in which the input would find the scores, occasions that cannot be joined.
    """
    check_blocks(blocks)
    _check_words(layout, pairs)
    check_retest(batches, retest)
    norms = load_norms(norms) if isinstance(norms, str) else norms
    batches = batches.with_strata(Strata.of(norms_strata), placed_by(norms, apply or {}))
    if layout == "wide":
        check_names(batches.instrument.scale_ids, batches.reading.columns)
    if scores_to is not None and is_address(str(scores_to)):
        raise RunError(
            f"scores_to={shown(str(scores_to))!r}: scores are written to a folder of this machine",
            hint="Give such a folder, and copy it when the run has ended.",
        )
    folder = None if scores_to is None else Path(scores_to)
    if folder is not None:
        refuse_inside(folder, [batches.given, batches.ratings])
    work = BatchPass(
        reading=batches.reading,
        pairs=pairs if tally else None,
        blocks=blocks,
        count_scores=tally,
        layout=layout,
        norms=norms,
        apply_options=dict(apply or {}),
    )
    return Asked(batches=batches, work=work, folder=folder, retest=retest, resume=resume, progress=progress)


def _check_words(layout: str, pairs: str) -> None:
    for name, given, known in (("layout", layout, get_args(Layout)), ("pairs", pairs, get_args(Pairs))):
        if given not in known:
            raise RunError(f"{name}={given!r}", hint=f"Choose one of {', '.join(known)}.")


def placed_by(norms: Norms | None, apply: Mapping[str, Any]) -> list[str]:
    """Return the person columns that an edition needs."""
    if norms is None:
        return []
    used = norms if apply.get("strata") is None else norms.over(list(apply["strata"]))
    age = [] if used.head.continuous is None else [used.head.continuous.column]
    return [*(one.column for one in used.head.strata), *age]
