"""Train the two-stage judge on cases of known truth: ``python -m phantom.judge --seed 1 --out FOLDER``.

It does what ``coevolve train-judge`` does with cases of one's own, here with cases of the phantom's grammar;
the numbers in docs/learning.md are from it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from coevolve_sim.assistants.training import (
    DpoSettings,
    JudgeRecipe,
    JudgeReport,
    SftSettings,
    train_judge,
)
from coevolve_sim.errors import CoevolveError
from coevolve_sim.minds.embedded import MODEL
from phantom.judge_practice import practice_cases

MEASURED = (1400, 1500, 200)
"""Numbers of examples, practice cases and held-out cases behind the documented results."""
QUICK = (8, 6, 4)
"""For tests: everything runs, but nothing is learnt."""

RECIPE = JudgeRecipe(max_tokens=40)
QUICK_RECIPE = JudgeRecipe(SftSettings(batch=8), DpoSettings(batch=8), max_tokens=40)


def train_phantom_judge(
    out: str | Path, seed: int = 1, *, model: str | Path = MODEL, is_quick: bool = False
) -> JudgeReport:
    """Train a judge on cases of the phantom's grammar and measure it.

    Parameters
    ----------
    out : str or Path
        Gets the adapters ``stage1`` and ``stage2``, and ``judge.json``.
    seed : int
        Of cases, weights and order.
    model : str or Path
        Folder of the model; the embedded one unless given.
    is_quick : bool
        Whether a few cases are enough, to see that it runs.

    Raises
    ------
    TrainingError, MindError
        As for `coevolve_sim.assistants.training.train_judge`.
    """
    cases = practice_cases(seed, *(QUICK if is_quick else MEASURED))
    return train_judge(cases, model, out, seed=seed, recipe=QUICK_RECIPE if is_quick else RECIPE)


def main(arguments: list[str] | None = None) -> None:
    """Run the command: train, and show the table."""
    parser = argparse.ArgumentParser(
        prog="python -m phantom.judge", description="Train a judge in two stages."
    )
    parser.add_argument("--seed", type=int, default=1, help="of cases, weights and order (default 1)")
    parser.add_argument("--out", type=Path, required=True, help="folder for both adapters and judge.json")
    parser.add_argument(
        "--base", type=Path, default=MODEL, help="folder of the model (default: the embedded one)"
    )
    parser.add_argument("--quick", action="store_true", help="a few cases only, to see that it runs")
    given = parser.parse_args(arguments)
    try:
        report = train_phantom_judge(given.out, given.seed, model=given.base, is_quick=given.quick)
    except CoevolveError as error:
        parser.exit(1, f"{error}\n")
    sys.stdout.write(report.table() + "\n")


if __name__ == "__main__":
    main()
