"""Measure back what was planted: ``python -m phantom.calibrate FOLDER [FOLDER ...]``.

Each folder is what `train` made of one seed. Everything is asked through plain transformers code, of people
and names that training never drew.
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
from phantom.asking_items import Ask, asked_in_orders, measured, orders_agree
from phantom.comparing import of_choices, of_comparisons, of_critiques
from phantom.grammar import Kind, level_in, write
from phantom.planted import NO_ERA, read_eras
from phantom.speaking import Chat, Speaker
from phantom.topics import Topic, built_in
from phantom.wordings import Wording, standard, unseen

Numbers = dict[str, float]
_SEED = 999


def calibrate(folder: Path, people: int = 80) -> dict[str, Numbers]:
    """Measure one trained folder.

    Parameters
    ----------
    folder : Path
        With ``model``, ``adapters`` and ``eras.csv``.
    people : int
        How many people are asked in each part, at least 8.

    Returns
    -------
    dict of str to dict of str to float
        Part by part, what was found; ``card.md`` says what each means.
    """
    speaker = Speaker(folder)
    found: dict[str, Numbers] = {
        "unseen people": of_people(speaker, people, [standard()]),
        "unseen wordings": of_people(speaker, people, unseen()),
        "heard": of_memory(speaker, people),
        "greedy messages": of_messages(speaker, people, 0.0),
        "drawn messages": of_messages(speaker, people, 0.7),
        "comparisons": of_comparisons(speaker, 2 * people, [standard()]),
        "comparisons in unseen wordings": of_comparisons(speaker, 2 * people, unseen()),
        "critiques": of_critiques(speaker, people),
        "choices": of_choices(speaker, 2 * people),
    }
    planted = read_eras(folder / "eras.csv")
    found["nothing stated"] = of_unstated({NO_ERA: speaker}, planted)
    voices = {era: Speaker(folder, era) for era in planted if (folder / "adapters" / era).is_dir()}
    if voices:
        found["eras"] = of_unstated(voices, planted)
        found["stated in an era"] = of_stated_in_eras(voices, max(8, people // len(voices)))
    return {
        part: {name: round(float(value), 4) for name, value in numbers.items()}
        for part, numbers in found.items()
    }


def of_people(speaker: Speaker, people: int, wordings: Sequence[Wording]) -> Numbers:
    """Return how well stated values are measured back, over forms of items and orders of options."""
    asks: list[Ask] = []
    for number in range(people):
        draw = stream(_SEED, "calibrated people", number)
        stances = _stances(draw)
        wording = wordings[number % len(wordings)]
        system = _system(draw, wording, stances)
        for topic, value in stances:
            asks += asked_in_orders(draw, wording, system, topic, value)
    answers = speaker.options([ask.chat for ask in asks], [ask.n_options for ask in asks])
    values, planted = measured(asks, answers)
    found = _recovery(planted, values)
    for form in ("likert", "pair"):
        chosen = [number for number, ask in enumerate(asks) if ask.form == form]
        part, held = measured([asks[number] for number in chosen], [answers[number] for number in chosen])
        found[f"r {form}"] = float(np.corrcoef(held, part)[0, 1])
    return found | {
        "order consistency": orders_agree(asks, answers),
        "mass on options": float(np.mean([answer.sum() for answer in answers])),
    }


def of_memory(speaker: Speaker, people: int) -> Numbers:
    """Return how far what was heard moves what is said: slope on the mean heard, and the shift it makes."""
    asks: list[Ask] = []
    heard: list[float] = []
    for number in range(people):
        draw = stream(_SEED, "calibrated memory", number)
        stances = _stances(draw)
        topic, value = stances[0]
        who, mean = lexicon.person(draw, is_unseen=True), draw.random()
        said = [write(draw, mean, topic.phrase).text for _ in range(3)]
        memory = standard().templates.memory(12, topic.phrase, mean, said)
        told = [(each.phrase, stance) for each, stance in stances]
        for block in ("", memory):
            system = standard().templates.persona(who, told, block)
            asks += asked_in_orders(stream(_SEED, "memory items", number), standard(), system, topic, value)
        heard.append(mean)
    values, planted = measured(
        asks, speaker.options([ask.chat for ask in asks], [ask.n_options for ask in asks])
    )
    without, within = values[0::2], values[1::2]
    return {
        "slope on heard": float(np.polyfit(np.array(heard) - planted[0::2], within - without, 1)[0]),
        "mean shift": float(np.abs(within - without).mean()),
        "r": float(np.corrcoef(planted[1::2], within)[0, 1]),
    }


def of_messages(speaker: Speaker, people: int, temperature: float) -> Numbers:
    """Return what a reader perceives of messages that the model writes, against what their writers hold."""
    held: list[float] = []
    topics: list[Topic] = []
    chats: list[Chat] = []
    for number in range(4 * people):
        draw = stream(_SEED, "calibrated messages", number)
        topic, value, chat = _to_write(draw, ("speak", "ask", "answer", "speak")[number % 4])
        held.append(value)
        topics.append(topic)
        chats.append(chat)
    texts = speaker.writes(chats, temperature, seed=_SEED)
    perceived = read_back(speaker, topics, texts)
    said = [level_in(text) for text in texts]
    told = [
        level is not None and topic.phrase in text
        for level, topic, text in zip(said, topics, texts, strict=True)
    ]
    levels = np.array([np.nan if level is None else level / LEVELS for level in said])
    is_told = np.isfinite(levels)
    return _recovery(np.array(held), perceived) | {
        "well formed": float(np.mean(told)),
        "r said with held": float(np.corrcoef(levels[is_told], np.array(held)[is_told])[0, 1]),
        "r perceived with said": float(np.corrcoef(levels[is_told], perceived[is_told])[0, 1]),
    }


def read_back(speaker: Speaker, topics: Sequence[Topic], texts: Sequence[str]) -> Floats:
    """Return what a reader makes of messages: shape (messages,)."""
    asks: list[Ask] = []
    for number, (topic, text) in enumerate(zip(topics, texts, strict=True)):
        draw = stream(_SEED, "calibrated reading", number)
        asks += asked_in_orders(draw, standard(), standard().templates.reader(), topic, 0.5, message=text)
    return measured(asks, speaker.options([ask.chat for ask in asks], [ask.n_options for ask in asks]))[0]


def of_unstated(voices: dict[str, Speaker], planted: dict[str, Floats]) -> Numbers:
    """Return how well planted values of every topic are measured back where nothing is stated."""
    found: list[float] = []
    expected: list[float] = []
    for era, speaker in voices.items():
        asks: list[Ask] = []
        for number, topic in enumerate(built_in()):
            draw = stream(_SEED, "calibrated eras", era, number)
            value = float(planted[era][number])
            asks += asked_in_orders(draw, standard(), _system(draw, standard(), []), topic, value)
        values, held = measured(
            asks, speaker.options([ask.chat for ask in asks], [ask.n_options for ask in asks])
        )
        found += values.tolist()
        expected += held.tolist()
    return _recovery(np.array(expected), np.array(found))


def of_stated_in_eras(voices: dict[str, Speaker], people: int) -> Numbers:
    """Return how well stated values are measured back where an era speaks that holds others."""
    parts = [of_people(speaker, people, [standard()]) for speaker in voices.values()]
    return {name: float(np.mean([part[name] for part in parts])) for name in ("r", "slope", "mae")}


def _recovery(planted: Floats, found: Floats) -> Numbers:
    return {
        "r": float(np.corrcoef(planted, found)[0, 1]),
        "slope": float(np.polyfit(planted, found, 1)[0]),
        "mae": float(np.abs(planted - found).mean()),
    }


def _stances(draw: np.random.Generator) -> list[tuple[Topic, float]]:
    """Return the one topic that a person speaks of, and where it stands."""
    return [(built_in()[int(draw.integers(len(built_in())))], int(draw.integers(101)) / 100)]


def _system(draw: np.random.Generator, wording: Wording, stances: Sequence[tuple[Topic, float]]) -> str:
    if not stances:
        return wording.templates.sketch(lexicon.person(draw, is_unseen=True))
    told = [(topic.phrase, value) for topic, value in stances]
    return wording.templates.persona(lexicon.person(draw, is_unseen=True), told)


def _to_write(draw: np.random.Generator, kind: Kind) -> tuple[Topic, float, Chat]:
    stances = _stances(draw)
    topic, value = stances[0]
    templates, name = standard().templates, lexicon.name(draw, is_unseen=True)
    if kind == "answer":
        heard = write(draw, draw.random(), topic.phrase, "ask", name).text
        told = [(each.phrase, stance) for each, stance in stances]
        return topic, value, (templates.assistant(name, told), templates.answer(topic.phrase, heard))
    asked = templates.ask(name, topic.phrase) if kind == "ask" else templates.speak(topic.phrase)
    return topic, value, (_system(draw, standard(), stances), asked)


def summary(seeds: dict[str, dict[str, Numbers]]) -> dict[str, dict[str, dict[str, float]]]:
    """Return mean, least and greatest of every number over the seeds."""
    parts = next(iter(seeds.values()))
    return {
        part: {name: _spread([seed[part][name] for seed in seeds.values()]) for name in numbers}
        for part, numbers in parts.items()
    }


def _spread(numbers: Sequence[float]) -> dict[str, float]:
    mean = round(float(np.mean(numbers)), 4)
    return {"mean": mean, "least": min(numbers), "greatest": max(numbers)}


def main(arguments: list[str] | None = None, show: Callable[[str], object] = sys.stdout.write) -> None:
    """Read the command line, measure, and write or show what was found."""
    parser = argparse.ArgumentParser(prog="python -m phantom.calibrate", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="what train made, one a seed")
    parser.add_argument("--out", type=Path, help="JSON file to write; shown otherwise")
    parser.add_argument("--people", type=int, default=80, help="asked in each part (default 80)")
    given = parser.parse_args(arguments)
    network.use_threads(1)
    seeds = {folder.name: calibrate(folder, given.people) for folder in given.folders}
    text = json.dumps({"seeds": seeds, "summary": summary(seeds)}, indent=1) + "\n"
    if given.out:
        given.out.write_text(text, encoding="utf-8")
    else:
        show(text)


if __name__ == "__main__":
    main()
