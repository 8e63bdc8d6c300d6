"""Sphinx settings: Markdown pages (MyST), API pages from the docstrings, formulas as MathML."""

import sys
import zlib
from importlib.metadata import version as installed_version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = "crossent"
author = "the crossent authors"
version = release = installed_version("crossent")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "mathml",
]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "torch-names.txt"]

# `name` in a docstring is code, and a link where it names something of ours.
default_role = "py:obj"
autodoc_typehints = "none"
napoleon_use_rtype = False
napoleon_preprocess_types = False

# Where torch's names are explained; kept here as text, so that building needs no network.
here = Path(__file__).parent
names, inventory = (here / "torch-names.txt").read_bytes(), here / "_build" / "torch.inv"
lines = ("Sphinx inventory version 2", "Project: torch", "Version: stable", "compressed using zlib")
inventory.parent.mkdir(exist_ok=True)
inventory.write_bytes("".join(f"# {line}\n" for line in lines).encode() + zlib.compress(names))
intersphinx_mapping = {"torch": ("https://docs.pytorch.org/docs/stable/", str(inventory))}

html_math_renderer = "mathml"
html_theme = "furo"
html_show_copyright = False
html_title = f"crossent {version}"
html_static_path = ["_static"]
html_css_files = ["crossent.css"]
