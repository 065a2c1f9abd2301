"""The verdict on lock-in: each is planted, and no interval that is too wide passes."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coevolve_sim.errors import StudyError
from coevolve_sim.studies import paired_effect
from coevolve_sim.studies.instruments.diversity_loss import diversity_loss, trace_of_covariance
from coevolve_sim.studies.instruments.lock_in import IntervalEnds, judge_lock_in
from coevolve_sim.studies.instruments.loop_gain import kick_response
from coevolve_sim.studies.instruments.recovery import horizon_of, measure_recovery, relaxation_time
from coevolve_sim.studies.instruments.tiny_worlds.averaging import average_in_loop, average_towards

SEEN = paired_effect([0.30, 0.31, 0.32], [0.10, 0.11, 0.13])
UNSEEN = paired_effect([0.3, 0.1, 0.2], [0.1, 0.2, 0.21])
ALL, NONE, UNSURE = IntervalEnds(0.9, 1.0), IntervalEnds(-0.05, 0.1), IntervalEnds(0.3, 0.7)
LOCKED = {
    "against_none": SEEN,
    "against_frozen": SEEN,
    "loss": IntervalEnds(0.2, 0.3),
    "recovered": NONE,
    "placebo": ALL,
    "closed": NONE,
}


def judge(**changed):
    return judge_lock_in(**{**LOCKED, "horizon": 48, **changed})


@pytest.mark.parametrize(
    ("changed", "verdict", "reason"),
    [
        ({}, "lock_in", "after 48 rounds without the assistant -0.05 to 0.1 of the gap is recovered"),
        ({"closed": None}, "lock_in", "of a placebo 0.9 to 1"),
        ({"closed": UNSURE}, "lock_in", "of a placebo 0.9 to 1"),
        ({"recovered": ALL}, "influence", "0.9 to 1 of the gap is recovered; while it stays -0.05 to 0.1"),
        ({"closed": ALL}, "drag", "while the assistant stays 0.9 to 1 of the gap closes after 48 rounds"),
        ({"closed": ALL, "recovered": ALL}, "drag", "while the assistant stays"),
        ({"closed": ALL, "recovered": None}, "drag", "while the assistant stays"),
        ({"against_none": UNSEEN}, "no_effect", "against the world without an assistant the effect"),
        ({"against_frozen": UNSEEN}, "no_effect", "against the world with a frozen assistant the effect"),
        ({"against_none": UNSEEN, "placebo": NONE}, "no_effect", "would have been seen"),
        ({"placebo": NONE}, "undecided", "forgets nothing: without an assistant -0.05 to 0.1 of a"),
        ({"placebo": NONE, "recovered": ALL}, "undecided", "this society forgets nothing"),
        ({"placebo": NONE, "closed": ALL}, "undecided", "this society forgets nothing"),
        ({"placebo": UNSURE}, "undecided", "the placebo's recovered share, 0.3 to 0.7, holds 0.5"),
        ({"recovered": UNSURE}, "undecided", "the recovered share, 0.3 to 0.7, holds 0.5"),
        ({"recovered": ALL, "closed": UNSURE}, "undecided", "while the assistant stays, 0.3 to 0.7, holds"),
        ({"recovered": ALL, "closed": None}, "undecided", "drag or influence"),
        ({"recovered": None}, "undecided", "was refused, or not run"),
        ({"loss": IntervalEnds(-0.1, 0.1)}, "undecided", "loss of variety or movement, -0.1 to 0.1"),
        ({"loss": IntervalEnds(-0.2, -0.1)}, "undecided", "variety or movement did not fall"),
    ],
)  # fmt: skip
def test_each_verdict_is_planted(changed, verdict, reason):
    found = judge(**changed)
    assert found.verdict == verdict
    assert reason in found.reason


def test_no_effect_says_what_would_have_been_seen():
    reason = judge(against_frozen=UNSEEN).reason
    assert f"one of {UNSEEN.smallest_effect_seen:.2g} would have been seen" in reason


def test_a_pairing_that_gained_nothing_is_said_where_no_effect_is_told():
    people = np.random.default_rng(1).normal(size=(2, 12))
    apart = paired_effect(people[0], people[1])
    together = paired_effect(people[0] + 0.1 * people[1], people[0])
    assert "pairing gained nothing" in judge(against_none=apart).reason
    assert judge(against_none=together).verdict == "no_effect"
    assert "pairing" not in judge(against_none=together).reason


@pytest.mark.parametrize("key", ["recovered", "placebo", "closed"])
def test_an_interval_that_ends_at_the_threshold_decides_nothing(key):
    below, above = IntervalEnds(0.1, 0.5), IntervalEnds(0.5, 0.9)
    for ends in (below, above):
        changed = {"recovered": ALL, "closed": NONE, key: ends}
        assert judge(**changed).verdict == "undecided"


def test_threshold_and_horizon_are_keys():
    changed = {"recovered": IntervalEnds(0.55, 0.65)}
    assert judge(**changed).verdict == "influence"
    assert judge(**changed, threshold=0.7).verdict == "lock_in"
    assert judge(**changed, threshold=0.6).verdict == "undecided"
    assert "at the horizon" in judge(horizon=None).reason


@given(*[st.tuples(st.floats(-0.5, 1.5), st.floats(0, 0.5)) for _ in range(4)])
def test_lock_in_and_influence_need_every_clause(loss, recovered, placebo, closed):
    ends = [IntervalEnds(low, low + width) for low, width in (loss, recovered, placebo, closed)]
    found = judge(**dict(zip(("loss", "recovered", "placebo", "closed"), ends, strict=True))).verdict
    lost, back, kicked, shut = ends
    if found == "lock_in":
        assert lost.low > 0
        assert back.high < 0.5 < kicked.low
        assert shut.low <= 0.5
    if found == "influence":
        assert min(back.low, kicked.low) > 0.5 > shut.high
    if found == "drag":
        assert shut.low > 0.5
    assert found != "no_effect"


def test_wider_intervals_never_turn_one_verdict_into_another():
    """With every interval narrow one verdict is given; widening any one gives the same or undecided."""
    wide = {
        "recovered": IntervalEnds(-1, 2),
        "placebo": IntervalEnds(-1, 2),
        "closed": IntervalEnds(-1, 2),
        "loss": IntervalEnds(-1, 2),
    }
    for recovered, closed in itertools.product((ALL, NONE), (ALL, NONE)):
        narrow = judge(recovered=recovered, closed=closed).verdict
        for key, ends in wide.items():
            if key == "closed" and (recovered, closed) == (NONE, ALL):
                continue  # a gap that may not close may be locked in: clause (iii) alone holds it
            assert judge(**{"recovered": recovered, "closed": closed, key: ends}).verdict in (
                narrow,
                "undecided",
            )


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"threshold": 1.0}, "the threshold is a share, between 0 and 1; 1.0 given"),
        (
            {"loss": IntervalEnds(0.3, 0.1)},
            "loss must be an interval of finite ends, the lower first; 0.3 to 0.1 given",
        ),
        ({"recovered": IntervalEnds(0.3, np.nan)}, "recovered must be an interval of finite ends"),
    ],
)
def test_what_is_no_interval_is_refused(changed, message):
    with pytest.raises(StudyError, match=message):
        judge(**changed)


# --- whole societies -----------------------------------------------------------------------------


def judge_averaging(*, pull, anchor, learning):
    """Return the verdict on people who average with an assistant, from all instruments together.

    Means come from the loop, variety from people who go towards the assistant's first value.
    """
    rng = np.random.default_rng(1)
    people, assistant, n_rounds = rng.uniform(0.35, 0.45, 6), rng.uniform(0.88, 0.92, 6), 60

    def mean(influence, rate, first=people, rounds=2 * n_rounds):
        return average_in_loop(
            first, assistant, pull=pull, influence=influence, learning=rate, n_rounds=rounds, history=0.4
        )[0]

    up, down = mean(0.0, 0.0, people + 0.1), mean(0.0, 0.0, people - 0.1)
    time = relaxation_time(kick_response(up, down, 0.1))
    horizon = horizon_of(time) if np.isfinite(time) else n_rounds
    there = np.full(n_rounds, 0.2)
    total = n_rounds + horizon
    none = mean(0.0, 0.0, rounds=total)
    stays, goes = (
        mean(np.r_[there, np.full(horizon, a)], learning, rounds=total)[:, n_rounds:] for a in (0.2, 0.0)
    )
    frozen = mean(0.2, 0.0, rounds=total)
    values = rng.random((6, 50))
    variety = [
        trace_of_covariance(average_towards(values, 0.9, a, total, anchor)[..., None]) for a in (0.2, 0.0)
    ]
    loss = diversity_loss(*variety)[:, -1]
    kicked = measure_recovery(up[:, : horizon + 1], mean(0.0, 0.0)[:, : horizon + 1])
    return judge_lock_in(
        against_none=paired_effect(stays[:, 0], none[:, n_rounds]),
        against_frozen=paired_effect(stays[:, 0], frozen[:, n_rounds]),
        loss=paired_effect(loss, np.zeros(6)),
        recovered=measure_recovery(goes, none[:, n_rounds:]).at_horizon,
        placebo=kicked.at_horizon,
        closed=measure_recovery(stays, none[:, n_rounds:]).at_horizon,
        horizon=horizon,
    )


def test_people_whom_history_pulls_are_dragged_by_an_assistant_that_learns():
    assert judge_averaging(pull=0.1, anchor=0.1, learning=0.05).verdict == "drag"


def test_people_with_anchors_are_influenced_by_an_assistant_that_hardly_learns():
    assert judge_averaging(pull=0.1, anchor=0.1, learning=0.0005).verdict == "influence"


def test_people_without_anchors_or_history_show_nothing():
    found = judge_averaging(pull=0.0, anchor=0.0, learning=0.05)
    assert (found.verdict, "forgets nothing" in found.reason) == ("undecided", True)
