"""Edge lists of others: which column is what, how cells are written, and what is refused, not guessed."""

import re

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from coevolve_sim.errors import NetworkError
from coevolve_sim.networks import read_network
from coevolve_sim.scenario import loads
from coevolve_sim.society.setup import build_setup

FRAME = pd.DataFrame({"source": ["ann", "bob"], "target": ["bob", "cem"], "weight": [0.5, 1.5]})
NO_HUMANS = {"source", "target", "src", "dst", "follower", "followee", "user_id", "friend_id", "weight"}


def read(folder, text, name="a.csv", **how):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_network(path, **how)


@pytest.mark.parametrize(
    "how",
    [
        {"index": False},
        {},
        {"sep": ";", "decimal": ","},
        {"sep": ";", "decimal": ",", "index": False, "header": False},
        {"sep": " ", "decimal": ",", "index": False, "header": False},
        {"sep": "\t"},
        {"encoding": "utf-16"},
        {"columns": ["weight", "target", "source"]},
    ],
)
def test_a_frame_is_the_same_network_however_pandas_wrote_it(tmp_path, how):
    FRAME.to_csv(tmp_path / "a.csv", **how)
    ties = read_network(tmp_path / "a.csv")
    assert ties.labels == ("ann", "bob", "cem")
    assert ties.weights.tolist() == [0.5, 0.5, 1.5, 1.5]


@pytest.mark.parametrize(
    "header",
    [
        "src,dst",
        "source,target",
        "from,to",
        "FromNodeId,ToNodeId",
        "from_id,to_id",
        "Source,Target",
        "sender,recipient",
        "user_id,friend_id",
        "Follower,Followee",
        "u,v",
        "node_1,node_2",
    ],
)
@pytest.mark.parametrize("rows", ["1,2\n2,3\n", "ann,bob\nbob,cem\n"])
def test_a_header_never_becomes_two_humans(tmp_path, header, rows):
    ties = read(tmp_path, f"{header}\n{rows}")
    assert ties.n_humans == 3
    assert not NO_HUMANS & {label.casefold() for label in ties.labels}


def test_a_header_of_unknown_words_is_seen_over_numbers_and_refused_over_names(tmp_path):
    assert read(tmp_path, "Person,Friend\n1,2\n2,3\n").labels == ("1", "2", "3")
    names = "Person,Friend\nann,bob\nbob,cem\n"
    with pytest.raises(
        NetworkError, match=r"may name the columns or two humans .* set header to true or to false"
    ):
        read(tmp_path, names)
    assert read(tmp_path, names, header=True).labels == ("ann", "bob", "cem")
    assert read(tmp_path, names, header=False).n_humans == 5


def test_humans_called_as_columns_are_humans_if_they_have_other_ties(tmp_path):
    assert read(tmp_path, "u,v\nv,w\n").labels == ("u", "v", "w")
    assert read(tmp_path, "node1,node2\nnode2,node3\n").n_humans == 3


def test_a_follower_hears_whom_it_follows(tmp_path):
    ties = read(tmp_path, "Follower,Followee\nann,bob\n", directed=True)
    assert dict(zip(ties.labels, ties.degrees.tolist(), strict=True)) == {"ann": 1, "bob": 0}
    assert (
        ties.notes[0] == "the ends of a tie are columns 'Followee' (who speaks, if directed) and 'Follower'"
    )


def test_columns_that_are_not_read_are_noted(tmp_path):
    text = "Source,Target,Type,Id,Label,timeset,Weight\n1,2,Undirected,0,,,2\n2,3,Undirected,1,,,1\n"
    ties = read(tmp_path, text)
    assert ties.weights.tolist() == [2.0, 2.0, 1.0, 1.0]
    assert ties.notes == ("not read: columns 'Type', 'Id', 'Label', 'timeset'",)


def test_times_are_not_weights(tmp_path):
    assert read(tmp_path, "src,dst,timestamp\n1,2,1082040961\n").weights is None
    for third in ("1082040961", "1082040961000", "2004"):
        text = f"1 2 {third}\n2 3 {third}\n"
        with pytest.raises(
            NetworkError, match=r"third column has no name .* likely times, not weights; set weighted"
        ):
            read(tmp_path, text, "a.txt")
        assert read(tmp_path, text, "a.txt", weighted=False).weights is None
        assert read(tmp_path, text, "a.txt", weighted=True).weights[0] == float(third)


def test_a_third_column_without_a_name_is_the_weight_and_a_note_says_so(tmp_path):
    ties = read(tmp_path, "1 2 0.5\n2 3 4\n", "a.txt")
    assert ties.weights.tolist() == [0.5, 0.5, 4.0, 4.0]
    assert ties.notes == (
        "the third column is the weight of a tie (0.5 to 4); set weighted to false if it is not",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0,10,20\n1,10,30\n2,20,30\n", "the first of three columns counts the lines"),
        (
            "src,dst,closeness\n1,2,3\n",
            "a.csv:1: column 'closeness' may be the weight of a tie, or something",
        ),
        ("src,dst,weight,strength\n1,2,3,4\n", "a.csv:1: several of the columns"),
        (
            "alpha,beta,gamma,delta\n1,2,3,4\n",
            "which do not tell the two ends of a tie; call them source and",
        ),
        ("source,target\n1,2\nsource,target\n3,4\n", "the line of column names stands more than once"),
        ("source,target\n1,2\n3\n", "a.csv:3: 1 field, where the first line names 2 columns"),
        ("source,target,weight\n1,2,\n", "a.csv:2: a weight must be a number above 0; nothing given"),
        ("1,2,1_000\n", "a.csv:1: a weight must be a number above 0; 1_000 given"),
        ('a,b,"1,250"\nb,c,"2,500"\n', "may be decimal commas or set off thousands"),
        ("Doe, Jane\tBo\nBo\tAl, X\n", "cells may be separated by commas or by tabs"),
        ("1,2\n" + "3," * 60_000 + "\n", "a.csv:2: a line of 120000 characters; at most 100000 are read"),
        ("a," * 100 + "b\n1,2\n", "a.csv:1: 101 fields; an edge list has at most 100"),
        ("9" * 4301 + ",2\n", "a.csv:1: a name of 4301 characters; at most 1000 are allowed"),
        ("a,b\n".encode("utf-16-le"), "a.csv:1: holds a zero character"),
        ("é,b\n".encode("latin-1"), "a.csv:1: not UTF-8 text: save the file as UTF-8, or state its encoding"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused_with_what_to_do(tmp_path, text, said):
    with pytest.raises(NetworkError, match=re.escape(said)):
        read(tmp_path, text)


def test_long_numbers_are_in_the_order_of_numbers(tmp_path):
    labels = read(tmp_path, f"{'9' * 700},{'1' * 701}\n-{'1' * 650},5\n").labels
    assert labels == ("-" + "1" * 650, "5", "9" * 700, "1" * 701)


def test_an_encoding_is_taken_when_stated_and_never_guessed(tmp_path):
    text = "jörg,zoë\nzoë,ann\n".encode("latin-1")
    assert read(tmp_path, text, encoding="latin-1").labels == ("ann", "jörg", "zoë")
    with pytest.raises(NetworkError, match="there is no encoding 'hex'"):
        read(tmp_path, text, encoding="hex")
    with pytest.raises(NetworkError, match="begins with the mark of UTF-16, not of latin-1"):
        read(tmp_path, "a,b\n".encode("utf-16"), encoding="latin-1")


def test_gephi_leaves_weights_of_one_out_and_graphml_can_state_another(tmp_path):
    graph = nx.Graph([("a", "b"), ("b", "c")])
    graph.edges["a", "b"]["weight"] = 2.0
    nx.write_gexf(graph, tmp_path / "a.gexf")
    nx.write_graphml(graph, tmp_path / "a.graphml")
    for name in ("a.gexf", "a.graphml"):
        assert read_network(tmp_path / name).weights.tolist() == [2.0, 2.0, 1.0, 1.0]
        assert read_network(tmp_path / name).notes == ("1 edge without a weight counts 1.0",)
    text = (tmp_path / "a.graphml").read_text()
    stated = re.sub(r'(<key id="d0"[^>]*?) ?/>', r"\1><default>3.5</default></key>", text)
    assert read(tmp_path, stated, "b.graphml").weights.tolist() == [2.0, 2.0, 3.5, 3.5]


@pytest.mark.parametrize("encoding", ["nonsense", "utf-7", "hex"])
def test_xml_in_an_encoding_that_cannot_be_read_is_refused(tmp_path, encoding):
    text = f'<?xml version="1.0" encoding="{encoding}"?>\n<graphml/>'
    with pytest.raises(NetworkError, match=r"a.graphml:1: "):
        read(tmp_path, text, "a.graphml")


def test_a_scenario_can_say_what_a_file_is(tmp_path):
    (tmp_path / "a.txt").write_bytes("Människa;Vän;1\nann;bob;0,5\n".encode("latin-1"))
    text = (
        f"{{name: a, rounds: 1, network: {{family: file, path: '{tmp_path / 'a.txt'}', header: false, "
        "weighted: false, encoding: latin-1}}"
    )
    setup = build_setup(loads(text))
    assert setup.ties.labels == ("Människa", "Vän", "ann", "bob")
    assert "network: cells are separated by semicolons" in setup.notes


def test_random_edge_lists_are_read_as_they_were_written(tmp_path):
    rng = np.random.default_rng(5)
    pairs = rng.integers(-30, 30, (300, 2))
    weights = rng.random(300) + 0.01
    frame = pd.DataFrame({"a": pairs[:, 0], "b": pairs[:, 1], "w": weights})
    plain = None
    for sep in (",", ";", "\t", " "):
        frame.to_csv(tmp_path / "a.txt", sep=sep, index=False, header=False)
        ties = read_network(tmp_path / "a.txt", directed=True)
        found = (ties.labels, ties.indptr.tolist(), ties.indices.tolist(), ties.weights.tolist())
        assert plain is None or found == plain
        plain = found
