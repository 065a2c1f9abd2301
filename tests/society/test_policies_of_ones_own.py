"""A policy in a file of the user's: its parameters are typed, and it says of itself what it is."""

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.assistants.policies import POLICIES, declare, looks_at_means, say_to_each
from coevolve_sim.errors import ScenarioError

POLICY = '''
from typing import Annotated

import numpy as np
from pydantic import Field

from coevolve_sim.assistants.policies import declare


@declare(looks_at="mean")
def follow(values, observation, memory, pace: Annotated[float, Field(ge=0.0, le=1.0)] = 0.2, times: int = 1):
    """Goes towards the mean, several times over."""
    assert len(observation.heard) == 0
    for _ in range(times if len(observation.humans) else 0):
        values = values + pace * (observation.mean - values)
    return values, memory


class Stubborn:
    looks_at = "mean"

    def __init__(self, place: float):
        self.place = place

    def learn(self, values, observation, memory):
        return np.full_like(values, self.place), memory


class Deaf:
    pass


def two(values, observation):
    return values, {}
'''
TEXT = """\
name: own
rounds: 4
value_space: {name: v, dimensions: [a, b]}
population: {humans: 12}
network: {family: ring, degree: 2}
assistants:
  - name: helper
    start: 0.9
    policy: {kind: custom, path: "mine.py:follow", parameters: {pace: 0.2}}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text(POLICY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def values_of_the_assistant(folder, text):
    (folder / "s.yaml").write_text(text)
    run = coevolve_sim.run(folder / "s.yaml", results=folder / "results")
    return run.means.query("kind == 'assistant'")[["a", "b"]].to_numpy()


def test_a_policy_that_looks_at_means_alone_is_as_fast_as_ours_and_learns_the_same(folder):
    own = values_of_the_assistant(folder, TEXT)
    ours = values_of_the_assistant(
        folder, TEXT.replace('custom, path: "mine.py:follow", parameters: {pace: 0.2}', "lifelong, rate: 0.2")
    )
    np.testing.assert_array_equal(own, ours)


def test_a_whole_number_is_a_parameter(folder):
    once = values_of_the_assistant(folder, TEXT)
    thrice = values_of_the_assistant(folder, TEXT.replace("pace: 0.2", "times: 3"))
    assert (np.abs(thrice[-1] - 0.5) < np.abs(once[-1] - 0.5)).all()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("pace: 0.2", "pace: 2.0", "9:71: parameter 'pace' of mine.py:follow: 2.0 given"),
        (
            "pace: 0.2",
            "times: 1.5",
            "parameter 'times' of mine.py:follow: 1.5 given; allowed: a whole number",
        ),
        ("pace: 0.2", "speed: 1.0", "9:72: parameter 'speed' of mine.py:follow: unknown key 'speed'"),
        (":follow", ":Stubborn", "unknown key 'pace'; did you mean 'place'?"),
        (":follow", ":Deaf", "class 'mine.py:Deaf' has no method learn(values, observation, memory)"),
        (":follow", ":gone", "9:34: 'mine.py:gone': there is no 'gone'; there are: follow, Stubborn"),
        (
            'mine.py:follow", parameters: {pace: 0.2}',
            'mine.py:two"',
            "function 'mine.py:two' takes (values, observation); (values",
        ),
    ],
)
def test_a_policy_that_cannot_be_is_refused_at_its_key(folder, old, new, said):
    (folder / "s.yaml").write_text(TEXT.replace(old, new))
    with pytest.raises(ScenarioError) as caught:
        coevolve_sim.run(folder / "s.yaml", results=folder / "results")
    assert said in str(caught.value)
    assert "s.yaml:9:" in str(caught.value)


def test_a_policy_that_raises_when_its_file_is_run_is_named(folder):
    (folder / "mine.py").write_text("raise OSError('no such weather')\n")
    (folder / "s.yaml").write_text(TEXT)
    with pytest.raises(ScenarioError, match=r"s.yaml:9:\d+: mine.py cannot be run: OSError: no such weather"):
        coevolve_sim.run(folder / "s.yaml")


def test_a_policy_says_of_itself_what_it_looks_at_and_how_it_speaks(folder):
    assert looks_at_means("custom", path="mine.py:Stubborn", parameters={"place": 0.5})
    assert [kind for kind in POLICIES.own if kind != "custom" and looks_at_means(kind)] == [
        "frozen",
        "lifelong",
    ]
    told = np.array([[0.1], [0.9]])
    assert say_to_each("mirror", np.array([0.5]), told) is not None
    assert say_to_each("median", np.array([0.5]), told, rate=1.0) is None

    @declare(speak=lambda values, told, share: values + share * (told - values))
    def flatter(values, observation, memory, share):
        return values, memory

    with POLICIES.replaced("flatter", flatter):
        said = say_to_each("flatter", np.array([0.5]), told, share=0.5)
    np.testing.assert_allclose(said, [[0.3], [0.7]])
