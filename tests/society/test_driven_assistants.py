"""An assistant whose values are driven along one dimension is heard where the drive now is."""

import numpy as np
import pytest

from coevolve_sim.errors import ScenarioError
from coevolve_sim.scenario import dump, loads
from coevolve_sim.society.model import Society
from coevolve_sim.society.setup import build_setup

RAMP = """
name: ramp
rounds: {rounds}
value_space: {{name: tiny, dimensions: [one]}}
network: {{family: complete}}
population: {{humans: 3, groups: [{{name: all, centre: 0.0, spread: 0.0, adoption: 1.0}}]}}
update:
  rule: hegselmann_krause
  confidence: {{peer: 0.2, assistant: 0.2}}
  rate: {{peer: 0.1, assistant: 0.3}}
assistants: [{{name: guide, policy: {{kind: frozen}}}}]
drive: {{assistant: guide, dimension: one, shape: ramp, speed: {speed}}}
measures: {{every: 1000}}
"""
TWO = """
name: two
rounds: 12
value_space: {name: tiny, dimensions: [one, other]}
population: {humans: 30, groups: [{name: all, adoption: 0.8}]}
assistants:
  - {name: free, start: 0.9}
  - {name: guide, policy: {kind: lifelong, rate: 0.3}, start: 0.1}
"""
DRIVE = "drive: {assistant: guide, dimension: other, speed: 0.25, cycles: 1, low: 0.25}\n"


def run(text):
    """Return the society of a scenario and, by round, the values of people and of assistants."""
    society = Society(loads(text), with_objects=False)
    people, assistants = [society.values.copy()], [society.state.assistant_values.copy()]
    while not society.is_finished:
        society.step()
        people.append(society.values.copy())
        assistants.append(society.state.assistant_values.copy())
    return society, np.array(people), np.array(assistants)


@pytest.mark.parametrize(
    ("speed", "rounds", "reached"),
    [
        (0.04, 25, 0.907),
        (0.0599, 17, 0.873),
        (0.061, 17, 0.531),
        (0.08, 13, 0.117),
        (0.9 * 0.06, 19, 0.892),
        (1.1 * 0.06, 16, 0.260),
    ],
)
def test_a_ramp_is_followed_up_to_rate_times_confidence(speed, rounds, reached):
    """Read in the round in which the ramp reaches 1; rate .3, confidence .2, so that the boundary is .06."""
    _, people, assistants = run(RAMP.format(rounds=rounds, speed=speed))
    assert assistants[-1, 0, 0] == 1.0
    assert assistants[-2, 0, 0] < 1.0
    assert people[-1] == pytest.approx(reached, abs=0.0006)


def test_only_the_driven_dimension_of_the_driven_assistant_follows_the_drive():
    society, people, assistants = run(TWO + DRIVE)
    course = [0.25, 0.5, 0.75, 1.0, 0.75, 0.5, *[0.25] * 7]
    assert assistants[:, 1, 1] == pytest.approx(course)
    assert len(set(assistants[:, 1, 0])) == 13
    assert len(set(assistants[:, 0, 1])) == 13
    _, undriven_people, undriven = run(TWO)
    assert np.array_equal(assistants[:2, :, 0], undriven[:2, :, 0])
    assert not np.array_equal(people[1, :, 1], undriven_people[1, :, 1])
    assert society.setup.notes == build_setup(loads(TWO)).notes


def test_without_the_key_nothing_is_driven_and_the_scenario_is_written_as_before():
    assert "drive" not in dump(loads(TWO)).splitlines()
    assert loads(TWO).drive is None
    assert loads(dump(loads(TWO + DRIVE))).drive == loads(TWO + DRIVE).drive


def test_a_resumed_society_goes_on_along_the_drive():
    whole, people, assistants = run(TWO + DRIVE)
    half = Society(loads(TWO + DRIVE), with_objects=False)
    half.restore(5, people[5].copy(), whole.state.anchors.copy(), assistants[5].copy())
    while not half.is_finished:
        half.step()
    assert np.array_equal(half.values, people[-1])
    assert np.array_equal(half.state.assistant_values, assistants[-1])


def test_a_set_value_of_the_driven_dimension_is_overruled_by_the_drive():
    acts = "interventions: [{action: set_values, round: 3, assistant: guide, values: 0.0}]\n"
    _, _, assistants = run(TWO + DRIVE + acts)
    assert assistants[3, 1, 1] == 1.0
    assert assistants[3, 1, 0] < 0.3


@pytest.mark.parametrize(
    ("drive", "more", "message"),
    [
        ("assistant: giude, dimension: one, speed: 0.1", "", "unknown assistant 'giude'; did you mean 'gui"),
        ("assistant: guide, dimension: othr, speed: 0.1", "", "unknown dimension 'othr'; did you mean 'ot"),
        ("assistant: guide, dimension: other, speed: 0.0", "", "speed"),
        ("assistant: guide, dimension: one, speed: 0.1, low: 0.5, high: 0.5", "", "above drive.low, 0.5"),
        ("assistant: guide, dimension: other, speed: 0.1, shape: sine", "", "'triangle', 'ramp'"),
        (
            "assistant: guide, dimension: other, speed: 0.1",
            "interventions: [{action: change_policy, round: 2, assistant: guide, policy: {kind: mirror}}]\n",
            "mirror says other things than its values",
        ),
    ],
)  # fmt: skip
def test_a_drive_that_cannot_be_is_refused(drive, more, message):
    with pytest.raises(ScenarioError) as refused:
        loads(f"{TWO}drive: {{{drive}}}\n{more}")
    assert message in str(refused.value)


def test_a_drive_longer_than_the_run_and_a_key_without_effect_are_noted():
    notes = build_setup(loads(f"{TWO}drive: {{assistant: guide, dimension: one, speed: 0.1}}\n")).notes
    assert "drive: it ends in round 40; the run ends before that, in round 12" in notes
    text = f"{TWO}drive: {{assistant: guide, dimension: one, shape: ramp, speed: 0.1, cycles: 5}}\n"
    assert "drive.cycles has no effect with shape ramp" in build_setup(loads(text)).notes
