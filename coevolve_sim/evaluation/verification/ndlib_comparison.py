"""NDlib as an independent implementation: Friedkin-Johnsen exactly, algorithmic bias in distribution.

NDlib needs an environment of its own (``pip install ndlib six scikit-learn``), whose Python runs
`coevolve_sim.evaluation.verification.ndlib_worker`. Its HKModel moves one node an iteration and is not
compared.
"""

from __future__ import annotations

import json
import math
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.evaluation.verification.rows import CheckRow
from coevolve_sim.evaluation.verification.worlds import build_society, run_to_end
from coevolve_sim.measures import effective_clusters

SIDE = Path(__file__).with_name("ndlib_worker.py")
PATIENCE = 3600.0
"""Seconds that NDlib may take."""

HUMANS, CONFIDENCE, ENCOUNTERS = 100, 0.3, 100
FJ_HUMANS, FJ_ROUNDS, STUBBORNNESS = 200, 60, 0.3
BIASES = (0.0, 1.0)
LEVEL, POWER = 0.01, 0.95


def ask_ndlib(python: Path, asked: dict[str, Any]) -> dict[str, Any] | str:
    """Return what NDlib answers, or why it does not.

    Parameters
    ----------
    python : Path
        Of an environment that has NDlib.
    asked : dict
        As `coevolve_sim.evaluation.verification.ndlib_worker.answer_request` takes it.
    """
    try:
        done = subprocess.run(  # noqa: S603 - the program that the caller named
            [str(python), "-I", str(SIDE)],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            check=True,
            timeout=PATIENCE,
        )
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip().splitlines() or ["no word"])[-1]
        return f"NDlib failed under the given Python: {last}"
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        return f"NDlib could not be asked under the given Python: {type(error).__name__}"
    return found


def compare_with_ndlib(python: Path | None, *, quick: bool) -> list[CheckRow]:
    """Return how NDlib and the loop compare; not run, with the reason, where there is no NDlib.

    Parameters
    ----------
    python : Path or None
        Of an environment that has NDlib.
    quick : bool
        Fewer seeds.
    """
    seeds = 20 if quick else 60
    running = build_society(
        "{rule: friedkin_johnsen}",
        humans=FJ_HUMANS,
        rounds=FJ_ROUNDS,
        network="{family: watts_strogatz, degree: 10}",
        groups=f"[{{name: all, distribution: uniform, stubbornness: {STUBBORNNESS}}}]",
    )
    ties = running.state.ties
    asked = {
        "friedkin_johnsen": {
            "edges": np.column_stack([ties.listeners, ties.indices]).tolist(),
            "values": running.values[:, 0].tolist(),
            "stubbornness": STUBBORNNESS,
            "rounds": FJ_ROUNDS,
        },
        "algorithmic_bias": [
            {"setting": build_setting(bias, ENCOUNTERS, 1e-5), "seeds": seeds} for bias in BIASES
        ],
    }
    found: dict[str, Any] | str = (
        "no Python of an environment with NDlib; name one with --ndlib"
        if python is None
        else ask_ndlib(python, asked)
    )
    there = None if isinstance(found, str) else found
    why = found if isinstance(found, str) else ""
    exactly = _build_friedkin_johnsen_row(
        run_to_end(running)[:, 0] if there else None, there["friedkin_johnsen"] if there else None, why
    )
    return [
        exactly,
        *(
            _build_bias_row(bias, there["algorithmic_bias"][index] if there else None, seeds, why)
            for index, bias in enumerate(BIASES)
        ),
    ]


def build_setting(bias: float, rounds: int, floor: float) -> dict[str, Any]:
    """Return one setting of algorithmic bias, as `ndlib_worker.answer_request` takes it."""
    return {"bias": bias, "humans": HUMANS, "confidence": CONFIDENCE, "rounds": rounds, "floor": floor}


def _build_friedkin_johnsen_row(ours: Floats | None, theirs: list[float] | None, why: str) -> CheckRow:
    measured = () if ours is None or theirs is None else (float(np.abs(ours - np.array(theirs)).max()),)
    return CheckRow(
        "ndlib_friedkin_johnsen",
        f"Friedkin-Johnsen, Watts-Strogatz, N = {FJ_HUMANS}, stubbornness {STUBBORNNESS}, {FJ_ROUNDS} rounds "
        "from the same values: greatest difference of a human from NDlib's",
        (0.0,),
        measured,
        1e-12,
        f"not run: {why}" if why else "arithmetic: float64",
        "Rossetti2018",
    )


def count_effective_clusters(runs: list[list[float]]) -> list[float]:
    """Return the effective clusters of each run's values."""
    return [float(np.mean(effective_clusters(np.array(run)))) for run in runs]


def detectable_shift(seeds: int) -> float:
    """Return the shift of the mean, in sds, that a Mann-Whitney test sees with the stated power.

    Of normal numbers, to first order: its efficiency beside the t test is 3 / pi.

    Examples
    --------
    >>> round(detectable_shift(60), 2)
    0.79
    """
    from scipy.stats import norm

    wanted = norm.ppf(1.0 - LEVEL / 2.0) + norm.ppf(POWER)
    return float(wanted / math.sqrt(seeds / 2.0 * 3.0 / math.pi))


def _build_bias_row(bias: float, theirs: list[list[float]] | None, seeds: int, why: str) -> CheckRow:
    from scipy.stats import mannwhitneyu

    measured: tuple[float, ...] = ()
    reason = f"not run: {why}"
    if theirs is not None:
        update = (
            f"{{rule: algorithmic_bias, bias: {bias}, distance_floor: 1.0e-5, rate: {{peer: 0.5}}, "
            f"confidence: {{peer: {CONFIDENCE}}}, encounters_per_human: {ENCOUNTERS}}}"
        )
        here = [
            run_to_end(build_society(update, humans=HUMANS, seed=seed))[:, 0].tolist()
            for seed in range(seeds)
        ]
        both = [count_effective_clusters(runs) for runs in (here, theirs)]
        measured = (float(mannwhitneyu(both[0], both[1]).pvalue),)
        means = [f"{np.mean(side):.3f} (sd {np.std(side, ddof=1):.3f})" for side in both]
        reason = (
            f"Mann-Whitney at {LEVEL:g}, {seeds} seeds a side: {means[0]} here, {means[1]} there; of normal "
            f"numbers, a shift of the mean by {detectable_shift(seeds):.2f} sd is seen with a power of "
            f"{POWER:g}; smaller ones may go unseen"
        )
    return CheckRow(
        f"ndlib_algorithmic_bias_{bias:g}",
        f"Algorithmic bias {bias:g}, full mixing, N = {HUMANS}, confidence {CONFIDENCE}, {ENCOUNTERS} "
        "encounters a human: p that effective clusters are of one distribution with NDlib's",
        (LEVEL,),
        measured,
        0.0,
        reason,
        "Rossetti2018",
        "at least",
    )
