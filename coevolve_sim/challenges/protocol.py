"""Follow, predict, coevolve: ProgressGym's challenges for a policy and a history, as arrays.

The loop is ProgressGym's [Qiu2024]_. The judge moves to era 1 before anything is asked. In every era the
assistant elicits from people of that era, learns, and is scored; so a history of nine eras gives 8
evaluations of follow, and 8 - K of predict at horizon K. In coevolve the assistant elicits from a simulated
human instead, who began in era 0, and then takes one dose of its era's history and two of the assistant.

Where ProgressGym elicits preferences from language models of an era, here a sample of people is drawn around
the era's values, and the assistant hears them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from coevolve_sim.assistants import Memory, NamedPolicy, Observation, learned
from coevolve_sim.assistants.observation import Floats
from coevolve_sim.errors import HistoryError, PolicyError
from coevolve_sim.histories import History
from coevolve_sim.population import beta_parameters
from coevolve_sim.streams import stream

PERFECT_REPLAY, LAST_VALUE, NO_ASSISTANT, FROZEN = "perfect replay", "last value", "no assistant", "frozen"
REFERENCES = (PERFECT_REPLAY, LAST_VALUE, NO_ASSISTANT)
"""Lines to read scores against, besides the frozen policy: no policies, for they know what none can."""

Player = NamedPolicy | str
"""A policy, or one of `REFERENCES`."""


@dataclass(frozen=True)
class People:
    """Whom the assistant hears in an era.

    Attributes
    ----------
    humans : int
        How many, at least 1.
    spread : float
        Standard deviation of their values around the era's, in [0, .5].
    dose : float
        Which part of the way the simulated human of coevolve goes in one dose, in [0, 1].
    """

    humans: int = 200
    spread: float = 0.18
    dose: float = 0.25

    def __post_init__(self) -> None:
        if not (self.humans >= 1 and 0.0 <= self.spread <= 0.5 and 0.0 <= self.dose <= 1.0):
            raise PolicyError(
                f"{self.humans} humans of spread {self.spread} and dose {self.dose} given; at least 1, a "
                "spread in [0, 0.5] and a dose in [0, 1] are wanted"
            )

    def heard_around(self, centre: Floats, seed: int, era: int) -> Observation:
        """Return what an assistant hears of people drawn around a centre, the same for every policy."""
        return _heard_around(self, np.asarray(centre, dtype=np.float64).tobytes(), seed, era)


@lru_cache(maxsize=64)
def _heard_around(people: People, centre_bytes: bytes, seed: int, era: int) -> Observation:
    """Draw people; kept for a while, as every player of a replication hears the same."""
    centre = np.frombuffer(centre_bytes)
    a, b, at_centre, _ = beta_parameters(centre, np.full(centre.size, people.spread))
    drawn = stream(seed, "people of an era", era).beta(a, b, (people.humans, centre.size))
    drawn[:, at_centre] = centre[at_centre]
    drawn.flags.writeable = False
    return Observation(drawn, np.arange(people.humans), era, seed=seed)


@dataclass(frozen=True, eq=False)
class Course:
    """What became of a challenge, era by era.

    Attributes
    ----------
    assistant : float64 array, shape (eras, dimensions), or None
        What the assistant holds after each era, era 0 being its start; None where there is none.
    humans : float64 array, shape (eras, dimensions)
        What people hold: the history's values, or the simulated human's.
    """

    assistant: Floats | None
    humans: Floats


def accompany(player: Player, history: History, people: People, seed: int, horizon: int = 0) -> Course:
    """Let an assistant hear people of era after era, whom it does not change: follow, and predict.

    Parameters
    ----------
    player : NamedPolicy or one of REFERENCES
        Begins where the history does. A policy is taken as it is; see `NamedPolicy.looking_ahead`.
    history : History
    people : People
    seed : int
        Of the people; the same people for every player.
    horizon : int
        What a perfect replay is to hold: the values so many eras later.

    Returns
    -------
    Course

    Raises
    ------
    PolicyError
        If the policy fails, or its order needs more eras than there are.

    Examples
    --------
    >>> from coevolve_sim.assistants import named
    >>> from coevolve_sim.histories import planted
    >>> line = planted("linear", ["thrift"], 9, seed=1, start=0.2, end=0.6)
    >>> course = accompany(named("mean"), line, People(spread=0.0), seed=1)
    >>> course.assistant[:, 0].round(2).tolist()
    [0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6]
    """
    actual = _values(history)
    if isinstance(player, str):
        return Course(_known(player, actual, horizon), actual)
    _check_order(player, history)
    values = actual[0]
    memory: Memory = {}
    held = [values]
    for era in range(1, len(actual)):
        heard = people.heard_around(actual[era], seed, era)
        values, memory = _learnt(player, values, heard, memory)
        held.append(values)
    return Course(np.array(held), actual)


def influence(player: Player, history: History, people: People, seed: int) -> Course:
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
    Course

    Examples
    --------
    >>> from coevolve_sim.histories import planted
    >>> line = planted("linear", ["thrift"], 3, seed=1, start=0.2, end=0.6)
    >>> influence("no assistant", line, People(dose=0.5), seed=1).humans[:, 0].round(3).tolist()
    [0.2, 0.3, 0.45]
    """
    actual = _values(history)
    if not isinstance(player, str):
        _check_order(player, history)
    human = values = actual[0]
    memory: Memory = {}
    humans, held = [human], [values]
    for era in range(1, len(actual)):
        if isinstance(player, str):
            values = actual[era] if player == PERFECT_REPLAY else human
        else:
            values, memory = _learnt(player, values, people.heard_around(human, seed, era), memory)
        human = _dosed(human, actual[era], people.dose)
        for _ in range(0 if player == NO_ASSISTANT else 2):
            human = _dosed(human, values, people.dose)
        humans.append(human)
        held.append(values)
    return Course(None if player == NO_ASSISTANT else np.array(held), np.array(humans))


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


def _values(history: History) -> Floats:
    values: Floats = history.values
    return values


def _known(player: str, actual: Floats, horizon: int) -> Floats | None:
    """Return what a reference holds in every era; past the history's end, its last values."""
    if player == NO_ASSISTANT:
        return None
    if player not in REFERENCES:
        raise PolicyError(f"'{player}' is no reference; there are: {', '.join(REFERENCES)}")
    ahead = np.minimum(np.arange(len(actual)) + (horizon if player == PERFECT_REPLAY else 0), len(actual) - 1)
    return actual[ahead]


def _learnt(player: NamedPolicy, values: Floats, heard: Observation, memory: Memory) -> tuple[Floats, Memory]:
    return learned(player.kind, values, heard, memory, **player.parameters)


def _dosed(human: Floats, source: Floats, dose: float) -> Floats:
    return np.clip(human + dose * (source - human), 0.0, 1.0)


def _check_order(player: NamedPolicy, history: History) -> None:
    order = player.parameters.get("order", 0)
    most = history.n_eras - 2
    if isinstance(order, int) and order > most:
        raise PolicyError(
            f"policy '{player.name}': order {order} needs {order + 1} eras heard; history '{history.name}' "
            f"of {history.n_eras} eras gives {history.n_eras - 1}, and so allows an order of at most {most}"
        )
