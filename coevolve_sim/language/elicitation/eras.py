"""Eras, and the minds that speak for them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, cast

from coevolve_sim.errors import QuestionnaireError
from coevolve_sim.minds.protocol import Mind

Opening = Callable[[], Mind]
"""What opens a mind when it is needed."""

CENTURIES: tuple[str, ...] = tuple(f"C{century:03}" for century in range(13, 22))
"""The eras of ProgressGym, from the 13th century to the 21st."""

_RELEASES = {"8B": "v0.2", "70B": "v0.1"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True)
class Era:
    """An era, and the mind that speaks for it.

    Attributes
    ----------
    name : str
        Letters, digits and ``_.-``; the first is a letter or digit. It becomes part of a file's name.
    mind : Mind or callable
        A mind, which stays open, or a function that opens one, which is closed once its eras are measured.
    voice : str
        The voice that speaks for the era; empty for the mind's own.
    source : str
        A text that identifies the mind for good, such as a Hub id with a revision: for an era already
        measured from the same source, the mind is not opened. Leave empty for a mind that may change under
        its name.

    Raises
    ------
    QuestionnaireError
        If the name is not well formed.
    """

    name: str
    mind: Mind | Opening
    voice: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise QuestionnaireError(
                "the name of an era is 1 to 64 letters, digits and '_.-', a letter or digit first; "
                f"{self.name!r} given"
            )


def eras_of(mind: Mind | Opening, voices: Sequence[str] | None = None) -> tuple[Era, ...]:
    """Return an era for each voice of one mind, with the voice's name.

    Parameters
    ----------
    mind : Mind or callable
        The mind with these voices, or a function that opens it.
    voices : sequence of str, optional
        Voices in the order of time; by default all, sorted. Required if ``mind`` is a function.

    Raises
    ------
    QuestionnaireError
        If there is no voice, or none is named and the mind is not open.
    """
    if voices is None:
        if not _is_open(mind):
            raise QuestionnaireError(
                "name the voices of a mind that is not open yet: eras_of(mind, voices=[...])"
            )
        voices = sorted(cast("Mind", mind).voices)
    if not voices:
        raise QuestionnaireError("eras are told by a mind's voices, and it has none")
    return tuple(Era(voice, mind, voice) for voice in voices)


def hub_ids(size: Literal["8B", "70B"] = "8B") -> dict[str, str]:
    """Return the Hugging Face Hub ids of ProgressGym's nine models, by era.

    Parameters
    ----------
    size : str
        ``8B`` or ``70B``.

    Raises
    ------
    QuestionnaireError
        If there is no such size.

    References
    ----------
    [Qiu2024]_

    Examples
    --------
    >>> hub_ids()["C013"]
    'PKU-Alignment/ProgressGym-HistLlama3-8B-C013-instruct-v0.2'
    """
    if size not in _RELEASES:
        raise QuestionnaireError(f"ProgressGym's models are of size {' or '.join(_RELEASES)}; '{size}' given")
    stem = f"PKU-Alignment/ProgressGym-HistLlama3-{size}"
    return {era: f"{stem}-{era}-instruct-{_RELEASES[size]}" for era in CENTURIES}


@dataclass
class OneMind:
    """Keeps at most one mind open at a time, so that two large models never share the memory."""

    _opening: Opening | None = field(default=None, init=False)
    _mind: Mind | None = field(default=None, init=False)

    def open(self, era: Era) -> Mind:
        """Return the open mind of an era; a mind opened here before for another era is closed first."""
        if _is_open(era.mind):
            self.close()
            return cast("Mind", era.mind)
        opening = cast("Opening", era.mind)
        if self._mind is None or opening is not self._opening:
            self.close()
            self._mind, self._opening = opening(), opening
        return self._mind

    def close(self) -> None:
        """Close the mind that was opened here, if any."""
        mind, self._mind, self._opening = self._mind, None, None
        if mind is not None:
            mind.close()


@contextmanager
def one_mind_at_a_time() -> Iterator[OneMind]:
    """Keep at most one mind open at a time, and close it in the end."""
    held = OneMind()
    try:
        yield held
    finally:
        held.close()


def _is_open(mind: Mind | Opening) -> bool:
    return hasattr(mind, "ask")
