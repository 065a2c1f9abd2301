"""Planted waves on a real network, in which confidence and rate are known.

Everybody's values are uniform; in the next wave each human has moved by one round of the rule. Where the
measurement errs matters more than by how much. Error in the outcome alone only blurs. Error in what friends
are measured at pulls the rate down. Error in the ego's own first value does two things: who was measured too
high by chance comes down in the next wave, which is taken for movement towards others and pushes the rate up;
and the wrong friends are counted within confidence, which pulls it down. The first wins where confidence is
wide or dimensions are few, the second where confidence is narrow and dimensions are many.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError
from coevolve_sim.networks import Ties
from coevolve_sim.rules import Susceptibility, move
from coevolve_sim.streams import stream
from coevolve_sim.studies.calibration.transitions import Transition, choose_egos, find_linear_rule

PLACES = ("outcome", "friends", "own")
"""Where measurement can err: values after, friends' values before, one's own values before."""

NOISE = 0.0589
"""Its square is the published error, .00347, of predicting people's next values [Mukta2021]_."""


def plant_transition(
    ties: Ties,
    *,
    confidence: float = 0.2,
    rate: float = 0.3,
    n_dimensions: int = 5,
    noise: float = NOISE,
    noise_in: Collection[str] = ("outcome",),
    rule: str = "hegselmann_krause",
    include_self: bool = False,
    least_ties: int = 10,
    most_ties: int | None = 200,
    seed: int = 1,
) -> Transition:
    """Return two waves on a network, the second one round of a rule after the first.

    Parameters
    ----------
    ties : Ties
        Who hears whom.
    confidence, rate : float
        What is planted; in [0, 1].
    n_dimensions : int
        At least 1.
    noise : float
        Standard deviation of measurement, at least 0; measured values are clipped to [0, 1].
    noise_in : collection of {"outcome", "friends", "own"}
        What is measured with noise: values after, friends' values before, one's own values before.
    rule : str
        As for `FullSteps`.
    include_self : bool
        Whether a listener counts in the mean that it goes to.
    least_ties, most_ties : int
        Of egos.
    seed : int
        Of values and noise.

    Returns
    -------
    Transition

    Raises
    ------
    StudyError
        If a number or place is not as described.
    RuleError
        If confidence or rate is out of range.

    References
    ----------
    [Mukta2021]_
    """
    if unknown := sorted(set(noise_in) - set(PLACES)):
        raise StudyError(f"there is no place '{unknown[0]}' for noise; there are {', '.join(PLACES)}")
    if n_dimensions < 1 or not 0 <= noise < np.inf:
        raise StudyError(
            f"waves need 1 dimension or more and noise of at least 0; {n_dimensions} and {noise} given"
        )
    true = stream(seed, "planted values").random((ties.n_humans, n_dimensions))
    near = Susceptibility.of(ties.n_humans, confidence=confidence, rate=rate)
    after = move(find_linear_rule(rule), true, ties, near, include_self=include_self)

    def measure(values: Floats, place: str) -> Floats:
        if place not in noise_in:
            return values
        return np.clip(values + noise * stream(seed, "planted noise", place).normal(size=values.shape), 0, 1)

    return Transition(
        ties,
        measure(true, "own"),
        measure(after, "outcome"),
        choose_egos(ties, least_ties, most_ties),
        measure(true, "friends"),
    )
