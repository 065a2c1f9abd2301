"""Outlets that write: what they are asked, who hears it, by which voice it is read, and where people end."""

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.errors import ScenarioError
from coevolve_sim.minds import Reply
from coevolve_sim.minds.scripted.behaviour import answer_from_stances
from coevolve_sim.minds.scripted.mind import ScriptedMind
from coevolve_sim.report import write_report
from coevolve_sim.report.language_data import LanguageData
from coevolve_sim.report.media_section import build_media_section
from coevolve_sim.report.run_data import RunData
from coevolve_sim.runs.estimate import estimate_requests
from coevolve_sim.society.model import Society
from coevolve_sim.society.replayed_peers import record_peers, replay_peers
from coevolve_sim.society.setup import build_setup
from tests.language.channel.talking import Asked, as_said, ended, run_through, scenario, society, stand_in

ALONE = ("assistants=[]", "update={rule: hegselmann_krause, confidence: {peer: 1.0}, rate: {peer: 0.0}}")
TWO = "population.groups=[{name: young, share: 0.5}, {name: old, share: 0.5, voice: elder}]"


def heard_of(*outlets, more=()):
    return (*ALONE, f"media=[{', '.join(outlets)}]", *more)


def opened(changes, before=None, **settings):
    """Return a society whose minds are scripted as given, and what was asked of them."""
    asked = Asked()
    made = build_setup(scenario(*changes))
    known, opener = made.channel.minds.opener.keywords["known"], stand_in(asked, before, **settings)
    return Society(made.with_minds(lambda part: opener(part, known)), with_objects=False), asked


def said_by_outlets(log):
    return [one for one in log.said if one.kind == "outlet"]


def test_an_outlet_writes_one_message_a_topic_and_round_and_all_its_followers_hear_that():
    ramp = "{name: the_daily, ramp: {start: 0.2, end: 0.8, over: 3}, rate: 0.5}"
    talking, asked = opened(heard_of(ramp, more=("channel.topics_per_round=2",)))
    values, logs = run_through(talking)
    assert len(asked.of_kind("publish")) == 4 * 2
    for stands, before, after, log in zip((0.4, 0.6, 0.8, 0.8), values, values[1:], logs, strict=False):
        messages = said_by_outlets(log)
        assert [(one.speaker, one.listener) for one in messages] == [(0, -1)] * 2
        topics = [one.dimension for one in messages]
        assert [one.latent for one in messages] == pytest.approx([stands] * 2)
        assert [one.expressed for one in messages] == pytest.approx([stands] * 2)
        numbers = [n for n, one in enumerate(log.said) if one.kind == "outlet"]
        heard = [(h.message, h.listener) for h in log.heard if h.message in numbers]
        assert sorted(heard) == [(number, human) for number in numbers for human in range(6)]
        np.testing.assert_allclose(
            after[:, topics], before[:, topics] + 0.5 * (stands - before[:, topics]), rtol=0, atol=1e-12
        )
        others = np.setdiff1d(np.arange(3), topics)
        np.testing.assert_array_equal(after[:, others], before[:, others])
        assert log.n_followers == (6,)


def test_it_is_asked_as_a_news_outlet_that_holds_where_it_stands():
    talking, asked = opened(heard_of("{name: the_daily, values: {care: 0.9, default: 0.3}}"))
    talking.step()
    (request,) = asked.of_kind("publish")
    system, user = (message.content for message in request.messages)
    assert system.startswith("You are the daily, a news outlet.")
    assert ": 90" in system
    assert user.startswith("Tell somebody where you stand on ")


def test_peers_are_heard_first_and_what_outlets_wrote_is_remembered():
    talking, asked = opened(heard_of("{name: daily, values: 0.9}", more=("dimensions=[care]",)))
    talking.step()
    kinds = [log.kind for log in talking.log.said]
    assert kinds == ["peer"] * 6 + ["outlet"]
    texts = [said[0][-1] for said in talking.state.conversation.last]
    assert {text[:16] for text in texts} == {"I stand at 90 on"}
    talking.step()
    assert all("> I stand at 90 on" in one.messages[0].content for one in asked.of_kind("speak")[6:])


def test_only_who_follows_hears_and_a_share_of_0_is_no_outlet_to_the_last_word():
    plain = run_through(society(*ALONE))
    none, asked = opened(heard_of("{name: daily, values: 0.9, share: 0.0}"))
    values, logs = run_through(none)
    assert values.tobytes() == plain[0].tobytes()
    assert [log.said for log in logs] == [log.said for log in plain[1]]
    assert not asked.of_kind("publish")
    some, _ = opened(heard_of("{name: daily, values: 0.9, share: 0.5, rate: 0.5}"))
    follows, before = some.setup.able[:, 0], some.values.copy()
    assert 0 < follows.sum() < 6
    some.step()
    heard = {h.listener for h in some.log.heard if some.log.said[h.message].kind == "outlet"}
    assert heard == set(np.flatnonzero(follows).tolist())
    np.testing.assert_array_equal(some.values[~follows], before[~follows])


def test_a_message_is_read_once_by_each_voice_of_those_who_can_follow_and_by_its_own():
    def deaf(request):
        """Let the voice of the elder read the middle in everything."""
        return (0.2,) * 5 if request.kind == "read" and request.voice == "elder" else None

    daily = "{name: daily, values: 1.0, rate: 0.5, voice: press}"
    talking, asked = opened(heard_of(daily, more=(TWO, "rounds=1")), deaf, voices=("elder", "press"))
    old = talking.setup.group_of == 1
    run_through(talking)
    number = next(n for n, one in enumerate(talking.log.said) if one.kind == "outlet")
    perceived = {h.listener: h.perceived for h in talking.log.heard if h.message == number}
    assert {perceived[human] for human in np.flatnonzero(old)} == {0.5}
    assert {perceived[human] for human in np.flatnonzero(~old)} == {1.0}
    d = talking.log.said[number].dimension
    goal = np.where(old, 0.5, 1.0)
    start = talking.setup.initial_values[:, d]
    np.testing.assert_allclose(talking.values[:, d], start + 0.5 * (goal - start), rtol=0, atol=1e-12)
    text = talking.log.said[number].text
    reads = [one.voice for one in asked.of_kind("read") if f"> {text}" in one.messages[-1].content]
    assert {voice: reads.count(voice) for voice in ("", "elder", "press")} == dict.fromkeys(
        ("", "elder", "press"), len(reads) // 3
    )


def test_what_cannot_be_read_by_a_voice_moves_nobody_of_that_audience():
    def silent(request):
        return ended("invalid") if request.kind == "read" and request.voice == "elder" else None

    daily = "{name: daily, values: 1.0, rate: 0.5}"
    more = (TWO, "rounds=1", "minds.0.at_most_unanswered=1.0")
    talking, _ = opened(heard_of(daily, more=more), silent, voices=("elder",))
    old, before = talking.setup.group_of == 1, talking.values.copy()
    run_through(talking)
    np.testing.assert_array_equal(talking.values[old], before[old])
    assert (talking.values[~old] != before[~old]).any()
    assert talking.log.n_followers == (int((~old).sum()),)


def test_an_outlet_has_a_mind_and_a_voice_of_its_own():
    minds = "minds=[{kind: scripted, name: people}, {kind: scripted, name: press}]"
    press = ScriptedMind(voices=("calm",))
    made = build_setup(scenario(*heard_of("{name: d, values: 0.8, mind: press, voice: calm}"), minds))
    assert made.mind_names == ("people", "press")
    known = made.channel.minds.opener
    made = made.with_minds(lambda part: press if part.name == "press" else known(part))
    run_through(Society(made, with_objects=False))
    assert {request.kind for request in press.seen} == {"publish", "read"}
    assert {request.voice for request in press.seen} == {"calm"}


def test_a_mind_that_writes_for_outlets_alone_is_shown_fit_too():
    minds = "minds=[{kind: scripted, name: people}, {kind: scripted, name: press}]"
    outlets = heard_of("{name: d, values: 0.8, mind: press}", "{name: e, values: 0.2}")
    channel = build_setup(scenario(*outlets, minds, "dimensions=[care]")).channel
    assert [one.mind for one in channel.measure_fitness(always=True)] == ["people", "press"]


@pytest.mark.parametrize(
    "reply", [Reply("refused", "No.", detail="no"), Reply("given up", detail="no answer")]
)
def test_a_message_that_comes_to_nothing_is_a_row_and_moves_nobody(reply):
    talking, _ = opened(
        heard_of("{name: daily, values: 0.9, rate: 1.0}", more=("minds.0.at_most_unanswered=1.0",)),
        lambda request: reply if request.kind == "publish" else None,
    )
    values, logs = run_through(talking)
    np.testing.assert_array_equal(values[-1], values[0])
    messages = [one for log in logs for one in said_by_outlets(log)]
    assert [one.status for one in messages] == [reply.status] * 4
    assert all(np.isnan(one.expressed) for one in messages)
    assert {log.n_followers for log in logs} == {(0,)}


def test_no_other_outlet_changes_what_one_is_asked():
    one, two = (
        "{name: daily, values: 0.9, rate: 0.0, partisan_rate: 0.5}",
        "{name: other, values: 0.1, rate: 0.0}",
    )
    found = []
    for outlets in ((one,), (two, one)):
        talking, asked = opened(heard_of(*outlets))
        run_through(talking)
        mine = [r for r in asked.of_kind("publish") if "daily" in r.messages[0].content]
        found.append([(r.seed, r.messages) for r in mine])
    assert found[0] == found[1]
    assert len({seed for seed, _ in found[0]}) == 4


def test_beside_peers_an_outlet_carries_people_as_far_as_the_mediators_formula_says():
    keys = (
        "assistants=[]",
        "update={rule: friedkin_johnsen}",
        "population.humans=12",
        "population.groups.0={name: all, centre: 0.4, spread: 0.0, stubbornness: 0.2}",
        "network={family: ring, degree: 4}",
        "dimensions=[care]",
        "rounds=40",
        "media=[{name: daily, values: 0.9, rate: 0.1}]",
    )
    values, _ = run_through(society(*keys))
    # Numbers are said as whole hundredths, so that each hearing is off by at most .005.
    np.testing.assert_allclose(values[-1], 0.542857, rtol=0, atol=0.02)


def test_by_homophily_who_follows_goes_by_the_round_and_what_is_asked_does_not():
    near = (
        "{name: left, values: 0.1, followers: homophily, within: 0.3, rate: 0.5}, "
        "{name: right, values: 0.9, followers: homophily, within: 0.3, rate: 0.5}"
    )
    changes = heard_of(near, more=(TWO.replace("}]", ", distribution: uniform}]"),))
    talking, asked = opened(changes, voices=("elder",))
    counted = {
        (one.mind, one.kind): one.requests for one in estimate_requests(build_setup(scenario(*changes)))
    }
    _, logs = run_through(talking)
    assert {log.n_followers for log in logs} != {(6, 6)}
    assert counted["people", "publish"] == len(asked.of_kind("publish")) == 2 * 4
    assert counted["people", "read"] >= len(asked.of_kind("read"))
    assert counted["people", "speak"] == len(asked.of_kind("speak"))


def test_a_share_of_what_is_said_takes_the_outlets_side_and_the_rest_none():
    rates = {"fedlist": 0.71, "bbg": 0.24}
    outlets = [
        f"{{name: {name}, values: 0.9, rate: 0.1, partisan_rate: {rate}}}" for name, rate in rates.items()
    ]
    talking, _ = opened(heard_of(*outlets, more=("rounds=120", "channel.topics_per_round=3")))
    _, logs = run_through(talking)
    said = [one for log in logs for one in said_by_outlets(log)]
    assert {round(one.latent, 12) for one in said} == {0.9, 0.5}
    for k, rate in enumerate(rates.values()):
        sides = np.array([one.latent > 0.5 for one in said if one.speaker == k])
        assert sides.mean() == pytest.approx(rate, abs=3 * np.sqrt(rate * (1 - rate) / sides.size))
    assert {float(as_said(one.expressed)) for one in said} == {0.9, 0.5}


def a_run(minds, results, *more):
    minds(voices=("elder", "press"))
    outlets = (
        "{name: the_daily, values: 0.9, rate: 0.2, voice: press}, "
        "{name: left, values: 0.1, rate: 0.1, followers: [old]}"
    )
    return coevolve_sim.run(scenario(TWO, f"media=[{outlets}]", "rounds=3", *more), results=results)


def test_messages_are_on_record_with_their_kind_and_the_report_names_the_outlet(minds, tmp_path):
    run = a_run(minds, tmp_path)
    messages = run.messages[run.messages["kind"] == "outlet"]
    assert len(messages) == 2 * 3
    said = LanguageData(run).messages
    assert said[said["kind"] == "outlet"]["voice"].tolist() == ["press", ""] * 3
    heard = run.hearings.merge(messages, on=["round", "message"], suffixes=("", "_said"))
    assert len(heard) == 3 * (6 + 3)
    assert {"elder", "press"} <= set(LanguageData(run).gaps("voice")["voice"])
    assert LanguageData(run).gaps("kind").set_index("kind").loc["outlet", "messages"] == 6
    page = write_report(run).read_text(encoding="utf-8")
    assert "Outlets and those who follow them" in page
    assert "outlet the_daily" in page
    assert "messages of outlets" in page
    assert {row.outlet for row in build_media_section(RunData(run)).rows} == {"the_daily", "left"}


def test_a_report_of_talk_without_outlets_has_no_such_part(minds, tmp_path):
    minds()
    run = coevolve_sim.run(scenario("rounds=1"), results=tmp_path)
    assert "Outlets and those who follow them" not in write_report(run).read_text(encoding="utf-8")


class StopError(Exception):
    """What stops a run here."""


def test_a_run_stopped_while_an_outlet_is_asked_resumes_to_the_same_bytes(minds, tmp_path):
    whole = a_run(minds, tmp_path / "whole")
    published = []

    def stop(request):
        if request.kind == "publish":
            published.append(request)
            if len(published) == 4:
                raise StopError

    minds(stop, voices=("elder", "press"))
    outlets = whole.scenario
    with pytest.raises(StopError):
        coevolve_sim.run(outlets, results=tmp_path / "stopped")
    asked = minds(voices=("elder", "press"))
    again = coevolve_sim.resume(next((tmp_path / "stopped").iterdir()))
    assert again.digest() == whole.digest()
    assert len(asked.of_kind("publish")) == 3  # of six, three were answered before


@pytest.mark.parametrize(
    ("outlet", "said", "path"),
    [
        ("{name: d, values: 0.5, mind: peopel}", "unknown mind 'peopel'; did you mean 'people'?", "mind"),
        (
            "{name: d, values: 0.5, voice: calm}",
            "outlet 'd' speaks with the voice 'calm', which mind",
            "voice",
        ),
    ],
)
def test_an_unknown_mind_or_voice_is_refused_at_its_key(outlet, said, path, minds, tmp_path):
    minds()
    with pytest.raises(ScenarioError, match=said) as caught:
        coevolve_sim.run(scenario(f"media=[{outlet}]"), results=tmp_path)
    assert path in str(caught.value) or path in str(caught.value.path)


def test_peers_of_another_world_are_replayed_beside_outlets_that_write():
    changes = heard_of("{name: daily, values: 0.9, rate: 0.3}")
    setup, record = record_peers(build_setup(scenario(*changes)))
    first = run_through(Society(setup, with_objects=False))
    again = run_through(Society(replay_peers(build_setup(scenario(*changes)), record), with_objects=False))
    assert first[0].tobytes() == again[0].tobytes()
    assert [len(said_by_outlets(log)) for log in again[1]] == [1] * 4


def test_a_stance_is_what_the_scripted_mind_says():
    """The scripted mind needs nothing new to write for an outlet."""
    talking, asked = opened(heard_of("{name: daily, values: 0.63}", more=("rounds=1",)))
    run_through(talking)
    (request,) = asked.of_kind("publish")
    assert answer_from_stances(request, {}).startswith("I stand at 63 on")
