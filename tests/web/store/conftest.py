"""Stores for tests: a SQLite file, and a PostgreSQL cluster of our own where the server is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from store_clock_for_tests import Clock

from psychometrics.web.store import Store, open_store

NO_POSTGRES = "POSTGRESQL IS NOT INSTALLED: the store was tested on SQLite alone. Install the Debian package postgresql."


@pytest.fixture
def clock() -> Clock:
    return Clock()


def initdb() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1] if found else Path(on_path) if on_path else None


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """Return the URL of an empty PostgreSQL cluster without its database."""
    program = initdb()
    if program is None:
        pytest.skip(NO_POSTGRES)
    folder = Path(tempfile.mkdtemp(prefix="psychometrics-pg-"))
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(folder, "postgres")
    data, control = folder / "data", program.with_name("pg_ctl")
    run = {"check": True, "capture_output": True, "cwd": folder}
    subprocess.run(
        [*as_user, program, "-D", data, "-U", "owner", "-A", "trust", "-N", "--locale=C.UTF-8"], **run
    )
    options = (
        f"-c listen_addresses='' -c unix_socket_directories={folder} -c max_connections=200 -c fsync=off"
    )
    start = [*as_user, control, "-D", data, "-w", "-l", folder / "log", "-o", options, "start"]
    subprocess.run(start, check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"postgresql://owner@/{{name}}?host={folder}"
    finally:
        subprocess.run([*as_user, control, "-D", data, "-m", "immediate", "stop"], **run)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(cluster: str) -> str:
    """Return the URL of an empty database; the tables of the test before are gone."""
    import psycopg

    url = cluster.format(name="postgres")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    return url


@pytest.fixture
def all_kinds(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    """Return where new stores of every kind go that this machine has."""
    found = [str(tmp_path / "store.sqlite")]
    return found if initdb() is None else [*found, request.getfixturevalue("postgres_url")]


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where a new store of each kind goes."""
    if request.param == "sqlite":
        return str(tmp_path / "store.sqlite")
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def store(where: str, clock: Clock) -> Iterator[Store]:
    """Return an open store of each kind."""
    with open_store(where, clock=clock) as opened:
        yield opened


@pytest.fixture
def file_store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """Return an open store in a SQLite file."""
    with open_store(tmp_path / "store.sqlite", clock=clock) as opened:
        yield opened
