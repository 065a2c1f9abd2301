"""Rows: the verdict follows from the numbers, and tolerances from their stated reasons."""

import math

import numpy as np
import pytest

from coevolve_sim.errors import RecordError
from coevolve_sim.evaluation.verification import CheckRow, Independent, VerificationReport, read_verification
from coevolve_sim.evaluation.verification.rows import build_row, monte_carlo_tolerance, share_tolerance


def row(measured, expected=(1.0,), tolerance=0.1, chance=0.0):
    return CheckRow(
        "key", "a | claim", expected, measured, tolerance, "a reason", "Source2000", chance=chance
    )


@pytest.mark.parametrize(
    ("measured", "passed"),
    [
        ((1.05,), True),
        ((1.11,), False),
        ((0.89,), False),
        ((math.nan,), False),
        ((math.inf,), False),
        ((), None),
    ],
)
def test_the_verdict_is_computed_from_the_numbers(measured, passed):
    assert row(measured).passed is passed


def test_every_number_of_a_row_must_agree_and_none_may_be_missing():
    assert row((1.0, 2.0), (1.0, 2.0)).passed
    assert not row((1.0, 2.2), (1.0, 2.0)).passed
    assert not row((1.0,), (1.0, 2.0)).passed


def test_a_monte_carlo_tolerance_shrinks_with_seeds_and_covers_the_reference_too():
    samples = np.random.default_rng(0).normal(0.0, 1.0, 400)
    few, many = (monte_carlo_tolerance(some, 100, 0.0).size for some in (samples[:10], samples))
    assert few > many
    spread = samples.std(ddof=1)
    assert many == pytest.approx(3.02 * spread * math.sqrt(1 / 400 + 1 / 100), rel=0.01)
    tolerance, chance, reason = monte_carlo_tolerance([2.0, 2.0], 5, 0.25)
    assert (tolerance, chance) == (0.25, 0)
    assert "2 seeds" in reason


def test_shares_of_all_and_of_none_have_an_error_too():
    assert 0.1 < share_tolerance(20, 20, 20).size < 0.35
    assert share_tolerance(20, 0, 20).size == pytest.approx(share_tolerance(20, 20, 20).size)
    assert share_tolerance(1000, 500, 1000).size == pytest.approx(3 * math.sqrt(0.25 * 2 / 1000), rel=0.05)
    assert not CheckRow("k", "c", (1.0,), (0.5,), share_tolerance(20, 20, 20).size, "r", "s").passed


@pytest.mark.parametrize(
    ("n_seeds", "n_agreed", "n_reference"), [(100, 0, 200), (100, 47, 200), (50, 100, 100)]
)
def test_a_share_that_is_off_by_what_a_row_sees_fails_it_in_four_of_five_runs(n_seeds, n_agreed, n_reference):
    """And one that is right passes but for three in a thousand, the reference having its own chance."""
    rng, trials = np.random.default_rng(3), 20_000
    found = share_tolerance(n_seeds, n_agreed, n_reference)
    share = n_agreed / n_reference
    for true in (share - found.size - found.chance, share + found.size + found.chance):
        if 0 <= true <= 1:
            measured = rng.binomial(n_seeds, true, trials) / n_seeds
            assert np.mean(np.abs(measured - share) > found.size) > 0.8 - 0.01
    believed = rng.beta(n_agreed + 0.5, n_reference - n_agreed + 0.5, trials)
    right = rng.binomial(n_seeds, believed) / n_seeds
    assert np.mean(np.abs(right - share) > found.size) < 0.004


def test_a_mean_that_is_off_by_what_a_row_sees_fails_it_in_four_of_five_runs():
    rng, trials = np.random.default_rng(4), 4_000
    failed = []
    for samples in rng.normal(size=(trials, 50)):
        size, chance, _ = monte_carlo_tolerance(samples.tolist(), 200, 0.0)
        failed.append(abs(samples.mean() + size + chance) > size)
    assert np.mean(failed) == pytest.approx(0.8, abs=0.02)


def outcome():
    return VerificationReport((row((1.0,)), row((2.0,)), row(())), quick=True, version="1.2.3")


def test_an_outcome_counts_and_one_failed_row_fails_it(tmp_path):
    assert outcome().counts == {"passed": 1, "failed": 1, "differs": 0, "not run": 1}
    assert not outcome().ok
    assert VerificationReport((row((1.0,)), row(())), quick=True, version="1").ok
    path = tmp_path / "verify.json"
    path.write_text(outcome().as_json(), encoding="utf-8")
    assert read_verification(path) == outcome()


def doubtful(measured, elsewhere, tolerance=0.1, doubt=0.3):
    other = Independent(elsewhere, tolerance, doubt, "Somebody else.")
    return CheckRow("doubt", "c", (1.0,), measured, 0.1, "a reason", "Source2000", independent=other)


@pytest.mark.parametrize(
    ("measured", "elsewhere", "verdict"),
    [
        ((1.05,), (1.5,), "passed"),  # agrees with the source: what others find does not matter
        ((1.5,), (1.55,), "differs"),  # both disagree with the source, and agree
        ((1.5,), (1.65,), "failed"),  # they do not agree with each other
        ((1.25,), (1.2,), "failed"),  # the other one does not disagree with the source
        ((1.5,), (1.5, 1.5), "failed"),  # nothing to compare with
        ((math.nan,), (1.5,), "failed"),
        ((1.5,), (math.nan,), "failed"),
        ((), (1.5,), "not run"),
    ],
)
def test_a_row_differs_only_if_somebody_else_finds_the_same_and_not_what_the_source_has(
    measured, elsewhere, verdict
):
    assert doubtful(measured, elsewhere).verdict == verdict


def test_what_differs_fails_nothing_and_is_explained_with_both_figures(tmp_path):
    made = VerificationReport((doubtful((1.5,), (1.55,)),), quick=False, version="1")
    assert made.ok
    page = made.as_markdown()
    assert "rows: 0 passed, 0 failed, 1 differs, 0 not run. Differs: `doubt`." in page
    assert "`doubt` differs: Source2000 has 1; here 1.5 came out, elsewhere 1.55. Somebody else." in page
    (tmp_path / "v.json").write_text(made.as_json(), encoding="utf-8")
    assert read_verification(tmp_path / "v.json") == made
    assert not VerificationReport((doubtful((1.5,), (1.9,)),), quick=False, version="1").ok


def test_a_verdict_written_by_hand_is_not_believed():
    data = row((2.0,)).as_data() | {"verdict": "passed"}
    assert build_row(data).verdict == "failed"


def test_the_page_shows_every_row_and_escapes_its_cells():
    page = outcome().as_markdown()
    assert "rows: 1 passed, 1 failed, 0 differs, 1 not run. Failed: `key`. Not run: `key`." in page
    assert page.count("| `key` | a \\| claim |") == 3
    assert "| nothing |" in page


def test_a_file_that_is_no_outcome_is_refused(tmp_path):
    with pytest.raises(RecordError, match="cannot be read"):
        read_verification(tmp_path / "nosuch.json")
    (tmp_path / "other.json").write_text('{"rows": [{}]}')
    with pytest.raises(RecordError, match="is not what `coevolve verify` writes"):
        read_verification(tmp_path / "other.json")
