"""What a real model does as an editor of what people say: the table of docs/real_models.md.

    .venv/bin/python benchmarks/real_editor.py [MODEL] [TOPICS]

People of five stances write on each topic, with openings as in ``scenarios/real_model.yaml``. Each message is
edited three times with the same draws: by an editor that is told to be against, by one told to be for, and by
one told nothing. The run's calibrated probe reads all. What an editor makes of claims and of
their negations, told nothing, is its own tilt. Intervals are of 95 %, bootstrap over messages or over topics.
MODEL is smollm2 if not given, TOPICS 10.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np

from coevolve_sim.language import Utterance
from coevolve_sim.language.agreement import correlation, interval, mean, slope
from coevolve_sim.language.channel import LanguageChannel
from coevolve_sim.language.conversation import Conversation
from coevolve_sim.language.editing import Editor, measure_tilt, write_edits
from coevolve_sim.language.own_words import write_and_read
from coevolve_sim.language.parsing import ParsedMessage
from coevolve_sim.language.readers import ToRead
from coevolve_sim.scenario import load
from coevolve_sim.society.setup import build_setup

TOPICS = (
    "grass",
    "gunlaw",
    "cappun",
    "abany",
    "letdie1",
    "homosex",
    "premarsx",
    "spkath",
    "helppoor",
    "sexeduc",
)
STANCES = (0.1, 0.3, 0.5, 0.7, 0.9)
TOLD = {"told to be against": 0.05, "told to be for": 0.95, "told nothing": None}
ROUND = -900  # draws of its own


def main(model: str, n_topics: int) -> None:
    """Print what an editor moves, and its own tilt."""
    channel = channel_of(model, n_topics)
    (fitness,) = channel.measure_fitness(always=True)
    print(f"{fitness.sentence}\n", flush=True)
    told, before = write(channel)
    after = {}
    for name, stance in TOLD.items():
        edits = edit(channel, told, stance)
        after[name] = read(channel, told, edits)
        same = np.mean([one.heard == said.heard for (_, _, said), one in zip(told, edits, strict=True)])
        heard = np.mean([one.is_heard for one in edits])
        print(f"{name}: {heard:.0%} heard, {same:.0%} as they were", flush=True)
    print_moves(before, after)
    print_tilt(channel)


def channel_of(model: str, n_topics: int) -> LanguageChannel:
    """Return the channel of the shipped scenario with an editor, on some topics."""
    dimensions = f"dimensions=[{', '.join(TOPICS[:n_topics])}]"
    changes = (
        dimensions,
        f"minds.0.model={model}",
        "channel.unfit=allow",
        "channel.mediator={assistant: assistant, share: 1.0}",
        "assistants.0.policy={kind: frozen}",
    )
    return build_setup(load("scenarios/real_model.yaml", changes)).channel


def write(channel: LanguageChannel) -> tuple[list[tuple[int, int, Utterance]], np.ndarray]:
    """Return messages of people of known stances, with writer and topic, and what is read in each."""
    cells = [(d, held) for d in range(channel.n_dimensions) for held in STANCES]
    people = [channel.planters[k % len(channel.planters)] for k in range(len(cells))]
    nothing = Conversation.empty(len(cells), channel.n_dimensions, 0)
    requests = [
        channel.writing.speak(
            people[k], k, np.full(channel.n_dimensions, held), [d], d, ROUND - k % len(STANCES), nothing
        )
        for k, (d, held) in enumerate(cells)
    ]
    topics, aside = [d for d, _ in cells], channel.minds.aside(channel.mind)
    texts, readings = write_and_read(
        aside, channel.writing, lambda rows: channel.read(channel.mind, rows), requests, people, topics
    )
    heard = [k for k, text in enumerate(texts) if text.is_heard]
    said = [Utterance("peer", k, -1, topics[k], "answered", texts[k].heard, "", cells[k][1]) for k in heard]
    return [(k, one.dimension, one) for k, one in zip(heard, said, strict=True)], np.array(
        [readings[k].value for k in heard]
    )


def edit(
    channel: LanguageChannel, told: Sequence[tuple[int, int, Utterance]], stance: float | None
) -> list[ParsedMessage]:
    """Return what the editor makes of messages, told a stance or none."""
    editor, mind = Editor(channel.assistants[0].name, ""), channel.minds.aside(channel.mind)
    return [one for one, *_ in write_edits(mind, channel.writing, editor, told, lambda _d: stance, ROUND)]


def read(
    channel: LanguageChannel, told: Sequence[tuple[int, int, Utterance]], edits: Sequence[ParsedMessage]
) -> np.ndarray:
    """Return what is read in edits; nan where nothing is heard."""
    found = np.full(len(edits), np.nan)
    heard = [k for k, one in enumerate(edits) if one.is_heard]
    rows = [ToRead(edits[k].heard, told[k][1], "") for k in heard]
    found[heard] = [one.value for one in channel.read(channel.mind, rows)]
    return found


def print_moves(before: np.ndarray, after: dict[str, np.ndarray]) -> None:
    """Print how far edits moved what is read, and the part that is the stance's."""
    print("\n| what | messages | found |\n| --- | --- | --- |")
    for name, numbers in after.items():
        known = np.isfinite(numbers) & np.isfinite(before)
        a, b = before[known], numbers[known]
        print(f"| read before, and after it was {name} | {known.sum()} | {a.mean():.3f}, {b.mean():.3f} |")
        print(f"| moved, {name} | {known.sum()} | {with_interval(b - a)} |")
        r, low_high = correlation(a, b), interval(correlation, a, b)
        kept = f"{r:.2f} [{low_high[0]:.2f}, {low_high[1]:.2f}], slope {slope(a, b):.2f}"
        print(f"| r of after on before, {name} | {known.sum()} | {kept} |")
    against, favour, nothing = (after[name] for name in TOLD)
    known = np.isfinite(against) & np.isfinite(favour)
    apart = TOLD["told to be for"] - TOLD["told to be against"]
    share = (favour - against)[known] / apart
    print(f"| share of the way to the stance it was told | {known.sum()} | {with_interval(share)} |")
    print(f"| the same, unedited | {len(before)} | 0: one and the same text |")
    known = np.isfinite(nothing) & np.isfinite(before)
    side = np.where(before[known] < 0.5, 1.0, -1.0)
    print(
        f"| moved towards the other side, told nothing | {known.sum()} | "
        f"{with_interval((nothing - before)[known] * side)} |"
    )


def print_tilt(channel: LanguageChannel) -> None:
    """Print what is read in claims and negations before and after an editor that is told nothing."""
    editor, mind = Editor(channel.assistants[0].name, ""), channel.minds.aside(channel.mind)
    rows = measure_tilt(
        mind, channel.writing, editor, lambda told: channel.read(channel.mind, told), [""], channel.claims
    )
    edited = {(row.dimension, row.stance): row.perceived for row in rows}
    cells = [
        (d, stance, text)
        for d, pair in enumerate(channel.claims)
        for stance, text in zip((1.0, 0.0), pair, strict=True)
    ]
    plain = channel.read(channel.mind, [ToRead(text, d, "") for d, _, text in cells])
    moved = {
        (d, stance): edited[d, stance] - one.value for (d, stance, _), one in zip(cells, plain, strict=True)
    }
    for name, stance in (("claims", 1.0), ("negations", 0.0)):
        shift = np.array([moved[d, stance] for d in range(len(channel.claims))])
        before = np.array(
            [one.value for (_, held, _), one in zip(cells, plain, strict=True) if held == stance]
        )
        known = np.isfinite(shift)
        print(
            f"| tilt: {name} read at {np.nanmean(before):.3f}, moved | {known.sum()} | "
            f"{with_interval(shift[known])} |"
        )
    both = np.array([(moved[d, 1.0] + moved[d, 0.0]) / 2.0 for d in range(len(channel.claims))])
    print(
        f"| tilt: both on average | {np.isfinite(both).sum()} topics | "
        f"{with_interval(both[np.isfinite(both)])} |"
    )


def with_interval(numbers: np.ndarray) -> str:
    """Return a mean with its interval."""
    low, high = interval(mean, numbers, numbers)
    return f"{numbers.mean():+.3f} [{low:+.3f}, {high:+.3f}]"


if __name__ == "__main__":
    given = sys.argv[1:]
    main(given[0] if given else "smollm2", int(given[1]) if len(given) > 1 else 10)
