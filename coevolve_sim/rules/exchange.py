"""How humans move by what they perceive: the synchronous and the pairwise schedule, and single speakers."""

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
from coevolve_sim.rules.fast_encounters import run_fast_encounters
from coevolve_sim.rules.mediation import Mediation
from coevolve_sim.rules.susceptibility import Susceptibility, checked_shape, checked_values
from coevolve_sim.threads import count_threads, run_by_dimension, run_in_blocks

Distance = Literal["joint", "per_dimension"]


@dataclass(frozen=True, eq=False)
class Perceived:
    """What listeners perceive of speakers in one round.

    Attributes
    ----------
    perceived : float64 array, shape (messages, dimensions)
        Values as perceived, in [0, 1].
    rows : int32 array, shape (ties,)
        Row of ``perceived`` that each tie carries: the speaker's number where a speaker says the same to
        everybody, the tie's own number where every tie has a message of its own.
    offsets : float64 array, shape (humans, dimensions), or None
        By how much each speaker is misperceived. For the pairwise schedule, in which speakers' values move
        during the round.
    ties : Ties, or None
        The ties along which anything was heard, where these are not all of the network's; ``rows`` then
        belongs to them.
    mediation : Mediation, or None
        Who has edited what speakers say, where anybody has; ``perceived`` is as edited. For the pairwise
        schedule, which edits the values that speakers have at each encounter.
    """

    perceived: Floats
    rows: NDArray[np.int32]
    offsets: Floats | None = None
    ties: Ties | None = None
    mediation: Mediation | None = None


def perceive_exactly(values: Floats, ties: Ties) -> Perceived:
    """Return what listeners perceive in a channel without noise: everybody's values as they are."""
    rows = np.arange(ties.n_humans, dtype=np.int32) if ties.complete else ties.indices
    return Perceived(values, rows)


@dataclass(frozen=True)
class Meetings:
    """The pairwise schedule: the number of encounters, and the key under which they are drawn."""

    n_encounters: int
    key: np.uint64


def update_synchronously(
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

    ``x' = (1 - s) (x + rate * sum_j w_j (p_j - x) / sum_j w_j) + s * anchor``, where the sums run over the
    speakers perceived within confidence (and, with the opposite sign, beyond repulsion). With
    ``include_self`` the listener itself counts in the second sum, with weight 1. A listener with no such
    speaker keeps ``x`` in the bracket.

    Parameters
    ----------
    values : float array, shape (humans, dimensions)
        In [0, 1].
    ties : Ties
        Who hears whom.
    susceptibility : Susceptibility
        Confidence, rate, stubbornness, repulsion of each human.
    heard : Perceived, optional
        What listeners perceive; the values themselves if not given.
    anchors : float array, shape (humans, dimensions), optional
        Values that stubborn humans are drawn back to; ``values`` if not given.
    weighted : bool
        Whether the weights of ties count.
    include_self : bool
        Whether the listener itself counts in the mean.
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
    moved, finite = _average_by_kernel(
        values, ties, susceptibility, heard, weighted, self_weight, distance, not stubborn
    )
    if not finite:  # the loop only says that something is not finite; the check names the first such human
        checked_values(values)
    if stubborn:
        anchors = values if anchors is None else checked_values(anchors, ties.n_humans, "anchors")
        moved = mix_with_anchors(anchors, moved, susceptibility.stubbornness)
        # Only now: the anchor pulls from where the average led, even beyond an end.
        run_in_blocks(passes.cut, *moved.shape, moved)
    return moved


def _average_by_kernel(
    values: Floats,
    ties: Ties,
    susceptibility: Susceptibility,
    heard: Perceived,
    weighted: bool,
    self_weight: float,
    distance: Distance,
    cut: bool,
) -> tuple[Floats, bool]:
    """Return the averages before anchors and whether all are finite, by the compiled loop that fits."""
    moved = np.empty_like(values)
    alone = not _is_joint(distance) or values.shape[1] == 1
    weights = ties.weights if weighted else None
    couplings = (susceptibility.confidence, susceptibility.rate)
    if alone and ties.complete and susceptibility.repulsion is None:
        checked_values(values)
        _average_in_order(values, heard, couplings, self_weight, moved)
        if cut:
            run_in_blocks(passes.cut, *moved.shape, moved)
        return moved, True
    numbers_a_row = ties.count_read(values.shape[1])
    if values.shape[1] == 1 and weights is None and susceptibility.repulsion is None:
        found = run_in_blocks(
            kernels.average_one_dimension,
            ties.n_humans,
            numbers_a_row,
            values,
            heard.perceived,
            ties.indptr,
            heard.rows,
            *couplings,
            self_weight,
            cut,
            moved,
        )
    else:
        kernel: Callable[..., bool] = kernels.average_per_dimension if alone else kernels.average_joint
        found = run_in_blocks(
            kernel,
            ties.n_humans,
            numbers_a_row,
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
    return moved, all(found)


def _average_in_order(
    values: Floats, heard: Perceived, couplings: tuple[Floats, Floats], self_weight: float, moved: Floats
) -> None:
    """Write the averages of everybody over everybody, each dimension on its own, from sorted values."""
    n_humans, n_dimensions = values.shape
    orders, in_order = np.empty((n_dimensions, n_humans), np.intp), np.empty((n_dimensions, n_humans))

    def sort(first: int, last: int) -> Floats:
        # Listeners of equal value may come in any order, as each is computed on its own: no stable sort is
        # needed.
        orders[first:last] = np.argsort(np.ascontiguousarray(values.T[first:last]), axis=1)
        in_order[first:last] = np.sort(np.ascontiguousarray(heard.perceived.T[first:last]), axis=1)
        sums: Floats = kernels.sums_in_order(first, last, in_order)
        return sums

    run_in_blocks(
        kernels.average_in_full_mixing,
        n_humans,
        2 * n_dimensions,
        values,
        heard.perceived,
        orders,
        in_order,
        np.concatenate(run_by_dimension(sort, n_dimensions, n_humans)),
        heard.perceived is values,
        *couplings,
        *(_all_equal(numbers) for numbers in couplings),
        self_weight,
        moved,
    )


def update_pairwise(
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
    """Let pairs meet one after the other: a listener drawn at random, then one of the speakers it hears.

    This is the exact asynchronous process: every encounter starts from the values that earlier ones left. The
    listener (and the speaker too, if ``both_move``) moves by its rate towards the other if the distance is
    within its confidence.

    Parameters
    ----------
    values, ties, susceptibility, anchors, distance
        As in `update_synchronously`.
    meetings : Meetings
        Number of encounters, and the key of their draws.
    heard : Perceived, optional
        Only its offsets and its mediation are used, as speakers' values change during the round.
    weighted : bool
        Whether speakers are drawn with probability proportional to the weight of the tie.
    both_move : bool
        Whether the speaker listens too.
    exposure : float, optional
        An encounter at distance d takes place with probability ``0.5 ** (d / exposure)``.
    bias : float, optional
        A speaker at distance d is drawn with probability proportional to ``max(d, distance_floor) ** -bias``.

    Returns
    -------
    float64 array, shape (humans, dimensions)
        In [0, 1].

    Raises
    ------
    RuleError
        If shapes disagree, a value is not finite, or ``both_move`` is set on a directed network.
    """
    if both_move and ties.directed:
        raise RuleError(
            "both of a pair shall move, but on a directed network a speaker need not hear its listener; "
            "use an undirected network, or hegselmann_krause with schedule pairwise"
        )
    moved = checked_values(values, ties.n_humans).copy()
    cumulative = None
    if weighted and ties.weights is not None:
        cumulative = passes.sums_along_rows(ties.indptr, ties.weights)
    offsets = None if heard is None else heard.offsets
    mediation = None if heard is None else heard.mediation
    share, towards = (0.0, None) if mediation is None else (mediation.share, mediation.values)
    # Without any of these the faster loop draws and moves the very same pairs; with one, the general loop
    # must run.
    extras = (cumulative, offsets, susceptibility.repulsion, exposure, bias)
    if all(extra is None for extra in extras) and not susceptibility.stubbornness.any():
        run_fast_encounters(
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
            share,
            towards,
        )
        return moved
    start = moved.copy() if anchors is None else checked_values(anchors, ties.n_humans, "anchors")
    kernels.encounters(
        moved,
        offsets,
        share,
        towards,
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


def move_by_speaker(
    values: Floats,
    heard: Floats,
    susceptibility: Susceptibility,
    anchors: Floats,
    distance: Distance = "joint",
) -> Floats:
    """Move each listener by the one speaker it heard, as when a human consults an assistant.

    Parameters
    ----------
    values, heard, anchors : float arrays, shape (listeners, dimensions)
        Values of the listeners, what each perceived, and the values that the stubborn are drawn back to.
    susceptibility : Susceptibility
        Of these listeners.
    distance : {"joint", "per_dimension"}
        As in `update_synchronously`.

    Returns
    -------
    float64 array, shape (listeners, dimensions)
        In [0, 1].

    Examples
    --------
    >>> x = np.array([[0.2], [0.9]])
    >>> near = Susceptibility.of(2, confidence=0.3, rate=0.5)
    >>> move_by_speaker(x, np.full((2, 1), 0.4), near, x).round(3).tolist()
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
    moved = mix_with_anchors(anchors, values + step * gaps, susceptibility.stubbornness)
    return np.clip(np.where(step != 0.0, moved, values), 0.0, 1.0)


def move_by_speaker_in_place(
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
    """Move some humans in place as `move_by_speaker` does: one pass over their rows, without copies.

    Parameters
    ----------
    values, anchors : float64 arrays, shape (humans, dimensions)
        Of everybody, in C order; ``values`` are changed.
    humans : int array, shape (listeners,)
        The listeners, each once.
    heard : float array, shape (listeners, dimensions), or (speakers, dimensions)
        What each listener perceived, or what each speaker said.
    susceptibility : Susceptibility
        Of everybody.
    distance : {"joint", "per_dimension"}
        As in `update_synchronously`.
    speakers : int array, shape (listeners,), optional
        The row of ``heard`` that each listener heard; its own if not given.
    told : float64 array, shape (speakers, dimensions), optional
        Listeners' values before the move are added to the row of the speaker they heard, in the order of
        ``humans``.

    Examples
    --------
    >>> x, said, told = np.array([[0.25], [0.75]]), np.array([[0.5]]), np.zeros((1, 1))
    >>> everybody, one = np.arange(2), np.zeros(2, np.intp)
    >>> move_by_speaker_in_place(x, everybody, said, Susceptibility.of(2), x, speakers=one, told=told)
    >>> x.tolist(), told.tolist()
    ([[0.5], [0.5]], [[1.0]])
    """
    listening = (
        humans,
        np.ascontiguousarray(heard),
        speakers,
        susceptibility.confidence,
        susceptibility.rate,
        susceptibility.stubbornness,
        susceptibility.repulsion,
        anchors,
        not _is_joint(distance),
    )
    many = 2 * values.shape[1]
    if told is None or count_threads() == 1:
        run_in_blocks(passes.hear_one_each, humans.size, many, values, *listening, told)
        return
    places = np.arange(humans.size) if speakers is None else speakers

    def tell_and_move(first: int, last: int) -> Floats:
        held: Floats = passes.take_rows(first, last, values, humans)
        passes.hear_one_each(first, last, values, *listening, None)
        return held

    run_in_blocks(
        tell_and_move,
        humans.size,
        many,
        then=lambda first, last, held: passes.add_rows(first, last, held, places, told),
    )


def mix_with_anchors(anchors: Floats, moved: Floats, stubbornness: Floats) -> Floats:
    """Draw stubborn humans back to their anchors: ``(1 - s) x + s anchor``.

    Parameters
    ----------
    anchors, moved : float arrays, shape (humans, dimensions)
        The anchors, and the values after the exchange.
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
    >>> mix_with_anchors(np.array([[0.0]]), np.array([[1.0]]), np.array([0.25])).tolist()
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


def add_noise(values: Floats, noise: Floats) -> Floats:
    """Add noise to values and clip to [0, 1].

    Examples
    --------
    >>> add_noise(np.array([[0.95]]), np.array([[0.1]])).tolist()
    [[1.0]]
    """
    return np.clip(values + noise, 0.0, 1.0)
