"""The share of history's way, the orders of doses, and what cosines cannot see."""

import importlib.util

import numpy as np
import pytest

from coevolve_sim.assistants.policies import parse_policy
from coevolve_sim.evaluation.challenges import (
    Challenge,
    NumericPopulation,
    Order,
    influence,
    parse_history,
    scores,
)
from coevolve_sim.measures import coevolve_aligned, share_over_eras
from coevolve_sim.values.histories import SHAPES, History, planted
from tests import ROOT

NINE = planted("linear", ["a", "b", "c"], 9, seed=3)
EXACT = NumericPopulation(humans=1, spread=0.0)


# --- the share of the way ------------------------------------------------------------------------


@pytest.mark.parametrize("went", [0.0, 0.4, 1.0, 1.3])
def test_whoever_went_a_share_of_the_way_is_told_it_with_nothing_across(went):
    people = NINE.values[0] + went * (NINE.values - NINE.values[0])
    assert share_over_eras(people, NINE.values) == pytest.approx((went, 0.0), abs=1e-12)


def test_the_share_tells_held_back_from_jitter_and_bias_where_the_error_cannot():
    way = np.linspace(0.2, 0.6, 9)[:, None] * [1.0, 0.0] + [0.0, 0.5]
    held_back = way[0] + 0.8 * (way - way[0])
    error = np.sqrt(np.mean((held_back - way)[1:] ** 2))
    across = way + np.array([0.0, error * np.sqrt(2.0)]) * (np.arange(9) > 0)[:, None]
    for people, share, beside in ((held_back, 0.8, 0.0), (across, 1.0, error)):
        assert np.sqrt(np.mean((people - way)[1:] ** 2)) == pytest.approx(error)
        assert share_over_eras(people, way) == pytest.approx((share, beside))


def test_an_era_in_which_history_is_back_at_its_beginning_counts_for_nothing():
    history = np.array([[0.2, 0.5], [0.6, 0.5], [0.2, 0.5]])
    people = np.array([[0.2, 0.5], [0.4, 0.5], [0.9, 0.9]])
    assert share_over_eras(people, history) == pytest.approx((0.5, 0.0))


def test_no_share_is_told_of_a_history_that_did_not_move_and_nothing_lies_across_a_line():
    still = np.full((4, 2), 0.3)
    assert np.isnan(share_over_eras(still + np.array([0.1, 0.0]), still)).all()
    share, across = share_over_eras(np.linspace(0.2, 0.4, 5)[:, None], np.linspace(0.2, 0.6, 5)[:, None])
    assert share == pytest.approx(0.5)
    assert np.isnan(across)


def test_cosines_of_one_dimension_are_absent_and_errors_and_shares_stand():
    line = planted("linear", ["thrift"], 9, seed=1, start=0.55, end=0.95)
    found = scores(Challenge.follow, parse_policy("frozen"), line)
    assert np.isnan([found["follow"], found["follow_centred"]]).all()
    assert found["follow_rmse"] > 0.2
    human = scores(Challenge.coevolve, "no assistant", line)
    assert [name for name, score in human.items() if not np.isnan(score)] == [
        "coevolve_rmse",
        "coevolve_share",
    ]


def test_eras_without_a_direction_do_not_leave_a_mean_of_the_few_that_have_one():
    """People stand at the centre in all eras but the last, where an assistant happens to agree with them."""
    values = np.full((9, 2), 0.5)
    values[-1] = [0.7, 0.6]
    centre = History("c", tuple("abcdefghi"), range(9), ("x", "y"), values, np.full((9, 2), True), "made")
    found = scores(Challenge.follow, "perfect replay", centre)
    assert np.isnan(found["follow_centred"])
    assert found["follow"] == pytest.approx(1.0)
    assert found["follow_rmse"] == 0.0


# --- the order of the doses ----------------------------------------------------------------------


def test_whoever_repeats_what_the_human_held_turns_a_dose_d_into_d_times_one_less_d_squared():
    held_back = influence("last value", NINE, NumericPopulation(dose=0.25), 1).humans
    human = NINE.values[0]
    for era in range(1, 9):
        human = human + 0.25 * 0.75**2 * (NINE.values[era] - human)
        np.testing.assert_allclose(held_back[era], human, atol=1e-12)


def test_with_historys_dose_last_whoever_repeats_what_the_human_held_changes_nothing():
    alone = influence("no assistant", NINE, NumericPopulation(), 1)
    repeated = influence("last value", NINE, NumericPopulation(), 1, Order.HISTORY_LAST)
    np.testing.assert_allclose(repeated.humans, alone.humans, atol=1e-15)
    for order in Order:
        np.testing.assert_array_equal(
            influence("no assistant", NINE, NumericPopulation(), 1, order).humans, alone.humans
        )


def test_with_historys_dose_last_the_human_takes_two_doses_of_the_assistant_and_then_one_of_history():
    course = influence(parse_policy("lifelong,rate=0.5"), NINE, EXACT, 1, Order.HISTORY_LAST)
    human = NINE.values[0]
    for era in range(1, 9):
        for source in (course.assistant[era], course.assistant[era], NINE.values[era]):
            human = human + 0.25 * (source - human)
        np.testing.assert_allclose(course.humans[era], human, atol=1e-12)


@pytest.mark.parametrize("name", [*(f"planted:{shape}" for shape in SHAPES), "gss-moral"])
def test_with_historys_dose_last_who_extrapolates_carries_people_further_than_no_assistant(name):
    history = parse_history(name)
    alone, taught = (
        scores(Challenge.coevolve, who, history, order=Order.HISTORY_LAST)
        for who in ("no assistant", parse_policy("extrapolative"))
    )
    assert taught["coevolve_rmse"] < alone["coevolve_rmse"]
    assert taught["coevolve_share"] > alone["coevolve_share"]


def test_the_share_without_an_assistant_is_that_of_an_independent_computation():
    alone = scores(Challenge.coevolve, "no assistant", parse_history("planted:linear"))
    assert alone["coevolve_share"] == pytest.approx(0.594, abs=5e-4)
    ahead = parse_policy("extrapolative,horizon=2")
    found = [scores(Challenge.coevolve, ahead, parse_history("planted:linear"), seed=s) for s in range(4)]
    assert np.mean([of["coevolve_rmse"] for of in found]) == pytest.approx(0.049, abs=0.004)


# --- what cosines cannot see ---------------------------------------------------------------------


def test_coevolve_aligned_sees_neither_haste_nor_magnitude():
    history = parse_history("planted:linear,eras=20").values
    jumped = np.vstack([history[:1], np.repeat(history[-1:], 19, axis=0)])
    faint = 0.5 + 0.1 * (history - 0.5)
    for people in (jumped, faint):
        assert coevolve_aligned(people, history, 0.5) == pytest.approx(1.0)
    assert share_over_eras(jumped, history)[0] > 1.2
    assert share_over_eras(faint, history)[0] == pytest.approx(0.1)


def test_the_page_shows_what_each_score_makes_of_courses_that_are_known():
    file = ROOT / "analysis" / "what_scores_see.py"
    spec = importlib.util.spec_from_file_location("analysis_what_scores_see", file)
    analysis = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(analysis)
    assert analysis.table() in (ROOT / "docs" / "challenges.md").read_text(encoding="utf-8")
