"""Checks of loops between people and learning assistants: trust, performative prediction, model collapse.

Dimensions serve as replications: all draws are independent across them, and precision is the same in all.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.evaluation.verification.rows import POWER, CheckRow
from coevolve_sim.evaluation.verification.worlds import build_society, run_to_end
from coevolve_sim.rules.trust_theory import locked_in_sd
from coevolve_sim.society.model import Society

LOG_PRECISION = {0.9: (8.3916, 9.5038), 1.0: (11.7341, 13.9326), 1.1: (52.3646, 147.6748)}
"""ln of the assistant's precision after 500 and 1,500 rounds, the first being at the beginning; by c."""
HUMANS, EVIDENCE_SD, MOST_DIMENSIONS = 10, 0.02, 1000
SEEN = NormalDist().inv_cdf(POWER)
"""Standard errors beyond its tolerance at which a row sees a true difference in four of five runs."""
UNCLIPPED = "evidence of sd 0.02 around 0.5, so that nothing is held at 0 or 1"
CENTRED = f"[{{name: all, adoption: 1.0, centre: 0.5, spread: {EVIDENCE_SD}}}]"


def build_trusting_society(c: float, n_rounds: int, n_replications: int = 1, seed: int = 1) -> Society:
    """Build a society of humans who trust one assistant that adds up what all of them claim to know."""
    return build_society(
        f"{{rule: bayesian_trust, evidence_sd: {EVIDENCE_SD}}}",
        humans=HUMANS,
        seed=seed,
        rounds=n_rounds,
        dimensions=n_replications,
        groups=CENTRED,
        more=f"assistants: [{{name: assistant, policy: {{kind: bayesian_trust, trust: {c / HUMANS!r}}}}}]",
    )


def read_claim(running: Society) -> float:
    """Read the natural logarithm of the precision that the assistant claims."""
    return float(running.state.memories[0]["log_precision"][0])


def _read_claims_after(running: Society, *n_rounds: int) -> tuple[float, ...]:
    """Read the claim after each number of rounds, counting the claim before the first round as the first."""
    found = []
    for until in n_rounds:
        while running.round_index < until - 1:
            running.step()
        found.append(read_claim(running))
    return tuple(found)


def trust_numbers(*, quick: bool) -> list[CheckRow]:
    """Check the precision that an assistant claims after some rounds."""
    del quick
    return [
        CheckRow(
            f"trust_log_precision_{c:g}",
            f"Bayesian trust, 10 humans, c = {c:g}: ln of the assistant's precision after 500 and 1,500 "
            "rounds",
            expected,
            _read_claims_after(build_trusting_society(c, 1500), 500, 1500),
            0.00005,
            "the reference has four decimals",
            "Qiu2025",
        )
        for c, expected in LOG_PRECISION.items()
    ]


def trust_far(*, quick: bool) -> list[CheckRow]:
    """Check that precision grows by ln c in each round, far beyond the range of float64."""
    c, early, late = (1.5, 2000, 2500) if quick else (1.1, 9000, 10_000)
    before, after = _read_claims_after(build_trusting_society(c, late), early, late)
    return [
        CheckRow(
            "trust_beyond_float64",
            f"Bayesian trust, c = {c:g}: growth of the log precision from round {early:,} to {late:,}, where "
            f"precision itself is beyond float64, over {late - early:,} ln c",
            (1.0,),
            ((after - before) / ((late - early) * math.log(c)),),
            1e-9,
            "arithmetic: float64 of size 1,000",
            "Qiu2025",
        )
    ]


def measure_log_overconfidence(running: Society) -> float:
    """Measure ln of actual over claimed sd of the humans' mean belief, over replications."""
    actual = running.values.mean(axis=0).std() / EVIDENCE_SD
    return float(np.log(actual) + running.state.of_humans["log_precision"][0] / 2.0)


def overconfidence_slope(c: float, early: int, late: int) -> float:
    """Return the exact slope of ln overconfidence against ln rounds, from the weights of the draws.

    The humans' mean belief is a sum of the draws so far; draw 1 has weight ``c^t + sum_{k=1..t} c^(t-k)``,
    draw j ``sum_{k=j..t} c^(t-k)``, over the same sum of precisions.

    Examples
    --------
    >>> round(overconfidence_slope(1.0, 500, 2000), 2)
    0.5
    """
    ends = [_log_overconfidence_of_weights(c, n_rounds - 1) for n_rounds in (early, late)]
    return float((ends[1] - ends[0]) / math.log(late / early))


def _log_overconfidence_of_weights(c: float, last: int) -> float:
    """Return ln of actual over claimed sd, up to a constant, each divided by ``c^last``."""
    faded = c ** -np.arange(1.0, last + 1)
    weights = np.cumsum(faded[::-1])[::-1].copy()
    weights[0] += 1.0
    precision = 1.0 + float((np.arange(1.0, last + 1) * faded).sum())
    return 0.5 * math.log(float((weights**2).sum())) - 0.5 * math.log(precision) + 0.5 * last * math.log(c)


def trust_threshold(*, quick: bool) -> list[CheckRow]:
    """Check that actual over claimed sd is bounded below c = 1, grows at it, and explodes above it."""
    rows, n_replications, late = [], 200 if quick else 1000, 1000 if quick else 2000
    early = late // 4
    for c, word in ((0.9, "bounded"), (1.0, "growing as a root"), (1.1, "exploding")):
        running, ratios = build_trusting_society(c, late, n_replications), []
        for until in (early - 1, late - 1):
            while running.round_index < until:
                running.step()
            ratios.append(measure_log_overconfidence(running))
        error = math.sqrt(1.0 / n_replications) / math.log(4.0)
        rows.append(
            CheckRow(
                f"trust_overconfidence_{c:g}",
                f"Bayesian trust, c = {c:g}, {UNCLIPPED}: slope of ln(actual sd / claimed sd) against "
                f"ln(rounds), rounds {early:,} to {late:,}: {word}",
                (overconfidence_slope(c, early, late),),
                ((ratios[1] - ratios[0]) / math.log(4.0),),
                3.0 * error,
                f"Monte Carlo: two sds over {n_replications:,} replications; 3 standard errors of the slope. "
                "Expected is exact for these rounds",
                "Qiu2025",
                chance=SEEN * error,
            )
        )
    return rows


def trust_locked_in(*, quick: bool) -> list[CheckRow]:
    """Check the sd of the mean belief in which people lock in."""
    rows, n_replications = [], 1000 if quick else 4000
    for c in (1.1, 1.2, 1.5):
        expected = locked_in_sd(c, HUMANS)
        ends = [
            run_to_end(build_trusting_society(c, 400, MOST_DIMENSIONS, seed)).mean(axis=0) / EVIDENCE_SD
            for seed in range(1, n_replications // MOST_DIMENSIONS + 1)
        ]
        rows.append(
            CheckRow(
                f"trust_locked_in_sd_{c:g}",
                f"Bayesian trust, 10 humans, c = {c:g}, {UNCLIPPED}: sd of the mean belief that is locked in "
                "to, over that of the evidence",
                (expected,),
                (float(np.concatenate(ends).std(ddof=1)),),
                3.0 * expected / math.sqrt(2.0 * n_replications),
                f"Monte Carlo: 3 standard errors of an sd over {n_replications:,} replications",
                "Qiu2025",
                chance=SEEN * expected / math.sqrt(2.0 * n_replications),
            )
        )
    return rows


def _run_retraining(sensitivity: float, n_rounds: int, group: str) -> float:
    """Return the prediction of an assistant retrained each round, over the mean of people without one."""
    running = build_society(
        f"{{rule: performative, sensitivity: {sensitivity}}}",
        humans=50,
        rounds=n_rounds,
        groups=f"[{{name: all, adoption: 1.0, {group}}}]",
        more="assistants: [{name: predictor, policy: {kind: lifelong, rate: 1.0}, start: 0.0}]",
    )
    run_to_end(running)
    return float(running.state.assistant_values[0, 0] / running.setup.initial_values.mean())


def performative_prediction(*, quick: bool) -> list[CheckRow]:
    """Check the stable prediction, and that there is none from sensitivity 1 on."""
    del quick
    return [
        CheckRow(
            "performative_stable",
            "Performative prediction, 50 humans around 0.2, sensitivity 0.6: prediction after 200 "
            "retrainings, over the mean without prediction, is 1 / (1 - 0.6)",
            (2.5,),
            (_run_retraining(0.6, 200, "centre: 0.2, spread: 0.05"),),
            1e-12,
            "arithmetic: float64",
            "Perdomo2020",
        ),
        CheckRow(
            "performative_diverges",
            "Performative prediction, 50 humans at 0.0005, sensitivity 1: prediction after 1,000 "
            "retrainings, over the mean without prediction, has grown by 1 each",
            (1000.0,),
            (_run_retraining(1.0, 1000, "centre: 0.0005, spread: 0.0"),),
            1e-8,
            "arithmetic: 1,000 roundings of numbers up to 0.5, over 0.0005",
            "Perdomo2020",
        ),
    ]


def run_generations(n_rounds: int, samples: int, *, accumulate: bool, n_chains: int, seed: int) -> Floats:
    """Return squared W2 distances of a refitted model from the true distribution, over the true variance.

    Parameters
    ----------
    n_rounds, samples : int
        Number of generations, and of samples in each; the first samples are as many humans, who never move.
    accumulate : bool
        Whether the samples of earlier generations are kept.
    n_chains, seed : int
        Number of dimensions, each an independent chain, and the seed of all draws.

    Returns
    -------
    float64 array, shape (n_chains,)

    Examples
    --------
    >>> run_generations(2, 50, accumulate=False, n_chains=3, seed=0).shape
    (3,)
    """
    running = build_society(
        "{rule: performative, sensitivity: 0.0}",
        humans=samples,
        seed=seed,
        rounds=n_rounds,
        dimensions=n_chains,
        groups=CENTRED,
        more="assistants: [{name: model, policy: "
        f"{{kind: self_consuming, samples: {samples}, accumulate: {str(accumulate).lower()}}}}}]",
    )
    run_to_end(running)
    model = running.state.memories[0]
    away: Floats = ((model["mean"] - 0.5) ** 2 + (model["sd"] - EVIDENCE_SD) ** 2) / EVIDENCE_SD**2
    return away


def model_collapse(*, quick: bool) -> list[CheckRow]:
    """Check that a model trained on the last generation keeps drifting, and one trained on all stays near."""
    n_rounds, samples, n_chains = 20, 500, 500 if quick else 2000
    width = min(n_chains, MOST_DIMENSIONS)
    replaced, kept = (
        np.concatenate(
            [
                run_generations(n_rounds, samples, accumulate=accumulate, n_chains=width, seed=seed)
                for seed in range(n_chains // width)
            ]
        )
        for accumulate in (False, True)
    )
    expected = 1.5 * n_rounds / samples
    kept_expected = float((1.0 / np.arange(1.0, n_rounds + 1) ** 2).sum())
    what = f"Model collapse, {n_rounds} generations of {samples} samples"
    return [
        CheckRow(
            "collapse_replace",
            f"{what}, each replacing the last: mean squared W2 distance from the first truth, over its "
            "variance, is 1.5 G / M",
            (expected,),
            (float(replaced.mean()),),
            3.0 * _squared_w2(replaced) + expected * n_rounds / samples,
            f"Monte Carlo: 3 standard errors over {n_chains:,} chains; and G/M, the order of what the "
            "approximation leaves out, of the expected",
            "Shumailov2024",
            chance=SEEN * _squared_w2(replaced),
        ),
        CheckRow(
            "collapse_accumulate",
            f"{what}, all kept: mean squared W2 distance from the first truth over 1.5 / M of its variance, "
            "that of the first generation, is 1 + 1/4 + 1/9 + ... + 1/G^2, and so at most pi^2 / 6 for ever",
            (kept_expected,),
            (float(kept.mean()) * samples / 1.5,),
            3.0 * _squared_w2(kept) * samples / 1.5 + kept_expected * n_rounds / samples,
            f"Monte Carlo: 3 standard errors over {n_chains:,} chains; and G/M, the order of what the "
            "approximation leaves out, of the expected",
            "Gerstgrasser2024",
            chance=SEEN * _squared_w2(kept) * samples / 1.5,
        ),
    ]


def _squared_w2(samples: Floats) -> float:
    return float(samples.std(ddof=1) / math.sqrt(samples.size))
