"""Who the humans are, in words: the part of a persona that says nothing of its values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

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


class People(Sequence[Person]):
    """Humans as prompts introduce them; those who are introduced alike share one `Person`.

    Attributes
    ----------
    kinds : tuple of Person
        Every introduction that some human has, each once.
    kind_of : int32 array, shape (humans,)
        Number of each human's introduction.

    Examples
    --------
    >>> people = People((Person("a nurse", ""), Person("a baker", "")), np.array([1, 0, 1], np.int32))
    >>> len(people), people[2].who
    (3, 'a baker')
    """

    def __init__(self, kinds: Sequence[Person], kind_of: NDArray[np.int32]) -> None:
        self.kinds, self.kind_of = tuple(kinds), kind_of

    @overload
    def __getitem__(self, human: int) -> Person: ...
    @overload
    def __getitem__(self, human: slice) -> People: ...
    def __getitem__(self, human: int | slice) -> Person | People:
        """Return who a human is, or who some are."""
        if isinstance(human, slice):
            return People(self.kinds, self.kind_of[human])
        person: Person = self.kinds[self.kind_of[human]]
        return person

    def __len__(self) -> int:
        """Return the number of humans."""
        return len(self.kind_of)


def describe_people(
    groups: Sequence[GroupSpec],
    group_of: NDArray[np.int32],
    sketches: Sequence[str],
    seed: int,
    *,
    names_groups: bool = True,
    own: Sequence[str] | None = None,
) -> People:
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
    known = [*sketches]
    if own is not None:
        known = list(dict.fromkeys([*sketches, *filter(None, own)]))
        number_of = {sketch: number for number, sketch in enumerate(known)}
        drawn = np.array([number_of.get(sketch, which) for sketch, which in zip(own, drawn, strict=True)])
    found, kind_of = np.unique(drawn * len(groups) + group_of, return_inverse=True)
    told = [(known[code // len(groups)], groups[code % len(groups)]) for code in found.tolist()]
    people = [Person(introduce(who, group, names_groups=names_groups), group.voice) for who, group in told]
    # Groups of one description are introduced alike.
    number_of_kind = {person: k for k, person in enumerate(dict.fromkeys(people))}
    places = np.array([number_of_kind[person] for person in people], dtype=np.int32)
    return People(tuple(number_of_kind), places[kind_of.reshape(-1)])


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
