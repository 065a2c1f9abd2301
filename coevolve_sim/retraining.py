"""Models trained on what models brought about: performative prediction, and collapse.

Two loops without a society, in the simplest form in which theory knows their end. They are pure functions,
not policies of scenarios.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.errors import PolicyError
from coevolve_sim.streams import stream

Floats = NDArray[np.float64]


def performed(start: float, mean: float, sensitivity: float, n_rounds: int) -> Floats:
    """Retrain a predictor of a mean on people who react to what it predicted.

    Predicted ``theta``, people are distributed around ``mean + sensitivity * theta``; the next prediction
    is what is best for them. Below sensitivity 1 this ends at ``mean / (1 - sensitivity)``, at which
    nobody has a reason to retrain; from 1 on it goes away for ever.

    Parameters
    ----------
    start : float
        First prediction.
    mean, sensitivity : float
        mu and eps.
    n_rounds : int
        At least 0.

    Returns
    -------
    float64 array, shape (n_rounds + 1,)

    References
    ----------
    [Perdomo2020]_

    Examples
    --------
    >>> performed(0.0, 1.0, 0.6, 100)[-1].round(9)
    np.float64(2.5)
    """
    course = np.empty(n_rounds + 1)
    course[0] = start
    for index in range(n_rounds):
        course[index + 1] = mean + sensitivity * course[index]
    return course


def collapsed(
    n_generations: int, n_samples: int, *, accumulate: bool, n_replications: int, seed: int = 0
) -> Floats:
    """Fit a Gaussian to samples of the Gaussian fitted before, starting from N(0, 1).

    Parameters
    ----------
    n_generations, n_samples : int
        G, and M samples a generation; at least 1 and 2.
    accumulate : bool
        Whether a model is fitted to the samples of all generations so far, or of the last only.
    n_replications : int
        Chains with draws of their own.
    seed : int
        Of the draws.

    Returns
    -------
    float64 array, shape (n_generations, n_replications)
        Squared Wasserstein-2 distance of each generation's model from N(0, 1): ``mean^2 + (sd - 1)^2``.

    Raises
    ------
    PolicyError
        If there is no generation or fewer than two samples.

    References
    ----------
    [Gerstgrasser2024]_; [Shumailov2024]_

    Examples
    --------
    >>> distances = collapsed(5, 100, accumulate=False, n_replications=20)
    >>> distances.shape, bool(distances[-1].mean() > distances[0].mean())
    ((5, 20), True)
    """
    if n_generations < 1 or n_samples < 2:
        raise PolicyError(f"{n_generations} generations of {n_samples} samples given; at least 1 of 2 wanted")
    rng = stream(seed, "retraining", "accumulate" if accumulate else "replace")
    mean, sd = np.zeros(n_replications), np.ones(n_replications)
    sums, squares = np.zeros((2, n_replications))
    distances = np.empty((n_generations, n_replications))
    for index in range(n_generations):
        drawn = mean + sd * rng.standard_normal((n_samples, n_replications))
        kept = accumulate and index > 0
        sums = drawn.sum(axis=0) + (sums if kept else 0.0)
        squares = (drawn**2).sum(axis=0) + (squares if kept else 0.0)
        count = n_samples * (index + 1 if accumulate else 1)
        mean = sums / count
        sd = np.sqrt((squares - count * mean**2) / (count - 1))
        distances[index] = mean**2 + (sd - 1.0) ** 2
    return distances
