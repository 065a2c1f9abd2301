"""The known worlds as scenarios, through the loop that runs every society, with the same answers.

Within a round history pulls first, then the assistant, so that a rate of a / (1 - h) moves people by a of the
way from where the round found them; with anchors, which pull last, likewise.
"""

import math
import textwrap

import numpy as np
import pytest

from coevolve_sim.scenario import loads
from coevolve_sim.society.model import Society
from coevolve_sim.studies import paired_effect
from coevolve_sim.studies.instruments.diversity_loss import diversity_loss, fit_loss, trace_of_covariance
from coevolve_sim.studies.instruments.hysteresis import follows_ramp, loop_area
from coevolve_sim.studies.instruments.listening import changes_listening
from coevolve_sim.studies.instruments.lock_in import judge_lock_in
from coevolve_sim.studies.instruments.loop_gain import evidence_gain, kick_response, measure_persistence
from coevolve_sim.studies.instruments.recovery import horizon_of, measure_recovery, relaxation_time
from coevolve_sim.studies.instruments.slow_down import measure_slow_down, slow_down

SEEDS = (1, 2, 3)
AVERAGING = """
name: averaging
seed: {seed}
rounds: {rounds}
value_space: {{name: tiny, dimensions: [one]}}
network: {{family: complete}}
population:
  humans: 40
  groups: [{{name: all, centre: {centre}, spread: 0.1, adoption: 1.0, stubbornness: {anchor}}}]
update: {{rule: friedkin_johnsen, rate: {{peer: 0.0, assistant: {rate}}}}}
measures: {{every: 100000}}
"""
HISTORY = "history: {{kind: planted, eras: 2, start: 0.5, end: 0.5, effect: attract, pull: {pull}}}\n"
ASSISTANT = "assistants: [{{name: guide, policy: {policy}, start: {start}}}]\n"
FROZEN = "{kind: frozen}"


def run(text, keep=lambda society: society.values.copy()):
    """Return what is kept of each round, from round 0 on, first axis rounds."""
    society = Society(loads(text), with_objects=False)
    course = [keep(society)]
    while not society.is_finished:
        society.step()
        course.append(keep(society))
    return np.array(course)


def replicate(make, keep=lambda society: society.values.copy()):
    """Return what is kept of worlds that differ in their seed, first axis replications."""
    return np.array([run(make(seed), keep) for seed in SEEDS])


def averaging(seed, *, rounds, rate=0.0, anchor=0.0, centre=0.4, more="", **given):
    return AVERAGING.format(seed=seed, rounds=rounds, rate=rate, anchor=anchor, centre=centre) + more.format(
        **given
    )


def acts(*given):
    return "".join(["interventions:\n", *(f"  - {{{act}}}\n" for act in given)])


# --- diversity -----------------------------------------------------------------------------------


def variety(**given):
    return trace_of_covariance(replicate(lambda seed: averaging(seed, **given)))


def test_a_frozen_assistant_takes_variety_at_twice_its_rate_in_the_logarithm():
    world = variety(rounds=20, rate=0.1, more=ASSISTANT, policy=FROZEN, start=0.9)
    loss = diversity_loss(world, variety(rounds=20))
    assert 1 - loss[:, 10] == pytest.approx(0.12158, abs=5e-6)
    found = fit_loss(loss)
    assert (found.kind, found.half_life) == ("exponential", pytest.approx(3.2894, abs=5e-5))


def test_anchors_keep_a_quarter_of_variety():
    world = variety(rounds=40, rate=0.1 / 0.9, anchor=0.1, more=ASSISTANT, policy=FROZEN, start=0.9)
    loss = diversity_loss(world, variety(rounds=40, anchor=0.1))
    assert 1 - loss[:, -1] == pytest.approx(0.25, abs=0.0002)
    found = fit_loss(loss)
    assert (found.kind, found.level) == ("levelling_off", pytest.approx(0.253, abs=0.0005))


def test_an_assistant_whom_nobody_consults_takes_nothing():
    world = variety(rounds=10, rate=0.1, more=ASSISTANT, policy=FROZEN, start=0.9)
    text = averaging(1, rounds=10, rate=0.1, more=ASSISTANT, policy=FROZEN, start=0.9)
    alone = run(text.replace("adoption: 1.0", "adoption: 0.0"))
    assert trace_of_covariance(alone) == pytest.approx(np.full(11, world[0, 0]))


# --- loop gain -----------------------------------------------------------------------------------

TRUST = """
name: trust
seed: {seed}
rounds: {rounds}
value_space: {{name: tiny, dimensions: [one]}}
network: {{family: complete}}
population: {{humans: 10, groups: [{{name: all, centre: 0.5, spread: 0.05, adoption: 1.0}}]}}
update: {{rule: bayesian_trust, truth: 0.5, evidence_sd: 0.05}}
assistants: [{{name: guide, policy: {{kind: bayesian_trust, trust: {trust}}}}}]
measures: {{every: 100000}}
"""
KICKED = 20


@pytest.mark.parametrize("c", [0.5, 1.0, 1.1])
def test_the_evidence_gain_of_people_and_assistant_is_their_trust(c):
    """In round 1 they hear what the assistant makes of their first values: q(1) = 1 + c."""
    log_precision = run(
        TRUST.format(seed=1, rounds=40, trust=c / 10), lambda s: s.state.of_humans["log_precision"].copy()
    )
    log_evidence = np.log(np.arange(1, 41))
    gain = evidence_gain(log_precision[1:].T, np.broadcast_to(log_evidence, (10, 40)))
    assert gain == pytest.approx(np.full((10, 39), c), abs=1e-9)


def kicked_trust(c, size, rounds):
    """Return people's mean where what the assistant says in round 21 is kicked, from the kick on."""

    def mean(seed, kick):
        text = TRUST.format(seed=seed, rounds=KICKED + rounds, trust=c / 10)
        act = acts(f"action: set_values, round: {KICKED + 1}, assistant: guide, values: {0.5 + kick}")
        return run(text + act, lambda s: s.values.mean())[KICKED + 1 :]

    return [np.array([mean(seed, kick) for seed in SEEDS]) for kick in (size, -size)]


@pytest.mark.parametrize(
    ("c", "after_10", "after_100", "verdict"),
    [(0.5, 0.0006, 0.0, "none"), (1.1, 0.7389, 0.5812, "plateau")],
)
def test_what_an_assistant_says_once_stays_above_the_threshold_only(c, after_10, after_100, verdict):
    """The numbers are those of q(1) = 1; here q(1) = 1 + c, which is nearly forgotten by round 20."""
    response = kick_response(*kicked_trust(c, 0.01, 100), 0.01)
    assert response[:, 9] == pytest.approx(np.full(3, after_10), abs=0.02)
    assert response[:, 99] == pytest.approx(np.full(3, after_100), abs=0.02)
    assert measure_persistence(response).verdict == verdict
    precision = [1.0 + c]
    for evidence in range(2, KICKED + 101):
        precision.append(evidence + c * precision[-1])
    exact = np.cumprod(c * np.array(precision[KICKED - 1 : -1]) / np.array(precision[KICKED:]))
    assert response == pytest.approx(np.tile(exact, (3, 1)), abs=1e-9)


@pytest.mark.parametrize(
    ("influence", "pull", "learning", "slower"),
    [(0.2, 0.1, 0.5, 1.463), (0.2, 0.1, 0.05, 6.702), (0.4, 0.05, 0.1, 5.408)],
)
def test_people_whom_history_pulls_are_slowed_down_by_an_assistant_that_learns(
    influence, pull, learning, slower
):
    def response(size, more):
        def mean(seed, kick):
            shock = acts(f"action: shock, round: 5, shift: {kick}")
            text = averaging(
                seed,
                rounds=85,
                rate=influence / (1 - pull),
                more=HISTORY + more,
                pull=pull,
                policy=f"{{kind: lifelong, rate: {learning}}}",
                start=0.6,
            )
            return run(text + shock, lambda s: s.values.mean())[5:]

        up, down = (np.array([mean(seed, kick) for seed in SEEDS]) for kick in (size, -size))
        return kick_response(up, down, size)

    found = measure_slow_down(response(0.01, ASSISTANT), response(0.02, ASSISTANT), response(0.01, ""))
    assert found.refused == ""
    assert found.slow_down == pytest.approx(slower, rel=2e-3)
    assert found.slow_down == pytest.approx(slow_down(pull, influence, learning), rel=2e-3)


def test_under_bounded_confidence_a_kick_may_change_who_listens():
    text = """
    name: bounded
    rounds: 6
    value_space: {name: tiny, dimensions: [one]}
    network: {family: complete}
    population: {humans: 30, groups: [{name: all, distribution: uniform}]}
    update: {rule: hegselmann_krause, confidence: {peer: 0.1}}
    measures: {every: 100000}
    """

    def worlds(size):
        shocks = (acts(f"action: shock, round: 2, group: all, shift: {kick}") for kick in (size, -size))
        return [run(textwrap.dedent(text) + shock)[None] for shock in shocks]

    assert not changes_listening(*(world[:, :2] for world in worlds(0.05)), 0.1).any()
    assert changes_listening(*worlds(0.3), 0.1).tolist() == [True]


# --- recovery and verdict ------------------------------------------------------------------------


def with_and_without(rounds, left, *, pull=0.1, learning=0.0, centre=0.4):
    """Return people's means where the assistant leaves after a round, stays, is frozen, and never was."""
    policy = f"{{kind: lifelong, rate: {learning}}}"

    def mean(more, policy=policy):
        def make(seed):
            return averaging(
                seed, rounds=rounds, rate=0.2, centre=centre, more=more, policy=policy, start=0.9, pull=pull
            )

        return replicate(make, lambda s: s.values.mean())

    goes = (
        acts(f"action: withdraw, round: {left + 1}, assistant: guide").replace("{", "{{").replace("}", "}}")
    )
    history = HISTORY if pull else ""
    return (
        mean(history + ASSISTANT + goes),
        mean(history + ASSISTANT),
        mean(history + ASSISTANT, FROZEN),
        mean(history),
    )


def test_people_recover_at_historys_pace_when_the_assistant_is_withdrawn():
    goes, _, _, none = with_and_without(60, 20)
    found = measure_recovery(goes[:, 20:], none[:, 20:])
    assert found.share[10] == pytest.approx(0.65132, abs=5e-6)
    assert found.half_life == pytest.approx(6.5788, abs=5e-5)


def test_people_without_history_and_anchors_keep_all_of_it():
    goes, _, _, none = with_and_without(60, 20, pull=0.0)
    assert measure_recovery(goes[:, 20:], none[:, 20:]).share == pytest.approx(np.zeros(41), abs=1e-9)


@pytest.mark.parametrize(("pull", "verdict"), [(0.1, "drag"), (0.0, "undecided")])
def test_the_verdict_on_an_assistant_that_learns_from_those_it_teaches(pull, verdict):
    """With history's pull the gap closes while it stays; without any this society forgets nothing."""

    def kicked(kick):
        shock = acts(f"action: shock, round: 1, shift: {kick}")
        return replicate(
            lambda s: averaging(s, rounds=60, more=HISTORY if pull else "", pull=pull) + shock,
            lambda s: s.values.mean(),
        )[:, 1:]

    up, down = kicked(0.1), kicked(-0.1)
    time = relaxation_time(kick_response(up, down, 0.1))
    horizon = horizon_of(time) if math.isfinite(time) else 48
    goes, stays, frozen, none = with_and_without(40 + horizon, 40, pull=pull, learning=0.3)
    loss = variety(rounds=88) - variety(rounds=88, rate=0.2, more=ASSISTANT, policy=FROZEN, start=0.9)
    unkicked = (up + down) / 2
    found = judge_lock_in(
        against_none=paired_effect(stays[:, 40], none[:, 40]),
        against_frozen=paired_effect(stays[:, 40], frozen[:, 40]),
        loss=paired_effect(loss[:, -1], np.zeros(3)),
        recovered=measure_recovery(goes[:, 40:], none[:, 40:]).at_horizon,
        placebo=measure_recovery(up[:, : horizon + 1], unkicked[:, : horizon + 1]).at_horizon,
        closed=measure_recovery(stays[:, 40:], none[:, 40:]).at_horizon,
        horizon=horizon,
    )
    assert found.verdict == verdict, found.reason
    assert ("forgets nothing" in found.reason) == (pull == 0)


# --- hysteresis ----------------------------------------------------------------------------------

DRIVEN = """
name: driven
rounds: {rounds}
value_space: {{name: tiny, dimensions: [one]}}
network: {{family: complete}}
population: {{humans: 2, groups: [{{name: all, centre: 0.5, spread: 0.0, adoption: 1.0}}]}}
update: {update}
assistants: [{{name: guide, policy: {{kind: frozen}}}}]
drive: {{assistant: guide, dimension: one, speed: {speed}, cycles: 2}}
measures: {{every: 100000}}
"""
TANH = '''
import numpy as np

from coevolve_sim.rules import Moved, Rule


class TwoStates(Rule):
    """Goes towards tanh(beta (m + h)), with m and h on [-1, 1] and [-.5, .5]."""

    moves_alone = True

    def __init__(self, beta: float = 1.5):
        self.beta = beta

    def exchange(self, given):
        return Moved(given.values.copy())

    def consult(self, given):
        m, h = 2 * given.values - 1, given.perceived - 0.5
        return Moved((1 + m + 0.2 * (np.tanh(self.beta * (m + h)) - m)) / 2)
'''


def driven_area(update, speed):
    """Return the area of the second cycle of the plain triangle, in the units of the drive over [0, 1]."""
    n_up = round(1 / speed)
    text = DRIVEN.format(rounds=4 * n_up, update=update, speed=speed)
    both = run(text, lambda s: (s.values.mean(), s.state.assistant_values[0, 0]))[2 * n_up :]
    return loop_area(both[None, :, 0], both[:, 1])[0]


@pytest.mark.parametrize(("speed", "area"), [(0.02, 0.5832), (0.01, 0.3258), (0.005, 0.1714)])
def test_a_lag_has_the_area_of_a_plain_triangle(speed, area):
    """Over [0, 1], not [-1, 1]: half the speed, a quarter of the area."""
    update = "{rule: degroot, rate: {peer: 0.0, assistant: 0.1}}"
    assert 4 * driven_area(update, speed / 2) == pytest.approx(area, abs=5e-5)


@pytest.mark.parametrize(("speed", "area"), [(0.02, 1.3864), (0.01, 1.2816), (0.0025, 0.8142)])
def test_two_states_are_a_rule_of_ones_own(speed, area, tmp_path):
    """Values are (1 + m) / 2: half the area. The first lowest value is not heard, which is up to .0001."""
    (tmp_path / "two_states.py").write_text(TANH, encoding="utf-8")
    update = f'{{rule: custom, path: "{tmp_path}/two_states.py:TwoStates"}}'
    assert 2 * driven_area(update, speed) == pytest.approx(area, abs=1e-4)


@pytest.mark.parametrize(("speed", "followed"), [(0.054, True), (0.066, False)])
def test_a_ramp_is_followed_below_rate_times_confidence_only(speed, followed):
    update = "{rule: hegselmann_krause, confidence: {assistant: 0.2}, rate: {peer: 0.0, assistant: 0.3}}"
    text = DRIVEN.format(rounds=math.ceil(1 / speed), update=update, speed=speed)
    text = text.replace("centre: 0.5", "centre: 0.0").replace("cycles: 2", "shape: ramp")
    assert follows_ramp([run(text)[-1].mean()], 1.0, 0.2).tolist() == [followed]
