"""`mesa.batch_run` over keys and iterations, and what a society is given besides its scenario."""

import mesa
import numpy as np
import pandas as pd
import pytest

from coevolve_sim.errors import ScenarioError
from coevolve_sim.scenario import loads
from coevolve_sim.society.model import Society
from coevolve_sim.society.setup import build_setup

pytestmark = pytest.mark.filterwarnings("ignore:The `iterations` keyword:DeprecationWarning")
"""Mesa 3.5 prefers another word for iterations; 3.3 has this one only."""

TEXT = """
name: small
seed: 3
rounds: 5
value_space: moral-foundations
network: {family: watts_strogatz, degree: 4, rewiring: 0.3}
population:
  humans: 24
  groups: [{name: old, share: 0.25, adoption: 0.9}, {name: young, share: 0.75}]
"""
KEY = "update.confidence.peer"


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(TEXT)
    return path


def batch(path, parameters=(), **options):
    options = {"iterations": 1, "display_progress": False} | options
    return pd.DataFrame(mesa.batch_run(Society, {"scenario": str(path), **dict(parameters)}, **options))


# --- batches -------------------------------------------------------------------------------------


@pytest.mark.parametrize("every", [1, 2, 9])
def test_iterations_and_keys_give_one_tidy_frame_of_different_replicates(path, every):
    frame = batch(path, {KEY: [0.1, 0.6], "measures.every": every}, iterations=3)
    assert len(frame) == 6
    assert frame["seed"].tolist() == [3, 3, 4, 4, 5, 5]
    assert frame["iteration"].tolist() == [0, 0, 1, 1, 2, 2]
    assert frame[KEY].tolist() == [0.1, 0.6] * 3
    assert (frame["round_index"] == 5).all()
    assert frame["variance"].nunique() == 6


def test_a_row_of_a_batch_is_the_end_of_the_run_of_its_seed_and_keys(path):
    frame = batch(path, {KEY: [0.1, 0.6]}, iterations=2)
    for row in frame.to_dict("records"):
        made = Society(path, seed=row["seed"], **{KEY: row[KEY]})
        made.run_model()
        assert row["variance"] == made.measures.overall["variance"]


def test_a_batch_in_several_processes_has_the_same_rows(path):
    one, two = (batch(path, {KEY: [0.1, 0.6]}, iterations=2, number_processes=n) for n in (1, 2))
    pd.testing.assert_frame_equal(one, two.sort_values("RunId", ignore_index=True))


def test_seeds_among_the_parameters_are_the_seeds(path):
    frame = batch(path, {"seed": [11, 12]})
    assert frame["seed"].tolist() == [11, 12]
    assert frame["variance"].nunique() == 2


def test_a_batch_has_a_row_a_round_where_asked_and_no_measure_where_none_was_taken(path):
    frame = batch(path, {"measures.every": 2}, data_collection_period=1)
    assert frame["round_index"].tolist() == [1, 2, 3, 4, 5]
    assert frame["variance"].isna().tolist() == [True, False, True, False, False]


def test_a_batch_has_humans_only_where_asked(path):
    assert len(batch(path)) == 1
    frame = batch(path, {"mesa.collect": "agents"}, data_collection_period=1)
    assert len(frame) == 24 * 5
    made = Society(path)
    for round_index in range(1, 6):
        made.step()
        rows = frame[frame["round_index"] == round_index].sort_values("number")
        np.testing.assert_array_equal(rows[list(made.setup.space.names)].to_numpy(), made.values)


def test_a_batch_that_collects_nothing_has_its_parameters_and_seeds(path):
    frame = batch(path, {"mesa.collect": "none", KEY: [0.1, 0.2]})
    parameters = {"RunId", "iteration", "Step", "scenario", "mesa.collect", KEY}
    assert set(frame.columns) - {"rng"} == parameters | {"seed", "round_index"}
    assert frame["round_index"].tolist() == [5, 5]


def test_a_scenario_object_goes_into_a_list(path):
    frame = batch(path, {"scenario": [loads(TEXT)]}, iterations=2)
    assert frame["seed"].tolist() == [3, 4]
    with pytest.raises(ScenarioError, match=r"a society of tuple given; .* put a Scenario into a list"):
        batch(path, {"scenario": loads(TEXT)})


def test_a_setup_has_one_seed(path):
    setup = build_setup(loads(TEXT))
    assert batch(path, {"scenario": setup})["seed"].tolist() == [3]
    with pytest.raises(ScenarioError, match="a Setup is built already"):
        batch(path, {"scenario": setup}, iterations=2)


# --- seeds and keys ------------------------------------------------------------------------------


def test_keys_are_dotted_or_nested_and_mean_the_same(path):
    dotted = Society(path, **{KEY: 0.2, "population.humans": 12})
    nested = Society(path, update={"confidence": {"peer": 0.2}}, population={"humans": 12})
    assert dotted.setup.scenario == nested.setup.scenario
    assert dotted.setup.scenario.update.confidence.peer == 0.2
    assert len(dotted.humans) == 12
    assert [group.name for group in nested.setup.scenario.population.groups] == ["old", "young"]


def test_keys_of_a_scenario_object_and_of_a_list_s_entry():
    made = Society(loads(TEXT), **{"population.groups.1": {"adoption": 0.7}})
    groups = made.setup.scenario.population.groups
    assert [(g.name, g.share, g.adoption) for g in groups] == [("old", 0.25, 0.9), ("young", 0.75, 0.7)]


def test_a_part_of_another_kind_replaces_the_one_below():
    made = Society(loads(TEXT), network={"degree": 2, "family": "ring"})
    assert made.setup.scenario.network.model_dump() == {"family": "ring", "degree": 2}


@pytest.mark.parametrize("name", ["seed", "rng"])
def test_a_whole_number_is_the_seed(path, name):
    one, other = Society(path, **{name: 9}), Society(loads(TEXT, overrides={"seed": 9}))
    assert one.seed == 9
    assert one.setup.initial_values.tobytes() == other.setup.initial_values.tobytes()
    assert Society(path, **{name: np.int64(9)}).seed == 9
    assert Society(path).seed == 3


@pytest.mark.parametrize("made", [np.random.default_rng, np.random.SeedSequence])
def test_of_a_generator_a_seed_is_drawn(path, made):
    first, again, other = (Society(path, rng=made(n)).seed for n in (1, 1, 2))
    assert first == again != other
    assert 0 <= first < 2**63


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"seed": 1, "rng": 2}, "seed and rng given; give one of them"),
        ({"seed": "abc"}, "seed 'abc' given; allowed: a whole number"),
        ({"seed": -1}, "seed -1 given; allowed: a whole number in [0, "),
        ({"humans": 3}, "Society humans:1:1: humans: unknown key 'humans'"),
        ({"update": {"confidance": {"peer": 0.1}}}, "did you mean 'confidence'"),
        ({"population.groups.7": {"adoption": 0.1}}, "'7' is no entry of a list of 2"),
    ],
)
def test_what_cannot_be_is_refused(path, given, says):
    with pytest.raises(ScenarioError) as refused:
        Society(path, **given)
    assert says in str(refused.value)


def test_an_impossible_scenario_is_placed_in_its_file(path):
    path.write_text(TEXT.replace("degree: 4", "degree: 400"))
    with pytest.raises(ScenarioError, match=r"small\.yaml:\d+:\d+: "):
        Society(path)
