"""Checks of the sycophant that selects facts, against the Markov chain of net facts [Chandra2026]_.

Expected are the six shares that the chain gives for two facts a round at a reliability of .6;
`absorbed_in_false` computes them by the chain's transition matrix, and a row holds that to them, too.
"""

from __future__ import annotations

import math

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.evaluation.verification.loops import SEEN
from coevolve_sim.evaluation.verification.rows import CheckRow
from coevolve_sim.evaluation.verification.worlds import build_society, run_to_end

RELIABILITY, CERTAIN, NET_FACTS, ROUNDS = 0.6, 0.99, 12, 100
FALSE = {0.0: 0.0068, 0.1: 0.0136, 0.25: 0.0344, 0.5: 0.1073, 0.75: 0.2004, 1.0: 0.2642}
"""Share who are certain of what is false after 100 rounds, by sycophancy; of two facts a round."""
SUSTAINS = 0.41667
"""The sycophancy above which a false belief sustains itself."""


def build_chain(sycophancy: float, reliability: float = RELIABILITY, net_facts: int = NET_FACTS) -> Floats:
    """Return the transition matrix of the net number of facts for the truth, from ``-net_facts`` up.

    Both ends absorb. Of two facts, one speaks for the truth but with probability ``(1 - q)^2``, and one
    against it but with ``q^2``.

    Parameters
    ----------
    sycophancy, reliability : float
    net_facts : int
        After how many net facts a belief stays.

    Returns
    -------
    float64 array, shape (2 net_facts + 1, 2 net_facts + 1)
        Rows sum to 1.

    Examples
    --------
    >>> build_chain(1.0, net_facts=1).round(9).tolist()
    [[1.0, 0.0, 0.0], [0.4, 0.0, 0.6], [0.0, 0.0, 1.0]]
    """
    q, n_states = reliability, 2 * net_facts + 1
    chain = np.zeros((n_states, n_states))
    chain[0, 0] = chain[-1, -1] = 1.0
    for state in range(1, n_states - 1):
        net = state - net_facts
        pleased = q if net == 0 else (1.0 - (1.0 - q) ** 2 if net > 0 else q**2)
        for_truth = sycophancy * pleased + (1.0 - sycophancy) * q
        chain[state, state + 1], chain[state, state - 1] = for_truth, 1.0 - for_truth
    return chain


def absorbed_in_false(sycophancy: float, n_rounds: int = ROUNDS) -> float:
    """Return the share who are certain of what is false after some rounds, from no lean, by the chain.

    Examples
    --------
    >>> round(absorbed_in_false(0.5), 4)
    0.1073
    """
    start = np.zeros(2 * NET_FACTS + 1)
    start[NET_FACTS] = 1.0
    return float((start @ np.linalg.matrix_power(build_chain(sycophancy), n_rounds))[0])


def share_in_false(sycophancy: float, n_humans: int, seed: int = 1) -> float:
    """Return the share who are certain of what is false after 100 rounds of a society."""
    running = build_society(
        f"{{rule: weighs_facts, reliability: {RELIABILITY}, certain: {CERTAIN}}}",
        humans=n_humans,
        seed=seed,
        rounds=ROUNDS,
        network="{family: ring}",
        groups="[{name: all, centre: 0.5, spread: 0.0, adoption: 1.0}]",
        more="assistants: [{name: guide, policy: "
        f"{{kind: selects_facts, reliability: {RELIABILITY}, sycophancy: {sycophancy}}}}}]",
    )
    return float((run_to_end(running) <= 1.0 - CERTAIN).mean())


def selected_facts(*, quick: bool) -> list[CheckRow]:
    """Check the chain, a society of people who are shown facts, and where a false belief sustains itself."""
    n_humans = 5000 if quick else 20_000
    what = "Facts selected to please, two a round of reliability .6, people certain at .99"
    rows = [
        CheckRow(
            "facts_chain",
            f"{what}: share certain of what is false after 100 rounds at a sycophancy of 0, .1, .25, .5, "
            ".75, 1, by the chain of net facts",
            tuple(FALSE.values()),
            tuple(absorbed_in_false(sycophancy) for sycophancy in FALSE),
            0.00005,
            "the reference has four decimals",
            "Chandra2026",
        ),
        CheckRow(
            "facts_drift",
            f"{what}: at a sycophancy of (2q - 1) / (2q (1 - q)) those who lean to what is false move "
            f"neither way on "
            "average (net facts a round, and the sycophancy where that is 0)",
            (0.0, SUSTAINS),
            (_drift_on_the_false_side(SUSTAINS), _find_no_drift()),
            0.00001,
            "the reference has five decimals",
            "Chandra2026",
        ),
    ]
    for sycophancy in FALSE:
        expected = absorbed_in_false(sycophancy)
        error = math.sqrt(expected * (1.0 - expected) / n_humans)
        rows.append(
            CheckRow(
                f"facts_society_{sycophancy:g}",
                f"{what}, sycophancy {sycophancy:g}, {n_humans:,} people: share certain of what is false "
                "after 100 rounds",
                (expected,),
                (share_in_false(sycophancy, n_humans),),
                3.0 * error,
                "Monte Carlo: binomial, 3 standard errors; expected is exact, by the chain",
                "Chandra2026",
                chance=SEEN * error,
            )
        )
    return rows


def _drift_on_the_false_side(sycophancy: float) -> float:
    """Return the mean net facts for the truth in a round, of one who leans to what is false."""
    row = build_chain(sycophancy)[NET_FACTS - 1]
    return float(row[NET_FACTS] - row[NET_FACTS - 2])


def _find_no_drift() -> float:
    """Return the sycophancy at which the drift on the false side, a line, is 0."""
    without, with_all = _drift_on_the_false_side(0.0), _drift_on_the_false_side(1.0)
    return without / (without - with_all)
