"""NDlib's interactions a second, printed as JSON.

Runs in an environment that has NDlib, and imports nothing of ours.
AlgorithmicBias at gamma 0 is Deffuant; WHK is synchronous Hegselmann-Krause (its HKModel changes one
node an iteration). One iteration is as many pairs as there are nodes, or every edge once in each direction.
"""

from __future__ import annotations

import json
import statistics
import time

import networkx as nx
from ndlib.models import ModelConfig
from ndlib.models.opinions import AlgorithmicBiasModel, WHKModel

HUMANS, REPEATS = 10_000, 3


def seconds(model: object) -> float:
    """Return the median time of an iteration after the first, which only reports the start."""
    model.iteration()
    taken = []
    for _ in range(REPEATS):
        began = time.process_time()
        model.iteration()
        taken.append(time.process_time() - began)
    return statistics.median(taken)


def main() -> None:
    """Print pairs a second of Deffuant and directed edges a second of Hegselmann-Krause."""
    found = {}
    for family, graph in (
        ("WS", nx.watts_strogatz_graph(HUMANS, 10, 0.1, seed=1)),
        ("BA", nx.barabasi_albert_graph(HUMANS, 5, seed=1)),
    ):
        pairs, whole = AlgorithmicBiasModel(graph, seed=1), WHKModel(graph)
        config = ModelConfig.Configuration()
        for name, number in (("epsilon", 0.2), ("mu", 0.5), ("gamma", 0.0)):
            config.add_model_parameter(name, number)
        pairs.set_initial_status(config)
        config = ModelConfig.Configuration()
        config.add_model_parameter("epsilon", 0.2)
        for edge in graph.edges():
            config.add_edge_configuration("weight", edge, 0.2)
        whole.set_initial_status(config)
        found[f"pairs {family}"] = HUMANS / seconds(pairs)
        found[f"averages {family}"] = 2 * graph.number_of_edges() / seconds(whole)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
