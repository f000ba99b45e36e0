"""Sphinx configuration."""

from __future__ import annotations

import json
from pathlib import Path

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

# The schema in the reference is made from the code at every build, so it cannot drift.
_schema = Path(__file__).parent / "reference" / "generated"
_schema.mkdir(parents=True, exist_ok=True)
(_schema / "definition.schema.json").write_text(
    json.dumps(definition_schema(), indent=1) + "\n", encoding="utf-8"
)
