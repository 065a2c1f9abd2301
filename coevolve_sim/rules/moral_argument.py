"""Moral argument theory: some arguments appeal to everybody, some to one side only [Strimling2019]_."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import RuleError
from coevolve_sim.networks.ties import Ties
from coevolve_sim.rules import kernels
from coevolve_sim.rules.exchange import Perceived, perceive_exactly
from coevolve_sim.rules.rule import Exchange, Moved, Rule
from coevolve_sim.rules.susceptibility import checked_values
from coevolve_sim.threads import run_in_blocks


def moral_argument(
    values: Floats,
    ties: Ties,
    is_liberal: NDArray[np.bool_],
    persuasion_for: float | Floats,
    persuasion_against: float | Floats,
    *,
    exposure_of_liberals: float = 0.5,
    exposure_of_conservatives: float = 0.5,
    following: float = 0.5,
    heard: Perceived | None = None,
) -> Floats:
    """Move liberals by the arguments they hear, and conservatives towards the liberals they hear.

    A value is the probability of holding the position. A liberal meets somebody who holds it with probability
    ``P = L * l + (1 - L) * c``, where l and c are the mean values of the liberals and the conservatives that
    it hears, and moves to ``x' = x + (1 - x) P b_for - x (1 - P) b_against``. A conservative moves to ``x' =
    x + following * Lc * (l - x)``. A human who hears only one side uses its mean for both; a human who hears
    nobody does not move. In full mixing everybody is heard, the listener included, and two groups with one
    value each follow the published recursion exactly.

    Parameters
    ----------
    values : float array, shape (humans, dimensions)
        In [0, 1].
    ties : Ties
        Who hears whom; weights count.
    is_liberal : bool array, shape (humans,)
        Which humans are liberals, whom arguments move.
    persuasion_for, persuasion_against : float or float array, shape (dimensions,)
        b_for and b_against, in [0, 1].
    exposure_of_liberals, exposure_of_conservatives : float
        L and Lc, probability of hearing a liberal, in [0, 1].
    following : float
        In [0, 1].
    heard : Perceived, optional
        What listeners perceive; the values themselves if not given.

    Returns
    -------
    float64 array, shape (humans, dimensions)
        In [0, 1].

    Raises
    ------
    RuleError
        If shapes disagree or a value is not finite.

    References
    ----------
    [Strimling2019]_

    Examples
    --------
    >>> from coevolve_sim.networks.ties import full_mixing
    >>> x = np.array([[0.5], [0.5]])
    >>> moral_argument(x, full_mixing(2), np.array([True, False]), 0.5, 0.1).round(3).tolist()
    [[0.6], [0.5]]
    """
    values = checked_values(values, ties.n_humans)
    if is_liberal.shape != (ties.n_humans,):
        raise RuleError(f"is_liberal has shape {is_liberal.shape}; shape ({ties.n_humans},) is wanted")
    liberals, conservatives = _means_by_side(heard or perceive_exactly(values, ties), ties, is_liberal)
    from_liberals = np.where(np.isnan(liberals), conservatives, liberals)
    from_conservatives = np.where(np.isnan(conservatives), liberals, conservatives)
    holds = exposure_of_liberals * from_liberals + (1.0 - exposure_of_liberals) * from_conservatives
    argued = (
        values
        + (1.0 - values) * holds * np.asarray(persuasion_for)
        - values * (1.0 - holds) * np.asarray(persuasion_against)
    )
    followed = values + following * exposure_of_conservatives * (liberals - values)
    moved = np.where(is_liberal[:, None], argued, followed)
    return np.clip(np.where(np.isnan(moved), values, moved), 0.0, 1.0)


def _means_by_side(heard: Perceived, ties: Ties, is_liberal: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    if not ties.complete:
        n_dimensions = heard.perceived.shape[1]
        means = np.zeros((2, ties.n_humans, n_dimensions))
        run_in_blocks(
            kernels.means_by_side,
            ties.n_humans,
            ties.count_read(n_dimensions),
            heard.perceived,
            ties.indptr,
            ties.indices,
            heard.rows,
            ties.weights,
            is_liberal,
            means,
        )
        return means[0], means[1]
    nobody = np.full(heard.perceived.shape[1], np.nan)
    liberals = heard.perceived[is_liberal].mean(axis=0) if is_liberal.any() else nobody
    conservatives = heard.perceived[~is_liberal].mean(axis=0) if not is_liberal.all() else nobody
    shape = heard.perceived.shape
    return np.broadcast_to(liberals, shape), np.broadcast_to(conservatives, shape)


@dataclass(frozen=True)
class MoralArgument(Rule):
    """Rule in which arguments persuade liberals and conservatives follow the liberals they hear.

    Parameters
    ----------
    liberals : tuple of str
        Names of the groups that are liberals, whom arguments move.
    persuasion_for, persuasion_against : float or mapping of dimension to float
        How far arguments for and against a position persuade, in [0, 1].
    exposure_of_liberals, exposure_of_conservatives : float
        Probability of hearing a liberal, in [0, 1].
    following : float
        Share of the way that conservatives move towards the liberals they hear, in [0, 1].
    """

    name: ClassVar[str] = "moral_argument"
    meaning: ClassVar[str] = (
        "Arguments persuade liberals for or against; conservatives follow the liberals they hear."
    )
    source: ClassVar[str] = "Strimling2019"
    weighted: ClassVar[bool] = True
    liberals: tuple[str, ...] = ()
    persuasion_for: float | Mapping[str, float] = 0.5
    persuasion_against: float | Mapping[str, float] = 0.1
    exposure_of_liberals: float = 0.5
    exposure_of_conservatives: float = 0.5
    following: float = 0.5

    @property
    def moves_row_by_row(self) -> bool:
        """Whether everybody moves by its own row of ties: always."""
        return True

    def exchange(self, given: Exchange) -> Moved:
        """Move everybody by one round of arguments."""
        return Moved(
            moral_argument(
                given.values,
                given.ties,
                given.context.is_in(self.liberals),
                given.context.per_dimension(self.persuasion_for),
                given.context.per_dimension(self.persuasion_against),
                exposure_of_liberals=self.exposure_of_liberals,
                exposure_of_conservatives=self.exposure_of_conservatives,
                following=self.following,
                heard=given.perceived,
            )
        )
