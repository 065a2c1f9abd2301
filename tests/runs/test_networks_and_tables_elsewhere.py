"""A run's network as networkx has it, and tables whose columns pandas does not hide."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import coevolve_sim
from coevolve_sim.errors import RecordError
from coevolve_sim.measures import CATALOGUE
from coevolve_sim.runs.results import Run
from coevolve_sim.scenario import loads

TEXT = """
name: tiny
seed: 5
rounds: 6
value_space: {name: two, dimensions: [care, order]}
network: {family: watts_strogatz, degree: 4, rewiring: 0.2}
population: {humans: 40, groups: [{name: first, share: 0.5}, {name: second, share: 0.5, centre: 0.3}]}
assistants: [{name: one}]
record: {humans: 10}
interventions: [{round: 3, action: rewire, network: {family: star}}]
"""

HIDDEN = {"round", "mean"}
"""Columns that are called as a method of pandas is; docs/python.md says why they stay."""


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    return coevolve_sim.run(loads(TEXT), results=tmp_path_factory.mktemp("results"))


@pytest.mark.parametrize("round_index", [0, 1, 3, 6])
def test_the_graph_has_the_ties_of_the_round(finished, round_index):
    graph, ties = finished.to_networkx(round_index), finished.ties(round_index)
    assert sorted(graph) == list(range(40))
    for human in graph:
        assert sorted(graph[human]) == ties.indices[ties.indptr[human] : ties.indptr[human + 1]].tolist()
        assert graph.nodes[human]["group"] == finished.groups[finished.group_of[human]]
    assert graph.graph["round"] == round_index


def test_everybody_has_values_where_there_is_a_snapshot(finished):
    for round_index, values in finished.snapshots().items():
        graph = finished.to_networkx(round_index)
        found = [[graph.nodes[human][name] for name in finished.dimensions] for human in range(40)]
        np.testing.assert_array_equal(found, values)
        assert graph.graph["humans_with_values"] == 40


def test_recorded_humans_have_values_in_between(finished):
    graph, table = finished.to_networkx(1), finished.trajectories
    there = {human for human in graph if "care" in graph.nodes[human]}
    assert there == set(finished.recorded_humans.tolist())
    assert graph.graph["humans_with_values"] == len(there) == 10
    for row in table[table["round"] == 1].to_dict("records"):
        assert graph.nodes[row["human"]]["order"] == row["order"]


def test_without_a_round_it_is_the_last_one(finished):
    assert nx.utils.graphs_equal(finished.to_networkx(), finished.to_networkx(6))


@pytest.mark.parametrize("round_index", [-1, 7])
def test_a_round_that_is_not_there_is_refused(finished, round_index):
    with pytest.raises(RecordError, match=f"round {round_index} is not on record; there are rounds 0 to 6"):
        finished.to_networkx(round_index)


def test_no_column_of_a_run_is_hidden_by_a_method_of_pandas_but_the_two_that_are_told_of(finished):
    names = [name for name in dir(Run) if not name.startswith("_")]
    tables = {name: found for name in names if isinstance(found := getattr(finished, name), pd.DataFrame)}
    assert {"means", "measures", "messages", "trajectories", "option_masses"} <= tables.keys()
    columns = {str(column) for table in tables.values() for column in table.columns} | set(CATALOGUE)
    assert columns & set(dir(pd.DataFrame)) == HIDDEN


def test_no_column_of_a_study_is_hidden_either(tmp_path):
    worlds = {"with": {}, "without": {"assistants": []}}
    study = coevolve_sim.compare(loads(TEXT), worlds, replications=2, results=tmp_path)
    columns = {*study.runs.columns, *study.effects.columns, *study.trajectories.columns}
    assert columns & set(dir(pd.DataFrame)) == HIDDEN
