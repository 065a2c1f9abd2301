"""A network that a function in a file of the user's makes ties people, or is refused in a sentence."""

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.errors import NetworkError, ScenarioError
from coevolve_sim.networks import FAMILIES, Ties, as_ties, from_edges, ring
from coevolve_sim.scenario import dump, load, loads
from coevolve_sim.society.setup import build_setup

NETWORK = """
import networkx as nx
import numpy as np

from coevolve_sim.networks import from_edges
from coevolve_sim.streams import stream


def pairs(n, seed, apart: int = 1):
    return [(i, (i + apart) % n) for i in range(n)]


def graph(n, seed, degree: int = 4):
    return nx.random_regular_graph(degree, n, seed=seed)


def weighted(n, seed):
    rng = stream(seed, "mine")
    edges = np.array([(i, i + 1) for i in range(n - 1)])
    return from_edges(n, edges, 1.0 + rng.random(n - 1))


def small(n, seed):
    return nx.path_graph(n - 1)


def outside(n, seed):
    return [(0, n)]


def failing(n, seed):
    raise OSError("no such weather")


def text(n, seed):
    return "0 1"


def seedless(n):
    return []
"""
TEXT = """\
name: own
rounds: 3
value_space: {name: v, dimensions: [a, b]}
population: {humans: 12}
network:
  family: custom
  path: mine.py:pairs
  parameters: {apart: 2}
interventions:
  - {round: 2, action: rewire, network: {family: custom, path: "mine.py:graph"}}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text(NETWORK)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder, text):
    path = folder / "s.yaml"
    path.write_text(text)
    return path


def test_a_network_in_a_file_ties_people_and_stands_on_record(folder):
    run = coevolve_sim.run(written(folder, TEXT), results=folder / "results")
    assert {"network.path", "interventions.0.network.path"} <= set(run.manifest["inputs"].split('"'))
    assert run.ties(0).indices[:2].tolist() == [2, 10]
    assert set(run.ties(3).degrees) == {4}
    assert coevolve_sim.run(folder / "s.yaml", results=folder / "again").digest() == run.digest()


def test_its_draws_are_the_run_s_seed(folder):
    text = TEXT.replace(":pairs\n  parameters: {apart: 2}", ":weighted")
    first, again, other = (
        build_setup(load(written(folder, f"seed: {seed}\n{text}"))).ties.weights for seed in (1, 1, 2)
    )
    assert first.tobytes() == again.tobytes() != other.tobytes()


def test_a_scenario_with_a_network_of_ones_own_is_written_and_read_back(folder):
    scenario = load(written(folder, TEXT))
    assert loads(dump(scenario)) == scenario


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("apart: 2", "apart: 1.5", "8:23: parameter 'apart' of mine.py:pairs: 1.5 given; allowed: a whole"),
        ("apart: 2", "n: 5", "unknown key 'n'"),
        ("mine.py:pairs", "mine.py:pears", "7:9: 'mine.py:pears': there is no 'pears'; there are: pairs"),
        ("mine.py:pairs", "gone.py:pairs", "7:9: neither a file"),
        ("pairs\n  parameters: {apart: 2}", "small", "a network of 11 humans was made; 12 are wanted"),
        ("pairs\n  parameters: {apart: 2}", "outside", "edge (0, 12) names a human outside 0..11"),
        ("pairs\n  parameters: {apart: 2}", "failing", "'mine.py:failing' failed: OSError: no such weather"),
        (
            "pairs\n  parameters: {apart: 2}",
            "text",
            "what was made is of type str; Ties, a networkx graph, or pairs",
        ),
        (
            "pairs\n  parameters: {apart: 2}",
            "seedless",
            "7:9: 'mine.py:seedless' is no network family: it takes (n); a function of (n, seed, ",
        ),
        ("mine.py:graph", "mine.py:small", "interventions"),
    ],
)
def test_a_network_that_cannot_be_is_refused_at_its_key(folder, old, new, said):
    with pytest.raises(ScenarioError) as caught:
        coevolve_sim.run(written(folder, TEXT.replace(old, new)), results=folder / "results")
    assert said in str(caught.value) or caught.value.path[0] == said
    assert "s.yaml:" in str(caught.value)
    assert not (folder / "results").exists()


def test_a_file_that_raises_when_it_is_run_is_named(folder):
    (folder / "mine.py").write_text("raise OSError('no such weather')\n")
    with pytest.raises(ScenarioError, match=r"s.yaml:7:9: mine.py cannot be run: OSError: no such weather"):
        coevolve_sim.run(written(folder, TEXT))


def test_ties_are_taken_as_they_are_or_refused():
    assert as_ties(ring(6, 2), 6).n_ties == 12
    one_way = from_edges(3, np.array([[0, 1]]), directed=True)
    assert as_ties(one_way, 3) is one_way
    wrong = [
        Ties(2, np.array([0, 1, 1]), np.array([1], np.int32)),
        Ties(2, np.array([0, 1, 2]), np.array([0, 1], np.int32)),
        Ties(3, np.array([0, 2, 3, 4]), np.array([2, 1, 0, 0], np.int32)),
        Ties(2, np.array([0, 1, 2]), np.array([1, 0])),
        Ties(2, np.array([0, 2]), np.array([1, 0], np.int32)),
    ]
    for ties in wrong:
        with pytest.raises(NetworkError, match="from_edges"):
            as_ties(ties, ties.n_humans)


def test_families_are_found_by_name_and_say_what_they_are():
    assert all(FAMILIES[name].name == name for name in FAMILIES.own)
    with pytest.raises(NetworkError, match="unknown network family 'rign'; did you mean 'ring'"):
        FAMILIES["rign"]
