"""Which question comes on which page, and which page comes next: pure functions of definition and answers."""

from psychometrics.web.flow.asked import NO_ANSWERS, Answers, asked_items, is_answered, stale_answers
from psychometrics.web.flow.plan import Page, PagePlan, page_plan
from psychometrics.web.flow.walking import (
    Progress,
    next_page,
    previous_page,
    progress,
    resume_page,
    unanswered,
)

__all__ = [
    "NO_ANSWERS",
    "Answers",
    "Page",
    "PagePlan",
    "Progress",
    "asked_items",
    "is_answered",
    "next_page",
    "page_plan",
    "previous_page",
    "progress",
    "resume_page",
    "stale_answers",
    "unanswered",
]
