"""``coevolve words``: which words tell two speakers of a run apart."""

import json

import pytest
from typer.testing import CliRunner

import coevolve_sim
from coevolve_sim.cli.main import app
from coevolve_sim.errors import MeasureError
from coevolve_sim.runs.texts import read_window, select_texts
from coevolve_sim.scenario import loads
from tests.language.channel.talking import scenario

KEYS = (
    "rounds=6",
    "population.groups=[{name: young, share: 0.5, centre: 0.2}, {name: old, share: 0.5, centre: 0.8}]",
    "media=[{name: daily, values: 0.9, rate: 0.0}, {name: weekly, values: 0.2, rate: 0.0}]",
)


def command(*arguments):
    return CliRunner().invoke(app, [*map(str, arguments)])


def read_the_middle(request):
    """Read every message as in the middle."""
    return (1.0 / len(request.options),) * len(request.options)


def worded(request):
    """Let outlets and people say their side in words, each with a word that goes by its seed."""
    if request.options:
        return read_the_middle(request)
    side = "fine" if ": 9" in request.messages[0].content or ": 8" in request.messages[0].content else "awful"
    return f"It is {side}, said one of {'abcdefgh'[request.seed % 8] * 3}."


@pytest.fixture
def run(minds, tmp_path):
    minds(worded)
    return coevolve_sim.run(scenario(*KEYS), results=tmp_path)


def test_the_words_that_tell_two_outlets_apart_are_shown_with_how_well_they_do(run):
    told = command("words", run.folder, "daily", "weekly", "--show", 2)
    assert told.exit_code == 0, told.output
    assert "daily (6 texts of 1 speaker) and weekly (6 texts of 1 speaker)." in told.output
    assert "these speakers alone are compared" in " ".join(told.output.split())
    assert "Of texts held out 100% are told right (F1 1.00); always saying the commoner is right for 50%" in (
        " ".join(told.output.split())
    )
    rows = [line.split() for line in told.output.splitlines()]
    shown = {row[0]: row[3] for row in rows if len(row) == 5 and row[0] in {"fine", "awful"}}
    assert shown == {"fine": "daily", "awful": "weekly"}


def test_as_json_all_words_are_there_and_add_up(run):
    told = json.loads(command("words", run.folder, "daily", "weekly", "--json").output)
    assert told["first"] == {"name": "daily", "texts": 6, "speakers": 1}
    assert sum(row["adds"] for row in told["words"]) == pytest.approx(told["log_odds"], abs=1e-12)
    assert told["distance"]["cosine"]["p"] < 0.05
    assert told["held_out"]["accuracy"] == 1.0


def test_a_speaker_is_compared_before_and_after_a_round_and_on_a_topic(run):
    told = command("words", run.folder, "daily@1-3", "daily@4-6", "--json")
    found = json.loads(told.output)
    assert (found["first"]["texts"], found["second"]["texts"]) == (3, 3)
    assert found["distance"]["cosine"]["low"] <= 0.0
    assert found["held_out"] is None
    of_topic = json.loads(command("words", run.folder, "young", "old", "--topic", "care", "--json").output)
    everything = json.loads(command("words", run.folder, "young", "old", "--json").output)
    assert (everything["first"]["speakers"], everything["second"]["speakers"]) == (3, 3)
    assert 0 < of_topic["first"]["texts"] < everything["first"]["texts"]


def test_a_lexicon_counts_categories(run, tmp_path):
    path = tmp_path / "lexicon.csv"
    path.write_text("category,word\ngood,fine\nbad,awful\n", encoding="utf-8")
    told = json.loads(command("words", run.folder, "daily", "weekly", "--lexicon", path, "--json").output)
    assert {row["word"]: (row["first"] > 0, row["second"] > 0) for row in told["words"]} == {
        "good": (True, False),
        "bad": (False, True),
    }
    assert told["distance"]["cosine"]["found"] == pytest.approx(1.0)


def test_texts_are_those_of_the_speaker(run):
    messages = run.messages
    assert len(select_texts(run, read_window("daily")).texts) == (messages["kind"] == "outlet").sum() / 2
    people = messages[messages["kind"].isin(("peer", "question"))]
    young = [run.groups[run.group_of[number]] == "young" for number in people["speaker"]]
    of_young = select_texts(run, read_window("young"))
    assert of_young.texts == people["heard_text"][young].tolist()
    assert of_young.speakers == [f"human {number}" for number in people["speaker"][young]]
    assert len(set(select_texts(run, read_window("daily")).speakers)) == 1
    assert len(select_texts(run, read_window("helper")).texts) == (messages["kind"] == "answer").sum()


def test_words_that_were_begun_for_the_mind_are_left_out(minds, tmp_path):
    minds(lambda request: read_the_middle(request) if request.options else "it pays in the end.")
    begun = coevolve_sim.run(scenario(*KEYS, "channel.opening=stance"), results=tmp_path)
    assert (begun.messages["begun"] != "").any()
    assert set(select_texts(begun, read_window("daily")).texts) == {"it pays in the end."}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("dialy", "weekly"), "unknown speaker 'dialy'; did you mean 'daily'?"),
        (("daily@7-9", "weekly"), "nothing was heard of daily@7-9 in this run"),
        (("daily@4-3", "weekly"), "the last is no earlier than the first"),
        (("daily@0-3", "weekly"), "rounds count from 1"),
        (("daily@", "weekly"), "'daily@' given; NAME or NAME@FIRST-LAST"),
        (("daily", "weekly", "--topic", "car"), "unknown topic 'car'; did you mean 'care'?"),
        (("daily@1-2", "weekly"), "the first set has 2 texts with a word; at least 3 are wanted"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_words(run, arguments, said):
    told = command("words", run.folder, *arguments)
    assert told.exit_code == 3
    assert said in " ".join(told.output.split())


def test_a_run_without_words_is_refused(tmp_path):
    silent = coevolve_sim.run(loads("{name: quiet, rounds: 1, population: {humans: 20}}"), results=tmp_path)
    with pytest.raises(MeasureError, match="its channel is numeric"):
        select_texts(silent, read_window("all"))


def test_a_name_of_two_speakers_is_refused(minds, tmp_path):
    minds(worded)
    run = coevolve_sim.run(scenario(KEYS[0], KEYS[1], "assistants=[{name: old}]"), results=tmp_path)
    with pytest.raises(MeasureError, match="'old' is the name of a group and of an assistant"):
        select_texts(run, read_window("old"))
