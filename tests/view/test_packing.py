"""Arrays as a canvas is fed with them."""

import numpy as np
import pytest

from coevolve_sim.errors import PlotError
from coevolve_sim.view.packing import UNKNOWN, pack_colours, pack_points, pack_ties


def test_a_frame_of_a_thousand_people_is_a_thousand_bytes():
    assert len(pack_colours(np.linspace(0, 1, 1000), 1000)) == 1000


def test_colours_are_told_apart_to_a_hundredth_and_what_is_not_known_is_none_of_them():
    values = np.linspace(0, 1, 101)
    packed = np.frombuffer(pack_colours([*values, np.nan], 102), np.uint8)
    assert len(set(packed[:-1].tolist())) == 101
    assert np.abs(packed[:-1] / 254 - values).max() <= 0.5 / 254 + 1e-12
    assert packed[-1] == UNKNOWN
    assert UNKNOWN not in packed[:-1]


def test_places_and_ties_come_back_as_they_were():
    points, ties = np.random.default_rng(1).random((5, 2)), np.array([[0, 4], [2, 3]])
    assert np.allclose(np.frombuffer(pack_points(points), "<f4").reshape(5, 2), points, atol=1e-7)
    assert np.frombuffer(pack_ties(ties, 5), "<u4").reshape(2, 2).tolist() == ties.tolist()
    assert pack_ties([], 5) == b""
    assert pack_ties(np.empty((0, 2), dtype=int), 5) == b""


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: pack_points([0.1, 0.2]), r"points have shape (2,); (humans, 2) is wanted"),
        (lambda: pack_points([[0.1, 1.2]]), "points must lie in [0, 1]; divide by their extent first"),
        (lambda: pack_points([[0.1, np.nan]]), "points must lie in [0, 1]; divide by their extent first"),
        (lambda: pack_ties([0, 1], 3), "ties have shape (2,); (ties, 2) is wanted"),
        (lambda: pack_ties([[0, 3]], 3), "a tie leads to human 3; there are 3, numbered from 0"),
        (lambda: pack_ties([[-1, 2]], 3), "a tie leads to human -1; there are 3, numbered from 0"),
        (lambda: pack_colours([0.1], 2), "colours have shape (1,); (2,) is wanted, one for each human"),
        (lambda: pack_colours([1.1], 1), "colours must lie in [0, 1], or be nan where a value is not known"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(call, told):
    with pytest.raises(PlotError) as refused:
        call()
    assert str(refused.value) == told
