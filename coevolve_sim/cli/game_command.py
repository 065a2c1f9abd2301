"""The command by which a mind plays repeated games with scripted partners: ``coevolve games``."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from coevolve_sim.cli.console import (
    AsJson,
    interruptible,
    jsonable,
    said,
    show_progress,
    with_errors_in_words,
)
from coevolve_sim.cli.mind_commands import AtMostUnanswered, Device, Dtype, VoicesOfAMind

if TYPE_CHECKING:
    from coevolve_sim.language.elicitation.game_choices import Decisions, GameAnswers, PlayedGame
    from coevolve_sim.rules.games import Game


def register(app: typer.Typer) -> None:
    """Add the command of this module to the command line."""
    app.command("games")(games)


@with_errors_in_words
def games(
    mind: Annotated[str, typer.Option("--mind", help="The mind that plays, named as for elicit.")],
    partner: Annotated[
        str | None,
        typer.Option(help="Names of scripted partners, with commas; every one of the game if not given."),
    ] = None,
    game: Annotated[str, typer.Option(help="prisoners_dilemma or battle_of_sexes.")] = "prisoners_dilemma",
    rounds: Annotated[int, typer.Option(help="Rounds with each partner.", min=1)] = 10,
    predict_first: Annotated[
        bool, typer.Option("--predict-first", help="Ask what the partner will do, then for the move.")
    ] = False,
    voices: VoicesOfAMind = None,
    dtype: Dtype = "auto",
    device: Device = "auto",
    at_most_unanswered: AtMostUnanswered = 0.2,
    as_json: AsJson = False,
) -> None:
    """Let a mind play repeated games with scripted partners, and score what it does.

    Exit code 10: more was left unanswered than --at-most-unanswered allows.
    """
    from coevolve_sim.cli import mind_names
    from coevolve_sim.language.elicitation.game_choices import play_games
    from coevolve_sim.rules.games import find_game

    played = find_game(game)
    names = [name.strip() for name in partner.split(",")] if partner else [*played.partners]
    for name in names:  # a wrong name is found before a mind is opened
        played.find_partner(name)
    with (
        interruptible(),
        show_progress("Requests") as shown,
        mind_names.one_mind(mind, voices, dtype=dtype, device=device) as (opened, voice),
    ):
        answers = play_games(
            opened,
            played,
            names,
            rounds,
            predict_first=predict_first,
            voice=voice,
            progress=shown.show_rounds,
            at_most_unanswered=at_most_unanswered,
        )
    about, rows = _about(answers), [_row(one) for one in answers.games]
    if as_json:
        said.print_json(json.dumps(jsonable({"game": game, "about": about, "matches": rows})))
        return
    said.print(f"{game}, {rounds} rounds with each partner.", soft_wrap=True)
    for line in about.values():
        said.print(line, soft_wrap=True)
    said.print(_as_table(rows))
    like = [f"{row['partner']}: {', '.join(row['moves_like']) or 'none'}" for row in rows]
    said.print(
        f"Scripted players that would have moved alike, by partner. {'; '.join(like)}.", soft_wrap=True
    )


def _row(one: PlayedGame) -> dict[str, Any]:
    """Return all that is told of one match; of cooperation only where the game has it."""
    from coevolve_sim.measures import games as measures
    from coevolve_sim.rules.games import find_like_players

    match, moves = one.match, one.match.moves
    row: dict[str, Any] = {
        "partner": one.partner,
        "rounds": len(moves),
        "void": match.void,
        "points": match.points[0],
        "partner_points": match.points[1],
        "share_of_maximum": float(measures.share_of_maximum(match.game.payoffs, moves)[0]),
        "coordination": measures.coordination(moves),
        "order_consistency": one.consistency,
        "moves_like": list(find_like_players(match)),
        "own": _decisions(one.own, match.game),
        "moves": _name_moves(moves[:, 0].tolist(), match.game),
        "partner_moves": _name_moves(moves[:, 1].tolist(), match.game),
    }
    if match.game.has_cooperation:
        row["cooperation"] = float(measures.cooperation(moves)[0])
        row["unforgivingness"] = float(measures.unforgivingness(moves)[0])
    if one.predicted is not None:
        row["predicted_right"] = one.predicted_right
        row["predicted"] = _decisions(one.predicted, match.game)
    return row


def _decisions(decided: Decisions, game: Game) -> dict[str, Any]:
    return {
        f"probability_of_{game.moves[0]}": decided.shares.tolist(),
        "alike_in_both_orders": [None if math.isnan(x) else bool(x) for x in decided.alike.tolist()],
        "likelier": _name_moves(decided.moves.tolist(), game),
    }


def _name_moves(moves: Iterable[float], game: Game) -> list[str | None]:
    return [game.moves[int(move)] if move >= 0 else None for move in moves]


_COLUMNS: Mapping[str, tuple[str, str]] = {
    "share_of_maximum": ("max", "{:.2f}"),
    "cooperation": ("coop.", "{:.2f}"),
    "coordination": ("coord.", "{:.2f}"),
    "unforgivingness": ("unforg.", "{:+.2f}"),
    "predicted_right": ("right", "{:.2f}"),
    "order_consistency": ("orders", "{:.2f}"),
    "void": ("void", "{:g}"),
}
"""Columns of the table, how each is headed, and how its numbers are written; what a row lacks is left out."""


def _as_table(rows: list[dict[str, Any]]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, collapse_padding=True)
    table.add_column("partner", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    there = [name for name in _COLUMNS if name in rows[0]]
    for name in there:
        table.add_column(_COLUMNS[name][0], justify="right", no_wrap=True)
    for row in rows:
        cells = [_cell(row[name], _COLUMNS[name][1]) for name in there]
        points = "/".join(_cell(row[name], "{:g}") for name in ("points", "partner_points"))
        table.add_row(row["partner"], points, *cells)
    return table


def _cell(value: float, form: str) -> str:
    return "-" if math.isnan(value) else form.format(value)


def _about(answers: GameAnswers) -> dict[str, str]:
    """Return sentences on how far moves are choices."""
    from coevolve_sim.minds.option_mass import LEAST_MASS

    n_asked = sum(game.n_asked for game in answers.games)
    told = f"{answers.answered:.0%} of {n_asked:,} decisions were answered in both orders of letters"
    if answers.answered:
        told += f", {answers.consistency:.0%} of them alike"
    about = {"answers": f"{told}."}
    if answers.mass_on_letters < LEAST_MASS:
        about["mass"] = (
            f"Letters hold {answers.mass_on_letters:.1%} of the probability of an answer: "
            "it would rather say something else."
        )
    if answers.verdict:
        about["verdict"] = f"Not to be read as choices: {answers.verdict}."
    return about
