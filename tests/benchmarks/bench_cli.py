"""``psychometrics score`` on a 100,000 x 50 CSV beside ``pandas.read_csv`` alone, whole processes in turn.

Run: uv run python tests/benchmarks/bench_cli.py
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import pandas as pd
from instrument import ITEMS, answers, definition


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "bench.toml").write_text(definition(), encoding="utf-8")
        frame = pd.DataFrame(answers(100_000), columns=ITEMS).astype("Int8")
        frame.insert(0, "person_id", [f"p{i}" for i in range(len(frame))])
        frame.to_csv(folder / "a.csv", index=False)
        ours = [
            sys.executable,
            "-c",
            "from psychometrics.cli import main; main()",
            "score",
            str(folder / "bench.toml"),
            str(folder / "a.csv"),
            "--out",
            str(folder / "out.csv"),
        ]
        theirs = [sys.executable, "-c", f"import pandas; pandas.read_csv({str(folder / 'a.csv')!r})"]
        light = [sys.executable, "-c", "import psychometrics"]
        empty = [sys.executable, "-c", "pass"]
        seconds: dict[str, list[float]] = {"ours": [], "read_csv": [], "import": [], "python": []}
        for _ in range(7):
            for label, command in zip(seconds, (ours, theirs, light, empty), strict=True):
                start = time.perf_counter()
                subprocess.run(command, check=True, capture_output=True)
                seconds[label].append(time.perf_counter() - start)
        medians = {label: median(values) for label, values in seconds.items()}
        start = time.perf_counter()
        pd.read_csv(folder / "a.csv")
        inside = time.perf_counter() - start
        print({label: round(value, 3) for label, value in medians.items()})
        print(
            f"score / (process with read_csv) {medians['ours'] / medians['read_csv']:.2f}; read_csv inside a running process {inside:.3f} s"
        )
        print(f"import psychometrics {medians['import'] - medians['python']:.3f} s")


if __name__ == "__main__":
    main()
