"""Cases of the phantom's grammar are true, and the two-stage judge learns from them."""

from __future__ import annotations

import pytest

from coevolve_sim.language.parsing import verdict_in
from phantom.grammar import find_level
from phantom.judge_practice import practice_case, practice_cases

pytestmark = pytest.mark.models

CASES = [practice_case(1, "a part", number) for number in range(200)]


def levels_of(one):
    return tuple(find_level(f"{text} ") for text in (one.text_a, one.text_b))


def test_the_verdict_of_a_case_is_what_its_texts_say():
    for one in CASES:
        first, second = levels_of(one)
        assert one.verdict == ("A" if first > second else "B")
        assert verdict_in(one.answer) == one.verdict
        assert one.reason.startswith(
            f"A is {('against', 'torn over', 'for')[1 + (first > 6) - (first < 6)]} it"
        )


def test_either_letter_is_right_about_as_often_and_close_cases_are_there():
    """200 fair coins fall outside 70 to 130 less than once in 50,000 times; 30 of 78 pairs are close."""
    assert 70 <= [one.verdict for one in CASES].count("A") <= 130
    assert 0.2 <= sum(one.is_close for one in CASES) / len(CASES) <= 0.6
    for one in CASES:
        first, second = levels_of(one)
        assert one.is_close == ((first - 6) * (second - 6) > 0)


def test_cases_repeat_and_parts_share_none():
    assert practice_case(1, "a part", 7) == CASES[7]
    others = {practice_case(1, "another", number).messages for number in range(200)}
    assert not others & {one.messages for one in CASES}
    assert practice_case(2, "a part", 7) != CASES[7]
    parts = practice_cases(1, 3, 2, 1)
    assert [len(part) for part in (parts.examples, parts.practice, parts.held_out)] == [3, 2, 1]


def test_the_script_trains_a_judge_and_shows_what_came_of_it(tmp_path, capsys):
    for library in ("torch", "transformers", "peft"):
        pytest.importorskip(library)
    from phantom.judge import main

    main(["--seed", "3", "--quick", "--out", str(tmp_path / "judge")])
    assert "stage 2" in capsys.readouterr().out
    assert {path.name for path in (tmp_path / "judge").iterdir()} == {"stage1", "stage2", "judge.json"}
    with pytest.raises(SystemExit):
        main(["--quick", "--out", str(tmp_path)])
    assert "holds judge, which is no part of a judge" in capsys.readouterr().err
