"""The tables as they are now; ``migrations.py`` says how a database came to have them.

Times are UTC in ISO 8601, so that they sort as text in every database. A text written by a person is kept as UTF-8
bytes: PostgreSQL has no text with a NUL in it, and what a person wrote comes back exactly as it was.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

schema_version = Table(
    "schema_version", metadata, Column("version", Integer, primary_key=True), Column("applied", Text)
)

setting = Table(
    "setting", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False)
)

instrument = Table(
    "instrument",
    metadata,
    Column("name", Text, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("definition", Text, nullable=False),
    Column("added", Text, nullable=False),
)

sitting = Table(
    "sitting",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person_id", Text, nullable=False),
    Column("instrument", Text, ForeignKey("instrument.name"), nullable=False),
    Column("occasion", Text, nullable=False),
    Column("person_groups", Text, nullable=False),
    Column("created", Text, nullable=False),
    Column("started", Text),
    Column("finished", Text),
    UniqueConstraint("person_id", "instrument", "occasion"),
)

token = Table(
    "token",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("sitting_id", Text, ForeignKey("sitting.id")),
    Column("rater_id", Text, ForeignKey("rater.id")),
    Column("created", Text, nullable=False),
    Column("expires", Text, nullable=False),
    Column("revoked", Text),
)

answer = Table(
    "answer",
    metadata,
    Column("sitting_id", Text, ForeignKey("sitting.id"), primary_key=True),
    Column("item_id", Text, primary_key=True),
    Column("code", Text),
    Column("words", LargeBinary),
    Column("seconds", Float),
    Column("visit", Text, nullable=False),
    Column("at", Text, nullable=False),
)

rater = Table("rater", metadata, Column("id", Text, primary_key=True), Column("added", Text, nullable=False))

assignment = Table(
    "assignment",
    metadata,
    Column("id", Text, primary_key=True),
    Column("sitting_id", Text, ForeignKey("sitting.id"), nullable=False),
    Column("item_id", Text, nullable=False),
    Column("rater_id", Text, ForeignKey("rater.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("created", Text, nullable=False),
    Column("finished", Text),
    Column("seconds", Float, nullable=False),
    Column("visit", Text, nullable=False),
    UniqueConstraint("sitting_id", "item_id", "rater_id"),
)

rating = Table(
    "rating",
    metadata,
    Column("assignment_id", Text, ForeignKey("assignment.id"), primary_key=True),
    Column("criterion_id", Text, primary_key=True),
    Column("level", Text, nullable=False),
    Column("at", Text, nullable=False),
)

audit_line = Table(
    "audit_line",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("digest", Text, nullable=False),
)

norm_count = Table(
    "norm_count",
    metadata,
    Column("edition", Text, primary_key=True),
    Column("sitting_id", Text, ForeignKey("sitting.id"), primary_key=True),
    Column("scores", Text, nullable=False),
    Column("counted", Text, nullable=False),
)
