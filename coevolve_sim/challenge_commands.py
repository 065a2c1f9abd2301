"""The commands of challenges: ``coevolve challenge``, ``leaderboard`` and ``check-policy``."""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from coevolve_sim.terminal import EXIT_POLICY, aside, said, told

if TYPE_CHECKING:
    import pandas as pd

    from coevolve_sim.assistants import NamedPolicy
    from coevolve_sim.challenges import Leaderboard

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


class Which(StrEnum):
    """The challenges."""

    follow = "follow"
    predict = "predict"
    coevolve = "coevolve"


PolicyName = Annotated[
    str,
    typer.Option(
        "--policy",
        "-p",
        help="A policy, as in lifelong,rate=0.5, or your own, as in mine.py:Stubborn (its file is run).",
    ),
]
HistoryName = Annotated[
    str, typer.Option("--history", "-H", help="gss-moral, planted:SHAPE, or a CSV or Parquet file.")
]
Horizon = Annotated[int, typer.Option(help="Eras that predict looks ahead.", min=1)]
Seed = Annotated[int, typer.Option(help="Of the people.", min=0)]
Humans = Annotated[int, typer.Option(help="People heard in an era.", min=1)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def challenge(
    what: Annotated[Which, typer.Argument(help="Which challenge.")],
    policy: PolicyName = "lifelong",
    history: HistoryName = "gss-moral",
    horizon: Horizon = 1,
    seed: Seed = 1,
    humans: Humans = 200,
    as_json: AsJson = False,
) -> None:
    """Put a policy to one of ProgressGym's challenges on a history, beside the reference lines."""
    from coevolve_sim.assistants import named
    from coevolve_sim.challenges import REFERENCES, Challenge, People, history_named, n_evaluations, scores

    chosen = named(policy)
    past = history_named(history)
    players = {chosen.name: chosen, "frozen": named("frozen")} | {name: name for name in REFERENCES}
    people = People(humans)
    taken = {
        name: scores(Challenge(what), player, past, horizon=horizon, people=people, seed=seed)
        for name, player in players.items()
    }
    n_scored = n_evaluations(Challenge(what), past, horizon)
    if as_json:
        shown = {name: {key: _plain(value) for key, value in found.items()} for name, found in taken.items()}
        content = {"challenge": what.value, "history": past.name, "evaluations": n_scored, "scores": shown}
        said.print_json(json.dumps(content))
        return
    said.print(f"{what.value}, {past.name}: {past.n_eras} eras, {n_scored} evaluations", soft_wrap=True)
    table = Table(box=None, header_style="bold")
    table.add_column("player")
    for measure in taken[chosen.name]:
        table.add_column(measure, justify="right")
    for name, found in taken.items():
        table.add_row(name, *("-" if value != value else f"{value:.4f}" for value in found.values()))  # noqa: PLR0124
    said.print(table)


def leaderboard(
    policy: Annotated[
        list[str] | None,
        typer.Option("--policy", "-p", help="A policy; repeatable. All of ours if not given."),
    ] = None,
    history: Annotated[
        list[str] | None,
        typer.Option("--history", "-H", help="A history; repeatable. Two planted and GSS if not given."),
    ] = None,
    replications: Annotated[int, typer.Option("--replications", "-n", help="Samples of people.", min=2)] = 20,
    horizon: Horizon = 1,
    seed: Seed = 1,
    humans: Humans = 200,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write into.")] = Path(
        "results/leaderboard"
    ),
    as_json: AsJson = False,
) -> None:
    """Rank policies on all three challenges; write CSV, Markdown and a figure."""
    from coevolve_sim import challenges
    from coevolve_sim.assistants import named
    from coevolve_sim.challenges.writing import write

    policies = [named(text) for text in policy or ALL_POLICIES]
    histories = [challenges.history_named(text) for text in history or ALL_HISTORIES]
    with aside.status("Playing") as status:
        board = challenges.leaderboard(
            policies,
            histories,
            replications,
            seed,
            horizon=horizon,
            people=challenges.People(humans),
            progress=lambda what: status.update(f"Playing {what}"),
        )
    forecasts = _forecasts(policies) if any(past.name == "gss-moral" for past in histories) else None
    written = write(board, out, forecasts)
    if as_json:
        rows = json.loads(board.table.to_json(orient="records"))
        said.print_json(json.dumps({"table": rows, "files": [str(path) for path in written]}))
        return
    _print_board(board)
    for path in written:
        said.print(str(path), soft_wrap=True)


def _forecasts(policies: list[NamedPolicy]) -> pd.DataFrame:
    from pandas import concat

    from coevolve_sim.challenges import ORIGINS, forecast_errors

    return concat([forecast_errors(policies, *task) for task in ORIGINS], ignore_index=True)


def _print_board(board: Leaderboard) -> None:
    from coevolve_sim.challenges.writing import measures_of, place

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
                cells += [number, place(row["best"], row["worst"])]
            table.add_row(player, *cells)
        said.print(table)


def check_policy(
    policy: Annotated[
        str,
        typer.Argument(
            metavar="POLICY", help="FILE.py:NAME of your own (the file is run), or one of ours; ,KEY=VALUE."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Check that a policy does what every policy must: the suite that ours pass too."""
    from coevolve_sim.assistants import check_policy as checked

    verdicts = checked(policy)
    if as_json:
        said.print_json(json.dumps([vars(verdict) for verdict in verdicts]))
    for verdict in [] if as_json else verdicts:
        said.print(f"{'ok    ' if verdict.passed else 'FAILED'}  {verdict.check}", soft_wrap=True)
        if verdict.said:
            said.print(f"        {verdict.said}", soft_wrap=True)
    if not all(verdict.passed for verdict in verdicts):
        raise typer.Exit(EXIT_POLICY)


def _plain(value: float) -> float | None:
    return None if value != value else value  # noqa: PLR0124 - nan


COMMANDS: dict[str, Callable[..., None]] = {
    "challenge": challenge,
    "leaderboard": leaderboard,
    "check-policy": check_policy,
}


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    for name, command in COMMANDS.items():
        app.command(name)(told(command))
