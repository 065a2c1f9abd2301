"""A second stage: what regressors gain by seeing what the rule predicts.

Linear, ridge, forest and support vector regression [Pedregosa2011]_ see an ego's own value, the mean of its
friends and their number; then the rule's prediction too, its confidence and rate fitted to the other folds
only. Folds hold whole egos. If the rule's column gains nothing, the data do not show the rule. scikit-learn
is brought by the extra ``[calibration]``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats, Indices
from coevolve_sim.errors import StudyError
from coevolve_sim.streams import stream, stream_seed
from coevolve_sim.studies.calibration.profile import Profile
from coevolve_sim.studies.calibration.transitions import FullSteps

REGRESSORS = ("linear", "ridge", "forest", "svr")
FOLDS = 5
MOST_EGOS = 500
"""Support vectors take time that grows with the square of the egos; more are drawn from."""


@dataclass(frozen=True)
class RegressorScore:
    """Error of a regressor on egos that it was not fitted to.

    Attributes
    ----------
    name : str
        A name of `REGRESSORS`; ``no change`` or ``rule alone`` for what they are held against.
    without, with_rule : float
        Mean square error without and with the rule's column; the same for what is no regressor.
    gain, gain_error : float
        By how much the column makes the error smaller, and the standard error of that over egos.
    """

    name: str
    without: float
    with_rule: float
    gain: float
    gain_error: float


def compare_regressors(
    steps: FullSteps,
    profile: Profile,
    *,
    folds: int = FOLDS,
    most_egos: int = MOST_EGOS,
    seed: int = 1,
) -> tuple[RegressorScore, ...]:
    """Score regressors with and without the rule's column by cross-validation over egos.

    Parameters
    ----------
    steps : FullSteps
        What the rule does at full rate.
    profile : Profile
        Among whose confidences the rule's is chosen, anew for every fold.
    folds : int
        At least 2.
    most_egos : int
        At least 10 times the folds; where there are more, so many are drawn.
    seed : int
        Of the egos drawn, the folds and the forest.

    Returns
    -------
    tuple of RegressorScore
        ``no change``, ``rule alone``, then one for each of `REGRESSORS`.

    Raises
    ------
    StudyError
        If there are too few egos for the folds, or scikit-learn is missing (says how to install it).

    References
    ----------
    [Mukta2021]_; [Pedregosa2011]_
    """
    n_egos = len(steps.change)
    if folds < 2 or min(n_egos, most_egos) < 10 * folds:
        raise StudyError(
            f"{folds} folds need at least {10 * max(folds, 2)} egos (and 2 folds or more); {n_egos} egos, of "
            f"which at most {most_egos} are taken, given"
        )
    _load_sklearn()
    chosen = np.sort(stream(seed, "egos of the second stage").permutation(n_egos)[:most_egos])
    fold_of = stream(seed, "folds").permutation(chosen.size) % folds
    plain, target = _features(steps, chosen)
    errors = {name: np.zeros((2, chosen.size)) for name in ("no change", "rule alone", *REGRESSORS)}
    errors["no change"][:] = ((target - plain[..., 0]) ** 2).mean(axis=1)
    for fold in range(folds):
        held, fitted = fold_of == fold, fold_of != fold
        rule = _predict_by_rule(steps, profile, chosen, fitted)
        errors["rule alone"][:, held] = ((target - rule)[held] ** 2).mean(axis=1)
        both = (plain, np.concatenate([plain, rule[..., None]], axis=2))
        for name in REGRESSORS:
            for place, columns in enumerate(both):
                model = _make_regressor(name, stream_seed(seed, "regressor", name, fold))
                model.fit(columns[fitted].reshape(-1, columns.shape[2]), target[fitted].ravel())
                said = model.predict(columns[held].reshape(-1, columns.shape[2])).reshape(target[held].shape)
                errors[name][place, held] = ((target[held] - said) ** 2).mean(axis=1)
    return tuple(_score(name, *both) for name, both in errors.items())


def _score(name: str, without: Floats, with_rule: Floats) -> RegressorScore:
    gains = without - with_rule
    return RegressorScore(
        name,
        float(without.mean()),
        float(with_rule.mean()),
        float(gains.mean()),
        float(gains.std(ddof=1) / np.sqrt(gains.size)),
    )


def _features(steps: FullSteps, chosen: Indices) -> tuple[Floats, Floats]:
    """Return (egos, numbers, [own value, friends' mean, ties]) and the values to predict."""
    everybody = FullSteps(steps.transitions, steps.rule, include_self=False, distance=steps.distance)
    columns, targets = [], []
    for transition in steps.transitions:
        egos = transition.egos[chosen]
        own = transition.before[egos]
        friends = own + everybody.step(transition, 1.0)[chosen]
        degrees = np.broadcast_to(transition.ties.degrees[egos, None].astype(np.float64), own.shape)
        columns.append(np.stack([own, friends, np.log(degrees)], axis=2))
        targets.append(transition.after[egos])
    return np.concatenate(columns, axis=1), np.concatenate(targets, axis=1)


def _predict_by_rule(
    steps: FullSteps, profile: Profile, chosen: Indices, fitted: NDArray[np.bool_]
) -> Floats:
    """Return what the rule predicts for the chosen egos, fitted to some of them; (egos, numbers)."""
    few = chosen[fitted]
    best = (np.inf, 0.0, 0.0)
    for confidence in profile.confidence:
        sums = steps.at(float(confidence))
        along, square = float(sums.along[few].sum()), float(sums.step[few].sum())
        rate = min(max(along / square, 0.0), 1.0) if square > 0 else 0.0
        best = min(best, (rate**2 * square - 2 * rate * along, float(confidence), rate))
    _, confidence, rate = best
    parts = [t.before[t.egos[chosen]] + rate * steps.step(t, confidence)[chosen] for t in steps.transitions]
    return np.concatenate(parts, axis=1)


def _load_sklearn() -> None:
    try:
        import sklearn  # noqa: F401
    except ImportError:
        raise StudyError(
            "scikit-learn is not installed; the second stage needs it: "
            "pip install 'coevolve-sim[calibration]'"
        ) from None


def _make_regressor(name: str, seed: int) -> Any:
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.linear_model import LinearRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVR

    if name == "linear":
        return LinearRegression()
    if name == "ridge":
        return make_pipeline(StandardScaler(), Ridge(alpha=1.0))
    if name == "forest":
        return RandomForestRegressor(n_estimators=100, min_samples_leaf=10, random_state=seed)
    return make_pipeline(StandardScaler(), SVR(C=1.0, epsilon=0.01))
