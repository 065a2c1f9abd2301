"""The commands of challenges: ``coevolve challenge`` and ``leaderboard``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from coevolve_sim.cli.challenge_setup import ChallengeOptions, set_up_challenge
from coevolve_sim.cli.console import said, with_errors_in_words
from coevolve_sim.errors import PolicyError

if TYPE_CHECKING:
    from coevolve_sim.assistants.policies import NamedPolicy
    from coevolve_sim.evaluation.challenges import Forecasts, Leaderboard, Order
    from coevolve_sim.evaluation.challenges.challenge_protocol import Player
    from coevolve_sim.values.histories import History

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


class OrderName(StrEnum):
    """The orders of the doses in coevolve."""

    progressgym = "progressgym"
    history_last = "history-last"


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
Horizon = Annotated[
    int, typer.Option(help="Eras that predict looks ahead; a policy's own horizon counts eras too.", min=1)
]
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
    order: Annotated[
        OrderName | None,
        typer.Option(
            help="In coevolve, of the doses in an era: progressgym (history's, then two of the assistant; if "
            "not given) or history-last.",
        ),
    ] = None,
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
    """Put a policy, as it is named, to one of ProgressGym's challenges, beside the reference lines.

    One play with one sample of people: it has no interval. `coevolve leaderboard` has.
    """
    from coevolve_sim.assistants.policies import parse_policy
    from coevolve_sim.evaluation import challenges

    which = challenges.Challenge(what)
    if order is not None and which is not challenges.Challenge.coevolve:
        raise PolicyError(f"--order {order.value} is of the doses in coevolve; in {what.value} leave it out")
    doses = challenges.Order(order.value) if order else challenges.Order.PROGRESSGYM
    asked = ChallengeOptions(mind, eras, space, voices, pairs, dtype, device, humans, seed, out)
    with set_up_challenge(asked, [policy], [] if history is None else [history]) as laid:
        past, chosen = laid.histories[0], laid.players[0]
        players: dict[str, Player] = {
            player.name: player for player in (*laid.players, parse_policy("frozen"))
        }
        players |= {name: name for name in challenges.REFERENCES}
        taken = {
            name: challenges.scores(
                which, player, past, horizon=horizon, people=laid.people, seed=seed, order=doses
            )
            for name, player in players.items()
        }
        ends, written = laid.ends(), laid.write(out)
    n_scored = challenges.n_evaluations(which, past, horizon)
    of_coevolve = which is challenges.Challenge.coevolve
    if as_json:
        shown = {name: {key: _plain(value) for key, value in found.items()} for name, found in taken.items()}
        content = {"challenge": what.value, "history": past.name, "evaluations": n_scored, "scores": shown}
        content |= {"order": str(doses)} if of_coevolve else {}
        more = {"messages": ends, "files": [str(path) for path in written]} if mind else {}
        said.print_json(json.dumps(content | more))
        return
    heading = f"{what.value}, {past.name}: {past.n_eras} eras, {n_scored} evaluations"
    said.print(heading + (f", order {doses}" if of_coevolve else ""), soft_wrap=True)
    table = Table(box=None, header_style="bold")
    table.add_column("player")
    for measure in taken[chosen.name]:
        table.add_column(measure.removeprefix("coevolve_").replace("_", " "), justify="right")
    for name, found in taken.items():
        table.add_row(name, *("-" if value != value else f"{value:.4f}" for value in found.values()))  # noqa: PLR0124
    said.print(table)
    for note in _notes_on_play(past, doses if of_coevolve else None):
        said.print(note)
    _print_ends(ends, written)


def _notes_on_play(past: History, doses: Order | None) -> Iterator[str]:
    """Yield what is to be known of the scores of one play; of doses, if it was one of coevolve."""
    from coevolve_sim.evaluation.challenges.challenge_protocol import Order
    from coevolve_sim.evaluation.challenges.leaderboard_text import ARITHMETIC, BLIND
    from coevolve_sim.evaluation.challenges.surveyed import describe_scored_cells

    if doses is not None:
        yield "share: of history's way, 1 being all of it; across: what people moved beside it. " + BLIND
    if doses is Order.PROGRESSGYM:
        yield ARITHMETIC.replace("*", "")
    if told := describe_scored_cells(past):
        yield told


def leaderboard(
    policy: Annotated[
        list[str] | None,
        typer.Option(
            "--policy",
            "-p",
            help="A policy; repeatable. If not given, all of ours; with --mind also those of weights. A kind "
            "named alone is tuned (see --tune), one with parameters plays as named.",
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
    order: Annotated[
        OrderName | None,
        typer.Option(help="Of the doses in coevolve: progressgym or history-last; both if not given."),
    ] = None,
    tune: Annotated[
        bool | None,
        typer.Option(
            "--tune/--no-tune",
            help="Whether a kind named alone plays at the setting of a small grid that had the smallest "
            "error on other seeds, or at its default. If not given: in numbers it does, in words, where it "
            "would cost many messages, it does not.",
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write into.")] = Path(
        "results/leaderboard"
    ),
    as_json: AsJson = False,
) -> None:
    """Rank policies on all three challenges; write CSV, Markdown and a figure.

    Coevolve is played in both orders of doses. Places are shared unless a paired t test, corrected for all
    pairs, tells two policies apart: with few replications most are.
    """
    from coevolve_sim.evaluation import challenges
    from coevolve_sim.evaluation.challenges.files import write

    asked = ChallengeOptions(mind, eras, space, voices, pairs, dtype, device, humans, seed, out / "in_words")
    orders = [challenges.Order(order.value)] if order else list(challenges.Order)
    tunes = mind is None if tune is None else tune
    usual = [text for text in ALL_POLICIES if not (tunes and "," in text)]
    with set_up_challenge(asked, policy or [], history or [], ALL_HISTORIES, usual) as laid:
        board = challenges.leaderboard(
            laid.players,
            laid.histories,
            replications,
            seed,
            horizon=horizon,
            people=laid.people,
            orders=orders,
            tune=tunes,
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


def _forecasts(policies: list[NamedPolicy]) -> Forecasts:
    from coevolve_sim.evaluation.challenges import forecast_survey

    return forecast_survey(policies)


def _print_board(board: Leaderboard) -> None:
    from coevolve_sim.evaluation.challenges.leaderboard_text import (
        column_title,
        history_rows,
        reading_notes,
        short_columns_of,
    )

    columns = short_columns_of(board)
    for history in dict.fromkeys(board.table["history"]):
        table = Table(box=None, header_style="bold", title=history, title_justify="left")
        table.add_column("player")
        for column in columns:
            table.add_column(column_title(column), justify="right")
        for name, cells in history_rows(board, history, columns, digits=3):
            table.add_row(name, *cells)
        said.print(table)
    for note in reading_notes(board):
        said.print(note.replace("*", "").replace("`", ""))


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
