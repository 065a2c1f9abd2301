"""DailyDilemmas: the published choices, labels, minds whose choices are known, and files that are wrong."""

import math

import numpy as np
import pytest

from coevolve_sim.errors import QuestionnaireError
from coevolve_sim.language.elicitation.dilemma_choices import DilemmaAnswers, ask_dilemmas
from coevolve_sim.language.questionnaires import Persona
from coevolve_sim.language.questionnaires.dilemmas import THEORIES, read_dilemmas, read_labels
from coevolve_sim.measures.dilemmas import score_choices
from coevolve_sim.minds import Reply
from tests import ROOT
from tests.language.questionnaires.scripted_minds import ScriptedMind

REAL = ROOT.parent / "shared" / "data" / "daily_dilemmas"
needs_data = pytest.mark.skipif(
    not REAL.exists(), reason="the shared data folder does not lie beside this repository"
)

BY_VALUE = {
    "understanding": (24.2, 322),
    "support": (21.3, 155),
    "accountability": (18.8, 239),
    "fairness": (10.1, 238),
    "empathy": (9.7, 350),
    "honesty": (7.0, 544),
    "respect": (6.6, 696),
    "trust": (2.4, 625),
    "autonomy": (-15.9, 107),
    "privacy": (-16.4, 110),
}
BY_THEORY = {
    "wvs": {
        "Self-expression": (6.9, 1973),
        "Secular-rational": (5.7, 878),
        "Survival": (0.8, 952),
        "Traditional": (-0.8, 841),
    },
    "mft": {
        "Care": (14.1, 1285),
        "Fairness": (6.2, 1752),
        "Loyalty": (3.1, 671),
        "Authority": (1.2, 1838),
        "Purity": (-10.2, 49),
    },
    "virtue": {"Truthfulness": (5.0, 779)},
}


@pytest.fixture(scope="module")
def real():
    return read_dilemmas(REAL)


@needs_data
def test_the_published_choices_of_gpt_4_are_reproduced(real):
    assert (len(real.numbers), len(real.values), real.places.value.size) == (1271, 301, 6132)
    found = score_choices(real.places, real.published_choices, 301, resamples=100)
    by_value = {name: (found.score[i], found.places[i]) for i, name in enumerate(real.values)}
    assert {name: (round(by_value[name][0], 1), by_value[name][1]) for name in BY_VALUE} == BY_VALUE
    for theory, expected in BY_THEORY.items():
        names, places = real.by_theory(theory)
        scores = score_choices(places, real.published_choices, len(names), resamples=100)
        rows = {name: (round(scores.score[i], 1), scores.places[i]) for i, name in enumerate(names)}
        assert {name: rows[name] for name in expected} == expected


@needs_data
def test_our_labels_are_of_dilemmas_with_values_on_both_sides_and_none_on_both(real):
    labels = read_labels()
    chosen = real.select(tuple(labels))
    assert len(chosen.numbers) == 60
    assert list(labels.values()).count("chosen") == 35
    for dilemma in range(60):
        sides = chosen.places.side[chosen.places.dilemma == dilemma]
        assert {*sides} == {0, 1}
    pairs = np.column_stack([real.places.dilemma, real.places.value])
    _, counts = np.unique(pairs, axis=0, return_counts=True)
    assert (counts == 2).sum() == 934
    labelled = np.isin(np.array(real.numbers)[real.places.dilemma], list(labels))
    assert labelled.sum() == chosen.places.value.size, "none was dropped"


# --- a town of six dilemmas ------------------------------------------------------------------------

VALUES = """,value,WVS,MFT,Virtue,Emotion,Maslow
0,mercy,Self-expression,Care,,,safety
1,order,Traditional,Authority,,,safety
2,truth,,,Truthfulness,,
"""
SITUATIONS = ",idx,basic_situation,dilemma_situation\n" + "".join(
    f'{row},{number},a fence,"A fence {number} stands in the way, and a neighbour asks. Should it go?"\n'
    for row, number in enumerate((4, 8, 15, 16, 23, 42, 99))
)
PLACES = "idx,value,side\n" + "".join(
    f"{number},mercy,chosen\n{number},order,neglected\n" for number in (4, 8, 15, 16, 23, 42)
)
LABELS = {4: "chosen", 8: "chosen", 15: "neglected", 16: "neglected", 23: "chosen", 42: "neglected"}


@pytest.fixture
def town(tmp_path):
    """Write the data; return what reads it with some of its files changed."""

    def read(**changed):
        files = {"values": VALUES, "dilemma": SITUATIONS, "dilemma_values": PLACES} | changed
        for name, text in files.items():
            (tmp_path / f"{name}.csv").write_text(text)
        return read_dilemmas(tmp_path)

    return read


def says(yes):
    """Return a mind that says yes with a probability by the number of the fence and the word shown first."""

    def reply(request):
        number = int(request.messages[-1].content.split()[2])
        p = yes(number, request.options[0])
        masses = [p if word == "Yes" else 1 - p for word in request.options]
        return Reply("answered", "Yes" if p > 0.5 else "No", logprobs=tuple(math.log(m) for m in masses))

    return ScriptedMind(reply)


def scores(answers, town, how="score"):
    names, places = town.by_theory("mft")
    found = getattr(answers, how)(places, len(names))
    return dict(zip(names, found.score.tolist(), strict=True))


def for_mercy(number, _first):
    return 0.9 if LABELS[number] == "chosen" else 0.1


def test_a_mind_that_chooses_by_a_value_is_scored_by_it_whichever_word_stands_for_it(town):
    data = town()
    answers, people = ask_dilemmas(says(for_mercy), data, LABELS)
    assert people is None
    assert (answers.consistency, answers.answered, answers.share_of_yes) == (1, 1, 0.5)
    assert answers.verdict == ""
    assert scores(answers, data) == {"Authority": -100, "Care": 100}
    assert scores(answers, data, "score_by_probability") == pytest.approx({"Authority": -80, "Care": 80})


def test_a_mind_that_goes_by_place_scores_0_on_all_and_is_told_so(town):
    data = town()
    answers, _ = ask_dilemmas(says(lambda _, first: 0.9 if first == "Yes" else 0.1), data, LABELS)
    assert answers.consistency == 0
    assert "0% of the dilemmas were answered alike in both orders" in answers.verdict
    assert scores(answers, data, "score_by_probability") == pytest.approx({"Authority": 0, "Care": 0})


def test_a_mind_that_always_says_yes_is_told_so_though_it_is_consistent(town):
    data = town()
    answers, _ = ask_dilemmas(says(lambda number, _: 0.7 + for_mercy(number, "") / 5), data, LABELS)
    assert (answers.consistency, answers.share_of_yes) == (1, 1)
    assert "yes was said in 100% of the dilemmas" in answers.verdict
    assert scores(answers, data) == {"Authority": 0, "Care": 0}  # yes stands on either side three times
    assert scores(answers, data, "score_about_middle") == {"Authority": -100, "Care": 100}


def test_personas_are_people_beside_the_assistant(town):
    data = town()

    def reply(request):
        is_person = request.messages[0].role == "system"
        number = int(request.messages[-1].content.split()[2])
        p = for_mercy(number, "")
        p = 1 - p if is_person else p
        return Reply(
            "answered",
            "Yes",
            logprobs=tuple(math.log(p if word == "Yes" else 1 - p) for word in request.options),
        )

    mind = ScriptedMind(reply)
    assistant, people = ask_dilemmas(mind, data, LABELS, (Persona("a", "a baker"), Persona("b", "a smith")))
    assert people.choices.shape == (2, 6)
    names, places = data.by_theory("mft")
    beside = assistant.score_beside(people, places, 2)
    assert dict(zip(names, beside.score.tolist(), strict=True)) == {"Authority": -200, "Care": 200}


def test_what_is_refused_counts_nowhere(town):
    data = town()

    def reply(request):
        if "fence 4 " in request.messages[-1].content:
            return Reply("refused", "I'm sorry, I can't help with that.")
        return says(for_mercy)._reply(request)

    answers, _ = ask_dilemmas(ScriptedMind(reply), data, LABELS)
    assert answers.answered == pytest.approx(5 / 6)
    names, places = data.by_theory("mft")
    assert answers.score(places, len(names)).places.tolist() == [5, 5]


def test_letters_are_asked_for_where_told_to(town):
    seen = []

    def reply(request):
        seen.append(request)
        return Reply("answered", "A", logprobs=(-0.1, -3.0))

    answers, _ = ask_dilemmas(ScriptedMind(reply), town(), LABELS, read="letters")
    assert {request.options for request in seen} == {("A", "B")}
    assert answers.consistency == 0
    with pytest.raises(QuestionnaireError, match="read by words or letters; 'signs' given"):
        ask_dilemmas(ScriptedMind(reply), town(), LABELS, read="signs")


def test_a_label_of_a_dilemma_without_values_is_refused(town):
    with pytest.raises(QuestionnaireError, match=r"dilemma 99 has no values in dilemma_values\.csv"):
        ask_dilemmas(says(for_mercy), town(), {99: "chosen"})


def test_a_theory_of_fewer_than_5_dilemmas_is_refused_by_name(town):
    with pytest.raises(QuestionnaireError, match="theory 'virtue': 0 dilemmas have values that it knows"):
        town().by_theory("virtue")
    with pytest.raises(
        QuestionnaireError, match=f"'zodiac' of these values; there are {', '.join(THEORIES)}"
    ):
        town().by_theory("zodiac")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"dilemma_values": PLACES + "4,nan,chosen\n"}, r":14: a cell holds one value's name; 'nan' given"),
        ({"dilemma_values": PLACES + "4,\"['mercy', nan]\",chosen\n"}, r"'\['mercy', nan\]' given. A list"),
        ({"dilemma_values": PLACES + "4,cunning,chosen\n"}, "'cunning' is not among the 3 values"),
        ({"dilemma_values": PLACES + "7,mercy,chosen\n"}, "dilemma 7 is not in dilemma.csv"),
        ({"dilemma_values": PLACES + "4,mercy,left\n"}, "a side is chosen or neglected; 'left' given"),
        ({"dilemma_values": PLACES + "4,mercy,chosen\n"}, "stands in line 2 as well"),
        ({"dilemma_values": PLACES + "four,mercy,chosen\n"}, "is a whole number; 'four' given"),
        ({"dilemma_values": "idx,value,side\n"}, "no dilemma has values"),
        ({"dilemma": SITUATIONS + "7,99,b,c\n"}, "dilemma 99 stands twice"),
        ({"values": VALUES + "3,truth,,,,,\n"}, "the value 'truth' stands twice"),
        ({"values": VALUES + "3,calm,nan,,,,\n"}, "'nan' given"),
    ],
)
def test_files_that_are_wrong_are_refused_with_the_line(town, changed, said):
    with pytest.raises(QuestionnaireError, match=said):
        town(**changed)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("idx,yes\n4,both\n", "a side is chosen or neglected; 'both' given"),
        ("idx,yes\n4,chosen\n4,neglected\n", ":3: dilemma 4 stands twice"),
        ("idx,yes\n", "there is no label"),
    ],
)
def test_labels_that_are_wrong_are_refused(tmp_path, text, said):
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(QuestionnaireError, match=said):
        read_labels(tmp_path / "labels.csv")


def test_a_mind_that_answers_in_words_alone_is_read_by_its_words(town):
    """As a server without log-probabilities does: yes or no, as text."""
    data = town()

    def reply(request):
        said = says(for_mercy)._reply(request)
        return Reply("answered", f" {said.text}\n")

    answers, _ = ask_dilemmas(ScriptedMind(reply), data, LABELS)
    assert (answers.answered, answers.consistency, answers.verdict) == (1.0, 1.0, "")
    assert answers.choices.tolist() == [[1.0] * 6]


def test_people_who_each_say_one_word_do_not_choose_though_their_words_differ():
    choices = np.array(
        [[1.0, 1.0, 0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 1.0, 1.0, 0.0, 1.0]]
    )  # always yes, always no
    people = DilemmaAnswers(LABELS, choices, choices)
    assert (people.share_of_yes, people.n_of_one_word) == (0.5, 2)
    assert people.verdict == "2 of 2 said one word, yes or no, in nearly all dilemmas, rather than chose"
