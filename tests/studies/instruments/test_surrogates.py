"""The ladder finds the rule that moved a society, and no more than it where nothing did."""

import functools
import math

import numpy as np
import pytest

from coevolve_sim.errors import StudyError
from coevolve_sim.scenario import loads
from coevolve_sim.society.model import Society
from coevolve_sim.society.setup import build_setup
from coevolve_sim.studies.instruments.surrogate_fits import check_network, mean_of_neighbours
from coevolve_sim.studies.instruments.surrogates import RUNGS, _choose, climb_ladder
from tests.language.channel import talking

TEXT = """
name: ladder
rounds: 10
value_space: {name: v, dimensions: [a, b]}
network: {family: ring, degree: 4}
population:
  humans: 24
  groups:
    - {name: x, share: 0.5, centre: 0.3, spread: 0.2}
    - {name: y, share: 0.5, centre: 0.7, spread: 0.2}
"""
ANCHORED = ("update={rule: friedkin_johnsen}", *(f"population.groups.{i}.stubbornness=0.3" for i in (0, 1)))


@functools.cache
def ladder_of(*overrides, n_runs=6):
    """Return the ladder of a society's runs, in which group and voice are not told."""
    runs = []
    for seed in range(1, n_runs + 1):
        society = Society(
            build_setup(loads(TEXT, overrides=(*overrides, f"seed={seed}"))), with_objects=False
        )
        path = [society.values.copy()]
        while not society.is_finished:
            society.step()
            path.append(society.values.copy())
        runs.append(np.array(path))
        ties = society.state.ties.to_explicit()
    return climb_ladder(runs, ties.indptr, ties.indices, folds=3)


@pytest.mark.parametrize("noise", [0.0, 0.01])
def test_a_society_with_anchors_is_explained_by_them_and_their_weight_is_found(noise):
    found = ladder_of(*ANCHORED, f"update.noise={noise}")
    assert found.chosen == "M4"
    model = found.fitted[4]
    assert model.anchor == pytest.approx(0.3, abs=0.01)
    assert model.neighbours == pytest.approx(0.7, abs=0.01)
    assert (model.confidence, model.with_self) == (math.inf, False)
    assert model.own == pytest.approx(0, abs=0.01)
    if noise == 0:
        assert found.one_round[4].max() < 1e-12
        assert found.free_mean[4].max() < 1e-12
        assert found.free_variance[4].max() < 1e-12
        assert found.unexplained < 1e-20
    else:  # noise comes before the anchor, which takes .3 of it
        assert found.one_round[4].mean() == pytest.approx(0.7 * noise, rel=0.05)
    assert found.one_round[3].mean() > 0.02


@pytest.mark.parametrize("noise", [0.0, 0.01])
def test_a_society_that_averages_is_explained_by_its_neighbours(noise):
    found = ladder_of("update={rule: degroot}", f"update.noise={noise}")
    assert found.chosen == "M3"
    model = found.fitted[3]
    assert model.confidence == math.inf
    assert noise or not model.with_self  # both ways fit exactly: the first stays
    # Own and four neighbours count 1/5 each, whichever of the two ways that is written.
    of_self = model.own + (model.neighbours / 5 if model.with_self else 0)
    assert of_self == pytest.approx(0.2, abs=0.02)
    if noise:
        assert found.one_round[3].mean() == pytest.approx(noise, rel=0.05)


def test_a_bound_of_confidence_is_found():
    found = ladder_of("update={rule: hegselmann_krause, confidence: {peer: 0.3}, rate: {peer: 0.5}}")
    model = found.fitted[3]
    assert found.chosen == "M3"
    assert (model.confidence, model.with_self) == (0.3, True)
    assert (model.own, model.neighbours) == pytest.approx((0.5, 0.5), abs=1e-9)
    assert found.one_round[3].max() < 1e-12


def test_where_nobody_is_heard_persistence_and_autoregression_tie():
    """The null: noise alone."""
    found = ladder_of(
        "network={family: erdos_renyi, degree: 0}", "update={rule: degroot}", "update.noise=0.02"
    )
    assert found.chosen == "M0"
    gap = np.abs(found.one_round[0] - found.one_round[1])
    assert gap.max() < 0.01 * found.one_round[0].mean()
    assert found.one_round[0].mean() == pytest.approx(0.02, rel=0.05)
    assert found.unexplained == 1
    assert found.sentence.startswith(
        "A rule without words (persistence) leaves 100 % of what happened unexpl"
    )


def test_where_nobody_moves_there_is_nothing_to_explain():
    found = ladder_of("network={family: erdos_renyi, degree: 0}", "update={rule: degroot}")
    assert found.chosen == "M0"
    assert math.isnan(found.unexplained)
    assert not found.one_round[0].any()
    assert found.sentence.startswith("Nobody moved")


def planted_paths(bias, *, anchor=0.0, n_runs=6, rounds=12, noise=0.01, seed=1):
    """Return runs of x' = .6 x + anchor x(0) + bias + noise."""
    rng, paths = np.random.default_rng(seed), []
    for _ in range(n_runs):
        path = [rng.uniform(0.2, 0.8, bias.shape)]
        for _ in range(rounds):
            path.append(0.6 * path[-1] + anchor * path[0] + bias + noise * rng.normal(size=bias.shape))
        paths.append(np.array(path))
    return paths


def test_innate_bias_is_found_by_group_and_voice_and_identity_is_not_needed():
    groups, voices = np.repeat([0, 1], 20), np.tile([0, 1], 20)
    bias = np.array([[0.1, 0.2], [0.15, 0.12]])[groups, voices][:, None]
    found = climb_ladder(planted_paths(bias), np.zeros(41, int), np.empty(0, int), groups, voices, folds=3)
    assert found.chosen == "M4"
    np.testing.assert_allclose(found.fitted[4].bias, bias, atol=0.004)
    assert found.one_round[4].mean() == pytest.approx(0.01, rel=0.05)
    without = climb_ladder(planted_paths(bias), np.zeros(41, int), np.empty(0, int), groups, folds=3)
    assert without.one_round[4].mean() > 1.3 * found.one_round[4].mean()


def test_identity_wins_where_everybody_has_a_bias_of_their_own_and_the_same_in_all_runs():
    bias = np.random.default_rng(3).uniform(0.05, 0.35, (40, 1))
    found = climb_ladder(planted_paths(bias), np.zeros(41, int), np.empty(0, int), folds=3)
    assert found.chosen == "M5"
    assert found.one_round[5].mean() == pytest.approx(0.01, rel=0.05)
    # What all have in common may as well be laid to the population's mean, which hardly changes.
    own = found.fitted[5].bias - found.fitted[5].bias.mean()
    np.testing.assert_allclose(own, bias - bias.mean(), atol=0.005)


def test_a_run_is_predicted_by_what_was_fitted_to_the_others():
    """Three runs halve their values, the fourth keeps nine tenths: off by .4 of what it holds."""
    first = np.random.default_rng(4).uniform(0.2, 0.9, (30, 1))
    rates = (0.5, 0.5, 0.5, 0.9)
    runs = [np.array([first * rate**t for t in range(5)]) for rate in rates]
    found = climb_ladder(runs, np.zeros(31, int), [], folds=4)
    assert found.one_round[1, 3] == pytest.approx(0.4 * np.sqrt((runs[3][:-1] ** 2).mean()), rel=1e-9)


@pytest.mark.parametrize(
    ("gain", "spread", "chosen"),
    [
        (0.005, 0.0001, 0),  # told apart, but half a hundredth of persistence's error
        (0.03, 0.002, 4),  # told apart, and three hundredths
        (0.03, 0.055, 0),  # p = .02: five rungs were looked at, so that is not enough
        (0.03, 0.2, 0),  # not told apart
    ],
)
def test_a_rung_is_better_only_if_it_is_told_apart_and_by_enough(gain, spread, chosen):
    wobble = np.tile([1.0, -1.0], 12)
    one_round = np.ones((6, 24))
    one_round[4] -= gain + spread * wobble
    assert _choose(one_round) == chosen


def test_intervals_hold_the_error_of_other_runs():
    found = ladder_of("update={rule: degroot}", "update.noise=0.01")
    for rows, (low, high) in zip(
        (found.one_round, found.free_mean, found.free_variance),
        found.intervals.transpose(0, 2, 1),
        strict=True,
    ):
        mean, error = rows.mean(axis=1), rows.std(axis=1, ddof=1) / math.sqrt(6)
        np.testing.assert_allclose(high - mean, 2.5705818 * error, rtol=1e-6)
        assert (low >= 0).all()
        assert len(mean) == len(RUNGS)
    low, high = found.intervals[0, 3]
    assert f"({low:.4f} to {high:.4f}) in 6 runs" in found.sentence


def test_only_topics_move_and_only_they_count():
    """Two dimensions take turns under bounded confidence, near or far by the topic alone."""
    rng, ring, runs = np.random.default_rng(5), np.arange(20), []
    ties = check_network(np.arange(0, 41, 2), np.stack([ring - 1, ring + 1], 1).ravel() % 20, None, None, 20)
    topics = np.array([[t % 2 == 0, t % 2 == 1] for t in range(8)])
    for _ in range(4):
        path = [rng.random((20, 2))]
        for about in topics:
            now, after = path[-1], path[-1].copy()
            near = mean_of_neighbours(now[:, about], ties, 0.3)
            after[:, about] = 0.5 * now[:, about] + 0.5 * near
            path.append(after)
        runs.append(np.array(path))
    told = climb_ladder(runs, ties.indptr, ties.indices, topics=topics)
    assert told.chosen == "M3"
    assert told.one_round[3].max() < 1e-12
    assert told.free_mean[3].max() < 1e-12
    untold = climb_ladder(runs, ties.indptr, ties.indices)
    assert untold.unexplained > 0.3


def test_a_society_in_words_whose_mind_says_what_it_holds_needs_none(minds):
    """A scripted mind states its stance as a whole number, and reads it: words carry numbers."""
    minds()
    runs, about = [], []
    for seed in (1, 2, 3, 4):
        society = talking.society(f"seed={seed}", "rounds=6", "population.humans=8", "assistants=[]")
        runs.append(talking.run_through(society)[0])
        about.append([np.isin(np.arange(3), society.setup.channel.topics(t)) for t in range(1, 7)])
        ties = society.state.ties
    found = climb_ladder(runs, ties.indptr, ties.indices, topics=np.array(about))
    assert found.chosen == "M3"
    assert found.fitted[3].confidence == 0.3
    assert found.one_round[3].mean() < 0.005  # stances are said in hundredths
    assert found.unexplained < 0.02


def test_neighbours_are_those_within_confidence():
    ties = check_network([0, 2, 4, 6], [1, 2, 0, 2, 0, 1], None, None, 3)
    x = np.array([[0.0, 0.0], [0.2, 0.2], [1.0, 1.0]])
    assert mean_of_neighbours(x, ties, 0.2).tolist() == [[0.2, 0.2], [0.0, 0.0], [1.0, 1.0]]
    assert mean_of_neighbours(x, ties)[0] == pytest.approx([0.6, 0.6])
    assert mean_of_neighbours(x, ties, with_self=True)[0] == pytest.approx([0.4, 0.4])


RUNS = [np.full((4, 3, 1), 0.5)] * 3


@pytest.mark.parametrize(
    ("runs", "more", "said"),
    [
        (RUNS[:2], {}, "needs 3 at least; 2 given: run more seeds"),
        ([*RUNS, np.full((5, 3, 1), 0.5)], {}, r"run 0 has \(4, 3, 1\), run 3 \(5, 3, 1\)"),
        ([*RUNS, np.full((4, 3, 1), np.nan)], {}, "run 3 must be finite"),
        ([np.full((2, 3, 1), 0.5)] * 3, {}, "2 rounds at least; 1 given"),
        (RUNS, {"indptr": [0, 0, 0]}, "indptr has 4 entries for 3 humans"),
        (RUNS, {"indptr": [0, 1, 1, 1], "indices": [3]}, "humans from 0 to 2"),
        (RUNS, {"indptr": [0, 1, 1, 2], "indices": [1]}, "ascend from 0 to the number of ties, 1"),
        (RUNS, {"groups": [0, 1]}, r"groups must have one entry for each of 3 humans; \(2,\) given"),
        (RUNS, {"topics": np.ones((3, 2), dtype=bool)}, r"of shape \(3, 1\) or \(3, 3, 1\)"),
        (RUNS, {"topics": np.ones((3, 1))}, "true or false"),
        (RUNS, {"topics": np.zeros((3, 1), dtype=bool)}, "about anything"),
        (RUNS, {"folds": 1}, "2 parts at least"),
        (RUNS, {"confidences": []}, "confidences lie above 0"),
    ],
)
def test_what_has_no_ladder_is_refused(runs, more, said):
    with pytest.raises(StudyError, match=said):
        climb_ladder(runs, **{"indptr": [0, 0, 0, 0], "indices": [], **more})
