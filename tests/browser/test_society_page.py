"""A scenario that plays, in a real browser, by clicks."""

import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import serve_view

SCENARIO = """
name: town
rounds: 40
description: "Does <b>bold</b> come to harm?"
value_space: {name: town, dimensions: [thrift, care]}
population: {humans: 30}
network: {family: watts_strogatz, degree: 4}
update: {rule: hegselmann_krause, confidence: {peer: 0.3}, rate: {peer: 0.2}}
assistants: [{name: helper, policy: {kind: lifelong}}]
"""
ROUND = "Number(/Round ([\\d,]+)/.exec(document.querySelector('.coevolve-round').textContent)[1])"
FRAMES = "Number(document.querySelector('canvas').dataset.frames)"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("view")
    (folder / "town.yaml").write_text(SCENARIO)
    with serve_view("town.yaml", folder=folder) as found:
        yield found


@pytest.fixture
def page(tab, address):
    """The page of a society before its first round."""
    tab.requested.clear()
    tab.told.clear()
    tab.open(address)
    tab.wait("document.querySelector('canvas')?.dataset.frames > 0")
    tab.wait("!document.querySelector('.doing')")
    return tab


def test_one_round_is_one_round(page):
    for expected in (1, 2):
        page.press("One round")
        page.wait(f"{ROUND} === {expected}")


def test_playing_goes_on_until_it_is_paused(page):
    page.press("Play")
    page.wait(f"{ROUND} > 3")
    page.press("Pause")
    page.wait("[...document.querySelectorAll('button')].some(b => b.textContent.trim() === 'Play')")
    page.run("new Promise(done => setTimeout(done, 500))")
    stopped = page.run(ROUND)
    page.run("new Promise(done => setTimeout(done, 1000))")
    assert page.run(ROUND) == stopped


def test_it_plays_to_the_end_and_says_so(page):
    before = page.run(FRAMES)
    page.press("Play")
    page.wait("document.querySelector('.coevolve-round').textContent.includes('finished')")
    assert page.run(ROUND) == 40
    assert page.run(FRAMES) > before + 20
    assert page.run("document.querySelectorAll('.coevolve-figure svg').length") == 3
    assert page.run("[...document.querySelectorAll('.coevolve-buttons button')].map(b => b.disabled)") == [
        True,
        True,
        False,
    ]


def test_a_slider_is_turned_and_the_society_begins_again_with_it(page):
    page.press("One round")
    page.wait(f"{ROUND} === 1")
    page.run(
        "(() => { const e = document.querySelector('[data-key=\"update.confidence.peer\"]'); e.value = 0.8; "
        "e.dispatchEvent(new Event('input', {bubbles: true})); })()"
    )
    page.wait("document.querySelector('.coevolve-controls').textContent.includes('1 key is turned')")
    page.press("Reset")
    page.wait(f"{ROUND} === 0")
    page.wait("document.querySelector('.coevolve-controls').textContent.includes('Turn a key')")
    assert page.run("document.querySelector('[data-number=\"update.confidence.peer\"]').value") == "0.8"
    page.press("One round")
    page.wait(f"{ROUND} === 1")


def test_a_number_out_of_range_is_refused_in_a_sentence_and_all_stays(page):
    page.press("One round")
    page.wait(f"{ROUND} === 1")
    page.run(
        "(() => { const e = document.querySelector('[data-number=\"population.humans\"]'); e.value = -3; "
        "e.dispatchEvent(new Event('change', {bubbles: true})); })()"
    )
    page.press("Reset")
    told = page.wait("document.querySelector('[role=alert]')?.textContent")
    assert told == "ViewError: population.humans: -3 was given; allowed: a whole number in [1, 50,000,000]"
    assert page.run(ROUND) == 1


def test_a_human_is_chosen_by_a_click(page):
    place = page.run(
        "(() => { const c = document.querySelector('canvas'); c.scrollIntoView({behavior: 'instant'}); "
        "const r = c.getBoundingClientRect(); const [x, y] = c.parentElement.__vue__.placeOf(7); "
        "return [r.x + x, r.y + y]; })()"
    )
    page.click_at(*place)
    told = page.wait("document.querySelector('.coevolve-human')?.textContent")
    assert "human 7" in told
    assert "Hears 3: human 6, human 8 and human 9." in told
    page.type_key("ArrowRight")
    page.wait("document.querySelector('.coevolve-human').textContent.includes('human 8')")
    page.type_key("Escape")
    page.wait("!document.querySelector('.coevolve-human')")


def test_another_dimension_colours_the_network(page):
    first = page.run("document.querySelector('figure h3').textContent")
    page.run(
        "(() => { const e = document.querySelector('[data-choice=\"Coloured by\"]'); e.value = 1; "
        "e.dispatchEvent(new Event('change')); })()"
    )
    page.wait("document.querySelector('figure h3').textContent === 'Values: Care'")
    assert first == "Values: Thrift"


def test_what_a_scenario_says_is_text_and_never_markup(page):
    assert page.run("document.querySelector('header').textContent.includes('<b>bold</b>')")
    assert page.run("document.querySelector('header b')") is None


def test_nothing_comes_from_elsewhere_and_nothing_goes_wrong(page, address):
    page.press("One round")
    page.wait(f"{ROUND} === 1")
    here = urlsplit(address).netloc
    elsewhere = {
        url
        for url in page.requested
        if urlsplit(url).netloc != here and not url.startswith(("data:", "blob:"))
    }
    assert len(page.requested) > 10
    assert not elsewhere
    assert not page.told


def test_the_page_fits_a_narrow_window(page):
    page.resize(500, 900)
    page.wait("document.querySelector('canvas').clientWidth < 500")
    try:
        assert page.run("document.documentElement.scrollWidth") <= 500
    finally:
        page.resize(1280, 1400)


def ask(address, **headers):
    request = urllib.request.Request(address, headers=headers)  # noqa: S310 - of this machine
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_without_the_token_or_from_another_host_nothing_is_shown(address):
    bare = address.partition("?")[0]
    assert ask(bare) == (
        403,
        "This page is for whoever has its address with the token, which `coevolve view` prints.\n",
    )
    assert ask(f"{bare}?token=guess")[0] == 403
    assert ask(f"{bare}jupyter/api/kernels/1")[0] == 403
    other = ask(address, Host="evil.example")
    assert other == (403, "This page is shown on the machine it runs on alone, at 127.0.0.1 or localhost.\n")
