"""Progress of a run as it is read: recorded cosines with what they rest on, errors, and history's way.

Errors and the share of history's way are computed from the trajectory on record, for the eras reached so far.
They are no part of the record, and so of no digest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.measures import (
    count_directed_eras,
    measure_errors,
    measure_way,
    share_of_way_by_dimension,
)
from coevolve_sim.measures.progress import LEAST_OFFSET, NEAR_CENTRE
from coevolve_sim.society.history_course import course_of

if TYPE_CHECKING:
    import pandas as pd

    from coevolve_sim.runs.reader import RecordReader

COLUMNS = ("assistant", "measure", "dimension", "value", "scored", "eras", "note")
ONE_DIMENSION = (
    "absent: in one dimension there are but two directions, so a cosine says next to nothing; read the rmse"
)
STOOD_STILL = "undefined: history has not moved"
NOTHING_ACROSS = "undefined: in one dimension nothing lies across history's way"
LITTLE = 0.02
"""A share of a way shorter than this is mostly made of what else moved people, and is marked."""


@dataclass(frozen=True, eq=False)
class EraVectors:
    """Mean values at the end of each era reached so far, the beginning included.

    Attributes
    ----------
    people : float array, shape (eras, dimensions)
    history : float array, shape (eras, dimensions), or None
    assistants : dict of str to (slice, float array)
        The eras from an assistant's first presence to its first absence after it, and its values in them.
    """

    people: Floats
    history: Floats | None
    assistants: dict[str, tuple[slice, Floats]]


def read_eras(run: RecordReader) -> EraVectors:
    """Read the mean values of a run at the end of each era."""
    means, names = run.means, list(run.dimensions)
    course = course_of(run.scenario)
    gone = means["round"].map(course.rounds_gone)
    reached = means["era"] * course.rounds_per_era >= gone - 1e-9  # history stays at its last era
    means = means[(gone % course.rounds_per_era == 0) & reached]
    of_kind = {str(kind): table.sort_values("round") for kind, table in means.groupby("kind")}
    rounds = of_kind["people"]["round"].to_numpy()
    history = of_kind["history"][names].to_numpy(float) if "history" in of_kind else None
    assistants = {}
    for spec in run.scenario.assistants:
        table = of_kind.get("assistant", means[:0])
        own = table[table["name"] == spec.name]
        stretch = first_stretch(np.isin(rounds, own["round"]))
        assistants[spec.name] = (stretch, own[names].to_numpy(float)[: stretch.stop - stretch.start])
    return EraVectors(of_kind["people"][names].to_numpy(float), history, assistants)


def first_stretch(there: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> slice:
    """Return the eras from an assistant's first presence to its first absence after it, as a slice."""
    if not there.any():
        return slice(0, 0)
    start = int(np.argmax(there))
    gone = np.flatnonzero(~there[start:])
    return slice(start, start + int(gone[0]) if gone.size else len(there))


def read_progress(run: RecordReader) -> pd.DataFrame:
    """Return all progress measures of a run, so far as it has come.

    Columns assistant (empty: of people), measure, dimension (empty: over all), value (nan where absent or
    undefined), scored and eras (how many pairs of eras it rests on, of how many there are), and note (why it
    is absent, or that eras were left out; else empty).
    """
    import pandas as pd

    eras = read_eras(run)
    rows = [*_recorded(run, eras), *_errors(run, eras), *_way(run, eras)] if len(eras.people) > 1 else []
    return pd.DataFrame(rows, columns=list(COLUMNS))


Row = tuple[str, str, str, float, int, int, str]


def _recorded(run: RecordReader, eras: EraVectors) -> Iterator[Row]:
    """Yield the cosines on record, with the number of eras they rest on."""
    for assistant, measure, value in run.summary.itertuples(index=False, name=None):
        scored, of = _count_scored(run, eras, assistant, measure, LEAST_OFFSET)
        clear, _ = _count_scored(run, eras, assistant, measure, NEAR_CENTRE)
        note = _describe_scored(scored, clear, of, len(run.dimensions), value)
        yield assistant, measure, "", float("nan") if note.startswith("absent") else value, scored, of, note


def _count_scored(
    run: RecordReader, eras: EraVectors, assistant: str, measure: str, least: float
) -> tuple[int, int]:
    """Count the pairs of eras in which both profiles lie at least so far from the centre, and all pairs."""
    centre = run.scenario.measures.centre if measure.endswith("_centred") else None
    if not assistant:
        assert eras.history is not None  # noqa: S101 - coevolve is on record only with a history
        # The first era is scored in coevolve; counting leaves one out, so it stands there twice.
        people, past = (np.concatenate([one[:1], one]) for one in (eras.people, eras.history))
        return count_directed_eras(people, past, centre=centre, least=least)
    stretch, values = eras.assistants[assistant]
    if measure.startswith("follow_history"):
        assert eras.history is not None  # noqa: S101 - as above
        return count_directed_eras(values, eras.history[stretch], centre=centre, least=least)
    horizon = int(measure.split("_")[1]) if measure.startswith("predict_") else 0
    return count_directed_eras(values, eras.people[stretch], horizon, centre, least=least)


def _describe_scored(scored: int, clear: int, of: int, n_dimensions: int, value: float) -> str:
    """Say why a cosine is absent, how many eras were left out, or how many hardly have a direction."""
    if n_dimensions < 2:
        return ONE_DIMENSION
    if np.isnan(value):
        few = f"absent: {scored} of {of} eras have a direction on both sides; half are needed"
        return few if 2 * scored < of else "undefined on record"
    told = []
    if scored < of:
        told.append(f"{of - scored} of {of} eras left out: a profile at the centre has no direction")
    if clear < scored:
        told.append(
            f"in {scored - clear} of {of} eras a profile lies so near the centre that small changes turn it"
        )
    return "; ".join(told)


def _errors(run: RecordReader, eras: EraVectors) -> Iterator[Row]:
    for name, (stretch, values) in eras.assistants.items():
        if len(values) < 2:
            continue
        horizons = [k for k in run.scenario.measures.horizons if len(values) >= k + 2]
        history = None if eras.history is None else eras.history[stretch]
        for measure, value in measure_errors(values, eras.people[stretch], history, horizons).items():
            horizon = int(measure.split("_")[1]) if measure.startswith("predict_") else 0
            scored = len(values) - 1 - horizon
            yield name, measure, "", value, scored, scored, ""


def _way(run: RecordReader, eras: EraVectors) -> Iterator[Row]:
    """Yield how people's mean stands to the history, over all dimensions and in each."""
    if eras.history is None:
        return
    last = len(eras.people) - 1
    for measure, value in measure_way(eras.people, eras.history).items():
        note = ""
        if np.isnan(value):
            one = measure == "distance_across_way" and len(run.dimensions) == 1
            note = NOTHING_ACROSS if one else STOOD_STILL
        yield "", measure, "", value, last, last, note
    shares = share_of_way_by_dimension(eras.people, eras.history)[-1]
    moves = np.abs(eras.history[-1] - eras.history[0])
    for name, share, moved in zip(run.dimensions, shares, moves, strict=True):
        short = f"history moved by {moved:.4f} only" if moved < LITTLE else ""
        yield "", "share_of_way", name, float(share), last, last, STOOD_STILL if np.isnan(share) else short
