"""What the embedded model's people say, and what is planted: known before anything is trained."""

import numpy as np
import pytest

from coevolve_sim.minds.embedded import ERAS
from coevolve_sim.minds.scripted.degrees import FAMILIES, LEVELS, value_of
from coevolve_sim.streams import stream
from phantom.dialogues import LIKERT_VALUES, Mixture, likert, preference_probability
from phantom.grammar import DISTANCES, criticise, degree_probabilities, find_level, write
from phantom.planted import NO_ERA, planted_values, planted_values_of_no_era, read_eras, write_eras
from phantom.topics import builtin_topics
from phantom.wordings import seen_wordings, standard_wording, unseen_wordings

KINDS = ("speak", "ask", "answer")


@pytest.mark.parametrize("value", np.linspace(0, 1, 41).tolist())
def test_the_mean_of_the_degrees_with_which_a_value_is_said_is_the_value(value):
    likely = degree_probabilities(value)
    assert sum(likely.values()) == pytest.approx(1)
    assert sum(value_of(level) * chance for level, chance in likely.items()) == pytest.approx(value)
    assert max(likely) - min(likely) <= 1


def test_degrees_are_drawn_without_bias():
    said = [write(stream(1, "said", number), 0.37, "telling the truth").level for number in range(3000)]
    assert np.mean(said) / LEVELS == pytest.approx(0.37, abs=0.003)


@pytest.mark.parametrize("kind", KINDS)
def test_every_topic_and_degree_can_be_said_and_told_from_the_text(kind):
    for number, topic in enumerate(builtin_topics()):
        for level in range(LEVELS + 1):
            written = write(
                stream(2, "every degree", number, level), value_of(level), topic.phrase, kind, "Ada"
            )
            assert written.level == find_level(written.text) == level
            assert topic.phrase in written.text
            assert len(written.text.split()) < 45


def test_what_could_have_stood_in_a_degrees_place_begins_with_different_words():
    for family in FAMILIES:
        near = [
            (family.phrase(level).split()[0], family.phrase(level + 1).split()[0]) for level in range(LEVELS)
        ]
        assert all(first != second for first, second in near)
    written = write(stream(3, "choices"), 0.41, "telling the truth")
    assert sum(written.choices.values()) == pytest.approx(1)
    assert any(written.text[written.at :].startswith(f"{choice} ") for choice in written.choices)


@pytest.mark.parametrize("keyed", [1, -1])
@pytest.mark.parametrize("value", [0.0, 0.1, 0.25, 0.63, 1.0])
def test_the_mean_of_a_likert_answer_is_the_value(value, keyed):
    scores = LIKERT_VALUES if keyed == 1 else 1 - LIKERT_VALUES
    assert likert(value, keyed) @ scores == pytest.approx(value)
    assert likert(value, keyed).sum() == pytest.approx(1)


def test_wordings_kept_from_training_are_not_among_those_trained_on():
    texts = {
        text
        for wording in (standard_wording(), *seen_wordings())
        for text in (wording.likert, wording.pair, wording.four)
    }
    assert not texts & {
        text for wording in unseen_wordings() for text in (wording.likert, wording.pair, wording.four)
    }
    items = {wording.templates.texts["item"] for wording in (standard_wording(), *seen_wordings())}
    assert not items & {wording.templates.texts["item"] for wording in unseen_wordings()}


def test_planted_values_are_smooth_and_come_back_from_their_table(tmp_path):
    values = planted_values()
    assert values.shape == (len(ERAS), len(builtin_topics()))
    assert values.min() >= 0.05
    assert values.max() <= 0.95
    assert np.abs(np.diff(values, axis=0)).max() < 0.6
    assert np.ptp(values, axis=0).mean() > 0.2
    write_eras(tmp_path / "eras.csv", values, planted_values_of_no_era())
    table = read_eras(tmp_path / "eras.csv")
    assert list(table) == [NO_ERA, *ERAS]
    assert (table[NO_ERA] == planted_values_of_no_era()).all()
    assert (np.array([table[era] for era in ERAS]) == values).all()


def test_who_prefers_the_nearer_text_prefers_it_the_more_the_nearer_it_is():
    assert (
        preference_probability(0.5, 6, 12)
        > preference_probability(0.5, 6, 9)
        > preference_probability(0.5, 6, 6)
        == 0.5
    )
    chances = [preference_probability(value, 2, 9) for value in np.linspace(0, 1, 21)]
    assert all(np.diff(chances) <= 0)
    assert preference_probability(0.3, 2, 9) + preference_probability(0.3, 9, 2) == pytest.approx(1)


def test_a_critique_says_a_distance_that_grows_with_the_degrees_between():
    said = [criticise(stream(8, "critiques"), 0, level).said.strip() for level in range(LEVELS + 1)]
    assert [said.index(words) for words in DISTANCES] == [0, 2, 4, 7, 10]
    assert said == [criticise(stream(8, "critiques"), level, 0).said.strip() for level in range(LEVELS + 1)]
    for level in range(LEVELS + 1):
        critique = criticise(stream(8, "places", level), 6, level)
        assert critique.text[critique.at :].startswith(critique.said)


def test_a_dialogue_has_its_turns_and_every_target_is_a_distribution():
    wordings = ((standard_wording(), 1.0), *((wording, 1.0) for wording in seen_wordings()))
    mixed = Mixture(
        wordings, comparing=0.3, items=0.4, unstated=0.3, background={"schwartz-19/tradition": 0.9}
    )
    for number in range(150):
        dialogue = mixed.draw_dialogue(stream(6, "dialogues", number))
        assert len(dialogue.turns) == 6
        for turn in dialogue.turns:
            assert all(sum(chances.values()) == pytest.approx(1) for chances in turn.soft.values())
            assert all(
                any(turn.answer[place:].startswith(text) for text in chances)
                for place, chances in turn.soft.items()
            )
