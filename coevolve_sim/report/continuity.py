"""How much of what an assistant says is people's own, where the scenario gives it a continuity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.report.numbers import format_assistant, format_count, format_number
from coevolve_sim.report.run_data import RunData
from coevolve_sim.scenario.continuity_checks import continuity_of
from coevolve_sim.scenario.process_specs import ChangeContinuitySpec, ContinuitySpec

if TYPE_CHECKING:
    import pandas as pd


def measure_own_share(
    answers: Floats, targets: Floats, own: Floats, humans: NDArray[np.int64]
) -> tuple[float, float]:
    """Return which part of the way from its target to the human's own stance answers lie, by least squares.

    With half of its 95 % interval, 1.96 standard errors by humans, whose answers are not independent.

    Parameters
    ----------
    answers, targets, own : float arrays, shape (answers,)
        What was read of each answer, what the assistant would have said without, and where the human stood.
        All are finite.
    humans : int array, shape (answers,)
        Whose answers they are.

    Returns
    -------
    share : float
        0 where answers are the target, 1 where they are the human's own; nan where both are the same
        throughout.
    half : float
        Nan of fewer than two humans.

    Examples
    --------
    >>> said, target, own = np.array([0.59, 0.41]), np.array([0.5, 0.5]), np.array([0.8, 0.2])
    >>> share, half = measure_own_share(said, target, own, np.array([0, 1]))
    >>> round(share, 9), round(half, 9)
    (0.3, 0.0)
    """
    away, towards = answers - targets, own - targets
    size = float(towards @ towards)
    if size == 0.0:
        return float("nan"), float("nan")
    share = float(away @ towards) / size
    _, row = np.unique(humans, return_inverse=True)
    scores = np.bincount(row, (away - share * towards) * towards)
    if scores.size < 2:
        return share, float("nan")
    return share, 1.96 * float(np.sqrt((scores**2).sum() * scores.size / (scores.size - 1))) / size


def describe_continuity(data: RunData) -> Iterator[str]:
    """Yield for each assistant with a continuity how much of what it says is people's own."""
    for which, given in continuity_of(data.scenario).items():
        assistant = data.scenario.assistants[which]
        called = "the assistant" if len(data.scenario.assistants) == 1 else format_assistant(assistant.name)
        told = f"Of what {called} says to each human, {format_number(given.share)} is this human's own"
        told += f"{_describe_changes(data, assistant.name)}: the mean of its last "
        told += f"{format_count(given.window, 'stance')}, as the assistant perceived them"
        told += f"; {format_number(given.self)} is its own last answer" if given.self > 0.0 else ""
        measured = _describe_measured(data, which, given) if _target_is_on_record(data, which) else ""
        yield f"{told}.{measured}"


def _target_is_on_record(data: RunData, which: int) -> bool:
    """Return whether what an assistant would say without are its values at the end of the round before.

    Not where it also goes on with its own last answer, where its policy says something else or may have been
    changed, or where its values are set or driven as a round begins.
    """
    scenario, assistant = data.scenario, data.scenario.assistants[which]
    acted_on = any(
        getattr(act, "assistant", None) == assistant.name and not isinstance(act, ChangeContinuitySpec)
        for act in scenario.interventions
    )
    is_driven = scenario.drive is not None and scenario.drive.assistant == assistant.name
    own = assistant.continuity is not None and assistant.continuity.self > 0.0
    return assistant.policy.says_its_values and not (acted_on or is_driven or own)


def _describe_changes(data: RunData, name: str) -> str:
    changes = [
        f"{format_number(act.to)} from round {act.round} on"
        for act in data.scenario.interventions
        if isinstance(act, ChangeContinuitySpec) and act.assistant == name
    ]
    return f" ({', '.join(changes)})" if changes else ""


def _describe_measured(data: RunData, which: int, given: ContinuitySpec) -> str:
    """Return what was measured in words; nothing with a numeric channel, which carries what is said."""
    if not len(data.run.messages):
        return ""
    table = _read_answers(data, which, given.window)
    table = table.dropna(subset=["perceived", "target", "own"])
    read, target, own = (table[name].to_numpy(float) for name in ("perceived", "target", "own"))
    share, half = measure_own_share(read, target, own, table["listener"].to_numpy(np.int64))
    if np.isnan(share):
        return ""
    within = "" if np.isnan(half) else f" [{format_number(share - half)}, {format_number(share + half)}]"
    return (
        f" Measured by what these humans read in its answers it is {format_number(share)}{within} "
        f"({format_count(len(table), 'answer')} of all rounds, least squares, 95 % by humans)."
    )


def _read_answers(data: RunData, which: int, window: int) -> pd.DataFrame:
    """Return a row for each answer of an assistant that was read: perceived, target, own."""
    heard = data.run.messages.merge(data.run.hearings, on=["round", "message"], suffixes=("", "_of_hearing"))
    asked = heard[(heard["kind"] == "question") & (heard["listener_of_hearing"] == which)]
    asked = asked[asked["listener"] == which].sort_values("round")
    told = asked.dropna(subset=["perceived"])
    mean = told.groupby(["speaker", "dimension"])["perceived"].rolling(window, min_periods=1).mean()
    told = told.assign(own=mean.reset_index(level=[0, 1], drop=True))
    answers = heard[(heard["kind"] == "answer") & (heard["speaker"] == which)]
    rows = answers.merge(
        told[["round", "speaker", "dimension", "own"]],
        left_on=["round", "listener", "dimension"],
        right_on=["round", "speaker", "dimension"],
        suffixes=("", "_of_question"),
    )
    name = data.scenario.assistants[which].name
    values = data.means.assistants[name]
    columns = {dimension: column for column, dimension in enumerate(data.run.dimensions)}
    target = [values[int(r) - 1, columns[d]] for r, d in zip(rows["round"], rows["dimension"], strict=True)]
    return rows.assign(target=target)
