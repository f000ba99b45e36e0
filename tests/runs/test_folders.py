"""The folder of a run: nothing of anybody else is touched, nothing stale stays, a rerun mixes nothing."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from batches_for_tests import FOUR, RUBRIC, answers, cut, open_batches, ratings, write

import psychometrics as pm
from psychometrics.engine import delimited
from psychometrics.engine.manifest import FORMAT, Finished, Manifest
from psychometrics.runs import run_batches


def scores(run: pm.BatchRun) -> list[list[str]]:
    return [pq.read_table(path).column("person_id").to_pylist() for path in run.files.values()]


def there(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("resume", [True, False])
@pytest.mark.parametrize("kind", ["files", "stream"])
def test_files_of_somebody_else_stay(tmp_path: Path, resume: bool, kind: str) -> None:
    folder, out = write([answers(9)], tmp_path / "in"), tmp_path / "out"
    others = ["scores/mine.parquet", ".run/keep.txt", "sub/.download.part", "readme.md"]
    for name in others:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text("x", encoding="utf-8")
    source = folder if kind == "files" else iter([answers(9)])
    with pytest.raises(pm.RunError, match=r"holds files that no run has made") as caught:
        run_batches(open_batches(source, FOUR), out, resume=resume)
    assert [one.where for one in caught.value.problems] == ["mine.parquet"]
    assert there(out) == {*others, ".run.lock"}
    (out / others[0]).unlink()
    source = folder if kind == "files" else iter([answers(9)])
    run_batches(open_batches(source, FOUR), out, resume=resume)
    assert set(others[1:]) <= there(out)


def test_scores_never_go_where_the_answers_are(tmp_path: Path) -> None:
    folder = write([answers(9)], tmp_path / "in")
    for source in (
        folder,
        [folder],
        f"{tmp_path}/**/*.parquet",
        f"file://{folder}",
    ):
        for out in (folder, folder / "scored"):
            with pytest.raises(pm.RunError, match="would find the scores"):
                run_batches(open_batches(source, FOUR), out)
    assert there(tmp_path) == {"in/part000.parquet"}
    for out in (folder / ".scored", tmp_path / "out"):
        assert run_batches(open_batches(folder, FOUR), out).n_rows == 9
    inside = write([answers(9)], tmp_path / "project" / "scores")
    with pytest.raises(pm.RunError, match="is where the scores would go"):
        run_batches(open_batches(inside / "part000.parquet", FOUR), tmp_path / "project", resume=False)
    assert there(inside) == {"part000.parquet"}


def test_persons_that_are_numbered_keep_their_numbers_when_files_change(tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    table = answers(12).drop_columns(["person_id"])
    folder.mkdir()
    pq.write_table(table.slice(0, 4), folder / "b.parquet")
    pq.write_table(table.slice(4, 4), folder / "c.parquet")
    run_batches(open_batches(folder, FOUR), out)
    pq.write_table(table.slice(0, 2), folder / "b.parquet")
    assert scores(run_batches(open_batches(folder, FOUR), out)) == [["1", "2"], ["3", "4", "5", "6"]]
    pq.write_table(table.slice(8, 1), folder / "a.parquet")
    run = run_batches(open_batches(folder, FOUR), out)
    assert scores(run) == [["1"], ["2", "3"], ["4", "5", "6", "7"]]
    assert run_batches(open_batches(folder, FOUR), out).n_new == 0


def test_a_file_that_is_cut_otherwise_now_is_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "RANGE", 64)
    monkeypatch.setattr(delimited, "PARTITION", 256)
    folder, out = tmp_path / "in", tmp_path / "out"
    for n in (5, 60, 9):
        write([answers(n)], folder, "csv")
        run = run_batches(open_batches(folder, FOUR), out)
        assert run.n_new == n
        assert len(list((out / "scores").iterdir())) == len(run.files)
        assert sum(map(len, scores(run))) == n


def test_scores_of_a_run_that_was_killed_before_it_noted_them_do_not_stay(tmp_path: Path) -> None:
    folder, out = write(cut(answers(20), [10]), tmp_path / "in"), tmp_path / "out"
    run_batches(open_batches(folder, FOUR), out)
    manifest = out / "manifest.jsonl"
    manifest.write_text(
        "".join(manifest.read_text(encoding="utf-8").splitlines(keepends=True)[:2]), encoding="utf-8"
    )
    noted = json.loads(manifest.read_text(encoding="utf-8").splitlines()[1])["partition"]
    (folder / ({"part000.parquet", "part001.parquet"} - {noted}).pop()).unlink()
    (out / ".run" / "buckets-left").mkdir()
    run = run_batches(open_batches(folder, FOUR), out)
    assert run.n_rows == 10
    assert [path.name for path in (out / "scores").iterdir()] == [path.name for path in run.files.values()]
    assert not (out / ".run" / "buckets-left").exists()


def test_who_was_rated_only_is_found_anew_each_time(tmp_path: Path) -> None:
    rated = ratings(30, share=1.0)
    table = pa.table({"person_id": np.arange(100, 130), "q1": np.arange(30) % 2, "q2": np.arange(30) % 2})
    folder, out = write([table.slice(0, 20)], tmp_path / "in"), tmp_path / "out"
    first = run_batches(open_batches(folder, RUBRIC, ratings=rated), out)
    assert len(first.files) == 2
    pq.write_table(table.slice(20), folder / "part001.parquet")
    second = run_batches(open_batches(folder, RUBRIC, ratings=rated), out)
    assert second.n_rows == 30
    assert len(list((out / "scores").iterdir())) == len(second.files) == 2
    assert sorted(who for own in scores(second) for who in set(own)) == [str(i) for i in range(100, 130)]


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda text: "[]\n", "damaged"),
        (lambda text: "\n" + text, "damaged"),
        (lambda text: text + '"x"\n', "damaged"),
        (lambda text: text.replace('"n_rows": 9, ', ""), "damaged"),
        (lambda text: text.replace(f'"format": {FORMAT}', '"format": 1'), "another version"),
        (lambda text: text.replace('"package": "', '"package": "0.0.'), "package"),
    ],
)
def test_a_manifest_that_was_edited_or_is_of_another_version(tmp_path: Path, edit, words: str) -> None:
    folder, out = write([answers(9)], tmp_path / "in"), tmp_path / "out"
    run_batches(open_batches(folder, FOUR), out)
    path = out / "manifest.jsonl"
    path.write_text(edit(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(pm.RunError, match=words) as caught:
        run_batches(open_batches(folder, FOUR), out)
    assert "resume=False" in caught.value.hint
    assert run_batches(open_batches(folder, FOUR), out, resume=False).n_rows == 9


def test_a_partition_whose_files_are_not_listed_is_not_finished(tmp_path: Path) -> None:
    folder, out = write([answers(9)], tmp_path / "in"), tmp_path / "out"
    run_batches(open_batches(folder, FOUR), out)
    path = out / "manifest.jsonl"
    head, line = path.read_text(encoding="utf-8").splitlines()
    path.write_text(f"{head}\n{json.dumps({**json.loads(line), 'files': {}})}\n", encoding="utf-8")
    run = run_batches(open_batches(folder, FOUR), out)
    assert (run.n_new, len(run.files)) == (9, 1)


def test_half_a_line_of_a_full_disk_does_not_spoil_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    manifest = Manifest(tmp_path, {})
    manifest.start(resume=True)
    one = Finished(partition="a", identity={}, n_rows=1, files={})

    class Full(io.FileIO):
        def write(self, data: bytes) -> int:
            super().write(data[:5])
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", lambda self, mode, **_: Full(self, mode.replace("b", "")))
        with pytest.raises(pm.OutputError, match="No space left"):
            manifest.add(one)
    manifest.add(one)
    again = Manifest(tmp_path, {})
    again.start(resume=True)
    assert list(again.finished) == ["a"]


def test_columns_that_are_whole_numbers_here_and_not_there(tmp_path: Path) -> None:
    table = answers(30)
    parts = cut(table, [10, 20])
    parts[1] = parts[1].set_column(3, "age", parts[1].column("age").cast(pa.float64()))
    parts[2] = parts[2].slice(0, 0).set_column(3, "age", pa.nulls(0))
    folder, out = write(parts, tmp_path / "in"), tmp_path / "out"
    run_batches(open_batches(folder, FOUR, columns=["age", "region"]), out, layout="wide")
    found = pq.read_table(out / "scores")
    assert found.schema.field("age").type == pa.float64()
    assert found.column("age").to_pylist() == table.column("age").slice(0, 20).to_pylist()


def test_columns_that_would_stand_in_the_place_of_who(tmp_path: Path) -> None:
    table = answers(9).append_column("who", pa.array([f"w{i}" for i in range(9)]))
    for options, strata in (({"columns": ["person_id"]}, []), ({}, ["person_id"])):
        with pytest.raises(pm.RunError, match="in the place of others"):
            run_batches(open_batches(table, FOUR, person="who", **options), norms_strata=strata)
    run = run_batches(
        open_batches(table, FOUR, columns=["person_id", "age", "age"]), tmp_path / "out", layout="wide"
    )
    assert pq.read_table(next(iter(run.files.values()))).column_names[:2] == ["person_id", "age"]


def test_words_that_are_none(tmp_path: Path) -> None:
    for options in ({"layout": "tall"}, {"pairs": "some"}):
        with pytest.raises(pm.RunError, match="Choose one of"):
            run_batches(open_batches(answers(3), FOUR), **options)
    for workers in ("2", 1.5):
        with pytest.raises(pm.RunError, match="workers="):
            open_batches(answers(3), FOUR, workers=workers)
    spent = open_batches(iter([answers(3)]), FOUR)
    assert run_batches(spent).n_rows == 3
    with pytest.raises(pm.RunError, match="read once"):
        run_batches(spent)


def test_a_file_that_changes_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from psychometrics.runs import worker

    folder, out = write(cut(answers(20), [10]), tmp_path / "in"), tmp_path / "out"
    real = worker.read_batches

    def changing(partition, reading, rows):
        yield from real(partition, reading, rows)
        if partition.name == "part000.parquet":
            pq.write_table(answers(20, 7).slice(0, 10), folder / partition.name)

    monkeypatch.setattr(worker, "read_batches", changing)
    with pytest.raises(pm.RunError, match=r"part000\.parquet: changed while it was read"):
        run_batches(open_batches(folder, FOUR), out)
    monkeypatch.undo()
    assert run_batches(open_batches(folder, FOUR), out).n_new == 10


def test_a_file_that_is_gone_is_no_fault_of_the_output(tmp_path: Path) -> None:
    folder = write(cut(answers(20), [10]), tmp_path / "in")
    batches = open_batches(folder, FOUR)
    (folder / "part001.parquet").unlink()
    with pytest.raises(pm.RunError, match=r"part001\.parquet: .*Failed to open") as caught:
        run_batches(batches, tmp_path / "out")
    assert "cannot be written" not in str(caught.value)
