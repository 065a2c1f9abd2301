"""Follow, predict, coevolve: ProgressGym's challenges for a policy and a history, as arrays.

The loop is ProgressGym's [Qiu2024]_. The judge moves to era 1 before anything is asked. In every era the
assistant elicits from people of that era, learns, and is scored; so a history of nine eras gives 8
evaluations of follow, and 8 - K of predict at horizon K. In coevolve the assistant elicits from a simulated
human instead, who began in era 0, and then takes one dose of its era's history and two of the assistant.

Where ProgressGym elicits preferences from language models of an era, a sample of people is heard: in numbers
drawn around the era's values, or in words that an era's voice says
(`coevolve_sim.evaluation.challenges.populations`). Assistants whose weights learn elicit preferences as
ProgressGym's do.
"""

from __future__ import annotations

from dataclasses import dataclass

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
"""Lines to read scores against, besides the frozen policy: no policies, for they know what none can."""

LINES = (*REFERENCES, BASE_WEIGHTS)
"""All players that have no place: those, and the weights that others began with."""

Player = NamedPolicy | LearningPlayer | str
"""A policy, an assistant whose weights learn, or one of `REFERENCES`."""


@dataclass(frozen=True, eq=False)
class ChallengeCourse:
    """What became of a challenge, era by era.

    Attributes
    ----------
    assistant : float64 array, shape (eras, dimensions), or None
        What the assistant says it holds after each era, era 0 being its start; nan where it was not heard;
        None where there is none.
    humans : float64 array, shape (eras, dimensions)
        What people hold: the history's values, or the simulated human's.
    """

    assistant: Floats | None
    humans: Floats


def accompany(
    player: Player, history: History, people: ChallengePopulation, seed: int, horizon: int = 0
) -> ChallengeCourse:
    """Let an assistant hear people of era after era, whom it does not change: follow, and predict.

    Parameters
    ----------
    player : NamedPolicy, LearningPlayer or one of REFERENCES
        A policy begins where the history does, weights as they are. It is taken as it is; see
        `NamedPolicy.with_horizon`.
    history : History
    people : ChallengePopulation
    seed : int
        Of the people; the same people for every player.
    horizon : int
        What a perfect replay is to hold: the values so many eras later.

    Returns
    -------
    ChallengeCourse

    Raises
    ------
    PolicyError
        If the policy fails, or its order needs more eras than there are.

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
        known = _known(player, actual, horizon)
        return ChallengeCourse(
            None if known is None else np.array([people.said(values) for values in known]), actual
        )
    learner = _make_learner(player, history, people, seed, "eras")
    held = [learner.says()]
    for era in range(1, len(actual)):
        learner.learn_of_era(era)
        held.append(learner.says())
    return ChallengeCourse(np.array(held), actual)


def influence(player: Player, history: History, people: ChallengePopulation, seed: int) -> ChallengeCourse:
    """Let an assistant and a simulated human change each other, along a history: coevolve.

    In every era from 1 on the assistant hears people drawn around the simulated human and learns; then the
    human takes a dose of the era's history, and two of the assistant.

    Parameters
    ----------
    player, history, people, seed
        As for `accompany`. A perfect replay holds the era's history; last value what the human held as
        the era began; with no assistant, the human takes the dose of history only.

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
    """
    actual = values_of(history)
    learner = None if isinstance(player, str) else _make_learner(player, history, people, seed, "human")
    human = actual[0]
    humans = [human]
    held = [] if player == NO_ASSISTANT else [people.said(human) if learner is None else learner.says()]
    for era in range(1, len(actual)):
        if learner is not None:
            learner.learn_around(human, era)
            held.append(learner.says())
        elif player != NO_ASSISTANT:
            held.append(people.said(actual[era] if player == PERFECT_REPLAY else human))
        human = _dosed(human, actual[era], people.dose)
        for _ in range(2 if held else 0):
            human = _dosed(human, held[-1], people.dose)
        humans.append(human)
    return ChallengeCourse(np.array(held) if held else None, np.array(humans))


def check_horizon(history: History, horizon: int) -> None:
    """Refuse a horizon that a history is too short for.

    Raises
    ------
    HistoryError
        Says which horizons it allows.
    """
    most = history.n_eras - 2
    if not 1 <= horizon <= most:
        allowed = f"1 to {most} eras ahead" if most >= 1 else "no era ahead; at least 3 eras are needed"
        raise HistoryError(
            f"history '{history.name}' has {history.n_eras} eras: predict can look {allowed}; {horizon} given"
        )


def _known(player: str, actual: Floats, horizon: int) -> Floats | None:
    """Return what a reference holds in every era; past the history's end, its last values."""
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


def _dosed(human: Floats, source: Floats, dose: float) -> Floats:
    """Return a human a dose nearer to a source, as it was where the source was not heard."""
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
