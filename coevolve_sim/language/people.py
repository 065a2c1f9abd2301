"""Who the humans are, in words: what a persona says of them besides where they stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.scenario.society_specs import GroupSpec
from coevolve_sim.streams import stream

_CENTURY = re.compile(r"C0(\d\d)")
_ORDINALS = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd"}


@dataclass(frozen=True)
class Person:
    """A human as prompts introduce it.

    Attributes
    ----------
    who : str
        A sketch, the group, the era: ``a nurse, one of the majority, living in 1972``.
    voice : str
        The voice of the mind it speaks and reads with; empty for the mind's own.
    """

    who: str
    voice: str


def people_of(
    groups: Sequence[GroupSpec], group_of: NDArray[np.int32], sketches: Sequence[str], seed: int
) -> tuple[Person, ...]:
    """Return who each human is; sketches are drawn from a stream of their own.

    Parameters
    ----------
    groups : sequence of GroupSpec
        As the scenario has them.
    group_of : int array, shape (humans,)
        Group of each human.
    sketches : sequence of str
        ``a nurse``, ``a farmer with four children``, ...
    seed : int
        Of the run.
    """
    drawn = stream(seed, "sketches").integers(len(sketches), size=group_of.size)
    return tuple(
        Person(introduced(sketches[which], groups[group]), groups[group].voice)
        for which, group in zip(drawn, group_of, strict=True)
    )


def introduced(sketch: str, group: GroupSpec) -> str:
    """Return a person in words.

    Examples
    --------
    >>> introduced("a nurse", GroupSpec(name="early_adopters", era="C013"))
    'a nurse, one of the early adopters, living in the 13th century'
    """
    era = f", living in {era_in_words(group.era)}" if isinstance(group.era, str) else ""
    return f"{sketch}, one of the {group.name.replace('_', ' ')}{era}"


def era_in_words(era: str) -> str:
    """Return an era as a sentence names it.

    Examples
    --------
    >>> era_in_words("C021"), era_in_words("1972")
    ('the 21st century', '1972')
    """
    if found := _CENTURY.fullmatch(era):
        number = int(found[1])
        return f"the {number}{_ORDINALS.get(number, 'th')} century"
    return era
