"""Weights are trained, taken from a record, or left alone, and who lets them learn need not know which."""

from __future__ import annotations

import sqlite3
from dataclasses import astuple, fields, replace

import numpy as np
import pytest

from coevolve_sim.assistants.preferences import Comparison
from coevolve_sim.assistants.training import DpoSettings, UpdateReport
from coevolve_sim.assistants.tuned import (
    ByPeople,
    DryRun,
    Lesson,
    Method,
    PreferenceLearner,
    Readout,
    Replay,
    Respondent,
    TextPair,
    Train,
    Trainee,
    choose_mode,
    count_comparisons,
)
from coevolve_sim.assistants.tuned import assistant as module
from coevolve_sim.errors import MindError
from coevolve_sim.language.prompts import Templates
from coevolve_sim.language.questionnaires import shipped_questionnaire
from coevolve_sim.language.readers.letters import LetterReader
from coevolve_sim.minds.local.checkpoints import fingerprint
from coevolve_sim.minds.replay import DATABASE, LESSON_COLUMNS, ReplayMind
from coevolve_sim.minds.scripted.mind import ScriptedMind
from coevolve_sim.minds.wrappers import PinnedMind
from coevolve_sim.runs.schema import statements
from coevolve_sim.values import custom
from tests.assistants.tuned.taught import TOPIC, WithWeights

WORDS = Templates.standard()
BOTH = ("answered", "answered")
PAIR = TextPair(TOPIC, "I stand at 90 on telling the truth.", "I stand at 10 on telling the truth.")
ADA = Respondent("Ada", stances={TOPIC: 0.9})
FIRST = Lesson("a_helper", "people", 1, "learnt", 4, 4, 2, 3, 1.0, 0.5, "00ff", "people+1")
SECOND = Lesson("a_helper", "people", 2, "nothing to learn", 4, 0, 0, 0, None, None, "", "people+1")


def trainee(mind, folder, kind="dpo"):
    return Trainee(
        "a_helper",
        "a helper",
        "people",
        mind,
        Method(kind),
        DpoSettings(),
        WORDS,
        lambda: folder / "a_helper",
    )


def recorded(folder, *lessons):
    """Leave the record of a run whose one mind had these lessons, one a round."""
    folder.mkdir()
    with sqlite3.connect(folder / DATABASE) as connection:
        connection.executescript(";".join(statements()))
        connection.execute("INSERT INTO minds VALUES ('people', 'local', 'people', 1)")
        for round_index, lesson in enumerate(lessons, 1):
            cells = (round_index, 0, *lesson.row)
            connection.execute(f"INSERT INTO lessons VALUES ({', '.join('?' * len(cells))})", cells)  # noqa: S608
    connection.close()
    return ReplayMind(folder, "people")


@pytest.fixture
def trained(monkeypatch):
    """Let training leave an empty adapter at once; return the folders that were trained."""
    folders = []

    def update(base, pairs, out, *, start=None, settings=None):
        folders.append(out)
        out.mkdir(parents=True, exist_ok=True)
        (out / "adapter_config.json").write_text(f'{{"n": {len(folders)}}}')
        return UpdateReport(len(pairs), 0.7, 0.5, 0.5, 1.0, 0.5, 1.0, 0.1, 10, fingerprint(out))

    monkeypatch.setattr(module, "dpo_update", update)
    return folders


def learner(mode, mind):
    space = custom("town", ["thrift"])
    items = shipped_questionnaire(space)
    readout = Readout(mind, items, LetterReader.of(items, WORDS, ("thrift",), 1), WORDS)
    return PreferenceLearner(mind, (PAIR,), ByPeople(), mode, readout)


def test_a_lesson_s_fields_are_the_columns_on_record():
    assert ", ".join(field.name for field in fields(Lesson)) == LESSON_COLUMNS


def test_what_was_known_is_on_record_as_learnt_and_all_else_as_it_is():
    assert replace(FIRST, status="known").row == FIRST.row == astuple(FIRST)
    assert SECOND.row == astuple(SECOND)


def test_comparisons_are_counted_whole_usable_and_consistent():
    made = [
        Comparison("Ada", TOPIC, "Yes.", "No.", (1.0, 2.0), BOTH),
        Comparison("Bo", TOPIC, "Yes.", "No.", (1.0, -2.0), BOTH),
        Comparison("Cy", TOPIC, "Yes.", "No.", (1.0, float("nan")), ("answered", "refused")),
    ]
    assert count_comparisons(made) == (3, 2, 1)
    assert count_comparisons([]) == (0, 0, 0)


def test_training_loads_the_adapter_once_and_tells_what_came_of_it(tmp_path, trained):
    mind = WithWeights(tmp_path)
    one = learner(Train(trainee(mind, tmp_path)), mind)
    assert one.begin(0) == ""
    lesson = one.learn(1, [ADA])
    adapter = tmp_path / "a_helper" / "era-01" / "adapter"
    assert (trained, mind.loaded) == ([adapter], [("a_helper", adapter)])
    assert (lesson.status, lesson.comparisons, lesson.pairs, lesson.adapter) == (
        "learnt",
        1,
        1,
        fingerprint(adapter),
    )
    assert one.voice == "a_helper"


def test_what_lies_there_is_known_and_taken_up_again_without_training(tmp_path, trained):
    mind = WithWeights(tmp_path)
    first = learner(Train(trainee(mind, tmp_path)), mind).learn(1, [ADA])
    again = learner(Train(trainee(mind, tmp_path)), mind)
    assert again.learn(1, [ADA]) == replace(first, status="known")
    resumed = learner(Train(trainee(mind, tmp_path)), mind)
    assert resumed.begin(1) == "a_helper"
    assert len(trained) == 1


def test_a_dry_run_asks_all_that_training_asks_and_leaves_weights_and_folder_alone(tmp_path, trained):
    in_earnest, dry = WithWeights(tmp_path), WithWeights(tmp_path)
    learner(Train(trainee(in_earnest, tmp_path)), in_earnest).learn(1, [ADA])
    one = learner(DryRun(trainee(dry, tmp_path / "untouched")), dry)
    one.begin(0)
    lesson = one.learn(1, [ADA])
    assert dry.seen == in_earnest.seen
    assert (lesson.status, lesson.comparisons, lesson.pairs, one.voice) == ("nothing to learn", 1, 0, "")
    assert len(trained) == 1
    assert not (tmp_path / "untouched").exists()


def test_a_replay_takes_each_lesson_from_the_record_and_is_the_mind_of_then(tmp_path, trained):
    mind = recorded(tmp_path / "run", FIRST, SECOND)
    one = Replay(trainee(mind, tmp_path))
    one.go_back_to(0)
    assert (one.voice, mind.identity) == ("", "people")
    assert one.learn(1, []) == FIRST
    assert (one.voice, mind.identity) == ("a_helper", "people+1")
    assert one.speaker(ScriptedMind()).mind is mind
    assert one.learn(2, []) == SECOND
    assert one.voice == "", "it spoke with the model's own weights again"
    one.go_back_to(1)
    assert one.voice == "a_helper"
    assert trained == []
    with pytest.raises(MindError, match="no lesson 3 of assistant 'a_helper' on record: a replay needs the"):
        one.learn(3, [])
    mind.close()


def test_minds_that_replay_are_replayed_and_others_trained_however_wrapped(tmp_path):
    mind = recorded(tmp_path / "run")
    assert isinstance(choose_mode(trainee(PinnedMind(mind), tmp_path)), Replay)
    assert isinstance(choose_mode(trainee(PinnedMind(WithWeights(tmp_path)), tmp_path)), Train)
    with pytest.raises(MindError, match="the weights of the mind scripted are not at hand"):
        choose_mode(trainee(ScriptedMind(), tmp_path))
    with pytest.raises(MindError, match="the mind scripted replays no run; train 'a_helper' instead"):
        Replay(trainee(ScriptedMind(), tmp_path))
    mind.close()


def test_before_it_has_an_adapter_the_mind_that_reads_speaks_and_then_its_own(tmp_path, trained):
    own, reads = WithWeights(tmp_path), ScriptedMind()
    one = Train(trainee(own, tmp_path))
    assert one.speaker(reads).mind is reads
    one.learn(1, [Comparison("Ada", TOPIC, "Yes.", "No.", (1.0, 1.0), BOTH)])
    speaker = one.speaker(reads)
    assert (speaker.mind, speaker.voice, speaker.system) == (
        own,
        "a_helper",
        "You are a helper, an AI assistant.",
    )


def test_base_weights_never_learn_and_ask_for_no_pair():
    assert not Method("base weights").learns
    assert Method("base weights").select_pairs([[]], lambda _: []) == []
    assert Method("dpo").learns


def test_what_it_says_is_measured_by_the_voice_of_its_mode(tmp_path):
    mind = ScriptedMind()
    one = learner(DryRun(trainee(mind, tmp_path)), mind)
    held = one.measure_held()
    np.testing.assert_array_equal(one.measure_said(), held.said)
    assert held.said.shape == held.answered.shape == (1,)
    assert {request.voice for request in mind.seen} == {""}
