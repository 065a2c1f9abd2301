"""NDlib as an independent implementation: Friedkin-Johnsen exactly, algorithmic bias in distribution.

NDlib needs an environment of its own (``pip install ndlib six scikit-learn``), whose Python runs
`coevolve_sim.evaluation.verification.ndlib_worker`. Its HKModel moves one node an iteration and is not
compared.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.evaluation.verification.rows import CheckRow, monte_carlo_tolerance
from coevolve_sim.evaluation.verification.worlds import build_society, run_to_end
from coevolve_sim.measures import effective_clusters

SIDE = Path(__file__).with_name("ndlib_worker.py")
PATIENCE = 3600.0
"""Seconds that NDlib may take."""

HUMANS, CONFIDENCE, ENCOUNTERS = 100, 0.3, 100
FJ_HUMANS, FJ_ROUNDS, STUBBORNNESS = 200, 60, 0.3
BIASES = (0.0, 1.0)


def ask_ndlib(python: Path, asked: dict[str, Any]) -> dict[str, Any] | str:
    """Return NDlib's results, or a text that says why there are none.

    Parameters
    ----------
    python : Path
        Python of an environment that has NDlib.
    asked : dict
        A request, as `coevolve_sim.evaluation.verification.ndlib_worker.answer_request` takes it.
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
    """Compare NDlib with the package's own loop; rows are "not run", with the reason, without NDlib.

    Parameters
    ----------
    python : Path or None
        Python of an environment that has NDlib.
    quick : bool
        Whether to use fewer seeds.
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
    """Count the effective clusters of each run's values."""
    return [float(np.mean(effective_clusters(np.array(run)))) for run in runs]


def _build_bias_row(bias: float, theirs: list[list[float]] | None, seeds: int, why: str) -> CheckRow:
    key = f"ndlib_algorithmic_bias_{bias:g}"
    claim = (
        f"Algorithmic bias {bias:g}, full mixing, N = {HUMANS}, confidence {CONFIDENCE}, {ENCOUNTERS} "
        "encounters a human: effective clusters; expected are NDlib's"
    )
    if theirs is None:
        return CheckRow(key, claim, (0.0,), (), 0.0, f"not run: {why}", "Rossetti2018")
    update = (
        f"{{rule: algorithmic_bias, bias: {bias}, distance_floor: 1.0e-5, rate: {{peer: 0.5}}, "
        f"confidence: {{peer: {CONFIDENCE}}}, encounters_per_human: {ENCOUNTERS}}}"
    )
    here = [
        run_to_end(build_society(update, humans=HUMANS, seed=seed))[:, 0].tolist() for seed in range(seeds)
    ]
    ours, others = count_effective_clusters(here), count_effective_clusters(theirs)
    size, chance, reason = monte_carlo_tolerance(ours, seeds, 0.0)
    return CheckRow(
        key,
        claim,
        (float(np.mean(others)),),
        (float(np.mean(ours)),),
        size,
        f"{reason}; NDlib's sd is {np.std(others, ddof=1):.3g}",
        "Rossetti2018",
        chance=chance,
    )
