"""What a notebook shows of runs, studies, scenarios, societies; progress; runs within an event loop."""

import asyncio
import math
import sys
import types
from html.parser import HTMLParser

import pytest

import coevolve_sim
from coevolve_sim.minds.places import CACHE_VARIABLE
from coevolve_sim.notebook import ProgressLine, show_progress
from coevolve_sim.scenario import loads
from coevolve_sim.testing.fake_server import FakeServer
from tests.report.report_talking import a_talk

TEXT = """
{name: tiny, seed: 5, rounds: 4, value_space: {name: two, dimensions: [care, order]},
description: "Who <b>wins</b>?", population: {humans: 20, groups: [{name: first, share: 0.5, adoption: 0.9},
{name: second, share: 0.5}]}, assistants: [{name: one}]}
"""
SERVED = """
{{name: served, rounds: 1, value_space: {{name: village, dimensions: [thrift]}},
network: {{family: complete}}, population: {{humans: 3}},
minds: [{{kind: server, url: "{url}", model: local-model}}],
channel: {{kind: language, unfit: unmeasured, bias_map: false, items: pair, items_per_topic: 1}}}}
"""
OPTIONS = {"A": math.log(0.6), "B": math.log(0.3), "C": math.log(0.05)}


class Cells(HTMLParser):
    """The rows of a table, and whether all elements are closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.cells = [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] in (["th"], ["td"]):
            self.cells.append(data)

    @property
    def facts(self):
        assert not self.open
        return dict(zip(self.cells[::2], self.cells[1::2], strict=True))


def facts_of(thing):
    return Cells(thing._repr_html_()).facts


# --- tables --------------------------------------------------------------------------------------


def test_a_scenario_is_shown_with_who_lives_in_it():
    scenario = loads(TEXT)
    facts = facts_of(scenario)
    assert facts["humans"] == "20 in first, second"
    assert facts["assistants"] == "one (lifelong)"
    assert facts["rule"] == "hegselmann_krause"
    assert "Who &lt;b&gt;wins&lt;/b&gt;?" in scenario._repr_html_()


def test_a_society_is_shown_with_how_far_it_has_come():
    society = coevolve_sim.Society(loads(TEXT))
    society.step()
    facts = facts_of(society)
    assert facts["round"] == "1 of 4"
    assert facts["human agents"] == "20"
    assert float(facts["variance"]) == pytest.approx(society.measures.overall["variance"], rel=1e-3)
    assert facts_of(coevolve_sim.Society(loads(TEXT), with_objects=False))["human agents"].startswith("none")


def test_a_run_is_shown_with_its_state_and_first_and_last_measures(tmp_path):
    run = coevolve_sim.run(loads(TEXT), results=tmp_path)
    facts = facts_of(run)
    assert facts["status"] == "finished"
    assert facts["rounds"] == "4 of 4"
    assert facts["dimensions"] == "2: care, order"
    first, _, last = facts["variance"].partition(" → ")
    assert float(first) == pytest.approx(run.measures["variance"].iloc[0], rel=1e-3)
    assert float(last) == pytest.approx(run.measures["variance"].iloc[-1], rel=1e-3)


def test_a_run_says_what_came_to_no_answer(tmp_path, monkeypatch):
    run = a_talk(monkeypatch, tmp_path)
    shown = run._repr_html_()
    warning = run.notes[run.notes["kind"] == "answers"]["text"].iloc[0]
    assert warning[:30] in shown
    assert facts_of(run)["channel"] == "language"


def test_a_study_is_shown_with_its_effects(tmp_path):
    worlds = {"with": {}, "without": {"assistants": []}}
    study = coevolve_sim.compare(loads(TEXT), worlds, replications=3, results=tmp_path)
    facts, effect = facts_of(study), study.effect().effect
    assert facts["runs"] == "6 of 6 finished"
    assert facts["worlds"] == "with, without"
    assert facts["with less without"] == (
        f"{effect.mean:+.4g} [{effect.low:.4g}, {effect.high:.4g}], 3 pairs"
    )


# --- progress ------------------------------------------------------------------------------------


class FakeDisplay:
    """IPython's `display`, and the handle that it returns."""

    def __init__(self):
        self.shown = []

    def __call__(self, data, *, raw, display_id):
        assert raw
        assert display_id
        self.shown.append(data)
        return types.SimpleNamespace(update=lambda data, raw: self.shown.append(data))


@pytest.fixture
def kernel(monkeypatch):
    """Return what a notebook would show, with a module that stands in for IPython."""
    shown = FakeDisplay()
    shell = types.SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setitem(sys.modules, "IPython.display", types.SimpleNamespace(display=shown))
    return shown.shown


def test_progress_in_a_notebook_is_one_output_that_is_updated(kernel, tmp_path):
    coevolve_sim.run(loads(TEXT), results=tmp_path, progress=True)
    assert kernel[-1]["text/plain"] == "4 of 4 rounds"
    assert '<progress value="4" max="4">' in kernel[-1]["text/html"]


def test_progress_of_a_study_counts_runs(kernel, tmp_path):
    worlds = {"with": {}, "without": {"assistants": []}}
    coevolve_sim.compare(loads(TEXT), worlds, replications=2, results=tmp_path, progress=True)
    assert kernel[-1]["text/plain"] == "4 of 4 runs"


def test_off_a_notebook_and_a_terminal_only_the_end_is_told(capsys):
    line = ProgressLine("rounds")
    for done in range(1, 1001):
        line(done, 1000)
    assert capsys.readouterr().err == "\r1,000 of 1,000 rounds\n"


def test_a_function_is_called_as_it_is_and_false_shows_nothing():
    assert show_progress(print, "rounds") is print
    assert show_progress(False, "rounds") is show_progress(None, "rounds") is None


# --- event loops ---------------------------------------------------------------------------------


def within_a_loop(work):
    async def running():
        assert asyncio.get_running_loop().is_running()
        return work()

    return asyncio.run(running())


def test_a_run_goes_within_a_running_loop_as_a_notebook_has_one(tmp_path):
    inside = within_a_loop(lambda: coevolve_sim.run(loads(TEXT), results=tmp_path / "inside"))
    outside = coevolve_sim.run(loads(TEXT), results=tmp_path / "outside")
    assert inside.digest() == outside.digest()


def test_a_society_that_asks_a_server_goes_within_a_running_loop(tmp_path, monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    server = FakeServer(models=("local-model",), fingerprint=None, says="I am for it.", letters=OPTIONS)
    with server.listening() as url:
        run = within_a_loop(
            lambda: coevolve_sim.run(loads(SERVED.format(url=url)), results=tmp_path / "results")
        )
    assert run.status == "finished"
    assert (run.messages["status"] == "answered").all()


def test_a_study_goes_within_a_running_loop(tmp_path):
    worlds = {"with": {}, "without": {"assistants": []}}
    study = within_a_loop(lambda: coevolve_sim.compare(loads(TEXT), worlds, replications=2, results=tmp_path))
    assert study.status == "finished"
