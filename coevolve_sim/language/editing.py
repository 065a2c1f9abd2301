"""An assistant edits what people write to each other, before anybody reads it [Tsirtsis2026]_.

Which messages it edits is drawn by speaker, topic and round, whoever else speaks. An edit that comes to
nothing (refused, invalid, given up, nothing left to be heard) leaves the message as it was; it is on record
with how it ended. What an editor does of itself to a claim and to its negation, told no stance, is its own
tilt (`measure_tilt`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from coevolve_sim.language.bias import BiasRow
from coevolve_sim.language.parsing import ParsedMessage
from coevolve_sim.language.readers import Reading, ToRead
from coevolve_sim.language.writing import PromptWriter
from coevolve_sim.minds import Mind
from coevolve_sim.minds.recorded import ask_all
from coevolve_sim.rules import Mediation
from coevolve_sim.streams import stream

EDIT = "edit"
"""Kind of a message that is another's, as edited."""

TILT_ARMS = {"claim": "edited_claim", "negation": "edited_negation"}
"""Arms of the bias map: a claim and its negation as they are, and after the editor."""

Spoken = tuple[int, int]
"""A message of a round by its speaker and dimension."""


@dataclass(frozen=True)
class Editor:
    """The assistant that edits, as prompts introduce it.

    Attributes
    ----------
    name, voice : str
        Its name, and the voice of its mind with which it writes; empty for the mind's own.
    """

    name: str
    voice: str


def draw_edited(
    mediation: Mediation, spoken: Iterable[Spoken], n_humans: int, seed: int, round_index: int
) -> list[Spoken]:
    """Return which messages of a round are edited, each with the probability of the share.

    Examples
    --------
    >>> import numpy as np
    >>> half = Mediation(0.5, np.array([0.9]))
    >>> draw_edited(half, [(0, 0), (1, 0), (2, 0)], 3, seed=1, round_index=2)
    [(2, 0)]
    """
    n_dimensions = mediation.values.size
    draws = stream(seed, "edited messages", round_index).random((n_humans, n_dimensions))
    return [(human, d) for human, d in spoken if draws[human, d] < mediation.share]


def write_edits(
    mind: Mind,
    writing: PromptWriter,
    editor: Editor,
    told: Sequence[tuple[int, int, str]],
    stances: Callable[[int], float | None],
    round_index: int,
) -> list[tuple[ParsedMessage, str, int]]:
    """Return what an editor makes of messages: each with why there is nothing, and its number of tokens.

    Parameters
    ----------
    mind : Mind
        The editor's.
    writing : PromptWriter
        That of the run.
    editor : Editor
    told : sequence of (int, int, str)
        Speaker, dimension and what is heard of the message.
    stances : callable
        The editor's own value on a dimension; None where it is told none.
    round_index : int
    """
    requests = [
        writing.mediate(editor.name, editor.voice, stances(d), d, human, text, round_index)
        for human, d, text in told
    ]
    replies = ask_all(mind, requests)
    return [
        (found := writing.read(request, reply, editor.name), reply.detail or found.detail, reply.tokens_out)
        for request, reply in zip(requests, replies, strict=True)
    ]


def measure_tilt(
    mind: Mind,
    writing: PromptWriter,
    editor: Editor,
    read: Callable[[Sequence[ToRead]], list[Reading]],
    voices: Sequence[str],
    claims: Sequence[tuple[str, str]],
) -> list[BiasRow]:
    """Return how each voice reads claims and their negations after an editor that is told no stance.

    Parameters
    ----------
    mind, writing, editor
        As for `write_edits`.
    read : callable
        Returns what listeners read in messages.
    voices : sequence of str
        Voices of listeners.
    claims : sequence of (str, str)
        For each dimension, a statement for it and one against it.

    Returns
    -------
    list of BiasRow
        Of `TILT_ARMS`, by voice, dimension and claim or negation; nan where the editor's text is not heard.
    """
    cells = [
        (arm, stance, d, text)
        for d, pair in enumerate(claims)
        for (arm, stance), text in zip((("claim", 1.0), ("negation", 0.0)), pair, strict=True)
    ]
    # A negative round: seeds of these texts are never those of a round of the run.
    edits = write_edits(mind, writing, editor, [(0, d, text) for _, _, d, text in cells], lambda _d: None, -1)
    asked = [(voice, index) for voice in voices for index, (found, *_) in enumerate(edits) if found.is_heard]
    readings = read([ToRead(edits[index][0].heard, cells[index][2], voice) for voice, index in asked])
    values = {key: reading.value for key, reading in zip(asked, readings, strict=True)}
    return [
        BiasRow(TILT_ARMS[arm], voice, d, stance, 1, value, int(math.isfinite(value)))
        for voice in voices
        for index, (arm, stance, d, _) in enumerate(cells)
        for value in [values.get((voice, index), math.nan)]
    ]
