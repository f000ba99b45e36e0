"""The examples of the README and the docs are run, and print what the page says."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    *(path for path in sorted((ROOT / "docs").rglob("*.md")) if "_build" not in path.parts),
]
BLOCK = re.compile(r"^```(python|text)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    "page", [p for p in PAGES if "```python" in p.read_text(encoding="utf-8")], ids=lambda p: p.name
)
def test_python_blocks_print_what_the_page_says(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # what a page writes stays out of the checkout
    namespace: dict[str, object] = {}
    printed = None
    for kind, content in BLOCK.findall(page.read_text(encoding="utf-8")):
        if kind == "python":
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile(content, str(page), "exec"), namespace)
            printed = out.getvalue()
        elif printed is not None:
            assert [line.rstrip() for line in printed.strip("\n").splitlines()] == content.strip(
                "\n"
            ).splitlines()
            printed = None


def test_toml_example_of_the_how_to_is_a_valid_definition() -> None:
    import psychometrics as pm

    page = (ROOT / "docs" / "how-to" / "add-an-instrument.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```toml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert pm.parse_instrument(example).scale("climate").maximum == 4.0


def test_every_page_is_in_the_table_of_contents() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    statistics = (ROOT / "docs" / "statistics" / "index.md").read_text(encoding="utf-8")
    for page in PAGES:
        if page.parent == ROOT / "docs" / "statistics" and page.stem != "index":
            assert f"]({page.name})" in statistics, page.name
            assert f"\n{page.stem}\n" in statistics, page.name
        elif page.parent.parent == ROOT / "docs":
            assert f"{page.parent.name}/{page.stem}" in index
