"""Calibration of the embedded model's comparisons of texts, critiques, and choices by its own text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.minds.scripted.degrees import value_of
from coevolve_sim.streams import stream
from phantom import lexicon
from phantom.dialogues import preference_probability
from phantom.grammar import DISTANCES, Written, criticise, write
from phantom.speaking import Chat, Speaker
from phantom.topics import Topic, builtin_topics
from phantom.wordings import Wording, standard_wording

_SEED = 999
_CLEAR = 0.5
"""Pairs whose planted log odds are at most this far from 0 do not count for shares of right choices."""


def measure_comparisons(speaker: Speaker, people: int, wordings: Sequence[Wording]) -> dict[str, float]:
    """Measure how well planted preferences between two texts are recovered, over both orders."""
    chats: list[Chat] = []
    planted: list[float] = []
    for number in range(people):
        draw = stream(_SEED, "calibrated comparisons", number)
        topic, value = _draw_topic(draw), int(draw.integers(101)) / 100
        wording = wordings[number % len(wordings)]
        system = wording.templates.persona(lexicon.draw_person(draw, is_unseen=True), [(topic.phrase, value)])
        first, second = _draw_two_texts(draw, topic)
        chats += [
            (system, wording.templates.compare(topic.phrase, *texts))
            for texts in ((first.text, second.text), (second.text, first.text))
        ]
        planted.append(_log_odds(preference_probability(value, first.level, second.level)))
    return _measure_preferences(speaker, chats, np.array(planted))


def measure_choices(speaker: Speaker, people: int) -> dict[str, float]:
    """Measure the same for choices by one's own text, after correct critiques of both texts."""
    chats: list[Chat] = []
    planted: list[float] = []
    templates = standard_wording().templates
    for number in range(people):
        draw = stream(_SEED, "calibrated choices", number)
        topic, value = _draw_topic(draw), int(draw.integers(101)) / 100
        system = templates.persona(lexicon.draw_person(draw, is_unseen=True), [(topic.phrase, value)])
        own = write(draw, value, topic.phrase)
        first, second = _draw_two_texts(draw, topic)
        told = [(text.text, criticise(draw, own.level, text.level).text) for text in (first, second)]
        chats += [(system, templates.choose(topic.phrase, own.text, *texts)) for texts in (told, told[::-1])]
        planted.append(_log_odds(preference_probability(value_of(own.level), first.level, second.level)))
    return _measure_preferences(speaker, chats, np.array(planted))


def measure_critiques(speaker: Speaker, people: int) -> dict[str, float]:
    """Measure how often a critique states the true distance, and the true one or a neighbouring one."""
    chats: list[Chat] = []
    planted: list[int] = []
    templates = standard_wording().templates
    for number in range(people):
        draw = stream(_SEED, "calibrated critiques", number)
        topic, value = _draw_topic(draw), int(draw.integers(101)) / 100
        system = templates.persona(lexicon.draw_person(draw, is_unseen=True), [(topic.phrase, value)])
        own, other = write(draw, value, topic.phrase), write(draw, draw.random(), topic.phrase)
        chats.append((system, templates.critique(topic.phrase, own.text, other.text)))
        planted.append(_find_distance(criticise(draw, own.level, other.level).said))
    said = np.array([_find_distance(text) for text in speaker.write_messages(chats, 0.0, seed=_SEED)])
    away = np.where(said < 0, len(DISTANCES), np.abs(said - np.array(planted)))
    return {"right": float(np.mean(away == 0)), "right or next to it": float(np.mean(away <= 1))}


def _draw_topic(draw: np.random.Generator) -> Topic:
    return builtin_topics()[int(draw.integers(len(builtin_topics())))]


def _draw_two_texts(draw: np.random.Generator, topic: Topic) -> tuple[Written, Written]:
    return write(draw, draw.random(), topic.phrase), write(draw, draw.random(), topic.phrase)


def _log_odds(chance: float) -> float:
    return float(np.log(chance) - np.log1p(-chance))


def _find_distance(text: str) -> int:
    """Return the index of the distance that a critique states; -1 for none."""
    return next((number for number, said in enumerate(DISTANCES) if f" {said} " in f"{text} "), -1)


def _measure_preferences(speaker: Speaker, chats: Sequence[Chat], planted: Floats) -> dict[str, float]:
    answers = np.array(speaker.score_options(chats, [2] * len(chats)))
    shown = np.log(answers[:, 0]) - np.log(answers[:, 1])
    logits = (shown[0::2] - shown[1::2]) / 2.0
    clear = np.abs(planted) > _CLEAR
    return {
        "r": float(np.corrcoef(planted, logits)[0, 1]),
        "slope": float(np.polyfit(planted, logits, 1)[0]),
        "right": float(np.mean(np.sign(logits) == np.sign(planted), where=clear)),
        "order consistency": float(np.mean(np.sign(shown[0::2]) == -np.sign(shown[1::2]), where=clear)),
    }
