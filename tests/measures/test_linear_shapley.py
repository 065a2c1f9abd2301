"""Shapley values of a linear model against all subsets of features, logistic regression against another."""

import importlib.util
import itertools
import math

import numpy as np
import pytest
from scipy.optimize import check_grad
from scipy.sparse import csr_array

from coevolve_sim.errors import MeasureError
from coevolve_sim.measures.linear_shapley import (
    LogisticModel,
    attribute_linearly,
    deal_folds,
    fit_logistic,
    score_classes,
)
from coevolve_sim.streams import stream

needs_sklearn = pytest.mark.skipif(
    importlib.util.find_spec("sklearn") is None, reason="scikit-learn is not installed (extra [calibration])"
)


def planted(n=300, n_features=6):
    rng = stream(2, "planted classes")
    features = rng.normal(size=(n, n_features))
    odds = features @ np.linspace(-1.5, 1.5, n_features) + 0.3
    return features, rng.random(n) < 1.0 / (1.0 + np.exp(-odds))


def shapley_by_subsets(model, row, background):
    """Return Shapley values from their definition: what a feature adds, over all subsets of the others.

    Features outside a subset are those of the background, row by row, and the mean is taken.
    """
    n = row.size

    def says(subset):
        rows = background.copy()
        rows[:, list(subset)] = row[list(subset)]
        return model.log_odds(rows).mean()

    values = np.zeros(n)
    for j in range(n):
        others = [k for k in range(n) if k != j]
        for size in range(n):
            weight = math.factorial(size) * math.factorial(n - size - 1) / math.factorial(n)
            for subset in itertools.combinations(others, size):
                values[j] += weight * (says((*subset, j)) - says(subset))
    return values


def test_on_six_features_each_value_is_that_of_all_subsets():
    features, labels = planted()
    model = fit_logistic(features, labels)
    background = features[:40]
    _, added = attribute_linearly(model, features[50:54], background)
    for row, found in zip(features[50:54], added, strict=True):
        np.testing.assert_allclose(found, shapley_by_subsets(model, row, background), rtol=0, atol=1e-12)


def test_values_sum_to_the_log_odds_less_those_of_the_average():
    features, labels = planted()
    model = fit_logistic(features, labels)
    base, added = attribute_linearly(model, features, features)
    np.testing.assert_allclose(added.sum(axis=1), model.log_odds(features) - base, rtol=0, atol=1e-12)
    np.testing.assert_allclose(added.mean(axis=0), 0.0, rtol=0, atol=1e-12)
    assert base == pytest.approx(model.log_odds(features).mean(), abs=1e-12)


def test_a_feature_without_weight_or_as_in_the_average_adds_nothing():
    model = LogisticModel(0.5, np.array([2.0, 0.0, -1.0]))
    base, added = attribute_linearly(model, [[1.0, 5.0, 0.25]], [[0.0, 1.0, 0.0], [0.0, 3.0, 0.5]])
    assert base == 0.5 - 0.25
    assert added.tolist() == [[2.0, 0.0, 0.0]]


def test_the_fit_is_where_nothing_pulls_any_more():
    features, labels = planted()
    model = fit_logistic(features, labels, looseness=0.7)
    signs = np.where(labels, 1.0, -1.0)

    def loss(point):
        margins = signs * (features @ point[1:] + point[0])
        return 0.5 * point[1:] @ point[1:] + 0.7 * np.log1p(np.exp(-margins)).sum()

    point = np.concatenate([[model.intercept], model.weights])
    assert check_grad(loss, lambda _: np.zeros(7), point) < 1e-3
    assert all(loss(point) <= loss(point + step) for step in 0.01 * stream(3, "steps").normal(size=(50, 7)))


@needs_sklearn
def test_the_fit_is_that_of_scikit_learn():
    from sklearn.linear_model import LogisticRegression

    features, labels = planted()
    for looseness in (0.1, 1.0, 10.0):
        other = LogisticRegression(C=looseness, tol=1e-10, max_iter=10_000).fit(features, labels)
        for table in (features, csr_array(features)):
            found = fit_logistic(table, labels, looseness=looseness)
            np.testing.assert_allclose(found.weights, other.coef_[0], rtol=0, atol=1e-5)
            assert found.intercept == pytest.approx(other.intercept_[0], abs=1e-5)


def test_classes_are_scored_by_hand():
    found = score_classes([True, True, True, False], [True, False, True, True])
    assert (found.accuracy, found.commonest) == (0.5, 0.75)
    assert found.f1 == pytest.approx(2 * (2 / 3) * (2 / 3) / (2 / 3 + 2 / 3))
    assert score_classes([True, False], [False, False]).f1 == 0.0


def test_folds_have_as_many_of_either_class():
    labels = np.arange(23) < 9
    folds = deal_folds(labels, 4, seed=5)
    for kind, least in ((True, 2), (False, 3)):
        counts = np.bincount(folds[labels == kind], minlength=4)
        assert counts.min() >= least
        assert np.ptp(counts) <= 1
    np.testing.assert_array_equal(folds, deal_folds(labels, 4, seed=5))
    with pytest.raises(MeasureError, match="9 rows of a class given, of 10 folds"):
        deal_folds(labels, 10, seed=5)


def test_all_texts_of_a_speaker_are_in_one_fold_also_those_in_both_classes():
    labels, who = np.arange(60) < 20, np.concatenate([np.arange(20) // 4, np.arange(40) // 5 + 2])
    folds = deal_folds(labels, 5, seed=2, speakers=who)
    assert all(len(set(folds[who == one])) == 1 for one in range(10))
    assert set(folds[labels]) == set(range(5))
    with pytest.raises(MeasureError, match="5 speakers of a class given, of 6 folds"):
        deal_folds(labels, 6, seed=2, speakers=who)


@pytest.mark.parametrize(
    ("features", "labels", "looseness", "said"),
    [
        (np.ones((3, 2)), [True, False], 1.0, "a bool for each row are wanted"),
        (np.ones((2, 2)), [1, 0], 1.0, "classes of int64"),
        (np.ones((2, 2)), [True, True], 1.0, "all 2 rows are of one class"),
        (np.full((2, 2), np.inf), [True, False], 1.0, "a feature is not finite"),
        (np.ones((2, 2)), [True, False], 0.0, "looseness 0.0 given; must be above 0"),
    ],
)
def test_what_cannot_be_fitted_is_refused(features, labels, looseness, said):
    with pytest.raises(MeasureError, match=said.replace("(", r"\(")):
        fit_logistic(features, labels, looseness=looseness)


def test_features_of_another_number_and_no_background_are_refused():
    model = LogisticModel(0.0, np.ones(2))
    for rows, background in (([[1.0]], [[1.0, 1.0]]), ([[1.0, 1.0]], np.ones((0, 2)))):
        with pytest.raises(MeasureError, match=r"\(rows, 2\) is wanted"):
            attribute_linearly(model, rows, background)
