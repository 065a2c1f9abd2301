"""Calibrate the embedded model: ``python -m phantom.calibrate FOLDER [FOLDER ...]``.

The values planted in it are measured back. Each folder is what `train` made from one seed. Everything is
asked through plain transformers code, of people and names that training never used.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.minds.scripted.degrees import LEVELS
from coevolve_sim.streams import stream
from phantom import lexicon, network
from phantom.asking_items import Ask, ask_in_orders, average_answers, order_agreement
from phantom.comparing import measure_choices, measure_comparisons, measure_critiques
from phantom.grammar import Kind, find_level, write
from phantom.planted import NO_ERA, read_eras
from phantom.speaking import Chat, Speaker
from phantom.topics import Topic, builtin_topics
from phantom.wordings import Wording, standard_wording, unseen_wordings

Numbers = dict[str, float]
_SEED = 999


def calibrate(folder: Path, people: int = 80) -> dict[str, Numbers]:
    """Measure the model of one trained folder.

    Parameters
    ----------
    folder : Path
        With ``model``, ``adapters`` and ``eras.csv``.
    people : int
        Number of people asked in each part, at least 8.

    Returns
    -------
    dict of str to dict of str to float
        Results by part; ``card.md`` explains each.
    """
    speaker = Speaker(folder)
    found: dict[str, Numbers] = {
        "unseen people": measure_people(speaker, people, [standard_wording()]),
        "unseen wordings": measure_people(speaker, people, unseen_wordings()),
        "heard": measure_memory(speaker, people),
        "greedy messages": measure_messages(speaker, people, 0.0),
        "drawn messages": measure_messages(speaker, people, 0.7),
        "comparisons": measure_comparisons(speaker, 2 * people, [standard_wording()]),
        "comparisons in unseen wordings": measure_comparisons(speaker, 2 * people, unseen_wordings()),
        "critiques": measure_critiques(speaker, people),
        "choices": measure_choices(speaker, 2 * people),
    }
    planted = read_eras(folder / "eras.csv")
    found["nothing stated"] = measure_unstated({NO_ERA: speaker}, planted)
    voices = {era: Speaker(folder, era) for era in planted if (folder / "adapters" / era).is_dir()}
    if voices:
        found["eras"] = measure_unstated(voices, planted)
        found["stated in an era"] = measure_stated_in_eras(voices, max(8, people // len(voices)))
    return {
        part: {name: round(float(value), 4) for name, value in numbers.items()}
        for part, numbers in found.items()
    }


def measure_people(speaker: Speaker, people: int, wordings: Sequence[Wording]) -> Numbers:
    """Measure how well stated values are recovered, over forms of items and orders of options."""
    asks: list[Ask] = []
    for number in range(people):
        draw = stream(_SEED, "calibrated people", number)
        stances = _draw_stance(draw)
        wording = wordings[number % len(wordings)]
        system = _write_system(draw, wording, stances)
        for topic, value in stances:
            asks += ask_in_orders(draw, wording, system, topic, value)
    answers = speaker.score_options([ask.chat for ask in asks], [ask.n_options for ask in asks])
    values, planted = average_answers(asks, answers)
    found = _measure_recovery(planted, values)
    for form in ("likert", "pair"):
        chosen = [number for number, ask in enumerate(asks) if ask.form == form]
        part, held = average_answers(
            [asks[number] for number in chosen], [answers[number] for number in chosen]
        )
        found[f"r {form}"] = float(np.corrcoef(held, part)[0, 1])
    return found | {
        "order consistency": order_agreement(asks, answers),
        "mass on options": float(np.mean([answer.sum() for answer in answers])),
    }


def measure_memory(speaker: Speaker, people: int) -> Numbers:
    """Measure how far a memory of what was heard moves answers: slope on the mean heard, and mean shift."""
    asks: list[Ask] = []
    heard: list[float] = []
    for number in range(people):
        draw = stream(_SEED, "calibrated memory", number)
        stances = _draw_stance(draw)
        topic, value = stances[0]
        who, mean = lexicon.draw_person(draw, is_unseen=True), draw.random()
        said = [write(draw, mean, topic.phrase).text for _ in range(3)]
        memory = standard_wording().templates.memory(12, topic.phrase, mean, said)
        told = [(each.phrase, stance) for each, stance in stances]
        for block in ("", memory):
            system = standard_wording().templates.persona(who, told, block)
            asks += ask_in_orders(
                stream(_SEED, "memory items", number), standard_wording(), system, topic, value
            )
        heard.append(mean)
    values, planted = average_answers(
        asks, speaker.score_options([ask.chat for ask in asks], [ask.n_options for ask in asks])
    )
    without, within = values[0::2], values[1::2]
    return {
        "slope on heard": float(np.polyfit(np.array(heard) - planted[0::2], within - without, 1)[0]),
        "mean shift": float(np.abs(within - without).mean()),
        "r": float(np.corrcoef(planted[1::2], within)[0, 1]),
    }


def measure_messages(speaker: Speaker, people: int, temperature: float) -> Numbers:
    """Measure how well a reader's perception of the model's messages recovers their writers' values."""
    held: list[float] = []
    topics: list[Topic] = []
    chats: list[Chat] = []
    for number in range(4 * people):
        draw = stream(_SEED, "calibrated messages", number)
        topic, value, chat = _request_message(draw, ("speak", "ask", "answer", "speak")[number % 4])
        held.append(value)
        topics.append(topic)
        chats.append(chat)
    texts = speaker.write_messages(chats, temperature, seed=_SEED)
    perceived = read_back(speaker, topics, texts)
    said = [find_level(text) for text in texts]
    told = [
        level is not None and topic.phrase in text
        for level, topic, text in zip(said, topics, texts, strict=True)
    ]
    levels = np.array([np.nan if level is None else level / LEVELS for level in said])
    is_told = np.isfinite(levels)
    return _measure_recovery(np.array(held), perceived) | {
        "well formed": float(np.mean(told)),
        "r said with held": float(np.corrcoef(levels[is_told], np.array(held)[is_told])[0, 1]),
        "r perceived with said": float(np.corrcoef(levels[is_told], perceived[is_told])[0, 1]),
    }


def read_back(speaker: Speaker, topics: Sequence[Topic], texts: Sequence[str]) -> Floats:
    """Return the values that a reader perceives in messages, shape (messages,)."""
    asks: list[Ask] = []
    for number, (topic, text) in enumerate(zip(topics, texts, strict=True)):
        draw = stream(_SEED, "calibrated reading", number)
        asks += ask_in_orders(
            draw, standard_wording(), standard_wording().templates.reader(), topic, 0.5, message=text
        )
    return average_answers(
        asks, speaker.score_options([ask.chat for ask in asks], [ask.n_options for ask in asks])
    )[0]


def measure_unstated(voices: dict[str, Speaker], planted: dict[str, Floats]) -> Numbers:
    """Measure how well the planted values of every topic are recovered if the prompt states none."""
    found: list[float] = []
    expected: list[float] = []
    for era, speaker in voices.items():
        asks: list[Ask] = []
        for number, topic in enumerate(builtin_topics()):
            draw = stream(_SEED, "calibrated eras", era, number)
            value = float(planted[era][number])
            asks += ask_in_orders(
                draw, standard_wording(), _write_system(draw, standard_wording(), []), topic, value
            )
        values, held = average_answers(
            asks, speaker.score_options([ask.chat for ask in asks], [ask.n_options for ask in asks])
        )
        found += values.tolist()
        expected += held.tolist()
    return _measure_recovery(np.array(expected), np.array(found))


def measure_stated_in_eras(voices: dict[str, Speaker], people: int) -> Numbers:
    """Measure how well stated values are recovered from an era's voice, whose own values differ."""
    parts = [measure_people(speaker, people, [standard_wording()]) for speaker in voices.values()]
    return {name: float(np.mean([part[name] for part in parts])) for name in ("r", "slope", "mae")}


def _measure_recovery(planted: Floats, found: Floats) -> Numbers:
    return {
        "r": float(np.corrcoef(planted, found)[0, 1]),
        "slope": float(np.polyfit(planted, found, 1)[0]),
        "mae": float(np.abs(planted - found).mean()),
    }


def _draw_stance(draw: np.random.Generator) -> list[tuple[Topic, float]]:
    """Draw one topic and a person's value on it."""
    return [(builtin_topics()[int(draw.integers(len(builtin_topics())))], int(draw.integers(101)) / 100)]


def _write_system(draw: np.random.Generator, wording: Wording, stances: Sequence[tuple[Topic, float]]) -> str:
    if not stances:
        return wording.templates.sketch(lexicon.draw_person(draw, is_unseen=True))
    told = [(topic.phrase, value) for topic, value in stances]
    return wording.templates.persona(lexicon.draw_person(draw, is_unseen=True), told)


def _request_message(draw: np.random.Generator, kind: Kind) -> tuple[Topic, float, Chat]:
    stances = _draw_stance(draw)
    topic, value = stances[0]
    templates, name = standard_wording().templates, lexicon.draw_name(draw, is_unseen=True)
    if kind == "answer":
        heard = write(draw, draw.random(), topic.phrase, "ask", name).text
        told = [(each.phrase, stance) for each, stance in stances]
        return topic, value, (templates.assistant(name, told), templates.answer(topic.phrase, heard))
    asked = templates.ask(name, topic.phrase) if kind == "ask" else templates.speak(topic.phrase)
    return topic, value, (_write_system(draw, standard_wording(), stances), asked)


def summarize(seeds: dict[str, dict[str, Numbers]]) -> dict[str, dict[str, dict[str, float]]]:
    """Return the mean, least and greatest of every number over the seeds."""
    parts = next(iter(seeds.values()))
    return {
        part: {name: _spread([seed[part][name] for seed in seeds.values()]) for name in numbers}
        for part, numbers in parts.items()
    }


def _spread(numbers: Sequence[float]) -> dict[str, float]:
    mean = round(float(np.mean(numbers)), 4)
    return {"mean": mean, "least": min(numbers), "greatest": max(numbers)}


def main(arguments: list[str] | None = None, show: Callable[[str], object] = sys.stdout.write) -> None:
    """Run the command: measure, and write or show the results."""
    parser = argparse.ArgumentParser(prog="python -m phantom.calibrate", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="what train made, one a seed")
    parser.add_argument("--out", type=Path, help="JSON file to write; shown otherwise")
    parser.add_argument("--people", type=int, default=80, help="asked in each part (default 80)")
    given = parser.parse_args(arguments)
    network.use_threads(1)
    seeds = {folder.name: calibrate(folder, given.people) for folder in given.folders}
    text = json.dumps({"seeds": seeds, "summary": summarize(seeds)}, indent=1) + "\n"
    if given.out:
        given.out.write_text(text, encoding="utf-8")
    else:
        show(text)


if __name__ == "__main__":
    main()
