"""A small edition of published moments that the tests share."""

from __future__ import annotations

import hashlib
from pathlib import Path

HEAD = """
format = 1
instrument = "table"
version = "0.0.0"
fingerprint = ""
edition = "m"
title = "made-up"
kind = "moments"
simulated = true
normal = true
released = "2026-11-01"
table = "m.csv"
table_sha256 = "{sha}"
[population]
description = "made-up"
"""


def moments(folder: Path, n: int | None) -> Path:
    """Write an edition of one normal scale ``x`` with mean 50 and SD 10."""
    table = f"scale_id,n,mean,sd\nx,{'' if n is None else n},50,10\n"
    (folder / "m.csv").write_text(table, encoding="utf-8")
    head = HEAD.replace("{sha}", hashlib.sha256(table.encode()).hexdigest())
    (folder / "m.toml").write_text(head, encoding="utf-8")
    return folder / "m.toml"
