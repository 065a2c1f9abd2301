"""What a question's framing does to answers: stances, two readings side by side, a two-way decomposition.

A framing is how a statement is put: by which template, in which language, by whom, to which voice. Arrays
hold a row for each statement and a column for each framing; nan is no answer.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MeasureError
from coevolve_sim.streams import stream

LEAST_STATEMENTS = 10
"""Fewest statements for an interval of a mean stance."""

PERMUTATIONS = 2_000
"""Permutations for a p value."""

_ROUNDING = 1e-12
"""Share of all variance up to which a sum of squares is rounding."""


def stance_of(masses: ArrayLike) -> Floats:
    """Return the stance by probability: (agree - disagree) / (agree + neutral + disagree).

    Parameters
    ----------
    masses : float array, shape (..., 3)
        Probabilities of agreeing, of neither and of disagreeing, or numbers in proportion to them.

    Returns
    -------
    float array, shape (...)
        In [-1, 1]; nan where a mass is nan, or all are 0.

    Raises
    ------
    MeasureError
        If the last axis is not of three, or a mass is below 0 or infinite.

    Examples
    --------
    >>> stance_of([[0.6, 0.2, 0.2], [0.06, 0.02, 0.02], [0.0, 0.0, 0.0]]).round(6).tolist()
    [0.4, 0.4, nan]
    """
    array = np.asarray(masses, dtype=np.float64)
    known = array[~np.isnan(array)]
    if array.ndim < 1 or array.shape[-1] != 3 or not ((known >= 0) & (known < np.inf)).all():
        raise MeasureError(
            f"masses are numbers of at least 0, of shape (..., 3): agree, neutral, disagree; {array.shape}"
        )
    total = array.sum(axis=-1)
    found: Floats = np.full(total.shape, np.nan)
    np.divide(array[..., 0] - array[..., 2], total, out=found, where=total > 0)
    return found


def mean_interval(values: ArrayLike) -> tuple[float, float, float, int]:
    """Return the mean of stances that are there, its 95 % interval by Student's t, and how many there are.

    Parameters
    ----------
    values : float array, shape (statements,)
        A number in [-1, 1] for each statement, nan for none.

    Returns
    -------
    mean, low, high : float
        nan without any; the interval's ends are cut to [-1, 1], and nan below `LEAST_STATEMENTS`.
    n : int

    Examples
    --------
    >>> mean_interval([0.5, np.nan, 0.25])
    (0.375, nan, nan, 2)
    """
    array = np.asarray(values, dtype=np.float64)
    known = array[~np.isnan(array)]
    n = int(known.size)
    mean = float(known.mean()) if n else float("nan")
    if n < LEAST_STATEMENTS:
        return mean, float("nan"), float("nan"), n
    from scipy.stats import t

    half = float(t.ppf(0.975, n - 1) * known.std(ddof=1) / np.sqrt(n))
    return mean, max(-1.0, mean - half), min(1.0, mean + half), n


class Agreement(NamedTuple):
    """How far two readings of the same answers say the same.

    Attributes
    ----------
    n : int
        Answers that both read.
    share : float
        Of these, how many they read alike, in [0, 1]; nan of none.
    by_chance : float
        The share to be expected of readings that go their own ways, with the classes that each has.
    """

    n: int
    share: float
    by_chance: float

    @property
    def kappa(self) -> float:
        """Cohen's kappa: the share beyond chance; nan where chance alone would make all alike."""
        spare = 1 - self.by_chance
        return (self.share - self.by_chance) / spare if spare > _ROUNDING else float("nan")


def compare_readings(first: ArrayLike, second: ArrayLike) -> Agreement:
    """Return how far two readings of the same answers agree [Cohen1960]_.

    Parameters
    ----------
    first, second : int array, any shape
        The class that each reads, of equal shape; below 0 for none.

    Raises
    ------
    MeasureError
        If shapes differ, or a class is no whole number.

    Examples
    --------
    >>> compare_readings([0, 2, 1, -1], [0, 2, 2, 0])
    Agreement(n=3, share=0.66..., by_chance=0.33...)
    """
    one, other = np.asarray(first), np.asarray(second)
    if one.shape != other.shape or one.dtype.kind not in "iu" or other.dtype.kind not in "iu":
        raise MeasureError(f"readings are whole numbers of one shape; {one.shape} and {other.shape} given")
    both = (one >= 0) & (other >= 0)
    n = int(both.sum())
    if not n:
        return Agreement(0, float("nan"), float("nan"))
    a, b = one[both], other[both]
    by_chance = sum(float((a == k).mean() * (b == k).mean()) for k in np.unique(a))
    return Agreement(n, float((a == b).mean()), by_chance)


class Decomposition(NamedTuple):
    """Variance of answers by topic, framing and both, as sums of squares.

    ``total`` is the sum of the five parts.

    Attributes
    ----------
    topic, statement, framing, interaction, rest : float
        Between topics; between statements of one topic; between framings; of topic and framing together (a
        framing moves some topics more than others); what is left.
    total : float
        Squared distances of all answers from their mean.
    p_topic, p_framing, p_interaction : float
        How often a permutation has as much or more, in (0, 1]; nan where there is nothing to permute.
    statements, framings : int
        What it rests on: statements with an answer in every framing, and how many framings.
    left_out : int
        Statements without an answer in some framing.
    """

    topic: float
    statement: float
    framing: float
    interaction: float
    rest: float
    total: float
    p_topic: float
    p_framing: float
    p_interaction: float
    statements: int
    framings: int
    left_out: int


def decompose_by_framing(
    answers: ArrayLike, topics: ArrayLike, *, seed: int = 1, permutations: int = PERMUTATIONS
) -> Decomposition:
    """Split the variance of answers into topic, framing and both, with permutation p values.

    Each statement is asked in each framing, so that the parts are orthogonal. Only statements with an answer
    in all framings count. Under the null hypothesis of no framing a statement's answers can be exchanged
    between framings; of no topic, statements between topics; of no interaction, statements' deviations (from
    their own mean and that of each framing) between topics.

    Parameters
    ----------
    answers : float array, shape (statements, framings)
        Such as stances; nan for none.
    topics : int array, shape (statements,)
        Topic of each statement.
    seed : int
        Of the permutations.
    permutations : int
        At least 100.

    Raises
    ------
    MeasureError
        If there is one framing or one topic only, fewer than three statements are answered in all framings,
        or an answer is infinite.

    References
    ----------
    [Pistilli2024]_ has the question; [Anderson2003]_ has the permutations.

    Examples
    --------
    >>> found = decompose_by_framing([[1.0, 0.0], [1.0, 0.0], [0.0, -1.0], [0.0, -1.0]], [0, 0, 1, 1])
    >>> found.topic, found.framing, found.interaction, found.total
    (2.0, 2.0, 0.0, 4.0)
    """
    matrix, labels = _checked(answers, topics, permutations)
    kept = ~np.isnan(matrix).any(axis=1)
    matrix, labels, left_out = matrix[kept], labels[kept], int((~kept).sum())
    names, label = np.unique(labels, return_inverse=True)
    if len(matrix) < 3 or len(names) < 2:
        raise MeasureError(
            f"{len(matrix)} of {len(matrix) + left_out} statements were answered in every framing, on "
            f"{len(names)} topics; 3 or more on 2 topics or more are needed"
        )
    centred = matrix - matrix.mean()
    rows, columns = centred.mean(axis=1), centred.mean(axis=0)
    deviations = centred - rows[:, None] - columns
    n, k = centred.shape
    total, topic = float((centred**2).sum()), k * _between(rows[:, None], label)
    framing, interaction = n * float((columns**2).sum()), _between(deviations, label)
    least = _ROUNDING * total
    draw = stream(seed, "permuted framings")
    shuffled = [draw.permutation(label) for _ in range(permutations)]
    by_topic = np.array([k * _between(rows[:, None], one) for one in shuffled])
    by_both = np.array([_between(deviations, one) for one in shuffled])
    by_framing = np.array(
        [n * (draw.permuted(centred, axis=1).mean(axis=0) ** 2).sum() for _ in range(permutations)]
    )
    return Decomposition(
        topic,
        k * float((rows**2).sum()) - topic,
        framing,
        interaction,
        float((deviations**2).sum()) - interaction,
        total,
        _p_value(topic, by_topic, least),
        _p_value(framing, by_framing, least),
        _p_value(interaction, by_both, least),
        n,
        k,
        left_out,
    )


def _between(values: Floats, label: NDArray[np.int64]) -> float:
    """Return the sum of squares between groups of rows; columns are taken as centred."""
    counts = np.bincount(label).astype(np.float64)
    sums = np.array([np.bincount(label, weights=column) for column in values.T])
    return float((sums**2 / counts).sum())


def _p_value(found: float, drawn: Floats, least: float) -> float:
    """Return the share of permutations with as much, the one that is there counted among them."""
    if not least:
        return float("nan")
    return float((1 + (drawn >= found - least).sum()) / (1 + drawn.size))


def _checked(answers: ArrayLike, topics: ArrayLike, permutations: int) -> tuple[Floats, NDArray[np.int64]]:
    matrix, labels = np.asarray(answers, dtype=np.float64), np.asarray(topics)
    if matrix.ndim != 2 or labels.shape != matrix.shape[:1] or labels.dtype.kind not in "iu":
        raise MeasureError(
            f"answers are of shape (statements, framings), with a whole number a statement for its topic; "
            f"{matrix.shape} and {labels.shape} given"
        )
    if matrix.shape[1] < 2:
        raise MeasureError(
            f"framings are compared where there are two or more; {matrix.shape[1]} given: nothing differs"
        )
    if np.isinf(matrix).any():
        raise MeasureError("answers are finite, or nan for none; infinity given")
    if permutations < 100:
        raise MeasureError(f"a p value needs at least 100 permutations; {permutations} given")
    return matrix, labels.astype(np.int64)
