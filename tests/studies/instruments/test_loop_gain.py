"""Loop gain: of evidence, of values, and by how much longer a kick lasts."""

import numpy as np
import pytest

from coevolve_sim.errors import StudyError
from coevolve_sim.rules.trust_theory import Beliefs, trust_through_assistant, update_beliefs
from coevolve_sim.studies.instruments.listening import changes_listening, find_listened_to
from coevolve_sim.studies.instruments.loop_gain import (
    evidence_gain,
    gain_of_kicked_precision,
    kick_response,
    measure_persistence,
)
from coevolve_sim.studies.instruments.slow_down import loop_multiplier, measure_slow_down, slow_down
from coevolve_sim.studies.instruments.tiny_worlds.averaging import average_in_loop
from coevolve_sim.studies.instruments.tiny_worlds.trust import trust_each_other

GAINS = (0.5, 0.9, 1.0, 1.1, 1.5)
KICKED = 20
ESTIMATES = np.cumsum(np.random.default_rng(1).normal(size=(5, 400)), axis=1) / np.arange(1, 401)


def by_theory(c, n_rounds, kick=0.0):
    """Return log precisions and mean beliefs of ten humans by the package's theory, kicked after round 20."""
    n, trust = 10, trust_through_assistant(10, c / 10, 1.0)
    beliefs = Beliefs(np.zeros(n), np.repeat(ESTIMATES[:, :1], n, axis=1))
    precisions, means = [], []
    for index in range(n_rounds):
        if index:
            seen = np.repeat(ESTIMATES[:, index : index + 1], n, axis=1)
            beliefs = update_beliefs(beliefs, trust, np.full(n, np.log(index + 1.0)), seen)
        if index == KICKED - 1:
            beliefs = Beliefs(beliefs.log_precision, beliefs.means + kick)
        precisions.append(beliefs.log_precision[0])
        means.append(beliefs.means.mean(axis=1))
    return np.array(precisions), np.array(means).T


def responses(c, size=0.01):
    """Return the response of the tiny world from the kick on, shape (5, 381)."""
    up, down = (
        trust_each_other(ESTIMATES, c, kick=kick, kick_round=KICKED).means[:, KICKED - 1 :]
        for kick in (size, -size)
    )
    return kick_response(up, down, size)


# --- evidence ------------------------------------------------------------------------------------


@pytest.mark.parametrize("c", [0.0, *GAINS])
def test_the_evidence_gain_is_exact_in_every_round(c):
    tiny = trust_each_other(ESTIMATES, c)
    gain = evidence_gain(np.log(tiny.precision), np.log(tiny.evidence))
    assert gain == pytest.approx(np.full(399, c), abs=1e-9)
    precisions, _ = by_theory(c, 60)
    assert evidence_gain(precisions, np.log(tiny.evidence[:60])) == pytest.approx(np.full(59, c), abs=1e-9)


@pytest.mark.parametrize("c", GAINS)
def test_precision_grows_late_by_the_gain_or_not_at_all(c):
    precision = trust_each_other(ESTIMATES, c).precision
    assert precision[-1] / precision[-2] == pytest.approx(max(c, 1), abs=0.006)


@pytest.mark.parametrize("c", GAINS)
def test_a_kick_of_precision_shows_the_gain_without_the_evidence_being_known(c):
    up, down = (
        trust_each_other(ESTIMATES, c, kick_round=KICKED, precision_kick=factor).precision[KICKED - 1 :]
        for factor in (1.1, 0.9)
    )
    gain = gain_of_kicked_precision(np.log(up[:20]), np.log(down[:20]))
    assert gain == pytest.approx(np.full(19, c), rel=1e-4)


def test_a_gain_of_precisions_beyond_float64_is_told():
    rounds = np.arange(1, 20_001)
    log_precision = np.log(1.1) * rounds + 5
    assert evidence_gain(log_precision, np.log(rounds))[-1] == pytest.approx(1.1)


# --- values --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("c", "after_10", "after_100", "late"),
    [
        (0.5, 0.0006, 0.0, 0.4986),
        (0.9, 0.1972, 0.0, 0.8975),
        (1.0, 0.4516, 0.0289, 0.9946),
        (1.1, 0.7389, 0.5812, 1.0),
        (1.5, 0.9978, 0.9977, 1.0),
    ],
)
def test_a_kick_of_beliefs_persists_above_the_threshold_only(c, after_10, after_100, late):
    """Kicked after round 20; the late ratio is read near round 365, where it still grows with 1/t."""
    response = responses(c)
    assert response[:, 0] == pytest.approx(np.ones(5))
    assert response[:, 10] == pytest.approx(np.full(5, after_10), abs=6e-5)
    assert response[:, 100] == pytest.approx(np.full(5, after_100), abs=6e-5)
    precision = trust_each_other(ESTIMATES, c).precision
    ratio = c * precision[363] / precision[364]
    assert ratio == pytest.approx(late, abs=2e-4)
    up, down = (by_theory(c, KICKED + 100, kick)[1][:, KICKED - 1 :] for kick in (0.01, -0.01))
    assert kick_response(up, down, 0.01) == pytest.approx(response[:, :101], abs=1e-9)


def test_a_plateau_is_told_from_a_fall_that_takes_its_time():
    assert measure_persistence(responses(0.5)).verdict == "none"
    assert measure_persistence(responses(0.9)).verdict == "none"
    at_threshold = measure_persistence(responses(1.0))
    assert at_threshold.verdict == "undecided"
    assert "follow it for longer" in at_threshold.reason
    above = measure_persistence(responses(1.1))
    assert above.verdict == "plateau"
    assert (above.plateau, above.late_multiplier) == pytest.approx((0.58109, 1.0), abs=5e-5)
    out = measure_persistence(responses(1.1), larger=0.5 * responses(1.1))
    assert (out.verdict, "differ by 0.5 of the kick" in out.reason) == ("undecided", True)
    agreeing = measure_persistence(responses(1.1), larger=responses(1.1, 0.02))
    assert agreeing.plateau == pytest.approx(0.58109, abs=5e-5)
    assert measure_persistence(responses(1.5)).plateau == pytest.approx(0.9977, abs=5e-5)


def test_a_plateau_in_noise_is_undecided_until_there_are_enough_replications():
    noise = np.random.default_rng(2).normal(0, 0.5, (200, 101))
    planted = responses(1.1)[:1, :101] + noise
    few, many = measure_persistence(planted[:3]), measure_persistence(planted)
    assert few.verdict == "undecided"
    assert "more replications" in few.reason
    assert many.verdict == "plateau"
    assert many.low < 0.5812 < many.high


# --- slow-down -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("influence", "pull", "learning", "multiplier", "slower"),
    [
        (0.2, 0.1, 0.5, 0.9317, 1.463),
        (0.2, 0.1, 0.05, 0.9851, 6.702),
        (0.4, 0.05, 0.1, 0.9908, 5.408),
        (0.0, 0.1, 0.05, 0.9, 1.0),
    ],
)
def test_the_slow_down_is_that_of_the_loops_matrix_and_kicks_show_it(
    influence, pull, learning, multiplier, slower
):
    assert loop_multiplier(pull, influence, learning) == pytest.approx(multiplier, abs=5e-5)
    assert slow_down(pull, influence, learning) == pytest.approx(slower, abs=5e-4)
    people, assistant = np.random.default_rng(3).random((2, 4))

    def response(size, a):
        up, down = (
            average_in_loop(
                people + kick, assistant, pull=pull, influence=a, learning=learning, n_rounds=80, history=0.7
            )[0]
            for kick in (size, -size)
        )
        return kick_response(up, down, size)

    found = measure_slow_down(response(0.01, influence), response(0.02, influence), response(0.01, 0.0))
    assert found.refused == ""
    assert found.multiplier == pytest.approx(multiplier, abs=1e-4)
    assert (found.low, found.slow_down, found.high) == pytest.approx((slower,) * 3, rel=1e-3)
    assert found.disagreement == pytest.approx(0, abs=1e-9)


def test_the_multiplier_is_the_largest_eigenvalue():
    for a, h, r in np.random.default_rng(5).uniform(0.01, 0.5, (50, 3)):
        matrix = [[1 - a - h, a], [r, 1 - r]]
        assert loop_multiplier(h, a, r) == pytest.approx(np.linalg.eigvals(matrix).real.max())


def test_without_pull_the_multiplier_is_one_and_the_slow_down_is_refused():
    assert loop_multiplier(0.0, 0.2, 0.5) == pytest.approx(1.0)
    with pytest.raises(StudyError, match="no kick is ever forgotten"):
        slow_down(0.0, 0.2, 0.5)
    kept = np.ones((2, 40))
    assert "no kick is forgotten" in measure_slow_down(kept, kept, kept).refused


def test_an_interval_in_noise_holds_the_planted_slow_down():
    rng = np.random.default_rng(6)
    with_it, without = 0.96 ** np.arange(25), 0.92 ** np.arange(25)
    noise = rng.normal(0, 0.01, (3, 40, 25))
    found = measure_slow_down(with_it + noise[0], with_it + noise[1], without + noise[2])
    assert found.refused == ""
    assert found.low < 2.0 < found.high
    assert found.multiplier_low < 0.96 < found.multiplier_high
    assert "not told" not in found.reason
    none = measure_slow_down(without + noise[0], without + noise[1], without + noise[2])
    assert none.low < 1.0 < none.high
    assert "not told from 1; one of 1." in none.reason


def test_a_response_out_of_proportion_to_the_kick_is_refused():
    small, large = 0.9 ** np.arange(40), 0.8 ** np.arange(40)
    found = measure_slow_down([small], [large], [small], changed=[True])
    assert found.refused.startswith("responses to the two kicks differ by 0.27 of the kick")
    assert np.isnan(found.slow_down)
    assert found.share_changed == 1.0


def test_a_response_lost_in_noise_or_still_changing_its_pace_is_refused():
    fine = np.tile(0.9 ** np.arange(40), (3, 1))
    lost = fine.copy()
    lost[0, -1] = -0.1
    assert "with the assistant the response is lost in noise" in measure_slow_down(lost, lost, fine).refused
    assert "without the assistant the response is lost" in measure_slow_down(fine, fine, lost).refused
    bent = np.tile(0.5 * 0.6 ** np.arange(16) + 0.5 * 0.95 ** np.arange(16), (3, 1))
    assert "still changes its pace" in measure_slow_down(bent, bent, fine).refused


def test_a_kick_that_changes_who_listens_is_seen():
    values = np.array([[[[0.1], [0.39], [0.9]]]])
    near = find_listened_to(values[0, 0], 0.3)
    assert near.tolist() == [[True, True, False], [True, True, False], [False, False, True]]
    up, down = np.repeat(values, 2, axis=0), np.repeat(values, 2, axis=0)
    down[1, 0, 1, 0] = 0.41
    assert changes_listening(up, down, 0.3).tolist() == [False, True]
    apart = np.zeros((3, 3), dtype=bool)
    assert changes_listening(up, down, 0.3, ties=apart).tolist() == [False, False]
    plane = np.array([[0.0, 0.0], [0.3, 0.4], [0.3, 0.41]])
    assert find_listened_to(plane, 0.5 / np.sqrt(2) + 1e-9)[0].tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: evidence_gain(np.zeros(3), np.ones(3)), "less precision is claimed than there is evidence"),
        (lambda: evidence_gain(np.zeros(1), np.zeros(1)), "at least two rounds"),
        (lambda: gain_of_kicked_precision(np.zeros(3), np.zeros(3)), "kicked up in the first world"),
        (lambda: kick_response([[0.1]], [[0.1]], 0.0), "a kick has a size above 0; 0.0 given"),
        (lambda: kick_response([[0.1]], [[0.1, 0.2]], 0.1), "up and down must have one shape"),
        (lambda: measure_persistence([[1.0, 0.5]]), "response needs at least 4 rounds; 2 given"),
        (lambda: loop_multiplier(0.5, 0.6, 0.1), "at most 1 together; 0.6 and 0.5 given"),
        (lambda: loop_multiplier(0.5, 0.6, 1.1), r"learning is a share of the way, in \[0, 1\]; 1.1 given"),
        (lambda: measure_slow_down(*np.ones((2, 2, 9)), np.ones((1, 9))), "as many replications"),
        (lambda: find_listened_to([[0.1], [0.2]], 0.3, ties=[[True]]), r"shape \(1, 1\) given"),
        (lambda: changes_listening(np.ones((2, 3, 4)), np.ones((2, 3, 4)), 0.3), r"shape \(2, 3, 4\) given"),
    ],
)  # fmt: skip
def test_what_is_no_kick_is_refused(call, message):
    with pytest.raises(StudyError, match=message):
        call()
