"""The wheel holds all data: built, installed into a fresh environment, used there."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from psychometrics import catalog

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    code = (
        "import sys; from hatchling.builders.wheel import WheelBuilder;"
        "print(list(WheelBuilder(sys.argv[1]).build(directory=sys.argv[2], versions=['standard']))[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(ROOT), str(out)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip().splitlines()[-1])


def test_wheel_holds_every_data_file_and_no_script(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for kind in ("instruments", "norms"):
        for name in catalog.present_digests(kind):
            assert f"psychometrics/_data/{kind}/{name}" in names
        assert f"psychometrics/_data/{kind}/sha256.toml" in names
    assert not [name for name in names if name.startswith("psychometrics/_data") and name.endswith(".py")]
    assert "psychometrics/py.typed" in names


def test_installed_wheel_runs_the_demo(wheel: Path, tmp_path: Path) -> None:
    """A fresh environment that sees only the installed wheel, with the dependencies of this one."""
    home = tmp_path / "env"
    venv.create(home, with_pip=False)
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    place = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    zipfile.ZipFile(wheel).extractall(place)
    import numpy as np

    (Path(place) / "dependencies.pth").write_text(str(Path(np.__file__).parents[1]) + "\n", encoding="utf-8")
    code = "import psychometrics.catalog as c; assert '_data' in str(c.root('norms')), c.root('norms'); from psychometrics.cli import main; main()"
    done = subprocess.run(
        [python, "-c", code, "demo", "--out", str(tmp_path / "demo")],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "SIMULATED" in done.stdout
