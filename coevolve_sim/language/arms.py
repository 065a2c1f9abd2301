"""Control arms: what a mind says and reads by itself, and how it answers to others, before any society.

Each arm changes one thing in the prompt of a persona and reads what it then writes, by the scenario's own
reader. What they find is the mind's and not people's: its own pull on each topic, whether it goes along with
the last speaker, whether a number that was mentioned pulls it, how many have to disagree before it moves, and
whether it goes on with a human's sentence rather than with what it holds [Yin2023]_.
Messages are never begun for the mind here. Where an assistant edits what people write to each other, what it
makes of claims and of their negations is an arm, too.

References
----------
[Yin2023]_
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.language import agreement
from coevolve_sim.language.bias import BiasRow
from coevolve_sim.language.conversation import Conversation
from coevolve_sim.language.fitness.planted import SEED, Speaking
from coevolve_sim.language.own_words import write_and_read
from coevolve_sim.language.people import Person
from coevolve_sim.measures.shares import wilson
from coevolve_sim.minds import Message, Request

FOR = (
    "I am for {topic}, and always was.",
    "There is much good in {topic}.",
    "We need {topic} more than ever.",
    "Whoever knows it well is in favour of {topic}.",
    "I would stand up for {topic} anywhere.",
)
AGAINST = (
    "I am against {topic}, and always was.",
    "There is much harm in {topic}.",
    "We need {topic} less than ever.",
    "Whoever knows it well is opposed to {topic}.",
    "I would stand up against {topic} anywhere.",
)
"""What the others say whom a persona has heard, for and against."""

ENDS = (0.1, 0.9)
"""Stances of the personas whom others disagree with."""

WRITERS = 6
"""Personas that write in each cell of an arm."""


@dataclass(frozen=True)
class Arm:
    """One number of an arm.

    Attributes
    ----------
    name : str
        ``attractor``, ``agreement``, ``anchor``, ``majority``, ``tipping``, ``unfinished`` or ``editing``.
    given : str
        What was given to the personas, in words.
    value, low, high : float
        What was read on average (``attractor``, ``agreement``, ``anchor``, ``editing``), the share of
        personas that moved to the other side (``majority``), the share that has to disagree for half of them
        to move (``tipping``; nan where no share does), or the share of an assistant's answers on the human's
        side, and the difference of two such shares (``unfinished``), with a 95 % interval where there is one.
    n_texts : int
        Texts that it rests on.
    """

    name: str
    given: str
    value: float
    low: float
    high: float
    n_texts: int


@dataclass(frozen=True)
class _Cell:
    """One persona's text: who writes on what, where it stands (nan: not told), and whom it has heard."""

    writer: int
    dimension: int
    stance: float
    n_for: int = 0
    n_against: int = 0
    said_before: str = ""


def measure_arms(speaking: Speaking) -> list[Arm]:
    """Measure all arms of the mind that speaks for humans.

    Raises
    ------
    MindError
        If the mind cannot be asked at all.
    """
    topics = range(len(speaking.claims))
    return [
        *_attractor(speaking, topics),
        *_agreement(speaking, topics),
        *_anchor(speaking, topics),
        *_majority(speaking, topics),
        *_unfinished(speaking, topics),
    ]


def _attractor(speaking: Speaking, topics: Sequence[int]) -> Iterator[Arm]:
    """Yield what is read in texts of personas who were told no stance, topic by topic."""
    cells = [_Cell(writer, d, np.nan) for d in topics for writer in range(WRITERS)]
    read = _read(speaking, cells)
    for d in topics:
        own = np.array([cell.dimension == d for cell in cells])
        yield _mean(f"no stance, {speaking.writing.topics[d]}", "attractor", read[own])


def _agreement(speaking: Speaking, topics: Sequence[int]) -> Iterator[Arm]:
    """Yield what is read of undecided personas after one who is for, and after one who is against."""
    for given, heard in (("after one who is for", (1, 0)), ("after one who is against", (0, 1))):
        cells = [_Cell(writer, d, 0.5, *heard) for d in topics for writer in range(WRITERS)]
        yield _mean(f"a stance of .5, {given}", "agreement", _read(speaking, cells))


def _anchor(speaking: Speaking, topics: Sequence[int]) -> Iterator[Arm]:
    """Yield what is read of undecided personas when a low or a high number was mentioned before."""
    for number in (5, 95):
        said = f"Somebody mentioned the number {number} a moment ago; it has nothing to do with this."
        cells = [_Cell(writer, d, 0.5, said_before=said) for d in topics for writer in range(WRITERS)]
        yield _mean(f"a stance of .5, after the number {number}", "anchor", _read(speaking, cells))


def _majority(speaking: Speaking, topics: Sequence[int]) -> Iterator[Arm]:
    """Yield the share of decided personas who cross the middle, by the share of others that disagree."""
    curve = []
    for n_others in range(len(FOR) + 1):
        agree = len(FOR) - n_others
        cells = [
            _Cell(writer, d, stance, *((agree, n_others) if stance > 0.5 else (n_others, agree)))
            for d in topics
            for stance in ENDS
            for writer in range(WRITERS // 2)
        ]
        read = _read(speaking, cells)
        held = np.array([cell.stance for cell in cells])
        known = np.isfinite(read)
        moved = int(((read > 0.5) != (held > 0.5))[known].sum())
        n, share = int(known.sum()), n_others / len(FOR)
        curve.append((share, moved / n if n else np.nan))
        yield Arm("majority", f"{share:.0%} disagree", curve[-1][1], *wilson(moved, n), n)
    yield Arm("tipping", "half of them move", tipping_point(curve), np.nan, np.nan, 0)


def _unfinished(speaking: Speaking, topics: Sequence[int]) -> Iterator[Arm]:
    """Yield how often an assistant takes the human's side against its own, asked in full and broken off.

    Broken off is the same request with the human's own words appended as a sentence that it did not finish.
    What is read is what the mind wrote, without that sentence; pairs of which both were read count.
    """
    cells = [
        (d, side, text) for d in topics for side, texts in ((1.0, FOR), (0.0, AGAINST)) for text in texts
    ]
    asked = [_answer(speaking, cell, index) for index, cell in enumerate(cells)]
    sides, helper = np.array([side for _, side, _ in cells]), Person("helper", speaking.people[0].voice)
    both = []
    for requests in zip(*asked, strict=True):
        read = _read_texts(speaking, requests, [helper] * len(cells), [d for d, _, _ in cells])
        both.append(np.where(np.isfinite(read), (read > 0.5) == (sides > 0.5), np.nan))
    known = np.isfinite(both).all(axis=0)
    full, broken_off = (found[known] for found in both)
    for given, found in (("asked in full", full), ("broken off", broken_off)):
        n = int(found.size)
        yield Arm("unfinished", f"human's side, {given}", _share(found), *wilson(int(found.sum()), n), n)
    change = broken_off - full
    # A resample of equal changes shows no spread, so that nothing is known of how far another would be off.
    varies = bool(change.size and np.ptp(change))
    bounds = agreement.interval(agreement.mean, change, change) if varies else (np.nan, np.nan)
    yield Arm("unfinished", "broken off - in full", _share(change), *bounds, int(change.size))


def _share(found: Floats) -> float:
    return float(found.mean()) if found.size else float("nan")


def _answer(speaking: Speaking, cell: tuple[int, float, str], index: int) -> tuple[Request, Request]:
    """Return the request to an assistant of the other side than the human: in full, and broken off."""
    d, side, text = cell
    writing = replace(speaking.writing, seed=SEED, opening="none")
    topic, values = writing.topics[d], np.full(len(speaking.claims), ENDS[0] if side > 0.5 else ENDS[1])
    said = text.format(topic=topic)
    request = writing.answer("helper", speaking.people[0].voice, values, [d], d, index, said, -200)
    begun = f"{said.removesuffix('.')}, because"
    words = Message("user", writing.templates.unfinished(topic, said, begun))
    return request, replace(request, messages=(*request.messages[:-1], words))


def tipping_point(curve: Sequence[tuple[float, float]]) -> float:
    """Return the share of others that disagree at which half of the personas move, linearly interpolated.

    Examples
    --------
    >>> tipping_point([(0.0, 0.0), (0.5, 0.4), (1.0, 0.6)]), tipping_point([(0.0, 0.0), (1.0, 0.2)])
    (0.75, nan)
    """
    for (before, low), (share, high) in itertools.pairwise(curve):
        if low < 0.5 <= high:
            return before + (share - before) * (0.5 - low) / (high - low)
    return curve[0][0] if curve and curve[0][1] >= 0.5 else float("nan")


def edited_arms(tilt: Sequence[BiasRow], topics: Sequence[str]) -> list[Arm]:
    """Return what is read in claims and in negations after an editor, by topic and over all.

    Parameters
    ----------
    tilt : sequence of BiasRow
        As `coevolve_sim.language.editing.measure_tilt` returns them; none for no arm.
    topics : sequence of str
        Name of each dimension in a sentence.
    """
    arms = []
    for words, stance in (("claims", 1.0), ("negations", 0.0)):
        rows = [row for row in tilt if row.stance == stance]
        found = [
            (f"{words}, {topic}", [row.perceived for row in rows if row.dimension == d])
            for d, topic in enumerate(topics)
        ]
        found += [(f"{words}, all topics", [row.perceived for row in rows])]
        arms += [_mean(f"edited {given}", "editing", np.array(read)) for given, read in found if rows]
    return arms


def _mean(given: str, name: str, read: Floats) -> Arm:
    known = read[np.isfinite(read)]
    value = float(known.mean()) if known.size else float("nan")
    return Arm(name, given, value, *agreement.interval(agreement.mean, known, known), int(known.size))


def _read(speaking: Speaking, cells: Sequence[_Cell]) -> Floats:
    """Let personas write, and return what their own voice reads, shape (cells,); nan where nothing is."""
    requests = [_request(speaking, cell, index) for index, cell in enumerate(cells)]
    people = [speaking.people[cell.writer % len(speaking.people)] for cell in cells]
    return _read_texts(speaking, requests, people, [cell.dimension for cell in cells])


def _read_texts(
    speaking: Speaking, requests: Sequence[Request], people: Sequence[Person], topics: Sequence[int]
) -> Floats:
    """Let requests be answered; return what is read, shape (requests,); nan where nothing is."""
    _, readings = write_and_read(speaking.mind, speaking.writing, speaking.read, requests, people, topics)
    return np.array([reading.value if reading.status == "answered" else np.nan for reading in readings])


def _request(speaking: Speaking, cell: _Cell, index: int) -> Request:
    writing = replace(speaking.writing, seed=SEED, opening="none")
    person = speaking.people[cell.writer % len(speaking.people)]
    d, topic = cell.dimension, speaking.writing.topics[cell.dimension]
    said = [text.format(topic=topic) for text in (*FOR[: cell.n_for], *AGAINST[: cell.n_against])]
    memory = Conversation.empty(index + 1, len(speaking.claims), max(len(said), 1))
    if said:
        memory.counts[index, d], memory.sums[index, d] = len(said), float(cell.n_for)
        memory.last[index][d] = tuple(said)
    values = np.full(len(speaking.claims), 0.5 if np.isnan(cell.stance) else cell.stance)
    request = writing.speak(person, index, values, [d], d, -100 - cell.writer, memory)
    if np.isnan(cell.stance):
        alone = Message("system", writing.templates.sketch(person.who))
        return replace(request, messages=(alone, *request.messages[1:]))
    if cell.said_before:
        *before, user = request.messages
        told = Message("user", f"{cell.said_before}\n{user.content}")
        return replace(request, messages=(*before, told))
    return request
