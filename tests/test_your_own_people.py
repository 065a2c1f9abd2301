"""The page on one's own network and survey tells what happens: its example is run, its numbers held."""

import re

import networkx as nx
import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.scenario import loads
from coevolve_sim.society.setup import build_setup
from tests import ROOT

PAGE = (ROOT / "docs" / "your_own_people.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "examples" / "survey"
BLOGS = ROOT.parent / "shared" / "data" / "polblogs.gml.gz"


def block(beginning):
    """Return the block of YAML on the page that begins so."""
    return next(
        text for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if text.startswith(beginning)
    )


def group_means(run, round_index):
    means = run.means
    rows = means[(means["kind"] == "group") & (means["round"] == round_index)]
    return dict(zip(rows["name"], rows[run.dimensions[0]], strict=True))


def test_the_example_is_the_pages():
    given = coevolve_sim.load(EXAMPLE / "town.yaml")
    rest = "name: town\nrounds: 20\nvalue_space: {name: survey, dimensions: [trust, calm]}\n"
    told = loads(rest + block("network"), folder=EXAMPLE)
    assert (told.population, told.network) == (given.population, given.network)


def test_answers_become_the_values_that_the_page_computes():
    setup = build_setup(coevolve_sim.load(EXAMPLE / "town.yaml"))
    trust = dict(zip(setup.ties.names, setup.initial_values[:, 0].tolist(), strict=True))
    assert trust["bob"] == pytest.approx(((5 - 1) / 6 + 1 - (3 - 1) / 6) / 2)
    weights, privacy = np.array([0.8, 1.1, 0.9]), 1 - (np.array([2, 3, 1]) - 1) / 6
    of_town = (weights * privacy).sum() / weights.sum()
    assert round(of_town, 2) == 0.82
    assert trust["dora"] == pytest.approx((0.5 + of_town) / 2)
    assert setup.ties.weights.max() == 14
    assert setup.traits["adoption"][setup.ties.names.index("hana")] == pytest.approx(
        np.average([0.1, 0.2, 0.05, 0.3], weights=[1.0, 1.2, 0.7, 1.0])
    )


def test_the_camps_of_the_example_go_where_the_page_says(tmp_path):
    run = coevolve_sim.run(EXAMPLE / "town.yaml", results=tmp_path)
    first, last = group_means(run, 0), group_means(run, 20)
    assert f"mean trust of {first['town']:.2f}".replace("0.", ".") in PAGE
    assert f"the valley with {first['valley']:.2f}".replace("0.", ".") in PAGE
    assert f"stand at {last['town']:.2f} and {last['valley']:.2f}".replace("0.", ".") in PAGE


@pytest.mark.long
@pytest.mark.skipif(not BLOGS.exists(), reason="the shared data folder does not lie beside this repository")
def test_the_blogs_go_where_the_page_says(tmp_path):
    path = tmp_path / "blogs.yaml"
    path.write_text(block("name: blogs").replace("polblogs.gml.gz", str(BLOGS)))
    run = coevolve_sim.run(path, results=tmp_path / "results")
    graph = nx.read_gml(BLOGS, label="id").reverse()
    turned = coevolve_sim.run(path, network=graph, results=tmp_path / "results")
    told = [group_means(one, at) for one, at in ((run, 0), (run, 40), (turned, 40))]
    begin, as_it_is, other = (f"{one['0']:.2f} and {one['1']:.2f}".replace("0.", ".") for one in told)
    text = " ".join(PAGE.split())
    assert f"camps begin at {begin}. " in text
    assert (
        f"they stand at {as_it_is} after 40 rounds; if they hear those that they link to, at {other}." in text
    )
    assert turned.people.columns.tolist() == ["human", "name", "group", "id", "value", "source"]
