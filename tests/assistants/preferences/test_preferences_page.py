"""The page on preferences is run, and it and the package are complete."""

import doctest
import re
from pathlib import Path

from coevolve_sim.assistants import preferences
from coevolve_sim.assistants.preferences import COLUMNS
from tests import ROOT

PAGE = ROOT / "docs" / "preferences.md"


def test_the_examples_of_the_page_give_what_it_says():
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    failed, tried = doctest.testfile(str(PAGE), module_relative=False, optionflags=flags)
    assert failed == 0
    assert tried > 30


def test_every_column_of_the_table_is_on_the_page():
    page = PAGE.read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    assert set(COLUMNS) <= set(re.findall(r"`(\w+)`", " ".join(rows)))


def test_public_names_are_sorted_and_there():
    names = preferences.__all__
    assert names == sorted(names, key=lambda name: (not name.isupper(), name))
    assert all(hasattr(preferences, name) for name in names)


def test_every_source_named_is_in_the_bibliography():
    bibliography = (ROOT / "docs" / "references.bib").read_text(encoding="utf-8")
    folder = Path(preferences.__file__).parent
    keys = {key for path in folder.glob("*.py") for key in re.findall(r"\[(\w+)\]_", path.read_text())}
    assert keys == {"Bao2024", "Qiu2024", "Yu2025"}
    assert all(f"{{{key}," in bibliography for key in keys)
