"""The base class of rules: objects that move listeners' values and own their options, state and memory need.

A round calls a rule twice. In the exchange among humans the rule receives what every listener perceives of
its peers (`Exchange`); in the consultation, what those who consulted perceive of the assistant they chose
(`Consultation`). Each time it returns new values, and its state (`Moved`). The state is named arrays with one
row for each human; it is part of every checkpoint and is restored bit for bit when a run is resumed.

A custom rule derives from `Rule`, implements ``exchange``, and overrides whatever else differs; its options
are the parameters of its ``__init__``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats, Indices, Kept
from coevolve_sim.errors import RuleError
from coevolve_sim.networks.ties import Ties
from coevolve_sim.rules.channel import select_topics
from coevolve_sim.rules.exchange import Distance, Perceived, move_by_speaker_in_place
from coevolve_sim.rules.susceptibility import Susceptibility
from coevolve_sim.streams import stream
from coevolve_sim.values.naming import spell_out

HumanState = Mapping[str, Kept]
"""What is kept of humans from round to round besides their values: arrays by name, shape (humans, ...)."""

RESERVED_STATE = frozenset({"assistant"})
"""Names that no rule can keep anything under: whom the loyal have chosen."""


@dataclass(frozen=True, eq=False)
class RoundContext:
    """What a rule needs to know about a round: seed, index, names, groups and topics.

    Attributes
    ----------
    seed : int
        The run's seed.
    round_index : int
        Number of the round; the first is 1.
    dimension_names, group_names : tuple of str
    group_of : int32 array, shape (humans,)
        Group of each human.
    topics : int array, shape (topics,), or None
        The dimensions that the round is about, ascending; None where all are.
    """

    seed: int
    round_index: int
    dimension_names: tuple[str, ...]
    group_names: tuple[str, ...]
    group_of: NDArray[np.int32]
    topics: Indices | None = None

    def stream(self, purpose: str) -> np.random.Generator:
        """Return the random generator for a purpose in this round; it does not depend on any other draw."""
        return stream(self.seed, purpose, self.round_index)

    def per_dimension(self, given: float | Mapping[str, float]) -> Floats:
        """Return one number for each of the round's dimensions, from a single number or a mapping by name."""
        return select_topics(np.array(spell_out(given, self.dimension_names)), self.topics)

    def is_in(self, groups: tuple[str, ...]) -> NDArray[np.bool_]:
        """Return which humans belong to any of the groups, bool, shape (humans,)."""
        return np.isin(self.group_of, [self.group_names.index(name) for name in groups])


@dataclass(frozen=True, eq=False)
class Exchange:
    """What a rule receives for an exchange among humans.

    Attributes
    ----------
    values : float64 array, shape (humans, topics)
        Humans' values on the round's topics, in [0, 1].
    perceived : Perceived
        What listeners perceive of speakers.
    ties : Ties
        The ties along which anything was perceived; weights count if the rule is ``weighted``.
    susceptibility : Susceptibility
        How humans listen to peers.
    state : mapping of str to array, shape (humans, ...)
        The rule's state.
    read_anchors : callable
        Returns the values that the stubborn are drawn back to, shape (humans, dimensions).
    context : RoundContext
    """

    values: Floats
    perceived: Perceived
    ties: Ties
    susceptibility: Susceptibility
    state: HumanState
    read_anchors: Callable[[], Floats]
    context: RoundContext


@dataclass(frozen=True, eq=False)
class Consultation:
    """What a rule receives when humans have heard the assistants they consulted.

    Attributes
    ----------
    values : float64 array, shape (humans, dimensions)
        Everybody's values, in [0, 1]. A rule may change this array in place and return it: it is a new array,
        made by the exchange.
    humans : int array, shape (consultations,)
        The humans who consulted, ascending; empty where nobody did.
    chosen : int array, shape (consultations,)
        The assistant that each consulted.
    perceived : float64 array, shape (consultations, topics)
        What each human perceives of its assistant, in [0, 1]; nan where nothing got through.
    susceptibility : Susceptibility
        How humans listen to assistants.
    state : mapping of str to array, shape (humans, ...)
        The rule's state.
    read_anchors : callable
        Returns the values that the stubborn are drawn back to, shape (humans, dimensions).
    read_claims : callable
        Returns the natural logarithm of the precision that each assistant claims, shape (assistants,); 0
        where it claims none.
    context : RoundContext
    is_exact : bool
        Whether the channel carries everything exactly, so that nothing can have been lost.
    """

    values: Floats
    humans: Indices
    chosen: Indices
    perceived: Floats
    susceptibility: Susceptibility
    state: HumanState
    read_anchors: Callable[[], Floats]
    read_claims: Callable[[], Floats]
    context: RoundContext
    is_exact: bool = False

    def reached(self) -> tuple[Indices, Indices, Floats]:
        """Return ``humans``, ``chosen`` and ``perceived`` of those to whom all topics got through."""
        # One sum tells whether anything is nan, at a fraction of what looking at each row costs.
        if self.is_exact or np.isfinite(self.perceived.sum()):
            return self.humans, self.chosen, self.perceived
        through = np.isfinite(self.perceived).all(axis=1)
        return self.humans[through], self.chosen[through], self.perceived[through]


class Moved(NamedTuple):
    """What a rule returns: new values, and its state.

    Attributes
    ----------
    values : float64 array
        In [0, 1], of the shape of the values that the rule received.
    state : mapping of str to array, or None
        The new state; None where it has not changed.
    """

    values: Floats
    state: HumanState | None = None


class Rule:
    """The base class of all rules: how listeners' values move.

    Attributes
    ----------
    name, meaning, source : str
        Its name in a scenario, what it does in one sentence, the key of its reference.
    schedules : tuple of str
        ``synchronous``, ``pairwise``, or both.
    bounded : bool
        Whether confidence bounds whom one listens to.
    weighted : bool
        Whether the weights of ties count.
    both_move : bool
        Whether the speaker listens too in an encounter.
    answers : bool
        Whether an assistant observes a human's values after they reacted to it, not those from before.
    moves_alone : bool
        Whether a human who hears nobody can move: by evidence of its own, or back to an anchor.
    keeps_consensus : bool
        Whether humans who all hold the same values keep them.
    distance : {"joint", "per_dimension"}
        Distance of listener and speaker: over all dimensions together, or in each on its own.
    """

    name: ClassVar[str] = ""
    meaning: ClassVar[str] = ""
    source: ClassVar[str] = ""
    schedules: ClassVar[tuple[str, ...]] = ("synchronous",)
    bounded: ClassVar[bool] = False
    weighted: ClassVar[bool] = False
    both_move: ClassVar[bool] = False
    answers: ClassVar[bool] = False
    moves_alone: ClassVar[bool] = False
    keeps_consensus: ClassVar[bool] = False
    distance: Distance = "joint"

    def exchange(self, given: Exchange) -> Moved:
        """Move everybody by what they perceive of their peers.

        Raises
        ------
        RuleError
            If a shape or a number is not valid.
        """
        raise NotImplementedError(f"rule {type(self).__name__} has no exchange(given)")

    def consult(self, given: Consultation) -> Moved:
        """Move those who consulted towards what they heard, if it lies within their confidence.

        A message that did not get through moves nobody.
        """
        if given.humans.size:
            move_towards_assistants(given, self.distance)
        return Moved(given.values)

    @property
    def moves_row_by_row(self) -> bool:
        """Whether an exchange moves each human by its own row of ties, and by nothing else of the society.

        It then draws nothing, keeps nothing, and uses values, what is perceived, ties, susceptibility, groups
        and names alone: people of several societies can be moved in one call, as one society in which nobody
        hears anybody of another.
        """
        return False

    def first_state(self, values: Floats) -> dict[str, Kept]:  # noqa: ARG002 - most rules keep nothing
        """Return the state before the first round: named arrays, each of shape (humans, ...)."""
        return {}

    def memory_per_human(self, n_dimensions: int) -> int:  # noqa: ARG002 - most rules keep nothing
        """Return how many numbers of eight bytes the rule needs for each human, besides values."""
        return 0

    def repels_beyond(self, source: str, confidence: Floats) -> Floats | None:  # noqa: ARG002 - most repel nobody
        """Return the distance beyond which each human is repelled, shape (humans,); None where nobody is.

        ``source`` is ``peer`` or ``assistant``; ``confidence`` is each human's confidence towards it.
        """
        return None

    def claims(self, state: HumanState) -> Floats | None:  # noqa: ARG002 - most rules know no precision
        """Return the log precision that each human claims, shape (humans,); None where they claim none."""
        return None

    @property
    def consults_by_confidence(self) -> bool:
        """Whether those who consult move as every rule moves them that says nothing else.

        A round may then move them in one pass over the values.
        """
        return type(self).consult is Rule.consult and not self.answers

    def notes(self, ties: Ties) -> tuple[str, ...]:  # noqa: ARG002 - most rules have nothing to say
        """Return notes for the record about how the rule treats a network."""
        return ()


def move_towards_assistants(given: Consultation, distance: Distance) -> None:
    """Move those who consulted by what they heard, on the round's topics, in place."""
    anchors, topics = given.read_anchors(), given.context.topics
    if topics is None:
        move_by_speaker_in_place(
            given.values, given.humans, given.perceived, given.susceptibility, anchors, distance
        )
        return
    humans, _, perceived = given.reached()
    held = select_topics(given.values, topics)
    move_by_speaker_in_place(
        held,
        humans,
        perceived,
        given.susceptibility,
        select_topics(anchors, topics),
        distance,
    )
    given.values[:, topics] = held


def check_moved(rule: Rule, moved: object, shape: tuple[int, ...], n_humans: int) -> Moved:
    """Check what a custom rule returned, and return it.

    Raises
    ------
    RuleError
        If it is not a `Moved`, its values are not finite float64 numbers in [0, 1] of the given shape, or its
        state is not arrays with one row for each human under names that are free.
    """
    kind = type(rule).__name__
    if not isinstance(moved, Moved):
        raise RuleError(f"rule {kind} returned a {type(moved).__name__}; Moved(values, state) is wanted")
    values: object = moved.values
    if not isinstance(values, np.ndarray) or values.dtype != np.float64 or values.shape != shape:
        found = f"{getattr(values, 'dtype', type(values).__name__)} of shape {getattr(values, 'shape', ())}"
        raise RuleError(f"rule {kind} returned values of {found}; float64 of shape {shape} is wanted")
    wrong = ~((values >= -1e-12) & (values <= 1.0 + 1e-12))
    if wrong.any():
        human, dimension = (int(place) for place in np.argwhere(wrong)[0])
        raise RuleError(
            f"rule {kind} returned {values[human, dimension]} for human {human} in dimension {dimension}; "
            "values are in [0, 1]"
        )
    if moved.state is not None:
        check_state(rule, moved.state, n_humans)
    return Moved(np.clip(values, 0.0, 1.0), moved.state)


def check_state(rule: Rule, state: object, n_humans: int) -> None:
    """Check the state of a custom rule.

    Raises
    ------
    RuleError
        If it is not arrays of float64 or int64 with one row for each human, or a name is reserved.
    """
    kind = type(rule).__name__
    if not isinstance(state, Mapping):
        raise RuleError(f"rule {kind} keeps a {type(state).__name__}; arrays by name are wanted")
    for name, array in state.items():
        if not (isinstance(name, str) and name.isidentifier() and name.islower()) or name in RESERVED_STATE:
            raise RuleError(
                f"rule {kind} keeps something called {name!r}; a name has lower-case letters, digits and _, "
                f"and is not {' or '.join(sorted(RESERVED_STATE))}"
            )
        if not isinstance(array, np.ndarray) or array.dtype.name not in ("float64", "int64"):
            found = getattr(array, "dtype", type(array).__name__)
            raise RuleError(f"rule {kind} keeps {found} as '{name}'; arrays of float64 or int64 are wanted")
        if array.shape[:1] != (n_humans,):
            raise RuleError(
                f"rule {kind} keeps '{name}' of shape {array.shape}; its first axis is the {n_humans} humans"
            )
