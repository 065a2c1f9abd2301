"""The page stands alone, shows text as text, and is the same for the same run."""

import hashlib
import html
import re
import shutil
from html.parser import HTMLParser

import matplotlib as mpl
import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.errors import RecordError
from coevolve_sim.networks import barabasi_albert, star
from coevolve_sim.report import run_data, sampling, value_pictures, write_report
from coevolve_sim.report.sampling import sample_humans, sample_neighbourhood
from coevolve_sim.scenario import loads

HOSTILE = """
name: hostile
description: '<script>alert("x")</script> costs $5, \\frac{ & </pre><img src=http://example.org/x.png>'
rounds: 2
value_space: {name: v, dimensions: [thrift, mercy]}
population: {humans: 12}
assistants: [{name: one}]
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return coevolve_sim.run(loads(HOSTILE), results=tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="module")
def page(run):
    return write_report(run).read_text("utf-8")


class Elements(HTMLParser):
    """Collects the elements of a page and checks that they are closed in order."""

    VOID = frozenset({"meta", "img", "br", "hr", "link", "input"})

    def __init__(self, page):
        super().__init__()
        self.found, self.open = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_well_formed_and_refers_to_nothing_outside_itself(page):
    elements = Elements(page)
    assert elements.open == []
    ids = {attributes["id"] for _, attributes in elements.found if "id" in attributes}
    for tag, attributes in elements.found:
        assert tag not in ("script", "link", "iframe", "object", "base")
        assert attributes.get("src", "data:").startswith("data:image/") or tag != "img"
        assert "src" not in attributes or tag == "img"
        assert not any(name.startswith("on") for name in attributes)
        if "href" in attributes:
            assert attributes["href"].removeprefix("#") in ids
    assert "url(" not in page
    assert "@import" not in page


def test_somebodys_text_does_not_become_markup(page):
    assert "<script" not in page
    assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt; costs $5" in page
    assert "</pre><img" not in page


def test_the_scenario_on_the_page_is_the_one_that_ran(run, page):
    text = html.unescape(re.search(r"<pre>(.*?)</pre>", page, re.DOTALL)[1])
    assert loads(text) == run.scenario
    assert run.digest() in page
    assert run.manifest["seed"] in page


@pytest.mark.long
def test_the_same_run_gives_the_same_bytes_and_matplotlib_stays_as_it_was(run, page):
    def digests():
        files = [run.folder / "report.html", *sorted((run.folder / "figures").iterdir())]
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}

    before, settings = digests(), dict(mpl.rcParams)
    stale = coevolve_sim.open_run(run.folder)
    stale.__dict__["rounds"] = stale.rounds.iloc[:1]
    write_report(stale)
    assert digests() == before
    assert dict(mpl.rcParams) == settings
    assert len(before) == 1 + 2 * page.count("Files: <code>figures/")


def test_figures_carry_no_date_and_no_program(run, page):
    for file in (run.folder / "figures").iterdir():
        data = file.read_bytes()
        assert b"atplotlib v" not in data
        assert b"dc:date" not in data
        assert b"Software" not in data


def test_a_folder_that_cannot_be_written_is_named(run, page, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(run.folder, copy)
    shutil.rmtree(copy / "figures")
    (copy / "figures").write_text("in the way")
    with pytest.raises(RecordError, match="figures cannot be made"):
        write_report(coevolve_sim.open_run(copy))


def test_words_are_those_of_the_design(page):
    text = re.sub(r"<[^>]+>", " ", page.split("<main>")[1]).lower()
    for word in ("simulation", "timestep", "opinion", "user", "metric"):
        assert not re.search(rf"\b{word}s?\b", text), word


# --- very many ------------------------------------------------------------------------------------


@pytest.mark.long
def test_of_very_many_humans_a_seeded_sample_is_shown_and_said(tmp_path, monkeypatch):
    monkeypatch.setattr(run_data, "MAX_HUMANS", 8)
    monkeypatch.setattr(run_data, "MAX_DRAWN_HUMANS", 6)
    monkeypatch.setattr(sampling, "MAX_HUMANS", 5)
    monkeypatch.setattr(sampling, "MAX_ROUNDS", 3)
    monkeypatch.setattr(value_pictures, "MAX_POINTS", 4)
    text = "{name: many, rounds: 6, value_space: {name: v, dimensions: [a, b]}, population: {humans: 40}}"
    page = write_report(coevolve_sim.run(loads(text), results=tmp_path)).read_text("utf-8")
    assert "Drawn are 6 of 40 humans" in page
    assert "Taken of 8 of 40 humans, drawn at random" in page
    assert "Counted are 5 of 40 humans, drawn at random" in page
    assert "Lines are drawn through 4 evenly spaced rounds" in page


@pytest.mark.parametrize("ties", [star(500), barabasi_albert(500, 3, seed=1)])
def test_a_neighbourhood_has_the_size_asked_for_and_follows_from_the_seed(ties):
    humans = sample_neighbourhood(ties, 50, seed=3)
    assert humans.size == 50
    assert (np.diff(humans) > 0).all()
    assert np.array_equal(humans, sample_neighbourhood(ties, 50, seed=3))


def test_a_sample_of_few_is_everybody():
    assert sample_humans(7, 10, 1, "x").tolist() == list(range(7))
    assert sample_humans(1000, 10, 1, "x").size == 10
