"""Checks of bounded confidence: how many clusters there are, and from which confidence only one."""

from __future__ import annotations

import numpy as np

from coevolve_sim.evaluation.verification.independent_results import build_mean_row, build_share_row
from coevolve_sim.evaluation.verification.rows import CheckRow
from coevolve_sim.evaluation.verification.worlds import (
    build_society,
    is_consensus,
    meet_until_consensus,
    run_to_end,
    settle,
)
from coevolve_sim.measures import effective_clusters
from coevolve_sim.society.model import Society

DEFFUANT = (0.05, 0.1, 0.2, 0.27, 0.3)
CONSENSUS = (0.19, 0.20, 0.21, 0.25)
"""Confidences at which clusters are counted, and shares of consensus; the jump to one lies among them."""
GRAPHS = {
    "ba": ("Barabasi-Albert, m = 4", "{family: barabasi_albert, attachments: 4}"),
    "ws": ("Watts-Strogatz, k = 10", "{family: watts_strogatz, degree: 10}"),
    "er": ("Erdos-Renyi, k = 10", "{family: erdos_renyi, degree: 10}"),
    "torus": ("torus", "{family: grid, periodic: true}"),
}
WEDIN = {5.22: (1.0, 702.0), 5.24: (3.0, 10.0)}
"""Clusters, and rounds until nothing moves, by length of the interval in units of confidence."""


def write_deffuant_update(confidence: float, encounters: int) -> str:
    """Write the scenario's update for Deffuant's model."""
    return (
        f"{{rule: deffuant_weisbuch, confidence: {{peer: {confidence!r}}}, "
        f"encounters_per_human: {encounters}}}"
    )


def write_hegselmann_krause_update(confidence: float) -> str:
    """Write the scenario's update for Hegselmann and Krause's model."""
    return f"{{rule: hegselmann_krause, confidence: {{peer: {confidence!r}}}, rate: {{peer: 1.0}}}}"


def deffuant_clusters(*, quick: bool) -> list[CheckRow]:
    """Check the effective clusters of Deffuant's model in full mixing."""
    rows = []
    for confidence in (0.1, 0.2, 0.3) if quick else DEFFUANT:
        counts = [
            float(
                np.mean(
                    effective_clusters(
                        run_to_end(
                            build_society(write_deffuant_update(confidence, 400), humans=2000, seed=seed)
                        )
                    )
                )
            )
            for seed in range(8 if quick else 100)
        ]
        rows.append(
            build_mean_row(
                f"deffuant_clusters_{confidence:g}",
                f"Deffuant, full mixing, N = 2,000, confidence {confidence:g}, 400 encounters a human: "
                "effective clusters",
                counts,
                "Weisbuch2002",
            )
        )
    return rows


def hegselmann_krause_consensus(*, quick: bool) -> list[CheckRow]:
    """Check the share of seeds in which Hegselmann and Krause's model reaches consensus in full mixing."""
    rows, n_seeds = [], 6 if quick else 200
    for confidence in (0.19, 0.25) if quick else CONSENSUS:
        n_agreed = sum(
            is_consensus(
                settle(
                    build_society(
                        write_hegselmann_krause_update(confidence), humans=2000, seed=seed, rounds=3000
                    )
                )
            )
            for seed in range(n_seeds)
        )
        rows.append(
            build_share_row(
                f"hegselmann_krause_consensus_{confidence:g}",
                f"Hegselmann-Krause, full mixing, N = 2,000, confidence {confidence:g}: share of seeds that "
                "come to consensus",
                n_agreed,
                n_seeds,
                "Fortunato2005",
            )
        )
    return rows


def consensus_on_interval(*, quick: bool) -> list[CheckRow]:
    """Check equally spaced values on intervals just below and just above 5.23 times the confidence."""
    del quick
    return [
        CheckRow(
            f"sharp_edge_{length:g}",
            f"Hegselmann-Krause, 2,001 humans equally spaced on an interval {length:g} confidences long: "
            "clusters, and rounds until nothing moves",
            expected,
            _run_spaced(length),
            0.01,
            "the run is deterministic; clusters are effective ones, and a lone human between two camps "
            "counts 0.006",
            "Wedin2021",
        )
        for length, expected in WEDIN.items()
    ]


def _run_spaced(length: float) -> tuple[float, float]:
    spaced = np.linspace(0.0, 1.0, 2001)[:, None]
    running = build_society(
        write_hegselmann_krause_update(1.0 / length), humans=2001, rounds=3000, values=spaced
    )
    values = settle(running, still=1e-12)
    n_clusters = np.count_nonzero(np.diff(np.sort(values[:, 0])) > 1e-6) + 1
    return float(n_clusters), float(running.round_index)


def consensus_on_graphs(*, quick: bool) -> list[CheckRow]:
    """Check consensus from confidence 0.5 on any graph, and how often it is missed at 0.4 on sparse ones.

    The threshold of 0.5 is that of ever larger graphs. At N = 2,500 consensus at 0.4 is rare on most, and
    comes in about one seed of four of Hegselmann and Krause's on Watts-Strogatz, here and by other code.
    """
    rows, n_seeds = [], 3 if quick else 60
    for rule in ("deffuant", "hk"):
        for graph in ("ba", "torus") if quick else GRAPHS:
            for confidence in (0.52, 0.40):
                still = -1.0 if rule == "deffuant" else 1e-9
                n_agreed = sum(
                    meet_until_consensus(_run_on_graph(rule, graph, confidence, seed), still)
                    for seed in range(n_seeds)
                )
                rows.append(_build_threshold_row(rule, graph, confidence, n_agreed, n_seeds))
    return rows


def _run_on_graph(rule: str, graph: str, confidence: float, seed: int) -> Society:
    update, rounds = (
        (write_deffuant_update(confidence, 50), 8)
        if rule == "deffuant"
        else (write_hegselmann_krause_update(confidence), 2000)
    )
    return build_society(update, humans=2500, seed=seed, rounds=rounds, network=GRAPHS[graph][1])


def _build_threshold_row(rule: str, graph: str, confidence: float, n_agreed: int, n_seeds: int) -> CheckRow:
    name = "Deffuant" if rule == "deffuant" else "Hegselmann-Krause"
    return build_share_row(
        f"threshold_{rule}_{graph}_{confidence:g}",
        f"{name} on {GRAPHS[graph][0]}, N = 2,500, confidence {confidence:g}: share of seeds in which all "
        "who have a tie come to consensus",
        n_agreed,
        n_seeds,
        "Fortunato2004" if rule == "deffuant" else "Fortunato2005",
    )


def consensus_by_mean_degree(*, quick: bool) -> list[CheckRow]:
    """Check that confidence 0.3 is enough for consensus at a high mean degree, and not at a low one."""
    rows, n_seeds = [], 3 if quick else 60
    for degree in (10, 400):
        network = f"{{family: erdos_renyi, degree: {degree}}}"
        n_agreed = sum(
            meet_until_consensus(
                build_society(
                    write_hegselmann_krause_update(0.3), humans=2500, seed=seed, rounds=2000, network=network
                ),
                still=1e-9,
            )
            for seed in range(n_seeds)
        )
        rows.append(
            build_share_row(
                f"mean_degree_{degree}",
                f"Hegselmann-Krause on Erdos-Renyi, N = 2,500, mean degree {degree}, confidence 0.3: share "
                "of seeds in which all who have a tie come to consensus",
                n_agreed,
                n_seeds,
                "Fortunato2005",
            )
        )
    return rows
