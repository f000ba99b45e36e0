"""Sphinx configuration."""

from __future__ import annotations

import json
from pathlib import Path

from psychometrics.careers.schema import catalogue_schema, claims_schema, refused_claims_schema
from psychometrics.instrument import definition_schema
from psychometrics.version import VERSION

project = "psychometrics"
author = "The psychometrics developers"
copyright = "2026, The psychometrics developers"
release = VERSION
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build"]
html_theme = "pydata_sphinx_theme"
html_title = "psychometrics"
html_theme_options = {"show_prev_next": False, "footer_start": ["copyright"], "footer_end": []}
html_sidebars = {"index": []}
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
autosummary_generate = True
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

# The schemas in the reference are made from the code at every build, so they cannot drift.
_folder = Path(__file__).parent / "reference" / "generated"
_folder.mkdir(parents=True, exist_ok=True)
for _name, _schema in (
    ("definition", definition_schema),
    ("claims", claims_schema),
    ("refused-claims", refused_claims_schema),
    ("catalogue", catalogue_schema),
):
    (_folder / f"{_name}.schema.json").write_text(json.dumps(_schema(), indent=1) + "\n", encoding="utf-8")
