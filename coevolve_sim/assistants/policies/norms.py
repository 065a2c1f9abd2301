"""Normative policies: bounded by the standard of a role, or by a contract that no group would reject."""

from __future__ import annotations

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.policies.observation import Learnt, Memory, Observation, move_towards

MOST_TURNS, ENOUGH = 10_000, 1e-12


def role(
    values: Floats,
    observation: Observation,
    memory: Memory,
    standard: float | Floats,
    tolerance: float | Floats,
    rate: float,
) -> Learnt:
    """Learn from people, but stay within what the role permits: a box around its standard.

    Values outside the permitted region are put on the nearest point of it, whether or not anybody was heard.
    The role does not bear on what it learns from adversaries whose attack passed its guards
    (``observation.carried``): if these are a share q of those heard, and would take it by the same rate to
    somewhere in or out of its role, it goes the part q of the way there.

    Parameters
    ----------
    values : float array, shape (dimensions,)
        In [0, 1].
    observation : Observation
        Whom it heard.
    memory : Memory
        Handed back as it is.
    standard, tolerance : float or array, shape (dimensions,)
        What the role asks for, and how far from it is permitted; in [0, 1].
    rate : float
        Which part of the way to people's mean it goes, in [0, 1].

    Returns
    -------
    values : float64 array, shape (dimensions,)
        In [0, 1], and within the tolerance of the standard but for adversaries.
    memory : Memory

    References
    ----------
    [ZhiXuan2024]_

    Examples
    --------
    >>> seen = Observation(np.array([[0.9, 0.5]]), np.array([0]), 1)
    >>> role(np.array([0.5, 0.5]), seen, {}, standard=0.5, tolerance=0.2, rate=1.0)[0].round(3).tolist()
    [0.7, 0.5]
    """
    heard, carried = observation.heard, observation.carried
    told = heard[:0] if carried is None else heard[carried]
    n_others, moved = len(heard) - len(told), values
    if n_others:
        of_others = (heard.sum(axis=0) - told.sum(axis=0)) / n_others if len(told) else heard.mean(axis=0)
        moved = move_towards(values, of_others, rate)
    least = np.maximum(np.subtract(standard, tolerance), 0.0)
    most = np.minimum(np.add(standard, tolerance), 1.0)
    permitted = np.clip(moved, least, most)
    if not len(told):
        return permitted, memory
    share = len(told) / len(heard)
    return (1.0 - share) * permitted + share * move_towards(values, told.mean(axis=0), rate), memory


def contractualist(
    values: Floats,
    observation: Observation,
    memory: Memory,
    agreement: str,
    reservation: float,
    neutral: float | Floats,
    rate: float,
) -> Learnt:
    """Move a rate of the way to what no group has reason to reject.

    A group's utility of a profile y is one less the mean squared distance to the group's mean; its gain is
    what is above its reservation, with which it would rather not agree at all. If no profile gives every
    group a gain, it moves towards the neutral profile instead.

    Parameters
    ----------
    values : float array, shape (dimensions,)
        In [0, 1].
    observation : Observation
        Whom it heard, and of which groups they are.
    memory : Memory
        Handed back as it is.
    agreement : {"max_min", "nash"}
        The greatest least gain, whatever the sizes of groups; or the greatest product of gains, each to the
        power of its group's share of those heard.
    reservation : float
        Utility below which a group does not agree, in [0, 1).
    neutral : float or array, shape (dimensions,)
        What stands if there is no agreement, in [0, 1].
    rate : float
        In [0, 1].

    Returns
    -------
    values : float64 array, shape (dimensions,)
        In [0, 1].
    memory : Memory

    References
    ----------
    [Nash1950]_; [ZhiXuan2024]_

    Examples
    --------
    >>> heard, groups = np.array([[0.2]] * 4 + [[0.8]]), np.array([0, 0, 0, 0, 1])
    >>> seen = Observation(heard, np.arange(5), 1, groups)
    >>> for agreement in ("max_min", "nash"):
    ...     target = contractualist(np.array([0.0]), seen, {}, agreement, 0.0, 0.5, rate=1.0)[0]
    ...     print(agreement, target.round(2).tolist())
    max_min [0.5]
    nash [0.34]
    """
    if not len(observation.heard):
        return values, memory
    ideals, shares = _average_by_group(observation)
    target = smallest_ball(ideals)
    if gains(target, ideals, reservation).min() <= 0.0:
        target = np.broadcast_to(np.asarray(neutral, dtype=np.float64), values.shape)
    elif agreement == "nash":
        target = nash_point(ideals, shares, reservation)
    return move_towards(values, target, rate), memory


def _average_by_group(observation: Observation) -> tuple[Floats, Floats]:
    """Return the mean values of each group heard, and its share of those heard."""
    heard = observation.heard
    groups = np.zeros(len(heard), dtype=np.intp) if observation.groups is None else observation.groups
    there, sizes = np.unique(groups, return_counts=True)
    ideals = np.array([heard[groups == group].mean(axis=0) for group in there])
    return ideals, sizes / sizes.sum()


def gains(target: Floats, ideals: Floats, reservation: float) -> Floats:
    """Return each group's gain: its utility of a profile above its reservation.

    Examples
    --------
    >>> gains(np.array([0.5]), np.array([[0.0], [0.5]]), 0.5).tolist()
    [0.25, 0.5]
    """
    above: Floats = 1.0 - ((target - ideals) ** 2).mean(axis=1) - reservation
    return above


def smallest_ball(points: Floats) -> Floats:
    """Return the centre of the smallest ball that holds all points: it minimizes the greatest distance.

    Solved by the Frank-Wolfe algorithm with away steps on the weights of the points [Yildirim2008]_, to 1e-12
    of the squared radius.

    Parameters
    ----------
    points : float array, shape (points, dimensions)

    Returns
    -------
    float64 array, shape (dimensions,)

    References
    ----------
    [Yildirim2008]_

    Examples
    --------
    >>> smallest_ball(np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 0.1]])).round(6).tolist()
    [0.5, 0.0]
    """
    weights = np.full(len(points), 1.0 / len(points))
    for _ in range(MOST_TURNS):
        centre = weights @ points
        squared = ((points - centre) ** 2).sum(axis=1)
        held = np.where(weights > 0.0, squared, np.inf)
        far, near, radius = int(squared.argmax()), int(held.argmin()), float(weights @ squared)
        too_far, too_near = squared[far] - radius, radius - squared[near]
        if max(too_far, too_near) <= ENOUGH * max(radius, ENOUGH):
            break
        if too_far >= too_near:
            weights *= 1.0 - (share := too_far / (2.0 * squared[far]))
            weights[far] += share
        else:
            most = weights[near] / (1.0 - weights[near])
            share = min(too_near / (2.0 * squared[near]) if squared[near] > 0.0 else most, most)
            weights *= 1.0 + share
            weights[near] = 0.0 if share == most else weights[near] - share
    return np.asarray(weights @ points)


def nash_point(ideals: Floats, shares: Floats, reservation: float) -> Floats:
    """Return the profile with the greatest product of gains, each to the power of its group's share.

    At the solution each group's pull, its share divided by its gain, is balanced by the others': it is the
    mean of the ideals weighted by these pulls. The fixed point is found by moving half of the way to the mean
    with the present weights until nothing moves.

    Parameters
    ----------
    ideals : float array, shape (groups, dimensions)
        The mean of each group; some profile must give every group a gain.
    shares : float array, shape (groups,)
        Their weights, which sum to 1.
    reservation : float
        As for `contractualist`.

    Returns
    -------
    float64 array, shape (dimensions,)

    References
    ----------
    [Nash1950]_

    Examples
    --------
    >>> nash_point(np.array([[0.2], [0.8]]), np.array([0.5, 0.5]), 0.0).round(6).tolist()
    [0.5]
    """
    here = smallest_ball(ideals)
    for _ in range(MOST_TURNS):
        pulls = shares / gains(here, ideals, reservation)
        there = 0.5 * here + 0.5 * (pulls / pulls.sum()) @ ideals
        while gains(there, ideals, reservation).min() <= 0.0:
            there = 0.5 * (here + there)
        moved, here = np.abs(there - here).max(), there
        if moved <= ENOUGH:
            break
    return here
