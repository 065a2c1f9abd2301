"""Check that the games of a scenario fit its values and its network."""

from __future__ import annotations

from collections.abc import Iterator

from coevolve_sim.registry import nearest
from coevolve_sim.scenario.games_specs import GamesSpec, Matrix
from coevolve_sim.scenario.problems import Problem
from coevolve_sim.scenario.process_specs import RewireSpec
from coevolve_sim.scenario.scenario import Scenario

FULL_MIXING = "complete"


def check_games(scenario: Scenario, names: tuple[str, ...]) -> Iterator[Problem]:
    """Yield what does not fit: the matrix, dimensions, full mixing, rewired ties.

    Parameters
    ----------
    scenario : Scenario
    names : tuple of str
        Its dimensions.
    """
    games = scenario.games
    if games is None:
        return
    if not isinstance(games.matrix, str) and not _is_whole(games.matrix):
        yield Problem(
            ("games", "matrix"),
            "a matrix has 2 x 2 x 2 points: by one's own move, the other's, and who is paid, one first, such "
            "as [[[8, 8], [0, 10]], [[10, 0], [5, 5]]]",
        )
    for key in ("alpha", "beta"):
        for dimension in getattr(games, key).slopes:
            if dimension not in names:
                yield Problem(
                    ("games", key, "slopes", dimension),
                    f"unknown dimension '{dimension}'{nearest(dimension, names) or '.'} Dimensions here: "
                    f"{', '.join(names)}",
                    at_key=True,
                )
    if scenario.network.family == FULL_MIXING:
        yield Problem(
            ("games",),
            "in full mixing there are no ties, so that nobody is tied to play with; take a network with a "
            "degree, such as watts_strogatz",
        )
    yield from _rewired(scenario)


def _is_whole(matrix: Matrix) -> bool:
    return len(matrix) == 2 and all(len(row) == 2 and all(len(cell) == 2 for cell in row) for row in matrix)


def _rewired(scenario: Scenario) -> Iterator[Problem]:
    """Yield interventions after which nobody is tied, or of whose ties nobody knows how far they trust."""
    for index, act in enumerate(scenario.interventions):
        if not isinstance(act, RewireSpec) or scenario.games is None:
            continue
        if act.network is not None and act.network.family == FULL_MIXING:
            yield Problem(
                ("interventions", index, "network"),
                "in full mixing there are no ties, so that nobody would be tied to play the scenario's games "
                "with; take another network",
            )
        elif act.fraction is not None and scenario.games.trust_rate > 0.0:
            yield Problem(
                ("interventions", index, "fraction"),
                "weights move with a tie that is moved, but trust is not in whom one has not met; let "
                "games.trust_rate be 0, or give a new network, whose ties begin anew",
            )


def games_notes(scenario: Scenario) -> Iterator[str]:
    """Yield notes on keys of games that have no effect, and that no value bears on what people do."""
    games = scenario.games
    if games is None:
        return
    in_words = scenario.channel.kind == "language"
    if in_words and games.temperature != GamesSpec.model_fields["temperature"].default:
        yield "games.temperature has no effect with channel.kind language"
    if not in_words and not games.horizon_known:
        yield "games.horizon_known has no effect unless channel.kind is language"
    if not (in_words or games.alpha.slopes or games.beta.slopes):
        yield "games: neither alpha nor beta has slopes, so that nobody's values bear on what they do"
