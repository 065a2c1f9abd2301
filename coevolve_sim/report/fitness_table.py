"""What planted stances showed of minds before the first round: the sentence, and a table."""

from __future__ import annotations

from dataclasses import dataclass

from coevolve_sim.report.conversations import format_value
from coevolve_sim.report.language_data import describe_voice
from coevolve_sim.runs.results import Run

UNMEASURED = "No mind was shown fit to speak or be read (channel.unfit: unmeasured)."

FITNESS_COLUMNS = {
    "slope": "slope",
    "r": "r",
    "auc": "AUC",
    "slope_below": "slope below",
    "slope_above": "slope above",
    "error": "error",
    "heard": "heard",
    "refused": "refused",
    "leaks": "leaks",
    "order_consistency": "order",
    "option_mass": "mass",
    "rest_r": "r of the rest",
}
"""The quantities that the table shows, each with its head."""


@dataclass(frozen=True)
class FitnessTableRow:
    """A mind's voice and topic with their numbers, one for each of `FITNESS_COLUMNS`."""

    mind: str
    voice: str
    topic: str
    cells: tuple[str, ...]


def describe_fitness(run: Run) -> list[str]:
    """Return a sentence on each mind that speaks; those that are not fit come first."""
    table = run.verdicts
    order = sorted(range(len(table)), key=lambda n: table["verdict"].iloc[n] == "fit")
    return [
        f"Mind '{table['mind'].iloc[n]}', read by {table['reader'].iloc[n].partition(':')[0]}: "
        f"{table['sentence'].iloc[n]}."
        for n in order
    ]


def has_doubts(run: Run) -> bool:
    """Return whether a mind is not fit, or speaks by openings."""
    opening = getattr(run.scenario.channel, "opening", "none")
    return bool((run.verdicts["verdict"] != "fit").any()) or opening != "none"


def is_unmeasured(run: Run) -> bool:
    """Return whether nothing was to show that minds speak and are read."""
    return getattr(run.scenario.channel, "unfit", "") == "unmeasured"


def build_fitness_rows(run: Run) -> list[FitnessTableRow]:
    """Build a row for each mind as a whole, each voice, and each topic of a voice."""
    table, rows = run.fitness, []
    labels = dict(zip(run.dimensions, run.labels, strict=True))
    for (mind, voice, dimension), some in table.groupby(["mind", "voice", "dimension"], sort=True):
        found = dict(zip(some["quantity"], some["value"], strict=True))
        cells = tuple(format_value(found[name]) if name in found else "" for name in FITNESS_COLUMNS)
        called = "all" if voice == "*" else describe_voice(str(voice))
        rows.append(FitnessTableRow(str(mind), called, labels.get(str(dimension), "all"), cells))
    return rows
