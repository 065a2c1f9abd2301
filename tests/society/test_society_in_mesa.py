"""The society as a Mesa user meets it: agents, selections, space, collected frames."""

import mesa
import numpy as np
import pytest

from coevolve_sim.measures import TAKEN_UNLESS_NAMED
from coevolve_sim.scenario import loads
from coevolve_sim.society.agents import Assistant, Human
from coevolve_sim.society.model import MAX_AUTO_AGENTS, Society
from coevolve_sim.society.setup import build_setup

TEXT = """
name: small
seed: 3
rounds: 5
value_space: moral-foundations
network: {family: watts_strogatz, degree: 4, rewiring: 0.3}
population:
  humans: 24
  groups:
    - {name: old, share: 0.25, adoption: 0.9, confidence: {peer: 0.6}}
    - {name: young, share: 0.75, adoption: 0.4}
update: {rule: hegselmann_krause, noise: 0.02}
assistants: [{name: one}, {name: two, policy: {kind: frozen}, start: 0.8}, {name: absent, present: false}]
"""


def society(**overrides):
    return Society(loads(TEXT, overrides=overrides))


def ran(**overrides):
    made = society(**overrides)
    while not made.is_finished:
        made.step()
    return made


def test_agents_are_windows_on_the_rows_of_the_arrays():
    made = society()
    for _ in range(3):
        assert [human.human_id for human in made.humans] == list(range(24))
        np.testing.assert_array_equal([human.values for human in made.humans], made.values)
        np.testing.assert_array_equal([a.values for a in made.assistants], made.state.assistant_values)
        made.step()


@pytest.mark.parametrize("who", ["humans", "assistants"])
def test_agents_values_cannot_be_written_through_the_window(who):
    made = society()
    agent = next(iter(getattr(made, who)))
    with pytest.raises(ValueError, match="read-only"):
        agent.values[0] = 1.0
    made.step()
    assert made.values.flags.writeable


def test_agents_tell_what_they_are():
    made = society()
    sizes = {group: len(made.humans.select(lambda h, g=group: h.group == g)) for group in ("old", "young")}
    assert sizes == {"old": 6, "young": 18}
    assert {(h.group, h.confidence, h.adoption) for h in made.humans} == {
        ("old", 0.6, 0.9),
        ("young", 0.3, 0.4),
    }
    assert [(a.name, a.policy, a.is_present) for a in made.assistants] == [
        ("one", "lifelong", True),
        ("two", "frozen", True),
        ("absent", "lifelong", False),
    ]


def test_agent_sets_answer_as_mesa_s_do():
    made = ran()
    assert made.humans.agg("adoption", np.mean) == pytest.approx(0.525)
    assert made.humans.get("human_id") == list(range(24))
    high = made.humans.select(lambda human: human.values[0] > 0.5)
    assert [h.human_id for h in high] == np.flatnonzero(made.values[:, 0] > 0.5).tolist()
    assert len(made.agents) == 27
    assert len(made.agents_by_type[Human]) == 24
    assert len(made.agents_by_type[Assistant]) == 3


def test_whom_a_human_hears_are_its_neighbours_in_space():
    made = society()
    for human in made.humans:
        start, stop = made.state.ties.indptr[human.human_id : human.human_id + 2]
        assert list(human.hears) == made.state.ties.indices[start:stop].tolist()
        assert {cell.coordinate for cell in human.cell.neighborhood} == set(human.hears)
        assert {other.human_id for other in human.cell.neighborhood.agents} == set(human.hears)


def test_in_full_mixing_everybody_hears_everybody_else():
    made = society(network={"family": "complete"})
    for human in made.humans:
        assert set(human.hears) == set(range(24)) - {human.human_id}
        assert {cell.coordinate for cell in human.cell.neighborhood} == set(human.hears)


def test_after_rewiring_humans_hear_by_the_new_ties():
    made = ran(interventions=[{"round": 2, "action": "rewire", "network": {"family": "ring", "degree": 2}}])
    assert [set(human.hears) for human in made.humans] == [{(i - 1) % 24, (i + 1) % 24} for i in range(24)]


@pytest.mark.parametrize(("every", "rounds"), [(1, [0, 1, 2, 3, 4, 5]), (2, [0, 2, 4, 5]), (9, [0, 5])])
def test_frames_have_a_row_for_every_measured_round_the_beginning_included(every, rounds):
    made = ran(**{"measures.every": every})
    model = made.datacollector.get_model_vars_dataframe()
    assert model["round_index"].tolist() == rounds
    assert set(model.columns) == {"round_index", *TAKEN_UNLESS_NAMED}
    agents = made.datacollector.get_agent_vars_dataframe()
    humans, assistants = (agents[agents["kind"] == kind] for kind in ("human", "assistant"))
    assert list(humans.columns) == ["kind", "number", *made.setup.space.names]
    assert humans.shape == (len(rounds) * 24, 7)
    assert assistants.shape == (len(rounds) * 3, 7)
    assert [round(step) for step in humans.index.unique(level=0)] == rounds
    assert humans["number"].tolist() == [*range(24)] * len(rounds)


def test_collected_values_are_those_of_the_arrays():
    made = society()
    seen = [made.values]
    while not made.is_finished:
        made.step()
        seen.append(made.values)
    frame = made.datacollector.get_agent_vars_dataframe()
    humans = frame.loc[frame["kind"] == "human", list(made.setup.space.names)]
    np.testing.assert_array_equal(humans.to_numpy(), np.vstack(seen))


def test_collected_measures_are_those_of_the_values():
    made = society(**{"measures.names": ["variance", "spread"]})
    made.step()
    row = made.datacollector.get_model_vars_dataframe().iloc[-1]
    assert list(row.index) == ["round_index", "variance", "spread"]
    assert row["variance"] == pytest.approx(made.values.var(axis=0).mean())
    assert row["spread"] == pytest.approx(np.ptp(made.values, axis=0).mean())


def test_the_index_of_innate_values_changes_only_with_the_network():
    name = "polarization_disagreement_index"
    rewired = [{"round": 3, "action": "rewire", "network": {"family": "star"}}]
    made = ran(**{"measures.names": [name], "interventions": rewired})
    taken = made.datacollector.get_model_vars_dataframe()[name].tolist()
    assert len(set(taken[:3])) == len(set(taken[3:])) == 1
    assert taken[2] != taken[3]


@pytest.mark.parametrize(
    ("agents", "humans", "made_agents"),
    [
        ("auto", MAX_AUTO_AGENTS, MAX_AUTO_AGENTS),
        ("auto", MAX_AUTO_AGENTS + 1, 0),
        ("always", MAX_AUTO_AGENTS + 1, MAX_AUTO_AGENTS + 1),
        ("never", 24, 0),
    ],
)
def test_agents_are_made_as_asked(agents, humans, made_agents):
    overrides = {"mesa.agents": agents, "population.humans": humans, "measures.names": ["variance"]}
    made = society(**overrides, **{"mesa.collect": "model"})
    assert len(made.humans) == made_agents
    assert len(made.assistants) == 3
    assert (made.space is None) == (made_agents == 0)


@pytest.mark.parametrize(
    ("collect", "agents", "columns"),
    [
        ("auto", "auto", 7),
        ("agents", "always", 7),
        ("model", "auto", 0),
        ("none", "auto", 0),
        ("auto", "never", 0),
    ],
)
def test_the_collector_collects_what_is_asked(collect, agents, columns):
    made = ran(**{"mesa.collect": collect, "mesa.agents": agents})
    assert len(made.datacollector.agent_reporters) == columns
    if columns:
        assert made.datacollector.get_agent_vars_dataframe().shape == (27 * 6, columns)
    assert len(made.datacollector.get_model_vars_dataframe()) == (0 if collect == "none" else 6)


def test_a_society_with_agents_and_one_without_have_the_same_trajectory():
    one, other = society(**{"mesa.agents": "always"}), society(**{"mesa.agents": "never"})
    while not one.is_finished:
        one.step()
        other.step()
        assert one.values.tobytes() == other.values.tobytes()
        assert one.state.assistant_values.tobytes() == other.state.assistant_values.tobytes()
        assert one.measures.overall == pytest.approx(other.measures.overall, abs=0, nan_ok=True)


def test_a_society_runs_to_its_end_as_mesa_runs_models():
    made = society()
    made.run_model()
    assert made.round_index == 5
    assert made.is_finished
    assert not made.running
    assert made.values.tobytes() == ran().values.tobytes()


def test_a_foundation_serves_several_societies_and_stays_as_it_was():
    setup = build_setup(loads(TEXT))
    before = setup.initial_values.tobytes(), setup.initial_assistant_values.tobytes()
    results = []
    for _ in range(2):
        made = Society(setup)
        made.run_model()
        results.append(made.values.tobytes())
    assert results[0] == results[1]
    assert (setup.initial_values.tobytes(), setup.initial_assistant_values.tobytes()) == before


def test_group_means_are_the_means_of_groups():
    made = ran()
    old = np.mean([h.values for h in made.humans if h.group == "old"], axis=0)
    np.testing.assert_allclose(made.group_means()[0], old)
    assert made.group_means().shape == (2, 5)


def test_a_society_is_a_mesa_model_that_leaves_numpy_s_and_python_s_generators_alone():
    import random

    before = random.getstate(), np.random.get_state()[1].tobytes()  # noqa: NPY002
    made = ran()
    assert isinstance(made, mesa.Model)
    assert (random.getstate(), np.random.get_state()[1].tobytes()) == before  # noqa: NPY002


def test_a_society_is_made_of_a_file_too(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text("{name: s, rounds: 2, population: {humans: 12}, network: {family: ring}}")
    assert len(Society(path).humans) == len(Society(str(path)).humans) == 12
