"""Every measure of ours passes the suite that a user's passes; what is none is found out."""

import numpy as np
import pytest

from coevolve_sim.measures import CATALOGUE
from coevolve_sim.testing import check_measure, failures_of
from coevolve_sim.testing.measures import MEASURE_CHECKS


@pytest.mark.parametrize("name", CATALOGUE.own)
def test_every_measure_of_ours_passes_every_check(name):
    assert failures_of(check_measure(CATALOGUE[name])) == ""


def top(arrays, least=0.0):
    return np.maximum(arrays.values.max(axis=0), least)


def everything(arrays):
    return arrays.values


def first_human(arrays):
    return float(arrays.values[0, 0])


def sorts(arrays):
    arrays.values.sort(axis=0)
    return float(arrays.values[-1, 0])


def gambles(arrays):
    return float(arrays.values.mean() + np.random.random())  # noqa: NPY002 - it must be found out


def needs_two(arrays):
    return float(arrays.values[1, 0])


def test_a_function_with_parameters_passes():
    assert failures_of(check_measure(top, least=0.5)) == ""
    assert [verdict.check for verdict in check_measure(top)] == [*MEASURE_CHECKS]


@pytest.mark.parametrize(
    ("function", "check", "said"),
    [
        (everything, "returns a number", "a number, or one for each of the 3 dimensions, is wanted"),
        (first_human, "does not care in which order", "where humans stand in another order"),
        (sorts, "writes to nothing", "it changed arrays.values"),
        (gambles, "gives the same bytes", "drew from NumPy's global generator"),
        (needs_two, "returns a number", "failed: IndexError"),
    ],
)
def test_a_measure_that_is_none_is_found_out_by_the_check_that_says_so(function, check, said):
    told = {verdict.check: verdict.said for verdict in check_measure(function)}
    (name,) = [name for name in MEASURE_CHECKS if name.startswith(check)]
    assert said in told[name], told
