"""Reference versions of the rules in plain Python, with which tests compare the compiled loops.

They follow the equations literally and are slow (every pair and every encounter in Python): for small
societies only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.compiled import uniform_plain
from coevolve_sim.networks.ties import Ties
from coevolve_sim.rules.exchange import Distance, Meetings
from coevolve_sim.rules.mediation import Mediation
from coevolve_sim.rules.susceptibility import Susceptibility


def weight_matrix(ties: Ties, *, weighted: bool = True) -> Floats:
    """Return the network as a dense matrix of weights, shape (listeners, speakers)."""
    if ties.complete:
        return np.ones((ties.n_humans, ties.n_humans)) - np.eye(ties.n_humans)
    matrix = np.zeros((ties.n_humans, ties.n_humans))
    matrix[ties.listeners, ties.indices] = ties.weights if weighted and ties.weights is not None else 1.0
    return matrix


def update_synchronously_plainly(
    values: Floats,
    ties: Ties,
    susceptibility: Susceptibility,
    *,
    anchors: Floats | None = None,
    weighted: bool = False,
    include_self: bool = True,
    distance: Distance = "joint",
    mediation: Mediation | None = None,
) -> Floats:
    """Compute `coevolve_sim.rules.exchange.update_synchronously` in plain Python."""
    n_dimensions = values.shape[1]
    weights = weight_matrix(ties, weighted=weighted)[:, :, None]
    gaps = edited_plainly(values, mediation)[None, :, :] - values[:, None, :]
    away = np.abs(gaps)
    if distance == "joint":
        away = np.broadcast_to(np.sqrt((gaps**2).sum(axis=2, keepdims=True) / n_dimensions), gaps.shape)
    near = weights * (away <= susceptibility.confidence[:, None, None])
    far = np.zeros_like(near)
    if susceptibility.repulsion is not None:
        far = weights * (away > susceptibility.repulsion[:, None, None]) * (near == 0)
    total = near.sum(axis=1) + far.sum(axis=1) + (1.0 if include_self else 0.0)
    pull = ((near - far) * gaps).sum(axis=1)
    step = np.divide(pull, total, out=np.zeros_like(pull), where=total > 0)
    moved = values + susceptibility.rate[:, None] * step
    keep = susceptibility.stubbornness[:, None]
    kept: Floats = np.clip((1 - keep) * moved + keep * (values if anchors is None else anchors), 0.0, 1.0)
    return kept


def moral_argument_plainly(
    values: Floats,
    ties: Ties,
    is_liberal: NDArray[np.bool_],
    persuasion_for: Floats,
    persuasion_against: Floats,
    *,
    exposure_of_liberals: float = 0.5,
    exposure_of_conservatives: float = 0.5,
    following: float = 0.5,
    mediation: Mediation | None = None,
) -> Floats:
    """Compute `coevolve_sim.rules.moral_argument.moral_argument` in plain Python."""
    weights = weight_matrix(ties) + (np.eye(ties.n_humans) if ties.complete else 0.0)
    moved, said = values.copy(), edited_plainly(values, mediation)
    for i, x in enumerate(values):
        left, right = (
            side @ said / side.sum() if side.any() else np.full_like(x, np.nan)
            for side in (weights[i] * is_liberal, weights[i] * ~is_liberal)
        )
        if is_liberal[i] and weights[i].any():
            from_left, from_right = (
                np.where(np.isnan(left), right, left),
                np.where(np.isnan(right), left, right),
            )
            holds = exposure_of_liberals * from_left + (1 - exposure_of_liberals) * from_right
            moved[i] = x + (1 - x) * holds * persuasion_for - x * (1 - holds) * persuasion_against
        elif not is_liberal[i] and not np.isnan(left).any():
            moved[i] = x + following * exposure_of_conservatives * (left - x)
    return np.clip(moved, 0.0, 1.0)


def update_pairwise_plainly(
    values: Floats,
    ties: Ties,
    susceptibility: Susceptibility,
    meetings: Meetings,
    *,
    anchors: Floats | None = None,
    weighted: bool = False,
    both_move: bool = False,
    distance: Distance = "joint",
    exposure: float | None = None,
    bias: float | None = None,
    distance_floor: float = 1e-5,
    mediation: Mediation | None = None,
) -> Floats:
    """Compute `coevolve_sim.rules.exchange.update_pairwise` in plain Python."""
    x, anchors = values.copy(), values.copy() if anchors is None else anchors
    matrix = weight_matrix(ties, weighted=weighted)
    for e in range(meetings.n_encounters):
        i = int(uniform_plain(int(meetings.key), 3 * e) * ties.n_humans)
        away = np.sqrt(((x - x[i]) ** 2).mean(axis=1))
        odds = matrix[i].copy()
        if bias is not None:
            heard = odds > 0
            counted = np.maximum(away[heard], distance_floor)
            odds[heard] *= (counted / counted.min(initial=np.inf)) ** -bias
        if odds.sum() == 0:
            continue
        mass = np.cumsum(odds)
        j = int(np.searchsorted(mass, uniform_plain(int(meetings.key), 3 * e + 1) * mass[-1], "right"))
        if exposure is not None and uniform_plain(int(meetings.key), 3 * e + 2) >= 0.5 ** (
            away[j] / exposure
        ):
            continue
        to_i, to_j = edited_plainly(x[[j, i]], mediation)
        x[i] = _hear_plainly(x[i], to_i, i, susceptibility, anchors[i], distance)
        if both_move:
            x[j] = _hear_plainly(x[j], to_j, j, susceptibility, anchors[j], distance)
    return x


def edited_plainly(values: Floats, mediation: Mediation | None) -> Floats:
    """Compute `coevolve_sim.rules.mediation.mediate` in plain Python; a copy where nobody edits."""
    if mediation is None:
        return values.copy()
    return np.array(
        [
            [
                (1.0 - mediation.share) * x + mediation.share * z
                for x, z in zip(row, mediation.values, strict=True)
            ]
            for row in values
        ]
    )


def _hear_plainly(
    own: Floats, other: Floats, i: int, susceptibility: Susceptibility, anchor: Floats, distance: Distance
) -> Floats:
    gaps = other - own
    away = np.abs(gaps)
    if distance == "joint":
        away = np.full_like(gaps, np.sqrt((gaps**2).mean()))
    step = np.where(away <= susceptibility.confidence[i], susceptibility.rate[i], 0.0)
    if susceptibility.repulsion is not None:
        step = np.where((away > susceptibility.repulsion[i]) & (step == 0.0), -susceptibility.rate[i], step)
    keep = susceptibility.stubbornness[i]
    moved = np.clip((1 - keep) * (own + step * gaps) + keep * anchor, 0.0, 1.0)
    heard: Floats = np.where(step != 0.0, moved, own)
    return heard
