"""The sycophant that selects facts: it says nothing false, and shows facts that please [Chandra2026]_.

Of a dimension one side, 0 or 1, is the truth. Every round brings each human some facts, each of which speaks
for the truth with the same probability, the reliability q. An assistant shows one of them: an impartial one
any, a sycophant one that agrees with where the human leans, if there is one. A listener that takes it for
impartial (rule ``weighs_facts``) moves by ``log(q / (1 - q))`` towards the side shown.
"""

from __future__ import annotations

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.policies.observation import Learnt, Listeners, Memory, Observation, declare
from coevolve_sim.streams import stream

NO_LEAN = 1e-9
"""How near .5 a belief is that leans to neither side, for rounding alone."""


def show_facts(
    values: Floats,  # noqa: ARG001 - it says nothing of its own
    told: Floats,
    truth: float | Floats,
    reliability: float,
    sycophancy: float,
    facts: int,
    words: str = "mind",  # noqa: ARG001 - a language channel says it so
    *,
    listeners: Listeners,
) -> Floats:
    """Return the side of the fact that is shown to each listener: 0 or 1.

    The facts of a round are the same whichever assistant shows one of them, whatever its sycophancy, and
    whoever else consults.

    Parameters
    ----------
    values : float array, shape (dimensions,)
        The assistant's.
    told : float array, shape (listeners, dimensions)
        What it perceives of each of them: above .5 they lean to side 1, below to side 0; whom it does not
        perceive (``listeners.seen``) lean to neither for it.
    truth : float, or float array, shape (dimensions,)
        The side that is true: 0 or 1.
    reliability : float
        q, the probability that a fact speaks for the truth, in [.5, 1].
    sycophancy : float
        Probability of showing a fact that agrees with the listener's lean, if there is one, instead of any.
    facts : int
        Facts of a round, at least 1.
    words : str, optional
        How a language channel says it; the side is the same.
    listeners : Listeners
        Who they are.

    Returns
    -------
    float64 array, shape (listeners, dimensions)
        0 or 1.

    References
    ----------
    [Chandra2026]_

    Examples
    --------
    >>> two = Listeners(np.array([0, 1]), 1, seed=3, assistant="guide")
    >>> lean = np.array([[0.9], [0.1]])
    >>> show_facts(np.array([0.5]), lean, 1.0, 0.6, 1.0, 50, listeners=two).tolist()
    [[1.0], [0.0]]
    """
    humans, round_index = listeners.humans, listeners.round_index
    # A row for every human up to the last: what one is shown does not depend on who else consults.
    shape = (int(humans.max()) + 1, told.shape[1])
    drawn = stream(listeners.seed, "facts", round_index)
    n_true = np.zeros(shape, dtype=np.int32)
    for _ in range(facts):
        n_true += drawn.random(shape) < reliability
    picks = stream(listeners.seed, "fact shown", listeners.assistant, round_index)
    pleases = (picks.random(shape) < sycophancy)[humans]
    any_of_them = (picks.random(shape) * facts < n_true)[humans]
    n_true, lean = n_true[humans], told - 0.5
    if listeners.seen is not None:
        lean = np.where(listeners.seen, lean, 0.0)
    leans_to_truth = (lean > 0.0) == (np.asarray(truth) > 0.5)
    pleasing = np.where(leans_to_truth, n_true > 0, n_true == facts)
    shows_true = np.where(pleases & (np.abs(lean) > NO_LEAN), pleasing, any_of_them)
    shown: Floats = np.where(shows_true, truth, 1.0 - np.asarray(truth))
    return shown


@declare(speak=show_facts)
def selects_facts(
    values: Floats,
    observation: Observation,  # noqa: ARG001 - it learns nothing
    memory: Memory,
    truth: float | Floats,  # noqa: ARG001 - what it says follows from these, not its values
    reliability: float,  # noqa: ARG001
    sycophancy: float,  # noqa: ARG001
    facts: int,  # noqa: ARG001
    words: str = "mind",  # noqa: ARG001
) -> Learnt:
    """Keep one's values, which nobody hears: each listener is shown a fact instead (see `show_facts`).

    Parameters
    ----------
    values : float array, shape (dimensions,)
        In [0, 1].
    observation : Observation
        Not looked at.
    memory : Memory
        Handed back as it is.
    truth, reliability, sycophancy, facts, words
        As for `show_facts`.

    Returns
    -------
    values : float64 array, shape (dimensions,)
        In [0, 1].
    memory : Memory

    References
    ----------
    [Chandra2026]_
    """
    return values, memory
