"""What a user should know of a run's minds, in sentences: options they shun, lessons, replies, servers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from coevolve_sim.runs.reader import RecordReader

AGREE_BY_CHANCE = 0.5
"""Share of comparisons whose two orders prefer the same text, if each is chosen by the toss of a coin."""


def notes_on_options(run: RecordReader) -> list[str]:
    """Return a note for each mind and kind of request whose options held too little on average."""
    table = run.option_masses
    return [
        f"mind '{row['mind']}', requests of kind '{row['kind']}': the options held {row['mean']:.2g} of the "
        f"probability on average, less than {run.least_option_mass:g} in {row['below']:,} of "
        f"{row['replies']:,} replies: the mind would rather say something else than any of them, so that "
        "what is read from these is doubtful"
        for row in table.to_dict("records")
        if row["mean"] < run.least_option_mass
    ]


def notes_on_minds(run: RecordReader) -> list[str]:
    """Return all notes on a run's minds: on options, lessons, replies of earlier runs, and servers."""
    return [
        *notes_on_options(run),
        *notes_on_lessons(run),
        *_notes_on_earlier(run),
        *_notes_on_servings(run),
    ]


def notes_on_lessons(run: RecordReader) -> list[str]:
    """Return a note for each assistant whose lessons came of comparisons whose two orders mostly disagree.

    Below `AGREE_BY_CHANCE`, whoever compares goes by place, and what is left of their preferences is noise.
    """
    if run.lessons.empty:
        return []
    sums = run.lessons.groupby("assistant", sort=False)[["usable", "consistent"]].sum()
    return [
        f"assistant '{name}': both orders agree in {row['consistent']:,} of {row['usable']:,} comparisons "
        "that its weights learnt from: whoever compared went by place or by chance rather than by the texts, "
        "so that what it learnt is hardly what people prefer"
        for name, row in sums.iterrows()
        if row["consistent"] < AGREE_BY_CHANCE * row["usable"]
    ]


def _notes_on_earlier(run: RecordReader) -> Iterator[str]:
    for mind, (replies, earlier) in run.reply_counts.items():
        if earlier:
            yield (
                f"mind '{mind}': {earlier:,} of {replies:,} replies were kept from earlier runs, and not "
                "asked for again"
            )


def _notes_on_servings(run: RecordReader) -> Iterator[str]:
    yield from dict.fromkeys(filter(None, run.servings["note"]))


def summarise_minds(run: RecordReader) -> list[dict[str, Any]]:
    """Return a run's minds as data for JSON: identity, replies, those from earlier runs, mass on options."""
    masses, served, counts = run.option_masses, run.servings, run.reply_counts
    found = []
    for name, kind, identity, bitwise in run.minds.itertuples(index=False, name=None):
        urls = served[served["mind"] == name]["url"]
        replies, earlier = counts.get(name, (0, 0))
        own = masses[masses["mind"] == name]
        found.append(
            {
                "name": name,
                "kind": kind,
                "identity": identity,
                "bitwise": bool(bitwise),
                "url": (str(urls.iloc[-1]) or None) if len(urls) else None,
                "replies": replies,
                "from_earlier_runs": earlier,
                "option_mass": {row["kind"]: row["mean"] for row in own.to_dict("records")},
            }
        )
    return found
