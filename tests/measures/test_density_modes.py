"""The number of modes is that of camps, however many people; other measures say whether they are so too."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from coevolve_sim.errors import MeasureError
from coevolve_sim.measures import (
    CATALOGUE,
    density_modes,
    density_modes_on_first_axis,
    measure_round,
    polarization_disagreement_per_head,
)
from coevolve_sim.networks.ties import from_edges, full_mixing

CENTRES = {1: [0.5], 2: [0.35, 0.65], 3: [0.2, 0.5, 0.8]}
SD = 0.05


def camps(n, k, n_dimensions, seed):
    """Return k camps .3 apart along one line of the value space, equally large."""
    places = np.array(CENTRES[k])[np.arange(n) % k] - 0.5
    around = np.random.default_rng([seed, n, k]).normal(0.5, SD, (n, n_dimensions))
    return np.clip(around + places[:, None] / np.sqrt(n_dimensions), 0.0, 1.0)


def share_right(n, k, n_dimensions, seeds):
    counted = [density_modes_on_first_axis(camps(n, k, n_dimensions, seed)) for seed in range(seeds)]
    return np.mean(np.array(counted) == k)


@pytest.mark.parametrize("n_dimensions", [1, 10])
@pytest.mark.parametrize("k", CENTRES)
def test_camps_are_counted_right_in_95_of_100_seeds_from_100_people_on(k, n_dimensions):
    for n, seeds in ((100, 100), (1_000, 20), (10_000, 4)):
        assert share_right(n, k, n_dimensions, seeds) >= 0.95


def test_thirty_people_show_two_camps_in_most_seeds_and_three_in_few_as_it_says():
    assert 0.6 < share_right(30, 2, 1, 200) < 0.8
    assert 0.1 < share_right(30, 3, 1, 200) < 0.3
    assert share_right(30, 1, 1, 200) == 1.0


def test_people_spread_evenly_are_one_heap():
    for n, seeds in ((30, 100), (100, 100), (1_000, 20), (100_000, 2)):
        values = np.random.default_rng(n).random((n, seeds))
        assert np.mean(density_modes(values) == 1.0) >= 0.95


@pytest.mark.parametrize("k", CENTRES)
def test_a_million_people_stand_in_as_many_camps_as_a_hundred(k):
    million = camps(1_000_000, k, 1, 1)
    assert density_modes(million).tolist() == [k] == [density_modes_on_first_axis(million)]


def test_camps_in_every_dimension_show_in_each_and_camps_on_a_diagonal_along_the_axis_alone():
    places = np.repeat([0.35, 0.65], 200)[:, None]
    values = np.clip(places + np.random.default_rng(1).normal(0, SD, (400, 4)), 0, 1)
    assert density_modes(values).tolist() == [2.0] * 4
    on_a_diagonal = camps(400, 2, 10, 1)
    assert density_modes(on_a_diagonal).tolist() == [1.0] * 10
    assert density_modes_on_first_axis(on_a_diagonal) == 2.0


def test_settled_camps_close_to_each_other_are_told_apart():
    assert density_modes(0.05 + 0.1 * (np.arange(100) % 10)) == 10.0
    noise = np.random.default_rng(2).normal(0, 0.02, 500)
    assert density_modes(0.1 + 0.2 * (np.arange(500) % 5) + noise) == 5.0


def test_camps_at_the_ends_of_the_scale_count_and_a_few_stragglers_do_not():
    assert density_modes(np.repeat([0.0, 1.0], 50)) == 2.0
    assert density_modes(np.append(np.full(98, 0.1), [0.9, 0.9])) == 1.0
    assert density_modes(np.append(np.full(90, 0.1), np.full(10, 0.9))) == 2.0


def test_all_agreeing_are_one_camp():
    agreed = np.full((50, 3), 0.3)
    assert density_modes(agreed).tolist() == [1.0] * 3
    assert density_modes_on_first_axis(agreed) == 1.0


@given(values=arrays(np.float64, st.integers(1, 7), elements=st.floats(0, 1)))
def test_up_to_seven_people_are_too_few_for_two_camps(values):
    assert density_modes(values) == 1.0


@given(
    values=arrays(np.float64, st.integers(8, 60), elements=st.integers(0, 64).map(lambda k: k / 64)),
    seed=st.integers(0, 99),
)
def test_modes_do_not_hang_on_the_order_of_people_or_on_the_way_round_of_the_scale(values, seed):
    counted = density_modes(values)
    assert 1.0 <= counted <= 30.0
    assert density_modes(np.random.default_rng(seed).permutation(values)) == counted
    assert density_modes(1.0 - values) == counted


def test_what_cannot_be_counted_is_refused_with_what_was_given():
    with pytest.raises(MeasureError, match=r"human 1 has 1.5 in dimension 0"):
        density_modes([0.5, 1.5])
    with pytest.raises(MeasureError, match="finite"):
        density_modes_on_first_axis([[0.5, np.nan]])


def test_the_index_a_head_does_not_grow_with_people_who_have_as_many_ties():
    def index(n):
        ring = from_edges(n, np.stack([np.arange(n), (np.arange(n) + 1) % n], axis=1))
        return polarization_disagreement_per_head(np.arange(n) % 2 * 0.5 + 0.25, ring)

    assert index(10_000) == pytest.approx(index(100), rel=1e-9)
    two = from_edges(2, np.array([[0, 1]]))
    assert polarization_disagreement_per_head([0.0, 1.0], two) == pytest.approx(1 / 12)
    everybody = [
        polarization_disagreement_per_head(np.arange(n) % 2 * 1.0, full_mixing(n)) for n in (99, 999)
    ]
    assert everybody[0] == pytest.approx(10 * everybody[1], rel=0.01)


# --- which measures depend on the number of people -------------------------------------------------

SIZES = {100: 200, 1_000: 40, 10_000: 8, 100_000: 1}
NAMED = 1 / np.arange(1, 301) / np.sum(1 / np.arange(1, 301))
"""How often each of 300 candidates is named in a message, each of which names one: by Zipf's law."""


def averages(n, seeds):
    """Return every measure of two camps, groups that lean to one, and about 12 ties a head, over seeds."""
    taken = []
    for seed in range(seeds):
        draw = np.random.default_rng([n, seed])
        groups = draw.integers(2, size=n)
        camp = np.where(draw.random(n) < 0.68, groups, 1 - groups)
        values = np.clip((0.35 + 0.3 * camp)[:, None] + draw.normal(0, SD, (n, 3)), 0, 1)
        edges = np.concatenate(
            [
                np.stack([draw.permutation(members), draw.permutation(members)], axis=1)
                for members in (np.flatnonzero(camp == 0), np.flatnonzero(camp == 1), np.arange(n))
                for _ in range(3)
            ]
        )
        found = measure_round(
            values,
            from_edges(n, edges),
            groups,
            initial_values=values,
            seed=seed,
            round_index=0,
            names=[*CATALOGUE],
            assistant_values=[[0.3, 0.5, 0.7]],
            outlets=(np.array([[0.3, 0.5, 0.7]]), np.ones((n, 1), dtype=bool)),
            appeals=draw.multinomial(n, NAMED, 2).astype(float),
        )
        taken.append(found.overall)
    return {name: np.mean([one[name] for one in taken]) for name in taken[0]}


@pytest.mark.long
def test_a_measure_depends_on_the_number_of_people_if_and_only_if_it_says_so():
    by_size = {n: averages(n, seeds) for n, seeds in SIZES.items()}
    largest = by_size[max(SIZES)]
    apart = {
        name: max(abs(of[name] - largest[name]) for of in by_size.values()) / max(abs(largest[name]), 0.1)
        for name in largest
    }
    depend = {name for name, gap in apart.items() if gap > 0.1}
    assert depend == {name for name, measure in CATALOGUE.items() if measure.with_size}
