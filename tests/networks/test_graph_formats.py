"""Graph files of other programs, and graphs of other libraries: ties, weights, names and attributes."""

from __future__ import annotations

import gzip
import re
from io import BytesIO
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import mmwrite
from scipy.sparse import coo_array

from coevolve_sim.errors import NetworkError
from coevolve_sim.networks import (
    complete,
    erdos_renyi,
    from_edges,
    read_graph_object,
    read_network,
    rewire,
    to_networkx,
)
from coevolve_sim.networks.graph_formats import READERS, read_graph
from coevolve_sim.networks.graph_objects import digest_ties
from tests import ROOT

MTX = "%%MatrixMarket matrix coordinate"
BLOGS = ROOT.parent / "shared" / "data" / "polblogs.gml.gz"


def town(*, directed=False):
    """Return three people with ages, two ties, one of weight 2.5."""
    graph = nx.DiGraph() if directed else nx.Graph()
    graph.add_node("n7", label="Ann", age=31)
    graph.add_node("n8", label="Bob", age=44)
    graph.add_node("n9", label="Cem", age=27)
    graph.add_edge("n7", "n8", weight=2.5)
    graph.add_edge("n8", "n9", weight=1.0)
    return graph


def write(folder, name, text):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.long
@pytest.mark.skipif(not BLOGS.exists(), reason="the shared data folder does not lie beside this repository")
def test_the_political_blogs_are_read_with_their_names_and_camps():
    ties = read_network(BLOGS)
    assert (ties.n_humans, ties.n_ties, ties.directed) == (1_490, 19_012, True)
    assert "3 self-loops left out" in ties.notes
    assert ties.names[:2] == ("100monkeystyping.com", "12thharmonic.com/wordpress")
    assert "atrios.blogspot.com/" in ties.names, "which has a blank after it in the file"
    camps = np.array(ties.attributes["value"])
    assert np.bincount(camps).tolist() == [758, 732], "as Adamic and Glance count them"


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize(
    ("name", "write_graph"),
    [("a.graphml", nx.write_graphml), ("a.gexf", nx.write_gexf), ("a.gml", nx.write_gml)],
)
def test_names_attributes_and_weights_come_along(tmp_path, name, write_graph, directed):
    graph = town(directed=directed)
    if name.endswith("gml"):  # whose writer calls nodes by their labels itself
        graph = nx.relabel_nodes(graph, nx.get_node_attributes(graph, "label"))
        for _, data in graph.nodes(data=True):
            data.pop("label")
    write_graph(graph, tmp_path / name)
    ties = read_network(tmp_path / name)
    assert ties.names == ("Ann", "Bob", "Cem")
    assert ties.attributes["age"] == (31, 44, 27)
    assert ties.directed == directed
    assert sorted(ties.weights.tolist()) == ([1.0, 2.5] if directed else [1.0, 1.0, 2.5, 2.5])


@pytest.mark.parametrize(("suffix", "write_graph"), [("graphml", nx.write_graphml), ("gexf", nx.write_gexf)])
@pytest.mark.parametrize("directed", [True, False])
def test_what_is_exported_is_read_back_with_its_people(tmp_path, suffix, write_graph, directed):
    graph = town(directed=directed)
    nx.set_node_attributes(graph, {"n7": "left", "n8": "left", "n9": "right"}, "group")
    ties = read_graph_object(graph)
    values = np.array([[0.1], [0.2], [0.3]])
    write_graph(to_networkx(ties, values, ["thrift"], ["a", "a", "b"]), tmp_path / f"a.{suffix}")
    back = read_network(tmp_path / f"a.{suffix}")
    assert back.names == ties.names
    assert back.attributes["age"] == ties.attributes["age"]
    assert back.attributes["group_in_file"] == ("left", "left", "right")
    assert back.attributes["group"] == ("a", "a", "b")
    assert back.attributes["thrift"] == (0.1, 0.2, 0.3)
    for array in ("indptr", "indices", "weights"):
        assert getattr(back, array).tolist() == getattr(ties, array).tolist()
    assert back.directed == directed


def test_a_name_that_xml_cannot_hold_is_mended_and_the_file_can_be_read(tmp_path):
    ties = from_edges(2, np.array([[0, 1]]), labels=("a\x01b", "c"))
    nx.write_graphml(to_networkx(ties), tmp_path / "a.graphml")
    assert read_network(tmp_path / "a.graphml").names == ("a\ufffdb", "c")


def test_labels_that_do_not_tell_all_apart_are_no_names():
    graph = town()
    graph.nodes["n9"]["label"] = "Ann"
    assert read_graph_object(graph).names == ("n7", "n8", "n9")
    del graph.nodes["n9"]["label"]
    assert read_graph_object(graph).names == ("n7", "n8", "n9")


def test_what_is_no_text_and_no_number_is_left_and_told():
    graph = town()
    graph.nodes["n7"]["home"] = {"x": 1}
    graph.edges["n7", "n8"]["since"] = 1990
    ties = read_graph_object(graph)
    assert set(ties.attributes) == {"label", "age"}
    assert ties.notes == ("not read of nodes, or not of all: home", "not read of edges: since")


def test_gml_with_a_tie_that_stands_twice_is_read(tmp_path):
    text = 'graph [\n directed 1\n node [ id 1 label "a" ]\n node [ id 2 label "b" ]\n'
    edge = " edge [ source 1 target 2 ]\n"
    ties = read_network(write(tmp_path, "a.gml", text + 2 * edge + "]\n"))
    assert ties.notes == ("1 repeated edge merged", "1 human hears nobody")
    assert ties.names == ("a", "b")


PAJEK = '*Vertices 3\n1 "Ann Lee"\n2 "Bob"\n3 "Cem"\n'


def test_pajek_tells_names_weights_and_direction(tmp_path):
    ties = read_network(write(tmp_path, "a.net", f"% a comment\n{PAJEK}*Arcs\n1 2 2.5\n2 3 1\n"))
    assert (ties.names, ties.directed) == (("Ann Lee", "Bob", "Cem"), True)
    assert ties.weights.tolist() == [2.5, 1.0]
    assert not read_network(write(tmp_path, "b.net", f"{PAJEK}*Edges\n1 2\n")).directed


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("directed", [True, False])
def test_matrix_market_is_read_with_scipys_own_writer(tmp_path, symmetric, directed):
    dense = np.array([[0, 0.5, 0], [0.5, 0, 2.0], [0, 2.0, 0]])
    if not symmetric:
        dense[1, 0] = dense[2, 1] = 0
    stream = BytesIO()
    mmwrite(stream, coo_array(dense), symmetry="symmetric" if symmetric else "general")
    path = write(tmp_path, "a.mtx", stream.getvalue())
    if symmetric and directed:
        with pytest.raises(NetworkError, match=r"its ties are undirected; set directed to false"):
            read_network(path, directed=True)
        return
    ties = read_network(path, directed=directed)
    assert ties.directed == directed
    assert ties.indices.tolist() == ([0, 1] if directed else [1, 0, 2, 1])
    assert ties.weights.tolist() == ([0.5, 2.0] if directed else [0.5, 0.5, 2.0, 2.0])


def test_a_general_matrix_that_tells_each_tie_twice_is_the_symmetric_one(tmp_path):
    text = f"{MTX} real general\n3 3 4\n1 2 0.5\n2 1 0.5\n2 3 2\n3 2 2\n"
    ties = read_network(write(tmp_path, "a.mtx", text))
    assert ties.weights.tolist() == [0.5, 0.5, 2.0, 2.0]
    assert ties.notes == ()


def test_a_pattern_has_no_weights(tmp_path):
    text = "%%MatrixMarket matrix coordinate pattern symmetric\n3 3 2\n2 1\n3 2\n"
    ties = read_network(write(tmp_path, "a.mtx", text))
    assert ties.weights is None
    assert ties.degrees.tolist() == [1, 2, 1]


def test_adjacency_lists_and_networkx_edge_lists(tmp_path):
    ties = read_network(write(tmp_path, "a.adjlist", "# told by nx\nann bob cem\ndan\n"), directed=True)
    assert (ties.names, ties.degrees.tolist()) == (("ann", "bob", "cem", "dan"), [0, 1, 1, 0])
    ties = read_network(write(tmp_path, "a.edgelist", "ann bob {'weight': 2.5}\nbob cem {}\n"))
    assert (ties.names, ties.weights.tolist()) == (("ann", "bob", "cem"), [2.5, 2.5, 1.0, 1.0])
    plain = read_network(write(tmp_path, "b.edgelist", "ann bob 2\nbob cem 3\n"))
    assert plain.weights.tolist() == [2.0, 2.0, 3.0, 3.0]
    packed = write(tmp_path, "c.edgelist.gz", gzip.compress(b"ann bob\n"))
    assert read_network(packed).names == ("ann", "bob")


def test_networkx_edge_lists_by_tabs_have_names_with_blanks(tmp_path):
    graph = nx.Graph([("Ann Lee", "Bo Ek", {"weight": 2}), ("Bo Ek", "Cem", {"weight": 1})])
    path = tmp_path / "a.edgelist"
    nx.write_edgelist(graph, path, delimiter="\t")
    ties = read_network(path)
    assert (ties.names, ties.weights.tolist()) == (("Ann Lee", "Bo Ek", "Cem"), [2.0, 2.0, 1.0, 1.0])


@pytest.mark.parametrize("delimiter", [" ", ","])
@pytest.mark.parametrize("names", [("Ann Lee", "Bo Ek"), ("Ann Lee", "Bo"), ("ann", "bob")])
def test_a_networkx_edge_list_that_would_be_other_people_says_what_to_write(tmp_path, delimiter, names):
    path = tmp_path / "a.edgelist"
    nx.write_edgelist(nx.Graph([(*names, {"weight": 2})]), path, delimiter=delimiter)
    if delimiter == " " and names == ("ann", "bob"):
        assert read_network(path).names == names
        return
    with pytest.raises(NetworkError, match=r"a\.edgelist:1: .*write it with delimiter='\\t', or as GraphML"):
        read_network(path)


@pytest.mark.parametrize("data", [True, False])
@pytest.mark.parametrize("directed", [True, False])
def test_a_multiline_adjacency_list_is_refused_and_not_read_as_other_people(tmp_path, data, directed):
    graph = nx.gnm_random_graph(40, 80, seed=1, directed=directed)
    nx.set_edge_attributes(graph, 2, "weight")
    path = tmp_path / "gm.adjlist"
    nx.write_multiline_adjlist(graph, path)
    if not data:  # as programs write it that have no data of ties
        path.write_text(re.sub(r" \{.*", "", path.read_text()))
    with pytest.raises(NetworkError, match=r"gm\.adjlist:\d+: .*write it with write_adjlist, or as GraphML"):
        read_network(path, directed=directed)


@given(st.integers(1, 12), st.integers(0, 2**32 - 1), st.booleans())
def test_no_adjacency_list_is_taken_for_a_multiline_one(n_nodes, seed, directed):
    graph = nx.gnp_random_graph(n_nodes, 0.3, seed=seed, directed=directed)
    text = "\n".join(nx.generate_adjlist(graph)).encode()
    read = read_graph(Path("a.adjlist"), ".adjlist", text, directed=directed)
    assert {frozenset(map(int, tie)) for tie in read.edges} == {frozenset(tie) for tie in graph.edges}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.gml", "graph [ node [ id 1 ]", "not a GML file that can be read: expected ']'"),
        ("a.gml", "graph [ a " + "[ b " * 5_000 + "]", "not a GML file that can be read"),
        ("a.gml", "graph [ node [ id " + "9" * 5_000 + " ] ]", "not a GML file that can be read"),
        ("a.net", f"{PAJEK}*Arcs\n1 2\n*Edges\n2 3\n", "has sections *arcs and *edges"),
        ("a.net", f"{PAJEK}*Arcslist\n1 2 3\n", "section *arcslist is not read"),
        ("a.net", '*Vertices 2\n1 "a"\n2 "a"\n*Edges\n1 2\n', "*vertices says 2, and 1 names"),
        ("a.net", f"{PAJEK}*Edges\n1 4\n", "*vertices says 3, and 4 names"),
        ("a.net", "*Vertices 3\n*Edges\n1 2\n", "not a Pajek file that can be read"),
        (
            "a.mtx",
            f"{MTX} real general\n2 3 1\n1 3 1\n",
            "a.mtx:2: rows, columns and entries are given, as many rows as columns; '2 3 1' given",
        ),
        ("a.mtx", f"{MTX} complex general\n2 2 1\n1 2 1 0\n", "a complex general matrix"),
        ("a.mtx", f"{MTX} real skew-symmetric\n2 2 1\n2 1 1\n", "a real skew-symmetric matrix"),
        (
            "a.mtx",
            f"{MTX} real general\n2 2 900000000\n1 2 1\n",
            "says that it has 900000000 entries, and has 1",
        ),
        (
            "a.mtx",
            f"{MTX} real general\n2000000000 2000000000 1\n1 2 1\n",
            "a.mtx:2: 2000000000 rows; at most 1000000 are read",
        ),
        (
            "a.mtx",
            "%%MatrixMarket matrix array real general\n90000 90000\n1\n",
            "the heading of a matrix of ties is",
        ),
        ("a.mtx", f"{MTX} real general\n2 2 1\n1 2 -1\n", "tie weights must be finite and above 0"),
        ("a.mtx", f"{MTX} real general\n2 2 2\n1 2 1\n2 1 3\n", "a.mtx:4: another weight than the other way"),
        ("a.mtx", f"{MTX} real general\n2 2 2\n1 2 1\n1 2 1\n", "row 1, column 2 stands twice"),
        ("a.mtx", f"{MTX} pattern general\n2 2 1\n0 2\n", "a.mtx:3: an entry is a row and a column in 1..2"),
        ("a.mtx", f"{MTX} real general\n2 2 1\n1 2\n", "in 1..2 and a number; '1 2' given"),
        ("a.edgelist", "ann bob {'weight': open('x')}\n", "not a NetworkX edge list file that can be read"),
        (
            "a.graphml",
            (
                '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
                '<key id="d1" for="node" attr.name="x"/>'
                '<graph edgedefault="directed"/></graphml>'
            ),
            "not a GraphML file that can be read: No key type for id d1",
        ),
        ("a.graphml", "<!DOCTYPE a><graphml/>", "has a document type declaration"),
    ],
)
def test_a_malformed_graph_is_refused_in_one_line(tmp_path, name, text, message):
    with pytest.raises(NetworkError, match=re.escape(message)) as caught:
        read_network(write(tmp_path, name, text))
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("suffix", READERS)
def test_limits_hold_while_reading(tmp_path, monkeypatch, suffix):
    name, read, _ = READERS[suffix]
    monkeypatch.setitem(READERS, suffix, (name, read, 100))
    path = write(tmp_path, f"a{suffix}", "{" + " " * 200)
    with pytest.raises(NetworkError, match=r"201 bytes.*at most 100 bytes"):
        read_network(path)
    bomb = write(tmp_path, f"a{suffix}.gz", gzip.compress(b"{" + b" " * (20 << 20)))
    with pytest.raises(NetworkError, match=r"unpacks to more than|at most 100 bytes"):
        read_network(bomb)


# --- weights by name -----------------------------------------------------------------------------


def test_weights_stand_in_the_column_that_is_named(tmp_path):
    path = write(tmp_path, "a.csv", "source,target,calls,years\nann,bob,3,10\nbob,cem,4,20\n")
    ties = read_network(path, weight="years")
    assert ties.weights.tolist() == [10.0, 10.0, 20.0, 20.0]
    assert ties.notes == ("not read: column 'calls'",)
    graph = town()
    nx.set_edge_attributes(graph, 7.0, "calls")
    nx.write_graphml(graph, tmp_path / "a.graphml")
    ties = read_network(tmp_path / "a.graphml", weight="calls")
    assert set(ties.weights.tolist()) == {7.0}
    assert "not read of edges: weight" in ties.notes


@pytest.mark.parametrize(
    ("name", "text", "keys", "message"),
    [
        (
            "a.csv",
            "source,target,w\na,b,1\n",
            {"weight": "v"},
            "a.csv:1: weight names 'v', which is no column",
        ),
        ("a.csv", "a,b,1\n", {"weight": "v"}, "weight names 'v', and the file has no line of column names"),
        ("a.csv", "a,b\n", {"weight": "v", "weighted": False}, "weight names 'v', and weighted is false"),
        ("a.adjlist", "a b\n", {"weight": "v"}, "no edge has the attribute v"),
    ],
)
def test_a_column_of_weights_that_is_not_there_is_refused(tmp_path, name, text, keys, message):
    with pytest.raises(NetworkError, match=re.escape(message)):
        read_network(write(tmp_path, name, text), **keys)


# --- graphs of other libraries -------------------------------------------------------------------


class FakeIgraph:
    """What is used of an igraph graph, whose package is not needed to test it."""

    def vcount(self):
        return 3

    def to_networkx(self):
        graph = nx.Graph()
        graph.add_nodes_from((i, {"name": name}) for i, name in enumerate(("ann", "bob", "cem")))
        graph.add_edge(0, 2, weight=2.0)
        return graph


def test_igraph_graphs_keep_their_names():
    ties = read_graph_object(FakeIgraph())
    assert (ties.names, ties.weights.tolist()) == (("ann", "bob", "cem"), [2.0, 2.0])


def test_an_igraph_graph_itself():
    igraph = pytest.importorskip("igraph")
    graph = igraph.Graph.TupleList([("ann", "bob", 2.0), ("bob", "cem", 3.0)], edge_attrs=["weight"])
    ties = read_graph_object(graph)
    assert (ties.names, ties.weights.tolist()) == (("ann", "bob", "cem"), [2.0, 2.0, 3.0, 3.0])


def test_pandas_tables_of_ties():
    table = pd.DataFrame({"from": [1, 2], "to": [2, 3], "weight": [0.5, 2]})
    ties = read_graph_object(table)
    assert (ties.labels, ties.weights.tolist()) == (("1", "2", "3"), [0.5, 0.5, 2.0, 2.0])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([1, 2], "a list is no network; a networkx or igraph graph, a pandas table of ties"),
        (pd.DataFrame({"source": [], "target": []}), "the table holds no ties"),
        (pd.DataFrame({"source": ["a", None], "target": ["b", "c"]}), "has an empty cell in 'source'"),
        (pd.DataFrame({"x": [1], "y": [2], "z": [3]}), "do not tell the two ends of a tie"),
        (
            pd.DataFrame({"source": [1], "target": [2], "weight": ["much"]}),
            "column 'weight' holds no weights",
        ),
    ],
)
def test_what_is_no_network_is_refused(given, message):
    with pytest.raises(NetworkError, match=re.escape(message)):
        read_graph_object(given)


# --- some of the people --------------------------------------------------------------------------


@pytest.mark.parametrize("directed", [True, False])
def test_the_network_among_some_is_networkxs_subgraph(directed):
    ties = erdos_renyi(40, 5.0, 3, directed=directed)
    kept = np.arange(40) % 3 > 0
    some = ties.among(kept)
    expected = nx.relabel_nodes(
        to_networkx(ties).subgraph(np.flatnonzero(kept).tolist()),
        {old: new for new, old in enumerate(np.flatnonzero(kept).tolist())},
    )
    held = tuple if directed else frozenset
    assert {held(edge) for edge in to_networkx(some).edges} == {held(edge) for edge in expected.edges}
    assert complete(5).among(np.array([1, 1, 0, 1, 0], bool)).n_ties == 6


def test_people_keep_their_names_when_ties_are_rewired_and_some_leave():
    ties = read_graph_object(nx.relabel_nodes(nx.path_graph(6), dict(enumerate("abcdef"))))
    assert rewire(ties, 0.5, 1).names == ties.names
    some = read_graph_object(town()).among(np.array([True, False, True]))
    assert (some.names, some.attributes["age"]) == (("Ann", "Cem"), (31, 27))
    assert some.notes == ("2 humans without ties",)


def test_a_network_is_told_by_its_digest():
    assert digest_ties(read_graph_object(town())) == digest_ties(read_graph_object(town()))
    other = town()
    other.nodes["n7"]["label"] = "Anna"
    assert digest_ties(read_graph_object(other)) != digest_ties(read_graph_object(town()))
