"""Many pages: names that are safe and never twice, archives that are the same bytes, nothing half-written."""

from __future__ import annotations

import csv
import io
import json
import pickle
import zipfile
from pathlib import Path

import person_reports_for_tests as made
import pytest
from hypothesis import given
from hypothesis import strategies as st
from person_pages_for_tests import flagship_pages

from psychometrics.errors import OutputError, ReportError
from psychometrics.report.person import writing, writing_part
from psychometrics.report.person.page import page_bytes
from psychometrics.report.person.writing import write_reports
from psychometrics.report.person.writing_names import RESERVED, file_names
from psychometrics.report.person.writing_zip import pack, write_zip


def few(*ids: str) -> list[made.PersonReport]:
    return [made.report(person_id=one) for one in ids]


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_holds_the_pages_and_an_index(tmp_path: Path) -> None:
    done = write_reports(few("b", "a/../c", "Ünal"), tmp_path / "pages")
    assert done.n_pages == 3 and left(tmp_path) == ["pages"]
    with (tmp_path / "pages" / "index.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["person_id"] for row in rows] == ["b", "a/../c", "Ünal"]
    assert left(tmp_path / "pages") == sorted([*(row["file"] for row in rows), "index.csv"])
    assert (tmp_path / "pages" / "b.html").read_bytes() == page_bytes(few("b")[0])


@pytest.mark.parametrize("form", ["html", "json"])
def test_an_archive_is_the_same_bytes_whatever_the_order(tmp_path: Path, form: str) -> None:
    pages = flagship_pages()[:5]
    archives = []
    for k, (workers, order) in enumerate([(1, 1), (1, 1), (1, -1)]):
        path = tmp_path / f"{k}.zip"
        write_reports(pages[::order], path, format=form, workers=workers)  # type: ignore[arg-type]
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            archives.append({one.filename: archive.read(one) for one in archive.infolist()})
            names = archive.namelist()
            assert names == ["index.csv", *sorted(names[1:])]
            assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert (tmp_path / "0.zip").read_bytes() == (tmp_path / "1.zip").read_bytes()
    assert {k: v for k, v in archives[0].items() if k != "index.csv"} == {
        k: v for k, v in archives[2].items() if k != "index.csv"
    }
    one = next(name for name in archives[0] if name != "index.csv")
    text = archives[0][one].decode()
    assert text.startswith("<!doctype html>") if form == "html" else json.loads(text)["person_id"]


def test_workers_take_pages_that_are_made_on_demand_and_write_the_same_archive(tmp_path: Path) -> None:
    pages, seen = flagship_pages(), []
    write_reports(
        pages, tmp_path / "2.zip", workers=2, progress=lambda done, total: seen.append((done, total))
    )
    assert seen == [(k + 1, len(pages)) for k in range(len(pages))]
    write_reports(pages, tmp_path / "1.zip", workers=1)
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "2.zip") as archive:
        assert len(archive.namelist()) == len(pages) + 1
        assert archive.read("P0003.html") == page_bytes(pages.of("P0003"))


def test_what_is_there_is_left_alone_unless_it_may_be_replaced(tmp_path: Path) -> None:
    for name in ("p", "p.zip"):
        write_reports(few("a"), tmp_path / name)
        with pytest.raises(OutputError, match="exists already"):
            write_reports(few("b"), tmp_path / name)
        write_reports(few("b"), tmp_path / name, replace=True)
    assert left(tmp_path / "p") == ["b.html", "index.csv"]
    assert zipfile.ZipFile(tmp_path / "p.zip").namelist() == ["index.csv", "b.html"]
    assert left(tmp_path) == ["p", "p.zip"]


def test_a_folder_that_holds_anything_else_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.txt").write_text("years", encoding="utf-8")
    with pytest.raises(OutputError, match="more than result pages"):
        write_reports(few("a"), tmp_path / "home", replace=True)
    write_reports(few("a"), tmp_path / "p")
    (tmp_path / "p" / "note.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="more than result pages"):
        write_reports(few("a"), tmp_path / "p", replace=True)
    (tmp_path / "empty").mkdir()
    write_reports(few("a"), tmp_path / "empty")
    with pytest.raises(OutputError, match="is not an archive"):
        write_reports(few("a"), tmp_path / "empty", archive=True, replace=True)


@pytest.mark.parametrize("name", ["p", "p.zip"])
def test_a_run_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def fail(report: made.PersonReport) -> bytes:
        if report.person_id == "b":
            raise KeyboardInterrupt
        return b"x"

    monkeypatch.setattr(writing_part, "_renderer", lambda _: fail)
    with pytest.raises(KeyboardInterrupt):
        write_reports(few("a", "b", "c"), tmp_path / name)
    assert left(tmp_path) == []


def test_an_error_in_a_worker_is_raised_here_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="xx"):
        write_reports(
            [made.report(person_id=one, language="xx") for one in "abcd"], tmp_path / "p", workers=2
        )
    assert left(tmp_path) == []


def test_calls_that_make_no_sense(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="no page"):
        write_reports([], tmp_path / "p")
    with pytest.raises(ReportError, match="pdf"):
        write_reports(few("a"), tmp_path / "p", format="pdf")  # type: ignore[arg-type]
    with pytest.raises(ReportError, match="workers"):
        write_reports(few("a"), tmp_path / "p", workers=0)
    with pytest.raises(ReportError, match="more than once"):
        write_reports(few("a", "a"), tmp_path / "p")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError):
        write_reports(few("a"), tmp_path / "file" / "p")
    assert left(tmp_path) == ["file"]


def test_default_workers_are_one_for_few(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(writing._shares(["a", "b"], None)) == 1
    monkeypatch.setattr(writing.os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    assert len(writing._shares([f"{i:04}" for i in range(writing.FEW)], None)) == 3


# ------------------------------------------------------------------------------------------------------- names


def test_plain_ids_are_names() -> None:
    assert file_names([("P0008", "1"), ("x_y-2", "")], ".html") == ["P0008.html", "x_y-2.html"]
    assert file_names([("P1", "1"), ("P1", "2")], ".html") == ["P1.1.html", "P1.2.html"]


def test_ids_that_differ_in_capitals_alone_get_digests() -> None:
    names = file_names([("anna", ""), ("Anna", ""), ("b", "")], "")
    assert names[2] == "b" and len({name.casefold() for name in names}) == 3
    assert names[0].startswith("anna-") and names[1].startswith("Anna-")


SHARP = (
    st.text(alphabet="aA.bß/\\-_1 \x00:", max_size=6)
    | st.sampled_from(sorted(RESERVED))
    | st.text(max_size=8)
)


@given(st.lists(st.tuples(SHARP, SHARP), unique=True, max_size=12))
def test_names_are_safe_and_never_twice(keys: list[tuple[str, str]]) -> None:
    names = file_names(keys, ".html")
    assert len({name.casefold() for name in names}) == len(keys)
    for name in names:
        stem = name.removesuffix(".html")
        assert stem and set(stem) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")
        assert stem[0] not in ".-" and stem[-1] != "." and len(name) < 200
        assert stem.split(".")[0].casefold() not in RESERVED


def test_an_archive_of_more_members_than_the_old_format_holds() -> None:
    member, packed = pack("x", b"text")
    out = io.BytesIO()
    names = [f"{i}.txt" for i in range(66_000)]
    write_zip(
        out,
        (
            (type(member)(name=n, crc=member.crc, size=member.size, packed=member.packed), packed)
            for n in names
        ),
    )
    with zipfile.ZipFile(out) as archive:
        assert archive.namelist() == names
        assert archive.read(names[-1]) == b"text"


def test_pages_can_be_handed_to_another_process() -> None:
    page = made.report()
    assert page_bytes(pickle.loads(pickle.dumps(page))) == page_bytes(page)
