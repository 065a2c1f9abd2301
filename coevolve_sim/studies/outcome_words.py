"""Outcomes of a study in words: what each is called, what it means, and its scale."""

from __future__ import annotations

from coevolve_sim.errors import MeasureError
from coevolve_sim.measures import CATALOGUE, progress_measure

_NAMES = {
    "share_of_way": "share of history's way",
    "distance_across_way": "distance across history's way",
    "total_variance": "variety (total variance)",
    "mean_pairwise_distance": "distance of two people",
    "esteban_ray": "polarization after Esteban and Ray",
    "effective_clusters": "effective number of clusters",
    "density_modes": "modes of the density",
    "density_modes_on_first_axis": "modes along the first axis",
    "disagreement_of_ties": "disagreement along ties",
    "disagreement_of_communities": "disagreement between communities",
    "requests": "number of requests",
    "share_without_answer": "share of requests without an answer",
}


def name_outcome(outcome: str) -> str:
    """Return what an outcome is called in a sentence.

    Examples
    --------
    >>> name_outcome("total_variance"), name_outcome("people.care"), name_outcome("size_parity")
    ('variety (total variance)', "people's mean of care", 'size_parity')
    >>> name_outcome("follow_rmse.helper")
    'follow_rmse of helper'
    """
    stem, dot, rest = outcome.partition(".")
    if stem == "people" and dot:
        return f"people's mean of {rest}"
    return f"{stem} of {rest}" if dot else _NAMES.get(outcome, outcome)


def begin_sentence(text: str) -> str:
    """Return text with a capital, unless it begins with a name of the package's.

    Examples
    --------
    >>> begin_sentence("variety (total variance)"), begin_sentence("esteban_ray")
    ('Variety (total variance)', 'esteban_ray')
    """
    return text if "_" in text.partition(" ")[0] else text[:1].upper() + text[1:]


def is_of_last_round(outcome: str) -> bool:
    """Return whether an outcome is one of the last round, not of the whole run."""
    return outcome in CATALOGUE.own or outcome.startswith("people.") or outcome == "share_of_way"


def read_scale(outcome: str) -> str:
    """Return the interval in which an outcome lies, as text; empty where nothing is known of it.

    Examples
    --------
    >>> read_scale("esteban_ray"), read_scale("people.care"), read_scale("a_measure_of_ones_own")
    ('[0, 0.165]', '[0, 1]', '')
    """
    if outcome.startswith("people.") or outcome == "share_without_answer":
        return "[0, 1]"
    return _describe(outcome)[1]


def read_meaning(outcome: str) -> str:
    """Return what an outcome means, in a sentence; empty where nothing is known of it.

    Examples
    --------
    >>> read_meaning("variance")
    "The mean squared deviation of people from society's mean."
    """
    if outcome.startswith("people."):
        return "People's mean value at the end."
    return _describe(outcome)[0]


def _describe(outcome: str) -> tuple[str, str]:
    """Return meaning and range; a measure of a user's own is not loaded, as none of its code is run."""
    if outcome in CATALOGUE.own:
        measure = CATALOGUE[outcome]
        return measure.meaning, measure.range
    try:
        progress = progress_measure(outcome.partition(".")[0])
    except MeasureError:
        return "", ""
    return progress.meaning, progress.range
