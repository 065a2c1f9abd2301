"""The two-stage judge: verdicts are read strictly, it repeats, and a folder is replaced as a whole."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

for library in ("torch", "transformers", "peft"):
    pytest.importorskip(library)

from coevolve_sim.assistants.training import (
    DpoSettings,
    JudgeCase,
    JudgeRecipe,
    SftSettings,
    judge_training,
    split_judge_cases,
    train_judge,
)
from coevolve_sim.errors import MindError, TrainingError
from coevolve_sim.minds import Reply
from coevolve_sim.minds.embedded import MODEL
from coevolve_sim.minds.local.checkpoints import fingerprint
from coevolve_sim.minds.local.mind import LocalMind

pytestmark = pytest.mark.models

CASES = [
    JudgeCase(
        "the text that is more for it",
        "thrift",
        f"I am {'wholly' if n % 2 else 'hardly'} for thrift, as my {n} aunts were.",
        f"I am {'hardly' if n % 2 else 'wholly'} for thrift, as my {n} uncles were.",
        "A" if n % 2 else "B",
        is_close=(True, False, None)[n % 3],
    )
    for n in range(12)
]
PARTS = split_judge_cases(CASES, 1, held_out=3, practice=4)
QUICK = JudgeRecipe(SftSettings(batch=8, rank=2), DpoSettings(batch=8), max_tokens=12)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Give a judge's folder, the report, and what was told of progress."""
    folder, told = tmp_path_factory.mktemp("judges") / "judge", []
    report = train_judge(PARTS, MODEL, folder, seed=3, recipe=QUICK, progress=lambda *now: told.append(now))
    return folder, report, told


def right_replies(mind, cases, voice="", max_tokens=0, progress=None):
    return [Reply("answered", one.answer) for one in cases]


def test_only_an_answered_reply_with_the_right_verdict_is_right():
    one = CASES[0]
    assert judge_training.is_right(one, Reply("answered", one.answer))
    assert not judge_training.is_right(one, Reply("answered", "Verdict: A"))
    assert not judge_training.is_right(one, Reply("answered", "no verdict"))
    assert not judge_training.is_right(one, Reply("truncated", one.answer))


def test_the_recipe_runs_repeats_and_its_adapters_are_voices(trained, tmp_path):
    folder, report, _ = trained
    assert train_judge(PARTS, MODEL, tmp_path / "again", seed=3, recipe=QUICK) == report
    for stage in ("stage1", "stage2"):
        assert fingerprint(tmp_path / "again" / stage) == fingerprint(folder / stage)
    assert report.unseen == round((1 - report.first.accuracy) * len(PARTS.held_out))
    assert 0 < report.learnt_from <= len(PARTS.practice)
    assert "stage 2" in report.table()
    mind = LocalMind(MODEL, voices={name: folder / name for name in ("stage1", "stage2")})
    assert mind.voices == ("stage1", "stage2")
    mind.close()


def test_the_folder_says_what_came_of_it_and_what_the_second_stage_went_on_from(trained):
    folder, report, _ = trained
    assert {path.name for path in folder.iterdir()} == {"stage1", "stage2", "judge.json"}
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    kept = json.loads((folder / "judge.json").read_text())
    assert kept["second"]["accuracy"] == report.second.accuracy
    right = zip(kept["second"]["verdicts"], PARTS.held_out, strict=True)
    assert sum(letter == one.verdict for letter, one in right) == round(report.second.accuracy * 3)
    assert kept["learnt_from"] == report.learnt_from
    origin = json.loads((folder / "stage2" / "origin.json").read_text())
    assert (origin["method"], origin["start_fingerprint"]) == ("dpo", fingerprint(folder / "stage1"))


def test_progress_tells_every_step_up_to_its_end(trained):
    _, report, told = trained
    ends = {what: (done, total) for what, done, total in told}
    assert list(ends) == [
        "Learning examples",
        "Practising",
        "Learning from failures",
        "Judging, base",
        "Judging, stage 1",
        "Judging, stage 2",
        "Judging failures again",
    ]
    assert all(done == total for done, total in ends.values())
    assert ends["Practising"] == (4, 4)
    assert ends["Judging failures again"] == (report.learnt_from, report.learnt_from)


def test_a_failure_prefers_the_right_answer_to_what_was_said_if_anything_was():
    one = CASES[0]
    failed = [(one, Reply("answered", "Verdict: A")), (one, Reply("invalid", ""))]
    [pair] = judge_training._pair_failures(failed)
    assert (pair.chosen, pair.rejected, pair.messages) == (one.answer, "Verdict: A", one.messages)


@pytest.mark.parametrize("end", ["", ".", "\n", ".\n "])
def test_a_success_prefers_what_was_said_to_the_same_with_the_other_letter(end):
    kept = [(CASES[0], Reply("answered", f"B is for it.\nVerdict: B{end}"))]
    [pair] = judge_training._pair_successes(kept)
    assert (pair.chosen, pair.rejected) == ("B is for it.\nVerdict: B", "B is for it.\nVerdict: A")


def test_cases_marked_as_close_and_as_not_are_told_apart_and_unmarked_ones_count_in_neither():
    """Of each three cases one is close, one apart, one unmarked; the close ones alone are judged rightly."""
    replies = [Reply("answered", one.answer if one.is_close else "?") for one in CASES]
    stage = judge_training._report_stage(CASES, replies)
    assert (stage.close, stage.apart) == (1.0, 0.0)
    assert stage.accuracy == pytest.approx(1 / 3)
    assert stage.no_verdict == pytest.approx(2 / 3)
    unmarked = [replace(one, is_close=None) for one in CASES]
    assert judge_training._report_stage(unmarked, replies).close is None


def test_a_judge_that_says_one_letter_whatever_it_is_shown_is_told_by_its_verdicts():
    """Of each two cases A is right in one: by accuracy alone it looks like one that guesses."""
    replies = [Reply("answered", "Verdict: A") for _ in CASES]
    stage = judge_training._report_stage(CASES, replies)
    assert (stage.accuracy, stage.says_a, stage.verdicts) == (0.5, 1.0, "A" * 12)
    torn = [Reply("answered", "Verdict: B"), Reply("answered", "?"), Reply("answered", "Verdict: A")]
    stage = judge_training._report_stage(CASES[:3], torn)
    assert (stage.says_a, stage.verdicts) == (0.5, "B-A")
    none = judge_training._report_stage(CASES[:1], torn[1:2])
    assert (none.says_a, none.verdicts) == (None, "-")


def test_a_first_stage_without_failures_is_said_to_leave_nothing_to_learn(tmp_path, monkeypatch):
    monkeypatch.setattr(judge_training, "ask_judge", right_replies)
    with pytest.raises(TrainingError, match="made no failure that the second could learn from"):
        train_judge(PARTS, MODEL, tmp_path / "judge", recipe=QUICK)
    assert list(tmp_path.iterdir()) == []


def test_whoever_is_interrupted_leaves_the_judge_that_was_there(trained, tmp_path):
    import shutil

    folder = tmp_path / "judge"
    shutil.copytree(trained[0], folder)
    before = fingerprint(folder / "stage1")

    def stop(what, done, total):
        if what == "Learning from failures":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_judge(PARTS, MODEL, folder, seed=4, recipe=QUICK, progress=stop)
    assert fingerprint(folder / "stage1") == before
    assert [path.name for path in tmp_path.iterdir()] == ["judge"]


def test_a_folder_with_anything_else_in_it_is_not_replaced(tmp_path):
    (tmp_path / "judge.json").write_text("{}")
    (tmp_path / "cases.csv").write_text("mine")
    with pytest.raises(TrainingError, match=r"holds cases.csv, which is no part of a judge"):
        train_judge(PARTS, MODEL, tmp_path, recipe=QUICK)
    with pytest.raises(TrainingError, match=r"cases.csv is a file; give a folder"):
        train_judge(PARTS, MODEL, tmp_path / "cases.csv", recipe=QUICK)
    assert (tmp_path / "cases.csv").read_text() == "mine"


def test_a_folder_that_is_no_model_is_refused_and_nothing_is_left(tmp_path):
    (tmp_path / "no_model").mkdir()
    with pytest.raises(MindError, match=r"has no config.json; it is not the folder of a model"):
        train_judge(PARTS, tmp_path / "no_model", tmp_path / "judge", recipe=QUICK)
    with pytest.raises(MindError, match="there is no folder"):
        train_judge(PARTS, tmp_path / "nowhere", tmp_path / "judge", recipe=QUICK)
    assert [path.name for path in tmp_path.iterdir()] == ["no_model"]


def test_an_example_that_is_too_long_is_named_by_where_it_is_from(base, tmp_path):
    long = replace(PARTS.examples[0], text_a="so " * 300, where="cases.csv:7")
    with pytest.raises(TrainingError, match=r"cases.csv:7 has .* tokens .* takes 512"):
        train_judge(replace(PARTS, examples=(long,)), base, tmp_path / "judge", recipe=QUICK)


def test_a_part_without_cases_and_settings_that_disagree_are_refused(tmp_path):
    with pytest.raises(TrainingError, match="no case in the part 'practice'"):
        train_judge(replace(PARTS, practice=()), MODEL, tmp_path / "judge", recipe=QUICK)
    with pytest.raises(TrainingError, match="max_tokens is 0"):
        JudgeRecipe(max_tokens=0)
    with pytest.raises(TrainingError, match="both stages need the same dtype and device"):
        JudgeRecipe(SftSettings(dtype="float64"))
