"""Cases of one's own: read strictly, refused with file and line, split by chance that repeats."""

from __future__ import annotations

import json

import pytest

from coevolve_sim.assistants.training import JudgeCase, read_judge_cases, split_judge_cases
from coevolve_sim.errors import TrainingError
from coevolve_sim.language.parsing import verdict_in

HEAD = "rubric,topic,text_a,text_b,verdict"
ROW = "the shorter text,rain,It rains.,It rains again today.,A"
OBJECT = {
    "rubric": "the shorter text",
    "topic": "rain",
    "text_a": "It rains.",
    "text_b": "It rains again today.",
    "verdict": "A",
}
CASES = [JudgeCase("the shorter", "rain", "It rains.", f"It rains {n}.", "AB"[n % 2]) for n in range(40)]


def refusal_of(path):
    with pytest.raises(TrainingError) as caught:
        read_judge_cases(path)
    return str(caught.value).replace(str(path.parent) + "/", "")


def test_a_table_and_lines_of_json_give_the_same_cases(tmp_path):
    table, lines = tmp_path / "cases.csv", tmp_path / "cases.jsonl"
    table.write_text(f"{HEAD},close,reason\n{ROW},yes,A has two words.\n\n{ROW.replace('today', 'now')},,\n")
    first = OBJECT | {"close": True, "reason": "A has two words."}
    second = OBJECT | {"text_b": "It rains again now."}
    lines.write_text(f"{json.dumps(first)}\n\n{json.dumps(second)}\n")
    cases = read_judge_cases(table)
    assert cases == read_judge_cases(lines)
    assert [case.is_close for case in cases] == [True, None]
    assert [case.answer for case in cases] == ["A has two words.\nVerdict: A", "Verdict: A"]
    assert [case.where for case in cases] == [f"{table}:2", f"{table}:4"]


def test_what_a_judge_is_asked_holds_the_rubric_and_quotes_the_texts():
    [system, user] = CASES[0].messages
    assert (system.role, user.role) == ("system", "user")
    assert user.content.startswith("Rubric: the shorter\n")
    assert "\n> It rains.\n" in user.content


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "cases.csv: the file is empty; its first line names the columns"),
        (f"{HEAD.replace(',verdict', '')}\n", "cases.csv:1: column 'verdict' is missing"),
        (f"{HEAD},verdict\n{ROW},A\n", "cases.csv:1: a column is named twice"),
        (f"{HEAD}\n", "cases.csv: there is no case"),
        (f"{HEAD}\n{ROW},A\n", "cases.csv:2: 6 cells where the first line names 5 columns"),
        (f"{HEAD},raeson\n{ROW},x\n", "cases.csv:2: there is no column 'raeson'; did you mean 'reason'?"),
        (f"{HEAD}\n{ROW[:-1]}a\n", "cases.csv:2: the verdict is 'a'; it must be A or B"),
        (f"{HEAD}\n{ROW[:-1]}\n", "cases.csv:2: the verdict is ''; it must be A or B"),
        (f"{HEAD}\n{ROW.replace('rain,', ',')}\n", "cases.csv:2: topic is empty"),
        (f"{HEAD}\n{ROW.replace(' again today', '')}\n", "cases.csv:2: both texts are the same"),
        (f"{HEAD},close\n{ROW},perhaps\n", 'cases.csv:2: close is yes or no, or left out; "perhaps" given'),
        (f"{HEAD},reason\n{ROW},Verdict: B\n", "cases.csv:2: the reason has a line that begins as a verdict"),
        (f"{HEAD}\n{ROW}\n{ROW}\n", "cases.csv:3: the same two texts are judged in "),
        (
            f"{HEAD}\n{ROW}\nthe shorter text,rain,It rains again today.,It rains.,B\n",
            "cases.csv:3: the same two texts are judged in cases.csv:2 by the same rubric",
        ),
    ],
)
def test_a_table_that_is_wrong_is_refused_with_file_and_line(tmp_path, text, words):
    path = tmp_path / "cases.csv"
    path.write_text(text)
    assert refusal_of(path).startswith(words)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "cases.jsonl:2: this is no JSON"),
        ("[1]", "cases.jsonl:2: a case is a JSON object"),
        (json.dumps(OBJECT | {"topic": 3}), "cases.jsonl:2: topic is a text; 3 given"),
        (json.dumps(OBJECT | {"close": 3}), "cases.jsonl:2: close is yes or no, or left out; 3 given"),
        (json.dumps(OBJECT | {"close": [3]}), "cases.jsonl:2: close is yes or no, or left out; [3] given"),
        (json.dumps({"rubric": "x"}), "cases.jsonl:2: 'topic' is missing"),
        (json.dumps(OBJECT | {"weight": 1}), "cases.jsonl:2: there is no column 'weight'; columns are"),
    ],
)
def test_a_line_of_json_that_is_wrong_is_refused_with_file_and_line(tmp_path, line, words):
    path = tmp_path / "cases.jsonl"
    path.write_text(f"\n{line}\n")
    assert refusal_of(path).startswith(words)


def test_a_file_of_another_kind_or_none_is_refused(tmp_path):
    assert refusal_of(tmp_path / "cases.xlsx").startswith("cases.xlsx: cases are a .csv or a .jsonl file")
    assert refusal_of(tmp_path / "cases.csv").startswith("cases.csv: there is no such file")
    for name in ("odd.csv", "odd.jsonl"):
        (tmp_path / name).write_bytes(b"a\n\xe9\n")
        assert refusal_of(tmp_path / name) == f"{name}:2: not UTF-8 text: save the file as UTF-8"


def test_every_case_goes_to_one_part_and_the_seed_says_to_which():
    parts = split_judge_cases(CASES, 1)
    everything = [*parts.examples, *parts.practice, *parts.held_out]
    assert [len(parts.examples), len(parts.practice), len(parts.held_out)] == [16, 16, 8]
    assert sorted(everything, key=CASES.index) == CASES
    assert split_judge_cases(CASES, 1) == parts != split_judge_cases(CASES, 2)
    assert {case.verdict for case in parts.held_out} == {"A", "B"}


def test_parts_can_be_told_how_large_they_are():
    parts = split_judge_cases(CASES, 1, held_out=3, practice=30)
    assert [len(parts.examples), len(parts.practice), len(parts.held_out)] == [7, 30, 3]
    again = split_judge_cases(CASES, 1, held_out=3, practice=10)
    assert again.held_out == parts.held_out


@pytest.mark.parametrize(
    ("count", "sizes", "words"),
    [
        (2, {}, "there are 2 cases, of which 1 held out and 1 to practise on would leave 0 as examples"),
        (40, {"held_out": 40}, "there are 40 cases, of which 40 held out"),
        (40, {"held_out": 10, "practice": 30}, "10 held out and 30 to practise on would leave 0 as examples"),
        (40, {"held_out": 0}, "of which 0 held out"),
    ],
)
def test_too_few_cases_are_refused(count, sizes, words):
    with pytest.raises(TrainingError, match=words):
        split_judge_cases(CASES[:count], 1, **sizes)


def test_cases_that_all_have_the_same_letter_are_refused():
    with pytest.raises(TrainingError, match="the verdict of all 20 cases is A, so that a judge would learn"):
        split_judge_cases(CASES[::2], 1)


def test_the_answer_of_a_case_is_read_as_its_verdict():
    for case in CASES:
        assert verdict_in(case.answer) == case.verdict
