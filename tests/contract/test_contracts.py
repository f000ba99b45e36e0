"""What holds for the package as a whole."""

from __future__ import annotations

import ast
import inspect
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import psychometrics as pm
from psychometrics import catalog, errors

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "psychometrics"

FLOORS = [
    {"errors", "result", "kernels", "engine", "version", "output", "sentences"},
    {"catalog"},
    {"instrument"},
    {"responses"},
    {"scoring"},
    {"tallying"},
    {"norming", "evidence", "irt"},
    {"careers", "runs"},
    {"report"},
    {"web"},
    {"cli", "__main__"},
]
FLOOR = {name: height for height, names in enumerate(FLOORS) for name in names}
PEERS = {"norming", "evidence", "irt"}, {"careers", "runs"}

PUBLIC = [
    "BatchRun",
    "Batches",
    "CareersError",
    "CatalogError",
    "Catalogue",
    "Claims",
    "ContinuousNorming",
    "DefinitionError",
    "Equating",
    "ErrorSources",
    "EstimationError",
    "Instrument",
    "ItemTally",
    "MissingPackageError",
    "MissingReason",
    "NormDesign",
    "NormError",
    "NormMismatchError",
    "NormedScores",
    "Norms",
    "OutputError",
    "PersonReport",
    "PersonReports",
    "Problem",
    "PsychometricsError",
    "RatedUnits",
    "RatingTally",
    "Ratings",
    "ReportError",
    "Responses",
    "ResponsesError",
    "Result",
    "RetestNorms",
    "RetestTally",
    "RunError",
    "ScoreTally",
    "Scores",
    "ScoringError",
    "Smoothing",
    "Source",
    "StandardScale",
    "StoreError",
    "TallyError",
    "TechnicalManual",
    "UnknownInstrumentError",
    "UnknownNormsError",
    "adjudication_queue",
    "adverse_impact",
    "agreement",
    "agreement_levels",
    "agreement_table",
    "band_stability",
    "build_norms",
    "catalogue_schema",
    "categorical_omega",
    "cheapest_design",
    "check_keys",
    "claims_schema",
    "coefficient_alpha",
    "coefficient_omega",
    "compare_models",
    "compare_norms",
    "composite_reliability",
    "composite_score_reliability",
    "conditional_standard_errors",
    "criterion_levels_of",
    "criterion_validity",
    "decision_study",
    "definition_schema",
    "difference_reliability",
    "disclosure_check",
    "drift_monitor",
    "edition_age",
    "equate",
    "generalizability",
    "given_weights",
    "greatest_lower_bound",
    "group_differences",
    "guttman_lambdas",
    "intraclass_correlation",
    "intraclass_correlations",
    "item_analysis",
    "item_correlations",
    "item_stability",
    "kappa_indices",
    "kendall_concordance",
    "load_catalogue",
    "load_claims",
    "load_drift_monitor",
    "load_instrument",
    "load_norms",
    "load_tally",
    "machine_rater",
    "mixed_correlations",
    "norm_drift",
    "norm_precision",
    "norm_sample_precision",
    "norm_sample_size",
    "norms_report",
    "omega_bifactor",
    "omega_hierarchical",
    "open_badge",
    "open_badges",
    "open_batches",
    "ordinal_alpha",
    "parse_instrument",
    "percentile_curves",
    "person_reports",
    "person_signals",
    "polychoric_correlations",
    "prophecy",
    "prorated_errors",
    "qq_plot",
    "rake",
    "rater_report",
    "read_ratings",
    "read_responses",
    "recommend",
    "recommend_all",
    "refused_claims_schema",
    "reliability",
    "reliable_change",
    "report_person",
    "run_batches",
    "scale_correlations",
    "score",
    "score_differences",
    "score_frame",
    "spearman_brown",
    "specific_agreement",
    "split_half",
    "standard_scores",
    "stratified_alpha",
    "tally",
    "tally_ratings",
    "tally_retest",
    "tally_scores",
    "technical_manual",
    "test_retest",
    "unidimensionality",
    "verify_editions",
    "who_changes_band",
    "withdraw_edition",
    "worm_plot",
    "xapi_statements",
]


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imported(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("psychometrics"):
            base = node.module.split(".")
            names += [base[1]] if len(base) > 1 else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            names += [
                alias.name.split(".")[1] for alias in node.names if alias.name.startswith("psychometrics.")
            ]
    return names


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_lower_floors_never_import_higher_ones(path: Path) -> None:
    place = path.relative_to(PACKAGE).parts
    own = place[0].removesuffix(".py")
    if own == "__init__":
        return
    for name in imported(path):
        assert FLOOR[name] <= FLOOR[own], f"{path} imports {name}, which is above it"
        peers = any({own, name} <= group for group in PEERS)
        assert name == own or not peers, f"{path} imports its peer {name}"


def test_kernels_know_numpy_and_scipy_only() -> None:
    for path in (PACKAGE / "kernels").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        tops = {
            alias.name.split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        tops |= {
            (node.module or "").split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
        }
        assert not tops & {"pandas", "pyarrow", "narwhals", "pathlib", "io", "pingouin"}, path


def test_data_folders_are_never_imported() -> None:
    for path in modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        tops = {
            alias.name.split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        assert not tops & {"instruments", "norms", "tests"}, path


def test_public_names_are_these_and_all_load() -> None:
    assert sorted(PUBLIC) == pm.__all__
    for name in pm.__all__:
        assert getattr(pm, name) is not None
    assert set(pm.__all__) <= set(dir(pm))
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = pm.nonsense


def test_import_is_light() -> None:
    code = "import sys, psychometrics; print([m for m in ('pandas','pingouin','matplotlib','scipy','pyarrow','numpy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_whole_line_needs_no_pingouin_and_no_matplotlib() -> None:
    code = (
        "import sys, psychometrics as pm;"
        "r = pm.read_responses({'person_id': ['a'], **{f'q{i}': [1] for i in range(1, 8)}}, 'gad-7');"
        "pm.score('gad-7', r).to_arrow();"
        "print([m for m in ('pingouin','matplotlib','statsmodels') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


ERRORS = [
    value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)
]


@pytest.mark.parametrize("error", ERRORS)
def test_every_error_pickles_with_its_problems(error: type[errors.PsychometricsError]) -> None:
    one = error(
        "what",
        problems=[errors.Problem(where="here", what="this", rows=(3, 4))],
        hint="do that",
        facts={"n": 2},
    )
    again = pickle.loads(pickle.dumps(one))
    assert type(again) is error
    assert str(again) == str(one)
    assert again.problems == one.problems
    assert again.facts == {"n": 2}
    assert "rows 3-4" in str(again)


def test_the_error_tree_in_the_docstring_names_every_class() -> None:
    for error in ERRORS:
        assert error.__name__ in (errors.__doc__ or "")


@pytest.mark.parametrize("kind", ["instruments", "norms"])
def test_released_files_are_unchanged(kind: str) -> None:
    present = catalog.present_digests(kind)
    recorded = catalog.released_digests(kind)
    changed = sorted(name for name in recorded if present.get(name) != recorded[name])
    new = {name: present[name] for name in present if name not in recorded}
    assert not changed, f"released files were changed or removed: {changed}; make a new version instead"
    lines = "\n".join(f'"{name}" = "{digest}"' for name, digest in new.items())
    assert not new, f"record these in {kind}/sha256.toml:\n{lines}"


def test_public_functions_say_everything_in_their_docstrings() -> None:
    for name in pm.__all__:
        value = getattr(pm, name)
        assert (value.__doc__ or "").strip(), name
        if not isinstance(value, type) and inspect.signature(value).parameters:
            assert "Parameters\n" in value.__doc__, name
            if inspect.signature(value).return_annotation not in ("None", None):
                assert "Returns\n" in value.__doc__ or "Return" in value.__doc__, name


def test_every_statistic_has_a_page_that_calls_it() -> None:
    pages = "\n".join(
        page.read_text(encoding="utf-8")
        for folder in ("statistics", "how-to", "tutorials")
        for page in (ROOT / "docs" / folder).glob("*.md")
    )
    homes = ("evidence.", "tallying.", "norming", "scoring", "report.")
    missing = [
        name
        for name, home in pm._HOME.items()
        if home.startswith(homes) and name.islower() and f"pm.{name}(" not in pages
    ]
    assert not missing
