"""What a run's record did not keep, and which key of the scenario records it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from coevolve_sim.measures import CATALOGUE
from coevolve_sim.report.numbers import format_count, format_list
from coevolve_sim.view.run_browsing import BrowsedRun

MOST_NAMES = 40


@dataclass(frozen=True)
class Gap:
    """What is missing, and the keys that would have it recorded; none where no key has it."""

    missing: str
    key: str


def list_gaps(browsed: BrowsedRun) -> list[Gap]:
    """Return what the record of a run does not have, with the keys that record it."""
    return [
        *_find_rounds_left(browsed),
        *_find_values(browsed),
        *_find_measures(browsed),
        *_find_talk(browsed),
    ]


def _find_rounds_left(browsed: BrowsedRun) -> Iterator[Gap]:
    left = browsed.run.n_rounds - browsed.last
    if left and browsed.status != "running":
        yield Gap(
            f"The last {format_count(left, 'round')} of {browsed.run.n_rounds:,}.",
            f"coevolve resume {browsed.run.folder.resolve().name}",
        )


def _find_values(browsed: BrowsedRun) -> Iterator[Gap]:
    record, run = browsed.data.scenario.record, browsed.run
    if record.every > 1:
        yield Gap(f"Values between rounds: they are kept every {record.every} rounds.", "record.every: 1")
    left = run.n_humans - run.recorded_humans.size
    if left:
        yield Gap(
            f"Values of {left:,} of {format_count(run.n_humans, 'human')}, but at start, middle and end.",
            "record.humans: all",
        )


def _find_measures(browsed: BrowsedRun) -> Iterator[Gap]:
    measures = browsed.data.scenario.measures
    if measures.every > 1:
        yield Gap(
            f"Measures between rounds: they are taken every {measures.every} rounds.", "measures.every: 1"
        )
    absent = [name for name in CATALOGUE.own if name not in browsed.measures]
    if absent:
        yield Gap(
            f"Measures that were not taken: {format_list(absent, MOST_NAMES)}.",
            f"measures.names: [{absent[0]}, ...]",
        )


def _find_talk(browsed: BrowsedRun) -> Iterator[Gap]:
    if browsed.is_in_words:
        return
    yield Gap("Messages: in this run nobody speaks in words.", "channel.kind: language")
    if browsed.data.scenario.assistants:
        yield Gap(
            "Who consulted an assistant: in numbers only how many did is kept, round by round.",
            "channel.kind: language",
        )


def explain_absent_measure(name: str) -> str:
    """Return why a measure cannot be drawn, and the key that has it taken.

    Examples
    --------
    >>> explain_absent_measure("variance")
    'variance is not on record; measures.names: [variance] records it.'
    """
    return f"{name} is not on record; measures.names: [{name}] records it."
