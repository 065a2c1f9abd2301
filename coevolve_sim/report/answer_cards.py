"""What a report says first: an answer to each of the four questions, a sentence, a number and a picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.report.changes import FELL, LITTLE, ROSE, format_change, name_bound, name_change
from coevolve_sim.report.findings import POLARIZATION, QUESTIONS
from coevolve_sim.report.measure_pictures import rms_distance
from coevolve_sim.report.numbers import format_assistant, format_count, format_number
from coevolve_sim.report.run_data import RunData
from coevolve_sim.report.scores import (
    MOST_ASSISTANTS,
    explain_missing_score,
    explain_no_history,
    explain_no_way,
    name_assistant,
    present_assistants,
    read_scores,
    say_no_assistant,
    score_standstill,
    scored_assistants,
)
from coevolve_sim.report.sketches import Sketch, sketch_bars, sketch_lines
from coevolve_sim.studies.outcome_words import name_outcome

RMS = "root mean square over dimensions, 0 to 1"


@dataclass(frozen=True)
class AnswerCard:
    """One question and its answer in short.

    Attributes
    ----------
    name, question : str
        The question, by name and in words.
    sentence : str
        The answer, with what it was measured by.
    number, unit : str
        The number that stands for it, and what that is; empty where there is none.
    sketch : Sketch or None
        The small picture that shows it.
    """

    name: str
    question: str
    sentence: str
    number: str = ""
    unit: str = ""
    sketch: Sketch | None = None


def build_answer_cards(data: RunData) -> list[AnswerCard]:
    """Return the answers of a run that has begun, in the order of the four questions."""
    answers = (_answer_follow, _answer_predict, _answer_coevolve, _answer_polarization)
    return [
        AnswerCard(name, question, *answer(data))
        for (name, question), answer in zip(QUESTIONS.items(), answers, strict=True)
    ]


_Answer = tuple[str, str, str, Sketch | None]


def _say_only(sentence: str) -> _Answer:
    return sentence, "", "", None


def _answer_follow(data: RunData) -> _Answer:
    if nothing := say_no_assistant(data):
        return _say_only(nothing[0])
    means, names = data.means, present_assistants(data)
    away = {name: rms_distance(means.assistants[name], means.people) for name in names}
    told = _describe_distance(data, names[0], away[names[0]])
    if len(names) > 1:
        ends = {name: float(row[~np.isnan(row)][-1]) for name, row in away.items()}
        near, far = min(ends, key=ends.__getitem__), max(ends, key=ends.__getitem__)
        told = f"Of {format_count(len(names), 'assistant')} {near} was last nearest to people's mean, "
        told += f"{format_number(ends[near])} away, and {far} furthest, {format_number(ends[far])}."
    sketch = sketch_lines(
        means.rounds,
        [(f"assistant-{i}", name, away[name]) for i, name in enumerate(names[:MOST_ASSISTANTS])],
        "Distance from people's mean, by round.",
    )
    number = float(away[names[0]][~np.isnan(away[names[0]])][-1])
    whose = "its distance" if len(names) == 1 else f"distance of {names[0]}"
    return (
        told,
        format_number(number),
        f"{whose} from people's mean {_say_when(data, away[names[0]])} ({RMS})",
        sketch,
    )


def _say_when(data: RunData, away: Floats) -> str:
    """Say when an assistant was last there."""
    last = int(np.flatnonzero(~np.isnan(away))[-1])
    if last == len(away) - 1:
        return "at the end"
    return f"in round {data.means.rounds[last]}, when it was last there"


def _describe_distance(data: RunData, name: str, away: Floats) -> str:
    """Say how far apart both were and are, and how far each moved: who came to whom."""
    there = np.flatnonzero(~np.isnan(away))
    first, last = int(there[0]), int(there[-1])
    how = {
        FELL: "drew nearer to each other",
        ROSE: "drew apart",
        LITTLE: f"stayed as far apart within {name_bound('')}",
    }[name_change("variance", float(away[first]), float(away[last]))]
    moved, people = (
        format_number(float(rms_distance(rows[first], rows[last])))
        for rows in (data.means.assistants[name], data.means.people)
    )
    gaps = (format_number(float(away[at])) for at in (first, last))
    told = f"{name_assistant(data, name)} and people's mean {how}: {' at first, '.join(gaps)} "
    return f"{told}{_say_when(data, away)}. Until then it moved by {moved}, people by {people}."


def _answer_predict(data: RunData) -> _Answer:
    if nothing := say_no_assistant(data):
        return _say_only(nothing[0])
    name = scored_assistants(data)[0]
    scores = read_scores(data, name)
    horizons = sorted(int(m.split("_")[1]) for m in scores if m.startswith("predict_") and m.count("_") == 1)
    if not horizons:
        return _say_only(f"Not on record{explain_missing_score(data)}.")
    ahead = format_count(horizons[0], "era")
    error = scores[f"predict_{horizons[0]}_rmse"]
    standstill = score_standstill(data, name, horizons[0])[1]
    how = {FELL: "nearer than", ROSE: "further off than", LITTLE: f"within {name_bound('')} of"}.get(
        name_change("variance", standstill, error), "not to be compared with"
    )
    who = "the assistant" if len(data.scenario.assistants) == 1 else format_assistant(name)
    told = (
        f"{ahead.capitalize()} ahead {who} was off by {format_number(error)}, {how} the forecast that "
        f"nothing changes, {format_number(standstill)}."
    )
    sketch = sketch_bars(
        [("assistant-0", "assistant", error), ("people", "no change", standstill)],
        f"Errors {ahead} ahead.",
    )
    return told, format_number(error), f"error {ahead} ahead ({RMS})", sketch


def _answer_coevolve(data: RunData) -> _Answer:
    means = data.means
    moved = rms_distance(means.people, means.people[0])
    if means.history is None:
        told = f"People's mean moved by {format_number(float(moved[-1]))}. {explain_no_history(data)}"
        sketch = sketch_lines(
            means.rounds, [("people", "people", moved)], "How far people's mean has moved, by round."
        )
        return told, format_number(float(moved[-1])), f"move of people's mean ({RMS})", sketch
    scores = read_scores(data, "")
    way = means.history[-1] - means.history[0]
    sketch = _sketch_way(data, way)
    if "share_of_way" not in scores:
        told = f"People's mean has moved by {format_number(float(moved[-1]))}; its share of history's way is "
        if data.status == "finished":
            return _say_only(f"{told}not told, as no era was completed.")
        return f"{told}told when a run is finished.", "", "", sketch
    share = scores["share_of_way"]
    if np.isnan(share):
        told = f"People's mean moved by {format_number(float(moved[-1]))}. {explain_no_way(data)}"
        return told, "", "", sketch
    apart = rms_distance(means.people, means.history)
    told = f"People's mean came {format_number(share)} of history's way by the last era, and stands "
    told += f"{format_number(float(apart[-1]))} from it ({format_number(float(apart[0]))} at first)."
    return told, format_number(share), "share of history's way (0 none, 1 all of it)", sketch


def _sketch_way(data: RunData, way: Floats) -> Sketch | None:
    """Draw how far people and history have come along the way that history went from first to last."""
    means = data.means
    length = float(way @ way)
    if means.history is None or length == 0.0:
        return None
    lines = [
        (of, label, (rows - rows[0]) @ way / length)
        for of, label, rows in (("history", "history", means.history), ("people", "people", means.people))
    ]
    return sketch_lines(means.rounds, lines, "How far people and history came along history's way, by round.")


def _answer_polarization(data: RunData) -> _Answer:
    table = data.measures
    names = [name for name in POLARIZATION if name in table.columns]
    if not names or len(table) < 2:
        return _say_only("Nothing that bears on it was measured in two rounds.")
    name = names[0]
    first, last = float(table[name].iloc[0]), float(table[name].iloc[-1])
    change = name_change(name, first, last)
    what = name_outcome(name)
    told = f"{_describe_change(name, change)}: the {format_change(name, first, last)}."
    sketch = sketch_lines(
        table.index.to_numpy(), [("people", what, table[name].to_numpy(dtype=float))], f"{what}, by round."
    )
    return told, format_number(last), f"{what} at the end", sketch


def _describe_change(name: str, change: str) -> str:
    if name not in ("mean_pairwise_distance", "variance"):
        return f"What bears on it {change}{f' than {name_bound(name)}' if change == LITTLE else ''}"
    return {
        FELL: "People came together",
        ROSE: "People went apart",
        LITTLE: f"People stayed as far apart within {name_bound(name)}",
    }.get(change, "The two rounds cannot be compared")
