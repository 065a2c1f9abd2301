"""A monotone map from stance to what is perceived: planted maps are recovered, and what it knows it knows."""

import numpy as np

from coevolve_sim.language.cells.surrogate import N_STANCES, StanceDraws
from coevolve_sim.streams import stream

STANCES = np.arange(N_STANCES)
PLANTED = 0.05 + 0.9 * STANCES / 100 + 0.03 * np.sin(9 * STANCES / 100)
SD = 0.03


def drawn(seed, stances):
    noise = stream(seed, "planted perceptions").normal(0.0, SD, stances.size)
    return np.clip(PLANTED[stances] + noise, 0.0, 1.0)


def learned(seed, stances):
    draws = StanceDraws()
    draws.learn(stances, drawn(seed, stances))
    return draws.fit()


def test_a_planted_map_is_recovered_within_its_error():
    inside = []
    for seed in range(40):
        found = learned(seed, np.repeat(np.arange(10, 91), 8))
        known = slice(10, 91)
        off = np.abs(found.mean - PLANTED)[known]
        inside.append(np.mean(off <= 2 * found.error[known]))
        assert off.max() < 0.05
        assert abs(found.spread - SD) < 0.005
        assert (np.diff(found.mean[known]) >= 0).all()
    assert np.mean(inside) > 0.9


def test_it_says_that_it_does_not_know_beyond_what_was_seen():
    found = learned(1, np.repeat(np.arange(30, 61), 20))
    assert np.isinf(found.error[:30]).all()
    assert np.isinf(found.error[61:]).all()
    assert np.isnan(found.mean[[0, 29, 61, 100]]).all()
    assert found.asks(STANCES, 1.0).tolist() == [not 30 <= stance <= 60 for stance in STANCES]


def test_a_gap_is_known_as_well_as_its_ends_are_near():
    wide, narrow = (learned(2, np.repeat(ends, 50)) for ends in (np.array([20, 80]), np.array([49, 51])))
    assert wide.error[50] > 0.1
    assert narrow.error[50] < 0.02
    assert wide.asks(np.array([50]), 0.05).tolist() == [True]
    assert narrow.asks(np.array([50]), 0.05).tolist() == [False]
    assert wide.error[20] < 0.01


def test_more_draws_ask_for_less_and_in_two_lots_it_is_as_in_one():
    few, many = (learned(3, np.repeat(STANCES, n)) for n in (2, 30))
    assert few.asks(STANCES, 0.012).mean() > 0.5 > many.asks(STANCES, 0.012).mean()
    stances = np.repeat(STANCES, 4)
    perceived, once, twice = drawn(4, stances), StanceDraws(), StanceDraws()
    once.learn(stances, perceived)
    for half in (slice(0, 200), slice(200, None)):
        twice.learn(stances[half], perceived[half])
    np.testing.assert_allclose(once.fit().mean, twice.fit().mean, rtol=0, atol=1e-12)


def test_nothing_is_known_of_nothing_and_what_was_not_read_is_left_out():
    draws = StanceDraws()
    assert draws.fit().asks(STANCES, 1.0).all()
    draws.learn(np.array([50, 50, 50]), np.array([0.5, np.nan, 0.6]))
    found = draws.fit()
    assert (found.mean[50], draws.numbers[50]) == (0.55, 2)
    single = StanceDraws()
    single.learn(np.array([10, 20]), np.array([0.1, 0.2]))  # no stance twice: no spread is known
    assert single.fit().asks(STANCES, 1.0).all()
