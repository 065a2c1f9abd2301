"""In a run, a message that was cut is heard as far as its sentences are whole, and everything says so."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import coevolve_sim
from coevolve_sim.cli.main import app
from coevolve_sim.minds import Reply
from coevolve_sim.minds.scripted.behaviour import answer_from_stances
from tests.language.channel.talking import run_through, scenario, society, stated_in

WRITTEN = ("speak", "ask", "answer")
WHATEVER = "minds.0.at_most_unanswered=1"
THOUGHTS = "<think>SECRET</think>Answer: "


def written(request):
    """Return what the scripted mind says by itself."""
    answer = answer_from_stances(request, {})
    return answer if isinstance(answer, str) else answer.text


def cut(request):
    """Return the mind's words and more, cut in the middle of the second sentence."""
    return Reply("truncated", written(request) + " And I would") if request.kind in WRITTEN else None


def with_thoughts(request):
    """Return the mind's words with thoughts and a label before, and a made-up turn behind."""
    if request.kind not in WRITTEN:
        return None
    return Reply("answered", f"{THOUGHTS}{written(request)}\nUser: SECRET")


def lost_every_other():
    """Return what cuts every second message before its first sentence ends."""
    count = iter(range(10_000))

    def before(request):
        if request.kind not in WRITTEN:
            return None
        return Reply("truncated", "I stand at") if next(count) % 2 else cut(request)

    return before


def test_what_is_cut_moves_people_as_what_is_whole_does(minds):
    minds()
    whole, _ = run_through(society())
    minds(cut)
    moved, logs = run_through(society())
    np.testing.assert_array_equal(moved, whole)
    said = [utterance for log in logs for utterance in log.said]
    assert {utterance.status for utterance in said} == {"truncated"}
    assert {utterance.kind for utterance in said} == {"peer", "question", "answer"}
    assert all(utterance.text == f"{utterance.heard} And I would" for utterance in said)


def test_no_prompt_holds_what_is_not_heard(minds):
    asked = minds(with_thoughts)
    run_through(society())
    prompts = [message.content for request in asked.requests for message in request.messages]
    assert any("> I stand at" in prompt for prompt in prompts)
    assert any("last" in prompt and "I stand at" in prompt for prompt in prompts), "memory quotes"
    assert not [
        prompt for prompt in prompts if "SECRET" in prompt or "Answer:" in prompt or "User:" in prompt
    ]


def test_the_record_has_what_was_written_what_was_heard_and_what_was_cut(minds, tmp_path):
    minds(lost_every_other())
    found = coevolve_sim.run(scenario(WHATEVER), results=tmp_path)
    said = found.messages
    assert set(said["status"]) == {"truncated"}
    lost = said[said["text"] == "I stand at"]
    kept = said[said["text"] != "I stand at"]
    assert len(lost) > 5
    assert len(kept) > 5
    assert set(lost["heard_text"]) == {""}
    assert set(lost["detail"]) == {"cut at the limit of tokens before its first sentence ended"}
    assert (kept["heard_text"] + " And I would" == kept["text"]).all()
    assert set(said["cuts"]) == {"last sentence"}
    heard = said.merge(found.hearings, on=["round", "message"], suffixes=("", "_heard"))
    assert set(heard["heard_text"]) & set(lost["heard_text"]) == set(), "what is lost is heard by nobody"
    np.testing.assert_allclose(heard["perceived"], heard["heard_text"].map(stated_in), atol=1e-12)
    found.verify()


def test_the_numbers_of_what_was_cut_are_in_notes_summary_and_report(minds, tmp_path):
    minds(lost_every_other())
    found = coevolve_sim.run(scenario(WHATEVER), results=tmp_path)
    totals, n = found.message_totals, len(found.messages)
    assert totals.cut_and_heard + totals.cut_and_lost == totals.messages == n
    assert totals.heard == totals.cut_and_heard == (found.messages["heard_text"] != "").sum()
    words = (
        f"Of {n} messages: {n} cut at the limit of tokens ({totals.cut_and_heard} cut and heard, "
        f"{totals.cut_and_lost} cut and lost)."
    )
    assert words in set(found.notes["text"])
    assert words in " ".join(CliRunner().invoke(app, ["show", str(found.folder)]).output.split())
    shown = json.loads(CliRunner().invoke(app, ["show", "--json", str(found.folder)]).output)
    assert shown["messages"]["cut_and_lost"] == totals.cut_and_lost
    page = found.report().read_text(encoding="utf-8")
    assert words in page
    assert "cut at the limit of tokens before its first sentence ended" in page
    assert "The reply was truncated. Cut from what was written: last sentence." in page
    answers = found.request_totals.answers
    assert answers.counts()["truncated"] == n
    assert f"{totals.cut_and_lost} of" in found.request_totals.warning, "what was heard came to an answer"
    with (found.export(("csv",))[0].parent / "messages.csv").open(encoding="utf-8") as file:
        assert "heard_text,cuts" in file.readline()


def test_thoughts_turns_and_labels_are_counted_and_what_was_written_stays(minds, tmp_path):
    minds(with_thoughts)
    found = coevolve_sim.run(scenario(), results=tmp_path)
    n = len(found.messages)
    assert found.message_totals.cuts == {
        "thoughts": n,
        "stop tokens": 0,
        "further turns": n,
        "labels": n,
        "quotation marks": 0,
        "length": 0,
        "last sentence": 0,
    }
    assert (
        f"thoughts removed from {n}; further turns cut from {n}; labels cut from {n}"
        in found.notes["text"].iloc[-1]
    )
    assert found.messages["text"].str.startswith(THOUGHTS).all()
    assert not found.messages["heard_text"].str.contains("SECRET").any()
    page = found.report().read_text(encoding="utf-8")
    assert "SECRET" not in page
    assert "Cut from what was written: thoughts, further turns, labels." in page


def test_a_message_of_nothing_but_thoughts_is_invalid_and_its_reason_is_told(minds, tmp_path):
    minds(lambda request: "<think>SECRET" if request.kind == "speak" else None)
    found = coevolve_sim.run(scenario(WHATEVER), results=tmp_path)
    peers = found.messages.query("kind == 'peer'")
    assert set(peers["status"]) == {"invalid"}
    assert set(peers["detail"]) == {"nothing is left of the reply without its thoughts"}
    assert "nothing is left of the reply without its thoughts" in found.request_totals.warning
    assert found.message_totals.cuts["thoughts"] == len(peers)


def test_an_assistants_own_name_before_its_answer_is_no_part_of_it(minds):
    minds(lambda request: f"Helper: {written(request)}" if request.kind == "answer" else None)
    _, logs = run_through(society())
    answers = [u for log in logs for u in log.said if u.kind == "answer"]
    assert answers
    assert all(u.text == f"Helper: {u.heard}" for u in answers)


@pytest.mark.parametrize("text", ["I stand at 40 on care", "I stand at 40 on care."])
def test_a_message_that_was_answered_is_heard_whole_with_or_without_a_full_stop(text, minds):
    minds(lambda request: text if request.kind == "speak" else None)
    _, logs = run_through(society())
    assert {u.heard for log in logs for u in log.said if u.kind == "peer"} == {text}
