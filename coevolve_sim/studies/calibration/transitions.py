"""From one wave to the next: whose values are known before and after, and what a rule would do to them.

A rule of bounded confidence moves a listener the share ``rate`` of the way that it goes at full rate. So the
values after a round are known for every rate once they are known for rate 1, and that is what is computed
here, by the rule itself (`coevolve_sim.rules`), for one confidence after another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats, Indices
from coevolve_sim.errors import StudyError
from coevolve_sim.networks import Ties
from coevolve_sim.rules import RULES, Perceived, Rule, Susceptibility, move
from coevolve_sim.rules.exchange import Distance
from coevolve_sim.rules.scheduled import ScheduledRule

FEWEST_EGOS = 10
"""With fewer egos than this, resampling them says nothing."""


@dataclass(frozen=True, eq=False)
class Transition:
    """Values in one wave and in the next.

    Attributes
    ----------
    ties : Ties
        Who hears whom.
    before, after : float64 arrays, shape (humans, dimensions)
        Measured values in the two waves, in [0, 1].
    egos : int array, shape (egos,)
        The humans whose change is to be explained, ascending; their friends are all they are tied to.
    heard : float64 array, shape (humans, dimensions)
        Values at which friends are heard; `before` if not given.

    Raises
    ------
    StudyError
        If shapes disagree, a value is not in [0, 1] (names the first such human), there are no ties, an ego
        hears nobody, there are fewer than 10 egos, or no ego's value differs between the waves.
    """

    ties: Ties
    before: Floats
    after: Floats
    egos: Indices
    heard: Floats | None = None

    def __post_init__(self) -> None:
        if self.ties.n_ties == 0:
            raise StudyError(
                "the network has no ties, so that nobody hears anybody; give the ties of friends"
            )
        shape = (self.ties.n_humans, *self.before.shape[1:2])
        for name, values in (("before", self.before), ("after", self.after), ("heard", self.heard)):
            if values is not None:
                _check_values(name, values, shape)
        if len(self.egos) < FEWEST_EGOS:
            raise StudyError(
                f"there {'is 1 ego' if len(self.egos) == 1 else f'are {len(self.egos)} egos'}; rate and "
                f"confidence need at least {FEWEST_EGOS}: give more people, or allow egos fewer or more ties"
            )
        alone = self.egos[self.ties.degrees[self.egos] == 0]
        if alone.size:
            raise StudyError(f"human {alone[0]} is an ego without ties; an ego has at least one")
        if np.array_equal(self.before[self.egos], self.after[self.egos]):
            raise StudyError("both waves hold the same values for every ego: there is no change to explain")


def choose_egos(ties: Ties, least: int = 1, most: int | None = None) -> Indices:
    """Return the humans who hear between `least` and `most` others, ascending.

    Raises
    ------
    StudyError
        If the bounds are none, or nobody has so many ties.

    Examples
    --------
    >>> from coevolve_sim.networks import from_edges
    >>> choose_egos(from_edges(3, np.array([[0, 1], [0, 2]])), least=2).tolist()
    [0]
    """
    if least < 1 or (most is not None and most < least):
        raise StudyError(f"egos have from 1 tie up to some larger number; {least} to {most} given")
    chosen = ties.degrees >= least
    if most is not None:
        chosen &= ties.degrees <= most
    if not chosen.any():
        raise StudyError(
            f"nobody has {least} ties{'' if most is None else f' to {most}'} or more; people have "
            f"{ties.degrees.min()} to {ties.degrees.max()} ties: allow egos fewer or more"
        )
    return np.flatnonzero(chosen)


def measure_distances(transition: Transition, distance: Distance = "joint") -> Floats:
    """Return how far each ego is from each of its friends (in each dimension, if ``"per_dimension"``)."""
    ties = transition.ties.to_explicit()
    heard = transition.before if transition.heard is None else transition.heard
    of_ego = np.isin(ties.listeners, transition.egos)
    gaps = heard[ties.indices[of_ego]] - transition.before[ties.listeners[of_ego]]
    found: Floats = np.abs(gaps).ravel() if distance == "per_dimension" else np.sqrt((gaps**2).mean(axis=1))
    return found


@dataclass(frozen=True, eq=False)
class EgoSums:
    """Sums over dimensions (and transitions) for each ego, of which mean square errors are made.

    Attributes
    ----------
    along : float64 array, shape (egos,)
        What an ego's change has along the step of the rule at full rate: ``<step, change>``.
    step : float64 array, shape (egos,)
        The square of that step: ``<step, step>``.
    """

    along: Floats
    step: Floats


@dataclass(eq=False)
class FullSteps:
    """What a rule does to egos at full rate, by confidence; each confidence is computed once.

    Parameters
    ----------
    transitions : sequence of Transition
        Of the same egos, in the same order.
    rule : str
        A rule with a confidence that moves everybody at once: ``hegselmann_krause`` or
        ``weighted_hegselmann_krause``.
    include_self : bool
        Whether a listener counts in the mean that it goes to.
    distance : {"joint", "per_dimension"}
        As in `coevolve_sim.rules.update_synchronously`.

    Raises
    ------
    StudyError
        If there is no transition, egos differ, or the rule is another.
    """

    transitions: Sequence[Transition]
    rule: str = "hegselmann_krause"
    include_self: bool = True
    distance: Distance = "joint"
    _kind: type[Rule] = field(init=False)
    _known: dict[float, EgoSums] = field(init=False, default_factory=dict)
    _change: Floats = field(init=False)

    def __post_init__(self) -> None:
        self._kind = find_linear_rule(self.rule)
        if not self.transitions:
            raise StudyError("two waves or more are needed; none given")
        first = self.transitions[0].egos
        if any(not np.array_equal(first, other.egos) for other in self.transitions):
            raise StudyError("egos must be the same people in all waves")
        squares = [((t.after - t.before)[t.egos] ** 2).sum(axis=1) for t in self.transitions]
        self._change = np.sum(squares, axis=0)

    @property
    def change(self) -> Floats:
        """The square of each ego's change, shape (egos,)."""
        return self._change

    @property
    def n_numbers(self) -> int:
        """Number of changes that each ego has: dimensions times transitions."""
        return sum(t.before.shape[1] for t in self.transitions)

    def at(self, confidence: float) -> EgoSums:
        """Return the sums at a confidence."""
        if confidence not in self._known:
            along, square = np.zeros(len(self._change)), np.zeros(len(self._change))
            for transition in self.transitions:
                step = self.step(transition, confidence)
                along += (step * (transition.after - transition.before)[transition.egos]).sum(axis=1)
                square += (step**2).sum(axis=1)
            self._known[confidence] = EgoSums(along, square)
        return self._known[confidence]

    def step(self, transition: Transition, confidence: float) -> Floats:
        """Return how far each ego goes at rate 1, shape (egos, dimensions)."""
        moved = take_step(
            transition, self._kind, confidence, 1.0, include_self=self.include_self, distance=self.distance
        )
        found: Floats = (moved - transition.before)[transition.egos]
        return found

    def mean_square_error(self, confidence: float, rate: float) -> float:
        """Return the error of predicting the next wave, per ego and number."""
        sums = self.at(confidence)
        left = self._change - 2 * rate * sums.along + rate**2 * sums.step
        return float(left.mean()) / self.n_numbers


def take_step(
    transition: Transition,
    kind: type[Rule],
    confidence: float,
    rate: float,
    *,
    include_self: bool = True,
    distance: Distance = "joint",
) -> Floats:
    """Return everybody's values after one round of a rule, shape (humans, dimensions)."""
    ties, heard = transition.ties, None
    if transition.heard is not None:
        rows = np.arange(ties.n_humans, dtype=np.int32) if ties.complete else ties.indices
        heard = Perceived(np.ascontiguousarray(transition.heard), rows)
    near = Susceptibility.of(ties.n_humans, confidence=confidence, rate=rate)
    return move(
        kind, transition.before, ties, near, heard=heard, include_self=include_self, distance=distance
    )


def find_linear_rule(name: str) -> type[Rule]:
    """Return the rule of a name, if its step is proportional to its rate and bounded by a confidence.

    Raises
    ------
    StudyError
        If there is none, or it is another rule.

    Examples
    --------
    >>> find_linear_rule("hegselmann_krause").name
    'hegselmann_krause'
    """
    fitting = [kind for kind in RULES.own if _is_linear(RULES[kind])]
    if name not in fitting:
        raise StudyError(
            f"rule '{name}' cannot be calibrated; those with a confidence that move everybody at once can: "
            f"{', '.join(fitting)}"
        )
    found: type[Rule] = RULES[name]
    return found


def _is_linear(kind: type[Rule]) -> bool:
    # repulsion pushes beyond [0, 1], where values are clipped: the step is then not proportional to the rate
    return (
        issubclass(kind, ScheduledRule)
        and kind.bounded
        and "synchronous" in kind.schedules
        and not hasattr(kind, "repulsion")
    )


def _check_values(name: str, values: Floats, shape: tuple[int, ...]) -> None:
    if values.ndim != 2 or values.shape != shape:
        raise StudyError(f"values {name} must be an array {shape}, a row a human; {values.shape} given")
    wrong: NDArray[np.bool_] = ~((values >= 0) & (values <= 1))
    if wrong.any():
        human, dimension = (int(place) for place in np.argwhere(wrong)[0])
        raise StudyError(
            f"values {name} must lie in [0, 1]; human {human} has {values[human, dimension]} in dimension "
            f"{dimension}: divide percent by 100, and bring a scale from LOW to HIGH to [0, 1] by "
            "(x - LOW) / (HIGH - LOW)"
        )
