"""Sphinx settings: Markdown pages (MyST), API pages from the docstrings, formulas as MathML."""

import sys
from importlib.metadata import version as installed_version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = "crossent"
author = "the crossent authors"
version = release = installed_version("crossent")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode", "mathml"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]

# `name` in a docstring is code, and a link where it names something of ours.
default_role = "py:obj"
autodoc_typehints = "none"
napoleon_use_rtype = False
napoleon_preprocess_types = False

html_math_renderer = "mathml"
html_theme = "furo"
html_show_copyright = False
html_title = f"crossent {version}"
html_static_path = ["_static"]
html_css_files = ["crossent.css"]
