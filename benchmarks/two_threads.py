"""Two threads beside one: the exchange, a bare gather of the same rows, whole rounds, and small societies."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from exchange_speed import CONFIDENCE, RATE, gather_sums, gather_sums_of_numbers
from measuring import FAMILIES, network, table
from rounds import society

from coevolve_sim import threads
from coevolve_sim.measures.sorted_columns import sort_columns
from coevolve_sim.rules import Susceptibility, kernels, update_synchronously
from coevolve_sim.society.model import Society

HUMANS, REPEATS = 1_000_000, 15
TARGET = 0.9
"""Least part of the bare gather's gain that the exchange is to have, in 19 dimensions."""
SMALL = (100, 1_000, 10_000)
TEXT = """\
Elapsed time, as two threads take as much processor time as one: each turn takes everything once with one
thread and once with two, and gains are ratios within a turn (median and range of {repeats} turns). *Gain*: of
the exchange of views (Hegselmann-Krause, `update_synchronously` with its checks) among {humans:,} humans;
*gather*: of the same gathers and sums with no rule, in the same blocks; *of it*: the one over the other, turn
by turn. *Best*: the shortest time with one thread over the shortest with two, which other work on the machine
lengthens least. The cores here are {cores}.

{gains}

Target: at least {target:g} of the gather's gain in 19 dimensions; the least median is {least:.2f}: {verdict}.

*Whole rounds* of {humans:,} humans on WS without their record (history, exchange, half of the people consult,
group means; every tenth round measures are taken), and the sorting of all dimensions, which most measures
begin with:

| what | dimensions | gain | best |
| --- | --- | --- | --- |
{rounds}

*Nothing lost where there is nothing to gain*, in processor time: one thread over blocks, over the same loop
called once for all rows; and societies so small that loops run in one part on any number of threads.

{losses}"""


def turns_of(
    actions: Mapping[str, Callable[[], object]],
    repeats: int = REPEATS,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Return the times of actions taken in turns, once warm: elapsed ones, unless the clock is another."""
    for action in actions.values():
        action()
    taken: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(repeats):
        for name, action in actions.items():
            began = clock()
            action()
            taken[name].append(clock() - began)
    return taken


def on(number: int, action: Callable[[], object]) -> Callable[[], object]:
    """Return an action on this many threads."""

    def act() -> None:
        threads.set_threads(number)
        action()

    return act


def ratios(ones: list[float], others: list[float]) -> list[float]:
    """Return ratios turn by turn."""
    return [one / other for one, other in zip(ones, others, strict=True)]


def shown(found: list[float]) -> str:
    """Return the median and the range."""
    return f"{statistics.median(found):.2f} ({min(found):.2f}-{max(found):.2f})"


def best(ones: list[float], others: list[float]) -> str:
    """Return the ratio of the shortest times."""
    return f"{min(ones) / min(others):.2f}"


def gains(family: str, dimensions: int, humans: int) -> tuple[list[str], float]:
    """Return a row of gains, and the median part of the gather's gain."""
    ties = network(family, humans)
    x = np.random.default_rng(1).random((humans, dimensions))
    listening, out = Susceptibility.of(humans, confidence=CONFIDENCE, rate=RATE), np.empty_like(x)
    rows = (ties.indptr, ties.indices)
    gather = (
        (gather_sums, x, *rows, out)
        if dimensions > 1
        else (gather_sums_of_numbers, x[:, 0], *rows, out[:, 0])
    )

    def gathered() -> None:
        threads.run_in_blocks(gather[0], humans, dimensions * 11, *gather[1:])

    def exchanged() -> None:
        update_synchronously(x, ties, listening)

    taken = turns_of(
        {f"{name} {n}": on(n, act) for n in (1, 2) for name, act in (("g", gathered), ("k", exchanged))}
    )
    own, bare = ratios(taken["k 1"], taken["k 2"]), ratios(taken["g 1"], taken["g 2"])
    part = ratios(own, bare)
    cells = [shown(own), best(taken["k 1"], taken["k 2"]), shown(bare), best(taken["g 1"], taken["g 2"])]
    return [family, str(dimensions), *cells, shown(part)], statistics.median(part)


def rounds(dimensions: int, humans: int) -> list[str]:
    """Return rows of the gains of a whole round, and of the sorting of all dimensions."""
    world, found = society(humans, dimensions), []
    for what, act in (("round", world.step), ("sorting", lambda: sort_columns(world.state.values))):
        taken = turns_of({str(n): on(n, act) for n in (1, 2)}, REPEATS if what == "round" else 5)
        gain = shown(ratios(taken["1"], taken["2"]))
        found.append(f"| {what} | {dimensions} | {gain} | {best(taken['1'], taken['2'])} |")
    return found


def take_ten(world: Society) -> None:
    """Let ten rounds go by."""
    for _ in range(10):
        world.step()


def losses() -> str:
    """Return the table of what threads cost where they gain nothing."""
    ties, x = network("WS", HUMANS), np.random.default_rng(1).random((HUMANS, 19))
    listening, out = Susceptibility.of(HUMANS, confidence=CONFIDENCE, rate=RATE), np.empty_like(x)
    given = (
        x,
        x,
        ties.indptr,
        ties.indices,
        None,
        False,
        listening.confidence,
        listening.rate,
        None,
        1.0,
        True,
    )
    taken = turns_of(
        {
            "blocks": on(1, lambda: threads.run_in_blocks(kernels.average_joint, HUMANS, 209, *given, out)),
            "once": lambda: kernels.average_joint(0, HUMANS, *given, out),
        },
        clock=time.process_time,
    )
    lines = [
        [
            f"{HUMANS:,}",
            "19",
            "one thread in blocks, over one call",
            shown(ratios(taken["blocks"], taken["once"])),
        ]
    ]
    for humans in SMALL:
        ten = partial(take_ten, society(humans, 2))
        taken = turns_of({str(n): on(n, ten) for n in (1, 2)}, 4 * REPEATS, time.process_time)
        more = shown(ratios(taken["2"], taken["1"]))
        lines.append([f"{humans:,}", "2", "ten rounds, two threads over one", more])
    return table(["humans", "dimensions", "what", "times as long"], lines)


def two_threads_section(humans: int = HUMANS) -> str:
    """Return the section on two threads."""
    found = [gains(family, dimensions, humans) for family in FAMILIES for dimensions in (19, 1)]
    least = min(part for row, part in found if row[1] == "19")
    columns = ["network", "dimensions", "gain", "best", "gather", "best", "of it"]
    try:
        return TEXT.format(
            repeats=REPEATS,
            humans=humans,
            cores=os.cpu_count(),
            gains=table(columns, [row for row, _ in found]),
            target=TARGET,
            least=least,
            verdict="met" if least >= TARGET else "missed",
            rounds="\n".join(line for dimensions in (19, 1) for line in rounds(dimensions, humans)),
            losses=losses(),
        )
    finally:
        threads.set_threads(1)
