"""Simulated answers of many people to the instrument of the benchmarks, as Parquet files of a million rows.

Run: uv run python tests/benchmarks/large_data.py --people 100000000 --folder DIR

SIMULATED: 50 items of 5 options on five scales, a third of the items reversed, 2 % of the answers missing; gender (2) x
age band (4); ids are whole numbers. Each file has a seed of its own, so that the first files of a large set are those of
a small one. Files that are there are kept.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from instrument import ITEMS

FILE_ROWS, GROUP_ROWS = 1_000_000, 131_072
GENDERS, AGE_BANDS = ("f", "m"), ("18-29", "30-44", "45-64", "65+")
LOADING, MISSING = np.float32(0.7), 0.02
SEED = 20_261


def file_of(folder: Path, number: int) -> Path:
    return folder / f"people-{number:05d}.parquet"


def labels(rng: np.random.Generator, names: tuple[str, ...], n: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(rng.integers(0, len(names), n, np.int8)), pa.array(names))


def people(number: int, n: int) -> pa.Table:
    """Return the people of one file."""
    rng = np.random.default_rng([SEED, number])
    columns: dict[str, pa.Array] = {
        "person_id": pa.array(np.arange(n) + number * FILE_ROWS),
        "gender": labels(rng, GENDERS, n),
        "age_band": labels(rng, AGE_BANDS, n),
    }
    traits = rng.standard_normal((5, n), np.float32)
    for place, name in enumerate(ITEMS):
        latent = LOADING * traits[place // 10] + rng.standard_normal(n, np.float32)
        code = np.clip(np.rint(latent + np.float32(3)), 1, 5).astype(np.int8)
        code = np.int8(6) - code if place % 3 == 0 else code
        columns[name] = pa.array(code, mask=rng.random(n, np.float32) < MISSING)
    return pa.table(columns)


def write(folder: Path, number: int, n: int) -> None:
    path = file_of(folder, number)
    if path.exists() and pq.ParquetFile(path).metadata.num_rows == n:
        return
    part = path.with_suffix(".part")
    pq.write_table(people(number, n), part, row_group_size=GROUP_ROWS)
    part.replace(path)


def generate(folder: Path, n_people: int, processes: int = 2) -> list[Path]:
    """Write what is missing; returns the files of these people."""
    folder.mkdir(parents=True, exist_ok=True)
    sizes = [min(FILE_ROWS, n_people - start) for start in range(0, n_people, FILE_ROWS)]
    with ProcessPoolExecutor(processes) as pool:
        for done in [pool.submit(write, folder, number, n) for number, n in enumerate(sizes)]:
            done.result()
    return [file_of(folder, number) for number in range(len(sizes))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, required=True)
    given = parser.parse_args()
    start = time.perf_counter()
    files = generate(given.folder, given.people)
    size = sum(path.stat().st_size for path in files)
    print(
        f"{given.people:,} SIMULATED people in {len(files)} files, {size / 1e9:.2f} GB, {time.perf_counter() - start:.0f} s"
    )


if __name__ == "__main__":
    main()
