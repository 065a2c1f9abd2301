"""The command that trains a mind's weights: ``coevolve train-judge``."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coevolve_sim.cli.console import (
    AsJson,
    ProgressDisplay,
    interruptible,
    jsonable,
    said,
    show_progress,
    with_errors_in_words,
)

if TYPE_CHECKING:
    from coevolve_sim.assistants.training import JudgeRecipe
    from coevolve_sim.assistants.training.judge_training import StepProgress


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    app.command("train-judge")(train_judge)


@with_errors_in_words
def train_judge(
    cases: Annotated[
        Path,
        typer.Argument(
            metavar="CASES",
            help="CSV or JSONL file: rubric, topic, text_a, text_b, verdict (A or B), and reason and close.",
        ),
    ],
    model: Annotated[str, typer.Option("--model", help="embedded, a folder, or a name on the Hub.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for both adapters and judge.json, of its own.")
    ],
    seed: Annotated[int, typer.Option(help="Of which case is for what, of weights and order.", min=0)] = 1,
    held_out: Annotated[
        int | None, typer.Option("--held-out", help="Cases that only measure; a fifth if not given.", min=1)
    ] = None,
    practice: Annotated[
        int | None,
        typer.Option(help="Cases whose failures are learnt from; half of the others if not given.", min=1),
    ] = None,
    epochs: Annotated[int, typer.Option(help="Times that the examples are seen.", min=1)] = 1,
    learning_rate: Annotated[
        float, typer.Option("--learning-rate", help="Of the first stage, by examples.")
    ] = 5e-3,
    second_rate: Annotated[
        float, typer.Option("--second-rate", help="Of the second stage, by failures.")
    ] = 1e-3,
    max_tokens: Annotated[
        int, typer.Option("--max-tokens", help="Of a reason and its verdict.", min=1)
    ] = 120,
    dtype: Annotated[str, typer.Option(help="Of the weights: auto, float32, bfloat16, float16.")] = "float32",
    device: Annotated[str, typer.Option(help="auto, cpu, cuda.")] = "auto",
    as_json: AsJson = False,
) -> None:
    """Train a judge in two stages on cases of your own: by right verdicts, then by its own failures."""
    from coevolve_sim.assistants import training

    parts = training.split_judge_cases(
        training.read_judge_cases(cases), seed, held_out=held_out, practice=practice
    )
    recipe = _recipe(epochs, learning_rate, second_rate, max_tokens, dtype, device)
    with interruptible(f"What {out} held is as it was."), show_progress("Opening the model") as shown:
        report = training.train_judge(
            parts, _folder(model), out, seed=seed, recipe=recipe, progress=_show_training(shown)
        )
    if as_json:
        said.print_json(json.dumps(jsonable(asdict(report) | {"folder": str(out)})))
        return
    said.print(
        f"{len(parts.examples):,} examples, {len(parts.practice):,} cases to practise on, "
        f"{len(parts.held_out):,} held out"
    )
    said.print(report.table())
    said.print(str(out), soft_wrap=True)


def _recipe(
    epochs: int, learning_rate: float, second_rate: float, max_tokens: int, dtype: str, device: str
) -> JudgeRecipe:
    """Return the recipe with the changes given on the command line."""
    from coevolve_sim.assistants.training import JudgeRecipe

    usual = JudgeRecipe()
    return JudgeRecipe(
        replace(usual.first, epochs=epochs, learning_rate=learning_rate, dtype=dtype, device=device),
        replace(usual.second, learning_rate=second_rate, dtype=dtype, device=device),
        max_tokens,
    )


def _folder(model: str) -> str | Path:
    from coevolve_sim.minds.embedded import MODEL

    return MODEL if model == "embedded" else model


def _show_training(shown: ProgressDisplay) -> StepProgress:
    """Return a function that shows the present step of training and its progress."""

    def show(what: str, done: int, total: int) -> None:
        shown.show_task(what)
        shown.show_rounds(done, total)

    return show
