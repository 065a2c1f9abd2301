"""Checks of repeated games: what scripted players and tied people earn, and where trust comes to rest."""

from __future__ import annotations

import numpy as np

from coevolve_sim.evaluation.verification.rows import CheckRow
from coevolve_sim.evaluation.verification.worlds import build_society, run_to_end
from coevolve_sim.networks.ties import from_edges
from coevolve_sim.rules.game_counts import GameCounts
from coevolve_sim.rules.games import Game, find_game, play
from coevolve_sim.rules.tied_games import LEAST_TRUST
from coevolve_sim.society.model import Society

EXACT = "sums of whole numbers"
RESTS = {0.7: 0.98990867, 0.2: 0.05086206}
"""Where trust comes to rest, by where it begins; solved apart from this package."""


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


# --- people who are tied -------------------------------------------------------------------------


def tied_people(*, quick: bool) -> list[CheckRow]:
    """Check what people earn who are tied and choose by trust, and where their trust comes to rest."""
    del quick
    tit_for_tat = "rounds: 20, temperature: 0.001, trust_rate: 1.0, alpha: {base: 0.5}, beta: {base: 0.1}"
    slowly = "rounds: 10, temperature: 0.001, trust_rate: 0.1, alpha: {slopes: {d0: 1.0}}, beta: {base: 0.1}"
    played = [
        *(_play_two(tit_for_tat, (0.5, 0.5), (1.0, second)) for second in (1.0, LEAST_TRUST)),
        _play_two(slowly, (0.5, 0.0), (1.0, 1.0)),
    ]
    return [
        CheckRow(
            "games_tied",
            "Two tied people play the dilemma, alpha = 0.5, beta = 0.1, hardly by chance: points of both "
            "together and decisions to cooperate. Trusting by the last round alone (trust_rate 1) is tit "
            "for tat: twice in 20 rounds, and with one who begins without trust. Trusting slowly (0.1), "
            "beside one of alpha 0: w gains 3 w - 2.5 (1 - w), and cooperates while w = 0.9^k is at "
            "least 5/11, in 8 of 10 rounds",
            (320.0, 40.0, 200.0, 20.0, 100.0, 8.0),
            tuple(number for counts in played for number in (counts.points, counts.cooperated)),
            0.0,
            EXACT,
            "Akata2025",
        ),
        CheckRow(
            "games_trust",
            "2,000 people on a ring play the dilemma, alpha = 0.6, beta = 0, temperature 0.6, trust_rate "
            "0.01: mean trust that begins at 0.7 and at 0.2 rests where it confirms itself, w = 1 / (1 + "
            "exp((2 - 4.8 w) / 0.6)), the logit equilibrium, of which there are two that attract",
            tuple(RESTS.values()),
            tuple(_rest(begin) for begin in RESTS),
            0.004,
            "trust follows chance by its rate, and responses to it are curved",
            "McKelvey1995",
        ),
    ]


def _play_two(games: str, values: tuple[float, float], trust: tuple[float, float]) -> GameCounts:
    """Return what two people with these values did who trust each other so far."""
    running = build_society(
        "{rule: weighted_hegselmann_krause, rate: {peer: 0.0}}",
        humans=2,
        network="{family: star}",
        more=f"games: {{every: 1, {games}}}",
        values=np.array(values)[:, None],
        ties=from_edges(2, np.array([[0, 1]])).with_weights(np.array(trust)),
    )
    run_to_end(running)
    return _counts_of(running)


def _rest(begin: float) -> float:
    """Return people's mean trust after 1,200 rounds of the game, from where it begins."""
    n = 2_000
    ring = from_edges(n, np.stack([np.arange(n), (np.arange(n) + 1) % n], axis=1))
    running = build_society(
        "{rule: weighted_hegselmann_krause, rate: {peer: 0.0}}",
        humans=n,
        rounds=120,
        network="{family: ring, degree: 2}",
        more="games: {every: 1, temperature: 0.6, trust_rate: 0.01, alpha: {base: 0.6}}",
        ties=ring.with_weights(np.full(ring.n_ties, begin)),
    )
    run_to_end(running)
    weights = running.state.ties.weights
    assert weights is not None  # noqa: S101 - they have played
    return float(weights.mean())


def _counts_of(running: Society) -> GameCounts:
    counts = running.state.played
    assert counts is not None  # noqa: S101 - they have played
    return counts
