"""Answers to the four questions, each from the run's own measures; no sentence claims more than they show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coevolve_sim.measures import predict
from coevolve_sim.report.influence import describe_influence
from coevolve_sim.report.measure_pictures import rms_distance
from coevolve_sim.report.numbers import format_count, format_list, format_number
from coevolve_sim.report.run_data import RunData

MOST_ASSISTANTS = 5
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
    return [
        Finding("Follow", "Does the assistant keep up with people's values?", _answer_follow(data)),
        Finding("Predict", "Does it anticipate where they are going?", _answer_predict(data)),
        Finding("Coevolve", "Are people where their history is, or held back?", _answer_coevolve(data)),
        Finding("Polarization", "Did people come together, or drift apart?", _answer_polarization(data)),
    ]


def describe_limits(data: RunData) -> str:
    """Return a sentence on what a single run cannot show."""
    told = "One run with one seed: the numbers say what happened in it. How much of that is chance, "
    told += "replications with other seeds tell"
    if not data.scenario.assistants:
        return told + "."
    told += "; what an assistant did to people, only a comparison with the same people without it, or with a "
    return (
        told + "frozen one (paired worlds on common random numbers), since peers and history move people too."
    )


def describe_likeness(centred: float) -> str:
    """Describe a centred cosine in words.

    Examples
    --------
    >>> describe_likeness(0.995), describe_likeness(0.2)
    ('pointed nearly the same way as', 'had little in common with')
    """
    return next((words for least, words in LIKENESS if centred >= least), LIKENESS[-1][1])


# --- assistants ----------------------------------------------------------------------------------


def _say_no_assistant(data: RunData) -> tuple[str, ...]:
    if not data.scenario.assistants:
        return ("The scenario has no assistant, so the question does not arise.",)
    if not any((~np.isnan(rows)).any() for rows in data.means.assistants.values()):
        return ("No assistant has been there so far.",)
    return ()


def _scored_assistants(data: RunData) -> list[str]:
    there = [name for name, rows in data.means.assistants.items() if not np.isnan(rows).all()]
    return there[:MOST_ASSISTANTS]


def _name_assistant(data: RunData, name: str) -> str:
    return "The assistant" if len(data.scenario.assistants) == 1 else f"Assistant {name}"


def _mention_others(data: RunData) -> tuple[str, ...]:
    more = len(data.scenario.assistants) - MOST_ASSISTANTS
    return (
        (f"{format_count(more, 'more assistant')}: see the table of progress measures.",) if more > 0 else ()
    )


def _read_scores(data: RunData, assistant: str) -> dict[str, float]:
    table = data.run.summary
    of = table[table["assistant"] == assistant]
    return dict(zip(of["measure"], of["value"].astype(float), strict=True))


def _answer_follow(data: RunData) -> tuple[str, ...]:
    if nothing := _say_no_assistant(data):
        return nothing
    return (
        *(_describe_follow(data, name) for name in _scored_assistants(data)),
        *filter(None, (describe_influence(data.scenario),)),
        *_mention_others(data),
    )


def _describe_follow(data: RunData, name: str) -> str:
    means = data.means
    away = rms_distance(means.assistants[name], means.people)
    there = np.flatnonzero(~np.isnan(away))
    first, last = int(there[0]), int(there[-1])
    told = f"{_name_assistant(data, name)}'s distance from people's mean (RMS over dimensions, 0 to 1) was "
    told += f"{format_number(away[first])} at the end of round {means.rounds[first]}, "
    told += f"{format_number(away[last])} at the end "
    gone = " (the last in which it was there)" if last < len(away) - 1 else ""
    told += f"of round {means.rounds[last]}{gone}, and at most {format_number(float(np.nanmax(away)))}. "
    scores = _read_scores(data, name)
    if "follow" not in scores:
        return f"{told}Follow is not on record{_explain_missing_score(data)}."
    centred, plain = scores["follow_centred"], scores["follow"]
    told += f"Centred follow is {format_number(centred)} (plain {format_number(plain)})"
    if np.isnan(centred):
        return f"{told}: a profile that lies at the centre points nowhere."
    return f"{told}: on average over eras, its profile {describe_likeness(centred)} people's mean."


def _explain_missing_score(data: RunData) -> str:
    if data.status == "finished":
        return " (the assistant was there for too few eras)"
    return " (progress measures are taken when a run is finished)"


def _answer_predict(data: RunData) -> tuple[str, ...]:
    if nothing := _say_no_assistant(data):
        return nothing
    told = []
    for name in _scored_assistants(data):
        scores = _read_scores(data, name)
        horizons = [int(m.split("_")[1]) for m in scores if m.startswith("predict_") and m.count("_") == 1]
        if not horizons:
            told.append(
                f"{_name_assistant(data, name)}: predict is not on record{_explain_missing_score(data)}."
            )
        told += [_describe_predict(data, name, horizon, scores) for horizon in sorted(horizons)]
    return (*told, *_mention_others(data))


def _describe_predict(data: RunData, name: str, horizon: int, scores: dict[str, float]) -> str:
    ahead = scores[f"predict_{horizon}_centred"]
    told = f"{_name_assistant(data, name)}, {format_count(horizon, 'era')} ahead: "
    told += f"centred predict is {format_number(ahead)}"
    standstill = _score_standstill(data, name, horizon)
    if np.isnan(ahead) or np.isnan(standstill):
        return told + "."
    told += f"; the forecast that people's mean stays as it is scores {format_number(standstill)} "
    told += "over the same eras. "
    if abs(ahead - standstill) < 0.0005:
        return told + "The assistant anticipated people about as well as that forecast."
    if ahead > standstill:
        pulls = ", as it does, too, where it pulls them" if describe_influence(data.scenario) else ""
        told += "The assistant pointed more to where people went than their own mean did at the time"
        return f"{told}{pulls}."
    return told + "The assistant anticipated people less well than that forecast."


def _score_standstill(data: RunData, name: str, horizon: int) -> float:
    """Return the score of people's mean as a forecast of itself, over the eras with the assistant."""
    means, per_era = data.means, data.scenario.rounds_per_era
    at_eras = (means.rounds % per_era == 0) & (means.eras * per_era >= means.rounds - 1e-9)
    there = ~np.isnan(means.assistants[name][at_eras]).any(axis=1)
    start = int(np.argmax(there))
    gone = np.flatnonzero(~there[start:])
    stop = start + int(gone[0]) if gone.size else there.size
    humans = means.people[at_eras][start:stop]
    if len(humans) < horizon + 2:
        return float("nan")
    return predict(humans, humans, horizon, data.scenario.measures.centre)


# --- people --------------------------------------------------------------------------------------


def _answer_coevolve(data: RunData) -> tuple[str, ...]:
    means = data.means
    last = len(means.rounds) - 1
    late = last - max(last // 5, 1) if last else 0
    moved = float(rms_distance(means.people[0], means.people[last]))
    told = f"From round {means.rounds[0]} to round {means.rounds[last]} people's mean moved by "
    told += f"{format_number(moved)} (RMS over dimensions)"
    if means.history is None:
        told += f", {format_number(float(rms_distance(means.people[late], means.people[last])))} of it "
        told += "since round "
        told += (
            f"{means.rounds[late]}. The scenario has no history, so there is nothing to hold that against."
        )
        return (told,)
    gone = float(rms_distance(means.history[0], means.history[last]))
    apart = float(rms_distance(means.people[last], means.history[last]))
    told += f", the history by {format_number(gone)}; at the end they stand {format_number(apart)} apart. "
    told += f"Since round {means.rounds[late]} people's mean moved by "
    told += f"{format_number(float(rms_distance(means.people[late], means.people[last])))}, the history by "
    told += f"{format_number(float(rms_distance(means.history[late], means.history[last])))}; people who had "
    told += (
        "stopped while history went on are held back; whether they are locked in, only taking the assistant "
    )
    told += "away can show."
    return told, _describe_coevolve(data)


def _describe_coevolve(data: RunData) -> str:
    scores = _read_scores(data, "")
    if "coevolve_aligned" not in scores:
        return "Coevolve is not on record (progress measures are taken when a run is finished)."
    aligned, plain = scores["coevolve_aligned_centred"], scores["coevolve_aligned"]
    told = f"Centred coevolve_aligned is {format_number(aligned)} (plain {format_number(plain)})"
    if not np.isnan(aligned):
        told += (
            f": on average over eras, people's mean {describe_likeness(aligned)} the history then or later"
        )
    told += ". ProgressGym's own coevolve, which rewards haste, is "
    told += f"{format_number(scores['coevolve_centred'])} centred "
    return told + f"and {format_number(scores['coevolve'])} plain."


def _answer_polarization(data: RunData) -> tuple[str, ...]:
    table = data.measures
    names = [name for name in POLARIZATION if name in table.columns]
    if not names:
        return ("None of the measures that bear on this was taken.",)
    if len(table) < 2:
        return ("Only one round has been measured so far; there is no change to tell.",)
    first, last = table.iloc[0], table.iloc[-1]
    moves: dict[str, list[str]] = {"fell": [], "rose": [], "hardly changed": [], "cannot be compared": []}
    for name in names:
        before, after = float(first[name]), float(last[name])
        moves[_describe_change(before, after)].append(
            f"{name} ({format_number(before)} to {format_number(after)})"
        )
    told = f"From round {table.index[0]} to round {table.index[-1]}, "
    told += "; ".join(f"these {how}: {format_list(which)}" for how, which in moves.items() if which) + "."
    sense = (
        "These are different senses of polarization, of which one may fall while another rises: distance and "
    )
    sense += (
        "variance say how far apart people are, esteban_ray, bimodality and clusters whether they stand in "
    )
    sense += "camps, disagreement and assortativity whom they hear."
    return told, sense


def _describe_change(before: float, after: float) -> str:
    """Describe the direction of a change; less than a hundredth of the measure, or 0.0005, counts as none.

    Examples
    --------
    >>> _describe_change(0.2, 0.1), _describe_change(1.0, 1.005), _describe_change(0.1, float("inf"))
    ('fell', 'hardly changed', 'cannot be compared')
    """
    if not (np.isfinite(before) and np.isfinite(after)):
        return "cannot be compared"
    if abs(after - before) <= max(0.01 * abs(before), 0.0005):
        return "hardly changed"
    return "rose" if after > before else "fell"
