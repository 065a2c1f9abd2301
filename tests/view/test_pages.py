"""The pages of runs, studies and folders, rendered without a browser."""

import shutil
import threading
import time

import pytest

import coevolve_sim
from tests.report.report_talking import numbers
from tests.studies import tiny

solara = pytest.importorskip("solara")


def walk(widget):
    """Yield a widget and all within it."""
    yield widget
    for child in getattr(widget, "children", None) or ():
        if not isinstance(child, str):
            yield from walk(child)


def texts(page):
    """Return the words on a rendered page, button by button and sentence by sentence."""
    return [one for w in walk(page) for one in (getattr(w, "children", None) or ()) if isinstance(one, str)]


def click(page, label):
    found = next(w for w in walk(page) if label in (getattr(w, "children", None) or ()))
    found.fire_event("click", {})


@pytest.fixture
def show():
    from solara.server import kernel_context  # noqa: F401 - so that widgets can be made

    shown = []

    def render(element):
        page, rendered = solara.render(element, handle_error=False)
        shown.append(rendered)
        return page

    yield render
    for rendered in shown:
        rendered.close()


def test_a_run_that_goes_while_it_is_browsed_is_a_sentence_and_can_be_read_again(show, tmp_path):
    from coevolve_sim.view.run_page import RunPage

    run = numbers(tmp_path)
    page = show(RunPage(run.folder))
    assert "Messages of round 3" in texts(page)
    slider = next(w for w in walk(page) if hasattr(w, "last"))
    shutil.move(run.folder, tmp_path / "away")
    slider.vue_go(1)
    told = texts(page)
    assert "Read again" in told
    assert any(str(run.folder) in one for one in told), told
    shutil.move(tmp_path / "away", run.folder)
    click(page, "Read again")
    assert "Messages of round 3" in texts(page)


@pytest.mark.parametrize("status", ["running", "interrupted", "killed", "failed", "finished"])
def test_a_run_that_is_not_finished_can_be_read_again(show, tmp_path, monkeypatch, status):
    from coevolve_sim.view import run_page

    run = numbers(tmp_path)
    monkeypatch.setattr(run_page.BrowsedRun, "status", status)
    assert ("Read again" in texts(show(run_page.RunPage(run.folder)))) == (status != "finished")


@pytest.mark.parametrize("status", ["unfinished", "failed", "finished"])
def test_a_study_that_is_not_finished_can_be_read_again(show, tmp_path, monkeypatch, status):
    from coevolve_sim.view import study_page

    study = coevolve_sim.compare(
        tiny.numbers(), tiny.WITH_AND_WITHOUT, replications=2, reference="without", results=tmp_path
    )
    monkeypatch.setattr(study_page.BrowsedStudy, "status", status)
    monkeypatch.setattr(study_page, "Outcomes", lambda _: None)
    assert ("Read again" in texts(show(study_page.StudyPage(study.folder)))) == (status != "finished")


def test_runs_that_are_compared_are_read_while_the_page_says_so(show, tmp_path, monkeypatch):
    from coevolve_sim.view import folder_page

    opened, may_go_on = folder_page.ComparedRuns, threading.Event()
    folders = [numbers(tmp_path, seed=seed).folder for seed in (1, 2)]

    def open_late(given):
        assert may_go_on.wait(30)
        return opened(given)

    monkeypatch.setattr(folder_page, "ComparedRuns", open_late)
    page = show(folder_page.Comparison(folders))
    assert "Reading ..." in texts(page)
    may_go_on.set()
    end = time.monotonic() + 30
    while "What differs in what was set" not in texts(page):
        assert time.monotonic() < end
        time.sleep(0.05)
    assert "Reading ..." not in texts(page)
