"""Leaderboards: policies ranked against each other beside reference lines, with intervals.

Every policy observes the same people in a replication, so that differences are paired. Two policies share a
place wherever their difference cannot be told from zero, all pairs of a column being looked at together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.policies import NamedPolicy, parse_policy
from coevolve_sim.errors import PolicyError
from coevolve_sim.evaluation.challenges.challenge_protocol import (
    FROZEN,
    LINES,
    REFERENCES,
    Order,
    Player,
)
from coevolve_sim.evaluation.challenges.learners import LearningPlayer
from coevolve_sim.evaluation.challenges.populations import ChallengePopulation, NumericPopulation
from coevolve_sim.evaluation.challenges.ranking import LINE_OF, STATISTICS, is_error, rank_players
from coevolve_sim.evaluation.challenges.scoring import Challenge, scores
from coevolve_sim.evaluation.challenges.surveyed import describe_scored_cells
from coevolve_sim.evaluation.challenges.tuning import (
    TUNING_REPLICATIONS,
    choose_setting,
    has_grid,
    settings_of,
)
from coevolve_sim.streams import stream_seed
from coevolve_sim.values.histories import History

AS_NAMED = "as named"
KEYS = ("history", "challenge", "order", "measure", "player", "setting", "reference")
COLUMNS = (*KEYS, *STATISTICS, "default_mean")
SCORE_COLUMNS = ("history", "challenge", "order", "measure", "player", "setting", "replication", "score")


@dataclass(frozen=True, eq=False)
class Leaderboard:
    """The scores and places of players on histories.

    Attributes
    ----------
    table : DataFrame
        One row for each history, challenge, order of doses (empty for follow and predict), measure and
        player: its ``setting``, whether it is a ``reference``, the statistics of
        `coevolve_sim.evaluation.challenges.ranking.rank_players`, and ``default_mean``, its mean at the
        kind's default setting (nan for all but policies whose setting was chosen).
    scores : DataFrame
        The score of every replication, at the setting that is ranked.
    n_replications, seed, horizon : int
        As given to `leaderboard`.
    people : ChallengePopulation
        The people whom players observed.
    notes : tuple of str
        Sentences on the histories: what of them is heard and scored.
    """

    table: pd.DataFrame
    scores: pd.DataFrame
    n_replications: int
    seed: int
    horizon: int
    people: ChallengePopulation
    notes: tuple[str, ...] = ()

    def of(self, history: str, measure: str, order: str = "") -> pd.DataFrame:
        """Return the rows of one measure on one history, the best player first.

        Parameters
        ----------
        history, measure : str
        order : str
            Of the doses, for measures of coevolve; the first that was played if not given.
        """
        rows = self.table[(self.table["history"] == history) & (self.table["measure"] == measure)]
        rows = rows[rows["order"] == (order or rows["order"].iloc[0])]
        return rows.sort_values("mean", ascending=is_error(measure), kind="stable", ignore_index=True)


@dataclass(frozen=True, eq=False)
class _Round:
    """One challenge on one history: all that is the same for every player."""

    challenge: Challenge
    order: Order
    history: History
    horizon: int
    people: ChallengePopulation
    seed: int
    chosen: dict[str, str] = field(default_factory=dict)

    @property
    def error(self) -> str:
        """Name of the error by which settings are chosen."""
        ahead = f"_{self.horizon}" if self.challenge is Challenge.predict else ""
        return f"{self.challenge}{ahead}_rmse"

    def play(self, player: Player, purpose: str, n: int) -> dict[str, Floats]:
        """Return the scores of a player in `n` replications, by measure."""
        played = [
            scores(
                self.challenge,
                player,
                self.history,
                horizon=self.horizon,
                people=self.people,
                seed=stream_seed(self.seed, purpose, index),
                order=self.order,
            )
            for index in range(n)
        ]
        return {measure: np.array([one[measure] for one in played]) for measure in played[0]}

    def tune(self, kind: str) -> NamedPolicy:
        """Return a kind at the setting that is best on other seeds, and note the setting."""
        fixed = self.horizon if self.challenge is Challenge.predict else None
        best = choose_setting(settings_of(kind, fixed), self._tuning_error)
        self.chosen[kind] = best.text
        return best.policy

    def _tuning_error(self, policy: NamedPolicy) -> float:
        return float(self.play(policy, "tuning", TUNING_REPLICATIONS)[self.error].mean())


def leaderboard(
    policies: Sequence[NamedPolicy | LearningPlayer | str],
    histories: Sequence[History],
    replications: int = 20,
    seed: int = 1,
    *,
    horizon: int = 1,
    people: ChallengePopulation | None = None,
    orders: Sequence[Order] = tuple(Order),
    tune: bool = False,
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
    orders : sequence of Order
        Orders of the doses in which coevolve is played; at least one, each once.
    tune : bool
        Whether a kind named without parameters plays at the setting of its grid
        (`coevolve_sim.evaluation.challenges.tuning.GRIDS`) that had the smallest root mean square error on
        other seeds, for each history, challenge and order; else it plays at its default.
    progress : callable, optional
        Called with the challenge and history that is played next.

    Returns
    -------
    Leaderboard

    Raises
    ------
    PolicyError
        If there are fewer than 2 replications or no policy, or a policy is given twice, or fails, or there
        is no order of doses, or one twice.
    HistoryError
        If a history is too short.

    References
    ----------
    [Qiu2024]_; [Student1908]_; [Holm1979]_

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
    if not orders or len(set(orders)) < len(orders):
        raise PolicyError(
            f"coevolve is played in each of {', '.join(Order)} at most once, and in one at least; "
            f"{', '.join(orders) or 'none'} given"
        )
    rows: list[dict[str, object]] = []
    taken: list[tuple[object, ...]] = []
    for history in histories:
        for challenge in Challenge:
            for order in orders if challenge is Challenge.coevolve else orders[:1]:
                if progress is not None:
                    progress(f"{challenge} on {history.name}")
                one = _Round(challenge, order, history, horizon, people, seed)
                _add_round(one, players, replications, tune, rows, taken)
    notes = tuple(filter(None, map(describe_scored_cells, histories)))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    by_replication = pd.DataFrame(taken, columns=list(SCORE_COLUMNS))
    return Leaderboard(table, by_replication, replications, seed, horizon, people, notes)


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


def _add_round(
    one: _Round,
    players: dict[str, Player],
    n: int,
    tune: bool,
    rows: list[dict[str, object]],
    taken: list[tuple[object, ...]],
) -> None:
    """Play one challenge on one history with all players; append its rows and its scores."""
    found: dict[str, dict[str, Floats]] = {}
    at_default: dict[str, dict[str, Floats]] = {}
    play = partial(one.play, purpose="replication", n=n)
    for name, player in players.items():
        if tune and isinstance(player, NamedPolicy) and has_grid(player):
            at_default[name] = play(player)
            found[name] = play(one.tune(player.kind))
        else:
            found[name] = play(player)
    keys: dict[str, object] = {
        "history": one.history.name,
        "challenge": str(one.challenge),
        "order": str(one.order) if one.challenge is Challenge.coevolve else "",
    }
    for measure in next(iter(found.values())):
        of_measure = {name: of_player[measure] for name, of_player in found.items()}
        told = rank_players(measure, of_measure, LINE_OF[one.challenge])
        for name, statistics in told.items():
            setting = "" if name in LINES else one.chosen.get(name, AS_NAMED)
            default = at_default[name][measure].mean() if name in at_default else np.nan
            of_player = {"measure": measure, "player": name, "setting": setting}
            rows.append(
                keys | of_player | {"reference": name in LINES, "default_mean": default} | {**statistics}
            )
            own = (*keys.values(), *of_player.values())
            taken += [(*own, index, score) for index, score in enumerate(of_measure[name].tolist())]
