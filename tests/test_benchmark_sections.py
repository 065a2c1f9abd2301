"""A section of the benchmarks' results is written anew, and all else on the page stays as it was."""

from __future__ import annotations

import importlib.util

import pytest

from tests import ROOT

FOLDER = ROOT / "benchmarks"
PAGE = "# Results\n\nHead.\n\n## One\n\nFirst.\n\n## Two\n\nSecond.\n\n## Targets\n\nLast.\n"

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="needs the benchmarks")


@pytest.fixture(scope="module")
def with_section():
    """Return what replaces a section."""
    spec = importlib.util.spec_from_file_location("sections", FOLDER / "sections.py")
    sections = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sections)
    return sections.with_section


def test_a_section_is_replaced_in_its_place(with_section):
    assert with_section(PAGE, "## One", "New.", before="## Targets") == PAGE.replace("First.", "New.")
    assert with_section(PAGE, "## One", "First.", before="## Targets") == PAGE
    last = PAGE.replace("Last.", "New.")
    assert with_section(PAGE, "## Targets", "New.", before="## Targets").rstrip() == last.rstrip()


def test_a_new_section_comes_before_the_targets(with_section):
    found = with_section(PAGE, "## Three", "Third.", before="## Targets")
    assert found == PAGE.replace("## Targets", "## Three\n\nThird.\n\n## Targets")


def test_a_page_without_a_place_for_it_is_refused(with_section):
    with pytest.raises(ValueError, match="neither a section '## Three' nor '## Goals'"):
        with_section(PAGE, "## Three", "Third.", before="## Goals")
