"""A result page made by hand, as large as that of the flagship, and ways to make it hostile or empty."""

from __future__ import annotations

import dataclasses
import math
from statistics import NormalDist
from typing import Any

from psychometrics.report.person.basis import Basis, Sentence
from psychometrics.report.person.content import (
    ClaimView,
    CutView,
    DifferenceView,
    Fact,
    MethodPair,
    PersonReport,
    RecommendationView,
    ScaleView,
    SignalView,
)
from psychometrics.result import Source

NORMS = "skill-rust-backend/simulated-2026"
MINUS = "−"
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\" ' & \u202eabc\u2066 \x00 🦀 --> ]]>"


def said(text: str, *bases: str) -> Sentence:
    pairs = [one.partition(":") for one in bases]
    return Sentence(text=text, bases=tuple(Basis(kind=kind, ref=ref) for kind, _, ref in pairs))  # type: ignore[arg-type]


def scale(scale_id: str, title: str, method: str, score: float, rank: float, **changes: Any) -> ScaleView:
    def deviate(p: float) -> float:
        return 50 + 10 * NormalDist().inv_cdf(p / 100)

    lower, upper = max(0.4, rank - 11), min(99.6, rank + 9)
    values: dict[str, Any] = {
        "scale_id": scale_id,
        "title": title,
        "direction": "higher: raters saw better answers" if method == "rubric" else "higher: more skill",
        "method": method,
        "score": score,
        "minimum": 0.0,
        "maximum": 100.0,
        "score_lower": score - 9.3,
        "score_upper": min(100.0, score + 9.3),
        "confidence": 0.95,
        "percentile_rank": rank,
        "percentile_lower": lower,
        "percentile_upper": upper,
        "percentile_interval": "total",
        "t": deviate(rank),
        "t_lower": deviate(lower),
        "t_upper": deviate(upper),
        "norm_group": "whole sample",
        "norm_n": 10000.0,
        "n_valid": 5,
        "n_elements": 6,
        "n_raters": 2 if method == "rubric" else -1,
        "band": "",
        "sentence": said(
            f"The score of {score:g} is at or above that of about {rank:.0f} in 100 people of the norm sample; "
            f"with repeated testing we would expect between {lower:.0f} and {upper:.0f}.",
            f"score:{scale_id}",
            f"norms:{NORMS}",
        ),
    }
    return ScaleView(**{**values, **changes})


SCALES = (
    scale("junior_self_report", "Junior: self-report", "self_report", 75, 63),
    scale("junior_rubric", "Junior: tasks", "rubric", 66.7, 71, band="as most who work unsupervised"),
    scale("mid_self_report", "Mid: self-report", "self_report", 62.5, 55),
    scale("mid_rubric", "Mid: tasks", "rubric", 53.3, 48),
    scale("senior_self_report", "Senior: self-report", "self_report", 79.2, 88),
    scale("senior_rubric", "Senior: tasks", "rubric", 33.3, 99.2),
    scale("junior", "Junior level", "composite", 69.4, 69, band="above the middle half"),
    scale("mid", "Mid level", "composite", 64.96, 50, band="in the middle half"),
    scale("senior", "Senior level", "composite", 48.6, 31),
    scale("self_report", "Self-report, all levels", "composite", 72.2, 74),
    scale("rubric", "Tasks, all levels", "composite", 51.1, 45),
    scale("overall", "Overall, weighted by level", "composite", 57.1, 46),
)
RATIONALE = (
    "Worked from the descriptors: level 2 on every criterion (66.7) and 75 in self-report gives 69.4; with one behaviour "
    "one step lower (70.8 in self-report) it gives 68.1. A criterion at level 1 has to be made good by one at level 3, "
    "because errors of judgement at this level reach a whole team. The cut is the authors' proposal; no "
    "standard-setting panel has set it, and it must be checked locally before use."
)


def cut(cut_id: str, at: float, met: bool | None, probability: float) -> CutView:
    found = next(one for one in SCALES if one.scale_id == cut_id)
    word = {True: "meets", False: "does not meet", None: "is not placed against"}[met]
    return CutView(
        cut_id=cut_id,
        scale_id=cut_id,
        label=f"meets the proposed {cut_id} cut",
        at=at,
        score=found.score,
        met=met,
        probability=probability,
        basis="criterion",
        rationale=RATIONALE,
        answer=said(
            f"The score {word} the proposed {cut_id} cut; about {100 * probability:.0f} in 100 true scores behind it would.",
            f"cut:{cut_id}",
            f"score:{cut_id}",
            f"reliability:{cut_id}",
        ),
        statements=(
            said(
                "The answers show most of what the tasks ask for: telling a move from a borrow and passing errors on.",
                f"definition:statements.{cut_id}_met",
            ),
        ),
    )


def signal(name: str, title: str, value: float, weight: float) -> SignalView:
    return SignalView(
        signal=name,
        title=title,
        value=value,
        weight=weight,
        share=value * weight,
        sentence=said(f"It stands at {value:.2f} of 1.", f"catalogue:weights.{name}", "score:mid"),
    )


def recommendation(
    name: str, title: str, values: tuple[float, float, float], ranks: tuple[int, int, int], weight: float
) -> RecommendationView:
    signals = (
        signal("gap", "Distance to the cut", values[0], 1.0),
        signal("adjacency", "Nearness in the catalogue", values[1], 0.5),
        signal("market", "Market signal", values[2], weight),
    )
    return RecommendationView(
        id=name,
        node=f"skill-{name}",
        title=title,
        strength=sum(one.share for one in signals) / sum(one.weight for one in signals),
        rank=ranks[0],
        rank_without_market=ranks[1],
        rank_with_full_market=ranks[2],
        sentence=said(
            f"{title} is a place to go on, because the tasks of the mid level left it open.",
            "score:mid",
            f"catalogue:skill-{name}",
        ),
        signals=signals,
        url="https://tokio.rs/tokio/tutorial",
    )


def claim(name: str, kind: str, text: str, url: str, *, flagged: bool) -> ClaimView:
    return ClaimView(
        claim_id=name,
        kind=kind,
        flagged=flagged,
        sentence=said(text, f"claim:{name}"),
        source="Noy, S., & Zhang, W. (2023). Experimental evidence on the productivity effects of generative AI. Science.",
        url=url,
        n="453",
        population="College-educated professionals recruited online, in writing tasks of their occupations",
        design="Preregistered online experiment with random assignment",
        does_not_prove=(
            "That it holds for programming, or over months.",
            "That quality is what an employer sees.",
        ),
        caveats=("Tasks were short and had no local context.",),
        checked="2026-11-20",
    )


def report(**changes: Any) -> PersonReport:
    by_id = {one.scale_id: one for one in SCALES}
    values: dict[str, Any] = {
        "title": "Rust backend skill screen",
        "person_id": "p0001",
        "occasion": "1",
        "language": "en",
        "simulated": True,
        "norms_sentence": said(
            "Compared with the SIMULATED norm sample simulated-2026: 10,000 made-up persons, released 2026-11-01.",
            f"norms:{NORMS}",
        ),
        "summary": (
            said(
                "The junior cut is met; whether the mid cut is met is open, and the senior cut is not met.",
                *(f"cut:{one}" for one in ("junior", "mid", "senior")),
            ),
            said(
                "Across the levels the score is higher than that of about 46 in 100.",
                "score:overall",
                f"norms:{NORMS}",
            ),
        ),
        "scales": SCALES,
        "cuts": (
            cut("junior", 60, True, 0.978),
            cut("mid", 65, False, 0.497),
            cut("senior", 68, False, 0.0004),
        ),
        "methods": tuple(
            MethodPair(
                composite_id=level,
                title=f"{level.title()} level",
                self_report=by_id[f"{level}_self_report"],
                rubric=by_id[f"{level}_rubric"],
                exceeds_error=level == "senior",
                sentence=said(
                    "Self-report and tasks say about the same.",
                    f"score:{level}_self_report",
                    f"score:{level}_rubric",
                ),
                agreement=said(
                    "Two raters agree on these tasks with an intraclass correlation of 0.71 (95% interval 0.66 to 0.75).",
                    f"rating:{level}_rubric",
                    f"reliability:{level}_rubric",
                ),
            )
            for level in ("junior", "mid", "senior")
        ),
        "differences": (
            DifferenceView(
                first_id="junior",
                second_id="senior",
                difference=9.4,
                standard_error=4.1,
                reliable=True,
                sentence=said(
                    "The junior level stands higher than the senior level.", "score:junior", "score:senior"
                ),
            ),
            DifferenceView(
                first_id="mid_rubric",
                second_id="senior_rubric",
                difference=-15.3,
                standard_error=9.4,
                reliable=False,
                sentence=said(
                    "The senior tasks stand higher than the mid tasks.",
                    "score:mid_rubric",
                    "score:senior_rubric",
                ),
            ),
        ),
        "no_differences": None,
        "means": (
            said(
                "One of several sources in the selection or placement of backend developers.",
                "definition:intended_use.0",
            ),
            said("A shared language for a hiring panel.", "definition:intended_use.1"),
        ),
        "does_not_mean": (
            said(
                "The only basis of a decision about hiring, pay, promotion or dismissal.",
                "definition:misuse.0",
            ),
            said("General programming ability.", "definition:misuse.1"),
        ),
        "quality": (said("One of 18 statements was left out.", "response:j4"),),
        "not_assessed": (
            said(
                "Evidence of validity: no study yet relates these scores to performance at work.",
                "definition:left_out.0",
            ),
            said(
                "Embedded, systems and front-end Rust, macros, FFI and compiler work.",
                "definition:left_out.3",
            ),
        ),
        "retest": (said("Taken again after 14 to 180 days, the scores compare.", "definition:retest_days"),),
        "recommendations": (
            recommendation("async", "Cancellation and backpressure", (0.8, 0.5, 0.26), (1, 1, 2), 0.25),
            recommendation("unsafe", "Soundness of unsafe code", (0.7, 0.62, 0.1), (2, 2, 3), 0.25),
            recommendation("lead", "Technical leadership", (0.3, 0.9, 1.0), (3, 3, 1), 0.25),
        ),
        "market_weight": 0.25,
        "claims": (
            claim(
                "noy-zhang-2023",
                "peer_reviewed",
                "With a language model, professionals wrote short texts in 40% less time, and graders found them 18% better.",
                "https://doi.org/10.1126/science.adh2586",
                flagged=False,
            ),
            claim(
                "hiring-lab-2025",
                "first_party_research",
                "26% of recent postings are for jobs that generative AI is likely to transform highly.",
                "https://www.hiringlab.org/2025/09/23/ai-at-work-report-2025/",
                flagged=False,
            ),
            claim(
                "wef-2025",
                "employer_survey",
                "Employers expect 170 million new and 92 million displaced jobs by 2030.",
                "https://www.weforum.org/publications/the-future-of-jobs-report-2025/",
                flagged=True,
            ),
        ),
        "colophon": tuple(
            Fact(name=name, value=value)
            for name, value in (
                ("Instrument", "skill-rust-backend@1.0.0"),
                ("Fingerprint", "5d41402abc4b2a76b9719d911017c592ae3f0f9f1f6a1c1f0c2f0f1d3c5b7a99"),
                ("Norms", NORMS),
                ("Input", "sha256 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"),
                ("Package", "psychometrics 0.1.0"),
            )
        ),
        "source": Source(
            instrument="skill-rust-backend@1.0.0", norms=NORMS, simulated=True, package_version="0.1.0"
        ),
    }
    return PersonReport(**{**values, **changes})


def empty() -> PersonReport:
    """A person of whom nothing can be said but that."""
    lost: dict[str, Any] = dict.fromkeys(
        [
            "score",
            "score_lower",
            "score_upper",
            "percentile_rank",
            "percentile_lower",
            "percentile_upper",
            "t",
            "t_lower",
            "t_upper",
            "norm_n",
        ],
        math.nan,
    )
    scales = (
        dataclasses.replace(scale("total", "Total", "self_report", 1, 50), **lost, norm_group="", n_valid=0),
    )
    return report(
        norms_sentence=None,
        summary=(said("No score could be computed: nothing was answered.", "response:all"),),
        scales=scales,
        cuts=(
            dataclasses.replace(
                cut("junior", 60, None, math.nan), score=math.nan, statements=(), rationale=""
            ),
        ),
        methods=(),
        differences=(),
        no_differences=said("No differences can be told.", "score:total"),
        means=(),
        does_not_mean=(),
        quality=(),
        not_assessed=(),
        retest=(),
        recommendations=(),
        claims=(),
        colophon=(),
        occasion="",
    )


def replaced(value: Any, text: str) -> Any:
    """Return the content with every text in it, but for words the page chooses by, replaced; ids stay apart."""
    keep = {"method", "metric", "language", "percentile_interval", "signal", "basis", "kind"}
    if isinstance(value, Basis):
        return value
    if isinstance(value, tuple):
        return tuple(replaced(one, text) for one in value)
    if isinstance(value, Source) or not dataclasses.is_dataclass(value):
        return text if isinstance(value, str) else value
    changes = {
        one.name: replaced(getattr(value, one.name), text)
        for one in dataclasses.fields(value)
        if one.name not in keep
    }
    for name in ("id", "scale_id", "cut_id", "claim_id", "composite_id", "first_id", "second_id"):
        if name in changes:
            changes[name] = f"{text} {getattr(value, name)}"
    return dataclasses.replace(value, **changes)
