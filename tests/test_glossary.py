"""The glossary has every public noun, and no other."""

import importlib
import pkgutil
import re

import coevolve_sim
from tests import ROOT

PAGE = ROOT / "docs" / "glossary.md"
ROWS = [line.split("|") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]


def packages():
    """Return the package, and every package in it but the one for writers of plug-ins."""
    walked = pkgutil.walk_packages(coevolve_sim.__path__, "coevolve_sim.")
    return ["coevolve_sim", *(one.name for one in walked if one.ispkg and "testing" not in one.name)]


def public_classes():
    """Return the names of classes that a package announces."""
    names = {name for place in packages() for name in getattr(importlib.import_module(place), "__all__", ())}
    return {name for name in names if name[0].isupper() and not name.isupper()}


def test_every_public_class_has_its_word_and_every_word_its_class():
    named = [name for row in ROWS for name in re.findall(r"`(\w+)`", row[3])]
    assert len(named) == len(set(named))
    assert set(named) == public_classes()


def test_every_word_stands_once_with_what_it_is():
    words = [word.strip() for row in ROWS for word in row[1].split(",") if "---" not in word]
    assert len(words) == len({*words} - {"word"}) + words.count("word")
    assert all(row[2].strip() for row in ROWS)
