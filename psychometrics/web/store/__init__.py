"""Where taken assessments are kept: one code for a SQLite file and for PostgreSQL."""

from psychometrics.web.store.opening import open_store
from psychometrics.web.store.records import (
    Answers,
    Assignment,
    Assignments,
    AuditLine,
    Dispute,
    Erasure,
    Invitation,
    Progress,
    Rater,
    RaterTask,
    Sitting,
)
from psychometrics.web.store.store import Store

__all__ = [
    "Answers",
    "Assignment",
    "Assignments",
    "AuditLine",
    "Dispute",
    "Erasure",
    "Invitation",
    "Progress",
    "Rater",
    "RaterTask",
    "Sitting",
    "Store",
    "open_store",
]
