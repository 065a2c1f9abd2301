"""What is read of a run's scores to answer the four questions, or why there is nothing to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coevolve_sim.measures import predict, progress_error
from coevolve_sim.report.numbers import format_assistant
from coevolve_sim.report.run_data import RunData
from coevolve_sim.runs.progress import read_eras

if TYPE_CHECKING:
    import pandas as pd

MOST_ASSISTANTS = 5


def say_no_assistant(data: RunData) -> tuple[str, ...]:
    """Return why no question about assistants arises; empty where one does."""
    if not data.scenario.assistants:
        return ("The scenario has no assistant, so the question does not arise.",)
    if not any((~np.isnan(rows)).any() for rows in data.means.assistants.values()):
        return ("No assistant has been there so far.",)
    return ()


def present_assistants(data: RunData) -> list[str]:
    """Return the names of the assistants that were there at all."""
    return [name for name, rows in data.means.assistants.items() if not np.isnan(rows).all()]


def scored_assistants(data: RunData) -> list[str]:
    """Return the names of the assistants that were there at all, of those shown."""
    return present_assistants(data)[:MOST_ASSISTANTS]


def name_assistant(data: RunData, name: str) -> str:
    """Return what an assistant is called at the beginning of a sentence."""
    if len(data.scenario.assistants) == 1:
        return "The assistant"
    called = format_assistant(name)
    return called[0].upper() + called[1:]


def read_scores(data: RunData, assistant: str) -> dict[str, float]:
    """Return the progress measures of an assistant, or of people (''), over all dimensions, by name."""
    of = read_progress(data, assistant)
    return dict(zip(of["measure"], of["value"].astype(float), strict=True))


def read_progress(data: RunData, assistant: str) -> pd.DataFrame:
    """Return the progress measures of an assistant, or of people, over all dimensions."""
    table = data.run.progress
    return table[(table["assistant"] == assistant) & (table["dimension"] == "")]


def read_note(data: RunData, assistant: str, measure: str) -> str:
    """Return why a measure is absent, or what was left out of it."""
    of = read_progress(data, assistant)
    return " ".join(of[of["measure"] == measure]["note"])


def explain_missing_score(data: RunData) -> str:
    """Return why a score is not on record, in brackets."""
    if data.status == "finished":
        return " (the assistant was there for too few eras)"
    return " (progress measures are taken when a run is finished)"


def score_standstill(data: RunData, name: str, horizon: int) -> tuple[float, float]:
    """Return the centred score and the error of people's mean as its own forecast, in the same eras."""
    eras = read_eras(data.run)
    humans = eras.people[eras.assistants[name][0]]
    if len(humans) < horizon + 2:
        return float("nan"), float("nan")
    centred = predict(humans, humans, horizon, data.scenario.measures.centre)
    return centred, progress_error(humans, humans, horizon)


def explain_no_history(data: RunData) -> str:
    """Say why there is no trajectory to hold people against."""
    if data.scenario.history.kind == "none":
        return "The scenario has no history, so there is nothing to hold that against."
    return (
        "The scenario's history only tells where groups begin (effect: seed): no time passes in it, so there "
        "is nothing to hold that against."
    )


def explain_no_way(data: RunData) -> str:
    """Say why there is no share of history's way, where there is a history."""
    if data.history_restarts:
        return "At the last era history stands where the run began, so that there is no share of its way."
    return "History has not moved since it began, so that there is no share of its way."
