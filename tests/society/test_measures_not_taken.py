"""A measure that is named and never taken is said to be, with the reason, and no other is."""

import pytest

import coevolve_sim
from coevolve_sim.measures import CATALOGUE, OF_APPEALS
from coevolve_sim.scenario import loads
from coevolve_sim.society.model import Society

NAMES = [name for name in CATALOGUE.own if name not in OF_APPEALS]  # which are refused without appeals
NAMED = f"measures: {{names: [{', '.join(NAMES)}]}}"
TEXT = """
name: named
rounds: 2
value_space: {{name: v, dimensions: [a, b]}}
network: {{family: {network}}}
population: {{humans: 40, groups: {groups}}}
{more}
{measures}
"""
ONE, TWO = "[{name: all}]", "[{name: g, share: 0.5}, {name: h, share: 0.5}]"
RING, BLOCKS = "ring, degree: 2", "stochastic_block, blocks: 2"
GUIDE = "assistants: [{{name: guide, present: {present}, policy: {{kind: {policy}}}, guards: [{guards}]}}]"
GUARD = "{name: g, pass_attack: 0.5, pass_benign: 0.5}"
GAMES = "games: {every: 1, rounds: 2, trust_rate: 0.1}\nupdate: {rule: weighted_hegselmann_krause}"
TALK = "minds: [{kind: scripted}]\nchannel: {kind: language, bias_map: false, unfit: unmeasured}"
MEDIA = "media: [{name: paper, values: 0.5}]"


def guide(policy="frozen", present="true", guards="", acts=""):
    said = GUIDE.format(policy=policy, present=present, guards=guards)
    return said + (f"\ninterventions: [{acts}]" if acts else "")


COME = "{action: bring_in, round: 2, assistant: guide}"
CHANGE = "{action: change_policy, round: 2, assistant: guide, policy: {kind: role, standard: 0.4}}"


def society_of(more="", groups=ONE, network=RING, measures=NAMED):
    text = TEXT.format(more=more, groups=groups, network=network, measures=measures)
    return Society(loads(text), with_objects=False)


def untaken(society):
    """Return the measures of which the notes say that they are not taken, by name."""
    notes = [note.removeprefix("measures: ") for note in society.setup.notes if " is not taken: " in note]
    return dict(note.split(" is not taken: ") for note in notes)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"groups": TWO},
        {"network": BLOCKS},
        {"more": f"interventions: [{{action: rewire, round: 2, network: {{family: {BLOCKS}}}}}]"},
        {"more": GAMES},
        {"more": GAMES, "groups": TWO},
        {"more": f"{GAMES}\n{TALK}", "groups": TWO},
        {"more": MEDIA},
        {"more": guide()},
        {"more": guide(present="false")},
        {"more": guide(present="false", acts=COME)},
        {"more": guide("role")},
        {"more": guide("role", present="false")},
        {"more": guide(acts=CHANGE)},
        {"more": guide("role", guards=GUARD)},
        {"more": f"{guide('role')}\nadversaries: {{share: 0.5, operators: {{o: 0.5}}, target: 0.95}}"},
    ],
)
def test_the_notes_name_what_is_never_taken_and_nothing_else(given):
    society = society_of(**given)
    taken = set(society.measures.overall)
    while not society.is_finished:
        society.step()
        taken |= set(society.measures.overall)
    assert set(untaken(society)) == set(NAMES) - taken


def test_only_what_is_named_is_said_and_each_with_its_reason():
    found = untaken(society_of(measures="measures: {names: [variance, attacks_carried, trust]}"))
    assert found == {
        "attacks_carried": "there are neither adversaries nor guards",
        "trust": "nobody plays games",
    }
    assert untaken(society_of(measures="")) == {}
    assert untaken(society_of(measures="measures: {names: [variance]}")) == {}


def test_a_run_has_the_note_on_record(tmp_path):
    text = TEXT.format(more="", groups=ONE, network=RING, measures="measures: {names: [variance, trust]}")
    notes = coevolve_sim.run(loads(text), results=tmp_path).notes
    assert "measures: trust is not taken: nobody plays games" in set(notes["text"])
