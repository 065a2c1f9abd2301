"""Which voice learns from which authors, and which authors it never sees: those it is measured on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coevolve_sim.assistants.training.dated_voices.dated_texts import DatedText, of_century
from coevolve_sim.errors import TrainingError

HALVES = ("a", "b")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")


@dataclass(frozen=True)
class PlannedVoice:
    """A voice, and the texts of its century.

    Attributes
    ----------
    name : str
        The century's; with ``a`` or ``b`` behind it where a century has a voice of each half of its authors.
    century : str
    learnt, held_out : mapping of str to tuple of DatedText
        Texts by author: what it learns from, and what it is measured on.
    """

    name: str
    century: str
    learnt: Mapping[str, tuple[DatedText, ...]]
    held_out: Mapping[str, tuple[DatedText, ...]]


def plan_voices(
    texts: Sequence[DatedText], centuries: Sequence[str] | None = None, *, halves: bool = False
) -> tuple[PlannedVoice, ...]:
    """Plan a voice of each century, or two of disjoint halves of its authors.

    A single voice of a century learns from all authors but the one of fewest characters. Of two, each is
    measured on the other's authors; the longest author goes first, each into the half that has less.

    Parameters
    ----------
    texts : sequence of DatedText
    centuries : sequence of str, optional
        Which, in this order; all, in the order of the alphabet, if not given.
    halves : bool

    Raises
    ------
    TrainingError
        If a century is not in the index, has no name that a voice can have, or has a single author, so that
        nothing can be held out.
    """
    there = sorted({text.century for text in texts})
    planned: list[PlannedVoice] = []
    for century in there if centuries is None else centuries:
        if century not in there:
            raise TrainingError(f"the index has no text of {century}; it has {', '.join(there)}")
        if not _NAME.fullmatch(century):
            raise TrainingError(
                f"'{century}' cannot name a voice: up to 32 letters, digits and '_-', a letter or digit first"
            )
        by_author = of_century(texts, century)
        if len(by_author) < 2:
            raise TrainingError(
                f"{century} has one author, {next(iter(by_author))}: a voice is measured on authors whom it "
                "did not learn from; give texts of another author of it, or leave it out (--centuries)"
            )
        planned += _plan_century(century, by_author, halves=halves)
    return tuple(planned)


def _plan_century(
    century: str, by_author: Mapping[str, tuple[DatedText, ...]], *, halves: bool
) -> list[PlannedVoice]:
    lengths = {name: sum(text.path.stat().st_size for text in own) for name, own in by_author.items()}
    by_length = sorted(by_author, key=lambda name: (-lengths[name], name))
    if not halves:
        held_out = {by_length[-1]: by_author[by_length[-1]]}
        learnt = {name: own for name, own in by_author.items() if name not in held_out}
        return [PlannedVoice(century, century, learnt, held_out)]
    parts: tuple[list[str], list[str]] = ([], [])
    for name in by_length:
        first, second = (sum(lengths[one] for one in part) for part in parts)
        parts[0 if first <= second else 1].append(name)
    both = [{name: by_author[name] for name in sorted(part)} for part in parts]
    return [PlannedVoice(f"{century}{half}", century, both[n], both[1 - n]) for n, half in enumerate(HALVES)]
