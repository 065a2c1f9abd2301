"""How much of what an assistant says is people's own, where the scenario gives it a continuity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.report.numbers import format_assistant, format_count, format_number
from coevolve_sim.report.run_data import RunData
from coevolve_sim.scenario.continuity_checks import continuity_of
from coevolve_sim.scenario.process_specs import ChangeContinuitySpec, ContinuitySpec

if TYPE_CHECKING:
    import pandas as pd


def measure_own_share(answers: Floats, targets: Floats, own: Floats) -> float:
    """Return which part of the way from its target to the human's own stance answers lie, by least squares.

    Parameters
    ----------
    answers, targets, own : float arrays, shape (answers,)
        What was read of each answer, what the assistant would have said without, and where the human stood.
        Rows in which any is nan are left out.

    Returns
    -------
    float
        0 where answers are the target, 1 where they are the human's own; nan where both are the same
        throughout.

    Examples
    --------
    >>> measure_own_share(np.array([0.59, 0.41]), np.array([0.5, 0.5]), np.array([0.8, 0.2])).__round__(9)
    0.3
    """
    known = np.isfinite(answers) & np.isfinite(targets) & np.isfinite(own)
    away, towards = (answers - targets)[known], (own - targets)[known]
    size = float(towards @ towards)
    return float(away @ towards) / size if size > 0.0 else float("nan")


def describe_continuity(data: RunData) -> Iterator[str]:
    """Yield for each assistant with a continuity how much of what it says is people's own."""
    for which, given in continuity_of(data.scenario).items():
        assistant = data.scenario.assistants[which]
        called = "the assistant" if len(data.scenario.assistants) == 1 else format_assistant(assistant.name)
        told = f"Of what {called} says to each human, {format_number(given.share)} is this human's own"
        told += f"{_describe_changes(data, assistant.name)}: the mean of its last "
        told += f"{format_count(given.window, 'stance')}, as the assistant perceived them"
        told += f"; {format_number(given.self)} is its own last answer" if given.self > 0.0 else ""
        measured = _describe_measured(data, which, given) if assistant.policy.says_its_values else ""
        yield f"{told}.{measured}"


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
    read = table["perceived"].to_numpy(dtype=float)
    share = measure_own_share(read, table["target"].to_numpy(float), table["own"].to_numpy(float))
    if np.isnan(share):
        return ""
    n_read = int(np.isfinite(read).sum())
    return (
        f" Measured by what these humans read in its answers it is {format_number(share)} "
        f"({format_count(n_read, 'answer')} of all rounds, least squares)."
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
