"""Who asks: the person of a sitting, or a rater, by the session that a link was exchanged for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from starlette.requests import Request

from psychometrics.instrument import Instrument
from psychometrics.web.pages.refusals import Refused
from psychometrics.web.pages.site import site_of

if TYPE_CHECKING:
    from psychometrics.web.security import Session
    from psychometrics.web.store import Rater, Sitting


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """A person in a sitting, with what is asked and what is answered so far."""

    sitting: Sitting
    instrument: Instrument
    answers: Mapping[str, int | str | None]

    @property
    def finished(self) -> bool:
        """Whether the answers were handed in."""
        return self.sitting.finished is not None

    def with_answers(self, given: Mapping[str, int | str | None]) -> Visitor:
        """Return the visitor after a save."""
        return replace(self, answers={**self.answers, **given})


def person_of(request: Request) -> Visitor:
    """Return the person who asks, with the answers so far."""
    session = _session(request)
    if session.sitting is None:
        raise Refused("person_only", home="/rate")
    store = site_of(request).store
    kept = store.answers(session.sitting.id)
    return Visitor(
        sitting=session.sitting,
        instrument=store.instrument(session.sitting.instrument),
        answers={**kept.codes, **kept.texts},
    )


def rater_of(request: Request) -> Rater:
    """Return the rater who asks."""
    session = _session(request)
    if session.rater is None:
        raise Refused("rater_only", home="/take")
    return session.rater


def form_token(request: Request) -> str:
    """Return what the forms of this session send back."""
    return _session(request).csrf


def _session(request: Request) -> Session:
    session: Session | None = request.state.session
    if session is None:
        raise Refused("session")
    return session
