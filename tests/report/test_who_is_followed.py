"""The part of a report on who is followed: only where a scenario declares what it means by fair."""

import html
import re

import pytest

import coevolve_sim
from coevolve_sim.report.fairness_section import build_fairness_section
from coevolve_sim.report.run_data import RunData
from coevolve_sim.scenario import loads

PLAIN = """
name: fair
rounds: 4
rounds_per_era: 2
value_space: moral-foundations
dimensions: [care]
network: {family: ring, degree: 2}
population:
  humans: 100
  groups:
    - {name: majority, share: 0.8, centre: 0.2, spread: 0.1, adoption: 1.0}
    - {name: minority, share: 0.2, centre: 0.8, spread: 0.1, adoption: 0.5}
update:
  rule: hegselmann_krause
  confidence: {peer: 0.0, assistant: 1.0}
  rate: {peer: 0.0, assistant: 0.0}
assistants:
  - {name: guide, start: 0.32, policy: {kind: frozen}}
  - {name: other, start: 0.5, policy: {kind: frozen}, groups: [minority], share: 3.0}
measures: {names: [variance]}
"""
DECLARED = """
fairness:
  object: what the guide <says>
  justification: equal regard
  subjects: [majority, minority]
  harm: not being heard
  provider: whoever runs it
  scope: this society
  measures: [parity, contractualist, voice, calibration]
  tolerance: 0.05
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return coevolve_sim.run(loads(PLAIN + DECLARED), results=tmp_path_factory.mktemp("runs"))


def test_numbers_are_those_of_groups_as_they_ended(run):
    found = build_fairness_section(RunData(run))
    means = run.means[run.means["round"] == 4].set_index("name")["care"]
    guide = found.assistants[0]
    assert guide.columns == ("humans", "distance", "benefit", "share of voice", "predicted less held")
    for row in guide.groups:
        distance = abs(0.32 - means[row.group])
        assert float(row.cells[1]) == pytest.approx(distance, abs=1e-4)
        assert float(row.cells[2]) == pytest.approx(1 - distance**2, abs=1e-4)
        assert float(row.cells[4].replace("−", "-")) == pytest.approx(0.32 - means[row.group], abs=1e-4)
    # 80 of the majority consult the guide; of 20 of the minority half consult, a quarter of these the guide.
    assert [float(row.cells[3]) for row in guide.groups] == pytest.approx([80 / 82.5, 2.5 / 82.5], abs=1e-4)
    assert [row.cells[0] for row in guide.groups] == ["80", "20"]
    gap = abs(abs(0.32 - means["minority"]) - abs(0.32 - means["majority"]))
    assert guide.sentences[0] == f"Distances differ by {gap:.3f}, beyond the tolerance of 0.05."
    assert guide.sentences[1].startswith("minority has least of it")


def test_an_assistant_of_one_group_hears_no_other(run):
    other = build_fairness_section(RunData(run)).assistants[1]
    assert [row.cells[3] for row in other.groups] == ["0.0000", "1.0000"]


def test_the_page_declares_before_it_counts_and_quotes_what_was_written(run):
    page = run.report().read_text(encoding="utf-8")
    part = re.search(r'<section id="followed">.*?</section>', page, re.DOTALL)[0]
    assert "what the guide &lt;says&gt;" in part
    text = html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", part)))
    assert text.index("equal regard") < text.index("Distances differ by")
    assert 'href="#followed"' in page


def test_nothing_is_said_where_nothing_is_declared(tmp_path):
    run = coevolve_sim.run(loads(PLAIN), results=tmp_path)
    assert build_fairness_section(RunData(run)) is None
    assert "followed" not in run.report().read_text(encoding="utf-8")


def test_who_hears_is_told_of_the_assistants_that_are_there_in_the_end(tmp_path):
    """The other one is brought in later: it hears half of the minority, three quarters of who consult."""
    absent = {
        "assistants.1.present": False,
        "interventions": [{"round": 2, "action": "bring_in", "assistant": "other"}],
    }
    run = coevolve_sim.run(loads(PLAIN + DECLARED, overrides=absent), results=tmp_path)
    guide, other = build_fairness_section(RunData(run)).assistants
    assert [row.cells[3] for row in other.groups] == ["0.0000", "1.0000"]
    assert [float(row.cells[3]) for row in guide.groups] == pytest.approx([80 / 82.5, 2.5 / 82.5], abs=1e-4)
