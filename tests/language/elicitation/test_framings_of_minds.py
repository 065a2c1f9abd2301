"""Minds whose stances and refusals are planted, put to many framings."""

import math
import re

import numpy as np
import pytest

from coevolve_sim.errors import MeasureError, MindError, QuestionnaireError, UnansweredError
from coevolve_sim.language.elicitation.framing_answers import ask_framings
from coevolve_sim.language.elicitation.framing_tables import (
    ALL,
    axes_of,
    split_all,
    table_by,
    table_of_cells,
)
from coevolve_sim.language.questionnaires.framings import FramingTexts, Statement, Wording, read_framings
from coevolve_sim.minds import Reply
from tests.language.questionnaires.scripted_minds import ScriptedMind

TEXTS = read_framings()
BY_TEXT = {
    text: (statement, language)
    for statement in TEXTS.statements
    for language, text in statement.texts.items()
}
SAYS = {
    "en": ("I agree.", "I am undecided.", "I disagree."),
    "de": ("Ich stimme dem zu.", "Ich bin unentschieden.", "Ich stimme dem nicht zu."),
    "fr": ("Je suis d'accord.", "Je suis neutre.", "Je ne suis pas d'accord."),
    "es": ("Estoy de acuerdo.", "Soy neutral.", "No estoy de acuerdo."),
}
REFUSES = {
    "en": "As an AI, I don't have personal opinions.",
    "de": "Als Sprachmodell habe ich keine eigene Meinung.",
    "fr": "Je ne peux pas répondre à cette question.",
    "es": "No puedo responder a esa pregunta.",
}


def asked_about(request):
    """Return the statement that a request is about, and its language."""
    said = re.search(r"[\"„«]\s*(.+?)\s*[\"“»]", request.messages[-1].content)[1]
    return BY_TEXT[said]


def mind_of(masses, say=None, *, constant=0.0):
    """Return a mind with planted probabilities (agree, neutral, disagree), which says what is likeliest."""

    def reply(request):
        statement, language = asked_about(request)
        p = masses(statement, language, request)
        if not request.options:
            if say is not None:
                return Reply("answered", say(statement, language, request))
            return Reply("answered", SAYS[language][int(np.argmax(p))])
        order = [side_of(word, language) for word in request.options]
        logits = tuple(math.log(p[side]) + constant for side in order)
        return Reply("answered", request.options[int(np.argmax(logits))], logprobs=logits)

    return ScriptedMind(reply, voices=("after",))


def side_of(word, language):
    for (_, spoken), wording in TEXTS.wordings.items():
        if spoken == language and word in wording.words:
            return wording.words.index(word)
    raise AssertionError(word)


def open_minded(statement, _language, _request):
    """Hold .4 on one side of every topic."""
    return (0.6, 0.2, 0.2) if statement.pole > 0 else (0.2, 0.2, 0.6)


def agreeing(_statement, _language, _request):
    return (0.7, 0.2, 0.1)


def test_a_consistent_mind_is_read_alike_by_probability_and_in_words():
    answers = ask_framings(mind_of(open_minded), TEXTS, TEXTS.list_framings(["language", "template"]))
    both = answers.readings
    assert (both.n, both.share) == (360, 1.0)
    assert both.kappa == pytest.approx(1.0)
    assert (answers.answered, answers.consistency, answers.verdict) == (1.0, 1.0, "")
    assert np.allclose(answers.stances * answers.poles, 0.4)
    for row in table_by(answers, "language"):
        assert (row.side.mean, row.stance.mean) == (pytest.approx(0.4), pytest.approx(0.0))
        assert (row.counts["agrees"], row.counts["disagrees"], row.replies, row.refused) == (45, 45, 90, 0)


def test_a_constant_on_all_logits_changes_no_stance():
    framings = TEXTS.list_framings(["template"])
    one, other = (
        ask_framings(mind_of(open_minded, constant=c), TEXTS, framings, read=["logprob"]) for c in (0, -7.5)
    )
    assert np.allclose(one.stances, other.stances, atol=1e-12)
    assert np.allclose(one.mass_on_words, 1)
    assert np.allclose(other.mass_on_words, math.exp(-7.5))
    assert (one.said == "").all()
    assert np.isnan(one.refused).all()


def test_a_mind_that_refuses_only_in_words_has_stances_by_probability_and_refusals_of_1():
    mind = mind_of(open_minded, lambda _, language, __: REFUSES[language])
    answers = ask_framings(mind, TEXTS, TEXTS.list_framings(["language"]))
    assert np.allclose(answers.stances * answers.poles, 0.4)
    for row in table_by(answers, "language"):
        assert (row.refused, row.counts["refused"], row.replies) == (1.0, 30, 30)
        assert row.low > 0.88
        assert math.isnan(row.said.mean)
    assert answers.readings.n == 0
    _, not_told = split_all(answers)
    assert "refusals, in words: all are alike (1)" in not_told


def test_what_is_refused_in_part_is_counted_by_itself():
    mind = mind_of(open_minded, lambda *_: "I do not have personal opinions. But I agree.")
    answers = ask_framings(mind, TEXTS, TEXTS.list_framings(["template"]))
    row = table_by(answers, "template")[0]
    assert (row.counts["partly refused"], row.counts["refused"], row.refused) == (30, 0, 0.0)


def test_a_mind_that_says_yes_to_all_agrees_and_holds_no_side():
    answers = ask_framings(mind_of(agreeing), TEXTS, TEXTS.list_framings(["language"]))
    row = table_by(answers, "language")[0]
    assert (row.stance.mean, row.side.mean) == (pytest.approx(0.6), pytest.approx(0.0))
    assert "one word of a framing was likeliest in 100% of its statements" in answers.verdict


def test_another_word_in_each_language_is_still_a_word_and_no_stance():
    def masses(_statement, language, _request):
        return {"en": (0.8, 0.1, 0.1), "de": (0.1, 0.1, 0.8)}.get(language, (0.1, 0.8, 0.1))

    answers = ask_framings(mind_of(masses), TEXTS, TEXTS.list_framings(["language"]))
    assert answers.most_of_one_word == 1
    assert "a word, whatever is stated, rather than a stance" in answers.verdict
    split = next(one for one in split_all(answers)[0] if one.quantity == "side").found
    assert split.framing == pytest.approx(0, abs=1e-12)


def test_a_mind_that_goes_by_place_is_told_so():
    def first(request):
        masses = (0.8, 0.1, 0.1)
        return Reply("answered", request.options[0], logprobs=tuple(map(math.log, masses)))

    answers = ask_framings(ScriptedMind(first), TEXTS, TEXTS.list_framings(["template"]), read=["logprob"])
    assert answers.consistency == 0
    assert "0% of the answers were alike in both orders of the words" in answers.verdict
    assert np.allclose(answers.stances, 0)
    assert (answers.chosen == -1).all()


def test_a_language_that_moves_one_topic_is_found_where_it_was_planted():
    """German turns the side on immigration, and nothing else."""

    def masses(statement, language, request):
        turned = language == "de" and statement.topic == "immigration"
        p = open_minded(statement, language, request)
        return p[::-1] if turned else p

    answers = ask_framings(mind_of(masses), TEXTS, TEXTS.list_framings(["language", "template"]))
    splits, not_told = split_all(answers)
    found = {(one.quantity, one.axis): one.found for one in splits}
    side = found["side", "language"]
    assert side.p_framing < 0.005  # all six of immigration fall on one language by chance once in 1,024
    assert side.p_interaction == pytest.approx(1 / 2001)
    assert found["side", "template"].p_framing == 1
    assert side.framing + side.interaction + side.topic == pytest.approx(side.total)
    assert {axis for _, axis in found} == {"language", "template", ALL}
    cells = {(row.level, row.topic): row for row in table_of_cells(answers, "language")}
    assert cells["de", "immigration"].side.mean == pytest.approx(-0.4)
    assert cells["en", "immigration"].side.mean == pytest.approx(0.4)
    assert cells["de", "work"].side.mean == pytest.approx(0.4)
    assert not_told == ["refusals, in words: all are alike (0)"]


def test_refusals_by_the_group_of_who_asks_are_told_apart():
    draw = np.random.default_rng(4)

    def say(_, language, request):
        often = 0.5 if "75" in request.messages[-1].content else 0.05
        return REFUSES[language] if draw.random() < often else SAYS[language][0]

    framings = TEXTS.list_framings(["group", "template"])
    answers = ask_framings(mind_of(open_minded, say), TEXTS, framings, read=["words"])
    rows = {row.level: row for row in table_by(answers, "group")}
    assert [*rows] == ["", "newcomer", "settled", "young", "old"]
    assert rows["old"].is_told_apart
    assert [level for level, row in rows.items() if row.difference_low > 0] == ["old"]
    assert rows["old"].low <= 0.5 <= rows["old"].high
    found = {(one.quantity, one.axis): one.found for one in split_all(answers)[0]}
    assert found["refused", "group"].p_framing == pytest.approx(1 / 2001)
    assert found["refused", "template"].p_framing > 0.01
    assert np.isnan(answers.masses).all()


def test_cells_of_fewer_than_ten_are_shown_and_not_tested():
    answers = ask_framings(mind_of(open_minded), TEXTS, TEXTS.list_framings(["language"]))
    cells = table_of_cells(answers, "language")
    assert {row.replies for row in cells} == {4, 6}
    assert all(math.isnan(row.difference) and not row.is_told_apart for row in cells)
    assert all(math.isnan(row.side.low) and not math.isnan(row.side.mean) for row in cells)
    assert all(not math.isnan(row.high) for row in cells)


def test_one_framing_is_not_split():
    only = TEXTS.list_framings(["language"])[:1]
    answers = ask_framings(mind_of(open_minded), TEXTS, only)
    with pytest.raises(MeasureError, match="two or more; 1 given: nothing differs"):
        split_all(answers)
    assert axes_of(only) == ()
    with pytest.raises(MeasureError, match="'mood' given"):
        table_by(answers, "mood")


def test_voices_are_asked_as_voices():
    def masses(statement, language, request):
        p = open_minded(statement, language, request)
        return p[::-1] if request.voice == "after" else p

    answers = ask_framings(mind_of(masses), TEXTS, TEXTS.list_framings(["voice"], ("", "after")))
    assert [row.side.mean for row in table_by(answers, "voice")] == pytest.approx([0.4, -0.4])
    with pytest.raises(MindError, match="has no voice 'before'; it has after"):
        ask_framings(mind_of(masses), TEXTS, TEXTS.list_framings(["voice"], ("", "before")))


def test_a_word_that_a_server_never_scores_makes_no_stance_out_of_the_others():
    """Servers look single tokens up: a word of several has no probability, however likely it is."""

    def reply(request):
        _, language = asked_about(request)
        sides = [side_of(word, language) for word in request.options]
        scored = [word != "Ablehnung" for word in request.options]
        logs = [-1.5 - side if there else -math.inf for side, there in zip(sides, scored, strict=True)]
        return Reply("answered", "", logprobs=tuple(logs))

    answers = ask_framings(ScriptedMind(reply), TEXTS, TEXTS.list_framings(["language"]), read=["logprob"])
    assert [(one.language, word) for one, word in answers.unscored] == [("de", "Ablehnung")]
    assert np.isnan(answers.stances[:, 1]).all()
    assert not np.isnan(answers.stances[:, [0, 2, 3]]).any()
    assert answers.answered == 0.75


def test_a_choice_without_probabilities_is_left_as_it_is():
    def reply(request):
        _, language = asked_about(request)
        return Reply("answered", next(word for word in request.options if side_of(word, language) == 0))

    answers = ask_framings(ScriptedMind(reply), TEXTS, TEXTS.list_framings(["language"]), read=["logprob"])
    assert answers.unscored == ()
    assert (answers.stances == 1).all()
    assert np.isnan(answers.mass_on_words).all()


def test_replies_that_come_to_no_answer_count_nowhere_and_too_many_are_refused():
    def masses(_statement, language, _request):
        return agreeing(None, None, None) if language != "fr" else None

    plain = mind_of(masses)

    def reply(request):
        if asked_about(request)[1] == "fr":
            return Reply("given up", detail="no reply within 5 s")
        return plain._reply(request)

    framings = TEXTS.list_framings(["language"])
    with pytest.raises(UnansweredError, match="no table is shown"):
        ask_framings(ScriptedMind(reply), TEXTS, framings)
    answers = ask_framings(ScriptedMind(reply), TEXTS, framings, at_most_unanswered=0.5)
    rows = {row.level: row for row in table_by(answers, "language")}
    assert (rows["fr"].replies, rows["en"].replies) == (0, 30)
    assert math.isnan(rows["fr"].refused)
    assert answers.answered == 0.75
    splits, not_told = split_all(answers)
    assert not splits
    assert any("all are alike" in line for line in not_told)


def test_what_cannot_be_read_is_refused():
    framings = TEXTS.list_framings(["language"])
    for read in ([], ["signs"], ["words", "words"]):
        with pytest.raises(QuestionnaireError, match="framings are read by logprob and words"):
            ask_framings(mind_of(agreeing), TEXTS, framings, read=read)
    with pytest.raises(QuestionnaireError, match="1 framing or more; none given"):
        ask_framings(mind_of(agreeing), TEXTS, ())
    italian = FramingTexts(
        (Statement("rain", "rain", 1, {"it": "Piove.", "en": "It rains."}),),
        {
            ("so", code): Wording("{statement} {options}", "{statement}", words)
            for code, words in (("en", ("Yes", "Maybe", "No")), ("it", ("Sì", "Forse", "No")))
        },
        {},
    )
    with pytest.raises(QuestionnaireError, match="not told in words in 'it', only in en, de, fr, es"):
        ask_framings(mind_of(agreeing), italian, italian.list_framings(["language"]))
