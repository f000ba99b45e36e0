"""Files of an object store are found as those of a folder are, and no secret of an address is ever shown."""

from __future__ import annotations

import socketserver
import threading
import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from psychometrics.engine.addresses import shown, without_options
from psychometrics.engine.finding import find_files, has_changed
from psychometrics.engine.sources import open_source
from psychometrics.errors import RunError

ROOT = "fsspec+memory://store-of-tests"
SECRET = "s3cr3t"


class Dated(pafs.FSSpecHandler):
    """Files in memory that say when they were changed."""

    @staticmethod
    def _create_file_info(path: str, info: dict[str, Any]) -> pafs.FileInfo:
        plain = pafs.FSSpecHandler._create_file_info(path, info)
        return pafs.FileInfo(path, plain.type, size=plain.size, mtime=info.get("created"))


@pytest.fixture
def memory() -> Iterator[MemoryFileSystem]:
    store = MemoryFileSystem()
    yield store
    store.rm("/store-of-tests", recursive=True)


def put(store: MemoryFileSystem, path: str, *ids: int) -> None:
    held = pa.BufferOutputStream()
    pq.write_table(pa.table({"person_id": ids}), held)
    store.pipe(f"/store-of-tests/{path}", held.getvalue().to_pybytes())


def names(source: Any) -> list[str]:
    return [one.name for one in open_source(source).partitions]


def test_a_folder_a_glob_and_a_file_of_an_address(memory: MemoryFileSystem) -> None:
    put(memory, "in/year=2025/gender=f/a b.parquet", 1)
    put(memory, "in/year=2026/gender=m/c.parquet", 2)
    put(memory, "in/_temporary/x.parquet", 3)
    both = ["year=2025/gender=f/a b.parquet", "year=2026/gender=m/c.parquet"]
    assert names(f"{ROOT}/in") == names(f"{ROOT}/in/") == names(f"{ROOT}/in/**") == both
    assert names(f"{ROOT}/in/*/gender=f/*.parquet") == both[:1]
    assert names(f"{ROOT}/in/year=202?/gender=[mx]/c.parquet") == both[1:]
    assert names(f"{ROOT}/in/year=2025") == ["gender=f/a b.parquet"]
    for name in ("a b.parquet", "a%20b.par*", "a b.par*"):
        (part,) = open_source(f"{ROOT}/in/year=2025/gender=f/{name}").partitions
        assert part.name == "a b.parquet"
        assert part.fields() == {"person_id": pa.int64(), "year": pa.int64(), "gender": pa.string()}


def test_a_folder_that_fits_a_glob_stands_for_what_is_in_it(memory: MemoryFileSystem) -> None:
    put(memory, "in/2026-01/deep/a.parquet", 1)
    put(memory, "in/2026-02.parquet/b.parquet", 2)
    put(memory, "in/2025-12/c.parquet", 3)
    assert names(f"{ROOT}/in/2026-*") == ["2026-01/deep/a.parquet", "2026-02.parquet/b.parquet"]
    assert names(f"{ROOT}/in/*.parquet") == ["2026-02.parquet/b.parquet"]


def test_what_a_glob_leaves_out_may_be_packed(memory: MemoryFileSystem) -> None:
    put(memory, "in/a.parquet", 1)
    memory.pipe("/store-of-tests/in/b.csv.bz2", b"x")
    assert names(f"{ROOT}/in/*.parquet") == ["a.parquet"]
    with pytest.raises(RunError, match="1 files in it cannot be read in batches") as caught:
        open_source(f"{ROOT}/in")
    assert caught.value.problems[0].where == "b.csv.bz2"


@pytest.mark.usefixtures("memory")
@pytest.mark.parametrize(
    ("address", "said"),
    [
        (f"{ROOT}/nowhere", "there is no such file or folder"),
        ("s3://", "no bucket is named"),
        ("s4://b/x", "Unrecognized filesystem type"),
        ("fsspec+nix://b/x", "Protocol not known"),
        ("s3://bucket/mont?gender=f/x.parquet", "Unexpected query parameter in S3 URI: 'gender'"),
    ],
)
def test_an_address_that_leads_nowhere(address: str, said: str, memory: MemoryFileSystem) -> None:
    put(memory, "a.parquet", 1)
    with pytest.raises(RunError, match="cannot be read") as caught:
        open_source(address)
    assert said in caught.value.problems[0].what
    assert caught.value.message.startswith(shown(address))


def test_an_empty_folder_and_a_glob_that_nothing_fits(memory: MemoryFileSystem) -> None:
    memory.pipe("/store-of-tests/in/readme.md", b"x")
    for source in (f"{ROOT}/in", folder(memory, "in")):
        with pytest.raises(RunError, match="no data files in it"):
            open_source(source)
    with pytest.raises(RunError, match="no file fits"):
        open_source(f"{ROOT}/in/*.csv")


def folder(memory: MemoryFileSystem, path: str) -> pafs.SubTreeFileSystem:
    return pafs.SubTreeFileSystem(f"/store-of-tests/{path}", pafs.PyFileSystem(Dated(memory)))


def test_a_folder_of_a_filesystem_is_a_source(memory: MemoryFileSystem) -> None:
    put(memory, "in/year=2025/a.parquet", 1)
    put(memory, "in/year=2026/a.parquet", 2)
    source = open_source(folder(memory, "in"))
    assert [one.name for one in source.partitions] == ["year=2025/a.parquet", "year=2026/a.parquet"]
    assert source.where == "/store-of-tests/in"
    assert source.repeatable
    deep = pafs.SubTreeFileSystem("year=2026", folder(memory, "in"))
    (part,) = open_source(deep).partitions
    assert part.identity["path"] == "/store-of-tests/in/year=2026/a.parquet"
    (table,) = part.batches(["person_id", "year"], 10)
    assert table.to_pylist() == [{"person_id": 2, "year": 2026}]
    with pytest.raises(RunError, match="/store-of-tests/nix: cannot be read"):
        open_source(folder(memory, "nix"))


@pytest.mark.parametrize(
    "given", [pafs.LocalFileSystem(), pafs.SubTreeFileSystem("/tmp", pafs.LocalFileSystem())]
)
def test_a_filesystem_that_is_no_folder_of_a_store(given: pafs.FileSystem) -> None:
    with pytest.raises(RunError, match="which folder") as caught:
        open_source(given)
    assert "SubTreeFileSystem" in caught.value.hint


def test_files_without_a_time_of_change_are_not_taken_for_those_of_an_earlier_run(
    memory: MemoryFileSystem,
) -> None:
    put(memory, "in/a.parquet", 1)
    assert not open_source(f"{ROOT}/in").repeatable


def test_a_listing_may_say_more_of_the_time_than_the_file_does(monkeypatch: pytest.MonkeyPatch) -> None:
    class ToldAsS3:
        type_name = "s3"

        def __init__(self, second: int, rest: int) -> None:
            self.changed = datetime(2026, 1, 1, 0, 0, second, rest, tzinfo=UTC)

        def get_file_info(self, path: str) -> pafs.FileInfo:
            return pafs.FileInfo(path, pafs.FileType.File, size=1, mtime=self.changed)

    listed = ToldAsS3(5, 891_000)
    monkeypatch.setattr("psychometrics.engine.finding.open_address", lambda _: (listed, "b/a.csv"))
    (file,) = find_files("s3://b/a.csv")
    for second, changed in ((5, False), (6, True)):
        told: Any = ToldAsS3(second, 0)
        assert has_changed(replace(file, filesystem=told)) is changed


@pytest.mark.parametrize(
    ("address", "seen"),
    [
        (f"s3://key:{SECRET}@bucket/a?region=x", "s3://bucket/a"),
        (f"s3://key:{SECRET}/x@bucket/a/*.parquet?region=x&scheme=http", "s3://bucket/a/*.parquet"),
        (f"s3://key:{SECRET}?a=b@bucket/a", "s3://bucket/a"),
        (f"s3://bucket/a?account_key={SECRET}", "s3://bucket/a"),
        (
            "abfs://container@account.dfs.core.windows.net/a",
            "abfs://container@account.dfs.core.windows.net/a",
        ),
        ("s3://bucket/a:b@c/x", "s3://bucket/a:b@c/x"),
        ("in/a?b=c", "in/a?b=c"),
    ],
)
def test_what_is_shown_of_an_address(address: str, seen: str) -> None:
    assert shown(address) == seen


def test_a_question_mark_is_a_letter_unless_options_follow() -> None:
    assert without_options("s3://b/month?.csv?region=x") == ("s3://b/month?.csv", "?region=x")
    assert without_options("s3://b/month?.csv") == ("s3://b/month?.csv", "")


@pytest.mark.parametrize(
    "address",
    [
        f"s3://key:{SECRET}/x@bucket/a?region=x",
        f"s3://key:{SECRET}@bucket/a?region=x&other={SECRET}",
        f"s3://key:{SECRET}@bucket/*.csv?endpoint_override=127.0.0.1:1&scheme=http",
        f"s4://key:{SECRET}@bucket/a",
        f"s3://key:{SECRET}@?region=x",
    ],
)
def test_no_error_shows_the_secret(address: str) -> None:
    with pytest.raises(RunError, match="cannot be read") as caught:
        open_source(address)
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert SECRET not in repr(caught.value.__dict__)


def test_a_store_that_gives_no_answer_is_asked_three_times() -> None:
    asked = []

    class HangsUp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            asked.append(self.client_address)

    with socketserver.TCPServer(("127.0.0.1", 0), HangsUp) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        options = f"?endpoint_override=127.0.0.1:{server.server_address[1]}&scheme=http&region=x"
        with pytest.raises(RunError, match="cannot be read") as caught:
            open_source(f"s3://k:s@bucket/a{options}")
        server.shutdown()
        thread.join()
    assert "NETWORK_CONNECTION" in caught.value.problems[0].what
    assert "can be reached" in caught.value.hint
    assert len(asked) == 3
