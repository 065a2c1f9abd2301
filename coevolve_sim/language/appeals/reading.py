"""Read what many texts appeal to: relevance, deduplication and valence, by any reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import QuestionnaireError
from coevolve_sim.language.appeals.candidates import Candidate, Candidates
from coevolve_sim.language.appeals.deduplication import Appeal, Thresholds, deduplicate

LONGEST = 20_000
"""Most characters of a text; messages of a run have a thousand."""


class AppealReader(Protocol):
    """What says how relevant candidates are to texts, and which way texts speak of them.

    Attributes
    ----------
    name : str
        What it is called.
    is_model : bool
        Whether it has to be shown to read.
    """

    name: str
    is_model: bool

    def relevance(
        self, texts: Sequence[str], candidates: Sequence[Candidate], wanted: NDArray[np.bool_] | None = None
    ) -> Floats:
        """Return relevance in [0, 1], shape (texts, candidates); nan where not wanted or not answered."""

    def valence(
        self, texts: Sequence[str], candidates: Sequence[Candidate], wanted: NDArray[np.bool_] | None = None
    ) -> Floats:
        """Return shares of supports, opposes and either, shape (texts, candidates, 3); nan as above."""


@dataclass(frozen=True, eq=False)
class Appeals:
    """What texts appeal to.

    Attributes
    ----------
    candidates : Candidates
        The columns.
    relevance : float array, shape (texts, candidates)
        In [0, 1]; 0 of what is dropped, or was not answered.
    valence : float array, shape (texts, candidates, 3)
        Shares of supports, opposes and either; nan of what is dropped, or was not answered.
    n_unanswered : int
        Pairs of a text and a candidate whose relevance or valence was not answered; such a pair is dropped.
    """

    candidates: Candidates
    relevance: Floats
    valence: Floats
    n_unanswered: int


def read_appeals(
    reader: AppealReader,
    texts: Sequence[str],
    candidates: Candidates,
    thresholds: Thresholds | None = None,
    embeddings: Mapping[str, Floats] | None = None,
) -> Appeals:
    """Return what texts appeal to; of what is dropped, which way they speak is not asked.

    Texts that read the same are read once.

    Parameters
    ----------
    reader : AppealReader
    texts : sequence of str
        Of 1 to `LONGEST` characters each.
    candidates : Candidates
    thresholds, embeddings
        As for `coevolve_sim.language.appeals.deduplication.deduplicate`.

    Raises
    ------
    QuestionnaireError
        If a text is empty or too long (names the first).

    Examples
    --------
    >>> from coevolve_sim.language.appeals import Lexicon, read_candidates
    >>> found = read_appeals(Lexicon(), ["I am for honesty.", "I am against war."], read_candidates())
    >>> [found.candidates.all[k].name for k in found.relevance.argmax(axis=1)]
    ['Honesty', 'Peace']
    """
    for place, text in enumerate(texts):
        _check_text(place, text)
    unique = list(dict.fromkeys(texts))
    row = {text: number for number, text in enumerate(unique)}
    rows = [row[text] for text in texts]
    weighed = reader.relevance(unique, candidates.all)
    kept = (
        np.stack([_keep(one, candidates, thresholds, embeddings) for one in weighed])
        if unique
        else weighed > 0
    )
    spoken = reader.valence(unique, candidates.all, kept)
    told = kept & ~np.isnan(spoken).any(axis=-1)
    unanswered = np.isnan(weighed) | (kept & ~told)
    relevance, valence = np.where(told, weighed, 0.0), np.where(told[:, :, None], spoken, np.nan)
    return Appeals(candidates, relevance[rows], valence[rows], int(unanswered[rows].sum()))


def _keep(
    relevance: Floats,
    candidates: Candidates,
    thresholds: Thresholds | None,
    embeddings: Mapping[str, Floats] | None,
) -> NDArray[np.bool_]:
    """Return which candidates of one text are kept; what was not answered, or is not there, is not."""
    there = {
        (one.type, one.name): place
        for place, one in enumerate(candidates.all)
        if not np.isnan(relevance[place]) and relevance[place] > 0.0
    }
    found = deduplicate(
        (Appeal(name, kind, float(relevance[place])) for (kind, name), place in there.items()),
        thresholds,
        embeddings,
    )
    kept = np.zeros(len(relevance), dtype=bool)
    kept[[there[one.type, one.name] for one in found]] = True
    return kept


def _check_text(place: int, text: str) -> None:
    if not text.strip():
        raise QuestionnaireError(f"text {place} is empty; leave out what was not said")
    if len(text) > LONGEST:
        raise QuestionnaireError(
            f"text {place} has {len(text):,} characters; at most {LONGEST:,} are read at a time, so cut it "
            "into passages"
        )
