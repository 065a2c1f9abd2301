"""The pages on minds and on language: their examples are run, their scenarios read."""

import doctest
import re

import pytest

from coevolve_sim.scenario import loads
from tests import ROOT

pytestmark = pytest.mark.models

DOCS = ROOT / "docs"
AROUND = """
name: page
rounds: 2
value_space: moral-foundations
population:
  humans: 4
  groups: [{name: young, share: 0.5}, {name: old, share: 0.5}]
"""


def blocks(page, language):
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_the_examples_of_the_page_give_what_it_says():
    failed, tried = doctest.testfile(str(DOCS / "minds.md"), module_relative=False)
    assert failed == 0
    assert tried >= 5


@pytest.mark.parametrize("page", ["minds.md", "language.md"])
def test_what_the_page_shows_of_scenarios_can_be_read(page):
    shown = blocks(page, "yaml")
    assert shown
    for block in shown:
        channel = "" if "channel:" in block else "channel: {kind: language}\n"
        minds = "" if "minds:" in block else "minds: [{kind: scripted}]\n"
        assert loads(AROUND + channel + minds + block).minds


def test_every_kind_of_mind_has_an_example():
    shown = "".join(blocks("minds.md", "yaml"))
    for kind in ("embedded", "local", "server", "vllm", "scripted", "replay"):
        assert re.search(rf"kind: {kind}\b", shown), kind
