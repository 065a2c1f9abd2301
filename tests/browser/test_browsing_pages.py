"""The pages of a run, a study and a folder of runs, in a real browser, by clicks."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

import coevolve_sim
from tests.browser.conftest import serve_view
from tests.report.report_talking import a_talk
from tests.studies.tiny import WITH_AND_WITHOUT, numbers, write

SLIDER = "document.querySelector('.coevolve-rounds input')"
TOLD = "document.querySelector('.coevolve-rounds .told').textContent"
TEXT = "(document.querySelector('.coevolve-page')?.innerText ?? '')"


def choose(page, label, name):
    """Choose one of the options of a list by its words."""
    page.wait(f"!!document.querySelector('[data-choice=\"{label}\"]')")
    page.run(
        f"(() => {{ const e = document.querySelector('[data-choice=\"{label}\"]'); "
        f"e.value = [...e.options].findIndex(o => o.text === '{name}'); "
        "e.dispatchEvent(new Event('change')); })()"
    )


def search(page, label, words):
    page.run(
        f"(() => {{ const e = document.querySelector('[data-words=\"{label}\"]'); e.value = '{words}'; "
        "e.dispatchEvent(new Event('input')); })()"
    )


def cells(page, row):
    """Return the texts of the first row of the page's tables that begins with a cell."""
    rows = "[...document.querySelectorAll('tbody tr')].map(r => [...r.cells].map(c => c.innerText.trim()))"
    return page.wait(f"{rows}.find(r => r[0] === '{row}')")


def open_page(tab, address, waited_for):
    """Open an address on a tab that has forgotten the page before, whose server may be gone."""
    tab.open("about:blank")
    tab.wait("location.href === 'about:blank'")
    tab.requested.clear()
    tab.told.clear()
    tab.open(address)
    tab.wait(waited_for)
    return tab


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A talk by a mind whose words are hostile, two runs in numbers, and a study whose runs are kept."""
    made = tmp_path_factory.mktemp("view")
    with pytest.MonkeyPatch.context() as patch:
        a_talk(patch, made / "results")
    file = write(made)
    coevolve_sim.run(file, results=made / "results")
    coevolve_sim.run(file, results=made / "results", seed=8, overrides={"update.confidence.peer": 0.5})
    coevolve_sim.compare(
        numbers(),
        WITH_AND_WITHOUT,
        replications=3,
        record="full",
        reference="without",
        results=made / "studies",
    )
    return made


@pytest.fixture(scope="module")
def talk(folder):
    (found,) = (folder / "results").glob("talk-*")
    with serve_view(str(found), folder=folder) as address:
        yield address


@pytest.fixture
def page(tab, talk):
    return open_page(tab, talk, f"document.querySelector('canvas')?.dataset.frames > 0 && !!{SLIDER}")


def test_one_slides_to_a_round_and_its_messages_are_shown(page):
    assert page.run(TOLD) == "Round 3 of 3"
    page.run(f"{SLIDER}.focus()")
    page.type_key("ArrowLeft")
    page.wait(f"{TEXT}.includes('Messages of round 2')")
    page.press("Back")
    page.wait(f"{TEXT}.includes('Messages of round 1')")
    assert page.run(TOLD) == "Round 1 of 3"
    page.press("Back")
    page.wait(f"{TEXT}.includes('nobody has spoken yet')")
    assert page.run("document.querySelector('[aria-label=\"One round back\"]').disabled")


def test_a_human_is_chosen_by_a_click_and_what_it_read_is_shown(page):
    place = page.run(
        "(() => { const c = document.querySelector('canvas'); c.scrollIntoView({behavior: 'instant'}); "
        "const r = c.getBoundingClientRect(); const [x, y] = c.parentElement.__vue__.placeOf(5); "
        "return [r.x + x, r.y + y]; })()"
    )
    page.click_at(*place)
    page.wait(f"{TEXT}.includes('What moved it')")
    assert page.run(f"{TEXT}.includes('Hears 2 humans.')")
    assert page.run(f"{TEXT}.includes('what human 5')")
    page.click("document.querySelector('.speech details summary')")
    read = page.wait("document.querySelector('.speech details[open] td')?.innerText")
    assert read.startswith("human ")
    own = page.run("document.querySelectorAll('.speech').length")
    choose(page, "Whose", "everybody\\'s")
    page.wait(f"document.querySelectorAll('.speech').length > {own}")


def test_a_human_is_found_by_words_and_chosen_from_the_list(page):
    page.click("document.querySelector('details.find summary')")
    search(page, "Number, name or group", "old 6")
    page.click(
        "[...document.querySelectorAll('details.find button')].find(b => b.innerText.startsWith('human 6'))"
    )
    page.wait("[...document.querySelectorAll('h3')].some(h => h.innerText.startsWith('Human 6'))")
    search(page, "Number, name or group", "nobody of that name")
    page.wait(f"{TEXT}.includes('No human has all of')")


def test_a_measure_that_was_not_taken_names_the_key(page):
    choose(page, "Measure", "Variance")
    page.wait("!!document.querySelector('.marked')")
    choose(page, "Measure", "media_exposure")
    page.wait(
        f"{TEXT}.includes('media_exposure is not on record; measures.names: [media_exposure] records it.')"
    )


def test_words_of_a_mind_are_text(page):
    page.wait("!!document.querySelector('blockquote')")
    assert page.run("document.querySelector('blockquote').innerText.includes('<script>')")
    assert page.run("document.querySelector('.coevolve-page img, .coevolve-page script')") is None
    assert page.run(f"{TEXT}.includes('Not heard: nothing of it came to anybody.')")


def test_nothing_comes_from_elsewhere_and_nothing_goes_wrong(page, talk):
    here = urlsplit(talk).netloc
    asked = [url for url in page.requested if not url.startswith(("data:", "blob:"))]
    assert {urlsplit(url).netloc for url in asked} == {here}
    assert not page.told


def test_the_page_of_a_run_fits_a_narrow_window(page):
    page.resize(500, 900)
    try:
        page.wait("document.querySelector('canvas').clientWidth < 500")
        assert page.run("document.documentElement.scrollWidth") <= 500
    finally:
        page.resize(1280, 1400)


def test_two_runs_are_ticked_and_compared_and_one_is_opened(tab, folder):
    with serve_view(str(folder / "results"), folder=folder) as address:
        page = open_page(tab, address, "document.querySelectorAll('input[type=checkbox]').length === 3")
        search(page, "Only those with these words", "tiny")
        page.wait("document.querySelectorAll('input[type=checkbox]').length === 2")
        for number in range(2):
            page.click(f"document.querySelectorAll('input[type=checkbox]')[{number}]")
            page.wait(f"document.querySelectorAll('input:checked').length === {number + 1}")
        assert cells(page, "update.confidence.peer")[1] == "0.5"
        assert cells(page, "seed") == ["seed", "8", "3"]
        choose(page, "Measure", "Spread")
        page.wait("!!document.querySelector('svg[aria-label=\"Spread over rounds\"]')")
        assert page.run("document.querySelectorAll('.coevolve-figure .line').length") == 2
        assert not page.told
        page.click("document.querySelector('td a')")
        page.wait(f"{TEXT}.includes('tiny, seed 8') && !!{SLIDER}")


def test_an_outcome_of_a_study_is_chosen_and_a_run_of_it_is_opened(tab, folder):
    (study,) = (folder / "studies").iterdir()
    with serve_view(str(study), folder=folder) as address:
        page = open_page(tab, address, "!!document.querySelector('[data-choice=\"Outcome\"]')")
        choose(page, "Outcome", "Variance")
        page.wait("!!document.querySelector('svg[aria-label^=\"difference in variance\"]')")
        mean = coevolve_sim.open_study(study).scores("variance", "with").mean()
        assert abs(float(cells(page, "with")[3].split()[0]) - mean) < 0.01
        page.wait("document.querySelectorAll('figure img').length === 2")
        assert not page.told
        page.click(
            "[...document.querySelectorAll('td a')].find(a => a.innerText.startsWith('without, seed 4'))"
        )
        page.wait(f"{TEXT}.includes('tiny, seed 4') && !!{SLIDER}")


def test_a_folder_that_is_none_of_these_is_refused_in_a_sentence(tab, folder, tmp_path):
    Path(tmp_path / "empty").mkdir()
    with serve_view(str(folder / "results"), folder=folder) as address:
        page = open_page(tab, address, "!!document.querySelector('h1')")
        page.open(f"{address.partition('?')[0]}?open={tmp_path / 'empty'}")
        told = page.wait("document.querySelector('[role=alert]')?.textContent")
        assert "holds no run and no study" in told
