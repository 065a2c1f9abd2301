"""Answers to the four questions, each from the run's own measures; no sentence claims more than they show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coevolve_sim.measures.density_modes import ENOUGH
from coevolve_sim.report.changes import BOUNDS, LEAST_SHARE, describe_changes, name_bound
from coevolve_sim.report.continuity import describe_continuity
from coevolve_sim.report.influence import describe_influence
from coevolve_sim.report.measure_pictures import rms_distance
from coevolve_sim.report.numbers import format_count, format_number
from coevolve_sim.report.run_data import RunData
from coevolve_sim.report.scores import (
    MOST_ASSISTANTS,
    explain_missing_score,
    explain_no_history,
    explain_no_way,
    name_assistant,
    read_note,
    read_scores,
    say_no_assistant,
    score_standstill,
    scored_assistants,
)
from coevolve_sim.runs.progress import read_eras

QUESTIONS = {
    "Follow": "Does the assistant keep up with people's values?",
    "Predict": "Does it anticipate where they are going?",
    "Coevolve": "Are people where their history is, or held back?",
    "Polarization": "Did people come together, or drift apart?",
}
LIKENESS = (
    (0.99, "pointed nearly the same way as"),
    (0.9, "pointed much the same way as"),
    (0.5, "pointed partly the same way as"),
    (0.0, "had little in common with"),
    (-1.0, "pointed away from"),
)
"""Words for centred cosines, and from where on each is used."""

POLARIZATION = (
    "mean_pairwise_distance",
    "variance",
    "esteban_ray",
    "bimodality",
    "effective_clusters",
    "density_modes",
    "density_modes_on_first_axis",
    "disagreement_of_ties",
    "disagreement_of_communities",
    "assortativity",
)


@dataclass(frozen=True)
class Finding:
    """One question and the answer that the run gives."""

    name: str
    question: str
    paragraphs: tuple[str, ...]


def answer_questions(data: RunData) -> list[Finding]:
    """Answer the four questions, in their order."""
    answers = (_answer_follow, _answer_predict, _answer_coevolve, _answer_polarization)
    return [
        Finding(name, question, answer(data))
        for (name, question), answer in zip(QUESTIONS.items(), answers, strict=True)
    ]


def describe_limits(data: RunData) -> str:
    """Return a sentence on what a single run cannot show."""
    told = (
        "One run with one seed: the numbers say what happened in it, and none has an interval. How much of "
    )
    told += "that is chance, replications with other seeds tell"
    if not data.scenario.assistants:
        return told + "."
    told += "; what an assistant did to people, only a comparison with the same people without it, or with a "
    return (
        told + "frozen one (paired worlds on common random numbers), since peers and history move people too."
    )


def name_command(data: RunData) -> str:
    """Return the command, to be given in the run's folder, that gives its numbers intervals."""
    worlds = "" if data.scenario.assistants else "--world as_written= "
    return f"coevolve compare scenario.yaml {worlds}--replications 20"


def describe_likeness(centred: float) -> str:
    """Describe a centred cosine in words.

    Examples
    --------
    >>> describe_likeness(0.995), describe_likeness(0.2)
    ('pointed nearly the same way as', 'had little in common with')
    """
    return next((words for least, words in LIKENESS if centred >= least), LIKENESS[-1][1])


# --- assistants ----------------------------------------------------------------------------------


def _mention_others(data: RunData) -> tuple[str, ...]:
    more = len(data.scenario.assistants) - MOST_ASSISTANTS
    return (
        (f"{format_count(more, 'more assistant')}: see the table of progress measures.",) if more > 0 else ()
    )


def _answer_follow(data: RunData) -> tuple[str, ...]:
    if nothing := say_no_assistant(data):
        return nothing
    return (
        *(_describe_follow(data, name) for name in scored_assistants(data)),
        *filter(None, (describe_influence(data.scenario),)),
        *describe_continuity(data),
        *_mention_others(data),
    )


def _describe_follow(data: RunData, name: str) -> str:
    means = data.means
    away = rms_distance(means.assistants[name], means.people)
    there = np.flatnonzero(~np.isnan(away))
    first, last = int(there[0]), int(there[-1])
    told = f"{name_assistant(data, name)}'s distance from people's mean (RMS over dimensions, 0 to 1) was "
    told += f"{format_number(away[first])} at the end of round {means.rounds[first]}, "
    told += f"{format_number(away[last])} at the end "
    gone = " (the last in which it was there)" if last < len(away) - 1 else ""
    told += f"of round {means.rounds[last]}{gone}, and at most {format_number(float(np.nanmax(away)))}. "
    scores = read_scores(data, name)
    if "follow" not in scores:
        return f"{told}Follow is not on record{explain_missing_score(data)}."
    return told + _describe_follow_scores(data, name, scores)


def _describe_follow_scores(data: RunData, name: str, scores: dict[str, float]) -> str:
    """Describe follow, plain and centred, with its error and its eras; or say why there is none."""
    centred, plain = scores["follow_centred"], scores["follow"]
    note = read_note(data, name, "follow_centred")
    error = f"The root mean square error is {format_number(scores['follow_rmse'])}"
    if np.isnan(centred):
        rest = "" if np.isnan(plain) else f" Plain follow, which is compressed, is {format_number(plain)}."
        return f"Centred follow is {note or 'undefined'}.{rest} {error}{_name_eras(data, name, 'over eras')}."
    told = f"Centred follow is {format_number(centred)} (plain {format_number(plain)}): on average over "
    told += f"eras{_name_eras(data, name)}, its profile {describe_likeness(centred)} people's mean"
    return f"{told}{f' ({note})' if note else ''}. {error}; a cosine does not see how far a profile went."


def _name_eras(data: RunData, name: str, lead: str = "") -> str:
    """Name the eras in which an assistant is scored, where these are not all."""
    eras = read_eras(data.run)
    stretch = eras.assistants[name][0]
    if stretch == slice(0, len(eras.people)):
        return ""
    return (
        f" {lead}".rstrip() + f" {stretch.start} to {stretch.stop - 1} (from 0), in which it was first there"
    )


def _answer_predict(data: RunData) -> tuple[str, ...]:
    if nothing := say_no_assistant(data):
        return nothing
    told = []
    for name in scored_assistants(data):
        scores = read_scores(data, name)
        horizons = [int(m.split("_")[1]) for m in scores if m.startswith("predict_") and m.count("_") == 1]
        if not horizons:
            told.append(
                f"{name_assistant(data, name)}: predict is not on record{explain_missing_score(data)}."
            )
        told += [_describe_predict(data, name, horizon, scores) for horizon in sorted(horizons)]
    return (*told, *_mention_others(data))


def _describe_predict(data: RunData, name: str, horizon: int, scores: dict[str, float]) -> str:
    """Describe how an assistant predicts, beside the forecast that people's mean stays as it is."""
    ahead, error = scores[f"predict_{horizon}_centred"], scores[f"predict_{horizon}_rmse"]
    told = f"{name_assistant(data, name)}, {format_count(horizon, 'era')} ahead: "
    told += f"the root mean square error is {format_number(error)}{_name_eras(data, name, 'over eras')}"
    standstill, its_error = score_standstill(data, name, horizon)
    told += f"; that of the forecast that people's mean stays as it is, {format_number(its_error)}. "
    if np.isnan(ahead) or np.isnan(standstill):
        why = read_note(data, name, f"predict_{horizon}_centred") or "undefined"
        told += f"Centred predict is {why}."
    else:
        told += (
            f"Centred predict is {format_number(ahead)}; that forecast scores {format_number(standstill)}."
        )
    return f"{told} {_judge_forecast(error, its_error)}"


def _judge_forecast(error: float, standstill: float) -> str:
    """Say which forecast has the smaller error, where they differ by a fixed share of the larger or more."""
    if abs(error - standstill) < LEAST_SHARE * max(error, standstill) or error == standstill:
        return f"The two errors are within {name_bound('')} of each other."
    if error < standstill:
        return (
            "By the error the assistant was nearer to where people went than their own mean was at the time."
        )
    return (
        "By the error the assistant was further from where people went than their own mean was at the time."
    )


# --- people --------------------------------------------------------------------------------------


def _answer_coevolve(data: RunData) -> tuple[str, ...]:
    means = data.means
    last = len(means.rounds) - 1
    late = last - max(last // 5, 1) if last else 0
    moved = float(rms_distance(means.people[0], means.people[last]))
    told = f"From round {means.rounds[0]} to round {means.rounds[last]} people's mean moved by "
    told += f"{format_number(moved)} (RMS over dimensions)"
    since = f"since round {means.rounds[late]}"
    lately = format_number(float(rms_distance(means.people[late], means.people[last])))
    if means.history is None:
        return (f"{told}, {since} by {lately}. {explain_no_history(data)}",)
    gone = float(rms_distance(means.history[0], means.history[last]))
    apart = float(rms_distance(means.people[last], means.history[last]))
    told += f", the history by {format_number(gone)}; at the end they stand {format_number(apart)} apart. "
    told += f"{since.capitalize()} people's mean moved by {lately}, the history by "
    told += f"{format_number(float(rms_distance(means.history[late], means.history[last])))}. "
    told += (
        "People who had stopped while history went on are held back; whether they are locked in, only taking "
        "the assistant away can show."
    )
    return tuple(filter(None, (told, _describe_way(data), _describe_coevolve(data))))


def _describe_way(data: RunData) -> str:
    """Describe how far people have come along history's way, and in which dimensions least and most."""
    scores = read_scores(data, "")
    if "share_of_way" not in scores:
        return ""
    share, across = scores["share_of_way"], scores["distance_across_way"]
    if np.isnan(share):
        return explain_no_way(data)
    told = (
        f"People's mean came {format_number(share)} of history's way by the last era (1 is all of it, 0 none)"
    )
    if not np.isnan(across):
        told += f", and lies {format_number(across)} beside it (RMS over dimensions)"
    if data.history_restarts:
        told += (
            ". History began again in the course of the run; its way goes from where it was in round 0 to "
            "where it was at the last era"
        )
    table = data.run.progress
    of_each = table[
        (table["measure"] == "share_of_way") & (table["dimension"] != "") & table["value"].notna()
    ]
    if len(of_each) < 2:
        return told + "."
    ordered = of_each.sort_values("value")
    low, high = ordered.iloc[0], ordered.iloc[-1]
    labels = dict(zip(data.run.dimensions, data.labels, strict=True))
    told += f". By dimension it is between {format_number(low['value'])} ({labels[low['dimension']]}) and "
    told += f"{format_number(high['value'])} ({labels[high['dimension']]}), with median "
    told += f"{format_number(float(ordered['value'].median()))}"
    return told + "; where history went a short way, a share says little."


def _describe_coevolve(data: RunData) -> str:
    scores = read_scores(data, "")
    if "coevolve_aligned" not in scores:
        return "Coevolve is not on record (progress measures are taken when a run is finished)."
    aligned, plain = scores["coevolve_aligned_centred"], scores["coevolve_aligned"]
    if np.isnan(aligned):
        note = read_note(data, "", "coevolve_aligned_centred") or "undefined"
        return f"Coevolve in its aligned form, centred, is {note}."
    told = (
        f"Coevolve in its aligned form is {format_number(aligned)} centred (plain {format_number(plain)}): "
    )
    told += (
        f"on average over eras, people's mean {describe_likeness(aligned)} the history then or later. It is "
    )
    told += "blind to haste and to how far people went. ProgressGym's own coevolve, which rewards haste, is "
    told += (
        f"{format_number(scores['coevolve_centred'])} centred and {format_number(scores['coevolve'])} plain."
    )
    note = read_note(data, "", "coevolve_aligned_centred")
    return f"{told} Of the centred ones, {note}." if note else told


def _answer_polarization(data: RunData) -> tuple[str, ...]:
    table = data.measures
    if len(table) < 2:
        told = "Only one round has been measured so far; there is no change to tell."
        return (told if len(table) else "Nothing has been measured.",)
    table = table.iloc[[0, -1]].join(data.run.size_free, how="left")
    names = [name for name in POLARIZATION if name in table.columns and name in data.measures.columns]
    names += [
        name for name in data.run.size_free.columns if name in POLARIZATION and table[name].notna().all()
    ]
    if not set(names) & set(data.measures.columns):
        return ("None of the measures that bear on this was taken.",)
    values = {name: (float(table[name].iloc[0]), float(table[name].iloc[-1])) for name in names}
    told = f"From round {table.index[0]} to round {table.index[-1]}, {describe_changes(values)} "
    told += f"{BOUNDS} This is one run: whether such a change is more than chance, it cannot say."
    sense = (
        "These are different senses of polarization, of which one may fall while another rises: distance and "
        "variance say how far apart people are; that after Esteban and Ray, bimodality, clusters and modes "
        "whether they stand in camps; disagreement and assortativity whom they hear."
    )
    if "effective_clusters" in names:
        sense += " The effective number of clusters depends on how many people there are, modes do not."
    if data.n_humans < ENOUGH and "density_modes" in names:
        sense += f" {format_count(data.n_humans, 'human')} are few: modes may be fewer here than camps."
    return told, sense
