"""What pages name in code letters is there: modules, classes, functions, files of the package."""

import importlib
import re

import pytest

from tests import ROOT
from tests.test_rooms_and_front_door import GROUND, ROOMS

PAGES = sorted(
    path
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/decisions/*.md")]
    if path.name != "CHANGELOG.md"
)
NAME = re.compile(rf"`((?:coevolve_sim\.)?(?:{'|'.join((*ROOMS, *GROUND))})(?:\.\w+)+)(?:\([^`]*\))?`")
FILE = re.compile(rf"`(?:coevolve_sim/)?((?:{'|'.join(ROOMS)})/[\w/]+\.py)`")
NO_MODULE = re.compile(r"\.(?:py|html|yaml|csv|model_copy)$")
"""Endings of files, and of what a variable called like a room has."""


def is_there(name):
    """Return whether a dotted name can be had: a module, or something in one."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:cut]))
        except ImportError:
            continue
        for step in parts[cut:]:
            if step in getattr(found, "__dataclass_fields__", {}) or step in getattr(
                found, "__annotations__", {}
            ):
                return True
            if not hasattr(found, step):
                return False
            found = getattr(found, step)
        return True
    return False


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_names_only_what_is_there(page):
    text = page.read_text(encoding="utf-8")
    names = {
        name if name.startswith("coevolve_sim.") else f"coevolve_sim.{name}" for name in NAME.findall(text)
    }
    missing = [name for name in sorted(names) if not NO_MODULE.search(name) and not is_there(name)]
    missing += [file for file in FILE.findall(text) if not (ROOT / "coevolve_sim" / file).is_file()]
    assert not missing
