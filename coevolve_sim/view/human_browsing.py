"""One human of a run: who it is, whom it hears, where it stood, and what moved it in a round."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.report.conversations import format_signed, format_value
from coevolve_sim.report.numbers import format_assistant, format_count, format_parameter
from coevolve_sim.society.media import draw_able, find_followers, place_outlets
from coevolve_sim.view.paging import Page, cut_page
from coevolve_sim.view.run_browsing import BrowsedRun
from coevolve_sim.view.spoken import NOT_BY_HUMAN


@dataclass(frozen=True)
class Influence:
    """What may have moved a human in a round, on one dimension.

    Attributes
    ----------
    source : str
        Who or what.
    count : str
        How many of them.
    stood : str
        Where they stood, or were heard to stand, on average.
    pull : str
        How far that is from where the human stood before the round, with its sign; for history, how far it
        moved everybody.
    note : str
        What the record does not tell.
    """

    source: str
    count: str
    stood: str
    pull: str
    note: str


@dataclass(frozen=True)
class Move:
    """Where a human stood before and after a round on a dimension, and what may have moved it."""

    told: str
    influences: tuple[Influence, ...]


# --- finding -------------------------------------------------------------------------------------


def find_humans(browsed: BrowsedRun, words: str, page: int) -> Page[int]:
    """Return a page of the humans whose number, name or group has all of some words.

    Parameters
    ----------
    browsed : BrowsedRun
    words : str
        Separated by spaces, in capitals or not; a whole number finds the human of that number first. Empty:
        everybody.
    page : int
        From 0.
    """
    wanted = words.lower().split()
    if not wanted:
        return cut_page(range(browsed.run.n_humans), page)
    groups = [name.lower() for name in browsed.run.groups]
    group_of = browsed.run.group_of
    names = browsed.run.names
    found = [
        human
        for human in range(browsed.run.n_humans)
        if _has_words(
            f"{human} {'' if names is None else names[human].lower()} {groups[group_of[human]]}", wanted
        )
    ]
    first = int(wanted[0]) if len(wanted) == 1 and wanted[0].isdecimal() else -1
    return cut_page(sorted(found, key=lambda human: human != first), page)


def _has_words(text: str, words: Sequence[str]) -> bool:
    return all(word in text for word in words)


# --- who -----------------------------------------------------------------------------------------


def describe_human(browsed: BrowsedRun, human: int) -> list[tuple[str, str]]:
    """Return what is on record of a human besides its values: number, name, group, attributes, voice."""
    run = browsed.run
    columns = [name for name in run.people.columns if name != "group" or len(run.groups) > 1]
    facts = [("Number" if name == "human" else name, f"{run.people[name].iloc[human]}") for name in columns]
    voices = {one.name: one.voice for one in browsed.data.scenario.population.groups}
    voice = voices.get(run.groups[run.group_of[human]], "")
    told = [(f"{name[0].upper()}{name[1:]}", text) for name, text in facts]
    return [*told, ("Voice", voice)] if voice else told


@dataclass(frozen=True, eq=False)
class Course:
    """Values of a human over time.

    Attributes
    ----------
    rounds : int array, shape (rounds,)
    values : float array, shape (rounds, dimensions)
    note : str
        What the record does not have; empty if it has every round.
    """

    rounds: NDArray[np.int64]
    values: Floats
    note: str


def read_course(browsed: BrowsedRun, human: int) -> Course:
    """Return a human's values over time: at each round on record, or at start, middle and end."""
    run = browsed.run
    if human in run.recorded_humans:
        rounds, values = run.recorded_course(human)
        every = browsed.data.scenario.record.every
        note = "" if every == 1 else f"On record every {every} rounds; record.every: 1 records each."
        return Course(rounds, values, note)
    snapshots = run.snapshots()
    return Course(
        np.array(list(snapshots), dtype=np.int64),
        np.array([values[human] for values in snapshots.values()]),
        "This human is on record at start, middle and end only; record.humans: all records everybody.",
    )


# --- whom it hears -------------------------------------------------------------------------------


def list_speakers(
    browsed: BrowsedRun, human: int, round_index: int, dimension: int, page: int
) -> Page[tuple[str, str, str]]:
    """Return a page of those whom a human hears: their name, weight of the tie, and value at a round."""
    speakers, weights = _read_speakers(browsed, human, round_index)
    if speakers is None:
        return cut_page([], page)
    values = browsed.values_at(round_index).values[:, dimension]
    cut = cut_page(range(speakers.size), page)
    rows = [
        (
            browsed.name_human(int(speakers[place])),
            "" if weights is None else format_parameter(float(weights[place])),
            format_value(float(values[speakers[place]])),
        )
        for place in cut.rows
    ]
    return Page(tuple(rows), cut.number, cut.count, cut.found)


def describe_speakers(browsed: BrowsedRun, human: int, round_index: int) -> str:
    """Return in a sentence how many a human hears."""
    ties = browsed.run.ties(round_index)
    if ties.complete:
        return f"Hears everybody: {format_count(browsed.run.n_humans - 1, 'other human')}."
    count = int(ties.indptr[human + 1] - ties.indptr[human])
    return f"Hears {format_count(count, 'human')}."


def _read_speakers(
    browsed: BrowsedRun, human: int, round_index: int
) -> tuple[NDArray[np.int64] | None, Floats | None]:
    """Return whom a human hears, None if that is everybody, and the weights of these ties."""
    ties = browsed.run.ties(round_index)
    if ties.complete:
        return None, None
    own = slice(int(ties.indptr[human]), int(ties.indptr[human + 1]))
    weights = None if ties.weights is None else ties.weights[own]
    return ties.indices[own].astype(np.int64), weights


# --- what moved it -------------------------------------------------------------------------------


def explain_move(browsed: BrowsedRun, human: int, round_index: int, dimension: int) -> Move:
    """Return how a human moved in a round on a dimension, and what may have moved it, as on record.

    In words it is what the human read in the messages that it heard. In numbers it is where those stood whom
    it can have heard: what each of them did to it is not kept.
    """
    if round_index == 0:
        return Move("Round 0 is the beginning: nobody has moved yet. Choose a later round.", ())
    since = browsed.values_at(round_index - 1).round_index
    before, after = (_value_at(browsed, human, r, dimension) for r in (since, round_index))
    told = _tell_move(since, round_index, before, after)
    explain = _explain_by_words if browsed.is_in_words else _explain_by_numbers
    at = Place(human, round_index, dimension, since, before)
    return Move(told, (*_explain_by_history(browsed, at), *explain(browsed, at)))


@dataclass(frozen=True)
class Place:
    """A human, a round and a dimension, with the last round on record before it and the value there."""

    human: int
    round_index: int
    dimension: int
    since: int
    before: float

    def measure_pull(self, stood: float) -> str:
        """Return how far something stands from where the human stood, with its sign."""
        return format_signed(stood - self.before)


def _value_at(browsed: BrowsedRun, human: int, round_index: int, dimension: int) -> float:
    """Return a value at the end of a round; nan if it is not on record."""
    shown = browsed.values_at(round_index)
    return float(shown.values[human, dimension]) if shown.round_index == round_index else float("nan")


def _tell_move(since: int, round_index: int, before: float, after: float) -> str:
    if np.isnan(before) or np.isnan(after):
        return (
            f"How far this human moved in round {round_index} is not on record: that takes its values before "
            "and after it. record.every: 1 and record.humans: all record them."
        )
    is_next = since == round_index - 1
    when = f"In round {round_index}" if is_next else f"From round {since} to round {round_index}"
    told = f"{when}: {format_value(before)} before, {format_value(after)} after, moved "
    told += f"{format_signed(after - before)}."
    return told if is_next else f"{told} Rounds between are not on record; record.every: 1 records each."


def _explain_by_history(browsed: BrowsedRun, at: Place) -> Iterator[Influence]:
    spec, course = browsed.data.scenario.history, browsed.data.means.history
    effect = getattr(spec, "effect", "none")
    if course is None or spec.kind == "none":
        return
    now = float(course[at.round_index, at.dimension])
    began_again = any(at.since < r <= at.round_index for r in browsed.data.history_restarts)
    if effect == "attract" and at.since == at.round_index - 1:
        pull = format_signed(spec.pull * (now - at.before))
        yield Influence("history", "", format_value(now), pull, "drew it so far before anybody spoke")
    elif effect == "shift" and not began_again:
        shift = now - float(course[at.since, at.dimension])
        yield Influence("history", "", format_value(now), format_signed(shift), "moved everybody alike")


def _explain_by_words(browsed: BrowsedRun, at: Place) -> Iterator[Influence]:
    """Yield what was read of the messages of each kind, in the order of a round."""
    if browsed.is_by_cells:
        yield Influence("messages", "–", "–", "–", f"{NOT_BY_HUMAN[0].lower()}{NOT_BY_HUMAN[1:]}")
        return
    heard = browsed.talk.hearings
    of_round = heard[(heard["round"] == at.round_index) & (heard["kind"] != "question")]
    name = browsed.run.dimensions[at.dimension]
    own = of_round[(of_round["listener"] == at.human) & (of_round["dimension"] == name)]
    if own.empty:
        topics = [
            label for d, label in browsed.labels.items() if d != name and (of_round["dimension"] == d).any()
        ]
        about = f"; the round was about {', '.join(topics)}" if topics else ""
        yield Influence("messages", "0", "–", "–", f"heard none on this dimension{about}")
    for kind, source in SOURCES.items():
        rows = own[own["kind"] == kind]
        if len(rows):
            read = rows["perceived"].dropna().to_numpy(dtype=float)
            mean = float(read.mean()) if read.size else float("nan")
            unread = len(rows) - read.size
            note = (
                f"{format_count(unread, 'reading')} came to no answer"
                if unread
                else "as this human read them"
            )
            yield Influence(source, f"{len(rows)}", format_value(mean), at.measure_pull(mean), note)


SOURCES = {
    "peer": "messages of peers",
    "edit": "messages of peers, as an assistant edited them",
    "outlet": "messages of outlets",
    "answer": "answers of assistants",
}
"""Kinds of messages that move a human who hears them."""


def _explain_by_numbers(browsed: BrowsedRun, at: Place) -> Iterator[Influence]:
    yield _explain_by_peers(browsed, at)
    yield from _explain_by_outlets(browsed, at)
    yield from _explain_by_assistants(browsed, at)


def _explain_by_peers(browsed: BrowsedRun, at: Place) -> Influence:
    speakers, _ = _read_speakers(browsed, at.human, at.round_index - 1)
    if speakers is None:
        speakers = np.delete(np.arange(browsed.run.n_humans), at.human)
    values = browsed.values_at(at.since).values[speakers, at.dimension]
    known = values[~np.isnan(values)]
    mean = float(known.mean()) if known.size else float("nan")
    note = f"at round {at.since}; whom of them it listened to is not kept"
    if known.size < speakers.size:
        note += f"; {known.size:,} of them are on record (record.humans: all records everybody)"
    return Influence(
        "peers whom it hears",
        f"{speakers.size:,}",
        format_value(mean),
        at.measure_pull(mean),
        note if speakers.size else "hears nobody",
    )


def _explain_by_outlets(browsed: BrowsedRun, at: Place) -> Iterator[Influence]:
    run, scenario = browsed.run, browsed.data.scenario
    able = draw_able(scenario, tuple(run.groups), run.group_of)
    if able is None:
        return
    outlets = place_outlets(scenario, tuple(run.dimensions), at.round_index)
    own = slice(at.human, at.human + 1)
    values = browsed.values_at(at.since).values[own]
    follows = find_followers(scenario, able[own], values, outlets)[0]
    for outlet, stands, is_followed in zip(scenario.media, outlets, follows, strict=True):
        if is_followed:
            stood = float(stands[at.dimension])
            note = f"follows it, rate {format_parameter(outlet.rate)}"
            yield Influence(f"outlet {outlet.name}", "1", format_value(stood), at.measure_pull(stood), note)


def _explain_by_assistants(browsed: BrowsedRun, at: Place) -> Iterator[Influence]:
    consulted = browsed.run.consultations
    for name, values in browsed.data.means.assistants.items():
        stood = float(values[at.round_index - 1, at.dimension])
        if np.isnan(stood):
            continue  # absent
        is_known = name in consulted.columns and at.round_index in consulted.index
        count = int(consulted[name][at.round_index]) if is_known else 0
        note = (
            f"{format_count(count, 'human')} consulted it; whether this one did is not kept in numbers "
            "(channel.kind: language keeps it)"
        )
        yield Influence(format_assistant(name), "", format_value(stood), at.measure_pull(stood), note)
