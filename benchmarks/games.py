"""A round in which all who are tied play games, beside one in which nobody does."""

from __future__ import annotations

from measuring import FAMILIES, side_by_side, table

from coevolve_sim.scenario import loads
from coevolve_sim.society.model import Society

TARGET = 25.0
"""Most nanoseconds that a decision may take."""
SIZES = (100_000, 1_000_000)
ROUNDS = 10
SCENARIO = """
name: bench
rounds: 100000
value_space: {{name: axes, dimensions: [benevolence, power]}}
network: {network}
population: {{humans: {humans}, groups: [{{name: all}}]}}
update: {{rule: weighted_hegselmann_krause}}
measures: {{every: 100000, names: [variance]}}
mesa: {{agents: never}}
{games}
"""
PLAYED = (
    "games: {{every: 1, rounds: {rounds}, alpha: {{base: 0.5, slopes: {{benevolence: 0.5, power: -0.5}}}}}}"
)
TEXT = """\
A whole round without its record, weighted_hegselmann_krause on WS, nobody consulting; *played*: with
{rounds} rounds of the prisoner's dilemma between all who are tied (five pairs a human), which a scenario has
every five rounds unless it says otherwise. In turns in one process, in processor time. A decision is the
difference over two a pair and round of the game.

{table}

Target: at most {target:g} ns a decision; the most is {most:.1f}: {verdict}."""


def society(humans: int, games: str) -> Society:
    """Return people who hear each other by trust, and play if ``games`` is not empty."""
    text = SCENARIO.format(humans=humans, network=FAMILIES["WS"], games=games)
    return Society(loads(text), with_objects=False)


def games_section(sizes: tuple[int, ...] = SIZES) -> str:
    """Return the table of what games cost, and the verdict."""
    rows, most = [], 0.0
    for humans in sizes:
        plain, playing = (society(humans, given) for given in ("", PLAYED.format(rounds=ROUNDS)))
        times = side_by_side({"plain": plain.step, "played": playing.step})
        decisions = playing.state.ties.n_ties * ROUNDS
        each = 1e9 * (times["played"].median - times["plain"].median) / decisions
        most = max(most, each)
        seconds = [f"{1000 * one.median:.0f} ms ±{100 * one.spread:.0f}" for one in times.values()]
        rows.append([f"{humans:,}", f"{decisions:,}", *seconds, f"{each:.1f} ns"])
    return TEXT.format(
        rounds=ROUNDS,
        table=table(["humans", "decisions", "plain", "played", "a decision"], rows),
        target=TARGET,
        most=most,
        verdict="met" if most <= TARGET else "missed",
    )
