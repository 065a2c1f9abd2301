"""The courses of a driven value begin at their lowest and are functions of the round alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coevolve_sim.assistants.drive_shapes import count_drive_rounds, count_rounds, ramp, triangle

SPEEDS = st.floats(0.01, 1.0)


def walk(speed, n_rounds, low=0.0, high=1.0):
    """Return a ramp as it is walked, z = min(high, z + v)."""
    at = [low]
    for _ in range(n_rounds):
        at.append(min(high, at[-1] + speed))
    return np.array(at)


@given(SPEEDS)
def test_a_ramp_is_walked_at_its_speed_and_stays_at_its_end(speed):
    rounds = np.arange(130)
    assert ramp(rounds, speed=speed) == pytest.approx(walk(speed, 129), abs=1e-9)


@given(SPEEDS, st.integers(1, 3), st.integers(0, 2))
def test_a_triangle_moves_at_most_its_speed_and_comes_back_as_often_as_it_says(speed, cycles, extra):
    period = 2 * count_rounds(0.2, 0.8, speed) + extra
    course = triangle(
        np.arange(period * cycles + 5), speed=speed, cycles=cycles, low=0.2, high=0.8, extra_at_low=extra
    )
    assert np.abs(np.diff(course)).max() <= speed + 1e-12
    assert (course[::period] == 0.2).all()
    assert int((course == 0.8).sum()) == cycles
    assert (course[period * cycles :] == 0.2).all()
    one = course[:period]
    assert np.array_equal(one, course[:period])
    assert one[: period - extra + 1].max() == 0.8


def test_every_cycle_is_the_same_where_the_speed_divides_no_cycle():
    course = triangle(np.arange(1, 15), speed=0.3, cycles=2, high=1.0)
    assert course[:8] == pytest.approx([0.3, 0.6, 0.9, 1.0, 0.7, 0.4, 0.1, 0.0])
    assert course[8:] == pytest.approx(course[:6])


def test_a_round_of_a_drive_needs_no_round_before_it():
    whole = triangle(np.arange(90), speed=0.07, cycles=3)
    assert [float(triangle(r, speed=0.07, cycles=3)) for r in range(90)] == whole.tolist()


def test_where_a_drive_ends():
    assert count_drive_rounds("ramp", low=0, high=1, speed=0.0601, cycles=1) == 17
    assert count_drive_rounds("triangle", low=-0.5, high=0.5, speed=0.02, cycles=2) == 200


@pytest.mark.parametrize(
    ("low", "high", "speed", "message"),
    [
        (1.0, 0.0, 0.1, "a drive goes from a value to a higher one; 1 and 0 given"),
        (0.0, np.nan, 0.1, "a higher one; 0 and nan given"),
        (0.0, 1.0, 0.0, "a drive's speed is above 0; 0 given"),
    ],
)
def test_what_is_no_drive_is_refused(low, high, speed, message):
    with pytest.raises(ValueError, match=message):
        ramp(np.arange(3), speed=speed, low=low, high=high)
