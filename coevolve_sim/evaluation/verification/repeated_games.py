"""Checks of repeated games: what scripted players earn, which follows by counting."""

from __future__ import annotations

from coevolve_sim.evaluation.verification.rows import CheckRow
from coevolve_sim.rules.games import Game, find_game, play

EXACT = "sums of whole numbers"


def scripted_players(*, quick: bool) -> list[CheckRow]:
    """Check what scripted players earn in the prisoner's dilemma and the battle of the sexes."""
    del quick
    dilemma, sexes = find_game("prisoners_dilemma"), find_game("battle_of_sexes")
    return [
        CheckRow(
            "games_dilemma",
            "Prisoner's dilemma 8/8, 0/10, 10/0, 5/5, points of both: grim and a defection in round 1 of 10; "
            "tit for tat twice in 20; with the suspicious one in 20; with a defection in round 1 of 10",
            (90.0, 10.0, 160.0, 160.0, 100.0, 100.0, 74.0, 74.0),
            (
                *_earn(dilemma, "grim", "defect_once", 10),
                *_earn(dilemma, "tit_for_tat", "tit_for_tat", 20),
                *_earn(dilemma, "tit_for_tat", "suspicious_tit_for_tat", 20),
                *_earn(dilemma, "tit_for_tat", "defect_once", 10),
            ),
            0.0,
            EXACT,
            "Akata2025",
        ),
        CheckRow(
            "games_sexes",
            "Battle of the sexes 10/7, 7/10, else 0, 10 rounds, points of both: always j and an alternator; "
            "two alternators in phase",
            (50.0, 35.0, 85.0, 85.0),
            (*_earn(sexes, "always_j", "alternator", 10), *_earn(sexes, "alternator", "alternator", 10)),
            0.0,
            EXACT,
            "Akata2025",
        ),
    ]


def _earn(game: Game, first: str, second: str, rounds: int) -> tuple[float, float]:
    return play(game, game.find_partner(first), game.find_partner(second), rounds).points
