"""Every family keeps the same promises."""

from __future__ import annotations

import inspect
from types import SimpleNamespace

import networkx as nx
import numpy as np
import pytest

from coevolve_sim.networks import FAMILIES, Ties, build, from_networkx
from coevolve_sim.networks.graphs import from_drawn_graph

N = 600
CASES = {
    "complete": ("complete", {}, N - 1, 0.0),
    "erdos_renyi": ("erdos_renyi", {"degree": 10.0, "directed": False}, 10.0, 0.06),
    "erdos_renyi, directed": ("erdos_renyi", {"degree": 10.0, "directed": True}, 10.0, 0.06),
    "erdos_renyi, no ties": ("erdos_renyi", {"degree": 0, "directed": False}, 0.0, 0.0),
    "erdos_renyi, all ties": ("erdos_renyi", {"degree": N - 1, "directed": False}, N - 1, 0.0),
    "watts_strogatz": ("watts_strogatz", {"degree": 8, "rewiring": 0.2}, 8.0, 0.0),
    "watts_strogatz, all moved": ("watts_strogatz", {"degree": 8, "rewiring": 1.0}, 8.0, 0.0),
    "barabasi_albert": ("barabasi_albert", {"attachments": 5}, 2 * 5 * (N - 5) / N, 0.0),
    "power_law_cluster": (
        "power_law_cluster",
        {"attachments": 5, "triangle_probability": 0.5},
        2 * 5 * (N - 5) / N,
        0.0,
    ),
    "stochastic_block": (
        "stochastic_block",
        {"blocks": [0.5, 0.3, 0.2], "degree_within": 8.0, "degree_between": 2.0, "directed": False},
        10.0,
        0.06,
    ),
    "stochastic_block, directed": (
        "stochastic_block",
        {"blocks": 4, "degree_within": 8.0, "degree_between": 2.0, "directed": True},
        10.0,
        0.06,
    ),
    "random_geometric": ("random_geometric", {"degree": 10.0}, 9.4, 0.1),
    "ring": ("ring", {"degree": 6}, 6.0, 0.0),
    "grid": ("grid", {"periodic": False, "rows": None}, 4 - 2 * (24 + 25) / N, 0.0),
    "grid, periodic": ("grid", {"periodic": True, "rows": 20}, 4.0, 0.0),
    "star": ("star", {}, 2 * (N - 1) / N, 0.0),
    "caveman": ("caveman", {"cave_size": 6, "rewiring": 0.0}, 5.0, 0.0),
    "caveman, relaxed": ("caveman", {"cave_size": 6, "rewiring": 0.3}, 5.0, 0.0),
    "degree_sequence": ("degree_sequence", {"degrees": [4] * N, "exponent": 2.5, "min_degree": 1}, 4.0, 0.05),
    "degree_sequence, power law": (
        "degree_sequence",
        {"degrees": None, "exponent": 3.5, "min_degree": 3},
        4.5,
        0.15,
    ),
}
RANDOM = [
    name
    for name, (family, asked, *_) in CASES.items()
    if FAMILIES[family].is_drawn and asked.get("rewiring") != 0 and asked.get("degree") not in {0, N - 1}
]
METHODS = [
    (name, method)
    for name, (family, *_) in CASES.items()
    for method in (
        ("networkx", "compiled")
        if "method" in inspect.signature(FAMILIES[family].function).parameters
        else ("auto",)
    )
]


def make(name: str, seed: int = 1, method: str = "auto") -> Ties:
    family, asked, *_ = CASES[name]
    more = {} if method == "auto" else {"method": method}
    if FAMILIES[family].is_drawn:
        more["seed"] = seed
    return FAMILIES[family].function(n=N, **asked, **more)


def as_bytes(ties: Ties) -> bytes:
    return ties.indptr.tobytes() + ties.indices.tobytes()


def dense(ties: Ties) -> np.ndarray:
    full = np.zeros((ties.n_humans, ties.n_humans), dtype=int)
    np.add.at(full, (ties.listeners, ties.indices), 1)
    return full


def test_every_family_but_the_file_is_held_to_these_promises():
    assert {family for family, *_ in CASES.values()} == set(FAMILIES) - {"file"}


@pytest.mark.parametrize(("name", "method"), METHODS)
def test_rows_are_sound(name, method):
    ties = make(name, method=method)
    assert ties.n_humans == N
    assert ties.indptr.dtype == np.int64
    assert ties.indices.dtype == np.int32
    assert ties.indptr.shape == (N + 1,)
    assert ties.indptr[0] == 0
    assert ties.indptr[-1] == ties.indices.size
    assert (np.diff(ties.indptr) >= 0).all()
    assert ties.indices.flags.c_contiguous
    for human in range(N):
        row = ties.indices[ties.indptr[human] : ties.indptr[human + 1]]
        assert (np.diff(row) > 0).all()
        assert human not in row
    assert ties.indices.size == 0 or (ties.indices.min() >= 0 and ties.indices.max() < N)


@pytest.mark.parametrize(("name", "method"), METHODS)
def test_undirected_ties_stand_in_both_rows_and_directed_ones_need_not(name, method):
    ties = make(name, method=method)
    full = dense(ties)
    assert ties.directed == CASES[name][1].get("directed", False)
    assert (full == full.T).all() == (not ties.directed)


@pytest.mark.parametrize(("name", "method"), METHODS)
def test_the_mean_degree_is_what_was_asked_for(name, method):
    *_, degree, tolerance = CASES[name]
    ties = make(name, method=method)
    assert ties.degrees.mean() == pytest.approx(degree, rel=tolerance or 1e-12)
    assert ties.degrees.sum() == ties.n_ties


@pytest.mark.parametrize(("name", "method"), METHODS)
def test_the_same_seed_gives_the_same_bytes(name, method):
    assert as_bytes(make(name, method=method)) == as_bytes(make(name, method=method))


@pytest.mark.parametrize(("name", "method"), [case for case in METHODS if case[0] in RANDOM])
def test_another_seed_gives_another_network(name, method):
    assert as_bytes(make(name, 1, method)) != as_bytes(make(name, 2, method))


def test_numpys_and_pythons_global_generators_are_not_touched():
    import random

    np.random.seed(7)  # noqa: NPY002 - the point is that nobody uses it
    random.seed(7)
    before = np.random.get_state()[1].tobytes(), random.getstate()  # noqa: NPY002
    for name, method in METHODS:
        make(name, method=method)
    assert (np.random.get_state()[1].tobytes(), random.getstate()) == before  # noqa: NPY002


@pytest.mark.parametrize("name", CASES)
def test_one_human_is_alone_in_every_family(name):
    family, asked, *_ = CASES[name]
    asked = (
        asked
        | ({"degrees": [0]} if asked.get("degrees") else {})
        | ({"rows": None} if "rows" in asked else {})
    )
    ties = build(SimpleNamespace(family=family, **asked), 1, seed=1)
    assert (ties.n_humans, ties.n_ties, ties.degrees.tolist()) == (1, 0, [0])
    assert ties.communities is None or ties.communities.tolist() == [0]


@pytest.mark.parametrize(
    ("family", "asked"),
    [
        ("complete", {}),
        ("erdos_renyi", {"degree": 1, "directed": False, "method": "networkx"}),
        ("erdos_renyi", {"degree": 1, "directed": True, "method": "compiled"}),
        ("barabasi_albert", {"attachments": 1, "method": "networkx"}),
        ("barabasi_albert", {"attachments": 1, "method": "compiled"}),
        ("power_law_cluster", {"attachments": 1, "triangle_probability": 1.0}),
        ("stochastic_block", {"blocks": 2, "degree_within": 0, "degree_between": 1, "method": "compiled"}),
        ("stochastic_block", {"blocks": 1, "degree_within": 1, "degree_between": 0, "method": "networkx"}),
        ("random_geometric", {"degree": 1, "method": "compiled"}),
        ("grid", {"periodic": True}),
        ("star", {}),
        ("degree_sequence", {"degrees": [1, 1]}),
        ("degree_sequence", {"exponent": 2.0, "min_degree": 1}),
    ],
)
def test_two_humans_can_be_tied_to_each_other(family, asked):
    function = FAMILIES[family].function
    ties = function(n=2, **asked, **({"seed": 3} if FAMILIES[family].is_drawn else {}))
    assert ties.degrees.tolist() in (
        [1, 1],
        [0, 0] if family in {"random_geometric", "degree_sequence"} else [1, 1],
    )


@pytest.mark.parametrize(
    "drawn",
    [
        nx.watts_strogatz_graph(40, 4, 0.3, seed=1),
        nx.barabasi_albert_graph(30, 2, seed=1),
        nx.fast_gnp_random_graph(30, 0.05, 1, directed=True),
        nx.empty_graph(3),
    ],
)
def test_a_drawn_graph_becomes_the_ties_that_any_graph_becomes(drawn):
    short, long = from_drawn_graph(drawn), from_networkx(drawn)
    assert (short.indptr.tobytes(), short.indices.tobytes()) == (
        long.indptr.tobytes(),
        long.indices.tobytes(),
    )
    assert short.indices.dtype == long.indices.dtype
    for name in (
        "n_humans",
        "weights",
        "directed",
        "complete",
        "communities",
        "labels",
        "notes",
        "attributes",
    ):
        assert getattr(short, name) == getattr(long, name)
