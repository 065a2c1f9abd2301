"""A rule and a channel in a file of the user's are used as the package's own, or refused in a sentence."""

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.errors import ScenarioError
from coevolve_sim.registry import load_plugin
from coevolve_sim.scenario import dump, load, loads

RULE = '''
from typing import Annotated

import numpy as np
from pydantic import Field

from coevolve_sim.rules import Moved, Rule


class Inertia(Rule):
    """Moves to the mean of all it hears, the slower the longer it has been there."""

    meaning = "Moves to the mean, the slower the longer."

    def __init__(self, pace: Annotated[float, Field(ge=0.0, le=1.0)], first: int = 1):
        self.pace, self.first = pace, first

    def first_state(self, values):
        return {"age": np.full(len(values), self.first, dtype=np.int64)}

    def exchange(self, given):
        age = np.asarray(given.state["age"])
        rate = (self.pace / age)[:, None]
        moved = given.values + rate * (given.values.mean(axis=0) - given.values)
        return Moved(moved, {"age": age + 1})
'''
CHANNEL = """
import numpy as np

from coevolve_sim.rules import perceive_exactly
from coevolve_sim.rules.channel import Channel
from coevolve_sim.rules.exchange import Perceived


class Dulled(Channel):
    def __init__(self, share: float = 0.5):
        self.share = share

    def dull(self, values):
        return 0.5 + self.share * (values - 0.5)

    def among_humans(self, values, ties, scene):
        exact = perceive_exactly(values, ties)
        return Perceived(self.dull(exact.perceived), exact.rows)

    def from_humans(self, values, humans, chosen, scene):
        return self.dull(values[humans])

    def from_assistants(self, spoken, humans, chosen, scene):
        return self.dull(spoken)

    def manifest(self):
        return {"share": str(self.share)}
"""
TEXT = """\
name: own
rounds: 4
value_space: {name: v, dimensions: [a, b]}
population: {humans: 12}
network: {family: ring, degree: 2}
assistants: [{name: helper, start: 0.9}]
update:
  rule: custom
  path: mine.py:Inertia
  parameters: {pace: 0.5}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text(RULE)
    (tmp_path / "dull.py").write_text(CHANNEL)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder, text):
    path = folder / "s.yaml"
    path.write_text(text)
    return path


def test_a_rule_in_a_file_moves_people_keeps_its_state_and_resumes_to_the_same_bytes(folder):
    path = written(folder, TEXT)
    run = coevolve_sim.run(path, results=folder / "whole")
    assert run.status == "finished"

    class StopError(Exception):
        pass

    def stop(done, _all):
        if done == 2:
            raise StopError

    with pytest.raises(StopError):
        coevolve_sim.run(path, results=folder / "part", progress=stop)
    (stopped,) = (folder / "part").iterdir()
    assert coevolve_sim.resume(stopped).digest() == run.digest()


def test_a_rule_in_a_file_is_what_it_computes(folder):
    society = coevolve_sim.Society(
        load(written(folder, TEXT.replace("start: 0.9", "start: 0.5, present: false")))
    )
    x, age = society.values.copy(), 1
    for _ in range(3):
        society.step()
        x = x + (0.5 / age) * (x.mean(axis=0) - x)
        age += 1
    np.testing.assert_allclose(society.values, x, atol=1e-15)
    assert set(society.state.of_humans) == {"age"}


def test_the_file_of_a_rule_is_an_input_of_the_run_and_a_changed_one_is_not_resumed(folder):
    run = coevolve_sim.run(written(folder, TEXT), results=folder / "results")
    assert "update.path" in run.manifest["inputs"]
    (folder / "mine.py").write_text(RULE + "\n# changed\n")
    again = coevolve_sim.run(written(folder, TEXT), results=folder / "again")
    assert again.digest() != run.digest()


def test_a_channel_in_a_file_carries_values_and_stands_in_the_manifest(folder):
    text = TEXT.replace("  path: mine.py:Inertia\n  parameters: {pace: 0.5}\n", "").replace(
        "custom", "degroot"
    )
    plain = coevolve_sim.run(written(folder, text), results=folder / "plain")
    dulled = coevolve_sim.run(
        written(folder, text + "channel: {kind: custom, path: dull.py:Dulled, parameters: {share: 0.0}}\n"),
        results=folder / "dulled",
    )
    assert dulled.manifest["channel.share"] == "0.0"
    assert dulled.digest() != plain.digest()
    means = dulled.means.query("kind == 'people'")[["a", "b"]].to_numpy()
    assert np.abs(means[-1] - 0.5).max() < np.abs(means[0] - 0.5).max()


def test_a_scenario_with_a_plug_in_is_written_and_read_back(folder):
    scenario = load(written(folder, TEXT))
    assert loads(dump(scenario)) == scenario


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "pace: 0.5",
            "pace: 2.0",
            "10:22: parameter 'pace' of mine.py:Inertia: 2.0 given; allowed: a number in",
        ),
        ("pace: 0.5", "pace: fast", 'of mine.py:Inertia: the text "fast" given'),
        ("pace: 0.5", "pase: 0.5", "unknown key 'pase'; did you mean 'pace'?"),
        ("{pace: 0.5}", "{}", "key 'pace' is missing"),
        ("mine.py:Inertia", "mine.py:Inertai", "9:9: 'mine.py:Inertai': there is no 'Inertai'"),
        ("mine.py:Inertia", "mine.py:np", "9:9: 'mine.py:np' is a module"),
        ("mine.py:Inertia", "mine.py:Annotated", "'mine.py:Annotated' is no rule: a class that derives from"),
        ("mine.py:Inertia", "dull.py:Dulled", "'dull.py:Dulled' is no rule: a class that derives from"),
        ("mine.py:Inertia", "nowhere.py:Inertia", "neither a file"),
        ("mine.py:Inertia", "mine.py", "names no rule; write FILE.py:NAME"),
    ],
)
def test_a_plug_in_that_cannot_be_is_refused_at_its_key(folder, old, new, said):
    path = written(folder, TEXT.replace(old, new))
    with pytest.raises(ScenarioError) as caught:
        coevolve_sim.run(path, results=folder / "results")
    assert said in str(caught.value)
    assert not (folder / "results").exists()


def test_a_file_that_raises_when_it_is_run_is_named(folder):
    (folder / "mine.py").write_text("raise OSError('no such weather')\n")
    with pytest.raises(ScenarioError, match=r"9:9: mine.py cannot be run: OSError: no such weather"):
        coevolve_sim.run(written(folder, TEXT))


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        ("Moved(moved * 3.0)", "for human"),
        ("Moved(moved[:2])", "float64 of shape (12, 2) is wanted"),
        ("moved", "returned a ndarray; Moved(values, state) is wanted"),
        ("Moved(moved, {'age': age[:3]})", "keeps 'age' of shape (3,); its first axis is the 12 humans"),
        ("Moved(moved, {'assistant': age})", "keeps something called 'assistant'"),
        ("Moved(moved * np.nan)", "returned nan"),
    ],
)
def test_what_a_rule_returns_is_held_to_what_it_should(folder, returned, said):
    text = RULE.replace('Moved(moved, {"age": age + 1})', returned)
    (folder / "mine.py").write_text(text)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - the text is asserted
        coevolve_sim.run(written(folder, TEXT), results=folder / "results")
    assert said in str(caught.value)


def test_a_rule_cannot_write_to_what_people_held(folder):
    (folder / "mine.py").write_text(RULE.replace("age = np", "given.values[:] = 0.0\n        age = np"))
    with pytest.raises(Exception, match="read-only"):
        coevolve_sim.run(written(folder, TEXT), results=folder / "results")


@pytest.mark.parametrize("policy", ["lifelong", "median"])
def test_a_rule_that_says_nothing_of_consultations_lets_people_hear_assistants_as_every_rule_does(
    folder, policy
):
    """The one policy is served in a single pass over the values, the other by the rule's own ``consult``."""
    text = (
        TEXT.replace("start: 0.9", f"start: 0.9, policy: {{kind: {policy}}}")
        .replace("pace: 0.5", "pace: 0.0")
        .replace(
            "humans: 12}", "humans: 12, groups: [{name: all, adoption: 1.0, confidence: {assistant: 1.0}}]}"
        )
    )
    run = coevolve_sim.run(written(folder, text), results=folder / "results")
    means = run.means.query("kind == 'people'")[["a", "b"]].to_numpy()
    assert run.status == "finished"
    assert (means[1] > means[0]).all()


def with_channel(text):
    """Return the scenario with the channel, and without the rule, of its own."""
    plain = text.replace("  path: mine.py:Inertia\n  parameters: {pace: 0.5}\n", "").replace(
        "custom", "degroot"
    )
    return plain + "channel: {kind: custom, path: dull.py:Dulled}\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("0.5 + self.share * (values - 0.5)", "9.0 * values", "returned"),
        ("0.5 + self.share * (values - 0.5)", "values[:2]", "which message it carries"),
        ("0.5 + self.share * (values - 0.5)", "1 / 0", "channel 'dull.py:Dulled' failed: ZeroDivisionError"),
        (
            "return Perceived(self.dull(exact.perceived), exact.rows)",
            "return values",
            "returned a ndarray; Perceived",
        ),
        ("exact.rows)", "exact.rows + 100)", "which message it carries"),
        ("def from_humans(self, values", "def of_humans(self, values", "has no from_humans(values, humans"),
        (
            "chosen, scene):\n        return self.dull(spoken)",
            "chosen):\n        return spoken",
            "from_assistants of",
        ),
    ],
)
def test_what_a_channel_returns_is_held_to_what_it_should(folder, old, new, said):
    (folder / "dull.py").write_text(CHANNEL.replace(old, new))
    path = written(folder, with_channel(TEXT))
    with pytest.raises(ScenarioError) as caught:
        coevolve_sim.run(path, results=folder / "results")
    assert str(caught.value).startswith(f"{path}:9:")
    assert said in str(caught.value)
    assert "dull.py:Dulled" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "def exchange(self, given)",
            "def swap(self, given)",
            "rule 'mine.py:Inertia' has no exchange(given)",
        ),
        ("def exchange(self, given)", "def exchange(self)", "exchange of rule 'mine.py:Inertia' takes ()"),
        ("age = np.asarray", "age = 1 / 0 + np.asarray", "rule 'mine.py:Inertia' failed: ZeroDivisionError"),
        (
            "def first_state(self, values):",
            "def first_state(self, values):\n        1 / 0",
            "failed: ZeroDivisionError",
        ),
        (
            "def first_state(self, values):",
            "def memory_per_human(self, n):\n        return 'much'\n\n    def first_state(self, values):",
            "memory_per_human of rule 'mine.py:Inertia' is 'much'",
        ),
    ],
)
def test_a_rule_that_fails_is_told_at_its_key(folder, old, new, said):
    (folder / "mine.py").write_text(RULE.replace(old, new))
    path = written(folder, TEXT)
    with pytest.raises(ScenarioError) as caught:
        coevolve_sim.run(path, results=folder / "results")
    assert str(caught.value).startswith(f"{path}:")
    assert said in str(caught.value)


def test_a_file_that_ends_the_program_is_refused(folder):
    (folder / "mine.py").write_text("import sys\nsys.exit(0)\n")
    with pytest.raises(ScenarioError, match=r"mine.py cannot be run: SystemExit: 0"):
        coevolve_sim.run(written(folder, TEXT))


# --- parameters that are lists, or nothing ------------------------------------------------------

LISTS = '''
from coevolve_sim.rules import Moved, Rule


class Weighted(Rule):
    """Moves to the mean by as many parts as its weights say, at most to a limit if there is one."""

    made = []

    def __init__(self, weights: list[int], shares: tuple[float, ...] = (), limit: float | None = 0.5):
        self.made.append((weights, shares, limit))
        self.pace = sum(weights) / 10

    def exchange(self, given):
        return Moved(given.values + self.pace * (given.values.mean(axis=0) - given.values))


class Untyped(Weighted):
    def __init__(self, weights, limit=0.5):
        super().__init__(list(weights))
        self.made.append((weights, limit))
'''


@pytest.fixture
def lists(folder):
    (folder / "lists.py").write_text(LISTS)

    def lists_written(name, parameters):
        text = TEXT.replace("mine.py:Inertia", f"lists.py:{name}")
        return written(folder, text.replace("{pace: 0.5}", f"{{{parameters}}}"))

    return lists_written


def made_of(scenario):
    made = load_plugin(scenario.update.path, "rule", ScenarioError).made
    made.clear()
    coevolve_sim.Society(scenario)
    return made


def test_a_rule_takes_lists_and_nothing_as_the_types_that_it_says(lists):
    scenario = load(lists("Weighted", "weights: [1, 2], shares: [0, 0.5], limit: null"))
    assert made_of(scenario)[0] == ([1, 2], (0.0, 0.5), None)
    assert [type(one) for one in made_of(scenario)[0][0]] == [int, int]
    assert [type(one) for one in made_of(scenario)[0][1]] == [float, float]


def test_a_rule_that_says_no_types_takes_a_list_as_a_tuple(lists):
    made = made_of(load(lists("Untyped", "weights: [1, 2], limit: null")))
    assert ((1.0, 2.0), None) in made


def test_a_scenario_with_lists_and_nothing_is_dumped_and_read_again_as_it_is(lists):
    scenario = load(lists("Weighted", "weights: [1, 2], shares: [], limit: null"))
    assert loads(dump(scenario)) == scenario
    run = coevolve_sim.run(scenario, results="results")
    assert run.status == "finished"
    assert run.scenario == scenario


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ("weights: [1, 2.5]", "2.5 given; allowed: a whole number"),
        ("weights: 3", "3.0 given; allowed: a list, each a whole number"),
        ("weights: null", "nothing (null) given; allowed: a list, each a whole number"),
        ("weights: [1], limit: [0.5]", "a list given; allowed: a number or null"),
        ("weights: [[1]]", "a list given; allowed: true or false or a number"),
        ("weights: {a: 1}", "a mapping given; allowed: true or false or a number"),
    ],
)
def test_a_list_that_does_not_fit_is_refused_at_its_key(lists, parameters, said):
    with pytest.raises(ScenarioError) as caught:
        coevolve_sim.run(lists("Weighted", parameters))
    assert said in str(caught.value)
    assert "s.yaml:10:" in str(caught.value)
