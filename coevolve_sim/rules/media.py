"""Media: outlets that people follow beside their peers and assistants, and that nobody moves.

Who holds x and follows outlets at z_k goes to ``x + sum_k g_k 1[d(x, z_k) <= eps] (z_k - x)``: all of them
are heard at once, each with a rate g_k of its own, within one's confidence towards other humans. One outlet
beside peers is the mediator's formula (`coevolve_sim.rules.mediation`) on the listener's side.

What is heard of an outlet need not be what it says: a channel turns a `Broadcast` into what each audience
perceives (`HeardOutlets`). With numbers all are one audience; with words people whose minds read with the
same voice are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import RuleError
from coevolve_sim.rules import passes
from coevolve_sim.rules.exchange import Distance
from coevolve_sim.rules.susceptibility import Susceptibility
from coevolve_sim.threads import run_in_blocks

ROUNDING = 1e-9

MIDDLE = 0.5
"""Where what an outlet says stands when it takes no side."""


@dataclass(frozen=True, eq=False)
class Broadcast:
    """What outlets say in a round, and to whom.

    Attributes
    ----------
    names : tuple of str
        The outlets.
    said : float64 array, shape (outlets, dimensions)
        Where what each says stands, in [0, 1].
    able, followed : bool array, shape (humans, outlets)
        Who can follow which, and who does in this round.
    """

    names: tuple[str, ...]
    said: Floats
    able: NDArray[np.bool_]
    followed: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class HeardOutlets:
    """What is perceived of outlets in a round.

    Attributes
    ----------
    perceived : float64 array, shape (audiences, outlets, topics)
        In [0, 1]; nan where nothing got through.
    audience_of : int array, shape (humans,), or None
        The audience of each human; None where there is one alone.
    """

    perceived: Floats
    audience_of: NDArray[np.intp] | None = None


def take_sides(standing: Floats, draws: Floats, rates: Floats) -> Floats:
    """Return where what outlets say stands: where they stand, or in the middle when they take no side.

    Parameters
    ----------
    standing, draws : float64 array, shape (outlets, dimensions)
        Where they stand, and a uniform draw for what each says on each dimension; both in [0, 1].
    rates : float64 array, shape (outlets,)
        The share of what each says that takes its side, in [0, 1].

    Returns
    -------
    float64 array, shape (outlets, dimensions)

    References
    ----------
    [Lyu2024]_

    Examples
    --------
    >>> take_sides(np.array([[0.9, 0.9]]), np.array([[0.2, 0.6]]), np.array([0.41])).tolist()
    [[0.9, 0.5]]
    """
    return np.where(draws < rates[:, None], standing, MIDDLE)


def follow_nearest(
    values: Floats, outlets: Floats, within: Floats, able: NDArray[np.bool_] | None = None
) -> NDArray[np.bool_]:
    """Return who follows which outlet by homophily: everybody the nearest, if it is within its distance.

    Parameters
    ----------
    values : float64 array, shape (humans, dimensions)
    outlets : float64 array, shape (outlets, dimensions)
        Where they stand.
    within : float64 array, shape (outlets,)
        Distance, over all dimensions, beyond which an outlet is followed by nobody.
    able : bool array, shape (humans, outlets), optional
        Who can follow which; who cannot follow its nearest follows none. All can if not given.

    Returns
    -------
    bool array, shape (humans, outlets)
        At most one in each row; of two that are as near, the first.

    Examples
    --------
    >>> follow_nearest(np.array([[0.1], [0.7]]), np.array([[0.2], [0.9]]), np.full(2, 0.3)).tolist()
    [[True, False], [False, True]]
    """
    if able is None:
        able = np.ones((len(values), len(outlets)), dtype=bool)
    followed = np.zeros(able.shape, np.bool_, order="F")
    given = (values, outlets, within, np.asfortranarray(able), followed)
    run_in_blocks(passes.find_nearest, len(values), outlets.size, *given)
    return followed


def hear_outlets(
    values: Floats,
    followed: NDArray[np.bool_],
    heard: Floats,
    rates: Floats,
    susceptibility: Susceptibility,
    distance: Distance = "joint",
) -> tuple[Floats, tuple[int, ...]]:
    """Move everybody by the outlets that each follows, all heard at once.

    Parameters
    ----------
    values : float array, shape (humans, dimensions)
        In [0, 1].
    followed : bool array, shape (humans, outlets)
        Who follows which.
    heard : float array, shape (outlets, dimensions)
        What is heard of each, in [0, 1].
    rates : float array, shape (outlets,)
        The part of the way that its followers go, in [0, 1]; those of one human sum to at most 1.
    susceptibility : Susceptibility
        How humans listen: confidence, and the repulsion beyond which an outlet drives away.
    distance : {"joint", "per_dimension"}
        As in `coevolve_sim.rules.exchange.update_synchronously`.

    Returns
    -------
    float64 array, shape (humans, dimensions)
        In [0, 1]; a new array.
    tuple of int
        How many follow each outlet.

    Raises
    ------
    RuleError
        If shapes do not fit, or rates are outside their range.

    Examples
    --------
    >>> near = Susceptibility.of(2, confidence=0.3)
    >>> x, one = np.array([[0.5], [0.25]]), np.array([[0.75]])
    >>> moved, n_followers = hear_outlets(x, np.ones((2, 1), bool), one, np.array([0.5]), near)
    >>> moved.tolist(), n_followers
    ([[0.625], [0.25]], (2,))
    """
    shape = (len(values), len(heard))
    if followed.shape != shape or rates.shape != shape[1:] or heard.shape[1:] != values.shape[1:]:
        raise RuleError(
            f"outlets of shape {heard.shape} with rates of shape {rates.shape} are followed as in shape "
            f"{followed.shape}; of {shape[0]} humans and {shape[1]} outlets on {values.shape[1]} dimensions "
            f"{(shape[1], values.shape[1])}, {shape[1:]} and {shape} are wanted"
        )
    if not ((rates >= 0.0) & (rates <= 1.0)).all():
        raise RuleError(f"the rates of outlets are {rates.tolist()}; each must be in [0, 1]")
    if rates.sum() > 1.0:  # else nobody's can
        together = followed @ rates
        if (together > 1.0 + ROUNDING).any():
            human = int(together.argmax())
            raise RuleError(
                f"outlets that human {human} follows have rates that sum to {together[human]:g}; at most 1 "
                "is wanted"
            )
    moved = np.array(values, dtype=np.float64, order="C")
    told = HeardOutlets(np.asarray(heard, dtype=np.float64)[None])
    return moved, hear_outlets_in_place(moved, followed, told, rates, susceptibility, distance)


def hear_outlets_in_place(
    values: Floats,
    followed: NDArray[np.bool_],
    heard: HeardOutlets,
    rates: Floats,
    susceptibility: Susceptibility,
    distance: Distance = "joint",
) -> tuple[int, ...]:
    """Move everybody by the outlets that each follows, in place; return how many hear each.

    For rounds, which prove nothing anew: rates are as `hear_outlets` wants them, and whoever reads a scenario
    has seen to it (`coevolve_sim.scenario.media_checks`). Otherwise as there. An outlet of which an audience
    could not read all topics is not heard by it.

    Parameters
    ----------
    values : float64 array, shape (humans, topics)
        In [0, 1], C-contiguous.
    followed, rates, susceptibility, distance
        As for `hear_outlets`.
    heard : HeardOutlets

    Examples
    --------
    >>> near, x = Susceptibility.of(2), np.array([[0.5], [0.5]])
    >>> told = HeardOutlets(np.array([[[1.0]], [[np.nan]]]), np.array([0, 1]))
    >>> hear_outlets_in_place(x, np.ones((2, 1), bool), told, np.array([0.5]), near), x.tolist()
    ((1,), [[0.75], [0.5]])
    """
    counts = np.zeros(len(rates), dtype=np.int64)
    for audience, perceived in enumerate(heard.perceived):
        through = np.isfinite(perceived).all(axis=1)
        follows = followed if through.all() else followed & through
        if heard.audience_of is not None:
            follows = follows & (heard.audience_of == audience)[:, None]
        counts += sum(
            run_in_blocks(
                passes.hear_several,
                len(values),
                perceived.size,
                values,
                np.asfortranarray(follows),
                np.where(through[:, None], perceived, MIDDLE),
                np.ascontiguousarray(rates, dtype=np.float64),
                susceptibility.confidence,
                susceptibility.repulsion,
                distance == "per_dimension",
            )
        )
    return tuple(counts.tolist())
