"""Outlets beside peers: how those who follow them move."""

import numpy as np
import pytest

from coevolve_sim.errors import MeasureError, RuleError
from coevolve_sim.measures.media_exposure import mean_exposure
from coevolve_sim.rules import Susceptibility
from coevolve_sim.rules.media import (
    HeardOutlets,
    follow_nearest,
    hear_outlets,
    hear_outlets_in_place,
    take_sides,
)
from coevolve_sim.streams import stream


def world(seed, n_dimensions=3):
    rng = stream(seed, "people and outlets")
    listening = Susceptibility.of(40, confidence=rng.random(40) * 0.6, repulsion=0.6 + rng.random(40) * 0.3)
    return (
        rng.random((40, n_dimensions)),
        rng.random((40, 4)) < 0.6,
        rng.random((4, n_dimensions)),
        np.array([0.1, 0.3, 0.0, 0.5]),
        listening,
    )


def hear_plainly(x, followed, heard, rates, listening, distance):
    moved = x.copy()
    for i in range(len(x)):
        for k in range(len(heard)):
            if not followed[i, k]:
                continue
            gap = heard[k] - x[i]
            away = np.abs(gap) if distance == "per_dimension" else np.full(gap.shape, (gap**2).mean() ** 0.5)
            pull = np.where(away <= listening.confidence[i], rates[k], 0.0)
            if listening.repulsion is not None:
                pull = np.where((away > listening.repulsion[i]) & (pull == 0), -rates[k], pull)
            moved[i] += pull * gap
    return np.clip(moved, 0.0, 1.0)


@pytest.mark.parametrize("distance", ["joint", "per_dimension"])
@pytest.mark.parametrize("repels", [True, False])
@pytest.mark.parametrize("n_dimensions", [1, 3])
def test_all_outlets_are_heard_at_once_each_within_ones_confidence(distance, repels, n_dimensions):
    x, followed, heard, rates, listening = world(1, n_dimensions)
    if not repels:
        listening = Susceptibility.of(40, confidence=listening.confidence)
    before = x.copy()
    found, n_followers = hear_outlets(x, followed, heard, rates, listening, distance)
    assert n_followers == tuple(followed.sum(axis=0))
    np.testing.assert_allclose(
        found, hear_plainly(x, followed, heard, rates, listening, distance), rtol=0, atol=1e-14
    )
    np.testing.assert_array_equal(x, before)
    turned = slice(None, None, -1)
    again, _ = hear_outlets(x, followed[:, turned], heard[turned], rates[turned], listening, distance)
    np.testing.assert_allclose(again, found, rtol=0, atol=1e-15)


def test_rates_that_sum_to_one_arrive_at_the_mean_and_no_value_leaves_the_scale():
    x = stream(2, "people").random((50, 1))
    both, all_hear = np.array([[0.0], [1.0]]), Susceptibility.of(50)
    found, _ = hear_outlets(x, np.ones((50, 2), bool), both, np.array([0.3, 0.7]), all_hear)
    np.testing.assert_allclose(found, 0.7, rtol=0, atol=1e-15)
    for end in (0.0, 1.0):
        said, _ = hear_outlets(x, np.ones((50, 1), bool), np.array([[end]]), np.array([1.0]), all_hear)
        assert said.min() >= 0.0
        assert said.max() <= 1.0


def test_more_than_the_whole_way_is_refused_for_who_follows_both_only():
    x, both, rates = np.full((2, 1), 0.5), np.array([[0.1], [0.2]]), np.array([0.6, 0.6])
    one_each = np.eye(2, dtype=bool)
    assert hear_outlets(x, one_each, both, rates, Susceptibility.of(2))[1] == (1, 1)
    with pytest.raises(RuleError, match=r"outlets that human 1 follows have rates that sum to 1\.2"):
        hear_outlets(x, one_each | [[False], [True]], both, rates, Susceptibility.of(2))
    with pytest.raises(RuleError, match=r"rates of outlets are \[0.6, -0.1\]"):
        hear_outlets(x, one_each, both, np.array([0.6, -0.1]), Susceptibility.of(2))
    with pytest.raises(RuleError, match=r"of 2 humans and 2 outlets on 1 dimensions"):
        hear_outlets(x, one_each[:, :1], both, rates, Susceptibility.of(2))


@pytest.mark.parametrize("distance", ["joint", "per_dimension"])
def test_each_audience_hears_what_it_perceives_and_nothing_of_what_it_could_not_read(distance):
    x, followed, heard, rates, listening = world(5)
    audience_of = stream(5, "audiences").integers(3, size=40)
    perceived = np.stack([heard, 1.0 - heard, heard])
    perceived[1, 0, 2] = perceived[2] = np.nan
    told = HeardOutlets(perceived, audience_of)
    moved = x.copy()
    n_heard = hear_outlets_in_place(moved, followed, told, rates, listening, distance)
    through = np.isfinite(perceived).all(axis=2)[audience_of]
    for a in range(2):
        of = audience_of == a
        follows = (followed & through)[of]
        some = Susceptibility(*(None if one is None else one[of] for one in vars(listening).values()))
        expected = hear_plainly(x[of], follows, np.nan_to_num(perceived[a]), rates, some, distance)
        np.testing.assert_allclose(moved[of], expected, rtol=0, atol=1e-14)
    np.testing.assert_array_equal(moved[audience_of == 2], x[audience_of == 2])
    assert n_heard == tuple((followed & through).sum(axis=0))


def test_a_share_of_what_an_outlet_says_takes_its_side():
    draws = stream(6, "sides").random((9, 2000))
    rates = np.array([0.71, 0.64, 0.51, 0.48, 0.47, 0.33, 0.32, 0.24, 0.23])
    said = take_sides(np.full(draws.shape, 0.9), draws, rates)
    assert set(np.unique(said)) == {0.5, 0.9}
    np.testing.assert_allclose((said > 0.5).mean(axis=1), rates, rtol=0, atol=0.035)
    np.testing.assert_array_equal(take_sides(said, draws, np.ones(9)), said)
    assert (take_sides(said, draws, np.zeros(9)) == 0.5).all()


def test_by_homophily_the_nearest_is_followed_within_its_distance():
    x = stream(3, "people").random((300, 2))
    outlets = np.array([[0.2, 0.2], [0.8, 0.5], [0.8, 0.6]])
    within = np.array([0.2, 0.5, 0.1])
    away = np.sqrt(((x[:, None] - outlets[None]) ** 2).mean(axis=2))
    nearest = away.argmin(axis=1)
    expected = np.eye(3, dtype=bool)[nearest] & (away <= within)
    np.testing.assert_array_equal(follow_nearest(x, outlets, within), expected)
    assert 0 < expected.sum() < 300
    tied = follow_nearest(np.array([[0.5]]), np.array([[0.25], [0.75]]), np.full(2, 0.25))
    assert tied.tolist() == [[True, False]]
    able = stream(3, "able").random((300, 3)) < 0.5
    np.testing.assert_array_equal(follow_nearest(x, outlets, within, able), expected & able)


def test_exposure_is_the_mean_over_pairs_of_a_human_and_an_outlet_it_follows():
    x, followed, heard, _, _ = world(4)
    pairs = [np.linalg.norm(x[i] - heard[k]) / 3**0.5 for i in range(40) for k in range(4) if followed[i, k]]
    assert mean_exposure(x, heard, followed) == pytest.approx(np.mean(pairs), abs=1e-14)
    assert np.isnan(mean_exposure(x, heard, np.zeros_like(followed)))
    with pytest.raises(MeasureError, match="are followed as in shape"):
        mean_exposure(x, heard, followed[:, :2])
