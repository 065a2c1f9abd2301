"""Outlets in words: who they are to a mind that writes for them, and who hears them together.

An outlet writes as people do, as one who holds where what it says stands in the round: *the daily, a news
outlet*. Whoever follows it reads the same message; those whose minds read with the same voice read it alike
and are one audience.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.language.people import Person, introduce_outlet
from coevolve_sim.scenario.media_specs import OutletSpec

OUTLET = "outlet"
"""Kind of a message that an outlet writes to all who follow it."""


@dataclass(frozen=True)
class OutletVoice:
    """An outlet as prompts introduce it.

    Attributes
    ----------
    person : Person
        Who it is, in the prompts' words, and the voice with which it writes.
    mind : str
        Name of the mind that writes for it.
    """

    person: Person
    mind: str

    @property
    def voice(self) -> str:
        """The voice with which it writes; empty for its mind's own."""
        return self.person.voice


def describe_outlets(media: Sequence[OutletSpec], mind: str) -> tuple[OutletVoice, ...]:
    """Return who outlets are, in words.

    Parameters
    ----------
    media : sequence of OutletSpec
        The scenario's outlets.
    mind : str
        Name of the mind that writes for those which name no other.
    """
    return tuple(
        OutletVoice(introduce_outlet(outlet.name, outlet.voice), outlet.mind or mind) for outlet in media
    )


def choose_audiences(able: NDArray[np.bool_], audience_of: NDArray[np.intp]) -> list[int]:
    """Return the audiences that somebody who can follow an outlet belongs to, ascending.

    Parameters
    ----------
    able : bool array, shape (humans,)
    audience_of : int array, shape (humans,)

    Examples
    --------
    >>> choose_audiences(np.array([True, False, True]), np.array([2, 1, 0]))
    [0, 2]
    """
    found: list[int] = np.unique(audience_of[able]).tolist()
    return found
