"""Network files: what is read, in which order, and how a bad one is refused."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from types import SimpleNamespace

import networkx as nx
import numpy as np
import pytest

from coevolve_sim.errors import NetworkError
from coevolve_sim.networks import build, clustering, components, erdos_renyi, read_network, to_networkx
from tests import ROOT

FACEBOOK = ROOT.parent / "shared" / "data" / "ego_facebook_edges.txt.gz"


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.long
@pytest.mark.skipif(
    not FACEBOOK.exists(), reason="the shared data folder does not lie beside this repository"
)
def test_the_facebook_network_is_read_as_published():
    ties = read_network(FACEBOOK)
    assert (ties.n_humans, ties.n_ties // 2) == (4_039, 88_234)
    assert clustering(ties) == pytest.approx(0.6055, abs=5e-5)
    assert components(ties) == 1
    assert ties.labels[:3] == ("0", "1", "2")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "1 2\n2 3\n"),
        ("a.edges", "# a comment\n\n1 2\n% another\n2   3"),
        ("a.csv", "source,target\n1,2\n2,3\n"),
        ("a.csv", "person,friend\r\n1, 2\r\n2, 3\r\n"),
        ("a.tsv", "\ufeff1\t2\n2\t3\n"),
        ("A.TXT", "1 2\n2 3\n3 2\n"),
    ],
)
def test_edge_lists_of_every_kind(tmp_path, name, text):
    for path in (
        write(tmp_path, name, text),
        write(tmp_path, name + ".gz", gzip.compress(text.encode(), mtime=0)),
    ):
        ties = read_network(path)
        assert ties.labels == ("1", "2", "3")
        assert ties.degrees.tolist() == [1, 2, 1]
        assert ties.weights is None


def test_numbers_are_ordered_as_numbers_and_names_as_names(tmp_path):
    assert read_network(write(tmp_path, "a.txt", "10 9\n9 -3\n")).labels == ("-3", "9", "10")
    assert read_network(write(tmp_path, "a.txt", "10 9\n9 x\n")).labels == ("10", "9", "x")


def test_names_without_a_header_are_ties(tmp_path):
    assert read_network(write(tmp_path, "a.txt", "ann bob\nbob cem\n")).labels == ("ann", "bob", "cem")
    assert read_network(write(tmp_path, "a.txt", "ann bob\n")).n_ties == 2


def test_names_may_hold_separators_in_quotes(tmp_path):
    ties = read_network(write(tmp_path, "a.csv", '"Doe, Jane",Bo\nBo,"Al ""X"""\n'))
    assert ties.labels == ('Al "X"', "Bo", "Doe, Jane")


def test_a_third_field_is_the_weight(tmp_path):
    path = write(tmp_path, "a.csv", "from,to,weight\n1,2,0.5\n2,3,4\n")
    assert read_network(path).weights.tolist() == [0.5, 0.5, 4.0, 4.0]
    assert read_network(path, weighted=False).weights is None
    assert read_network(path, weighted=True).weights is not None


def test_further_fields_are_passed_over_only_when_told(tmp_path):
    path = write(tmp_path, "a.txt", "1 2 1.0 2004\n2 3 1.0 2005\n")
    assert read_network(path, weighted=False).n_ties == 4
    with pytest.raises(
        NetworkError, match=r"a.txt:1: 4 fields, where a tie takes 2 or 3 fields: set weighted"
    ):
        read_network(path)


def test_a_directed_line_is_heard_by_its_second_name(tmp_path):
    ties = read_network(write(tmp_path, "a.txt", "1 2\n"), directed=True)
    assert ties.directed
    assert ties.degrees.tolist() == [0, 1]


def test_loops_and_repeats_are_counted(tmp_path):
    ties = read_network(write(tmp_path, "a.txt", "1 2\n2 1\n2 2\n"))
    assert ties.notes == ("1 self-loop left out", "1 repeated edge merged")


MALFORMED = [
    ("a.txt", "1 2\n3\n", "a.txt:2: 1 field, where the first tie has 2"),
    ("a.txt", "1 2\n\n# x\n3 4 5\n", "a.txt:4: 3 fields, where the first tie has 2"),
    ("a.txt", "1\n", "a.txt:1: 1 field, where a tie takes 2 or 3 fields"),
    ("a.csv", "1,2\n3,\n", "a.csv:2: a tie needs two names; ['3', ''] given"),
    ("a.csv", '1,2\n"3,4\n', "a.csv:2: "),
    ("a.tsv", "\t2\n3\t4\n", "a.tsv:1: a tie needs two names; ['', '2'] given"),
    ("a.txt", "1 2 1\n2 3 strong\n", "a.txt:2: a weight must be a number above 0; strong given"),
    ("a.txt", "1 2 0\n", "a.txt:1: a weight must be a number above 0; 0 given"),
    ("a.txt", "1 2 -1\n", "a.txt:1: a weight must be a number above 0; -1 given"),
    ("a.txt", "1 2 nan\n", "a.txt:1: a weight must be a number above 0; nan given"),
    ("a.txt", "1 2 inf\n", "a.txt:1: a weight must be a number above 0; inf given"),
    ("a.txt", b"1 2\n\xff\xfe 3\n", "a.txt:2: not UTF-8 text: save the file as UTF-8"),
    ("a.txt", "", "a.txt: the file is empty"),
    ("a.txt", " \n\n", "a.txt: the file is empty"),
    ("a.txt", "# nothing\n", "a.txt: the file holds no ties"),
    ("a.csv", "source,target\n", "a.csv: the file holds no ties"),
    ("a.txt.gz", "1 2\n", "a.txt.gz: not a whole gzip file"),
    ("a.txt.gz", gzip.compress(b"1 2\n", mtime=0)[:-9], "a.txt.gz: not a whole gzip file"),
    ("a.gexf", "", "a.gexf: the file is empty"),
    ("a.json", "{}", "a.json: the ending must be one of .txt, .csv, .tsv, .edges, .edgelist, .graphml, "),
    ("edges", "1 2", "edges: the ending must be one of"),
    ("a.gdf.gz", "1 2", ".adjlist, with or without .gz; .gdf given"),
    ("a.graphml", "<graphml><graph></graphml>", "a.graphml:1: not well-formed XML: mismatched tag"),
    ("a.graphml", "1 2\n", "a.graphml:1: not well-formed XML"),
    ("a.graphml", "<x/>", "a.graphml: not a GraphML file that can be read"),
    ("a.gexf", "<x/>", "a.gexf: not a GEXF file that can be read"),
]


@pytest.mark.parametrize(("name", "text", "message"), MALFORMED)
def test_a_malformed_file_is_refused_at_its_line(tmp_path, name, text, message):
    with pytest.raises(NetworkError, match=re.escape(message)) as caught:
        read_network(write(tmp_path, name, text))
    assert str(caught.value).startswith(str(tmp_path / name))


def test_weights_that_are_not_there_are_missed(tmp_path):
    with pytest.raises(NetworkError, match=r"a.txt:1: 2 fields, where a tie takes 3 fields"):
        read_network(write(tmp_path, "a.txt", "1 2\n"), weighted=True)
    nx.write_graphml(nx.path_graph(3), tmp_path / "a.graphml")
    with pytest.raises(NetworkError, match=r"a.graphml: no edge has the attribute weight"):
        read_network(tmp_path / "a.graphml", weighted=True)


def test_what_cannot_be_opened_says_so(tmp_path):
    with pytest.raises(NetworkError, match=r"none.txt: there is no such file"):
        read_network(tmp_path / "none.txt")
    (tmp_path / "folder.txt").mkdir()
    with pytest.raises(NetworkError, match=r"folder.txt: is a folder, not a regular file"):
        read_network(tmp_path / "folder.txt")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_declaration_is_refused_in_any_encoding(tmp_path, encoding):
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>\n<!DOCTYPE graphml [<!ENTITY a "b">]>\n'
        "<graphml><graph edgedefault='undirected'><node id='&a;'/></graph></graphml>"
    )
    with pytest.raises(NetworkError, match=r"a.graphml:2: has a document type declaration \(DOCTYPE\)"):
        read_network(write(tmp_path, "a.graphml", text.encode(encoding)))


@pytest.mark.parametrize("suffix", ["graphml", "gexf", "xml"])
@pytest.mark.parametrize("directed", [True, False])
def test_graphml_and_gexf_round_trips(tmp_path, suffix, directed):
    ties = erdos_renyi(40, 3.0, 1, directed=directed)
    path = tmp_path / f"a.{suffix}"
    (nx.write_gexf if suffix == "gexf" else nx.write_graphml)(to_networkx(ties, np.full((40, 1), 0.5)), path)
    back = read_network(path)
    assert back.directed == directed
    assert back.labels == tuple(str(k) for k in range(40))
    assert back.indices.tolist() == ties.indices.tolist()
    assert back.indptr.tolist() == ties.indptr.tolist()
    zipped = write(tmp_path, f"b.{suffix}.gz", gzip.compress(path.read_bytes(), mtime=0))
    assert read_network(zipped).indices.tolist() == ties.indices.tolist()


@pytest.mark.parametrize("suffix", ["graphml", "gexf"])
def test_weights_of_graph_files_are_read(tmp_path, suffix):
    graph = nx.Graph()
    graph.add_weighted_edges_from([("b", "a", 0.25), ("c", "b", 3.0)])
    (nx.write_gexf if suffix == "gexf" else nx.write_graphml)(graph, tmp_path / f"a.{suffix}")
    ties = read_network(tmp_path / f"a.{suffix}")
    assert (ties.labels, ties.weights.tolist()) == (("a", "b", "c"), [0.25, 0.25, 3.0, 3.0])
    assert read_network(tmp_path / f"a.{suffix}", weighted=False).weights is None


def test_an_undirected_graph_file_is_not_taken_for_directed(tmp_path):
    nx.write_graphml(nx.path_graph(3), tmp_path / "a.graphml")
    with pytest.raises(NetworkError, match="the file says its ties are undirected; set directed to false"):
        read_network(tmp_path / "a.graphml", directed=True)


def test_a_bad_weight_in_a_graph_file_names_the_file(tmp_path):
    graph = nx.Graph()
    graph.add_edge("a", "b", weight=-1.0)
    nx.write_graphml(graph, tmp_path / "a.graphml")
    with pytest.raises(NetworkError, match=r"a.graphml: tie weights must be finite and above 0; -1.0 given"):
        read_network(tmp_path / "a.graphml")


def test_a_scenario_takes_the_number_of_humans_from_the_file_or_must_agree_with_it(tmp_path):
    path = write(tmp_path, "a.txt", "1 2\n2 3\n")
    spec = SimpleNamespace(family="file", path=str(path), directed=False)
    assert build(spec, None, 1).n_humans == build(spec, 3, 1).n_humans == 3
    with pytest.raises(NetworkError, match=r"a.txt holds 3 humans and the scenario asks for 5: ask for 3"):
        build(spec, 5, 1)
