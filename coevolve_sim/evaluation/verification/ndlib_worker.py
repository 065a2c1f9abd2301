"""The other side of the comparison with NDlib: run by the Python of an environment that has it, as a file.

It reads what is asked as JSON on standard input and prints what came out as JSON. It imports nothing of
`coevolve_sim`, which that environment has not.
"""

from __future__ import annotations

import json
import random
import sys
from typing import Any


def run_friedkin_johnsen(
    edges: list[list[int]], values: list[float], stubbornness: float, rounds: int
) -> list[float]:
    """Return the values that NDlib's FJModel comes to."""
    import networkx as nx
    from ndlib.models import ModelConfig
    from ndlib.models.opinions import FJModel

    graph: Any = nx.Graph()
    graph.add_nodes_from(range(len(values)))
    graph.add_edges_from(edges)
    model, configuration = FJModel(graph), ModelConfig.Configuration()
    for node in graph:
        configuration.add_node_configuration("stubbornness", node, stubbornness)
    model.set_initial_status(configuration)
    model.status = dict(enumerate(values))
    model.initial_status = model.status.copy()
    for _ in range(rounds + 1):  # the first iteration only reports
        model.iteration()
    return [model.status[node] for node in range(len(values))]


def run_algorithmic_bias(
    bias: float, seed: int, humans: int, confidence: float, rounds: int, floor: float
) -> list[float]:
    """Return the values that NDlib's AlgorithmicBiasModel comes to in full mixing.

    Its least distance, 1e-5, is a number in its code; another one is put in its place.
    """
    import networkx as nx
    import numpy as np
    from ndlib.models import ModelConfig
    from ndlib.models.opinions import AlgorithmicBiasModel

    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - NDlib draws from the global generators
    model, configuration = AlgorithmicBiasModel(nx.complete_graph(humans)), ModelConfig.Configuration()
    configuration.add_model_parameter("epsilon", confidence)
    configuration.add_model_parameter("gamma", bias)
    model.set_initial_status(configuration)
    if floor != 1e-5:
        model.pb1 = lambda others, own: np.maximum(np.abs((others - own).astype(float)), floor) ** -bias
    for _ in range(rounds + 1):
        model.iteration(node_status=False)
    return [float(model.status[node]) for node in range(humans)]


def answer_request(asked: dict[str, Any]) -> dict[str, Any]:
    """Return what NDlib makes of what is asked."""
    from importlib.metadata import version

    found: dict[str, Any] = {"version": version("ndlib")}
    if "friedkin_johnsen" in asked:
        found["friedkin_johnsen"] = run_friedkin_johnsen(**asked["friedkin_johnsen"])
    found["algorithmic_bias"] = [
        [run_algorithmic_bias(seed=seed, **one["setting"]) for seed in range(one["seeds"])]
        for one in asked["algorithmic_bias"]
    ]
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(answer_request(json.load(sys.stdin))) + "\n")
