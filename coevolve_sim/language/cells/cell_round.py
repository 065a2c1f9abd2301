"""What is on record of a round of cells, besides messages and readings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.language.cells.audit import Audited

Numbers = NDArray[np.int32]
"""Numbers of messages in their round, one for each human."""


@dataclass(frozen=True)
class CellRound:
    """What is on record of a round's cells, besides messages and readings.

    Attributes
    ----------
    draws, n_speakers : tuple of int
        For each message: which of its cell's draws it is, and how many humans say it.
    n_listeners : tuple of int
        For each reading of a message by a voice: how many hear it with this voice.
    said_by : mapping of (str, int) to int32 array, shape (humans,)
        By kind of message and dimension: the number of the message that each human says (of an ``answer``,
        hears); -1 for none.
    audited : tuple of Audited
        What humans perceived who were asked in full.
    """

    draws: tuple[int, ...]
    n_speakers: tuple[int, ...]
    n_listeners: tuple[int, ...]
    said_by: Mapping[tuple[str, int], Numbers]
    audited: tuple[Audited, ...]
