"""Networks of humans: who hears whom, as compressed sparse rows.

`build` makes the network that a scenario describes; each family is also a function of its own. A random
network depends on its parameters and seed alone. An impossible network raises
`coevolve_sim.errors.NetworkError`.

>>> from coevolve_sim.networks import clustering, watts_strogatz
>>> society = watts_strogatz(1000, degree=10, rewiring=0.05, seed=1)
>>> society.n_ties, clustering(society) > 0.5
(10000, True)
"""

from __future__ import annotations

from coevolve_sim.networks.building import FAMILIES, Family, NetworkDescription, as_ties, build
from coevolve_sim.networks.families import (
    barabasi_albert,
    erdos_renyi,
    power_law_cluster,
    random_geometric,
    stochastic_block,
    watts_strogatz,
)
from coevolve_sim.networks.files import read_network
from coevolve_sim.networks.graph_objects import read_graph_object
from coevolve_sim.networks.graphs import from_networkx, to_networkx
from coevolve_sim.networks.lattices import caveman, complete, grid, ring, star
from coevolve_sim.networks.rewiring import rewire
from coevolve_sim.networks.sequences import degree_sequence
from coevolve_sim.networks.structure import clustering, components
from coevolve_sim.networks.ties import Ties, from_edges, from_rows, full_mixing

__all__ = [
    "FAMILIES",
    "Family",
    "NetworkDescription",
    "Ties",
    "as_ties",
    "barabasi_albert",
    "build",
    "caveman",
    "clustering",
    "complete",
    "components",
    "degree_sequence",
    "erdos_renyi",
    "from_edges",
    "from_networkx",
    "from_rows",
    "full_mixing",
    "grid",
    "power_law_cluster",
    "random_geometric",
    "read_graph_object",
    "read_network",
    "rewire",
    "ring",
    "star",
    "stochastic_block",
    "to_networkx",
    "watts_strogatz",
]
