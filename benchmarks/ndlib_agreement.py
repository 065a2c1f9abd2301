"""NDlib as an independent implementation: Friedkin-Johnsen exactly, algorithmic bias in distribution.

NDlib needs an environment of its own (``pip install ndlib six scikit-learn``); name its Python:

    python benchmarks/ndlib_agreement.py --ndlib-python PATH [--seeds 60]

This process runs societies of `coevolve_sim`; the other one, started from this same file, runs NDlib's. Its
HKModel moves one node an iteration and is not compared.

- Friedkin-Johnsen, Watts-Strogatz, N = 200, 60 rounds, the same initial values: greatest difference, at most
  1e-12.
- Algorithmic bias at 0 and 1, full mixing, N = 100, confidence 0.3, 100 encounters a human: effective
  clusters, Mann-Whitney test at 0.01. Of normal numbers, 60 seeds a side, a shift of the mean by 0.8 standard
  deviations is seen with a power of 0.95; smaller differences may go unseen.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

HUMANS, ROUNDS, STUBBORNNESS, CONFIDENCE = 100, 100, 0.3, 0.3
FJ_ROUNDS = 60


def ndlib_side(asked: dict) -> dict:
    """Run NDlib; called in its own environment."""
    return {
        "fj": _ndlib_friedkin_johnsen(asked["edges"], asked["values"]),
        "bias": {
            str(bias): [_ndlib_bias(bias, seed) for seed in range(asked["seeds"])] for bias in asked["biases"]
        },
    }


def _ndlib_friedkin_johnsen(edges: list, values: list) -> list:
    import networkx as nx
    from ndlib.models import ModelConfig
    from ndlib.models.opinions import FJModel

    graph = nx.Graph()
    graph.add_nodes_from(range(len(values)))
    graph.add_edges_from(edges)
    model, configuration = FJModel(graph), ModelConfig.Configuration()
    for node in graph:
        configuration.add_node_configuration("stubbornness", node, STUBBORNNESS)
    model.set_initial_status(configuration)
    model.status = dict(enumerate(values))
    model.initial_status = model.status.copy()
    for _ in range(FJ_ROUNDS + 1):  # the first iteration only reports
        model.iteration()
    return [model.status[node] for node in range(len(values))]


def _ndlib_bias(bias: float, seed: int) -> list:
    import random

    import networkx as nx
    from ndlib.models import ModelConfig
    from ndlib.models.opinions import AlgorithmicBiasModel

    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - NDlib draws from the global generators
    model, configuration = AlgorithmicBiasModel(nx.complete_graph(HUMANS)), ModelConfig.Configuration()
    configuration.add_model_parameter("epsilon", CONFIDENCE)
    configuration.add_model_parameter("gamma", bias)
    model.set_initial_status(configuration)
    for _ in range(ROUNDS + 1):
        model.iteration(node_status=False)
    return [float(model.status[node]) for node in range(HUMANS)]


def our_side(seeds: int, biases: list[float]) -> tuple[dict, dict]:
    """Return what NDlib is asked, and what came out here."""
    from coevolve_sim.verification.worlds import run_out, society

    running = society(
        "{rule: friedkin_johnsen}",
        humans=200,
        rounds=FJ_ROUNDS,
        network="{family: watts_strogatz, degree: 10}",
        groups=f"[{{name: all, distribution: uniform, stubbornness: {STUBBORNNESS}}}]",
    )
    ties, values = running.state.ties, running.values[:, 0].tolist()
    edges = np.column_stack([ties.listeners, ties.indices])
    asked = {"edges": edges.tolist(), "values": values, "seeds": seeds, "biases": biases}

    def biased(bias: float, seed: int) -> list:
        update = (
            f"{{rule: algorithmic_bias, bias: {bias}, distance_floor: 1.0e-5, rate: {{peer: 0.5}}, "
            f"confidence: {{peer: {CONFIDENCE}}}, encounters_per_human: {ROUNDS}}}"
        )
        return run_out(society(update, humans=HUMANS, seed=seed))[:, 0].tolist()

    bias_runs = {str(bias): [biased(bias, seed) for seed in range(seeds)] for bias in biases}
    return asked, {"fj": run_out(running)[:, 0].tolist(), "bias": bias_runs}


def compared(ours: dict, theirs: dict) -> bool:
    """Print both sides and return whether they agree."""
    from scipy.stats import mannwhitneyu

    from coevolve_sim.measures import effective_clusters

    worst = float(np.abs(np.subtract(ours["fj"], theirs["fj"])).max())
    agree = worst <= 1e-12
    print(f"Friedkin-Johnsen: greatest difference {worst:.1e} (at most 1e-12)")
    for bias, runs in ours["bias"].items():
        a, b = (
            [float(np.mean(effective_clusters(np.array(run)))) for run in side]
            for side in (runs, theirs["bias"][bias])
        )
        p = float(mannwhitneyu(a, b).pvalue)
        agree = agree and p >= 0.01
        errors = [np.std(side, ddof=1) / np.sqrt(len(side)) for side in (a, b)]
        print(
            f"Algorithmic bias {bias}: effective clusters {np.mean(a):.3f} +- {errors[0]:.3f} here, "
            f"{np.mean(b):.3f} +- {errors[1]:.3f} in NDlib; Mann-Whitney p = {p:.3f} (at least 0.01)"
        )
    return agree


def main() -> int:
    """Compare, or be the other side of a comparison."""
    if sys.argv[1:] == ["--ndlib-side"]:
        print(json.dumps(ndlib_side(json.load(sys.stdin))))
        return 0
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ndlib-python", required=True, help="Python of an environment with NDlib")
    parser.add_argument("--seeds", type=int, default=60)
    parser.add_argument("--biases", type=float, nargs="+", default=[0.0, 1.0])
    given = parser.parse_args()
    asked, ours = our_side(given.seeds, given.biases)
    done = subprocess.run(
        [given.ndlib_python, str(Path(__file__)), "--ndlib-side"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    return 0 if compared(ours, json.loads(done.stdout.splitlines()[-1])) else 1


if __name__ == "__main__":
    sys.exit(main())
