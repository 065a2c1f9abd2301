"""What instruments cite is in the bibliography."""

import re

import pytest

from tests import ROOT

BIBLIOGRAPHY = (ROOT / "docs" / "references.bib").read_text(encoding="utf-8")
MODULES = sorted(
    [
        *(ROOT / "coevolve_sim" / "studies" / "instruments").rglob("*.py"),
        ROOT / "coevolve_sim" / "society" / "replayed_peers.py",
    ]
)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_every_source_is_in_the_bibliography(path):
    for key in re.findall(r"\[([A-Z]\w+\d{4}\w?)\]_", path.read_text(encoding="utf-8")):
        assert f"{{{key}," in BIBLIOGRAPHY
