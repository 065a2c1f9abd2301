"""Pages that the site makes of other files: every reference, study and scenario has its place; links hold."""

import doctest
import importlib.util
import re

import pytest
import typer
from typer.testing import CliRunner

from coevolve_sim.cli.main import app
from tests import ROOT

DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def site_pages():
    spec = importlib.util.spec_from_file_location("site_pages", DOCS / "site_pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_its_examples_give_what_they_say(site_pages):
    assert doctest.testmod(site_pages).failed == 0


def test_every_entry_of_the_bibliography_has_its_line_with_title_and_year(site_pages):
    bibliography = (DOCS / "references.bib").read_text(encoding="utf-8")
    lines = [line for line in site_pages.write_references(bibliography).splitlines() if line.startswith("..")]
    assert len(lines) == len(re.findall(r"^@", bibliography, re.MULTILINE))
    for line in lines:
        assert re.match(r"\.\. \[\w+\] \S.* \((\d{4}|n\.d\.)\)\. \S", line), line


def test_every_study_and_every_shipped_scenario_has_its_heading(site_pages, tmp_path):
    gallery = site_pages.write_gallery(ROOT / "analysis", tmp_path)
    scenarios = site_pages.write_scenarios(ROOT / "scenarios")
    for path in (ROOT / "analysis").glob("*.py"):
        assert f"## {path.stem.replace('_', ' ').capitalize()}" in gallery
        if path.with_suffix(".png").is_file():
            assert (tmp_path / f"{path.stem}.png").is_file()
    for path in (ROOT / "scenarios").glob("*.yaml"):
        assert f"## `{path.stem}`" in scenarios


def test_every_page_stands_in_a_list_of_pages():
    """As Sphinx asks when the site is built; here it takes no time."""
    listed = set()
    for page in DOCS.rglob("*.md"):
        for block in re.findall(r"```\{toctree\}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            names = [line for line in block.split() if not line.startswith(":")]
            for name in names:
                found = page.parent.glob(f"{name}.md")
                listed.update(path.relative_to(DOCS) for path in found)
    pages = {path.relative_to(DOCS) for path in DOCS.rglob("*.md") if "made" not in path.parts}
    assert {str(page) for page in pages - listed} == {"index.md"}


def test_tutorials_name_commands_and_options_that_are_there():
    known = set(typer.main.get_command(app).commands)
    for page in [*(DOCS / "tutorial").glob("*.md"), DOCS / "coming_from.md", DOCS / "migration.md"]:
        used = set(re.findall(r"coevolve ([a-z][a-z-]+)", page.read_text(encoding="utf-8")))
        assert used <= known, page.name


def test_the_tutorial_quotes_what_estimate_says():
    told = CliRunner().invoke(app, ["estimate", "quickstart"]).output
    quoted = re.search(
        r"> (At most .*?)$", (DOCS / "tutorial" / "in_words.md").read_text("utf-8"), re.MULTILINE
    )
    assert quoted[1] in " ".join(told.split())
