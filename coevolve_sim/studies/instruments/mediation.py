"""Mediation: who was moved by the assistant itself, and who by friends whom it moved.

x(u, M(v)) is where people end in world u (1 with the assistant, 0 without) if peers say what they said in
world v. `coevolve_sim.society.replayed_peers` runs such worlds. Then

    natural direct effect    NDE = x(1, M(0)) - x(0, M(0))
    natural indirect effect  NIE = x(1, M(1)) - x(1, M(0))
    total effect             TE  = x(1, M(1)) - x(0, M(0)) = NDE + NIE

The trap is to add the direct effect to x(0, M(1)) - x(0, M(0)): that is the indirect effect on people who do
not consult, and the sum is not the total.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from coevolve_sim.arrays import Floats
from coevolve_sim.studies.effects import PairedEffect, paired_effect
from coevolve_sim.studies.instruments.given_arrays import check_numbers, check_same_shape


@dataclass(frozen=True, eq=False)
class Mediation:
    """The effect of the assistant, split into what it did itself and what came by way of peers.

    Attributes
    ----------
    direct, indirect, total : PairedEffect
        NDE, NIE and TE, on average over replications; total is the sum of the two.
    interaction : PairedEffect
        NIE less the indirect effect on people without the assistant, x(0, M(1)) - x(0, M(0)): by how much
        the sum of the trap is off.
    """

    direct: PairedEffect
    indirect: PairedEffect
    total: PairedEffect
    interaction: PairedEffect

    @property
    def sentence(self) -> str:
        """The finding in words, with what would have been seen of the indirect effect."""
        parts = (
            f"{name} {part.mean:+.4f} ({part.low:+.4f} to {part.high:+.4f})"
            for name, part in (
                ("people end elsewhere by", self.total),
                ("directly", self.direct),
                ("by way of peers", self.indirect),
            )
        )
        said = "; ".join(parts)
        if self.indirect.low <= 0 <= self.indirect.high:
            said += (
                ": nothing by way of peers can be told from zero; "
                f"{self.indirect.smallest_effect_seen:.4f} would have been seen"
            )
        return f"{said[0].upper()}{said[1:]}."


def split_effect(without: ArrayLike, alone: ArrayLike, both: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Return the direct, the indirect and the total effect, entry by entry.

    Parameters
    ----------
    without, alone, both : float arrays of one shape, (replications, ...)
        x(0, M(0)); x(1, M(0)), in which the assistant is there but peers say what they say without it; and
        x(1, M(1)).

    Returns
    -------
    direct, indirect, total : float64 arrays of that shape
        total is direct + indirect.

    Raises
    ------
    StudyError
        If shapes differ or a number is not finite.

    References
    ----------
    [Pearl2001]_

    Examples
    --------
    >>> [effect.round(4).tolist() for effect in split_effect([0.0], [0.3239], [0.448])]
    [[0.3239], [0.1241], [0.448]]
    """
    x00, x10, x11 = _check_branches(without=without, alone=alone, both=both)
    direct, indirect = x10 - x00, x11 - x10
    return direct, indirect, direct + indirect


def mediate(
    without: ArrayLike, alone: ArrayLike, peers_only: ArrayLike, both: ArrayLike, *, confidence: float = 0.95
) -> Mediation:
    """Return the split of an effect over replications, with intervals.

    Parameters
    ----------
    without, alone, peers_only, both : float arrays, shape (replications,)
        A score of each replication in x(0, M(0)), x(1, M(0)), x(0, M(1)) and x(1, M(1)).
    confidence : float
        In (.5, 1).

    Returns
    -------
    Mediation

    Raises
    ------
    StudyError
        If shapes differ, a number is not finite, or there are fewer than 2 replications.

    References
    ----------
    [Pearl2001]_

    Examples
    --------
    >>> found = mediate([0.1, 0.2], [0.3, 0.4], [0.15, 0.25], [0.4, 0.5])
    >>> [round(part.mean, 3) for part in (found.direct, found.indirect, found.total, found.interaction)]
    [0.2, 0.1, 0.3, 0.05]
    """
    x00, x10, x01, x11 = _check_branches(without=without, alone=alone, peers_only=peers_only, both=both)
    total = split_effect(x00, x10, x11)[2]
    return Mediation(
        paired_effect(x10, x00, confidence=confidence),
        paired_effect(x11, x10, confidence=confidence),
        paired_effect(x00 + total, x00, confidence=confidence),
        paired_effect(x11 - x10, x01 - x00, confidence=confidence),
    )


def _check_branches(**given: ArrayLike) -> list[Floats]:
    """Return branches as finite arrays of one shape."""
    n_axes = np.ndim(next(iter(given.values())))
    axes = ", ".join(["replications", *["..."] * (n_axes - 1)])
    arrays = {name: check_numbers(name, array, f"({axes})") for name, array in given.items()}
    check_same_shape(**arrays)
    return list(arrays.values())
