"""Editions live: merged, removed, logged, never overwritten, by two processes at once too."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import psychometrics as pm
from psychometrics.errors import NormError, OutputError
from psychometrics.norming.editions.log import LOG, parse_log, withdraw_edition
from psychometrics.norming.editions.verify import verify_editions
from psychometrics.norming.files import table_bytes
from psychometrics.report.files import result_bytes

DAY = date(2026, 11, 1)


def build(
    values: list[float], edition: str = "e", *, gender: list[str] | None = None, **more: object
) -> pm.Norms:
    table = {"x": values, **({"gender": gender} if gender else {})}
    strata = ["gender=f,m"] if gender else []
    return pm.build_norms(
        table,
        scale="x",
        edition=edition,
        provenance={"description": "made-up people", "who": "tester"},
        strata=strata,
        day=DAY,
        **more,  # type: ignore[arg-type]
    )


people = st.lists(st.tuples(st.integers(0, 9).map(float), st.sampled_from("fm")), min_size=1, max_size=40)


def of(sample: list[tuple[float, str]], edition: str = "e") -> pm.Norms:
    return build([s for s, _ in sample], edition, gender=[g for _, g in sample])


@settings(max_examples=40, deadline=None)
@given(people, people)
def test_merged_is_built_of_both_and_remove_undoes_it(first: list, second: list) -> None:
    a, b, both = of(first), of(second), of(first + second)
    merged = a.merge(b, edition="m", day=DAY)
    assert table_bytes(merged) == table_bytes(both)
    assert table_bytes(b.merge(a, edition="m", day=DAY)) == table_bytes(both)
    back = merged.remove(b, edition="r", day=DAY)
    assert table_bytes(back) == table_bytes(a)
    assert set(back.cells) == set(a.cells)
    assert back.head.population.n == len(first)


def test_nobody_left_is_no_edition() -> None:
    with pytest.raises(NormError, match="nobody would be left"):
        build([1, 2]).remove(build([1, 2]), edition="r")


def test_a_new_edition_knows_its_parent_date_who_and_why(tmp_path: Path) -> None:
    a = build([1, 2, 3])
    b = a.merge(build([4, 5]), edition="f", who="ann", why="November", day=date(2026, 12, 1))
    b.save(tmp_path)
    head = pm.load_norms(tmp_path / "f.toml").head
    assert (head.parent, head.released, head.population.n) == ("e", "2026-12-01", 5)
    last = head.history[-1]
    assert (last.action, last.date, last.who, last.why, last.n_before) == (
        "merged",
        "2026-12-01",
        "ann",
        "November",
        3,
    )


def test_scoring_with_an_old_edition_gives_the_same_bytes(tmp_path: Path) -> None:
    path = build([1, 2, 3, 3, 5]).save(tmp_path)
    before = result_bytes(pm.load_norms(path).apply({"x": [2, 3, 4]}, today=DAY), ".json")
    files = {file.name: file.read_bytes() for file in tmp_path.glob("e.*")}
    norms = pm.load_norms(path)
    for month in range(3):
        norms = norms.merge(build([month]), edition=f"m{month}", day=DAY)
        norms.save(tmp_path)
    norms.remove(build([0.0]), edition="without", day=DAY).save(tmp_path)
    assert {file.name: file.read_bytes() for file in tmp_path.glob("e.*")} == files
    assert result_bytes(pm.load_norms(path).apply({"x": [2, 3, 4]}, today=DAY), ".json") == before
    assert '"norms": "table/e"' in before.decode()


def test_the_log_says_what_when_who_why_and_how_many(tmp_path: Path) -> None:
    a = build([1, 2, 3])
    a.save(tmp_path)
    a.merge(build([4.0]), edition="f", who="ann", why="one more", day=DAY).save(tmp_path)
    lines = [json.loads(line) for line in (tmp_path / LOG).read_text(encoding="utf-8").splitlines()]
    assert [(one["action"], one["edition"], one["parent"]) for one in lines] == [
        ("built", "e", None),
        ("merged", "f", "e"),
    ]
    assert (lines[1]["who"], lines[1]["why"], lines[1]["n_before"], lines[1]["n_after"]) == (
        "ann",
        "one more",
        3,
        4,
    )
    assert lines[1]["previous"] == lines[0]["digest"]
    check = verify_editions(tmp_path)
    assert check.agree
    assert check.last_digest == lines[1]["digest"]
    assert check.to_frame()["edition"].tolist() == ["e", "f"]
    assert "agree" in repr(check)


def three(folder: Path) -> list[bytes]:
    """Save three editions and return the lines of the log."""
    norms = build([1, 2, 3])
    norms.save(folder)
    for name in ("f", "g"):
        norms = norms.merge(build([4.0]), edition=name, day=DAY)
        norms.save(folder)
    return (folder / LOG).read_bytes().splitlines(keepends=True)


@pytest.mark.parametrize(
    ("tamper", "what"),
    [
        (lambda lines: [lines[0], lines[2]], "dropped, put in or changed"),
        (
            lambda lines: [lines[0], lines[1].replace(b'"n_after": 4', b'"n_after": 9'), lines[2]],
            "changed after",
        ),
        (lambda lines: [lines[1], lines[0], lines[2]], "dropped, put in or changed"),
        (lambda lines: [lines[0], b"nonsense\n", *lines[1:]], "not a line"),
    ],
)
def test_a_changed_log_is_found_and_not_added_to(tmp_path: Path, tamper: object, what: str) -> None:
    lines = three(tmp_path)
    (tmp_path / LOG).write_bytes(b"".join(tamper(lines)))  # type: ignore[operator]
    check = verify_editions(tmp_path)
    assert not check.agree
    assert any(what in said for _, said in check.findings)
    with pytest.raises(NormError, match="Nothing is added to a broken log"):
        build([1.0], "h").save(tmp_path)


def test_a_cut_log_is_found_by_a_digest_kept_elsewhere(tmp_path: Path) -> None:
    lines = three(tmp_path)
    kept = verify_editions(tmp_path).last_digest
    assert verify_editions(tmp_path, last_digest=kept).agree
    (tmp_path / LOG).write_bytes(b"".join(lines[:2]))
    (tmp_path / "g.toml").unlink()
    assert verify_editions(tmp_path).agree
    findings = dict(verify_editions(tmp_path, last_digest=kept).findings)
    assert "cut or rewritten" in findings["log"]


def test_changed_lost_and_strange_files_are_found(tmp_path: Path) -> None:
    three(tmp_path)
    (tmp_path / "e.toml").write_text(
        (tmp_path / "e.toml").read_text(encoding="utf-8").replace("made-up people", "the world"),
        encoding="utf-8",
    )
    (tmp_path / "f.csv").write_text("scale_id,score,count\nx,1,100\n", encoding="utf-8")
    (tmp_path / "g.toml").rename(tmp_path / "h.toml")
    found = dict(verify_editions(tmp_path).findings)
    assert found == {
        "e": "its head is not the one that was written",
        "f": "its table is not the one that was written",
        "g": "its head is gone",
        "h": "not in the log",
    }
    with pytest.raises(NormError, match="the head is not the one that the log of its folder knows"):
        pm.load_norms(tmp_path / "e.toml")


def test_a_lost_table_is_found(tmp_path: Path) -> None:
    three(tmp_path)
    (tmp_path / "g.csv").unlink()
    assert verify_editions(tmp_path).findings == (("g", "its table is gone"),)


def test_editions_from_before_the_log_are_entered(tmp_path: Path) -> None:
    build([1, 2, 3]).save(tmp_path)
    (tmp_path / LOG).unlink()
    (tmp_path / "other.toml").write_text("title = 'not an edition'\n", encoding="utf-8")
    build([4, 5], "f").save(tmp_path)
    lines, broken = parse_log((tmp_path / LOG).read_bytes())
    assert not broken
    assert [(one["action"], one["edition"]) for one in lines] == [("found", "e"), ("built", "f")]
    assert verify_editions(tmp_path).agree
    assert pm.load_norms(tmp_path / "e.toml").head.population.n == 3


def test_a_crash_between_log_and_head_is_completed_by_saving_again(tmp_path: Path) -> None:
    norms = build([1, 2, 3])
    norms.save(tmp_path)
    (tmp_path / "e.toml").unlink()
    assert verify_editions(tmp_path).findings == (("e", "its head is gone"),)
    with pytest.raises(OutputError, match="a name is never used twice"):
        build([1, 2]).save(tmp_path)
    norms.save(tmp_path)
    assert verify_editions(tmp_path).agree
    assert len((tmp_path / LOG).read_bytes().splitlines()) == 1


def test_a_torn_last_line_is_cut_before_the_next_is_written(tmp_path: Path) -> None:
    three(tmp_path)
    with (tmp_path / LOG).open("ab") as file:
        file.write(b'{"line": 4, "acti')
    assert verify_editions(tmp_path).agree
    build([7.0], "h").save(tmp_path)
    assert verify_editions(tmp_path).agree
    assert verify_editions(tmp_path).lines[-1]["edition"] == "h"


def test_a_withdrawn_edition_is_gone_but_its_name_stays(tmp_path: Path) -> None:
    three(tmp_path)
    withdraw_edition(tmp_path, "e", why="erasure", who="ann")
    assert not list(tmp_path.glob("e.*"))
    check = verify_editions(tmp_path)
    assert check.agree
    assert check.lines[-1]["action"] == "withdrawn"
    with pytest.raises(OutputError, match="never used twice"):
        build([9.0]).save(tmp_path)
    with pytest.raises(NormError, match="no such edition"):
        withdraw_edition(tmp_path, "e", why="again")


def test_no_log_no_check(tmp_path: Path) -> None:
    with pytest.raises(NormError, match="no log of editions"):
        verify_editions(tmp_path)


WRITER = """
import sys, psychometrics as pm
from psychometrics.errors import OutputError
folder, start, same = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "same"
won = []
for i in range(8):
    name = f"n{i}" if same else f"n{start}-{i}"
    scores = {"x": [float(start)] * (i + 1 + start)}
    norms = pm.build_norms(scores, scale="x", edition=name, provenance={"description": f"writer {start}"})
    try:
        norms.save(folder)
        won.append(name)
    except OutputError:
        pass
print(" ".join(won))
"""


@pytest.mark.parametrize("names", ["same", "different"])
def test_two_processes_lose_and_mix_nothing(tmp_path: Path, names: str) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), str(start), names],
            stdout=subprocess.PIPE,
            text=True,
        )
        for start in (1, 2)
    ]
    won = [set(writer.communicate()[0].split()) for writer in writers]
    assert all(writer.returncode == 0 for writer in writers)
    assert not won[0] & won[1]
    assert len(won[0] | won[1]) == (8 if names == "same" else 16)
    check = verify_editions(tmp_path)
    assert check.agree
    assert len(check.lines) == len(won[0] | won[1])
    for start, mine in zip((1, 2), won, strict=True):
        for name in mine:
            norms = pm.load_norms(tmp_path / f"{name}.toml")
            assert norms.head.population.description == f"writer {start}"
            assert norms.cells[(), "x"].ends == (start, start)
