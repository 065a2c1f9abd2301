"""A society that is played."""

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.errors import ScenarioError, ViewError
from coevolve_sim.view.changeable_keys import find_keys
from coevolve_sim.view.drawn_network import MOST_HUMANS, MOST_TIES, draw_network, lay_out
from coevolve_sim.view.playing import PlayedSociety

SCENARIO = """
name: town
rounds: 6
value_space: {name: town, dimensions: [thrift, care]}
history: {kind: planted, eras: 4, start: 0.3, end: 0.8}
population: {humans: 30, groups: [{name: young, share: 0.5, adoption: 0.7}, {name: old, share: 0.5}]}
network: {family: watts_strogatz, degree: 4}
update: {rule: hegselmann_krause, confidence: {peer: 0.3}, rate: {peer: 0.2}, noise: 0.01}
assistants: [{name: helper, policy: {kind: lifelong}}]
interventions: [{action: rewire, round: 4, network: {family: ring, degree: 2}}]
measures: {every: 2}
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "town.yaml"
    path.write_text(SCENARIO)
    return path


def test_it_comes_to_the_values_and_measures_of_a_run(file, tmp_path):
    played = PlayedSociety(file)
    while not played.society.is_finished:
        played.step()
    run = coevolve_sim.run(file, results=tmp_path)
    assert np.array_equal(played.society.values, run.snapshots()[6])
    assert played.growth.rounds == list(range(7))
    assert played.growth.measured == run.measures.index.tolist()
    for name in run.measures:
        assert played.growth.measures[name] == pytest.approx(run.measures[name].tolist(), nan_ok=True)
    means = run.means[run.means["kind"] == "people"][["thrift", "care"]].to_numpy()
    assert np.allclose(played.growth.means, means)
    played.step()
    assert played.society.round_index == 6


def test_a_reset_with_a_key_set_is_the_run_with_that_key_set(file, tmp_path):
    played = PlayedSociety(file)
    played.step()
    played.reset({"update.confidence.peer": 0.9, "seed": 7})
    assert played.society.round_index == 0
    assert played.growth.rounds == [0]
    for _ in range(6):
        played.step()
    run = coevolve_sim.run(file, overrides={"update.confidence.peer": 0.9}, seed=7, results=tmp_path)
    assert np.array_equal(played.society.values, run.snapshots()[6])
    played.reset()
    assert played.scenario.seed == 1
    assert played.settings == {}


def test_an_impossible_reset_leaves_all_as_it_was(file):
    played = PlayedSociety(file)
    played.step()
    before = played.society
    with pytest.raises(ScenarioError, match="degree"):
        played.reset({"network.degree": 5})
    assert played.society is before
    assert played.settings == {}
    played.step()
    assert played.society.round_index == 2


def test_a_rewired_network_is_drawn_anew(file):
    played = PlayedSociety(file)
    first = played.drawn
    for _ in range(3):
        played.step()
    assert played.drawn is first
    played.step()
    assert len(played.drawn.pairs) == 30
    assert played.heard_by(0) == [1, 29]


def test_keys_have_the_ranges_of_the_schema(file):
    keys = {key.key: key for key in find_keys(coevolve_sim.load(file))}
    assert [*keys][:2] == ["update.confidence.peer", "update.confidence.assistant"]
    assert [*keys][-1] == "seed"
    rate = keys["assistants.0.policy.rate"]
    assert (rate.label, rate.value, rate.low, rate.high, rate.unit) == (
        "rate: policy of helper",
        0.2,
        0.0,
        1.0,
        "share a round",
    )
    assert keys["population.groups.0.adoption"].value == 0.7
    assert keys["population.humans"].is_whole
    assert keys["population.humans"].describe_range() == "a whole number in [1, 50,000,000]"


def test_every_key_offered_can_be_set_to_what_it_is(file):
    played = PlayedSociety(file)
    played.reset({key.key: key.value for key in played.keys})
    assert played.scenario == coevolve_sim.load(file)


@pytest.mark.parametrize("given", [-0.1, 1.1, "many", None, float("nan"), float("inf")])
def test_a_number_outside_of_its_range_is_refused_with_the_range(file, given):
    key = find_keys(coevolve_sim.load(file))[0]
    with pytest.raises(ViewError) as told:
        key.read(given)
    assert str(told.value) == f"update.confidence.peer: {given} was given; allowed: a number in [0, 1]"


def test_without_assistants_nothing_of_them_is_offered(file):
    keys = find_keys(coevolve_sim.load(file, ["assistants=[]"]))
    assert not [key.key for key in keys if "assistant" in key.key or "adoption" in key.key]


def test_of_a_large_society_a_sample_is_drawn_and_the_page_says_so(file):
    large = {"population.humans": 5000, "network.degree": 60, "rounds": 1, "interventions": []}
    society = coevolve_sim.Society(coevolve_sim.load(file, large), with_objects=False)
    drawn = draw_network(society.state.ties, 1)
    assert drawn.humans.size == MOST_HUMANS
    assert len(drawn.pairs) == MOST_TIES
    assert drawn.pairs.max() < MOST_HUMANS
    assert drawn.told.startswith(
        "Drawn are 1,000 of 5,000 humans (20 %), chosen by following at most 8 ties of each"
    )
    assert "they do not stand for all. Of the ties among them 8,000 of " in drawn.told


def test_tied_humans_come_to_stand_nearer_to_each_other_than_others(file):
    drawn = draw_network(PlayedSociety(file).society.state.ties, 1)
    placed = lay_out(drawn, 1)
    points, pairs = placed.points, placed.pairs
    tied = np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1).mean()
    apart = np.linalg.norm(points[:, None] - points[None], axis=2).mean()
    assert tied < 0.7 * apart
    assert (points >= 0).all()
    assert (points <= 1).all()
    assert lay_out(placed, 1) is placed


def test_with_full_mixing_people_stand_on_a_disc_without_ties(file):
    full = coevolve_sim.load(file, ["network={family: complete}", "interventions=[]"])
    drawn = draw_network(coevolve_sim.Society(full).state.ties, 1)
    assert len(drawn.pairs) == 0
    assert drawn.told == "Drawn are all 30 humans. Everybody hears everybody, so no ties are drawn."
    assert len(np.unique(drawn.points.round(6), axis=0)) == 30


def test_what_is_said_in_words_is_listed_with_how_it_was_read(minds, tmp_path):
    minds()
    path = tmp_path / "talk.yaml"
    path.write_text(TALK)
    played = PlayedSociety(path)
    assert played.speaks
    played.step()
    log = played.society.log
    assert len(played.spoken) == len(log.said) > 0
    peers = [one for one in played.spoken if one.to == "all who hear it"]
    questions = [one for one in played.spoken if one.to == "the assistant"]
    assert len(peers) == 6
    assert questions
    for one, said in zip(played.spoken, log.said, strict=True):
        assert one.text == said.heard.removeprefix(said.begun).strip()
        assert one.held == f"{said.latent:.3f}"
    heard = [one for one in log.heard if one.message == 0]
    assert peers[0].humans == {0, *(one.listener for one in heard)}
    assert peers[0].read.startswith(f"heard by {len(heard)}, read as ")
    played.close()


TALK = """
name: talk
rounds: 2
value_space: moral-foundations
dimensions: [care]
population: {humans: 6, groups: [{name: all, adoption: 1.0}]}
network: {family: ring, degree: 2}
minds: [{name: people, kind: embedded}]
channel: {kind: language}
assistants: [{name: assistant, policy: {kind: lifelong}}]
"""
