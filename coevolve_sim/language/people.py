"""Who the humans are, in words: the part of a persona that says nothing of its values."""

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
        The voice of its mind with which it speaks and reads; empty for the mind's own voice.
    """

    who: str
    voice: str


def describe_people(
    groups: Sequence[GroupSpec],
    group_of: NDArray[np.int32],
    sketches: Sequence[str],
    seed: int,
    *,
    names_groups: bool = True,
    own: Sequence[str] | None = None,
) -> tuple[Person, ...]:
    """Return who each human is, in words; sketches are drawn from the stream ``sketches``.

    Parameters
    ----------
    groups : sequence of GroupSpec
        The scenario's groups.
    group_of : int array, shape (humans,)
        Group of each human.
    sketches : sequence of str
        ``a nurse``, ``a farmer with four children``, ...
    seed : int
        Seed of the run.
    names_groups : bool
        Whether a group without a description is told by its name.
    own : sequence of str, optional
        Sketch of each human that has one of its own; empty for those who have none.
    """
    drawn = stream(seed, "sketches").integers(len(sketches), size=group_of.size)
    told = [sketches[which] for which in drawn]
    if own is not None:
        told = [sketch or other for sketch, other in zip(own, told, strict=True)]
    return tuple(
        Person(introduce(sketch, groups[group], names_groups=names_groups), groups[group].voice)
        for sketch, group in zip(told, group_of, strict=True)
    )


def introduce_planters(
    groups: Sequence[GroupSpec], sketches: Sequence[str], *, names_groups: bool = True
) -> tuple[Person, ...]:
    """Return people of every group with every sketch, whatever the seed: for what is measured of a mind.

    People of all groups take turns, so that the first few have as many groups among them as may be.
    """
    people = (
        Person(introduce(sketch, group, names_groups=names_groups), group.voice)
        for sketch in sketches
        for group in groups
    )
    return tuple(dict.fromkeys(people))


def introduce(sketch: str, group: GroupSpec, *, names_groups: bool = True) -> str:
    """Return the words that introduce a person: sketch, group and era.

    A group is told by its description; without one by its name, unless ``names_groups`` is false.

    Examples
    --------
    >>> introduce("a nurse", GroupSpec(name="early_adopters", era="C013"))
    'a nurse, one of the early adopters, living in the 13th century'
    """
    era = f", living in {name_era(group.era)}" if isinstance(group.era, str) else ""
    named = f"one of the {group.name.replace('_', ' ')}" if names_groups else ""
    told = group.description.strip() or named
    return f"{sketch}{f', {told}' if told else ''}{era}"


def introduce_outlet(name: str, voice: str) -> Person:
    """Return who an outlet is, in words.

    Examples
    --------
    >>> introduce_outlet("the_daily", "").who
    'the daily, a news outlet'
    """
    return Person(f"{name.replace('_', ' ')}, a news outlet", voice)


def name_era(era: str) -> str:
    """Return an era's name for use in a sentence.

    Examples
    --------
    >>> name_era("C021"), name_era("1972")
    ('the 21st century', '1972')
    """
    if found := _CENTURY.fullmatch(era):
        number = int(found[1])
        return f"the {number}{_ORDINALS.get(number, 'th')} century"
    return era
