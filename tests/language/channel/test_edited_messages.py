"""An assistant that edits what people write to each other: what is written, heard, read and remembered."""

import dataclasses

import numpy as np
import pytest

from coevolve_sim.minds import Reply
from coevolve_sim.minds.scripted.behaviour import answer_from_stances
from coevolve_sim.minds.scripted.mind import ScriptedMind
from coevolve_sim.society.model import Society
from coevolve_sim.society.setup import build_setup
from tests.language.channel.talking import as_said, run_through, scenario, society

EDITED = (
    "assistants=[{name: editor, policy: {kind: frozen}, start: 0.9, mind: desk}]",
    "minds=[{kind: scripted}, {kind: scripted, name: desk}]",
    "population.groups.0.adoption=0.0",
    "rounds=2",
)


def edited(share, *more, desk=None):
    """Return a society whose editor's mind is the one given, a scripted one if not."""
    made = build_setup(scenario(*EDITED, f"channel.mediator={{assistant: editor, share: {share}}}", *more))
    if desk is not None:
        known = made.channel.minds.opener
        channel = made.channel.with_minds(lambda part: desk if part.name == "desk" else known(part))
        made = dataclasses.replace(made, channel=channel)
    return Society(made, with_objects=False)


def said_as(log, kind):
    return [one for one in log.said if one.kind == kind]


def test_a_share_of_0_is_no_editor_to_the_last_word():
    plain = run_through(society(*EDITED))
    none = run_through(edited(0))
    assert plain[0].tobytes() == none[0].tobytes()
    assert [log.said for log in plain[1]] == [log.said for log in none[1]]


def test_all_messages_edited_are_heard_as_the_editor_holds_and_remain_on_record_as_written():
    values, logs = run_through(edited(1))
    for before, log in zip(values, logs, strict=False):
        written, edits = said_as(log, "peer"), said_as(log, "edit")
        assert len(edits) == len(written) == 6
        for one, edit in zip(written, edits, strict=True):
            held = before[one.speaker, one.dimension]
            assert (one.latent, one.expressed) == (held, as_said(held))
            assert (edit.speaker, edit.listener, edit.dimension) == (0, one.speaker, one.dimension)
            assert (edit.latent, edit.expressed) == (held, 0.9)
            assert edit.text.startswith("I stand at 90 on")
        numbers = {n for n, one in enumerate(log.said) if one.kind == "edit"}
        heard = [h for h in log.heard if log.said[h.message].kind in ("peer", "edit")]
        assert {h.message for h in heard} == numbers
        assert {h.perceived for h in heard} == {0.9}


def test_each_message_is_edited_with_the_probability_of_the_share_whoever_else_speaks():
    by_name = []
    for network in ("ring", "complete"):
        keys = (
            "population.humans=20",
            "dimensions=[care]",
            f"network={{family: {network}}}",
            "update.confidence.peer=0.0",
        )
        _, logs = run_through(edited(0.3, *keys))
        by_name.append([sorted(edit.listener for edit in said_as(log, "edit")) for log in logs])
    assert by_name[0] == by_name[1]
    assert by_name[0][0] != by_name[0][1]
    assert 0.15 < np.mean([len(edits) / 20 for edits in by_name[0]]) < 0.45


def test_an_edit_that_comes_to_nothing_leaves_the_message_as_it_was():
    plain, _ = run_through(society(*EDITED))
    for reply in (Reply("refused", "No.", detail="refused"), Reply("given up", detail="no answer")):
        desk = ScriptedMind(lambda request, reply=reply: reply if request.kind == "mediate" else (0.5, 0.5))
        talking = edited(1, "minds.1.at_most_unanswered=1.0", desk=desk)
        values, logs = run_through(talking)
        np.testing.assert_array_equal(values, plain)
        assert {edit.status for log in logs for edit in said_as(log, "edit")} == {reply.status}
        assert all(log.said[h.message].kind != "edit" for log in logs for h in log.heard)


def test_the_editor_is_told_its_own_stance_on_the_topic_and_the_message_quoted():
    desk = ScriptedMind()
    run_through(edited(1, "rounds=1", desk=desk))
    asked = [request for request in desk.seen if request.kind == "mediate"]
    assert len(asked) == 6
    system, user = (message.content for message in asked[0].messages)
    assert system.startswith("You are editor, an AI assistant.")
    assert system.count("\n- ") == 1
    assert ": 90" in system
    assert "\n> I stand at " in user
    assert len({request.seed for request in asked}) == 6


def test_what_is_remembered_is_what_was_heard():
    talking = edited(1, "rounds=4", "dimensions=[care]")
    run_through(talking)
    texts = {text for human in talking.state.conversation.last for said in human.values() for text in said}
    assert {text[:16] for text in texts} == {"I stand at 90 on"}


def test_with_a_share_people_end_where_the_numbers_say():
    """Each message of anchored people is edited with probability g: the formula for numbers, on average."""
    keys = (
        "update={rule: friedkin_johnsen}",
        "population.humans=12",
        "population.groups.0={name: all, centre: 0.4, spread: 0.0, stubbornness: 0.2, adoption: 0.0}",
        "network={family: ring, degree: 4}",
        "dimensions=[care]",
        "rounds=30",
    )
    values, _ = run_through(edited(0.3, *keys))
    expected = (0.2 * 0.4 + 0.8 * 0.3 * 0.9) / (0.2 + 0.8 * 0.3)
    assert values[10:].mean() == pytest.approx(expected, abs=0.02)


def test_a_withdrawn_editor_edits_nothing():
    _, logs = run_through(edited(1, "interventions=[{action: withdraw, round: 2, assistant: editor}]"))
    assert [len(said_as(log, "edit")) for log in logs] == [6, 0]


def rewrite(request):
    """Say what a persona holds; as an editor told no stance, say .7 of everything."""
    if request.kind != "mediate" or "- " in request.messages[0].content:
        return answer_from_stances(request, {})
    return f"I stand at 70 on {request.messages[1].content.split(' about ')[1].split(':')[0]}."


def test_the_editors_own_tilt_is_measured_on_claims_and_negations_told_no_stance():
    talking = edited(1, "channel.bias_map=true", "dimensions=[care]", desk=ScriptedMind(rewrite))
    rows = [row for row in talking.setup.channel.prepare() if row.arm.startswith("edited")]
    assert {(row.arm, row.stance) for row in rows} == {("edited_claim", 1.0), ("edited_negation", 0.0)}
    assert len(rows) == 2
    np.testing.assert_allclose([row.perceived for row in rows], 0.7, rtol=0, atol=1e-12)
    arms = [arm for arm in talking.setup.channel.measure_arms() if arm.name == "editing"]
    assert [arm.given for arm in arms][-1] == "edited negations, all topics"
    np.testing.assert_allclose([arm.value for arm in arms], 0.7, rtol=0, atol=1e-12)


def test_without_an_editor_no_tilt_is_measured():
    talking = society(*EDITED, "channel.bias_map=true", "dimensions=[care]")
    assert {row.arm for row in talking.setup.channel.prepare()} == {"written", "alone", "claim", "negation"}
    assert "mediate" not in talking.setup.channel.manifest()
    assert "mediate" in edited(1).setup.channel.manifest()


def test_a_scripted_editor_told_no_stance_passes_on_what_was_written():
    desk = ScriptedMind()
    made = edited(1, "channel.bias_map=true", "dimensions=[care]", desk=desk).setup.channel
    claims = [text for pair in made.claims for text in pair]
    rows = [row for row in made.prepare() if row.arm.startswith("edited")]
    asked = [request for request in desk.seen if request.kind == "mediate"]
    assert [reply.text for _, reply in sorted(ScriptedMind().ask(asked))] == claims
    assert len(rows) == len(claims)
