"""The two-stage judge: its cases are true, its verdicts are read strictly, and it runs."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from coevolve_sim.language.parsing import verdict_in
from coevolve_sim.minds import Reply
from phantom.grammar import level_in
from phantom.judge_cases import case
from phantom.judge_recipe import is_right

CASES = [case(1, "a part", number) for number in range(200)]


def quotes(one):
    return [line[2:] for line in one.messages[1].content.splitlines() if line.startswith("> ")]


def test_the_truth_of_a_case_is_what_its_texts_say():
    for one in CASES:
        assert tuple(level_in(f"{text} ") for text in quotes(one)) == one.levels
        assert one.truth == ("A" if one.levels[0] > one.levels[1] else "B")
        assert verdict_in(one.right) == one.truth


def test_either_letter_is_true_about_as_often_and_close_cases_are_there():
    """200 fair coins fall outside 70 to 130 less than once in 50,000 times; 30 of 78 pairs are close."""
    assert 70 <= [one.truth for one in CASES].count("A") <= 130
    assert 0.2 <= sum(one.is_close for one in CASES) / len(CASES) <= 0.6
    assert all((one.levels[0] - 6) * (one.levels[1] - 6) > 0 for one in CASES if one.is_close)


def test_cases_repeat_and_parts_share_none():
    assert case(1, "a part", 7) == CASES[7]
    others = {case(1, "another", number).messages for number in range(200)}
    assert not others & {one.messages for one in CASES}
    assert case(2, "a part", 7) != CASES[7]


def test_only_an_answered_reply_with_the_true_verdict_is_right():
    one = CASES[0]
    other = {"A": "B", "B": "A"}[one.truth]
    assert is_right(one, Reply("answered", one.right))
    assert not is_right(one, Reply("answered", f"Verdict: {other}"))
    assert not is_right(one, Reply("answered", "no verdict"))
    assert not is_right(one, Reply("truncated", one.right))


def test_the_recipe_runs_and_repeats(tmp_path):
    for library in ("torch", "transformers", "peft"):
        pytest.importorskip(library)
    from coevolve_sim.minds.embedded import MODEL
    from coevolve_sim.minds.local.mind import LocalMind
    from phantom.judge_recipe import QUICK, judge_recipe

    first = judge_recipe(tmp_path / "first", seed=3, recipe=QUICK)
    assert first == judge_recipe(tmp_path / "again", seed=3, recipe=QUICK)
    assert first.unseen == round((1 - first.first.accuracy) * QUICK.held_out)
    assert 0 < first.learnt_from <= QUICK.practice
    assert "stage 2" in first.table()
    kept = json.loads((tmp_path / "first" / "judge.json").read_text())
    assert kept["second"]["accuracy"] == first.second.accuracy
    origin = json.loads((tmp_path / "first" / "stage2" / "origin.json").read_text())
    assert origin["method"] == "dpo"
    voices = {name: tmp_path / "first" / name for name in ("stage1", "stage2")}
    assert LocalMind(MODEL, voices=voices).voices == ("stage1", "stage2")


def test_a_first_stage_without_failures_is_said_to_leave_nothing_to_learn(tmp_path, monkeypatch):
    pytest.importorskip("peft")
    from coevolve_sim.errors import MindError
    from phantom import judge_recipe as module

    monkeypatch.setattr(
        module, "judged", lambda mind, cases, voice: [Reply("answered", one.right) for one in cases]
    )
    with pytest.raises(MindError, match="made no failure that the second could learn from"):
        module.judge_recipe(tmp_path, recipe=replace(module.QUICK, practice=2, examples=2))
