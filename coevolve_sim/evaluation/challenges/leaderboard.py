"""Leaderboards: policies ranked against each other beside reference lines, with intervals.

Every policy observes the same people in a replication, so that differences are paired. Two policies share a
place wherever their difference cannot be told from zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.policies import NamedPolicy, parse_policy
from coevolve_sim.errors import PolicyError
from coevolve_sim.evaluation.challenges.challenge_protocol import FROZEN, LINES, REFERENCES, Player
from coevolve_sim.evaluation.challenges.learners import LearningPlayer
from coevolve_sim.evaluation.challenges.populations import ChallengePopulation, NumericPopulation
from coevolve_sim.evaluation.challenges.scoring import Challenge, scores
from coevolve_sim.streams import stream, stream_seed
from coevolve_sim.values.histories import History

RESAMPLES = 2_000
CONFIDENCE = 0.95
EQUAL = 1e-12
"""Differences up to this count as none: equal scores may differ in their last bits."""
COLUMNS = ("history", "challenge", "measure", "player", "reference", "mean", "low", "high", "best", "worst")


@dataclass(frozen=True, eq=False)
class Leaderboard:
    """The scores and places of players on histories.

    Attributes
    ----------
    table : DataFrame
        One row for each history, measure and player: ``mean`` over replications, its 95 % bootstrap interval
        ``low`` to ``high``, and the places ``best`` to ``worst`` that it may have among policies (nan for
        references, and for players that were not heard).
    n_replications, seed, horizon : int
        As given to `leaderboard`.
    people : ChallengePopulation
        The people whom players observed.
    """

    table: pd.DataFrame
    n_replications: int
    seed: int
    horizon: int
    people: ChallengePopulation

    def of(self, history: str, measure: str) -> pd.DataFrame:
        """Return the rows of one measure on one history, the best player first."""
        rows = self.table[(self.table["history"] == history) & (self.table["measure"] == measure)]
        return rows.sort_values("mean", ascending=is_error(measure), kind="stable", ignore_index=True)


def is_error(measure: str) -> bool:
    """Return whether a measure is an error, of which low values are good.

    Examples
    --------
    >>> is_error("follow_rmse"), is_error("follow")
    (True, False)
    """
    return measure.endswith("_rmse")


def leaderboard(
    policies: Sequence[NamedPolicy | LearningPlayer | str],
    histories: Sequence[History],
    replications: int = 20,
    seed: int = 1,
    *,
    horizon: int = 1,
    people: ChallengePopulation | None = None,
    progress: Callable[[str], None] | None = None,
) -> Leaderboard:
    """Play all challenges with all policies and references on all histories.

    Parameters
    ----------
    policies : sequence of NamedPolicy, LearningPlayer or str
        Texts are read by `coevolve_sim.assistants.policies.parse_policy`; frozen is added if it is missing.
    histories : sequence of History
        Histories with different names.
    replications : int
        Number of replications, at least 2; each has people of its own, the same for every policy.
    seed : int
        Seed from which each replication's seed follows.
    horizon : int
        Number of eras ahead, for predict.
    people : ChallengePopulation, optional
        The people whom players observe; `NumericPopulation` if not given.
    progress : callable, optional
        Called with the challenge and history that is played next.

    Returns
    -------
    Leaderboard

    Raises
    ------
    PolicyError
        If there are fewer than 2 replications or no policy, or a policy is given twice, or fails.
    HistoryError
        If a history is too short.

    References
    ----------
    [Qiu2024]_; [Efron1993]_

    Examples
    --------
    >>> from coevolve_sim.values.histories import planted
    >>> board = leaderboard(["mean"], [planted("linear", ["thrift", "care"], 5, seed=1)], replications=2)
    >>> board.of("planted-linear", "follow_rmse")["player"].tolist()[:3]
    ['perfect replay', 'last value', 'mean']
    """
    players = _players(policies)
    people = people or NumericPopulation()
    if replications < 2:
        raise PolicyError(f"{replications} replications given; an interval needs at least 2")
    if len({history.name for history in histories}) < len(histories):
        raise PolicyError("two histories have the same name; a leaderboard tells them apart by it")
    rows: list[dict[str, object]] = []
    for history in histories:
        for challenge in Challenge:
            if progress is not None:
                progress(f"{challenge} on {history.name}")
            taken = _play(challenge, players, history, horizon, people, replications, seed)
            for measure in next(iter(taken.values())):
                found = {name: of_player[measure] for name, of_player in taken.items()}
                rows += _rows(history.name, challenge, measure, found, seed)
    return Leaderboard(pd.DataFrame(rows, columns=list(COLUMNS)), replications, seed, horizon, people)


def _players(policies: Sequence[NamedPolicy | LearningPlayer | str]) -> dict[str, Player]:
    given = [parse_policy(policy) if isinstance(policy, str) else policy for policy in policies]
    if all(policy.name in LINES for policy in given):
        raise PolicyError("a leaderboard needs a policy; none given")
    if all(not isinstance(policy, NamedPolicy) or policy.kind != FROZEN for policy in given):
        given.append(parse_policy(FROZEN))
    players: dict[str, Player] = {}
    for policy in given:
        if policy.name in players:
            raise PolicyError(f"policy '{policy.name}' is there twice")
        players[policy.name] = policy
    return players | {reference: reference for reference in REFERENCES}


def _play(
    challenge: Challenge,
    players: dict[str, Player],
    history: History,
    horizon: int,
    people: ChallengePopulation,
    replications: int,
    seed: int,
) -> dict[str, dict[str, Floats]]:
    """Return the scores of every replication, by player and measure."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in players}
    for index in range(replications):
        own = stream_seed(seed, "replication", index)
        for name, player in players.items():
            taken = scores(challenge, player, history, horizon=horizon, people=people, seed=own)
            found[name].append(taken)
    return {
        name: {measure: np.array([one[measure] for one in played]) for measure in played[0]}
        for name, played in found.items()
    }


def _rows(
    history: str, challenge: Challenge, measure: str, found: dict[str, Floats], seed: int
) -> list[dict[str, object]]:
    resampled = {name: resampled_means(values, seed) for name, values in found.items()}
    contestants = [name for name in found if name not in LINES and not np.isnan(found[name]).any()]
    sign = -1.0 if is_error(measure) else 1.0
    best, worst = places(sign * np.array([resampled[name] for name in contestants]))
    rows = []
    for name, values in found.items():
        low, high = np.quantile(resampled[name], [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
        row = {"history": history, "challenge": str(challenge), "measure": measure, "player": name}
        place = contestants.index(name) if name in contestants else None
        rows.append(
            row
            | {"reference": name in LINES, "mean": values.mean(), "low": low, "high": high}
            | {
                "best": np.nan if place is None else best[place],
                "worst": np.nan if place is None else worst[place],
            }
        )
    return rows


def resampled_means(values: Floats, seed: int, n_resamples: int = RESAMPLES) -> Floats:
    """Return bootstrap means of values: draws with replacement, the same for every player.

    Parameters
    ----------
    values : float array, shape (replications,)
        Score of each replication.
    seed : int
        Seed of the leaderboard.
    n_resamples : int
        Number of bootstrap samples.

    Returns
    -------
    float64 array, shape (resamples,)

    References
    ----------
    [Efron1993]_

    Examples
    --------
    >>> resampled_means(np.array([0.5, 0.5]), seed=1, n_resamples=3).tolist()
    [0.5, 0.5, 0.5]
    """
    drawn = stream(seed, "bootstrap", values.size).integers(values.size, size=(n_resamples, values.size))
    means: Floats = values[drawn].mean(axis=1)
    return means


def places(resampled: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the best and the worst place that each player may have, 1 being the first.

    A player is ahead of another if the 95 % bootstrap interval of their paired difference is above 0.

    Parameters
    ----------
    resampled : float array, shape (players, resamples)
        Bootstrap means; high is good.

    Returns
    -------
    best, worst : int arrays, shape (players,)
        ``best`` is 1 plus the number of players ahead; ``worst`` is the number of players (itself included)
        that it is not ahead of.

    Examples
    --------
    >>> places(np.array([[0.9, 0.8], [0.2, 0.1], [0.1, 0.2]]))
    (array([1, 2, 2]), array([1, 3, 3]))
    """
    n_players = len(resampled)
    ahead = np.zeros((n_players, n_players), dtype=bool)
    for one in range(n_players):
        for other in range(n_players):
            if one != other:
                low = np.quantile(resampled[one] - resampled[other], (1 - CONFIDENCE) / 2)
                ahead[one, other] = low > EQUAL
    return 1 + ahead.sum(axis=0), n_players - ahead.sum(axis=1)
