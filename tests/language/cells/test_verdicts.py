"""Verdicts of an audit on planted residuals: no error, errors that hide, and messages that are lost."""

import math

import numpy as np
import pytest
from scipy.stats import binom

from coevolve_sim.language.cells import Audited, bound_drift, judge_audit, summarize

RATES = {"peer": 0.3, "answer": 0.3}


def audited(residuals, kind="peer", voice="", dimension=0):
    return [Audited(i, kind, voice, dimension, 0.5 + e, 0.5) for i, e in enumerate(residuals)]


def verdict(rounds, tolerance=0.01):
    rows = summarize(one for found in rounds for one in found)
    return judge_audit(rows, tolerance, bound_drift(rounds, RATES)).verdict


@pytest.mark.parametrize("a_round", [0.5, 1, 2, 5, 200])
@pytest.mark.parametrize("n_rounds", [3, 10, 100])
def test_without_any_error_hardly_a_run_is_beyond(a_round, n_rounds):
    """Answers can be few in a round, where hardly anybody consults: a single one has no spread of its own."""
    rng, n_runs = np.random.default_rng(1), 60
    beyond = 0
    for _ in range(n_runs):
        sizes = rng.poisson(a_round, n_rounds) if a_round < 5 else [a_round] * n_rounds
        beyond += verdict([audited(rng.normal(0.0, 0.03, n), "answer") for n in sizes]) == "beyond"
    assert beyond <= binom.ppf(0.999, n_runs, 0.05)


def test_a_text_that_many_voices_read_is_no_more_than_one():
    rng, beyond = np.random.default_rng(2), 0
    voices = [f"v{number}" for number in range(12)]
    for _ in range(20):
        rounds = []
        for _ in range(50):
            shared = rng.normal(0.0, 0.1, 100)
            rounds.append([one for voice in voices for one in audited(shared, voice=voice)])
        beyond += verdict(rounds) == "beyond"
    assert beyond <= 2


def test_an_error_that_turns_from_round_to_round_is_beyond_and_not_hidden_by_a_noisy_topic():
    rng = np.random.default_rng(3)
    rounds = []
    for number in range(60):
        turning = 0.03 * (-1) ** number + rng.normal(0.0, 0.02, 100)
        noisy = rng.normal(0.0, 0.4, 100)
        rounds.append(audited(turning) + audited(noisy, dimension=1))
    by_topic = [[one for one in found if one.dimension == 0] for found in rounds]
    assert verdict(by_topic) == "beyond"
    assert verdict(rounds) == "beyond"


@pytest.mark.parametrize("residuals", [[0.0, 0.0], [0.02, 0.02, 0.02], []])
def test_a_few_messages_decide_nothing(residuals):
    assert verdict([audited(residuals)]) == "undecided"


def test_kinds_of_which_few_were_read_keep_a_verdict_open():
    rng = np.random.default_rng(4)
    many, few = audited(rng.normal(0.0, 0.01, 400)), audited([0.01, -0.01], "answer")
    assert verdict([many]) == "within"
    assert verdict([many + few]) == "undecided"


def test_messages_that_are_read_in_full_and_not_by_cell_are_no_match():
    rng = np.random.default_rng(5)
    full = 0.5 + rng.normal(0.0, 0.01, 600)
    lost = [Audited(i, "peer", "", 0, x, math.nan if i % 2 else 0.5) for i, x in enumerate(full)]
    (row,) = summarize(lost)
    assert (row.n, row.only_in_full, row.only_by_cell) == (300, 300, 0)
    assert verdict([lost]) == "beyond"
    as_often = [
        Audited(i, "peer", "", 0, math.nan if i % 4 == 1 else x, math.nan if i % 4 == 3 else 0.5)
        for i, x in enumerate(full)
    ]
    assert verdict([as_often]) == "within"


def test_the_drift_goes_by_the_rate_with_which_people_move():
    rounds = [audited(np.full(50, 0.1) + np.linspace(-0.01, 0.01, 50)) for _ in range(10)]
    assert bound_drift(rounds, {"peer": 0.2}).bound == pytest.approx(10 * 0.2 * 0.1)
    assert math.isnan(bound_drift(rounds, {}).bound)
