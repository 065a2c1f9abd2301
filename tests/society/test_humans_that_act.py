"""Humans whose values are set from outside, and humans of a class of the user's own."""

import numpy as np
import pytest

from coevolve_sim.errors import PopulationError, RoundError
from coevolve_sim.scenario import loads
from coevolve_sim.scenario.society_specs import GroupSpec
from coevolve_sim.society.agents import Human
from coevolve_sim.society.model import MAX_AUTO_AGENTS, Society

TEXT = """
name: small
seed: 3
rounds: 5
value_space: {name: two, dimensions: [care, order]}
network: {family: ring, degree: 2}
population: {humans: 12, groups: [{name: all, adoption: 0.5}]}
update: {rule: hegselmann_krause}
assistants: [{name: one}]
"""


def society(**keys):
    return Society(loads(TEXT), **keys)


# --- setting values ------------------------------------------------------------------------------


def test_values_of_a_human_can_be_set_and_are_where_it_goes_on():
    made, other = society(), society()
    for one in (made, other):
        one.step()
    human = list(made.humans)[4]
    human.values = [0.25, 0.75]
    assert human.values.tolist() == made.values[4].tolist() == [0.25, 0.75]
    others = np.delete(np.arange(12), 4)
    np.testing.assert_array_equal(made.values[others], other.values[others])
    for one in (made, other):
        one.step()
    changed = np.flatnonzero((made.values != other.values).any(axis=1))
    assert set(changed) <= {3, 4, 5}
    assert 4 in changed


def test_setting_leaves_the_values_of_the_finished_round_to_whoever_holds_them():
    made = society()
    first = made.values
    for human in made.humans:
        human.values = [0.0, 1.0]
    second = made.values
    assert not (first == second).any()
    made.step()
    held = made.values
    before = held.copy()
    next(iter(made.humans)).values = [0.5, 0.5]
    np.testing.assert_array_equal(held, before)
    np.testing.assert_array_equal(made.setup.initial_values, first)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([0.5], "an array of shape (1,) given; one number a dimension is wanted, shape (2,): care, order"),
        (0.5, "an array of shape () given"),
        ([0.5, 1.2], "1.2 given in dimension 'order'; values lie in [0, 1]"),
        ([float("nan"), 0.2], "nan given in dimension 'care'"),
    ],
)
def test_values_that_are_none_are_refused(given, says):
    made = society()
    before = made.values.copy()
    with pytest.raises(PopulationError) as refused:
        list(made.humans)[2].values = given
    assert says in str(refused.value)
    assert "human 2" in str(refused.value)
    np.testing.assert_array_equal(made.values, before)


def test_values_of_an_assistant_can_be_set_and_its_policy_goes_on_from_there():
    made = society(**{"assistants.0.policy": {"kind": "frozen"}})
    (assistant,) = made.assistants
    before = made.state.assistant_values
    assistant.values = [0.9, 0.1]
    assert not (before == 0.9).any()
    made.step()
    assert assistant.values.tolist() == [0.9, 0.1]
    with pytest.raises(PopulationError, match=r"values of assistant 'one': 2 given in dimension 'care'"):
        assistant.values = [2.0, 0.1]


# --- what does nothing is refused -----------------------------------------------------------------


def test_nobody_is_removed_from_a_society():
    made = society()
    with pytest.raises(PopulationError, match=r"human 3 cannot be removed: .*; leave it out of the scenario"):
        list(made.humans)[3].remove()
    with pytest.raises(PopulationError, match=r"assistant 'one' cannot be removed: .*action: withdraw"):
        next(iter(made.assistants)).remove()
    assert (len(made.humans), len(made.agents)) == (12, 12 + len(made.assistants))
    made.step()


@pytest.mark.parametrize("trait", [*GroupSpec.model_fields, "group", "hears"])
def test_traits_are_not_set_where_they_would_change_nothing(trait):
    human = list(society().humans)[2]
    with pytest.raises(
        PopulationError, match=rf"^{trait} of human 2 cannot be set here, .*; set (population|net)"
    ):
        setattr(human, trait, 0.5)
    assert trait not in vars(human)


def test_where_a_trait_is_set_is_told():
    human = next(iter(society().humans))
    with pytest.raises(PopulationError, match=r"set population.groups.stubbornness, or person by person a"):
        human.stubbornness = 0.5


class Moody(Human):
    """Has attributes of its own, one of which is called like a trait."""

    stubbornness = 0.25

    def __init__(self, society, human_id):
        super().__init__(society, human_id)
        self.mood = 0.5
        self.stubbornness = 0.75

    @property
    def voice(self):
        return self._voice

    @voice.setter
    def voice(self, given):
        self._voice = given

    def step(self):
        self.mood += self.stubbornness


def test_a_subclass_has_attributes_of_its_own():
    made = society(human=Moody)
    human = next(iter(made.humans))
    human.voice = "low"
    made.step()
    assert (human.mood, human.stubbornness, human.voice) == (1.25, 0.75, "low")
    with pytest.raises(PopulationError, match=r"adoption of human 0 cannot be set here"):
        human.adoption = 0.5


# --- humans that act -----------------------------------------------------------------------------


class Anchored(Human):
    """Goes half of the way back to where it began."""

    def step(self):
        self.values = 0.5 * (self.values + self.model.setup.initial_values[self.human_id])


class Watching(Human):
    """Notes what it finds when it acts."""

    def step(self):
        self.model.found.append((self.model.round_index, self.human_id, self.values.copy()))


class Copying(Human):
    """Takes over the values of the human before it."""

    def step(self):
        if self.human_id:
            self.values = self.model.values[self.human_id - 1]


class Odd(Human):
    def step(self):
        self.model.state.values[self.human_id] = np.nan


def test_humans_act_after_peers_and_assistants_and_before_the_round_ends():
    plain, acting = society(), society(human=Anchored)
    for one in (plain, acting):
        one.step()
    expected = 0.5 * (plain.values + plain.setup.initial_values)
    np.testing.assert_array_equal(acting.values, expected)
    assert acting.measures.overall["variance"] == pytest.approx(expected.var(axis=0).mean())
    assert acting.log == plain.log
    np.testing.assert_array_equal(acting.state.assistant_values, plain.state.assistant_values)


def test_humans_act_once_a_round_in_the_order_of_their_numbers():
    made, plain = society(human=Watching), society()
    made.found = []
    for round_index in range(3):
        made.step()
        plain.step()
        mine = made.found[12 * round_index :]
        assert [(r, number) for r, number, _ in mine] == [(round_index, i) for i in range(12)]
        np.testing.assert_array_equal([values for *_, values in mine], plain.values)


def test_a_human_sees_what_those_before_it_did():
    made = society(human=Copying)
    made.step()
    assert (made.values == made.values[0]).all()


def test_what_they_set_is_collected_and_checked():
    made = society(human=Copying)
    made.step()
    frame = made.datacollector.get_agent_vars_dataframe().reset_index()
    humans = frame[(frame["kind"] == "human") & (frame["Step"] == 1)]
    np.testing.assert_array_equal(humans[["care", "order"]].to_numpy(), made.values)
    with pytest.raises(RoundError, match="values of human 0 are nan"):
        society(human=Odd).step()


def test_a_class_without_a_step_changes_nothing():
    class Named(Human):
        pass

    one, other = society(human=Named), society()
    for made in (one, other):
        made.run_model()
    assert one.values.tobytes() == other.values.tobytes()
    assert {type(human) for human in one.humans} == {Named}


def test_humans_of_an_own_class_are_made_however_many_there_are():
    keys = {"population.humans": MAX_AUTO_AGENTS + 1, "measures.names": ["variance"]}
    made = society(human=Copying, **keys)
    assert len(made.humans) == MAX_AUTO_AGENTS + 1
    assert len(society(**keys).humans) == 0


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"human": int}, "a subclass of coevolve_sim.society.Human is wanted"),
        ({"human": "Copying"}, "human is 'Copying'"),
        ({"human": Copying, "mesa.agents": "never"}, "no human is made a Copying, as mesa.agents is never"),
        ({"human": Copying, "with_objects": False}, "no human is made a Copying, as with_objects is False"),
    ],
)
def test_a_class_that_nobody_would_be_of_is_refused(given, says):
    with pytest.raises(PopulationError) as refused:
        society(**given)
    assert says in str(refused.value)
