"""What of a history is heard and scored where not every cell was surveyed."""

from dataclasses import replace

import numpy as np
import pytest

from coevolve_sim.assistants.policies import parse_policy
from coevolve_sim.errors import HistoryError
from coevolve_sim.evaluation.challenges import (
    Challenge,
    NumericPopulation,
    accompany,
    carry_forward,
    influence,
    n_evaluations,
    scored_cells,
    scores,
)
from coevolve_sim.evaluation.challenges.surveyed import describe_scored_cells
from coevolve_sim.values.histories import History, gss_moral, planted

GSS = gss_moral()
EARLY = gss_moral(last_year=1985)
FEW = NumericPopulation(20)


def root_mean_square(errors):
    return float(np.sqrt(np.mean(errors**2)))


def test_43_percent_of_the_surveys_cells_were_not_surveyed_and_that_is_said():
    assert np.mean(~GSS.observed) == pytest.approx(0.435, abs=0.0005)
    assert "919 were not surveyed (43.5 %): people say what the last survey had" in describe_scored_cells(GSS)
    assert describe_scored_cells(planted("linear", ["a"], 4, seed=1)) == ""


def test_the_last_value_errs_by_what_an_independent_computation_finds():
    """.0276 with first figures scored, too; they are where everybody begins, and without them it is .0279."""
    carried = carry_forward(GSS)
    one_ahead = (carried[:-1] - GSS.values[1:])[1:]
    surveyed = GSS.observed[2:]
    assert root_mean_square(one_ahead[surveyed]) == pytest.approx(0.0276, abs=5e-5)
    found = scores(Challenge.predict, "last value", GSS)["predict_1_rmse"]
    assert found == pytest.approx(root_mean_square(one_ahead[scored_cells(GSS, 1)[2:]]), abs=1e-12)
    assert found == pytest.approx(0.0279, abs=5e-5)


@pytest.mark.parametrize(("kind", "expected"), [("mean", 0.0300), ("damped", 0.0285)])
def test_policies_err_by_what_an_independent_computation_finds(kind, expected):
    found = scores(Challenge.predict, parse_policy(kind), GSS, seed=2)["predict_1_rmse"]
    assert found == pytest.approx(expected, abs=6e-4)


@pytest.mark.parametrize("challenge", Challenge)
@pytest.mark.parametrize("player", ["mean", "damped", "last value"])
def test_what_stands_in_cells_that_nobody_surveyed_changes_no_score(challenge, player):
    filled = np.where(EARLY.observed, EARLY.values, np.random.default_rng(1).random(EARLY.values.shape))
    filled[0] = EARLY.values[0]  # first figures are where everybody begins
    first = EARLY.observed.argmax(axis=0)
    filled[first, np.arange(EARLY.n_dimensions)] = EARLY.values[first, np.arange(EARLY.n_dimensions)]
    who = player if player == "last value" else parse_policy(player)
    found, again = (
        scores(challenge, who, history, people=FEW) for history in (EARLY, replace(EARLY, values=filled))
    )
    assert found == again


@pytest.mark.parametrize("play", [accompany, influence])
def test_nothing_of_later_surveys_is_heard(play):
    """Interpolation would have told of 1984's figures in 1983."""
    era = 9
    later = EARLY.values.copy()
    later[era:] = np.where(EARLY.observed[era:], 1.0 - later[era:], later[era:])
    changed = replace(EARLY, values=later)
    known = EARLY.observed[:era].any(axis=0)
    before, after = (play(parse_policy("damped"), history, FEW, 1).assistant for history in (EARLY, changed))
    np.testing.assert_array_equal(before[:era, known], after[:era, known])
    assert not np.array_equal(before[era:], after[era:])


def test_a_cell_is_scored_if_it_was_surveyed_and_its_dimension_had_been_when_it_was_spoken_of():
    asked = np.array([[0, 1, 0], [1, 1, 0], [0, 1, 1], [1, 0, 1], [1, 1, 1]], dtype=bool)
    history = History("h", tuple("abcde"), range(5), ("x", "y", "z"), np.full((5, 3), 0.4), asked, "made")
    at_once, two_ahead = ([[*map(int, row)] for row in scored_cells(history, ahead)] for ahead in (0, 2))
    assert at_once == [[0, 0, 0], [0, 1, 0], [0, 1, 0], [1, 0, 1], [1, 1, 1]]
    assert two_ahead == [[0, 0, 0], [0, 0, 0], [0, 0, 0], [1, 0, 0], [1, 1, 1]]


def test_a_history_of_which_every_cell_is_known_is_heard_and_scored_as_it_is():
    line = planted("linear", ["a", "b"], 6, seed=1)
    np.testing.assert_array_equal(carry_forward(line), line.values)
    assert scored_cells(line).sum() == 5 * 2
    assert scored_cells(line, 2).sum() == 3 * 2
    assert n_evaluations(Challenge.follow, GSS) == GSS.observed[1:].any(axis=1).sum()


def test_a_history_that_was_surveyed_once_has_nothing_to_score():
    asked = np.array([[False], [True], [False]])
    once = History("once", ("0", "1", "2"), range(3), ("a",), [[0.1], [0.2], [0.3]], asked, "made")
    with pytest.raises(
        HistoryError, match=r"history 'once': no surveyed cell after era 0 follows an earlier"
    ):
        scores(Challenge.follow, "last value", once)
