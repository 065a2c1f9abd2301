"""A history is checked when made, and read between its eras."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from coevolve_sim.errors import HistoryError
from coevolve_sim.values.histories import History


def make(values=((0.2, 0.8), (0.6, 0.4), (1.0, 0.0)), **changes):
    values = np.array(values, dtype=float)
    n_eras, n_dimensions = values.shape
    given_ = {
        "name": "mine",
        "era_names": tuple(str(1990 + 10 * i) for i in range(n_eras)),
        "times": np.arange(n_eras) * 10.0 + 1990,
        "dimension_names": tuple(f"d{i}" for i in range(n_dimensions)),
        "values": values,
        "observed": np.ones(values.shape, dtype=bool),
        "source": "invented",
        "notes": ("Invented.",),
    }
    return History(**{**given_, **changes})


def test_values_between_eras_are_interpolated_and_held_at_the_ends():
    history = make()
    assert history.at(0.5) == pytest.approx([0.4, 0.6])
    assert history.at(1.25) == pytest.approx([0.7, 0.3])
    assert history.at(-3).tolist() == history.at(0).tolist() == [0.2, 0.8]
    assert history.at(2).tolist() == history.at(99).tolist() == history.at(np.inf).tolist() == [1.0, 0.0]


def test_at_an_era_its_values_are_exact():
    rng = np.random.default_rng(1)
    history = make(rng.random((7, 3)))
    for era in range(7):
        assert history.at(era).tolist() == history.values[era].tolist()


@given(
    hnp.arrays(np.float64, st.tuples(st.integers(2, 6), st.integers(1, 4)), elements=st.floats(0, 1)),
    st.floats(-2, 8),
)
def test_at_stays_between_the_eras_it_lies_between(values, position):
    history = make(values)
    held = min(max(position, 0), len(values) - 1)
    around = values[[int(np.floor(held)), int(np.ceil(held))]]
    found = history.at(position)
    assert ((found >= around.min(axis=0) - 1e-15) & (found <= around.max(axis=0) + 1e-15)).all()
    assert ((found >= 0) & (found <= 1)).all()


def test_what_at_returns_is_the_callers_own():
    history = make()
    for position in (0, 0.5, 2):
        history.at(position)[:] = 0.5
    assert history.values.tolist() == [[0.2, 0.8], [0.6, 0.4], [1.0, 0.0]]


def test_arrays_are_read_only_copies():
    values = np.full((2, 1), 0.5)
    history = make(values)
    values[:] = 0.9
    assert history.values.tolist() == [[0.5], [0.5]]
    for array in (history.times, history.values, history.observed):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_an_era_is_found_by_name_and_by_number_never_by_row():
    history = make()
    assert [history.era_index(era) for era in ("1990", "2010", 2000, np.int64(2010))] == [0, 2, 1, 2]
    waves = make([[0.1], [0.2], [0.4], [0.5]], era_names=("1", "2", "4", "5"), times=[1, 2, 4, 5])
    assert [waves.era_index(wave) for wave in (1, 2, 4, 5, "4")] == [0, 1, 2, 3, 2]
    with pytest.raises(HistoryError, match=r"no era is called '3'\. There are: 1, 2, 4, 5"):
        waves.era_index(3)


def test_a_number_for_an_era_is_refused_where_eras_have_other_names():
    history = make(era_names=("C013", "C014", "3"))
    said = "1 given, but eras are not numbers here; write a name, from 'C013' to '3'"
    for number in (1, 3):
        with pytest.raises(HistoryError, match=said.replace("1 given", f"{number} given")):
            history.era_index(number)


def test_select_keeps_the_order_asked_for_and_notes_a_cut():
    history = make()
    assert history.select(["d1", "d0"]).values.tolist() == [[0.8, 0.2], [0.4, 0.6], [0.0, 1.0]]
    assert history.select(["d1", "d0"]).notes == ("Invented.",)
    cut = history.select(["d1"])
    assert cut.values.tolist() == [[0.8], [0.4], [0.0]]
    assert cut.notes == ("Invented.", "Cut to 1 of 2 dimensions.")


def test_a_span_includes_both_ends():
    span = make().span("2000", 2010)
    assert span.era_names == ("2000", "2010")
    assert span.times.tolist() == [2000.0, 2010.0]
    assert span.at(0).tolist() == [0.6, 0.4]
    assert span.notes[-1] == "Cut to eras 2000 to 2010."
    assert make().span(1990, 2010).notes == ("Invented.",)


@pytest.mark.parametrize(
    ("attempt", "said"),
    [
        (
            lambda: make([[0.1, np.nan], [0.2, 0.3]]),
            "history 'mine', era '1990', dimension 'd1': a value is a number in [0, 1]; nan given",
        ),
        (
            lambda: make([[0.1], [1.01]]),
            "era '2000', dimension 'd0': a value is a number in [0, 1]; 1.01 given",
        ),
        (lambda: make([[0.1], [-0.5]]), "-0.5 given"),
        (
            lambda: make([[0.1], [0.2]], spreads=[[0.1], [0.6]]),
            "era '2000', dimension 'd0': a spread is a number in [0, 0.5]; 0.6 given",
        ),
        (lambda: make([[0.1], [0.2]], spreads=[[0.1, 0.2]]), "spreads must have shape (2, 1)"),
        (lambda: make([[0.1]]), "needs at least 2 eras; 1 given"),
        (lambda: make(np.empty((2, 0))), "needs at least 1 dimension; none given"),
        (lambda: make(era_names=("a", "b", "a")), "era 'a' is named twice"),
        (lambda: make(dimension_names=("a", "a")), "dimension 'a' is named twice"),
        (
            lambda: make(dimension_names=("a",)),
            "values must have shape (3, 1) (3 eras, 1 dimensions); (3, 2) given",
        ),
        (lambda: make(times=[1.0, 2.0]), "times must have shape (3,)"),
        (lambda: make(times=[1.0, 2.0, 2.0]), "times must be finite and increase; [1.0, 2.0, 2.0] given"),
        (lambda: make(times=[1.0, 2.0, np.inf]), "times must be finite"),
        (lambda: make(observed=[[True, True]]), "observed must have shape (3, 2)"),
        (lambda: make(times=["x", "y", "z"]), "arrays of numbers"),
        (lambda: make().at(float("nan")), "a position is a number of eras from 0; nan given"),
        (
            lambda: make().era_index("1991"),
            "no era is called '1991'; did you mean '1990'? There are: 1990, 2000, 2010",
        ),
        (lambda: make().era_index(3), "no era is called '3'. There are: 1990, 2000, 2010"),
        (lambda: make().era_index(-1), "no era is called '-1'"),
        (lambda: make().select(["d2"]), "no dimension is called 'd2'"),
        (lambda: make().select(["d1", "d1"]), "dimension 'd1' is named twice"),
        (lambda: make().select([]), "needs at least 1 dimension"),
        (lambda: make().span("2010", "1990"), "from an era to a later one; '2010' to '1990' asked for"),
        (lambda: make().span(2000, 2000), "from an era to a later one"),
    ],
)
def test_what_is_not_a_history_is_refused_by_name(attempt, said):
    with pytest.raises(HistoryError, match=re.escape(said)):
        attempt()
