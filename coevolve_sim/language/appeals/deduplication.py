"""Of the candidates that a text appeals to, keep one of those that say the same.

Three steps, in this order, each within a type, since a value and a right of one name are two things
[Sorensen2024]_: what is less relevant than a threshold is dropped; then, from the most relevant on, what has
too many words in common with a kept one; then what lies too near to a kept one by embeddings of names, if
there are any. The thresholds are ours: those of the paper are in its model's configuration, which is gated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MeasureError, QuestionnaireError
from coevolve_sim.language.appeals.candidates import TYPES
from coevolve_sim.language.appeals.stems import word_overlap


@dataclass(frozen=True)
class Thresholds:
    """What is dropped.

    Raising ``relevance`` never adds a candidate. The other two are lax when they are high, and what they keep
    is not nested: where one more is dropped, another that it had kept out may come in.

    Attributes
    ----------
    relevance : float
        What is less relevant is dropped.
    overlap, likeness : float
        What has more than this in common with a kept one, by words and by embeddings, is dropped.
    """

    relevance: float = 0.5
    overlap: float = 0.7
    likeness: float = 0.8

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not 0.0 <= value <= 1.0:
                raise QuestionnaireError(f"the threshold of {name} lies in [0, 1]; {value} given")


@dataclass(frozen=True)
class Appeal:
    """A candidate that a text may appeal to.

    Attributes
    ----------
    name, type : str
        As of `coevolve_sim.language.appeals.candidates.Candidate`.
    relevance : float
        In [0, 1].
    valence : tuple of float
        Shares of supports, opposes and either; empty where they are not known.
    """

    name: str
    type: str
    relevance: float
    valence: tuple[float, ...] = ()


def deduplicate(
    found: Iterable[Appeal],
    thresholds: Thresholds | None = None,
    embeddings: Mapping[str, Floats] | None = None,
) -> tuple[Appeal, ...]:
    """Return what a text appeals to, once each, the most relevant first; of equals, by name.

    The order in which candidates are given does not matter, and what is kept, given again, is kept.

    Parameters
    ----------
    found : iterable of Appeal
        Candidates of one text.
    thresholds : Thresholds, optional
        Ours if not given.
    embeddings : mapping of str to float array, shape (width,), optional
        Of each name, of length 1; without them the third step is left out.

    Raises
    ------
    MeasureError
        If a candidate has no type, a relevance is nan or outside [0, 1], or a name has no embedding.

    References
    ----------
    [Sorensen2024]_

    Examples
    --------
    >>> some = [Appeal("Honest speech", "Value", 0.8), Appeal("Honesty", "Value", 0.9)]
    >>> some += [Appeal("Honesty", "Duty", 0.7), Appeal("Thrift", "Value", 0.2)]
    >>> [(one.name, one.type) for one in deduplicate(some)]
    [('Honesty', 'Value'), ('Honesty', 'Duty')]
    """
    limits = thresholds or Thresholds()
    ordered = sorted(map(_checked, found), key=lambda one: (-one.relevance, one.name, one.type, one.valence))
    kept = [one for one in ordered if one.relevance >= limits.relevance]
    kept = _keep_unlike(kept, lambda a, b: word_overlap(a.name, b.name) > limits.overlap)
    if embeddings is not None:
        for one in kept:
            if one.name not in embeddings:
                raise MeasureError(
                    f"candidate '{one.name}' has no embedding; give one of every name, or none"
                )
        kept = _keep_unlike(
            kept, lambda a, b: float(embeddings[a.name] @ embeddings[b.name]) > limits.likeness
        )
    return tuple(kept)


def _keep_unlike(ordered: Sequence[Appeal], is_like: Callable[[Appeal, Appeal], bool]) -> list[Appeal]:
    """Return those that are like no kept one of their type, from the first on."""
    kept: list[Appeal] = []
    for one in ordered:
        if not any(one.type == other.type and is_like(one, other) for other in kept):
            kept.append(one)
    return kept


def _checked(one: Appeal) -> Appeal:
    if one.type not in TYPES:
        given = f"'{one.type}' given" if one.type else "none given"
        raise MeasureError(f"candidate '{one.name}' has a type, {', '.join(TYPES)}; {given}")
    if not 0.0 <= one.relevance <= 1.0:
        raise MeasureError(
            f"candidate '{one.name}': relevance lies in [0, 1]; {one.relevance} given. Leave out what was "
            "not answered"
        )
    return one
