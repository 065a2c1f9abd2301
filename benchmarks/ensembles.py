"""Studies whose runs go through their rounds together, beside the same run by run, Mesa and NDlib."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import mesa
import numpy as np
from exchange_speed import CONFIDENCE, lean_mesa
from measuring import of, table
from ndlib_agreement import ndlib_python
from studies import (
    HUMANS,
    NETWORK,
    PEERS,
    ROUNDS,
    WITH_ASSISTANT,
    judge,
    plan_of,
    run_study,
    time_ndlib,
)

from coevolve_sim import networks
from coevolve_sim.scenario import loads
from coevolve_sim.studies import driver
from coevolve_sim.studies.plan import StudyPlan

RUNS = 99
"""Runs of a study here: as many as go together."""
OTHERS = 6
"""Runs of Mesa and of NDlib, which take longer."""
RULE = "hegselmann_krause"


class LeanModel(mesa.Model):  # type: ignore[misc]
    """The lean Mesa model of the other benchmarks, as `mesa.batch_run` makes it; it collects the variance.

    Parameters
    ----------
    number : int
        Of the run, from 1: the seed of its network and of its people.
    """

    def __init__(self, number: int = 1) -> None:
        super().__init__(rng=number)
        ties = networks.build(loads(f"{{name: b, rounds: 1, network: {NETWORK}}}").network, HUMANS, number)
        self.inner = lean_mesa(ties, np.random.default_rng(number).random((HUMANS, 1)))
        self.datacollector = mesa.DataCollector({"variance": lambda m: np.var(m.inner.agents.get("value"))})

    def step(self) -> None:
        """Let everybody look and then move."""
        self.inner.agents.do("average").do("adopt")
        self.datacollector.collect(self)
        self.running = self.steps < ROUNDS


def time_batch_run(runs: int = OTHERS) -> float:
    """Return the processor time of a run in `mesa.batch_run`, in this process."""
    began = time.process_time()
    rows = mesa.batch_run(
        LeanModel, {"number": list(range(1, runs + 1))}, number_processes=1, display_progress=False
    )
    if len(rows) != runs or {row["Step"] for row in rows} - {ROUNDS - 1, ROUNDS}:
        raise RuntimeError(f"mesa.batch_run made other runs than it was asked for: {len(rows)}")
    return (time.process_time() - began) / runs


@contextmanager
def run_by_run() -> Iterator[None]:
    """Let studies compute each run alone while the block runs."""
    real = driver.count_together
    driver.count_together = lambda *_: 1  # type: ignore[assignment]
    try:
        yield
    finally:
        driver.count_together = real


def time_alone(plan: StudyPlan) -> float:
    """Return the processor time of a run of a study whose runs are computed one by one."""
    with run_by_run():
        return run_study(plan)[0]


def plans() -> dict[str, StudyPlan]:
    """Return the studies that are measured: all take every measure in every second round."""
    sizes = {"rounds": ROUNDS, "humans": HUMANS, "network": NETWORK}
    peers = PEERS.format(rule=RULE, measures="{every: 2}", confidence=CONFIDENCE, **sizes)
    found = {"peers alone, 1 dimension": plan_of(peers, RUNS)}
    for n in (1, 3, 5):
        text = WITH_ASSISTANT.format(dimensions=", ".join("abcde"[:n]), **sizes)
        found[f"history and an assistant, three worlds, {n} dimension{'s' * (n > 1)}"] = plan_of(text, RUNS)
    return found


def measure_in_turns(actions: dict[str, Callable[[], float]], repeats: int) -> dict[str, list[float]]:
    """Return what each action says that it took, in turns, the first turn left out."""
    turns: dict[str, list[float]] = {name: [] for name in actions}
    for turn in range(repeats + 1):
        for name, action in actions.items():
            took = action()
            if turn:
                turns[name].append(took)
    return turns


def ensembles_section(repeats: int = 3) -> str:
    """Return the section on runs that go together."""
    python = ndlib_python()
    rows, largest, over_mesa = [], 0.0, 0.0
    for title, plan in plans().items():
        actions: dict[str, Callable[[], float]] = {
            "together": lambda plan=plan: run_study(plan)[0],  # type: ignore[misc]
            "alone": lambda plan=plan: time_alone(plan),  # type: ignore[misc]
        }
        beside = not rows  # the others have no history and no assistant
        if beside:
            actions["Mesa"] = time_batch_run
        if beside and python is not None:
            actions["NDlib"] = lambda: time_ndlib(python, RULE, 2, measured=False)
        turns = measure_in_turns(actions, repeats)
        ratios = {name: of(_over(turns["together"], found)) for name, found in turns.items()}
        largest = max(largest, of(turns["together"]).median)
        over_mesa = over_mesa or ratios["Mesa"].median
        cells = [
            f"{one.median:.3g} ±{100 * one.spread:.0f}" for name, one in ratios.items() if name != "together"
        ]
        together = of(turns["together"])
        rows.append(
            [
                title,
                f"{1000 * together.median:.1f} ms ±{100 * together.spread:.0f}",
                *cells,
                *[""] * (3 - len(cells)),
            ]
        )
    targets = [
        judge("processor time of a run together, largest, in seconds", 0.05, largest),
        judge(
            "a run of mesa.batch_run, bare, over one of ours with all measures", 1.0, over_mesa, at_most=False
        ),
    ]
    columns = ["study", "a run together", "alone", "mesa.batch_run", "NDlib"]
    return TEXT.format(
        runs=RUNS,
        humans=HUMANS,
        rounds=ROUNDS,
        rows=table(columns, rows),
        targets=table(["what", "target", "found", "verdict"], targets),
        missing="" if python is not None else "NDlib was not at hand and is left out.\n\n",
    )


def _over(ours: list[float], theirs: list[float]) -> list[float]:
    return [b / a for a, b in zip(ours, theirs, strict=True)]


TEXT = """\
Studies of {runs} runs of {humans} humans and {rounds} rounds, all measures in every second round, a summary
of each run kept: scenarios, networks and people built, rounds, measures, rows. *A run together*: processor
time of a run as studies compute it, up to 100 runs at a time. Beside it, how many times as long a run takes
alone (the same study run by run, to the same digest); in `mesa.batch_run`, a lean model (one agent a person
and nothing else) on the same network that collects the variance; and in NDlib (WHK, nothing measured, run by
run in its own process: its `multi_runs` fails on models of opinions, whose states are no whole numbers). In
turns; medians, with half the distance between quartiles in per cent of them (±).

{rows}

{missing}{targets}"""
