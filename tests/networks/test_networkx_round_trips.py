"""Networks survive networkx, and what humans hold goes along."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from coevolve_sim.errors import NetworkError
from coevolve_sim.networks import (
    complete,
    erdos_renyi,
    from_edges,
    from_networkx,
    stochastic_block,
    to_networkx,
)


@pytest.mark.parametrize("directed", [True, False])
def test_there_and_back(directed):
    ties = erdos_renyi(80, 4.0, 1, directed=directed)
    back = from_networkx(to_networkx(ties))
    assert back.indices.tolist() == ties.indices.tolist()
    assert back.indptr.tolist() == ties.indptr.tolist()
    assert back.directed == directed
    assert back.labels is None
    assert back.notes == ties.notes


@pytest.mark.parametrize("directed", [True, False])
def test_weights_go_there_and_back(directed):
    ties = from_edges(3, np.array([[0, 1], [2, 1]]), np.array([0.5, 2.0]), directed=directed)
    assert from_networkx(to_networkx(ties)).weights.tolist() == ties.weights.tolist()
    assert from_networkx(to_networkx(ties), weighted=False).weights is None


def test_an_edge_leads_from_speaker_to_listener():
    ties = from_networkx(nx.DiGraph([(0, 1)]))
    assert ties.degrees.tolist() == [0, 1]
    assert list(to_networkx(ties).edges()) == [(0, 1)]


def test_small_full_mixing_is_written_out():
    assert to_networkx(complete(60)).number_of_edges() == 60 * 59 // 2
    assert to_networkx(complete(1)).number_of_nodes() == 1


def test_values_groups_blocks_and_names_become_node_attributes(tmp_path):
    ties = stochastic_block(4, 2, 1.0, 0.0, 1)
    graph = to_networkx(ties, np.arange(8).reshape(4, 2) / 10, ["care", "duty"], ["a", "a", "b", "b"])
    assert graph.nodes[3] == {"community": 1, "group": "b", "care": 0.6, "duty": 0.7}
    assert to_networkx(ties, np.zeros((4, 1))).nodes[0]["value_0"] == 0.0
    assert to_networkx(ties, groups=np.array([0, 1, 2, 3])).nodes[2]["group"] == 2
    named = from_edges(2, np.array([[0, 1]]), labels=("ann", "bob"))
    assert to_networkx(named).nodes[1]["label"] == "bob"
    for write, suffix in ((nx.write_gexf, "gexf"), (nx.write_graphml, "graphml")):
        write(graph, tmp_path / f"g.{suffix}")


def test_rows_follow_numbers_then_letters():
    assert from_networkx(nx.Graph([(10, 9), (9, 100)])).labels == ("9", "10", "100")
    assert from_networkx(nx.Graph([("b", "a"), ("a", "10")])).labels == ("10", "a", "b")
    shuffled = from_networkx(nx.Graph([(2, 0), (0, 1)]))
    assert shuffled.labels is None
    assert shuffled.degrees.tolist() == [2, 1, 1]


def test_multigraphs_are_merged_and_say_so():
    ties = from_networkx(nx.MultiGraph([(0, 1), (0, 1), (1, 1)]))
    assert ties.notes == ("1 self-loop left out", "1 repeated edge merged")


def test_an_edge_without_a_weight_among_others_counts_one_and_a_note_says_so():
    graph = nx.Graph()
    graph.add_edge(0, 1, weight=2.5)
    graph.add_edge(1, 2)
    ties = from_networkx(graph)
    assert ties.weights.tolist() == [2.5, 2.5, 1.0, 1.0]
    assert ties.notes == ("1 edge without a weight counts 1.0",)


def test_weights_that_are_no_numbers_or_all_missing_where_wanted_are_refused():
    graph = nx.Graph()
    graph.add_edge(0, 1, weight=1.0)
    graph.add_edge(1, 2)
    graph.edges[1, 2]["weight"] = "strong"
    with pytest.raises(NetworkError, match=r"edge \(1, 2\) has weight 'strong', not a number"):
        from_networkx(graph)
    with pytest.raises(NetworkError, match="no edge has the attribute weight"):
        from_networkx(nx.path_graph(3), weighted=True)
