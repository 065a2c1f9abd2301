"""The examples of docs/python.md on Mesa run as they stand there."""

import re

import pytest

from tests import ROOT

pytestmark = pytest.mark.filterwarnings("ignore:The `iterations` keyword:DeprecationWarning")
"""Mesa 3.5 prefers another word for iterations; 3.3 has this one only."""

PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
RUN = ("As a Mesa model",)
"""Sections whose examples need nothing but the package."""


def blocks_of(title):
    section = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)[1]
    return re.findall(r"^```python\n(.*?)^```", section, re.DOTALL | re.MULTILINE)


@pytest.mark.long
@pytest.mark.parametrize("title", RUN)
def test_the_examples_of_a_section_run_one_after_the_other(title, monkeypatch):
    monkeypatch.chdir(ROOT)
    names = {}
    blocks = blocks_of(title)
    assert blocks
    exec("import coevolve_sim", names)  # noqa: S102 - the page's own words
    for number, block in enumerate(blocks):
        exec(compile(block, f"{title}, example {number}", "exec"), names)  # noqa: S102
