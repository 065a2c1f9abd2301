"""Does a reader tell what a sentence appeals to from what it does not? Sentences of our own.

``planted.csv`` has a sentence for most of our candidates, which does not name it. Each is put to a reader
with its own candidate and with others of another foundation. What is told is the probability that its own is
the more relevant (AUC within sentences): .5 of a reader that does not read. A sentence may well appeal to
more than it was written for, so that even who reads well stays below 1. A lexicon is not asked: no
sentence holds a word of its own candidate, which says nothing of texts that do.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MeasureError
from coevolve_sim.language.appeals.candidates import Candidates, read_candidates
from coevolve_sim.language.appeals.reading import AppealReader
from coevolve_sim.streams import stream

UNRELATED = 4
"""Other candidates with which a sentence is put to a reader."""

RESAMPLES = 2_000

LEAST = 10
"""Fewest sentences of which anything is told."""


@dataclass(frozen=True)
class Separation:
    """How well a reader tells what was planted from what was not.

    Attributes
    ----------
    auc, low, high : float
        Probability that what was planted is more relevant than what was not, half for equals; and its 95 %
        interval over sentences. nan below `LEAST` sentences.
    null_low, null_high : float
        Between which it lies in 95 % of cases if it does not matter which candidate was planted.
    sentences : int
        How many were answered.
    """

    auc: float
    low: float
    high: float
    null_low: float
    null_high: float
    sentences: int

    @property
    def is_shown(self) -> bool:
        """Whether the reader is shown to tell them apart: the interval lies above what chance gives."""
        return bool(self.low > 0.5 and self.auc > self.null_high)


def separation(relevance: Floats, *, seed: int = 1) -> Separation:
    """Return how well relevance tells the first column, what was planted, from the others.

    Parameters
    ----------
    relevance : float array, shape (sentences, 1 + unrelated)
        Rows with a nan are left out.
    seed : int
        Of resamples and permutations.

    Raises
    ------
    MeasureError
        If there are fewer than two columns.

    Examples
    --------
    >>> found = separation(np.tile([0.9, 0.2, 0.1], (20, 1)))
    >>> found.auc, found.low, found.is_shown
    (1.0, 1.0, True)
    """
    table = np.asarray(relevance, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] < 2:
        raise MeasureError(f"relevance is of one planted candidate and others; shape {table.shape} given")
    table = table[~np.isnan(table).any(axis=1)]
    n_sentences, n_columns = table.shape
    if n_sentences < LEAST:
        return Separation(*(5 * (float("nan"),)), n_sentences)
    # row by row, what the AUC would be if each column were the planted one
    wins = (table[:, :, None] > table[:, None, :]) + 0.5 * (table[:, :, None] == table[:, None, :])
    as_planted = (wins.sum(axis=2) - 0.5) / (n_columns - 1)
    draw = stream(seed, "planted appeals", "resamples")
    again = draw.multinomial(n_sentences, np.full(n_sentences, 1 / n_sentences), RESAMPLES) @ as_planted[:, 0]
    low, high = np.quantile(again / n_sentences, (0.025, 0.975))
    chosen = stream(seed, "planted appeals", "null").integers(n_columns, size=(RESAMPLES, n_sentences))
    null = as_planted[np.arange(n_sentences), chosen].mean(axis=1)
    null_low, null_high = np.quantile(null, (0.025, 0.975))
    auc = float(as_planted[:, 0].mean())
    return Separation(auc, float(low), float(high), float(null_low), float(null_high), n_sentences)


@lru_cache(maxsize=1)
def read_planted() -> tuple[tuple[str, str], ...]:
    """Return the sentences of our own, each as (name of its candidate, sentence).

    Examples
    --------
    >>> len(read_planted()), read_planted()[0][0]
    (51, 'Compassion')
    """
    file = resources.files("coevolve_sim.language.appeals") / "planted.csv"
    rows = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    return tuple((row["name"], row["sentence"]) for row in rows)


def measure_separation(reader: AppealReader, *, seed: int = 1) -> Separation:
    """Put our sentences to a reader, each with its own candidate and with unrelated ones.

    Parameters
    ----------
    reader : AppealReader
    seed : int
        Of the unrelated candidates, and of resamples.

    Raises
    ------
    MindError
        If it is a mind that cannot be asked.
    """
    own = read_candidates()
    planted = read_planted()
    places = np.array([_choose(own, name, seed, number) for number, (name, _) in enumerate(planted)])
    wanted = np.zeros((len(planted), len(own)), dtype=bool)
    np.put_along_axis(wanted, places, values=True, axis=1)
    found = reader.relevance([sentence for _, sentence in planted], own.all, wanted)
    return separation(np.take_along_axis(found, places, axis=1), seed=seed)


def _choose(own: Candidates, name: str, seed: int, number: int) -> list[int]:
    """Return the place of a candidate, and those of others that are of another foundation."""
    names = [one.name for one in own.all]
    foundations = own.theories["mft"]
    at = names.index(name)
    others = [
        k for k in range(len(own)) if k != at and not (foundations[k] and foundations[k] == foundations[at])
    ]
    draw = stream(seed, "planted appeals", number)
    return [at, *draw.choice(others, UNRELATED, replace=False).tolist()]
