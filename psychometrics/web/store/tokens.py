"""Secrets: links for persons and raters, and the keys of this store.

A token has 256 random bits and is kept as its SHA-256 alone. A slow hash, as for passwords, would add nothing: there
is no list of likely tokens to try.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from psychometrics.errors import StoreError
from psychometrics.web.store import schema

SECRET_VARIABLE = "PSYCHOMETRICS_SECRET"  # noqa: S105  (the name of the variable, not its value)
TOKEN_BYTES = 32
SHORTEST_SECRET = 32
LONGEST_VALIDITY = 3660


def new_token() -> str:
    """Return an unguessable token for an address."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_key(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def same(one: str, other: str) -> bool:
    """Compare two secrets in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


def expiry(now: datetime, valid_days: float) -> datetime:
    """Return when a link ends."""
    if not 0 < valid_days <= LONGEST_VALIDITY:
        raise StoreError(f"valid_days {valid_days} must lie above 0 and up to {LONGEST_VALIDITY}")
    return now + timedelta(days=valid_days)


def stored_secret(connection: Connection, name: str) -> str:
    """Return a secret of this store; it is made when it is first asked for."""
    table = schema.setting
    found = connection.execute(select(table.c.value).where(table.c.name == name)).scalar()
    if found is None:
        found = secrets.token_hex(TOKEN_BYTES)
        connection.execute(table.insert().values(name=name, value=found))
    return str(found)


def given_secret() -> str | None:
    """Return the secret of the environment, where there is one."""
    given = os.environ.get(SECRET_VARIABLE)
    if given is not None and len(given) < SHORTEST_SECRET:
        raise StoreError(
            f"{SECRET_VARIABLE} has {len(given)} characters, which is too short",
            hint=f"Use {SHORTEST_SECRET} or more random characters: openssl rand -hex 32.",
        )
    return given


def derived_key(secret: str, purpose: str) -> bytes:
    """Return a key for one purpose; from one key no other can be worked out."""
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).digest()
