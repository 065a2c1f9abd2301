"""What a page shows where what it reads is gone or damaged: a sentence, and a button that reads it again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import solara

from coevolve_sim.errors import CoevolveError
from coevolve_sim.view.frame import Problem
from coevolve_sim.view.parts import Press

Opened = TypeVar("Opened")


@solara.component
def Boundary(show: Callable[[], Any], read_again: Callable[[], None]) -> None:
    """Show a part of a page; where that fails, say why and let it be read again.

    Parameters
    ----------
    show : callable
        Shows the part.
    read_again : callable
        Opens what is read anew.
    """
    failure, forget = solara.use_exception()
    if failure is None:
        show()
        return

    def press() -> None:
        forget()
        read_again()

    Unread(_describe(failure), press)


@solara.component
def Unread(sentence: str, read_again: Callable[[], None]) -> None:
    """Say why something cannot be read, and let it be read again."""
    Problem(sentence)
    Press("Read again", read_again)


def use_opened(
    open_folder: Callable[[Path], Opened], folder: Path
) -> tuple[Opened | None, Callable[[], None]]:
    """Open what a page shows, once, and anew when asked to; where it cannot be opened, say why.

    Returns
    -------
    object or None, callable
        What was opened, None where it could not be; and what opens it anew.
    """
    times, set_times = solara.use_state(0)

    def try_to() -> tuple[Opened | None, str]:
        try:
            return open_folder(folder), ""
        except CoevolveError as error:
            return None, str(error)

    opened, problem = solara.use_memo(try_to, [str(folder), times])

    def read_again() -> None:
        set_times(times + 1)

    if opened is None:
        Unread(problem, read_again)
    return opened, read_again


def _describe(failure: BaseException) -> str:
    if isinstance(failure, CoevolveError):
        return str(failure)
    return f"This cannot be shown: {type(failure).__name__}: {failure}"
