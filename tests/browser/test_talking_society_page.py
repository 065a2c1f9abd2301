"""A society that talks, one that cannot be, and the dark, in a real browser."""

import pytest

from tests.browser.chromium import open_browser
from tests.browser.conftest import serve_view

TALK = """
name: talk
rounds: 3
value_space: moral-foundations
dimensions: [care]
population: {humans: 6, groups: [{name: all, adoption: 1.0}]}
network: {family: ring, degree: 2}
minds: [{kind: scripted}]
channel: {kind: language}
assistants: [{name: helper, policy: {kind: lifelong}}]
"""
ARTICLES = "document.querySelectorAll('.coevolve-talk article').length"
TALKED = "document.querySelector('.coevolve-talk').textContent"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("view")
    (made / "talk.yaml").write_text(TALK)
    (made / "wrong.yaml").write_text("name: wrong\nrounds: never\n")
    return made


def test_what_is_said_comes_to_the_page_and_a_chosen_human_narrows_it(tab, folder):
    with serve_view("talk.yaml", folder=folder) as address:
        tab.open(address)
        tab.wait("document.querySelector('canvas')?.dataset.frames > 0")
        tab.wait(f"{TALKED}.includes('Nothing has been said yet')")
        tab.press("One round")
        everything = tab.wait(ARTICLES)
        assert tab.run("document.querySelectorAll('.coevolve-talk blockquote').length") == everything
        assert "heard by" in tab.run("document.querySelector('.coevolve-talk article').textContent")
        tab.run("document.querySelector('canvas').focus()")
        tab.type_key("ArrowRight")
        tab.wait(f"{TALKED}.includes('Words that human 0 wrote or heard')")
        assert tab.wait(f"{ARTICLES} < {everything} && {ARTICLES}") > 0
        assert not tab.told


def test_a_scenario_that_cannot_be_says_where_it_is_wrong(tab, folder):
    with serve_view("wrong.yaml", folder=folder) as address:
        tab.open(address)
        told = tab.wait("document.querySelector('[role=alert]')?.textContent")
    assert told.startswith("ScenarioError: ")
    assert "wrong.yaml:2:9: rounds: " in told


def test_an_address_that_asks_for_what_is_not_there_says_so(tab, folder):
    with serve_view("talk.yaml", folder=folder) as address:
        tab.open(f"{address}&open=nowhere%2Fgone.yaml")
        told = tab.wait("document.querySelector('[role=alert]')?.textContent")
    assert told.startswith("nowhere/gone.yaml: there is no such file or folder; ")


def test_the_page_is_dark_where_the_reader_has_it_so(folder):
    with serve_view("talk.yaml", folder=folder) as address, open_browser(dark=True) as dark:
        dark.open(address)
        dark.wait("document.querySelector('canvas')?.dataset.frames > 0")
        colours = dark.run(
            "['.coevolve-page', '.coevolve-page h1'].map(e => getComputedStyle(document.querySelector(e)))"
            ".map(style => [style.backgroundColor, style.color])"
        )
    assert colours[0] == ["rgb(24, 24, 23)", "rgb(230, 230, 227)"]
    assert colours[1][1] == "rgb(230, 230, 227)"
