"""Loops between people and models, by the pure functions of `coevolve_sim.trust` and `retraining`."""

from __future__ import annotations

import math

import numpy as np

from coevolve_sim.retraining import collapsed, performed
from coevolve_sim.trust import LockIn, lock_in, locked_in_sd
from coevolve_sim.verification.rows import Row
from coevolve_sim.verification.worlds import Floats

LOG_PRECISION = {0.9: (8.3916, 9.5038), 1.0: (11.7341, 13.9326), 1.1: (52.3646, 147.6748)}
"""ln of the assistant's precision after 500 and 1,500 rounds, by c."""
HUMANS = 10


def _trusting(c: float, n_rounds: int, n_replications: int = 1) -> LockIn:
    return lock_in(
        n_rounds, n_humans=HUMANS, assistants_trust=c / HUMANS, n_replications=n_replications, seed=1
    )


def trust_numbers(*, quick: bool) -> list[Row]:
    """Return the precision that an assistant comes to claim."""
    del quick
    rows = []
    for c, expected in LOG_PRECISION.items():
        course = _trusting(c, 1500).assistant
        rows.append(
            Row(
                f"trust_log_precision_{c:g}",
                f"Bayesian trust, 10 humans, c = {c:g}: ln of the assistant's precision after 500 and 1,500 "
                "rounds",
                expected,
                (float(course[499]), float(course[1499])),
                0.00005,
                "the reference has four decimals",
                "Qiu2025",
            )
        )
    return rows


def trust_far(*, quick: bool) -> list[Row]:
    """Far beyond what float64 holds, precision grows by ln c a round."""
    del quick
    course = _trusting(1.1, 10_000).assistant
    return [
        Row(
            "trust_beyond_float64",
            "Bayesian trust, c = 1.1: growth of the log precision from round 9,000 to 10,000, where "
            "precision itself is beyond float64, over 1,000 ln c",
            (1.0,),
            (float((course[9999] - course[8999]) / (1000.0 * math.log(1.1))),),
            1e-9,
            "arithmetic: float64 of size 1,000",
            "Qiu2025",
        )
    ]


def overconfidence_slope(c: float, early: int, late: int) -> float:
    """Return the exact slope of ln overconfidence against ln rounds, from the weights of the draws.

    The humans' mean belief is a sum of the draws so far; draw 1 has weight ``c^t + sum_{k=1..t} c^(t-k)``,
    draw j ``sum_{k=j..t} c^(t-k)``, over the same sum of precisions.

    Examples
    --------
    >>> round(overconfidence_slope(1.0, 500, 2000), 2)
    0.5
    """
    ends = [_overconfidence(c, n_rounds - 1) for n_rounds in (early, late)]
    return float((ends[1] - ends[0]) / math.log(late / early))


def _overconfidence(c: float, last: int) -> float:
    """Return ln of actual over claimed sd, up to a constant, each divided by ``c^last``."""
    faded = c ** -np.arange(1.0, last + 1)
    weights = np.cumsum(faded[::-1])[::-1].copy()
    weights[0] += 1.0
    precision = 1.0 + float((np.arange(1.0, last + 1) * faded).sum())
    return 0.5 * math.log(float((weights**2).sum())) - 0.5 * math.log(precision) + 0.5 * last * math.log(c)


def trust_threshold(*, quick: bool) -> list[Row]:
    """Actual over claimed sd is bounded below c = 1, grows at it, and explodes above it."""
    rows, n_replications, late = [], 200 if quick else 1000, 1000 if quick else 2000
    early = late // 4
    for c, word in ((0.9, "bounded"), (1.0, "growing as a root"), (1.1, "exploding")):
        ratio = _trusting(c, late, n_replications).overconfidence
        slope = math.log(ratio[late - 1] / ratio[early - 1]) / math.log(4.0)
        error = math.sqrt(1.0 / n_replications) / math.log(4.0)
        rows.append(
            Row(
                f"trust_overconfidence_{c:g}",
                f"Bayesian trust, c = {c:g}: slope of ln(actual sd / claimed sd) against ln(rounds), rounds "
                f"{early:,} to {late:,}: {word}",
                (overconfidence_slope(c, early, late),),
                (slope,),
                3.0 * error,
                f"Monte Carlo: two sds over {n_replications:,} replications; 3 standard errors of the slope. "
                "Expected is exact for these rounds",
                "Qiu2025",
            )
        )
    return rows


def trust_locked_in(*, quick: bool) -> list[Row]:
    """Return the sd of what people lock in to."""
    rows, n_replications = [], 1000 if quick else 4000
    for c in (1.1, 1.2, 1.5):
        expected = locked_in_sd(c, HUMANS)
        rows.append(
            Row(
                f"trust_locked_in_sd_{c:g}",
                f"Bayesian trust, 10 humans, c = {c:g}: sd of the mean belief that is locked in to",
                (expected,),
                (float(_trusting(c, 400, n_replications).means.std(ddof=1)),),
                3.0 * expected / math.sqrt(2.0 * n_replications),
                f"Monte Carlo: 3 standard errors of an sd over {n_replications:,} replications",
                "Qiu2025",
            )
        )
    return rows


def performative_prediction(*, quick: bool) -> list[Row]:
    """Return the stable prediction, and show that there is none from sensitivity 1 on."""
    del quick
    away = performed(0.0, 1.0, 1.0, 1000)
    return [
        Row(
            "performative_stable",
            "Performative prediction, mean 1, sensitivity 0.6: prediction after 200 retrainings",
            (2.5,),
            (float(performed(0.0, 1.0, 0.6, 200)[-1]),),
            1e-12,
            "arithmetic: float64",
            "Perdomo2020",
        ),
        Row(
            "performative_diverges",
            "Performative prediction, mean 1, sensitivity 1: prediction after 1,000 retrainings",
            (1000.0,),
            (float(away[-1]),),
            1e-9,
            "arithmetic: float64",
            "Perdomo2020",
        ),
    ]


def collapse(*, quick: bool) -> list[Row]:
    """Show that a model trained on the last generation drifts on, and one trained on all stays near."""
    generations, samples, n_replications = 20, 500, 500 if quick else 2000
    replaced = collapsed(generations, samples, accumulate=False, n_replications=n_replications)
    kept = collapsed(generations, samples, accumulate=True, n_replications=n_replications)
    expected = 1.5 * generations / samples
    return [
        Row(
            "collapse_replace",
            f"Model collapse, {generations} generations of {samples} samples, each replacing the last: mean "
            "squared W2 distance from the first truth is 1.5 G / M",
            (expected,),
            (float(replaced[-1].mean()),),
            3.0 * _error(replaced[-1]) + expected * generations / samples,
            f"Monte Carlo: 3 standard errors over {n_replications:,} chains; and G/M, the order of what the "
            "approximation leaves out, of the expected",
            "Shumailov2024",
        ),
        Row(
            "collapse_accumulate",
            f"Model collapse, {generations} generations of {samples} samples, all kept: mean squared W2 "
            "distance from the first truth over 1.5 / M, that of the first generation, is at most pi^2 / 6",
            (math.pi**2 / 6.0,),
            (float(kept[-1].mean()) * samples / 1.5,),
            3.0 * _error(kept[-1]) * samples / 1.5,
            f"Monte Carlo: 3 standard errors over {n_replications:,} chains",
            "Gerstgrasser2024",
            "at most",
        ),
    ]


def _error(samples: Floats) -> float:
    return float(samples.std(ddof=1) / math.sqrt(samples.size))
