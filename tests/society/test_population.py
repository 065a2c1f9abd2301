"""Who lives in a society: how many, where, and with which values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coevolve_sim.errors import PopulationError
from coevolve_sim.networks import (
    barabasi_albert,
    caveman,
    from_edges,
    full_mixing,
    ring,
    star,
    stochastic_block,
)
from coevolve_sim.society.population import (
    GroupPlan,
    beta_parameters,
    group_sizes,
    initial_values,
    place_groups,
)

shares = st.lists(st.floats(0.05, 1.0), min_size=1, max_size=12).map(lambda s: np.array(s) / sum(s))


def plan(name="g", share=1.0, centre=0.5, spread=0.15, n_dimensions=1, **how):
    return GroupPlan(name, share, (centre,) * n_dimensions, (spread,) * n_dimensions, **how)


def drawn(plans, group_of=None, n_humans=20_000, seed=1):
    group_of = np.zeros(n_humans, np.int32) if group_of is None else group_of
    return initial_values(plans, group_of, seed)


# --- sizes ---------------------------------------------------------------------------------------


@given(shares, st.integers(500, 50_000_000), st.floats(-1e-6, 1e-6))
def test_group_sizes_sum_to_all_and_are_within_one_of_the_share(given_shares, n_humans, slack):
    given_shares = given_shares * (1 + slack)
    sizes = group_sizes(given_shares, n_humans)
    assert sum(sizes) == n_humans
    exact = given_shares / given_shares.sum() * n_humans
    assert np.abs(sizes - exact).max() < 1.0


@pytest.mark.parametrize("second", [0.4999995, 0.5000005])
def test_shares_that_sum_to_one_but_for_rounding_leave_no_human_out(second):
    assert sum(group_sizes([0.5, second], 10_000_000)) == 10_000_000


@pytest.mark.parametrize(
    ("given_shares", "n_humans", "sizes"),
    [
        ([0.5, 0.3, 0.2], 11, [6, 3, 2]),
        ([0.1] * 10, 10, [1] * 10),
        ([1 / 3] * 3, 10, [4, 3, 3]),
        ([1.0], 7, [7]),
        ([0.29, 0.71], 100, [29, 71]),
    ],
)
def test_the_largest_remainders_are_rounded_up(given_shares, n_humans, sizes):
    assert group_sizes(given_shares, n_humans) == sizes


def test_a_group_of_nobody_is_refused_with_how_many_it_needs():
    with pytest.raises(PopulationError) as caught:
        group_sizes([0.999, 0.001], 100, ["many", "few"])
    assert str(caught.value) == (
        "group 'few' has share 0.001 of 100 humans, which is nobody; at least 1000 humans are needed for one"
    )


# --- places --------------------------------------------------------------------------------------


def test_everybody_has_a_place_and_groups_have_their_sizes():
    plans = [
        plan("a", 0.5),
        plan("b", 0.3, placement="highest_degree"),
        plan("c", 0.2, placement="lowest_degree"),
    ]
    group_of = place_groups(plans, barabasi_albert(201, 3, seed=1), seed=1)
    assert np.bincount(group_of).tolist() == group_sizes([0.5, 0.3, 0.2], 201)


def test_the_highest_and_lowest_degrees_are_taken_in_order():
    ties = barabasi_albert(200, 3, seed=1)
    plans = [
        plan("low", 0.25, placement="lowest_degree"),
        plan("hub", 0.05, placement="highest_degree"),
        plan("second", 0.1, placement="highest_degree"),
        plan("rest", 0.6),
    ]
    degrees = [ties.degrees[place_groups(plans, ties, seed=1) == g] for g in range(4)]
    low, hub, second, rest = degrees
    assert hub.min() >= second.max()
    assert second.min() >= max(rest.max(), low.max())
    assert low.max() <= rest.min()


def test_the_hub_of_a_star_goes_to_who_asks_for_it():
    plans = [plan("many", 0.99), plan("hub", 0.01, placement="highest_degree")]
    assert np.flatnonzero(place_groups(plans, star(100), seed=1) == 1).tolist() == [0]


def test_communities_are_filled_one_after_the_other():
    ties = stochastic_block(100, blocks=4, degree_within=9, degree_between=1, seed=1)
    plans = [plan("a", 0.5, placement="community"), plan("b", 0.5)]
    inside = ties.communities[place_groups(plans, ties, seed=1) == 0]
    assert np.bincount(inside, minlength=4).tolist() == [25, 25, 0, 0]


def test_communities_are_found_where_none_are_planted():
    edges = np.array([(i, j) for cave in (range(10), range(10, 20)) for i in cave for j in cave if i < j])
    ties = from_edges(20, np.vstack([edges, [[0, 10]]]))
    plans = [plan("a", 0.5, placement="community"), plan("b", 0.5)]
    group_of = place_groups(plans, ties, seed=1)
    assert len(set(group_of[:10].tolist())) == len(set(group_of[10:].tolist())) == 1
    np.testing.assert_array_equal(place_groups(plans, ties, seed=1), group_of)


@pytest.mark.parametrize(
    ("ties", "why"), [(full_mixing(10), "full mixing has none"), (ring(20_001, 2), "more than 20000 humans")]
)
def test_communities_that_cannot_be_had_are_refused(ties, why):
    with pytest.raises(PopulationError) as caught:
        place_groups([plan(placement="community")], ties, seed=1)
    assert str(caught.value) == (
        "placement by community: the network plants no communities and none can be found "
        f"({why}); use family stochastic_block or caveman, or another placement"
    )


def test_places_follow_from_the_seed():
    plans, ties = [plan("a", 0.5), plan("b", 0.5)], caveman(100, 10, 0.0, seed=1)
    one, again, other = (place_groups(plans, ties, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()


# --- values --------------------------------------------------------------------------------------


@pytest.mark.parametrize("stratified", [False, True])
@pytest.mark.parametrize(
    ("centre", "spread"),
    [(0.5, 0.15), (0.5, 0.28), (0.2, 0.1), (0.9, 0.05), (0.3, 1e-3), (0.5, 1e-6), (0.05, 0.04)],
)
def test_values_have_the_mean_and_spread_asked_for(centre, spread, stratified):
    values, notes = drawn([plan(centre=centre, spread=spread, stratified=stratified)])
    n = values.size
    a, b, _, _ = beta_parameters(np.array([centre]), np.array([spread]))
    excess = 6 * ((a - b) ** 2 * (a + b + 1) - a * b * (a + b + 2)) / (a * b * (a + b + 2) * (a + b + 3))
    error_of_sd = spread * np.sqrt((2 + excess[0]) / n) / 2
    assert abs(values.mean() - centre) < (4 * spread / n**0.5 if not stratified else spread / n)
    assert abs(values.std() - spread) < 4 * error_of_sd
    assert notes == ()


def test_stratified_means_are_far_closer_to_the_centre_than_independent_ones():
    plans = [plan(n_dimensions=40, stratified=s, centre=0.3) for s in (False, True)]
    off = [np.abs(drawn([p], n_humans=100)[0].mean(axis=0) - 0.3).max() for p in plans]
    assert off[1] < 0.002
    assert off[0] > 0.02


def test_stratified_dimensions_are_uncorrelated():
    values, _ = drawn([plan(n_dimensions=2, stratified=True)])
    assert abs(np.corrcoef(values.T)[0, 1]) < 4 / len(values) ** 0.5


@given(st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_values_are_never_outside_the_scale_whatever_is_asked_for(centre, spread, stratified):
    values, _ = drawn([plan(centre=centre, spread=spread, stratified=stratified)], n_humans=200)
    assert ((values >= 0) & (values <= 1)).all()
    assert abs(values.mean() - centre) <= 5 * min(spread, (centre * (1 - centre)) ** 0.5) / 200**0.5 + 1e-12


@pytest.mark.parametrize("spread", [1e-7, 1e-9, 1e-12, 1e-160, 5e-324, 0.0])
@pytest.mark.parametrize("stratified", [False, True])
def test_a_spread_too_small_for_float64_is_a_point(spread, stratified):
    values, notes = drawn([plan(centre=0.3, spread=spread, stratified=stratified)], n_humans=500)
    np.testing.assert_allclose(values, 0.3, atol=6e-7)
    assert notes == ()
    if spread < 1e-7:
        np.testing.assert_array_equal(values, 0.3)


@pytest.mark.parametrize("centre", [0.0, 5e-324, 1e-13, 1.0, 1 - 1e-16])
def test_a_centre_at_an_end_is_a_point_and_says_so(centre):
    values, notes = drawn([plan("g", centre=centre, spread=0.1)], n_humans=50)
    np.testing.assert_array_equal(values, centre)
    assert notes == (
        "group 'g': spread of 1 dimension taken smaller, lest values heap at 0 or 1 (at most by 0.100)",
    )


@pytest.mark.parametrize("centre", [0.1, 0.3, 0.5, 0.8])
def test_too_large_a_spread_heaps_nothing_at_the_ends(centre):
    values, notes = drawn([plan("g", centre=centre, spread=1.0)])
    n_near = ((values < 0.001) | (values > 0.999)).sum()
    densest = 1 / min(centre, 1 - centre)  # no density of Beta(a, b) with a or b of 1 is above this
    assert n_near <= values.size * 0.002 * densest + 5 * (values.size * 0.002 * densest) ** 0.5
    assert abs(values.mean() - centre) < 4 * values.std() / values.size**0.5
    assert len(notes) == 1


def test_the_note_counts_dimensions_and_tells_by_how_much():
    _, _, point, note = beta_parameters(np.array([0.5, 0.5, 0.1]), np.array([0.1, 0.5, 0.2]))
    assert not point.any()
    taken = 12**-0.5
    assert note == (
        "spread of 2 dimensions taken smaller, lest values heap at 0 or 1 "
        f"(at most by {max(0.5 - taken, 0.2 - (0.09 / 11) ** 0.5):.3f})"
    )


@given(st.floats(1e-6, 1 - 1e-6), st.floats(1e-6, 1))
def test_beta_parameters_are_at_least_one_and_have_the_mean(centre, spread):
    a, b, point, _ = beta_parameters(np.array([centre]), np.array([spread]))
    assert min(a[0], b[0]) >= 1 - 1e-12
    assert not point[0]
    assert a[0] / (a[0] + b[0]) == pytest.approx(centre, rel=1e-9)


def test_uniform_values_cover_the_scale_evenly():
    values, notes = drawn([plan(uniform=True, n_dimensions=2)])
    counts = np.histogram(values[:, 0], bins=20, range=(0, 1))[0]
    assert ((counts - 1000) ** 2 / 1000).sum() < 50  # chi squared with 19 degrees of freedom: p < 2e-4
    assert notes == ()


def test_adding_a_group_changes_no_draw_of_another():
    alone, _ = drawn([plan("a", centre=0.3, n_dimensions=3)], np.zeros(50, np.int32))
    groups = np.array([1, 0] * 50, np.int32)
    both, _ = drawn([plan("a", centre=0.3, n_dimensions=3), plan("b", centre=0.6, n_dimensions=3)], groups)
    swapped, _ = drawn(
        [plan("b", centre=0.6, n_dimensions=3), plan("a", centre=0.3, n_dimensions=3)], 1 - groups
    )
    np.testing.assert_array_equal(both[groups == 0], alone)
    np.testing.assert_array_equal(swapped, both)


def test_groups_of_the_same_kind_draw_their_own_values():
    values, _ = drawn([plan("a"), plan("b")], np.array([0, 1] * 50, np.int32))
    assert not np.isin(values[::2], values[1::2]).any()
