"""Messages of a round: whose they are, how they were read, and what was not heard."""

import pytest

import coevolve_sim
from coevolve_sim.report.templates import render_template
from coevolve_sim.scenario import loads
from coevolve_sim.view.human_browsing import explain_move
from coevolve_sim.view.playing import PlayedSociety
from coevolve_sim.view.run_browsing import BrowsedRun
from coevolve_sim.view.talk_browsing import describe_absence, list_messages
from tests.report.report_talking import a_talk, numbers
from tests.runs.test_runs_by_cells import TEXT as BY_CELLS


@pytest.fixture
def talk(monkeypatch, tmp_path):
    return BrowsedRun(a_talk(monkeypatch, tmp_path).folder)


def all_messages(browsed, round_index, human=None):
    first = list_messages(browsed, round_index, human, 0)
    pages = [list_messages(browsed, round_index, human, number) for number in range(first.count)]
    return [message for page in pages for message in page.rows]


def test_all_messages_of_a_round_are_shown_in_their_order(talk):
    said = talk.run.messages[talk.run.messages["round"] == 2]
    shown = all_messages(talk, 2)
    assert len(shown) == len(said)
    assert [one.held for one in shown] == [f"{held:.3f}" for held in said["latent"]]


def test_a_humans_messages_are_those_it_wrote_or_heard(talk):
    said, heard = talk.run.messages, talk.run.hearings
    said, heard = said[said["round"] == 2], heard[heard["round"] == 2]
    kinds = said.set_index("message")["kind"]
    for human in range(8):
        own = {
            *said[(said["speaker"] == human) & said["kind"].isin(["peer", "question"])]["message"],
            *said[(said["listener"] == human) & (said["kind"] == "answer")]["message"],
            *(m for m in heard[heard["listener"] == human]["message"] if kinds[m] != "question"),
        }
        assert list_messages(talk, 2, human, 0).found == len(own)


def test_readings_are_those_on_record_the_chosen_humans_first(talk):
    heard = talk.talk.hearings
    shown = [one for one in all_messages(talk, 1, 3) if one.heading.startswith("Human") and one.readings]
    assert shown
    for message in shown:
        if not message.heading.startswith("Human 3"):
            assert message.readings[0].who.startswith("human 3")
    first = next(one for one in shown if one.readings[0].who.startswith("human 3"))
    perceived = heard[(heard["round"] == 1) & (heard["listener"] == 3)]["perceived"]
    assert first.readings[0].perceived in {f"{number:.3f}" for number in perceived.dropna()}


def test_what_was_not_heard_is_marked_and_why(talk):
    said = talk.run.messages
    failed = [one for r in (1, 2, 3) for one in all_messages(talk, r) if not one.was_heard]
    assert len(failed) == int((said["heard_text"] == "").sum()) > 0
    for message in failed:
        assert "Not heard: nothing of it came to anybody." in message.marks
        assert any(mark.startswith("The reply was ") for mark in message.marks)


def test_words_that_were_begun_for_the_mind_are_set_off(monkeypatch, tmp_path):
    channel = "{kind: language, opening: stance}"
    begun = BrowsedRun(a_talk(monkeypatch, tmp_path, channel=channel, faults={}).folder)
    shown = [one for one in all_messages(begun, 1) if one.begun]
    assert shown
    assert all(one.marks[0].startswith("The words in italics were put there") for one in shown)
    assert all(not one.text.startswith(one.begun) for one in shown)


def test_words_of_a_mind_are_never_markup(talk):
    drawn = render_template("messages.html.j2", {"messages": all_messages(talk, 1)}, "coevolve_sim.view")
    assert "&lt;script&gt;" in drawn
    assert "<script" not in drawn
    assert "<img" not in drawn


def test_in_words_a_move_is_laid_beside_what_was_read(talk):
    heard = talk.talk.hearings
    row = heard[(heard["kind"] == "peer") & heard["perceived"].notna()].iloc[0]
    place = talk.run.dimensions.index(row["dimension"])
    move = explain_move(talk, int(row["listener"]), int(row["round"]), place)
    own = heard[
        (heard["round"] == row["round"])
        & (heard["listener"] == row["listener"])
        & (heard["dimension"] == row["dimension"])
        & (heard["kind"] == "peer")
    ]
    peers = next(one for one in move.influences if one.source == "messages of peers")
    assert peers.count == str(len(own))
    assert peers.stood == f"{own['perceived'].mean():.3f}"
    other = 1 - place
    untold = explain_move(talk, int(row["listener"]), int(row["round"]), other)
    assert untold.influences[0].count == "0"
    assert (
        untold.influences[0].note
        == f"heard none on this dimension; the round was about {talk.labels[row['dimension']]}"
    )


def test_where_nobody_speaks_the_key_is_named(tmp_path):
    silent = BrowsedRun(numbers(tmp_path).folder)
    assert list_messages(silent, 1, None, 0).found == 0
    assert (
        describe_absence(silent, 1, None)
        == "In this run nobody speaks; channel.kind: language records messages."
    )


def test_nobody_has_spoken_at_the_beginning(talk):
    assert describe_absence(talk, 0, None) == "Round 0 is the beginning: nobody has spoken yet."


@pytest.fixture(scope="module")
def by_cells(tmp_path_factory):
    results = tmp_path_factory.mktemp("cells")
    return BrowsedRun(coevolve_sim.run(loads(BY_CELLS), results=results).folder)


def test_where_cells_are_asked_no_message_is_laid_to_one_human(by_cells):
    place = int(by_cells.run.messages["speaker"].iloc[0])
    assert list_messages(by_cells, 1, place, 0).found == 0
    assert describe_absence(by_cells, 1, place) == (
        "Cells of humans were asked: who said and heard what is not shown by human. "
        "Run.said_by has the number of the message that each says."
    )
    told = explain_move(by_cells, place, 1, 0).influences
    assert [(one.source, one.count, one.stood) for one in told] == [("messages", "–", "–")]
    assert told[0].note == "cells of humans were asked: who said and heard what is not shown by human"


def test_where_cells_are_asked_a_reading_counts_all_whose_it_is(by_cells):
    said, heard = (t[t["round"] == 1] for t in (by_cells.run.messages, by_cells.run.hearings))
    people = heard.groupby("message")["people"].sum()
    shown = all_messages(by_cells, 1)
    assert [one.n_heard for one in shown] == [int(people.get(number, 0)) for number in said["message"]]
    assert sum(one.n_heard for one in shown) > len(heard)
    many = max(shown, key=lambda one: one.n_heard)
    drawn = render_template("messages.html.j2", {"messages": [many]}, "coevolve_sim.view")
    assert f"Read by {many.n_heard:,}<" in drawn
    assert any(" more" in one.heading for one in shown)
    assert any(" more" in one.who for one in many.readings)


def test_a_played_society_of_cells_counts_all_who_hear(tmp_path):
    path = tmp_path / "cells.yaml"
    path.write_text(BY_CELLS)
    played = PlayedSociety(path)
    played.step()
    log = played.society.log
    for place, one in enumerate(played.spoken, len(log.said) - len(played.spoken)):  # the last are kept
        counts = zip(log.heard, log.cells.n_listeners, strict=True)
        n = sum(people for hearing, people in counts if hearing.message == place)
        assert one.read.startswith(f"heard by {n:,}" if n else "heard by nobody")
    assert played.is_by_cells
    played.close()
