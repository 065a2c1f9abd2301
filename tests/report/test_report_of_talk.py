"""A run whose humans speak: what its report shows, that words stay words, and what is exported."""

import html
import re

import numpy as np
import pandas as pd
import pytest

from coevolve_sim.language.table_cells import unescape_text
from coevolve_sim.minds.protocol import STATUSES
from coevolve_sim.report import conversations, language_pictures, language_tables, write_report
from coevolve_sim.report.language_data import LanguageData
from coevolve_sim.report.language_section import build_language_section
from tests.report.report_talking import FAULTS, HOSTILE, a_talk, numbers
from tests.report.test_report_page import Elements


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    with pytest.MonkeyPatch.context() as monkeypatch:
        return a_talk(monkeypatch, tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="module")
def page(run):
    return write_report(run).read_text("utf-8")


@pytest.fixture
def few_pictures(monkeypatch):
    monkeypatch.setattr("coevolve_sim.report.page._save_pictures", lambda *_: [])


def seen(page):
    text = re.sub(r"<[^>]+>", " ", page.split("</style>")[1])
    return html.unescape(re.sub(r"\s+", " ", text))


# --- the page ------------------------------------------------------------------------------------


def test_words_of_a_mind_do_not_become_markup(page):
    elements = Elements(page)
    assert elements.open == []
    assert page.count("<script") == 1  # the search: test_search holds its hash against the page's policy
    assert "</blockquote><img" not in page
    assert not any(attributes.get("src") == "x" for _, attributes in elements.found)
    words = " ".join(HOSTILE.split())
    assert html.escape(words).replace("&quot;", "&#34;").replace("&#x27;", "&#39;") in page
    assert "scripted &lt;b&gt;" in page


def test_the_page_shows_conversations_and_numbers_a_picture_once(page):
    text = seen(page)
    for said in (
        "whose listener moved most",
        "which was read furthest from what was held",
        "drawn at random",
        "assistant helper perceived:",
        "What came to nothing",
        "a fault on schedule",
        "Measured before the first round",
        "In no voice were a claim and its negation both read",
        "bitwise",
    ):
        assert said in text
    assert not re.search(r"\b(nan|None|True|False)\b", text.split("Provenance")[0])
    figures = re.findall(r"Figure (\d+)\.", text)
    assert figures == [str(number) for number in range(1, 10)]
    assert [i for _, a in Elements(page).found if (i := a.get("id", "")).startswith("figure-")][6:] == [
        "figure-hearing",
        "figure-bias",
        "figure-alone",
    ]


def test_a_run_of_numbers_has_no_word_of_conversations(tmp_path, few_pictures):
    text = write_report(numbers(tmp_path)).read_text("utf-8")
    assert "Conversations" not in text
    assert "Expression and reading" not in text


def test_the_same_run_of_words_gives_the_same_page(run):
    assert build_language_section(LanguageData(run)) == build_language_section(LanguageData(run))


# --- what is chosen and counted ------------------------------------------------------------------


def test_the_message_whose_listener_moved_most_comes_first_with_the_values_on_record(run):
    first = conversations.choose_peer_messages(LanguageData(run), set())[0]
    assert first.why == conversations.MOVED
    rounds, _, values = run.trajectory_arrays()
    moves = np.abs(np.diff(values, axis=0))
    heard = LanguageData(run).hearings
    peers = heard[heard["kind"] == "peer"]
    best = max(
        moves[row.round - 1, row.listener, run.dimensions.index(row.dimension)] for row in peers.itertuples()
    )
    assert best > 0
    assert f"{best:.3f}" in {one.moved.lstrip("+−") for one in first.messages[0].listeners}
    human = int(re.search(r"\d+", first.messages[0].listeners[0].who)[0])
    column = run.labels.index(first.topic)
    assert first.messages[0].listeners[0].before == f"{values[first.round - 1, human, column]:.3f}"
    assert first.messages[0].listeners[0].after == f"{values[first.round, human, column]:.3f}"
    assert list(rounds) == [0, 1, 2, 3]


def test_an_answer_stands_under_the_question_it_answers(run):
    shown = conversations.choose_questions(LanguageData(run), set())
    assert shown
    for pair in shown:
        question, answer = pair.messages
        assert (question.kind, answer.kind) == ("question", "answer")
        assert all(one.who == question.who for one in answer.listeners)
        assert {one.who for one in question.listeners} <= {"assistant helper"} == {answer.who}


def test_statuses_are_counted_to_the_last_one(run):
    rows = {row.what: row for row in language_tables.build_status_rows(LanguageData(run))}
    for kind, noun in (("peer", "messages among humans"), ("question", "questions to assistants")):
        messages = run.messages[run.messages["kind"] == kind]
        row = rows[noun]
        assert row.total == len(messages) == sum(row.counts)
        assert dict(zip(STATUSES, row.counts, strict=True)) == {
            status: int((messages["status"] == status).sum()) for status in STATUSES
        }
    assert sum(row.total for what, row in rows.items() if what.startswith("readings")) == len(run.hearings)
    failed = sum(row.total - row.counts[0] for row in rows.values())
    assert failed == int((run.messages["status"] != "answered").sum()) + int(
        (run.hearings["status"] != "answered").sum()
    )
    assert failed > 0


def test_failures_show_some_of_each_status(run):
    told = conversations.choose_failures(LanguageData(run))
    messages = [one for one in told if " reading " not in one.what]
    lost = run.messages[run.messages["heard_text"] == ""]
    assert {one.status for one in messages} == set(lost["status"]) >= {"invalid", "refused"}
    assert {one.detail for one in messages} == {"a fault on schedule"}
    assert {one.status for one in told} <= set(FAULTS)


def test_usage_is_that_of_the_record_and_its_last_row_is_all_of_it(run):
    rows = language_tables.build_usage_rows(LanguageData(run))
    usage = run.usage
    assert [row.kind for row in rows] == ["answer", "ask", "read", "speak", ""]
    assert rows[-1].requests == f"{usage['requests'].sum():,}"
    assert rows[-1].tokens_in == f"{usage['tokens_in'].sum():,}"
    assert sum(rows[-1].counts) == usage["requests"].sum()


def test_a_reader_who_agrees_with_whatever_is_said_is_seen_to_lean(monkeypatch, tmp_path):
    def agreeing(request):
        shown = request.messages[-1].content
        return tuple(float(f"{o}: agree strongly" in shown) for o in request.options) or "whatever"

    channel = "{kind: language, items_per_topic: 1}"
    run = a_talk(monkeypatch, tmp_path, faults=None, script=agreeing, channel=channel, rounds=1)
    rows = language_tables.build_fairness_rows(LanguageData(run))
    assert [(row.voice, row.n, row.claim, row.negation, row.lean) for row in rows] == [
        ("the mind's own", 2, "1.000", "1.000", "+1.000"),
        ("elder", 2, "1.000", "1.000", "+1.000"),
    ]


# --- gaps ----------------------------------------------------------------------------------------


def test_a_mind_that_reads_what_is_held_has_no_gap_but_that_of_whole_numbers(monkeypatch, tmp_path):
    from coevolve_sim.language import channel_setup
    from coevolve_sim.minds.scripted.behaviour import answer_from_stances

    known = {}
    real = channel_setup.option_values
    monkeypatch.setattr(channel_setup, "option_values", lambda *given: known.update(real(*given)) or known)
    run = a_talk(
        monkeypatch, tmp_path, faults=None, script=lambda request: answer_from_stances(request, known)
    )
    gaps = run.gaps
    assert list(gaps["kind"].unique()) == ["answer", "peer", "question"]
    assert (gaps["messages"] == gaps["answered"]).all()
    assert (gaps["heard"] == gaps["hearings"]).all()
    assert (gaps["expression_rms"] <= 0.005 + 1e-12).all()
    assert (gaps["reading_rms"] < 1e-12).all()
    peers = gaps[gaps["kind"] == "peer"]
    assert peers["slope"].to_numpy() == pytest.approx(1.0, abs=0.05)
    assert peers["correlation"].to_numpy() == pytest.approx(1.0, abs=0.01)


def test_a_reader_drawn_to_one_side_shrinks_differences_to_four_fifths(run):
    peers = run.gaps[run.gaps["kind"] == "peer"]
    assert peers["slope"].to_numpy() == pytest.approx(0.8, abs=0.05)
    said = run.messages[run.messages["kind"] == "peer"]
    assert peers["messages"].sum() == len(said)
    assert peers["answered"].sum() == (said["status"] == "answered").sum()


def test_gaps_by_voice_tell_expression_by_who_wrote_and_reading_by_who_read(run):
    talk = LanguageData(run)
    by_voice = talk.gaps("voice").set_index("voice")
    assert list(by_voice.index) == ["", "elder"]
    old = run.group_of == run.groups.index("old")
    messages = run.messages[run.messages["kind"] != "answer"]
    assert by_voice.loc["elder", "messages"] == old[messages["speaker"]].sum()
    hearings = talk.hearings[talk.hearings["kind"] != "question"]
    assert by_voice.loc["elder", "hearings"] == old[hearings["listener"]].sum()
    assert by_voice["messages"].sum() == len(run.messages)


def test_a_run_of_numbers_has_no_gaps(tmp_path):
    run = numbers(tmp_path)
    assert run.gaps.empty
    assert "slope" in run.gaps.columns


# --- runs of other kinds -------------------------------------------------------------------------


def test_a_run_in_which_nobody_could_be_read_says_so(monkeypatch, tmp_path, few_pictures):
    def silent(request):
        from coevolve_sim.minds.protocol import Reply

        return Reply("refused", detail='<i>"no"</i>')

    run = a_talk(monkeypatch, tmp_path, faults=None, script=silent, rounds=1)
    page = write_report(run).read_text("utf-8")
    assert "Nothing that was said could be read by anybody." in seen(page)
    assert seen(page).count("Not drawn:") == 3
    assert "<i>" not in page
    assert "&lt;i&gt;&#34;no&#34;&lt;/i&gt;" in page
    assert [path.name for path in run.export(("csv",))][-2:] == ["usage.csv", "attempts.csv"]


def test_without_a_bias_map_or_values_on_record_the_page_says_so(monkeypatch, tmp_path, few_pictures):
    text = "{kind: language, bias_map: false}\nrecord: {humans: 0}"
    run = a_talk(monkeypatch, tmp_path, faults=None, channel=text, rounds=1)
    shown = seen(write_report(run).read_text("utf-8"))
    assert shown.count("the mind's own bias was not measured ( channel.bias_map )") == 2
    assert "Everything was answered." in shown
    assert "whose listener moved most" not in shown
    assert np.isnan(LanguageData(run).hearings["before"]).all()


def test_of_very_many_hearings_some_are_drawn_and_it_is_said(run, monkeypatch):
    monkeypatch.setattr(language_pictures, "MAX_POINTS", 5)
    assert (
        "at most 5 hearings are drawn"
        in language_pictures.draw_perceived_against_held(LanguageData(run)).caption
    )


# --- exports -------------------------------------------------------------------------------------


def test_csv_holds_what_was_said_heard_found_and_asked(run):
    names = {path.name for path in run.export(("csv",))}
    assert {"messages.csv", "hearings.csv", "bias.csv", "usage.csv"} <= names
    for name in ("messages", "hearings", "bias", "usage"):
        read = pd.read_csv(
            run.folder / f"{name}.csv",
            keep_default_na=False,
            na_values={"expressed": [""], "perceived": [""]},
        )
        pd.testing.assert_frame_equal(read, getattr(run, name), check_dtype=False)


def test_what_a_mind_says_is_no_formula_in_the_csv_files(monkeypatch, tmp_path):
    def calculating(request):
        return request.options[0] if request.options else "=HYPERLINK(1)"

    text = "{kind: language, bias_map: false}"
    run = a_talk(monkeypatch, tmp_path, faults=None, script=calculating, channel=text, rounds=1)
    run.export(("csv",))
    said = pd.read_csv(run.folder / "messages.csv", keep_default_na=False)["text"]
    assert set(run.messages["text"]) == {"=HYPERLINK(1)"}
    assert set(said) == {"'=HYPERLINK(1)"}
    assert set(said.map(unescape_text)) == {"=HYPERLINK(1)"}


def test_a_run_of_numbers_exports_no_empty_tables_of_talk(tmp_path):
    names = {path.name for path in numbers(tmp_path).export(("csv",))}
    assert names == {"measures.csv", "means.csv", "summary.csv"}
