"""What a linear model's features add to what it says: Shapley values, which of a linear model are exact.

Of a model ``intercept + x . weights``, with features taken to be independent, the part of feature j in what
is said of x beside the average is ``weights_j (x_j - mean x_j)``; the parts sum to all of it [Lundberg2017]_.
The model is logistic regression: what it says are log odds of one of two classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MeasureError
from coevolve_sim.streams import stream

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    Rows: TypeAlias = csr_array | ArrayLike


class LogisticModel(NamedTuple):
    """Log odds that are linear in features.

    Attributes
    ----------
    intercept : float
    weights : float64 array, shape (features,)
    """

    intercept: float
    weights: Floats

    def log_odds(self, features: Rows) -> Floats:
        """Return the log odds of class 1, shape (rows,)."""
        rows: Any = features
        return np.asarray(rows @ self.weights + self.intercept, dtype=np.float64)


def fit_logistic(features: Rows, is_second: ArrayLike, *, looseness: float = 1.0) -> LogisticModel:
    """Fit logistic regression with a penalty on the square of the weights.

    The least of ``|weights|^2 / 2 + looseness * sum ln(1 + exp(-s (intercept + x . weights)))``, with s = 1
    for class 1 and -1 for class 0; the intercept is not penalized.

    Parameters
    ----------
    features : float array or sparse array, shape (rows, features)
    is_second : bool array, shape (rows,)
        Whether a row is of class 1.
    looseness : float
        How much errors weigh against large weights, above 0.

    Raises
    ------
    MeasureError
        If shapes disagree, a class has no row, a number is not finite, or looseness is not above 0.

    Examples
    --------
    >>> model = fit_logistic(np.array([[0.0], [1.0]]), [False, True])
    >>> model.weights.round(4).tolist(), round(model.intercept, 4)
    ([0.4446], -0.2223)
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    table, labels = _check_rows(features, is_second)
    if not looseness > 0.0:
        raise MeasureError(f"looseness {looseness} given; must be above 0")
    signs = np.where(labels, 1.0, -1.0)

    def loss(point: Floats) -> tuple[float, Floats]:
        margins = signs * (table @ point[1:] + point[0])
        pulls = -looseness * signs * expit(-margins)
        value = 0.5 * point[1:] @ point[1:] + looseness * np.logaddexp(0.0, -margins).sum()
        return float(value), np.concatenate([[pulls.sum()], table.T @ pulls + point[1:]])

    options = {"maxiter": 5_000, "maxfun": 50_000, "ftol": 1e-15, "gtol": 1e-9}
    found = minimize(loss, np.zeros(table.shape[1] + 1), jac=True, method="L-BFGS-B", options=options)
    return LogisticModel(float(found.x[0]), found.x[1:])


def _check_rows(features: Rows, is_second: ArrayLike) -> tuple[Any, Floats]:
    from scipy.sparse import issparse

    labels = np.asarray(is_second)
    table: Any = features if issparse(features) else np.asarray(features, dtype=np.float64)
    if labels.dtype != bool or table.ndim != 2 or labels.shape != table.shape[:1]:
        raise MeasureError(
            f"features of shape {table.shape} with classes of {labels.dtype} of shape {labels.shape} given; "
            "(rows, features) and a bool for each row are wanted"
        )
    if labels.all() or not labels.any():
        raise MeasureError(f"all {labels.size} rows are of one class; both are wanted")
    if not np.isfinite(table.data if issparse(table) else table).all():
        raise MeasureError("a feature is not finite")
    return table, labels


def attribute_linearly(model: LogisticModel, features: Rows, background: Rows) -> tuple[float, Floats]:
    """Return what a linear model says on average, and what each feature adds to that.

    Parameters
    ----------
    model : LogisticModel
    features : float array or sparse array, shape (rows, features)
        What is explained.
    background : float array or sparse array, shape (other rows, features)
        What the average is over.

    Returns
    -------
    float
        The mean log odds of the background.
    float64 array, shape (rows, features)
        The Shapley values: with the mean they sum to the log odds of each row.

    Raises
    ------
    MeasureError
        If there is no background, or features differ in number.

    References
    ----------
    [Lundberg2017]_

    Examples
    --------
    >>> model = LogisticModel(1.0, np.array([2.0, -1.0]))
    >>> base, added = attribute_linearly(model, [[1.0, 1.0]], [[0.0, 0.5]])
    >>> base, added.tolist()
    (0.5, [[2.0, -0.5]])
    """
    rows, others = _make_dense(features), _make_dense(background)
    n_features = model.weights.size
    if (
        rows.ndim != 2
        or others.ndim != 2
        or {rows.shape[1], others.shape[1]} != {n_features}
        or not len(others)
    ):
        raise MeasureError(
            f"features of shape {rows.shape} and a background of shape {others.shape} given; of both "
            f"(rows, {n_features}) is wanted, and a row of background at least"
        )
    mean = others.mean(axis=0)
    return float(model.intercept + mean @ model.weights), (rows - mean) * model.weights


def _make_dense(rows: Any) -> Floats:
    return np.asarray(rows.toarray() if hasattr(rows, "toarray") else rows, dtype=np.float64)


class HeldOut(NamedTuple):
    """How well classes of rows are told that were not learnt from.

    Attributes
    ----------
    accuracy : float
        The share told right.
    f1 : float
        The harmonic mean of precision and recall of class 1; 0 where none is told right.
    commonest : float
        The share that saying always the commoner class gets right.
    """

    accuracy: float
    f1: float
    commonest: float


def score_classes(is_second: ArrayLike, told: ArrayLike) -> HeldOut:
    """Score what classes were told.

    Examples
    --------
    >>> score_classes([True, True, False, False], [True, False, False, False])
    HeldOut(accuracy=0.75, f1=0.6666666666666666, commonest=0.5)
    """
    are, said = np.asarray(is_second, dtype=bool), np.asarray(told, dtype=bool)
    right = float((are & said).sum())
    f1 = 2.0 * right / (are.sum() + said.sum()) if right else 0.0
    return HeldOut(float((are == said).mean()), float(f1), float(max(are.mean(), 1.0 - are.mean())))


def deal_folds(
    is_second: ArrayLike, n_folds: int, seed: int, speakers: ArrayLike | None = None
) -> np.ndarray:
    """Return the fold of each row, 0 to ``n_folds`` - 1, each with as many speakers of a class as may be.

    Parameters
    ----------
    is_second : bool array, shape (rows,)
    n_folds, seed : int
    speakers : array, shape (rows,), optional
        Whose each row is; the rows of a speaker, in both classes, are in one fold. Each row is a speaker's of
        its own if not given.

    Raises
    ------
    MeasureError
        If a class has fewer speakers than there are folds.

    Examples
    --------
    >>> deal_folds([True, True, False, False], 2, seed=1).tolist()
    [1, 0, 1, 0]
    """
    labels = np.asarray(is_second, dtype=bool)
    given = np.arange(labels.size) if speakers is None else np.asarray(speakers)
    who = np.unique(given, return_inverse=True)[1].ravel()
    of_class = [np.unique(who[labels == kind]) for kind in (False, True)]
    folds, draw = np.full(who.max(initial=-1) + 1, -1, dtype=np.intp), stream(seed, "folds of texts")
    for those in sorted(of_class, key=len):  # the fewer first, so that they are in all folds
        if those.size < n_folds:
            what = "rows" if speakers is None else "speakers"
            raise MeasureError(
                f"{those.size} {what} of a class given, of {n_folds} folds; one a fold is wanted"
            )
        left = those[folds[those] < 0]
        folds[draw.permutation(left)] = np.arange(left.size) % n_folds
    return folds[who]
