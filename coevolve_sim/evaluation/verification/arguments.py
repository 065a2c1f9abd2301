"""Checks of rules that do not average: moral arguments, and attraction with repulsion."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.evaluation.verification.independent_results import build_mean_row
from coevolve_sim.evaluation.verification.rows import CheckRow
from coevolve_sim.evaluation.verification.worlds import build_society, run_to_end
from coevolve_sim.streams import stream

START, FOR = 0.01, 0.5
HALF_TIMES = {0.1: 18.0, 0.35: 55.0}
FINALS = (0.9732, 0.9622)
"""Liberals and conservatives at ``persuasion_against`` 0.35 at the 100th point of time, after 99 rounds."""
PHASES = (0.05, 0.2, 0.3, 0.6, 0.8)
"""Tolerances; 0.25 is left out: it ends in either of two states, in shares unknown."""


def strimling_recursion(against: float, n_rounds: int) -> Floats:
    """Compute the published recursion of liberals and conservatives, shape (n_rounds + 1, 2).

    Examples
    --------
    >>> strimling_recursion(0.1, 1).round(6).tolist()
    [[0.01, 0.01], [0.01396, 0.01]]
    """
    course = np.full((n_rounds + 1, 2), START)
    for before, after in pairwise(course):
        liberal, conservative = before
        holds = 0.5 * liberal + 0.5 * conservative
        after[0] = liberal + (1.0 - liberal) * holds * FOR - liberal * (1.0 - holds) * against
        after[1] = conservative + 0.5 * 0.5 * (liberal - conservative)
    return course


def _run_course(against: float, n_rounds: int) -> Floats:
    """Return the same trajectory from a simulated society."""
    running = build_society(
        "{rule: moral_argument, liberals: [liberals], persuasion_for: 0.5, "
        f"persuasion_against: {against:g}, exposure_of_liberals: 0.5, exposure_of_conservatives: 0.5, "
        "following: 0.5}",
        humans=40,
        rounds=n_rounds,
        groups="[{name: liberals, share: 0.5}, {name: conservatives, share: 0.5}]",
        values=np.full((40, 1), START),
    )
    is_liberal = running.setup.group_of == 0
    course = [(START, START)]
    while not running.is_finished:
        running.step()
        course.append((running.values[is_liberal, 0].mean(), running.values[~is_liberal, 0].mean()))
    return np.array(course)


def moral_argument(*, quick: bool) -> list[CheckRow]:
    """Check Strimling's recursion, its half-times and its final values."""
    del quick
    rows = []
    for against, half_time in HALF_TIMES.items():
        course = _run_course(against, 200)
        worst = float(np.abs(course - strimling_recursion(against, 200)).max())
        what = f"Moral argument, arguments for 0.5, against {against:g}, start 0.01"
        rows += [
            CheckRow(
                f"moral_argument_recursion_{against:g}",
                f"{what}: greatest distance from the recursion in 200 rounds",
                (0.0,),
                (worst,),
                1e-12,
                "arithmetic: float64",
                "Strimling2019",
            ),
            CheckRow(
                f"moral_argument_half_time_{against:g}",
                f"{what}: first round after which half of the liberals hold the position",
                (half_time,),
                (float(np.argmax(course[:, 0] >= 0.5)),),
                0.0,
                "the recursion is deterministic, and rounds are whole",
                "Strimling2019",
            ),
        ]
    finals = _run_course(0.35, 99)[-1]
    rows.append(
        CheckRow(
            "moral_argument_finals",
            "Moral argument, arguments for 0.5, against 0.35, start 0.01: liberals and conservatives at the "
            "100th point of time, the start being the first",
            FINALS,
            (float(finals[0]), float(finals[1])),
            0.00005,
            "the reference has four digits",
            "Strimling2019",
        )
    )
    return rows


def attraction_repulsion(*, quick: bool) -> list[CheckRow]:
    """Check the final variance by tolerance: intolerant people go to the extremes, tolerant ones agree."""
    return [
        build_mean_row(
            f"attraction_repulsion_{tolerance:g}",
            f"Attraction-repulsion, N = 100, exposure 0.1, responsiveness 0.25, tolerance {tolerance:g}, "
            "start N(0.5, 0.2) cut to [0, 1], 500,000 encounters: final variance",
            [float(_run_repulsion(tolerance, seed).var()) for seed in range(6 if quick else 60)],
            "Axelrod2021",
        )
        for tolerance in PHASES
    ]


def _run_repulsion(tolerance: float, seed: int) -> Floats:
    normal = stream(seed, "verification: attitudes").normal(0.5, 0.2, (100, 1))
    return run_to_end(
        build_society(
            f"{{rule: attraction_repulsion, confidence: {{peer: {tolerance:g}}}, rate: {{peer: 0.25}}, "
            "exposure: 0.1, encounters_per_human: 5000}",
            humans=100,
            seed=seed,
            values=np.clip(normal, 0.0, 1.0),
        )
    )
