"""Objects from Python stand in for what a scenario names; the record says which, resume wants the same."""

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.errors import MindError, PluginError, RecordError, ScenarioError
from coevolve_sim.minds.scripted.mind import ScriptedMind
from coevolve_sim.rules import Moved, Rule
from coevolve_sim.scenario import loads

NUMBERS = """\
name: handed
rounds: 4
value_space: {name: v, dimensions: [a, b]}
population: {humans: 12}
network: {family: ring, degree: 2}
assistants: [{name: helper, start: 0.9}]
"""
WORDS = """\
name: words
rounds: 2
value_space: moral-foundations
population: {humans: 6}
network: {family: ring, degree: 2}
minds: [{name: people, kind: scripted}]
channel: {kind: language, bias_map: false}
"""


class Stay(Rule):
    """Nobody moves."""

    def exchange(self, given):
        return Moved(given.values)

    def consult(self, given):
        return Moved(given.values)


class Halfway(Rule):
    """Everybody goes half of the way to the middle of the scale."""

    def exchange(self, given):
        return Moved(0.5 * given.values + 0.25)


class CountedMind(ScriptedMind):
    """A scripted mind that knows whether it was asked, and closed."""

    def __init__(self):
        super().__init__()
        self.asked, self.closed = 0, False

    def ask(self, requests):
        self.asked += len(requests)
        return super().ask(requests)

    def close(self):
        self.closed = True


class StopError(Exception):
    pass


def stopped(results, **objects):
    def stop(done, _all):
        if done == 2:
            raise StopError

    with pytest.raises(StopError):
        coevolve_sim.run(loads(NUMBERS), results=results, progress=stop, **objects)
    (folder,) = results.iterdir()
    return folder


def test_a_rule_that_was_handed_over_moves_people_in_place_of_the_scenarios(tmp_path):
    run = coevolve_sim.run(loads(NUMBERS), results=tmp_path, rules={"hegselmann_krause": Stay()})
    first, last = (run.trajectories.query(f"round == {r}")[["a", "b"]].to_numpy() for r in (0, 4))
    np.testing.assert_array_equal(first, last)


def test_the_record_names_class_module_and_version(tmp_path):
    run = coevolve_sim.run(loads(NUMBERS), results=tmp_path, rules={"hegselmann_krause": Stay()})
    assert f'"rules.hegselmann_krause": "{__name__}:Stay sha256 ' in run.manifest["objects"]
    plain = coevolve_sim.run(loads(NUMBERS), results=tmp_path)
    assert plain.manifest["objects"] == "{}"
    assert plain.digest() != run.digest()


def test_a_run_with_an_object_goes_on_with_the_same_and_with_no_other(tmp_path):
    whole = coevolve_sim.run(loads(NUMBERS), results=tmp_path / "a", rules={"hegselmann_krause": Halfway()})
    folder = stopped(tmp_path / "b", rules={"hegselmann_krause": Halfway()})
    with pytest.raises(
        RecordError, match=r"begun with \S+:Halfway .* and nothing is given now; resume it from Python"
    ):
        coevolve_sim.resume(folder)
    with pytest.raises(RecordError, match=r":Halfway .* as rules\['hegselmann_krause'\], and \S+:Stay "):
        coevolve_sim.resume(folder, rules={"hegselmann_krause": Stay()})
    assert coevolve_sim.resume(folder, rules={"hegselmann_krause": Halfway()}).digest() == whole.digest()


def test_a_mind_that_was_handed_over_speaks_and_stays_open(tmp_path):
    mind = CountedMind()
    run = coevolve_sim.run(loads(WORDS), results=tmp_path, minds={"people": mind})
    assert mind.asked > 0
    assert not mind.closed
    assert run.minds["kind"].tolist() == ["object"]


def test_a_measure_that_was_handed_over_is_taken_recorded_and_resumed(tmp_path):
    def highest(arrays):
        """The highest value that anybody holds."""
        return arrays.values.max(axis=0)

    run = coevolve_sim.run(loads(NUMBERS), results=tmp_path / "a", measures={"highest": highest})
    values = run.trajectories.query("round == 2")[["a", "b"]].to_numpy()
    assert run.measures.loc[2, "highest"] == pytest.approx(values.max(axis=0).mean(), abs=1e-15)
    folder = stopped(tmp_path / "b", measures={"highest": highest})
    with pytest.raises(RecordError, match=r"as measures\['highest'\], and nothing is given now"):
        coevolve_sim.resume(folder)
    assert coevolve_sim.resume(folder, measures={"highest": highest}).digest() == run.digest()


class Doubter:
    """Goes halfway to the mean of whom it heard, and tells each the opposite of what it said."""

    def learn(self, values, observation, memory):
        seen = memory.get("seen", np.zeros(1, dtype=np.int64)) + len(observation.humans)
        mean = observation.mean if len(observation.humans) else values
        return (values + mean) / 2.0, {"seen": seen}

    def speak(self, values, told):
        return 1.0 - told


def test_a_policy_that_was_handed_over_learns_speaks_remembers_and_resumes(tmp_path):
    run = coevolve_sim.run(loads(NUMBERS), results=tmp_path / "a", policies={"helper": Doubter()})
    plain = coevolve_sim.run(loads(NUMBERS), results=tmp_path / "b")
    assert not run.means.equals(plain.means)
    folder = stopped(tmp_path / "c", policies={"helper": Doubter()})
    assert coevolve_sim.resume(folder, policies={"helper": Doubter()}).digest() == run.digest()


def test_a_function_is_a_policy_and_stands_in_until_the_policy_is_changed(tmp_path):
    text = (
        NUMBERS
        + "interventions: [{action: change_policy, round: 2, assistant: helper, policy: {kind: frozen}}]\n"
    )

    def rise(values, observation, memory):
        return np.clip(values + 0.05, 0.0, 1.0), memory

    run = coevolve_sim.run(loads(text), results=tmp_path, policies={"helper": rise})
    held = run.means.query("kind == 'assistant'")["a"].to_numpy()
    np.testing.assert_allclose(held, [0.9, 0.95, 0.95, 0.95, 0.95], atol=1e-12)


def test_a_policy_that_returns_what_is_no_values_is_named(tmp_path):
    with pytest.raises(ScenarioError, match=r"policy '<lambda>' returned 2\.0 in dimension 0"):
        coevolve_sim.run(
            loads(NUMBERS),
            results=tmp_path,
            policies={"helper": lambda values, seen, memory: (values * 0 + 2.0, memory)},
        )


@pytest.mark.parametrize(
    ("objects", "said"),
    [
        (
            {"rules": {"degroot": Stay()}},
            "rules['degroot'] stands in for nothing. The scenario has: hegselmann_krause",
        ),
        (
            {"rules": {"hegselmann_krause": Stay}},
            "rules['hegselmann_krause'] is a Stay; an object of a class",
        ),
        (
            {"minds": {"people": ScriptedMind()}},
            "minds['people'] stands in for nothing. The scenario has: none",
        ),
        ({"policies": {"helpr": print}}, "policies['helpr'] stands in for nothing; did you mean 'helper'?"),
        ({"policies": {"helper": 3}}, "policies['helper'] is a int; a function is wanted"),
        ({"measures": [max]}, "measures is a list; a mapping of name to object is wanted"),
        ({"measures": {"mine": 3}}, "measures['mine'] is a int; a function is wanted"),
        ({"measures": {"dispersion": max}}, "measures['dispersion']: a name has lower-case letters"),
        ({"measures": {"My own": max}}, "measures['My own']: a name has lower-case letters"),
    ],
)
def test_what_stands_in_for_nothing_or_is_not_what_it_should_be_is_refused(tmp_path, objects, said):
    with pytest.raises((PluginError, ScenarioError)) as caught:
        coevolve_sim.run(loads(NUMBERS), results=tmp_path / "results", **objects)
    assert said in str(caught.value)
    assert not (tmp_path / "results").exists()


def test_what_is_no_mind_is_told_what_it_lacks(tmp_path):
    with pytest.raises(PluginError, match=r"minds\['people'\] is object: has no identity, is_bitwise"):
        coevolve_sim.run(loads(WORDS), results=tmp_path, minds={"people": object()})


class Paced(Rule):
    """Everybody goes a part of the way to the middle."""

    def __init__(self, pace):
        self.pace = pace

    def exchange(self, given):
        return Moved(given.values + self.pace * (0.5 - given.values))


def test_the_same_class_with_other_parameters_is_another_object(tmp_path):
    folder = stopped(tmp_path, rules={"hegselmann_krause": Paced(0.5)})
    with pytest.raises(RecordError, match=r"Paced .*'pace': 0\.5.* and .*'pace': 0\.9.* is given now"):
        coevolve_sim.resume(folder, rules={"hegselmann_krause": Paced(0.9)})
    assert coevolve_sim.resume(folder, rules={"hegselmann_krause": Paced(0.5)}).status == "finished"


def test_an_object_that_a_run_was_not_begun_with_is_to_be_left_out(tmp_path):
    folder = stopped(tmp_path, rules={"hegselmann_krause": Stay()})
    given = {"rules": {"hegselmann_krause": Stay()}, "measures": {"top": lambda arrays: arrays.values.max()}}
    with pytest.raises(RecordError, match=r"was begun with nothing as measures\['top'\]; leave it out"):
        coevolve_sim.resume(folder, **given)
    with pytest.raises(
        RecordError, match=r"as rules\['hegselmann_kraus'\]; did you mean 'hegselmann_krause'"
    ):
        coevolve_sim.resume(folder, rules={"hegselmann_kraus": Stay()})


@pytest.mark.parametrize(
    ("objects", "said"),
    [
        ({"policies": {"helper": lambda values: values}}, "policy '<lambda>' failed: TypeError"),
        (
            {"policies": {"helper": lambda values, seen, memory: memory["nothing"]}},
            "failed: KeyError: 'nothing'",
        ),
        ({"rules": {"hegselmann_krause": Rule()}}, "rule Rule has no exchange(given)"),
        ({"measures": {"top": lambda arrays: arrays.nothing}}, "measure 'top' failed: AttributeError"),
    ],
)
def test_an_object_that_fails_is_told_in_one_sentence(tmp_path, objects, said):
    with pytest.raises(coevolve_sim.CoevolveError) as caught:
        coevolve_sim.run(loads(NUMBERS), results=tmp_path, **objects)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_mind_that_fails_is_told_as_a_mind(tmp_path):
    class Broken(CountedMind):
        def ask(self, requests):
            raise RuntimeError("no power")

    with pytest.raises(MindError, match="failed: RuntimeError: no power"):
        coevolve_sim.run(loads(WORDS), results=tmp_path, minds={"people": Broken()})


@pytest.mark.parametrize("member", ["identity", "is_bitwise", "voices", "ask"])
def test_a_mind_that_ends_the_program_is_told_by_the_name_it_stands_in_for(tmp_path, member):
    def end(_self, _requests=()):
        raise SystemExit(0)

    ending = type("Ending", (CountedMind,), {member: end if member == "ask" else property(end)})
    if member == "identity":
        ending.__init__ = lambda self: None
    with pytest.raises(coevolve_sim.CoevolveError, match=r"^minds\['people'\] failed: SystemExit: 0$"):
        coevolve_sim.run(loads(WORDS), results=tmp_path, minds={"people": ending()})


def test_a_mind_that_was_handed_over_may_not_draw_from_a_global_generator(tmp_path):
    class Drawing(CountedMind):
        def ask(self, requests):
            np.random.random()  # noqa: NPY002 - it is what may not be
            return super().ask(requests)

    with pytest.raises(MindError, match=r"^minds\['people'\] drew from NumPy's global generator"):
        coevolve_sim.run(loads(WORDS), results=tmp_path, minds={"people": Drawing()})
