"""A planted history is what was asked for, the same for a seed, and never outside [0, 1]."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coevolve_sim.errors import HistoryError
from coevolve_sim.values.histories import SHAPES, planted


def column(kind, n_eras=11, **given_):
    return planted(kind, ["a"], n_eras, 1, **given_).values[:, 0]


def test_linear_goes_in_equal_steps():
    assert column("linear", 5, start=0.1, end=0.9) == pytest.approx([0.1, 0.3, 0.5, 0.7, 0.9])


def test_logistic_reaches_both_ends_and_is_steepest_at_the_turning_point():
    values = column("logistic", 101, start=0.2, end=0.8, turning_point=0.3)
    assert values[[0, -1]].tolist() == [0.2, 0.8]
    assert (np.diff(values) > 0).all()
    assert abs(int(np.argmax(np.diff(values))) - 30) <= 1


def test_a_flat_logistic_is_a_line():
    assert column("logistic", start=0.2, end=0.8, steepness=0.1) == pytest.approx(
        column("linear", start=0.2, end=0.8), abs=1e-3
    )


def test_reversal_comes_back_to_its_start():
    assert column("reversal", 6, start=0.2, end=0.6, turning_point=0.4) == pytest.approx(
        [0.2, 0.4, 0.6, 0.6 - 0.4 / 3, 0.6 - 0.8 / 3, 0.2]
    )


def test_regime_shift_has_the_end_from_the_turning_point_on():
    assert column("regime_shift", 11, start=0.2, end=0.6, turning_point=0.3).tolist() == [0.2] * 3 + [0.6] * 8


def test_oscillation_is_back_after_every_period():
    values = column("oscillation", 17, start=0.2, end=0.6, period=8)
    assert values[[0, 8, 16]] == pytest.approx([0.2] * 3)
    assert values[[4, 12]] == pytest.approx([0.6] * 2)


@pytest.mark.long
def test_a_random_walk_has_the_steps_asked_for_and_is_reflected_not_stuck():
    free = column("random_walk", 20_000, start=0.5, step_sd=0.001)
    assert np.diff(free).std() == pytest.approx(0.001, rel=0.03)
    walled = column("random_walk", 20_000, start=0.5, step_sd=0.2)
    assert ((walled >= 0) & (walled <= 1)).all()
    assert not np.isin(walled, (0.0, 1.0)).any()
    assert np.histogram(walled, bins=4, range=(0, 1))[0] / walled.size == pytest.approx([0.25] * 4, abs=0.03)


def test_dimensions_draw_ends_of_their_own_within_bounds():
    values = planted("linear", [f"d{i}" for i in range(50)], 2, seed=3).values
    assert len(set(values.ravel().tolist())) == 100
    assert values.min() >= 0.15
    assert values.max() <= 0.85


def test_a_mapping_gives_some_dimensions_their_ends_and_leaves_the_others_drawn():
    drawn = planted("linear", ["a", "b"], 3, 1)
    mixed = planted("linear", ["a", "b"], 3, 1, start={"b": 0.9}, end=0.5)
    assert mixed.values[0].tolist() == [drawn.values[0, 0], 0.9]
    assert mixed.values[2].tolist() == [0.5, 0.5]


@pytest.mark.parametrize("kind", SHAPES)
def test_a_seed_gives_one_history_and_another_seed_another(kind):
    first, again, other = (planted(kind, ["a", "b"], 12, seed).values for seed in (5, 5, 6))
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()


@pytest.mark.parametrize("kind", SHAPES)
def test_more_dimensions_do_not_change_the_first(kind):
    few, many = planted(kind, ["a"], 9, 2), planted(kind, ["a", "b", "c"], 9, 2)
    assert few.values[:, 0].tolist() == many.values[:, 0].tolist()


def test_all_of_it_counts_as_observed_and_says_that_it_is_invented():
    history = planted("linear", ["a"], 4, 7)
    assert history.observed.all()
    assert history.era_names == ("0", "1", "2", "3")
    assert (history.name, history.source) == ("planted-linear", "planted: linear, seed 7")
    assert history.notes == ("The history is invented: linear, 4 eras.",)


@given(
    kind=st.sampled_from(SHAPES),
    n_eras=st.integers(2, 40),
    seed=st.integers(0, 2**32),
    start=st.floats(0, 1),
    end=st.floats(0, 1),
    turning_point=st.floats(0.001, 0.999),
    period=st.floats(2, 100),
    steepness=st.floats(0.1, 1000),
    step_sd=st.floats(1e-6, 1),
)
def test_planted_values_lie_between_0_and_1(kind, n_eras, seed, start, end, **parameters):
    end = None if kind == "random_walk" else end
    values = planted(kind, ["a", "b"], n_eras, seed, start=start, end=end, **parameters).values
    assert ((values >= 0) & (values <= 1)).all()
    if kind != "random_walk":
        low, high = min(start, end), max(start, end)
        assert ((values >= low - 1e-12) & (values <= high + 1e-12)).all()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "linar"}, "no shape is called 'linar'; did you mean 'linear'? There are: linear, logistic"),
        ({"n_eras": 1}, "n_eras is at least 2; 1 given"),
        ({"start": 1.2}, "start is a number in [0, 1]; 1.2 given"),
        ({"end": float("nan")}, "end is a number in [0, 1]; nan given"),
        ({"end": {"a": -0.1}}, "end of 'a' is a number in [0, 1]; -0.1 given"),
        (
            {"start": {"aa": 0.1}},
            "planted history, start: no dimension is called 'aa'; did you mean 'a'? There are: a",
        ),
        ({"turning_point": 1.0}, "turning_point is above 0 and below 1; 1.0 given"),
        ({"period": 1}, "period is at least 2 eras, and finite; 1 given"),
        ({"steepness": 0}, "steepness is in [0.1, 1000]; 0 given"),
        ({"step_sd": 0.0}, "step_sd is above 0 and at most 1; 0.0 given"),
        ({"kind": "random_walk", "end": 0.5}, "a random_walk has no end; leave it out (0.5 given)"),
        ({"dimension_names": []}, "needs at least 1 dimension; none given"),
    ],
)
def test_what_cannot_be_planted_is_refused(changes, said):
    with pytest.raises(HistoryError, match=re.escape(said)):
        planted(**{"kind": "linear", "dimension_names": ["a"], "n_eras": 5, "seed": 1, **changes})
