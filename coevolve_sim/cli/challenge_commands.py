"""The commands of challenges: ``coevolve challenge`` and ``leaderboard``."""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from coevolve_sim.cli.challenge_setup import ChallengeOptions, set_up_challenge
from coevolve_sim.cli.console import said, with_errors_in_words

if TYPE_CHECKING:
    import pandas as pd

    from coevolve_sim.assistants.policies import NamedPolicy
    from coevolve_sim.evaluation.challenges import Leaderboard
    from coevolve_sim.evaluation.challenges.challenge_protocol import Player

ALL_POLICIES = (
    "lifelong",
    "independent",
    "mean",
    "median",
    "borda",
    "extrapolative",
    "extrapolative,order=2",
    "logit_trend",
    "damped",
    "role",
    "moral_graph",
)
ALL_HISTORIES = ("planted:linear", "planted:reversal", "gss-moral")


class ChallengeName(StrEnum):
    """The challenges."""

    follow = "follow"
    predict = "predict"
    coevolve = "coevolve"


PolicyName = Annotated[
    str,
    typer.Option(
        "--policy",
        "-p",
        help="A policy, as in lifelong,rate=0.5, or your own, as in mine.py:Stubborn (its file is run); with "
        "--mind also dpo, lifelong_dpo and extrapolative_dpo, whose weights learn.",
    ),
]
HistoryName = Annotated[
    str | None,
    typer.Option(
        "--history",
        "-H",
        help="gss-moral (if none is given), planted:SHAPE, or a CSV or Parquet file.",
    ),
]
MindName = Annotated[
    str | None,
    typer.Option(
        "--mind",
        help="Play in words, with embedded, a folder, a Hub name or http://HOST:PORT/v1#MODEL.",
    ),
]
Eras = Annotated[
    str | None,
    typer.Option(help="With --mind: its voices in the order of time, as in C013..C021; all if not given."),
]
Space = Annotated[str, typer.Option(help="With --mind: the value space; see `coevolve list spaces`.")]
Voices = Annotated[
    list[str] | None,
    typer.Option(
        "--voice",
        metavar="NAME=FOLDER",
        help="With --mind: an adapter as a voice of this name; of a server NAME=MODEL; repeatable.",
    ),
]
Pairs = Annotated[
    int, typer.Option(help="With --mind: pairs of texts on each topic, for weights to learn from.", min=1)
]
Dtype = Annotated[str, typer.Option(help="With --mind: of the weights: auto, float32, bfloat16, float16.")]
Device = Annotated[str, typer.Option(help="With --mind: auto, cpu, cuda.")]
Horizon = Annotated[int, typer.Option(help="Eras that predict looks ahead.", min=1)]
Seed = Annotated[int, typer.Option(help="Of the people.", min=0)]
Humans = Annotated[
    int | None,
    typer.Option(help="People heard in an era; 200 if not given, in words as many as personas: 24.", min=1),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def challenge(
    what: Annotated[ChallengeName, typer.Argument(help="Which challenge.")],
    policy: PolicyName = "lifelong",
    history: HistoryName = None,
    horizon: Horizon = 1,
    seed: Seed = 1,
    humans: Humans = None,
    mind: MindName = None,
    eras: Eras = None,
    space: Space = "moral-foundations",
    voices: Voices = None,
    pairs: Pairs = 12,
    dtype: Dtype = "auto",
    device: Device = "auto",
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="With --mind: folder for replies, eras and adapters."),
    ] = Path("results/challenge"),
    as_json: AsJson = False,
) -> None:
    """Put a policy to one of ProgressGym's challenges, in numbers or in words, beside the reference lines."""
    from coevolve_sim.assistants.policies import parse_policy
    from coevolve_sim.evaluation import challenges

    which = challenges.Challenge(what)
    asked = ChallengeOptions(mind, eras, space, voices, pairs, dtype, device, humans, seed, out)
    with set_up_challenge(asked, [policy], [] if history is None else [history]) as laid:
        past, chosen = laid.histories[0], laid.players[0]
        players: dict[str, Player] = {
            player.name: player for player in (*laid.players, parse_policy("frozen"))
        }
        players |= {name: name for name in challenges.REFERENCES}
        taken = {
            name: challenges.scores(which, player, past, horizon=horizon, people=laid.people, seed=seed)
            for name, player in players.items()
        }
        ends, written = laid.ends(), laid.write(out)
    n_scored = challenges.n_evaluations(which, past, horizon)
    if as_json:
        shown = {name: {key: _plain(value) for key, value in found.items()} for name, found in taken.items()}
        content = {"challenge": what.value, "history": past.name, "evaluations": n_scored, "scores": shown}
        more = {"messages": ends, "files": [str(path) for path in written]} if mind else {}
        said.print_json(json.dumps(content | more))
        return
    said.print(f"{what.value}, {past.name}: {past.n_eras} eras, {n_scored} evaluations", soft_wrap=True)
    table = Table(box=None, header_style="bold")
    table.add_column("player")
    for measure in taken[chosen.name]:
        table.add_column(measure, justify="right")
    for name, found in taken.items():
        table.add_row(name, *("-" if value != value else f"{value:.4f}" for value in found.values()))  # noqa: PLR0124
    said.print(table)
    _print_ends(ends, written)


def leaderboard(
    policy: Annotated[
        list[str] | None,
        typer.Option(
            "--policy",
            "-p",
            help="A policy; repeatable. If not given, all of ours; with --mind also those of weights.",
        ),
    ] = None,
    history: Annotated[
        list[str] | None,
        typer.Option("--history", "-H", help="A history; repeatable. Two planted and GSS if not given."),
    ] = None,
    mind: MindName = None,
    eras: Eras = None,
    space: Space = "moral-foundations",
    voices: Voices = None,
    pairs: Pairs = 12,
    dtype: Dtype = "auto",
    device: Device = "auto",
    replications: Annotated[int, typer.Option("--replications", "-n", help="Samples of people.", min=2)] = 20,
    horizon: Horizon = 1,
    seed: Seed = 1,
    humans: Humans = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write into.")] = Path(
        "results/leaderboard"
    ),
    as_json: AsJson = False,
) -> None:
    """Rank policies on all three challenges; write CSV, Markdown and a figure."""
    from coevolve_sim.evaluation import challenges
    from coevolve_sim.evaluation.challenges.files import write

    asked = ChallengeOptions(mind, eras, space, voices, pairs, dtype, device, humans, seed, out / "in_words")
    with set_up_challenge(asked, policy or [], history or [], ALL_HISTORIES, ALL_POLICIES) as laid:
        board = challenges.leaderboard(
            laid.players,
            laid.histories,
            replications,
            seed,
            horizon=horizon,
            people=laid.people,
            progress=laid.playing,
        )
        ends, of_weights = laid.ends(), laid.write(out)
    real = any(past.name == "gss-moral" for past in laid.histories)
    written = [*write(board, out, _forecasts(laid.policies) if real else None), *of_weights]
    if as_json:
        rows = json.loads(board.table.to_json(orient="records"))
        said.print_json(json.dumps({"table": rows, "files": [str(path) for path in written]}))
        return
    _print_board(board)
    _print_ends(ends, written)


def _print_ends(ends: dict[str, dict[str, int]], written: list[Path]) -> None:
    whose = {"era": "people of the eras", "human": "the simulated human", "assistant": "assistants"}
    for who, found in ends.items():
        counts = ", ".join(f"{count:,} {status}" for status, count in found.items())
        said.print(f"Messages of {whose[who]}: {counts}", soft_wrap=True)
    for path in written:
        said.print(str(path), soft_wrap=True)


def _forecasts(policies: list[NamedPolicy]) -> pd.DataFrame:
    from pandas import concat

    from coevolve_sim.evaluation.challenges import ORIGINS, forecast_errors

    return concat([forecast_errors(policies, *task) for task in ORIGINS], ignore_index=True)


def _print_board(board: Leaderboard) -> None:
    from coevolve_sim.evaluation.challenges.files import format_place, measures_of

    chosen = [m for m in measures_of(board) if m.endswith("_rmse")]
    for history in dict.fromkeys(board.table["history"]):
        table = Table(box=None, header_style="bold", title=history, title_justify="left")
        table.add_column("player")
        for measure in chosen:
            table.add_column(measure, justify="right")
            table.add_column("place")
        rows = {measure: board.of(history, measure).set_index("player") for measure in chosen}
        for player in rows[chosen[0]].index:
            cells = []
            for measure in chosen:
                row = rows[measure].loc[player]
                number = "-" if row["mean"] != row["mean"] else f"{row['mean']:.4f}"
                cells += [number, format_place(row["best"], row["worst"])]
            table.add_row(player, *cells)
        said.print(table)


def _plain(value: float) -> float | None:
    return None if value != value else value  # noqa: PLR0124 - nan


COMMANDS: dict[str, Callable[..., None]] = {
    "challenge": challenge,
    "leaderboard": leaderboard,
}


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    for name, command in COMMANDS.items():
        app.command(name)(with_errors_in_words(command))
