"""Processor time of whole runs in NDlib, printed as JSON: ``ndlib_runs.py RULE MEASURED RUNS``.

Runs in an environment that has NDlib, and imports nothing of ours. A run is a network, its model and all
rounds; where it is measured, the variance is taken every second round. See `ndlib_speed` for the models.
"""

from __future__ import annotations

import json
import sys
import time

import networkx as nx
import numpy as np
from ndlib.models import ModelConfig
from ndlib.models.opinions import AlgorithmicBiasModel, WHKModel

HUMANS, DEGREE, REWIRING, ROUNDS, CONFIDENCE = 400, 10, 0.1, 92, 0.2


def build_model(rule: str, seed: int) -> object:
    """Return the model of a run, at its start."""
    graph = nx.watts_strogatz_graph(HUMANS, DEGREE, REWIRING, seed=seed)
    config = ModelConfig.Configuration()
    config.add_model_parameter("epsilon", CONFIDENCE)
    if rule == "deffuant_weisbuch":
        model = AlgorithmicBiasModel(graph, seed=seed)
        config.add_model_parameter("mu", 0.5)
        config.add_model_parameter("gamma", 0.0)
    else:
        model = WHKModel(graph)
        for edge in graph.edges():
            config.add_edge_configuration("weight", edge, 0.2)
    model.set_initial_status(config)
    return model


def run_once(rule: str, seed: int, *, measured: bool) -> None:
    """Run a society to its end."""
    model = build_model(rule, seed)
    model.iteration()  # reports the start
    for round_index in range(1, ROUNDS + 1):
        model.iteration()
        if measured and round_index % 2 == 0:
            np.var(list(model.status.values()))


def main() -> None:
    """Print seconds a run, one after the other, once warm."""
    rule, measured, runs = sys.argv[1], sys.argv[2] == "measured", int(sys.argv[3])
    build_model(rule, 0).iteration()
    taken = []
    for seed in range(1, runs + 1):
        began = time.process_time()
        run_once(rule, seed, measured=measured)
        taken.append(time.process_time() - began)
    print(json.dumps(taken))


if __name__ == "__main__":
    main()
