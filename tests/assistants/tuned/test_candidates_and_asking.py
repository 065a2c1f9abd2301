"""Texts to compare are written once, from the whole scale; whoever is asked is asked in both orders."""

import re

import pytest

from coevolve_sim.assistants.tuned import (
    ByJudge,
    ByPeople,
    BySelfReference,
    Respondent,
    TextPair,
    require_own_weights,
    write_candidates,
)
from coevolve_sim.errors import MindError, PreferenceError
from coevolve_sim.language.openings import GRADES, opening_of, openings
from coevolve_sim.language.prompts import Templates
from coevolve_sim.language.writing import PromptWriter
from coevolve_sim.minds import Reply
from coevolve_sim.minds.cache import CachedMind
from coevolve_sim.minds.recorded import RecordedMind, RememberedReplies
from coevolve_sim.minds.scripted.mind import ScriptedMind
from coevolve_sim.minds.usage import Usage
from coevolve_sim.minds.wrappers import PinnedMind
from tests.assistants.tuned.taught import TOPIC

TOPICS = (TOPIC, "thrift")
WORDS = Templates.standard()


def numbers(pool, topic):
    texts = [text for pair in pool.pairs if pair.topic == topic for text in (pair.first, pair.second)]
    return sorted(int(re.search(r"\d+", text)[0]) for text in texts)


def wording(topics, temperature=0.7, max_tokens=60):
    return PromptWriter(1, Templates.standard(), tuple(topics), temperature, max_tokens)


def test_texts_come_from_every_part_of_the_scale_and_are_the_same_for_a_seed():
    pool = write_candidates(ScriptedMind(), wording(TOPICS), n_pairs=10, seed=3)
    assert len(pool.pairs) == 20
    for topic in TOPICS:
        found = numbers(pool, topic)
        assert all(5 * part <= number <= 5 * (part + 1) for part, number in enumerate(found))
    assert numbers(pool, TOPIC) != numbers(pool, "thrift")
    assert write_candidates(ScriptedMind(), wording(TOPICS), n_pairs=10, seed=3) == pool
    assert write_candidates(ScriptedMind(), wording(TOPICS), n_pairs=10, seed=4) != pool


def test_each_text_is_asked_of_an_assistant_that_is_told_one_topic_in_the_minds_own_voice():
    mind = ScriptedMind()
    write_candidates(mind, wording(TOPICS, 0.3, 40), n_pairs=2, seed=1, called="guide")
    assert len(mind.seen) == 8
    for request in mind.seen:
        assert request.messages[0].content.startswith("You are guide, an AI assistant.")
        assert request.messages[0].content.count("\n- ") == 1
        assert (request.temperature, request.max_tokens, request.voice) == (0.3, 40, "")
    assert len({request.seed for request in mind.seen}) == 8


def test_texts_that_are_begun_for_the_mind_begin_with_the_words_for_their_value():
    """A mind that says the same whatever it is told: only what was begun tells the texts apart."""
    mind = ScriptedMind(lambda request: "so I was taught.")
    pool = write_candidates(mind, wording([TOPIC]), n_pairs=5, seed=3, opening="stance")
    known = {opening.replace("{topic}", TOPIC): grade for grade, few in openings().items() for opening in few}
    grades = []
    for request in mind.seen:
        told = int(request.messages[0].content.rpartition(": ")[2]) / 100
        assert known[request.begun] == pytest.approx(told, abs=0.13)
        grades.append(known[request.begun])
    assert set(grades) == set(GRADES)
    texts = {text for pair in pool.pairs for text in (pair.first, pair.second)}
    assert texts == {f"{request.begun} so I was taught." for request in mind.seen}


def test_people_who_answer_first_have_their_answers_begun_where_the_channel_does_so():
    mind = ScriptedMind(lambda request: (0.5, 0.5) if request.options else "so I was taught.")
    people = [Respondent("Ada", stances={TOPIC: 1.0}), Respondent("Bo", voice="C013")]
    pairs = [TextPair(TOPIC, "It is right.", "It is wrong.")]
    BySelfReference(1, samples=2, opening="stance").compare_pairs(mind, people, pairs, WORDS)
    begun = [request.begun for request in mind.seen if request.kind == "speak"]
    assert begun == [opening_of(1.0, TOPIC, 0), opening_of(1.0, TOPIC, 1), "", ""]  # Bo's stance is not told
    quoted = [request.messages[-1].content for request in mind.seen if request.kind == "critique"]
    assert f"{begun[0]} so I was taught." in quoted[0]
    assert not any(request.begun for request in mind.seen if request.kind != "speak")


def test_what_is_not_answered_makes_no_pair_and_is_counted():
    pool = write_candidates(ScriptedMind(faults={"refused": 4}), wording([TOPIC]), n_pairs=6, seed=1)
    assert len(pool.pairs) == 3
    assert pool.statuses == {"answered": 9, "refused": 3, "invalid": 0, "truncated": 0, "given up": 0}


def test_two_texts_that_are_the_same_make_no_pair_and_a_topic_without_any_is_refused():
    mind = ScriptedMind(lambda request: "I am for it." if TOPIC in request.messages[1].content else "No.")
    with pytest.raises(
        PreferenceError, match=r"no pair of texts on 'telling the truth': of all texts, 8 ans"
    ):
        write_candidates(mind, wording([TOPIC]), n_pairs=4, seed=1)
    with pytest.raises(PreferenceError, match="at least 1 pair of texts a topic is needed; 0 given"):
        write_candidates(mind, wording([TOPIC]), n_pairs=0, seed=1)


def test_every_comparison_is_kept_whoever_made_it_and_however_it_ended():
    people = [Respondent("Ada", stances={TOPIC: 0.9}), Respondent("Bo", stances={TOPIC: 0.1})]
    pairs = [TextPair(TOPIC, f"I stand at {high} on x.", "I stand at 30 on x.") for high in (60, 80)]
    found = ByPeople().compare_pairs(ScriptedMind(), people, pairs, WORDS)
    assert [(one.who, one.preferred) for one in found] == [("Ada", 1), ("Ada", 1), ("Bo", -1), ("Bo", -1)]
    partly = ByPeople().compare_pairs(ScriptedMind(faults={"refused": 8}), people, pairs, WORDS)
    assert [one.is_usable for one in partly] == [True, True, True, False]


def test_people_of_an_era_are_asked_with_its_voice_and_told_nothing():
    mind = ScriptedMind(lambda request: (0.9, 0.1), voices=("C013",))
    ByPeople().compare_pairs(mind, [Respondent("a baker", "C013")], [TextPair(TOPIC, "Yes.", "No.")], WORDS)
    assert {request.voice for request in mind.seen} == {"C013"}
    assert {request.messages[0].content for request in mind.seen} == {"You are a baker."}


def test_the_same_person_drawn_twice_is_asked_once_and_counts_twice():
    mind = ScriptedMind()
    recorded = RecordedMind(mind, RememberedReplies(), Usage())
    ada = Respondent("Ada", stances={TOPIC: 0.9})
    two = TextPair(TOPIC, "I stand at 60 on x.", "I stand at 30 on x.")
    found = ByPeople().compare_pairs(recorded, [ada, ada], [two], WORDS)
    assert len(found) == 2
    assert len(mind.seen) == 2


def test_people_who_answer_first_prefer_what_is_nearer_and_failures_are_told(tmp_path):
    people = [Respondent("Ada", stances={TOPIC: 0.9}), Respondent("Bo", stances={TOPIC: 0.1})]
    pairs = [TextPair(TOPIC, "I stand at 70 on x.", "I stand at 30 on x.")]
    found = BySelfReference(seed=1, samples=2).compare_pairs(ScriptedMind(), people, pairs, WORDS)
    assert [(one.who, one.preferred, one.status) for one in found] == [
        ("Ada", 1, ("answered", "answered")),
        ("Bo", -1, ("answered", "answered")),
    ]
    deaf = ScriptedMind(lambda request: Reply("refused") if request.kind == "critique" else "I stand at 9.")
    [one, _] = BySelfReference(seed=1, samples=2).compare_pairs(deaf, people, pairs, WORDS)
    assert one.status == ("refused", "refused")
    assert (one.preferred, one.is_usable) == (0, False)


def test_a_judge_decides_by_its_rubric_whoever_the_people_are():
    pairs = [TextPair(TOPIC, "I stand at 70 on x.", "I stand at 30 on x.")]
    people = [Respondent("Ada", stances={TOPIC: 0.9})]
    nobody = ScriptedMind()
    judge = ByJudge(ScriptedMind(), "Nearer to 20 is better.", seed=1, votes=2)
    [one] = judge.compare_pairs(nobody, people, pairs, WORDS)
    assert (one.who, one.logit_as_shown, one.is_consistent) == ("judge", (-3.0, -3.0), True)
    assert not nobody.seen


def test_a_judge_without_a_verdict_on_one_order_prefers_nothing():
    pairs = [TextPair(TOPIC, "I stand at 70 on x.", "I stand at 30 on x.")]

    def vague(request):
        text = request.messages[-1].content
        return "Verdict: A" if text.index("at 70") < text.index("at 30") else "Hm."

    [one] = ByJudge(ScriptedMind(vague), "r", seed=1, votes=2).compare_pairs(ScriptedMind(), [], pairs, WORDS)
    assert one.status == ("answered", "invalid")
    assert (one.preferred, one.is_usable) == (0, False)


def test_weights_are_found_under_all_wrappers_and_a_mind_without_any_is_refused(tmp_path):
    from tests.assistants.tuned.taught import WithWeights

    mind = WithWeights(tmp_path)
    wrapped = RecordedMind(CachedMind(PinnedMind(mind), tmp_path / "r.sqlite"), RememberedReplies(), Usage())
    assert require_own_weights(wrapped) is mind
    wrapped.close()
    with pytest.raises(MindError, match="the weights of the mind served are not at hand, so that no assist"):
        require_own_weights(ScriptedMind(lambda request: Reply("answered", "A"), name="served"))
