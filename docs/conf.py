"""Sphinx's settings: the pages of this folder as a site, built without a network."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import coevolve_sim

sys.path.insert(0, str(Path(__file__).parent))
from site_pages import MADE, name_files_outside, write_pages

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "coevolve-sim"
author = "The coevolve-sim developers"
project_copyright = author
version = release = coevolve_sim.__version__

extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc"]
exclude_patterns = ["_build", "gallery"]
myst_heading_anchors = 4
myst_url_schemes = ("http", "https")
suppress_warnings = ["ref.citation"]  # entries that only pages name; a citation without an entry is told
numpydoc_show_class_members = False
autodoc_typehints = "none"

html_theme = "pydata_sphinx_theme"
html_title = "coevolve-sim"
html_show_sourcelink = False
html_theme_options = {
    "navbar_align": "left",
    "show_nav_level": 1,
    "show_toc_level": 2,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": [],
    "footer_end": [],
}


def setup(app: Sphinx) -> None:
    """Let made pages be written before others are read, and name files that are no part of the site."""
    app.connect("builder-inited", lambda built: write_pages(Path(built.srcdir)))
    app.connect("source-read", _read_page)


def _read_page(_app: Sphinx, name: str, source: list[str]) -> None:
    depth = name.count("/")
    if not name.startswith(f"{MADE}/") and depth == 0:
        source[0] = name_files_outside(source[0])
