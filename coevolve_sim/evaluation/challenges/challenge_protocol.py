"""Follow, predict, coevolve: ProgressGym's challenges for a policy and a history, as arrays.

The loop is ProgressGym's [Qiu2024]_. The judge moves to era 1 before anything is asked. In every era the
assistant elicits from people of that era, learns, and is scored; so a history of nine eras gives 8
evaluations of follow, and 8 - K of predict at horizon K. In coevolve the assistant elicits from a simulated
human instead, who starts at era 0 and in each era moves one dose towards the era's history and then two doses
towards the assistant.

That order of doses has an arithmetic of its own. The assistant is asked *before* history's dose and heard
*after* it: one that repeats exactly what the human held pulls back what history did, and turns a dose d into
d (1 - d)^2. That is no effect of learning. So coevolve is also played with history's dose last (`Order`),
where such an assistant changes nothing.

ProgressGym elicits preferences from language models of an era. Here a policy observes a sample of people
instead: numbers drawn around the era's values, or words spoken by the era's voice
(`coevolve_sim.evaluation.challenges.populations`). Assistants whose weights learn elicit preferences as
ProgressGym's do.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.policies import NamedPolicy
from coevolve_sim.assistants.tuned import BASE_WEIGHTS
from coevolve_sim.errors import HistoryError, PolicyError
from coevolve_sim.evaluation.challenges.learners import Among, Learner, LearningPlayer, PolicyLearner
from coevolve_sim.evaluation.challenges.populations import ChallengePopulation, values_of
from coevolve_sim.values.histories import History

PERFECT_REPLAY, LAST_VALUE, NO_ASSISTANT, FROZEN = "perfect replay", "last value", "no assistant", "frozen"
REFERENCES = (PERFECT_REPLAY, LAST_VALUE, NO_ASSISTANT)
"""Reference lines for scores, besides the frozen policy. They are no policies: they know the history."""

LINES = (*REFERENCES, BASE_WEIGHTS)
"""All players that are not ranked: the references, and the weights with which learning assistants began."""


class Order(StrEnum):
    """The order of the doses that the simulated human of coevolve takes in an era, once the assistant learnt.

    ``progressgym``: one of history, then two of the assistant. ``history-last``: the other way round.
    """

    PROGRESSGYM = "progressgym"
    HISTORY_LAST = "history-last"


Player = NamedPolicy | LearningPlayer | str
"""A policy, an assistant whose weights learn, or one of `REFERENCES`."""


@dataclass(frozen=True, eq=False)
class ChallengeCourse:
    """The trajectories of one play of a challenge, era by era.

    Attributes
    ----------
    assistant : float64 array, shape (eras, dimensions), or None
        The assistant's values as people perceive them after each era, row 0 being its start; nan where it was
        not heard; None where there is no assistant.
    humans : float64 array, shape (eras, dimensions)
        People's values: the history's, as far as it had been surveyed, or the simulated human's.
    """

    assistant: Floats | None
    humans: Floats


def accompany(
    player: Player, history: History, people: ChallengePopulation, seed: int, horizon: int = 0
) -> ChallengeCourse:
    """Play follow or predict: an assistant learns from the people of each era and does not influence them.

    Parameters
    ----------
    player : NamedPolicy, LearningPlayer or one of REFERENCES
        A policy starts at the history's first values, an assistant whose weights learn with its present
        weights. Its own horizon is not changed; see `NamedPolicy.with_horizon`.
    history : History
    people : ChallengePopulation
    seed : int
        Seed of the people; every player meets the same people.
    horizon : int
        Number of eras by which a perfect replay is ahead of history.

    Returns
    -------
    ChallengeCourse

    Raises
    ------
    PolicyError
        If the policy fails, or its order needs more eras than the history has.

    Examples
    --------
    >>> from coevolve_sim.assistants.policies import parse_policy
    >>> from coevolve_sim.evaluation.challenges import NumericPopulation
    >>> from coevolve_sim.values.histories import planted
    >>> line = planted("linear", ["thrift"], 9, seed=1, start=0.2, end=0.6)
    >>> course = accompany(parse_policy("mean"), line, NumericPopulation(spread=0.0), seed=1)
    >>> course.assistant[:, 0].round(2).tolist()
    [0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6]
    """
    actual = values_of(history)
    if isinstance(player, str):
        known = _reference_values(player, actual, horizon)
        return ChallengeCourse(
            None if known is None else np.array([people.express(values) for values in known]), actual
        )
    learner = _make_learner(player, history, people, seed, "eras")
    held = [learner.express_values()]
    for era in range(1, len(actual)):
        learner.learn_of_era(era)
        held.append(learner.express_values())
    return ChallengeCourse(np.array(held), actual)


def influence(
    player: Player,
    history: History,
    people: ChallengePopulation,
    seed: int,
    order: Order = Order.PROGRESSGYM,
) -> ChallengeCourse:
    """Play coevolve: an assistant and a simulated human influence each other along a history.

    In every era from 1 on the assistant observes people drawn around the simulated human and learns; then
    the human moves one dose towards the era's history and two towards the assistant, or the other way round.

    Parameters
    ----------
    player, history, people, seed
        As for `accompany`. A perfect replay holds the era's historical values; last value holds the human's
        values at the beginning of the era; with no assistant, the human moves towards history only.
    order : Order
        Whether history's dose comes first, as in ProgressGym, or last.

    Returns
    -------
    ChallengeCourse

    Examples
    --------
    >>> from coevolve_sim.evaluation.challenges import NumericPopulation
    >>> from coevolve_sim.values.histories import planted
    >>> line = planted("linear", ["thrift"], 3, seed=1, start=0.2, end=0.6)
    >>> influence("no assistant", line, NumericPopulation(dose=0.5), seed=1).humans[:, 0].round(3).tolist()
    [0.2, 0.3, 0.45]
    >>> for order in Order:  # an assistant that repeats what the human held
    ...     course = influence("last value", line, NumericPopulation(dose=0.5), seed=1, order=order)
    ...     print(order, course.humans[:, 0].round(4).tolist())
    progressgym [0.2, 0.225, 0.2719]
    history-last [0.2, 0.3, 0.45]
    """
    actual = values_of(history)
    learner = None if isinstance(player, str) else _make_learner(player, history, people, seed, "human")
    human = actual[0]
    humans = [human]
    held = (
        []
        if player == NO_ASSISTANT
        else [people.express(human) if learner is None else learner.express_values()]
    )
    for era in range(1, len(actual)):
        if learner is not None:
            learner.learn_around(human, era)
            held.append(learner.express_values())
        elif player != NO_ASSISTANT:
            held.append(people.express(actual[era] if player == PERFECT_REPLAY else human))
        of_assistant = [held[-1]] * 2 if held else []
        doses = [actual[era], *of_assistant] if order is Order.PROGRESSGYM else [*of_assistant, actual[era]]
        for source in doses:
            human = _apply_dose(human, source, people.dose)
        humans.append(human)
    return ChallengeCourse(np.array(held) if held else None, np.array(humans))


def check_horizon(history: History, horizon: int) -> None:
    """Refuse a horizon for which a history is too short.

    Raises
    ------
    HistoryError
        Says which horizons the history allows.
    """
    most = history.n_eras - 2  # era 0 is never scored, and at least one scored era is needed
    if not 1 <= horizon <= most:
        allowed = f"1 to {most} eras ahead" if most >= 1 else "no era ahead; at least 3 eras are needed"
        raise HistoryError(
            f"history '{history.name}' has {history.n_eras} eras: predict can look {allowed}; {horizon} given"
        )


def _reference_values(player: str, actual: Floats, horizon: int) -> Floats | None:
    """Return the values of a reference line in every era; beyond the history's end, its last values."""
    if player == NO_ASSISTANT:
        return None
    if player not in REFERENCES:
        raise PolicyError(f"'{player}' is no reference; there are: {', '.join(REFERENCES)}")
    ahead = np.minimum(np.arange(len(actual)) + (horizon if player == PERFECT_REPLAY else 0), len(actual) - 1)
    return actual[ahead]


def _make_learner(
    player: NamedPolicy | LearningPlayer,
    history: History,
    people: ChallengePopulation,
    seed: int,
    among: Among,
) -> Learner:
    _check_order(player, history)
    if isinstance(player, NamedPolicy):
        return PolicyLearner(player, history, people, seed, values_of(history)[0])
    return player.make_learner(people, seed, among)


def _apply_dose(human: Floats, source: Floats, dose: float) -> Floats:
    """Return a human's values moved one dose towards a source, unchanged where the source is nan."""
    moved = np.clip(human + dose * (source - human), 0.0, 1.0)
    return np.where(np.isnan(source), human, moved)


def _check_order(player: NamedPolicy | LearningPlayer, history: History) -> None:
    order = player.parameters.get("order", 0)
    most = history.n_eras - 2
    if isinstance(order, int) and order > most:
        raise PolicyError(
            f"policy '{player.name}': order {order} needs {order + 1} eras heard; history '{history.name}' "
            f"of {history.n_eras} eras gives {history.n_eras - 1}, and so allows an order of at most {most}"
        )
