"""The page of agreement with other software is written, or checked, at the end of a run of all reference tests."""

from __future__ import annotations

from pathlib import Path

import held_against
import pytest

REFERENCE = Path(__file__).parent / "reference"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--agreement-page", action="store_true", help="write docs/explanation/agreement.md anew")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if exitstatus != 0 or not _all_reference_tests_ran(session):
        return
    page = held_against.page()
    if session.config.getoption("--agreement-page"):
        held_against.PAGE.write_text(page, encoding="utf-8")
    elif not held_against.PAGE.exists() or held_against.PAGE.read_text(encoding="utf-8") != page:
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        reporter.write_line(
            f"\n{held_against.PAGE} is not what the reference tests say; run pytest tests/reference --agreement-page",
            red=True,
        )
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _all_reference_tests_ran(session: pytest.Session) -> bool:
    files = {item.path for item in session.items}
    whole = not session.config.option.keyword and not any(
        "::" in argument for argument in session.config.args
    )
    return whole and set(REFERENCE.glob("test_*.py")) <= files and bool(held_against.COMPARISONS)
