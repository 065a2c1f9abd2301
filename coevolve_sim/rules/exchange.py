"""What is heard in a round, and the two schedules in which it is heard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import RuleError
from coevolve_sim.networks.ties import Ties
from coevolve_sim.rules import kernels, passes
from coevolve_sim.rules.plain_meetings import meet_plainly
from coevolve_sim.rules.susceptibility import Susceptibility, checked_shape, checked_values

Distance = Literal["joint", "per_dimension"]


@dataclass(frozen=True, eq=False)
class Perceived:
    """What listeners perceive of speakers.

    Attributes
    ----------
    perceived : float64 array, shape (messages, dimensions)
        Values as perceived, in [0, 1].
    rows : int32 array, shape (ties,)
        Which message each tie carries: the speaker's number where a speaker says the same to
        everybody, the tie's own number where every tie has a message of its own.
    offsets : float64 array, shape (humans, dimensions), or None
        For the pairwise schedule, in which speakers' values move during the round: by how much each
        speaker is misperceived.
    ties : Ties, or None
        Along which ties anything was heard, where that is not all of the network's; ``rows`` are theirs.
    """

    perceived: Floats
    rows: NDArray[np.int32]
    offsets: Floats | None = None
    ties: Ties | None = None


def perceive_exactly(values: Floats, ties: Ties) -> Perceived:
    """Return what is heard where everybody is perceived as they are."""
    rows = np.arange(ties.n_humans, dtype=np.int32) if ties.complete else ties.indices
    return Perceived(values, rows)


@dataclass(frozen=True)
class Meetings:
    """The pairwise schedule: how many encounters, and under which key they are drawn."""

    n_encounters: int
    key: np.uint64


def averaged(
    values: Floats,
    ties: Ties,
    susceptibility: Susceptibility,
    *,
    heard: Perceived | None = None,
    anchors: Floats | None = None,
    weighted: bool = False,
    include_self: bool = True,
    distance: Distance = "joint",
) -> Floats:
    """Move all listeners at once towards the mean of those they listen to.

    ``x' = (1 - s) (x + rate * sum_j w_j (p_j - x) / sum_j w_j) + s * anchor``, the sums running over the
    perceived speakers within confidence (and, with the other sign, beyond repulsion); oneself, with weight
    1, counts in the second sum if ``include_self``. Whoever listens to nobody keeps ``x`` in the bracket.

    Parameters
    ----------
    values : float array, shape (humans, dimensions)
        In [0, 1].
    ties : Ties
        Who hears whom.
    susceptibility : Susceptibility
        Confidence, rate, stubbornness, repulsion of each human.
    heard : Perceived, optional
        What is perceived; the values themselves if not given.
    anchors : float array, shape (humans, dimensions), optional
        What the stubborn keep to; ``values`` if not given.
    weighted : bool
        Whether the weights of ties count.
    include_self : bool
        Whether oneself counts in the mean.
    distance : {"joint", "per_dimension"}
        Euclidean distance divided by the root of the number of dimensions, or each dimension alone.

    Returns
    -------
    float64 array, shape (humans, dimensions)
        In [0, 1].

    Raises
    ------
    RuleError
        If shapes disagree or a value is not finite.
    """
    values = checked_shape(values, ties.n_humans)
    heard = heard or perceive_exactly(values, ties)
    self_weight, stubborn = 1.0 if include_self else 0.0, bool(susceptibility.stubbornness.any())
    moved, finite = _averaged(
        values, ties, susceptibility, heard, weighted, self_weight, distance, not stubborn
    )
    if not finite:
        checked_values(values)
    if stubborn:
        anchors = values if anchors is None else checked_values(anchors, ties.n_humans, "anchors")
        moved = kept_to(anchors, moved, susceptibility.stubbornness)
        passes.cut(moved)
    return moved


def _averaged(
    values: Floats,
    ties: Ties,
    susceptibility: Susceptibility,
    heard: Perceived,
    weighted: bool,
    self_weight: float,
    distance: Distance,
    cut: bool,
) -> tuple[Floats, bool]:
    """Return where everybody goes before anchors, and whether all was finite, by the kernel of the case."""
    moved, finite = np.empty_like(values), True
    alone = not _is_joint(distance) or values.shape[1] == 1
    weights = ties.weights if weighted else None
    couplings = (susceptibility.confidence, susceptibility.rate)
    if alone and ties.complete and susceptibility.repulsion is None:
        checked_values(values)
        orders = np.argsort(np.ascontiguousarray(values.T), axis=1)
        in_order = np.sort(np.ascontiguousarray(heard.perceived.T), axis=1)
        kernels.average_in_full_mixing(
            values,
            heard.perceived,
            orders,
            in_order,
            heard.perceived is values,
            *couplings,
            self_weight,
            moved,
        )
        if cut:
            passes.cut(moved)
    elif values.shape[1] == 1 and weights is None and susceptibility.repulsion is None:
        finite = kernels.average_one_dimension(
            values, heard.perceived, ties.indptr, heard.rows, *couplings, self_weight, cut, moved
        )
    else:
        kernel: Callable[..., bool] = kernels.average_per_dimension if alone else kernels.average_joint
        finite = kernel(
            values,
            heard.perceived,
            ties.indptr,
            heard.rows,
            weights,
            ties.complete,
            *couplings,
            susceptibility.repulsion,
            self_weight,
            cut,
            moved,
        )
    return moved, finite


def met(
    values: Floats,
    ties: Ties,
    susceptibility: Susceptibility,
    meetings: Meetings,
    *,
    heard: Perceived | None = None,
    anchors: Floats | None = None,
    weighted: bool = False,
    both_move: bool = False,
    distance: Distance = "joint",
    exposure: float | None = None,
    bias: float | None = None,
    distance_floor: float = 1e-5,
) -> Floats:
    """Let pairs meet one after the other: a listener drawn at random, then a speaker it hears.

    The exact asynchronous process: every encounter sees what the ones before it left. The listener (and
    the speaker too, if ``both_move``) goes its rate of the way if within its confidence.

    Parameters
    ----------
    values, ties, susceptibility, anchors, distance
        As in `averaged`.
    meetings : Meetings
        Number of encounters, and the key of their draws.
    heard : Perceived, optional
        Only its offsets are used: speakers' values change while the round goes on.
    weighted : bool
        Whether a speaker is met in proportion to the weight of the tie.
    both_move : bool
        Whether the speaker listens too.
    exposure : float, optional
        An encounter at distance d comes about with probability ``0.5 ** (d / exposure)``.
    bias : float, optional
        A speaker at distance d is met with probability proportional to ``max(d, distance_floor) ** -bias``.

    Returns
    -------
    float64 array, shape (humans, dimensions)
        In [0, 1].

    Raises
    ------
    RuleError
        If shapes disagree, a value is not finite, or both shall move on a directed network.
    """
    if both_move and ties.directed:
        raise RuleError(
            "both of a pair shall move, but on a directed network a speaker need not hear its listener; "
            "use an undirected network, or hegselmann_krause with schedule pairwise"
        )
    moved = checked_values(values, ties.n_humans).copy()
    cumulative = np.cumsum(ties.weights) if weighted and ties.weights is not None else None
    offsets = None if heard is None else heard.offsets
    extras = (cumulative, offsets, susceptibility.repulsion, exposure, bias)
    if all(extra is None for extra in extras) and not susceptibility.stubbornness.any():
        meet_plainly(
            moved,
            ties.indptr,
            ties.indices,
            ties.complete,
            susceptibility.confidence,
            susceptibility.rate,
            _all_equal(susceptibility.confidence) and _all_equal(susceptibility.rate),
            meetings.key,
            meetings.n_encounters,
            both_move,
            not _is_joint(distance),
        )
        return moved
    start = moved.copy() if anchors is None else checked_values(anchors, ties.n_humans, "anchors")
    kernels.encounters(
        moved,
        offsets,
        ties.indptr,
        ties.indices,
        cumulative,
        ties.complete,
        susceptibility.confidence,
        susceptibility.rate,
        susceptibility.stubbornness,
        susceptibility.repulsion,
        start,
        meetings.key,
        meetings.n_encounters,
        both_move,
        not _is_joint(distance),
        exposure,
        bias,
        distance_floor,
    )
    return moved


def heard_alone(
    values: Floats,
    heard: Floats,
    susceptibility: Susceptibility,
    anchors: Floats,
    distance: Distance = "joint",
) -> Floats:
    """Move each listener by the one speaker it heard, as when humans consult an assistant.

    Parameters
    ----------
    values, heard, anchors : float arrays, shape (listeners, dimensions)
        Values, what each perceived, what the stubborn keep to.
    susceptibility : Susceptibility
        Of these listeners.
    distance : {"joint", "per_dimension"}
        As in `averaged`.

    Returns
    -------
    float64 array, shape (listeners, dimensions)
        In [0, 1].

    Examples
    --------
    >>> x = np.array([[0.2], [0.9]])
    >>> near = Susceptibility.of(2, confidence=0.3, rate=0.5)
    >>> heard_alone(x, np.full((2, 1), 0.4), near, x).round(3).tolist()
    [[0.3], [0.9]]
    """
    gaps = heard - values
    if _is_joint(distance):
        away = np.sqrt((gaps**2).mean(axis=1, keepdims=True)) if gaps.shape[1] else np.zeros((len(gaps), 1))
    else:
        away = np.abs(gaps)
    step = np.where(away <= susceptibility.confidence[:, None], susceptibility.rate[:, None], 0.0)
    if susceptibility.repulsion is not None:
        step = np.where(away > susceptibility.repulsion[:, None], -susceptibility.rate[:, None], step)
    moved = kept_to(anchors, values + step * gaps, susceptibility.stubbornness)
    return np.clip(np.where(step != 0.0, moved, values), 0.0, 1.0)


def hear_alone(
    values: Floats,
    humans: NDArray[np.intp],
    heard: Floats,
    susceptibility: Susceptibility,
    anchors: Floats,
    distance: Distance = "joint",
    *,
    speakers: NDArray[np.intp] | None = None,
    told: Floats | None = None,
) -> None:
    """As `heard_alone`, of some humans and in place: one pass over their rows, and nothing copied.

    Parameters
    ----------
    values, anchors : float64 arrays, shape (humans, dimensions)
        Of everybody, in C order; ``values`` are changed.
    humans : int array, shape (listeners,)
        Who listens, each once.
    heard : float array, shape (listeners, dimensions), or (speakers, dimensions)
        What each of them perceived, or what was said to them.
    susceptibility : Susceptibility
        Of everybody.
    distance : {"joint", "per_dimension"}
        As in `averaged`.
    speakers : int array, shape (listeners,), optional
        Which row of ``heard`` each of them heard; its own if not given.
    told : float64 array, shape (speakers, dimensions), optional
        What listeners held before is added to the row of whom they heard, in the order of ``humans``.

    Examples
    --------
    >>> x, said, told = np.array([[0.25], [0.75]]), np.array([[0.5]]), np.zeros((1, 1))
    >>> everybody, one = np.arange(2), np.zeros(2, np.intp)
    >>> hear_alone(x, everybody, said, Susceptibility.of(2), x, speakers=one, told=told)
    >>> x.tolist(), told.tolist()
    ([[0.5], [0.5]], [[1.0]])
    """
    passes.hear_one_each(
        values,
        humans,
        np.ascontiguousarray(heard),
        speakers,
        susceptibility.confidence,
        susceptibility.rate,
        susceptibility.stubbornness,
        susceptibility.repulsion,
        anchors,
        not _is_joint(distance),
        told,
    )


def kept_to(anchors: Floats, moved: Floats, stubbornness: Floats) -> Floats:
    """Return where people stand who keep a part of their anchor: ``(1 - s) x + s anchor``.

    Parameters
    ----------
    anchors, moved : float arrays, shape (humans, dimensions)
        What is kept to, and where exchange has led.
    stubbornness : float array, shape (humans,)
        s, in [0, 1].

    Returns
    -------
    float64 array, shape (humans, dimensions)

    References
    ----------
    [Friedkin1990]_

    Examples
    --------
    >>> kept_to(np.array([[0.0]]), np.array([[1.0]]), np.array([0.25])).tolist()
    [[0.75]]
    """
    if not stubbornness.any():
        return moved
    keep = stubbornness[:, None]
    kept: Floats = (1.0 - keep) * moved + keep * anchors
    return kept


def _all_equal(numbers: Floats) -> bool:
    return bool((numbers == numbers[0]).all())


def _is_joint(distance: str) -> bool:
    if distance not in ("joint", "per_dimension"):
        raise RuleError(f"distance is '{distance}'; must be 'joint' or 'per_dimension'")
    return distance == "joint"


def with_noise(values: Floats, noise: Floats) -> Floats:
    """Add what comes of itself, within [0, 1].

    Examples
    --------
    >>> with_noise(np.array([[0.95]]), np.array([[0.1]])).tolist()
    [[1.0]]
    """
    return np.clip(values + noise, 0.0, 1.0)
