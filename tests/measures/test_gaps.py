"""Gaps between what was held and what was read, against NumPy's own, and where there is too little."""

import math

import numpy as np
import pytest

from coevolve_sim.errors import MeasureError
from coevolve_sim.measures import gaps

NAN = float("nan")


def test_gaps_agree_with_an_independent_computation():
    rng = np.random.default_rng(3)
    held = rng.random(200)
    read = np.clip(0.3 + 0.5 * held + rng.normal(0.0, 0.1, 200), 0.0, 1.0)
    found = gaps.gap(held, read)
    assert found.n == 200
    assert found.mean_error == pytest.approx(np.mean(read) - np.mean(held), abs=1e-12)
    assert found.rms_error == pytest.approx(np.linalg.norm(read - held) / math.sqrt(200), abs=1e-12)
    assert found.correlation == pytest.approx(np.corrcoef(held, read)[0, 1], abs=1e-12)
    assert found.slope == pytest.approx(np.polyfit(held, read, 1)[0], abs=1e-10)


def test_what_could_not_be_read_counts_nowhere():
    held, read = [0.1, 0.4, NAN, 0.8, 0.6], [0.2, 0.5, 0.9, NAN, 0.1]
    assert gaps.gap(held, read) == gaps.gap([0.1, 0.4, 0.6], [0.2, 0.5, 0.1])
    assert gaps.gap(held, read).n == 3


@pytest.mark.parametrize(
    ("held", "read", "defined"),
    [
        ([], [], set()),
        ([NAN, 0.5], [0.5, NAN], set()),
        ([0.5], [0.7], {"mean_error", "rms_error"}),
        ([0.5, 0.5], [0.7, 0.1], {"mean_error", "rms_error"}),
        ([0.2, 0.8], [0.5, 0.5], {"mean_error", "rms_error", "slope"}),
    ],
)
def test_a_measure_of_too_little_is_nan_and_never_zero(held, read, defined):
    found = gaps.gap(held, read)._asdict()
    assert {name for name, value in found.items() if name != "n" and not math.isnan(value)} == defined


def test_words_that_tell_nothing_have_slope_zero_and_a_reader_upside_down_a_negative_one():
    assert gaps.slope([0.1, 0.9], [0.5, 0.5]) == 0.0
    assert gaps.slope([0.1, 0.9], [0.9, 0.1]) == pytest.approx(-1.0)
    assert gaps.correlation([0.1, 0.9], [0.9, 0.1]) == pytest.approx(-1.0)


@pytest.mark.parametrize(
    ("held", "read", "said"),
    [
        ([0.1, 0.2], [0.1], r"equal shapes \(pairs,\); \(2,\) and \(1,\) given"),
        ([[0.1]], [[0.1]], "equal shapes"),
        ([0.1], [math.inf], "must be finite, or nan"),
    ],
)
def test_arrays_that_are_no_pairs_are_refused(held, read, said):
    with pytest.raises(MeasureError, match=said):
        gaps.gap(held, read)
