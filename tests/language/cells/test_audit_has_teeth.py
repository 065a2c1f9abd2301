"""The audit finds a wrong key, passes the right one, and its intervals hold what cells are really off by."""

from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom, t

from coevolve_sim.language.cells import bound_drift, judge_audit, summarize
from coevolve_sim.language.readers import CorrectedReader, Reading
from coevolve_sim.minds.scripted.mind import ScriptedMind
from coevolve_sim.scenario.cell_specs import CellsSpec
from coevolve_sim.society.model import Society
from coevolve_sim.streams import stream_seed
from tests.language.cells.planted import (
    SKETCHES,
    Exact,
    People,
    Planted,
    draw_persona,
    find_error,
    persona_left_out,
    run_by_formula,
    run_rounds,
    sketches_of,
    society,
)

LEAN = 0.1
OLD_AND_YOUNG = (
    "value_space={name: two, dimensions: [thrift, candour]}",
    "population.groups=[{name: young, share: 0.5}, {name: old, share: 0.5, voice: elder}]",
)


def stance_of(value):
    return int(value * 100.0 + 0.5) / 100


class Leaning(Exact):
    """Reads what is written, one voice with a lean."""

    def read(self, mind, messages):
        found = super().read(mind, messages)
        leans = [LEAN * (one.voice == "elder") for one in messages]
        return [
            Reading(min(each.value + lean, 1.0), "answered") for each, lean in zip(found, leans, strict=True)
        ]


def with_voices(people, planted, *changes):
    """Return a society on two topics of two groups, one of which reads with a lean."""
    made = society(people, planted, *OLD_AND_YOUNG, *changes)
    channel = made.setup.channel.with_minds(lambda part: ScriptedMind(planted.answer, voices=("elder",)))
    channel = replace(channel, reader=CorrectedReader(Leaning()))
    again = Society(replace(made.setup, channel=channel), with_objects=False)
    again.state.values = 0.2 + 0.6 * np.hstack([people.values, people.values[::-1]])
    again.state.ties = people.ties
    return again


def number_of(sketch, made):
    """Return the number of the introduction that has a sketch."""
    kinds = made.setup.channel.people.kinds
    return next(i for i, one in enumerate(kinds) if one.who.startswith(sketch))


def run_all(made):
    """Run a society; return its values before each round, and the log of each."""
    before, logs = [], []
    while not made.is_finished:
        before.append(made.values.copy())
        made.step()
        logs.append(made.log)
    return before, logs


def test_residuals_are_what_a_hand_finds():
    planted = Planted.drawn(2)
    made = with_voices(
        People(12, 2, peers=4), planted, "rounds=4", "channel.population={by: cells, audit: 7}"
    )
    before, logs = run_all(made)
    people, sketches = made.setup.channel.people, sketches_of(made)
    listeners = made.state.ties.listeners
    by_hand = {}
    for round_index, (values, log) in enumerate(zip(before, logs, strict=True), start=1):
        d = (round_index - 1) % 2
        found = [(one.human, one.voice) for one in log.cells.audited]
        assert len({human for human, _ in found}) == 7
        assert len(found) == len(set(found)) > 7
        for one in log.cells.audited:
            voices = {people[i].voice for i in listeners[made.state.ties.indices == one.human]}
            assert (one.kind, one.dimension, one.voice in voices) == ("peer", d, True)
            seed = stream_seed(2, "words", round_index, "speak", one.human, d) % 2**31
            said = planted.say(sketches[one.human], stance_of(values[one.human, d]), seed)
            lean = LEAN * (one.voice == "elder")
            assert one.in_full == pytest.approx(min(said + lean, 1.0), abs=1e-12)
            message = log.said[log.cells.said_by["peer", d][one.human]]
            own = message.expressed - LEAN * (people[one.human].voice == "elder")
            assert one.by_cell == pytest.approx(own + lean, abs=1e-12)
            by_hand.setdefault((one.voice, d), []).append(one.in_full - one.by_cell)
    rows = summarize(one for log in logs for one in log.cells.audited)
    assert (
        [(row.voice, row.dimension) for row in rows]
        == sorted(by_hand)
        == [
            ("", 0),
            ("", 1),
            ("elder", 0),
            ("elder", 1),
        ]
    )
    for row in rows:
        residuals = np.array(by_hand[row.voice, row.dimension])
        reach = t.ppf(1 - 0.05 / 4 / 2, len(residuals) - 1)
        half = reach * residuals.std(ddof=1) / len(residuals) ** 0.5
        expected = (residuals.mean() - half, residuals.mean(), residuals.mean() + half)
        assert (row.low, row.mean, row.high) == pytest.approx(expected, abs=1e-12)
        assert (row.n, row.rms) == (len(residuals), pytest.approx(np.sqrt(np.mean(residuals**2)), abs=1e-12))


@pytest.mark.long
@pytest.mark.parametrize("audit", [100, 4])
def test_the_right_key_is_within_the_tolerance_and_a_wrong_one_beyond_it_if_enough_are_audited(audit):
    """The wrong key has all of a stance asked as the persona whose effect is the greatest."""
    people, planted = People(300, 4), Planted.drawn(4)
    changes = ("rounds=10", f"channel.population={{by: cells, audit: {audit}}}")
    extreme = max(SKETCHES, key=lambda who: planted.effects[who])
    verdicts = []
    for is_wrong in (False, True):
        made = society(people, planted, *changes)
        number = next(
            i for i, one in enumerate(made.setup.channel.people.kinds) if one.who.startswith(extreme)
        )
        if is_wrong:
            with persona_left_out(lambda channel, stated, number=number: number):
                _, logs = run_rounds(made)
        else:
            _, logs = run_rounds(made)
        rows = summarize(one for log in logs for one in log.cells.audited)
        verdicts.append(judge_audit(rows, 0.01).verdict)
    assert verdicts == (["within", "beyond"] if audit == 100 else ["undecided", "undecided"])


@pytest.mark.long
def test_a_wrong_key_whose_errors_cancel_is_passed_by_the_mean_and_shown_by_the_drift():
    """All of a stance are asked as a persona drawn for it: off by as much up as down, over all stances."""
    people, planted = People(600, 1), Planted.drawn(1)
    cells = "channel.population={by: cells, replies: 1, redraw: false, audit: 200}"
    found = []
    for wrong in (nullcontext(), persona_left_out(draw_persona)):
        with wrong:
            _, logs = run_rounds(society(people, planted, "rounds=30", cells))
        rounds = [log.cells.audited for log in logs]
        drift = bound_drift(rounds, {"peer": 0.3})
        rows = summarize(one for audited in rounds for one in audited)
        verdicts = [judge_audit(rows, 0.01, *more).verdict for more in ((), (drift,))]
        found.append((verdicts, drift.bound / drift.by_chance))
    (right, of_right), (wrong, of_wrong) = found
    assert right == ["within", "within"]
    assert wrong == ["within", "beyond"]
    assert of_right < 1.5
    assert of_wrong > 2.0


def find_true_residuals(made, before, logs, planted):
    """Return by topic what cells are off by on average over everybody and all rounds, as planted."""
    sketches, found = sketches_of(made), {}
    for round_index, (values, log) in enumerate(zip(before, logs, strict=True), start=1):
        d = (round_index - 1) % 2
        numbers = log.cells.said_by["peer", d]
        found.setdefault(d, []).extend(
            planted.expect(sketches[human], stance_of(values[human, d])) - _heard_as_written(log.said[n])
            for human, n in enumerate(numbers)
        )
    return {d: float(np.mean(residuals)) for d, residuals in found.items()}


def _heard_as_written(message):
    return int(message.text.split()[3]) / 1e6


@pytest.mark.long
@pytest.mark.parametrize("redraw", [True, False])
def test_all_intervals_together_hold_what_cells_are_off_by_in_95_of_100_runs(redraw):
    """Whoever is audited is a fair sample of those who spoke; what cells are off by is known of everybody."""
    held, widths, n_runs = [], [], 40
    for seed in range(n_runs):
        planted = Planted.drawn(seed)
        cells = f"channel.population={{by: cells, replies: 2, redraw: {str(redraw).lower()}, audit: 10}}"
        made = with_voices(People(40, seed, peers=3), planted, "rounds=4", cells)
        before, logs = run_all(made)
        true = find_true_residuals(made, before, logs, planted)
        rows = summarize(one for log in logs for one in log.cells.audited)
        held.append(all(row.low <= true[row.dimension] <= row.high for row in rows))
        widths += [row.high - row.low for row in rows]
    assert sum(held) >= binom.ppf(0.01, n_runs, 0.95)
    assert max(widths) < 0.12


@pytest.mark.long
def test_a_constant_error_is_corrected_if_asked_for_and_not_otherwise():
    """All are asked as the one persona that says .04 less than the others."""
    planted = Planted({who: 0.04 * (who != SKETCHES[0]) for who in SKETCHES})
    people, errors, residuals = People(400, 7), [], []
    for corrects in ("", ", audit_correct: true"):
        made = society(
            people, planted, "rounds=10", f"channel.population={{by: cells, audit: 100{corrects}}}"
        )
        sketches = sketches_of(made)
        number = number_of(SKETCHES[0], made)
        with persona_left_out(lambda channel, stated, number=number: number):
            values, logs = run_rounds(made)
        in_full = run_by_formula(people, planted, sketches, 10, lambda r: np.zeros(people.humans))
        errors.append(find_error(values, in_full))
        rows = summarize(one for log in logs for one in log.cells.audited)
        residuals.append(rows[0].mean)
    assert not CellsSpec().audit_correct
    assert errors[0] > 0.05
    assert errors[1] < 0.2 * errors[0]
    assert residuals == pytest.approx([0.04 * 23 / 24] * 2, abs=0.006)  # what is audited stays uncorrected
