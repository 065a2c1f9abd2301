"""What a page shows where what it reads is gone or damaged: a sentence, and a button that reads it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import solara

from coevolve_sim.errors import CoevolveError
from coevolve_sim.view.frame import Problem
from coevolve_sim.view.parts import Press


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


def _describe(failure: BaseException) -> str:
    if isinstance(failure, CoevolveError):
        return str(failure)
    return f"This cannot be shown: {type(failure).__name__}: {failure}"
