"""A report is made of every kind of run, as far as it has come, and says how the run stands."""

import html
import re

import pytest

import coevolve_sim
from coevolve_sim.report import write_report
from coevolve_sim.runs.locks import lock_folder
from coevolve_sim.runs.schema import ROUND_TABLES
from coevolve_sim.scenario import loads
from tests.runs.edited_records import rewritten

SPACE = "value_space: {name: v, dimensions: [thrift, mercy, candour]}"
PICTURES = ("values", "network", "distribution", "measures", "assistants", "dimensions")
KINDS = {
    "one_dimension_fully_mixed": """
        {rounds: 2, value_space: {name: v, dimensions: [thrift]}, network: {family: complete},
         population: {humans: 12}}""",
    "one_human": """
        {rounds: 2, %s, network: {family: star}, population: {humans: 1}, assistants: [{}]}""",
    "nobody_recorded": """
        {rounds: 2, %s, network: {family: erdos_renyi, degree: 3, directed: true}, population: {humans: 12},
         record: {humans: 0}, assistants: [{present: false}]}""",
    "sampled_without_ties": """
        {rounds: 3, %s, network: {family: erdos_renyi, degree: 0}, population: {humans: 12},
         record: {humans: 2, every: 2}}""",
    "all_alike_one_measure": """
        {rounds: 1, %s, population: {humans: 12, groups: [{name: a, share: 0.5, spread: 0.0},
         {name: b, share: 0.5, spread: 0.0}]}, measures: {names: [spread]}}""",
    "several": """
        {rounds: 8, rounds_per_era: 2, %s, history: {kind: planted, eras: 4}, population: {humans: 16,
         groups: [{name: a, share: 0.5, era: 1},
                  {name: b, share: 0.5, centre: {thrift: 0.2, default: 0.4}, rate: {peer: 0.1}}]},
         assistants: [{name: one}, {name: two, policy: {kind: frozen}, start: 0.9},
                      {name: late, present: false}],
         interventions: [{round: 2, action: withdraw, assistant: two},
                         {round: 4, action: bring_in, assistant: late},
                         {round: 5, action: rewire, network: {family: complete}},
                         {round: 5, action: shock, shift: -0.1}]}""",
    "named_eras": """
        {value_space: gss-moral, history: {kind: gss-moral, first_year: 2014}, population: {humans: 12}}""",
    "many_groups": "{rounds: 1, %s, population: {humans: 60, groups: ["
    + ", ".join(f"{{name: g{i}, share: 0.05}}" for i in range(20))
    + "]}, assistants: ["
    + ", ".join(f"{{name: a{i}}}" for i in range(22))
    + "]}",
}
SAID = {
    "one_dimension_fully_mixed": (
        "Not drawn: with full mixing everybody hears everybody",
        "Each of 12 humans hears all 11 others.",
        "Not drawn: with one dimension there is none to take out",
        "The scenario has no assistant, so the question does not arise.",
        "The scenario has no history, so there is nothing to hold that against.",
    ),
    "one_human": ("Not drawn: one human disagrees with nobody", "No band is drawn"),
    "nobody_recorded": (
        "Not drawn: the record keeps no human's values round by round",
        "No assistant has been there so far.",
        "Ties are drawn without their direction.",
    ),
    "sampled_without_ties": (
        "The band is one standard deviation of 2 of 12 humans, drawn at random",
        "Values are on record every 2 rounds.",
    ),
    "all_alike_one_measure": (
        "nobody disagrees with anybody",
        "None of the measures that bear on this was taken.",
    ),
    "several": (
        "A, round 2: assistant two withdrawn; B, round 4: assistant late brought in; C, round 5: ",
        "group everybody shocked, network is now complete",
        "(the last in which it was there)",
        "values centred at 0.2 to 0.4, by dimension at first",
        "Instead of the rule's: rate 0.1 (peer).",
        "Where no ties are drawn, the network had become full mixing.",
        "Coevolve in its aligned form is",
    ),
    "named_eras": (
        "from 2014 to 2018; an era lasts 1 round.",
        "12 of 45 dimensions: those that changed most from first to last round in the history.",
        "The 20 of 45 dimensions with the largest change either way.",
    ),
    "many_groups": (
        "Of 20 groups the 8 largest are drawn. Of 22 assistants the first 6 are drawn.",
        "2 more assistants are in the record's table",
        "17 more assistants: see the table of progress measures.",
    ),
}


def a_run(results, scenario, name="tiny", **arguments):
    text = scenario.replace("%s", SPACE).replace("{", f"{{name: {name}, ", 1)
    return coevolve_sim.run(loads(text), results=results, **arguments)


def seen(page):
    """Return the text of a page, without its markup."""
    text = re.sub(r"<[^>]+>", " ", page.split("</style>")[1])
    return html.unescape(re.sub(r"\s+", " ", text))


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_a_report_is_made_of_every_kind_of_run_and_says_what_it_shows(tmp_path, kind):
    run = a_run(tmp_path, KINDS[kind], kind)
    path = write_report(run)
    page = path.read_text("utf-8")
    text = seen(page)
    assert path == run.folder / "report.html"
    assert "Finished:" in text
    assert not re.search(r"\b(nan|inf|True|False)\b", text)
    assert page.count("<figcaption>") == len(PICTURES)
    drawn = page.count('<div class="sheet">')
    for suffix, magic in (("png", b"\x89PNG"), ("svg", b"<?xml")):
        files = sorted((run.folder / "figures").glob(f"*.{suffix}"))
        assert len(files) == drawn
        assert all(file.read_bytes().startswith(magic) for file in files)
    assert drawn + text.count("Not drawn:") == len(PICTURES)
    for said in SAID[kind]:
        assert said in text


@pytest.fixture
def no_pictures(monkeypatch):
    monkeypatch.setattr("coevolve_sim.report.page._save_pictures", lambda *_: [])


def stopping(after, error):
    def progress(done, asked):
        if done == after:
            raise error

    return progress


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            KeyboardInterrupt(),
            "Interrupted: 2 of 5 rounds finished and kept. Go on with: coevolve resume tiny",
        ),
        (
            RuntimeError("a < b & c"),
            "Failed: 2 of 5 rounds finished and kept. When the cause is mended: coevolve",
        ),
    ],
)
def test_a_run_that_stopped_is_reported_as_far_as_it_came(tmp_path, no_pictures, error, said):
    scenario = "{rounds: 5, %s, population: {humans: 12}, history: {kind: planted}, assistants: [{}]}"
    with pytest.raises(type(error)):
        a_run(tmp_path, scenario, progress=stopping(2, error))
    page = write_report(coevolve_sim.open_run(next(tmp_path.iterdir()))).read_text("utf-8")
    assert said in seen(page)
    assert "progress measures are taken when a run is finished" in seen(page)
    if isinstance(error, RuntimeError):
        assert "Round 3 failed: <code>RuntimeError: a &lt; b &amp; c</code>" in page


def test_a_run_still_going_on_and_one_that_was_killed_say_so(tmp_path, no_pictures):
    run = a_run(tmp_path, KINDS["one_human"])
    with rewritten(run.folder) as connection:
        connection.execute("UPDATE manifest SET value = 'running' WHERE key = 'status'")
    with lock_folder(run.folder):
        assert "Still running: 2 of 2 rounds" in seen(write_report(run).read_text("utf-8"))
    assert "Killed, its process being gone without a word" in seen(write_report(run).read_text("utf-8"))


@pytest.mark.long
@pytest.mark.parametrize("reached", [-1, 0, 3])
def test_a_run_is_reported_however_far_it_came(tmp_path, reached):
    run = a_run(tmp_path, KINDS["several"])
    with rewritten(run.folder) as connection:
        connection.execute("UPDATE manifest SET value = 'interrupted' WHERE key = 'status'")
        connection.execute("DELETE FROM summary")
        for table in ROUND_TABLES:
            connection.execute(f"DELETE FROM {table} WHERE round_index > {reached}")  # noqa: S608 - our names
    page = write_report(run).read_text("utf-8")
    assert f"Interrupted: {max(reached, 0)} of 8 rounds finished" in seen(page)
    assert page.count('<div class="sheet">') == (0 if reached < 0 else len(PICTURES))


def test_numbers_that_are_none_are_said_in_words(tmp_path):
    run = a_run(tmp_path, KINDS["several"])
    with rewritten(run.folder) as connection:
        connection.execute("UPDATE measures SET value = NULL WHERE measure = 'variance'")
        connection.execute(
            "UPDATE measures SET value = 9e999 WHERE measure = 'bimodality' AND round_index > 1"
        )
        connection.execute("UPDATE summary SET value = NULL")
    text = seen(write_report(run).read_text("utf-8"))
    assert "variance (undefined to undefined)" in text
    assert re.search(r"bimodality \(0\.\d+ to infinite\)", text)
    assert "Centred follow is undefined on record." in text
