"""Commands that train a mind's weights: ``coevolve train-judge`` and ``coevolve voices train``."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from coevolve_sim.cli.console import (
    AsJson,
    ProgressDisplay,
    interruptible,
    jsonable,
    said,
    show_progress,
    with_errors_in_words,
)
from coevolve_sim.cli.mind_commands import Device

if TYPE_CHECKING:
    from coevolve_sim.assistants.training import JudgeRecipe
    from coevolve_sim.assistants.training.dated_voices import VoicesReport
    from coevolve_sim.assistants.training.judge_training import StepProgress


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    app.command("train-judge")(train_judge)
    voices = typer.Typer(
        name="voices", help="Voices of a mind, trained on texts of their time.", no_args_is_help=True
    )
    voices.command("train")(train_voices)
    app.add_typer(voices)


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
    device: Device = "auto",
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


@with_errors_in_words
def train_voices(
    texts: Annotated[
        Path,
        typer.Option(
            "--texts",
            metavar="INDEX.csv",
            help="CSV file with the columns file, century, author; files lie beside it, plain or .gz.",
        ),
    ],
    base: Annotated[str, typer.Option("--base", help="embedded, smollm2, a folder, or a name on the Hub.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for the voices; what is there already is kept.")
    ],
    centuries: Annotated[
        str | None, typer.Option(help="Which, as in C015..C018 or C016,C019; all if not given.")
    ] = None,
    halves: Annotated[
        bool,
        typer.Option(
            "--halves",
            help="Two voices a century, a and b, of disjoint halves of its authors: the control.",
        ),
    ] = False,
    tokens: Annotated[int, typer.Option(help="That each voice learns from its texts.", min=1)] = 45_000,
    rehearsal: Annotated[
        float,
        typer.Option(
            help="Tokens of the base's own answers to everyday requests, as a share of --tokens.",
            min=0.0,
            max=1.0,
        ),
    ] = 0.1,
    measured_tokens: Annotated[
        int, typer.Option("--measured-tokens", help="Of each set of held-out authors.", min=1)
    ] = 2_048,
    block: Annotated[int, typer.Option(help="Most tokens of a block of text.", min=8)] = 256,
    seed: Annotated[int, typer.Option(help="Of weights, order, and which blocks are drawn.", min=0)] = 0,
    learning_rate: Annotated[float, typer.Option("--learning-rate", help="The highest.")] = 3e-3,
    rank: Annotated[int, typer.Option(help="Of the adapters.", min=1)] = 8,
    batch: Annotated[int, typer.Option(help="Blocks of one update.", min=1)] = 4,
    dtype: Annotated[
        str, typer.Option(help="Of the base's weights: float32, bfloat16 (faster), float16, auto.")
    ] = "float32",
    device: Device = "auto",
    threads: Annotated[
        int, typer.Option(help="Of a CPU; on one, the same voices come out bit for bit.", min=1)
    ] = 1,
    as_json: AsJson = False,
) -> None:
    """Train a voice of each century on its texts, and say how well each tells authors it did not learn from.

    A voice is an adapter: `coevolve elicit --mind BASE --voice C016=FOLDER/C016 --eras C016` and a group's
    `voice` in a scenario use it. Interrupted, it goes on where it was.
    """
    from coevolve_sim.assistants.training import dated_voices
    from coevolve_sim.cli.mind_names import parse_eras

    settings = dated_voices.VoiceSettings(
        learning_rate=learning_rate,
        batch=batch,
        rank=rank,
        seed=seed,
        dtype=dtype,
        device=device,
        n_threads=threads,
        tokens=tokens,
        block=block,
        rehearsal=rehearsal,
        measured_tokens=measured_tokens,
    )
    with (
        interruptible(f"What is done is kept in {out}; the same command goes on."),
        show_progress("Opening the model") as shown,
    ):
        report = dated_voices.train_voices(
            texts,
            _folder(base),
            out,
            centuries=parse_eras(centuries) or None,
            halves=halves,
            settings=settings,
            progress=_show_training(shown),
        )
    if as_json:
        said.print_json(json.dumps(jsonable(asdict(report) | {"diagonal_wins": report.diagonal_wins})))
        return
    _print_voices(report)


def _print_voices(report: VoicesReport) -> None:
    """Print what each voice learnt from, and which voice tells each set of held-out authors best."""
    learnt = Table(box=None, header_style="bold")
    for column in ("voice", "learnt from", "held out"):
        learnt.add_column(column)
    learnt.add_column("tokens", justify="right")
    for one in report.voices:
        learnt.add_row(one.name, "; ".join(one.authors), "; ".join(one.held_out), f"{one.tokens:,}")
    said.print(learnt)
    told = Table(box=None, header_style="bold")
    for column in ("held out of", "told best by", "own century ahead by, nats a token"):
        told.add_column(column)
    for found in report.diagonals:
        lead = f"{found.margin:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"
        told.add_row(found.texts.name, found.best, lead)
    said.print(told)
    said.print(f"\n{report.verdict[:1].upper()}{report.verdict[1:]}.", soft_wrap=True)
    said.print(str(report.perplexity), soft_wrap=True)
