"""What is not answered is on record as what it was, is heard by nobody, moves nobody and teaches nothing."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.errors import MindError
from coevolve_sim.language import channel_setup
from coevolve_sim.minds import STATUSES, Reply
from coevolve_sim.minds.scripted.mind import ScriptedMind
from tests.language.channel.talking import ended, run_through, scenario, society, stated_in

WRITTEN = ("speak", "ask", "answer")
UNANSWERED = STATUSES[1:]
WHATEVER = "minds.0.at_most_unanswered=1"


def each_in_turn(kinds, statuses=STATUSES):
    """Return what lets requests of some kinds end in turn as each status."""
    count = {"asked": 0}

    def before(request):
        if request.kind not in kinds:
            return None
        count["asked"] += 1
        status = statuses[(count["asked"] - 1) % len(statuses)]
        return None if status == "answered" else ended(status)

    return before


def test_messages_end_exactly_as_their_requests_did(minds, tmp_path):
    asked = minds(each_in_turn(WRITTEN))
    found = coevolve_sim.run(scenario(WHATEVER), results=tmp_path)
    n_written = len([request for request in asked.requests if request.kind in WRITTEN])
    expected = Counter(STATUSES[i % len(STATUSES)] for i in range(n_written))
    assert len(found.messages) == n_written > 30
    assert Counter(found.messages["status"]) == expected
    assert set(found.messages.query("status != 'answered'")["detail"]) == {"as planned"}
    assert found.messages.query("status == 'answered'")["expressed"].notna().all()
    assert found.messages.query("status != 'answered'")["expressed"].isna().all()
    usage = found.usage[found.usage["kind"].isin(WRITTEN)].groupby("status")["requests"].sum()
    assert usage.to_dict() == dict(expected)


def test_only_what_was_answered_is_heard_and_by_all_who_were_to_hear_it(minds, tmp_path):
    minds(each_in_turn(WRITTEN))
    found = coevolve_sim.run(scenario(WHATEVER), results=tmp_path)
    rows = found.hearings.groupby(["round", "message"]).size()
    for _, said in found.messages.iterrows():
        wanted = {"peer": 2, "question": 1, "answer": 1}[said["kind"]] if said["status"] == "answered" else 0
        assert rows.get((said["round"], said["message"]), 0) == wanted
    questions = found.messages.query("kind == 'question'")
    answers = found.messages.query("kind == 'answer'")
    asked = questions[questions["status"] == "answered"][["round", "speaker"]].to_numpy().tolist()
    assert answers[["round", "listener"]].to_numpy().tolist() == asked


def test_readings_end_exactly_as_their_requests_did_and_without_an_answer_there_is_no_value(minds, tmp_path):
    """Every item is asked twice, and one item of two is enough: all orders of both must fail."""
    minds(each_in_turn(("read",), ("answered",) * 4 + ("refused",) * 4 + ("truncated",) * 4))
    found = coevolve_sim.run(scenario("seed=8"), results=tmp_path)
    unanswered = found.hearings.query("status != 'answered'")
    assert set(unanswered["status"]) == {"refused", "truncated"}
    assert unanswered["perceived"].isna().all()
    assert found.hearings.query("status == 'answered'")["perceived"].notna().all()
    said = found.messages.merge(found.hearings, on=["round", "message"], suffixes=("", "_heard"))
    heard = said[said["status_heard"] == "answered"]
    np.testing.assert_allclose(heard["perceived"], heard["text"].map(stated_in), atol=1e-12)
    assert (said["perceived"].isna() == said["expressed"].isna()).all()


def test_an_item_of_which_one_order_failed_does_not_count_and_the_others_do(minds, tmp_path):
    first = {}

    def one_order_fails(request):
        if request.kind != "read":
            return None
        quote = request.messages[-1].content.split("\n")[1]
        first.setdefault(quote, request)
        return ended("refused") if first[quote] is request else None

    minds(one_order_fails)
    found = coevolve_sim.run(scenario(), results=tmp_path)
    said = found.messages.merge(found.hearings, on=["round", "message"], suffixes=("", "_heard"))
    assert set(said["status_heard"]) == {"answered"}
    np.testing.assert_allclose(said["perceived"], said["text"].map(stated_in), atol=1e-12)


@pytest.mark.parametrize("status", UNANSWERED)
def test_when_nobody_is_heard_everybody_stays(status, minds):
    minds(lambda request: ended(status) if request.kind in WRITTEN else None)
    values, logs = run_through(society())
    np.testing.assert_array_equal(values, np.broadcast_to(values[0], values.shape))
    assert all(log.heard == () for log in logs)
    assert {u.status for log in logs for u in log.said} == {status}


@pytest.mark.parametrize("kind", ["likert", "pair"])
def test_when_nothing_can_be_read_everybody_stays_and_no_value_is_made_up(kind, minds):
    minds(lambda request: Reply("answered", "perhaps B") if request.kind == "read" else None)
    talking = society(f"channel.items={kind}")
    learnt = talking.state.assistant_values.copy()
    values, logs = run_through(talking)
    np.testing.assert_array_equal(values, np.broadcast_to(values[0], values.shape))
    np.testing.assert_array_equal(talking.state.assistant_values, learnt)
    heard = [hearing for log in logs for hearing in log.heard]
    assert heard
    assert {hearing.status for hearing in heard} == {"invalid"}
    assert all(math.isnan(hearing.perceived) for hearing in heard)


def test_only_neighbours_of_those_who_were_heard_move(minds):
    talking = society()
    loud = talking.setup.channel.people[0].who
    others = {person.who for person in talking.setup.channel.people[1:]}
    assert loud not in others
    minds(
        lambda request: (
            ended("refused")
            if request.kind == "speak" and f"You are {loud}." not in request.messages[0].content
            else None
        )
    )
    talking = society("update.confidence.peer=1.0")
    talking.state.adoption[:] = 0.0
    before = talking.values.copy()
    talking.step()
    moved = np.flatnonzero((talking.values != before).any(axis=1)).tolist()
    assert moved == [1, 5]
    assert {(h.message, h.listener) for h in talking.log.heard} == {(0, 1), (0, 5)}


@pytest.mark.parametrize("failing", ["ask", "answer"])
def test_an_unanswered_question_or_answer_moves_nobody(failing, minds):
    minds(lambda request: ended("given up") if request.kind in ("speak", failing) else None)
    talking = society()
    talking.state.adoption[:] = 1.0
    before, learnt = talking.values.copy(), talking.state.assistant_values.copy()
    talking.step()
    np.testing.assert_array_equal(talking.values, before)
    assert np.array_equal(talking.state.assistant_values, learnt) == (failing == "ask")
    kinds = Counter((u.kind, u.status) for u in talking.log.said)
    answers = {("answer", "given up"): 6} if failing == "answer" else {}
    asked = "given up" if failing == "ask" else "answered"
    assert kinds == {("peer", "given up"): 6, ("question", asked): 6, **answers}


def test_an_assistant_learns_from_those_whom_it_could_read_and_from_nobody_else(minds):
    talking = society("assistants.0.policy={kind: lifelong, rate: 1.0}")
    quiet = talking.setup.channel.people[0].who

    def all_but_one(request):
        return ended("refused") if request.kind == "ask" and quiet in request.messages[0].content else None

    minds(all_but_one)
    talking = society("assistants.0.policy={kind: lifelong, rate: 1.0}", "update.confidence.peer=0.0")
    talking.state.adoption[:] = 1.0
    held = talking.values.copy()
    talking.step()
    told = np.floor(held[1:, 0] * 100 + 0.5) / 100
    assert talking.state.assistant_values[0, 0] == pytest.approx(told.mean(), abs=1e-12)


def test_requests_that_were_given_up_are_on_record_and_not_asked_again(minds, tmp_path):
    given_up = []

    def before(request):
        if request.kind == "speak" and len(given_up) < 3:
            given_up.append(request)
            return ended("given up")
        return None

    asked = minds(before)
    found = coevolve_sim.run(scenario(), results=tmp_path)
    row = found.usage.query("status == 'given up'")
    assert row[["mind", "kind", "requests"]].to_numpy().tolist() == [["people", "speak", 3]]
    assert len(set(asked.keys)) == len(asked.keys) == found.usage["requests"].sum()


def test_half_characters_that_a_server_sends_do_not_stop_a_run(minds, tmp_path):
    minds(
        lambda request: (
            Reply("answered", "I stand at 40 \ud83dhere.", model="m\udc00", detail="\udfff")
            if request.kind == "speak"
            else None
        )
    )
    found = coevolve_sim.run(scenario("rounds=1"), results=tmp_path)
    assert set(found.messages.query("kind == 'peer'")["text"]) == {"I stand at 40 here."}


class Stutters(ScriptedMind):
    """Says its first reply twice."""

    def ask(self, requests):
        for index, reply in super().ask(requests):
            yield index, reply
            yield index, reply


class Silent(ScriptedMind):
    """Leaves the last request without a reply."""

    def ask(self, requests):
        yield from super().ask(requests[:-1])


@pytest.mark.parametrize(
    ("mind", "text"),
    [
        (Stutters, "scripted answered request 0 twice"),
        (Silent, "scripted left 1 of 6 requests without a reply"),
    ],
)
def test_a_mind_that_breaks_the_protocol_fails_the_round_and_what_it_said_is_kept(
    mind, text, monkeypatch, tmp_path
):
    monkeypatch.setattr(channel_setup, "open_mind", lambda _part, known=None: mind(known=known))
    with pytest.raises(MindError, match=text):
        coevolve_sim.run(scenario(), results=tmp_path)
    (folder,) = tmp_path.iterdir()
    found = coevolve_sim.open_run(folder)
    assert found.status == "failed"
    assert found.rounds[["round", "status"]].to_numpy().tolist() == [[0, "finished"], [1, "failed"]]
    assert text in found.rounds["message"].iloc[1]
    assert found.usage["requests"].sum() == (1 if mind is Stutters else 5)
