"""What notebooks show: an object as a small table, and how far something has come.

Nothing here needs a notebook or imports one. Texts are escaped: a name from a scenario or a mind's words are
never used as markup.
"""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

Progress = Callable[[int, int], None]
"""Called with how much is done and how much there is to do."""

LEAST_SECONDS = 0.2
"""Between two pictures of progress."""

_TABLE = "border-collapse:collapse;margin:0.3em 0"
_CELL = "text-align:left;padding:1px 14px 1px 0;border:none"


def build_html(title: str, facts: Iterable[tuple[str, object]], sentences: Sequence[str] = ()) -> str:
    """Return an object's facts as HTML: a title, a row a fact, and sentences below.

    Facts whose text is empty are left out.

    Examples
    --------
    >>> "<b>a &lt; b</b>" in build_html("a < b", [("seed", 1), ("left out", "")])
    True
    """
    rows = "".join(_build_row(name, str(fact)) for name, fact in facts if str(fact))
    below = "".join(f"<div>{html.escape(sentence)}</div>" for sentence in sentences if sentence)
    return f'<div><b>{html.escape(title)}</b><table style="{_TABLE}">{rows}</table>{below}</div>'


def _build_row(name: str, fact: str) -> str:
    cells = (f"<th style='{_CELL}'>{html.escape(name)}</th>", f"<td style='{_CELL}'>{html.escape(fact)}</td>")
    return f"<tr>{''.join(cells)}</tr>"


def join_some(names: Sequence[str], most: int = 6) -> str:
    """Return the first of some names, and how many more there are.

    Examples
    --------
    >>> join_some(["a", "b"]), join_some(list("abcd"), 2)
    ('a, b', 'a, b and 2 more')
    """
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown


# --- progress ------------------------------------------------------------------------------------


def show_progress(progress: Progress | bool | None, what: str) -> Progress | None:
    """Return what shows progress: a function as it is, or for True a line in a notebook or terminal.

    Parameters
    ----------
    progress : callable, bool or None
    what : str
        What is counted, in the plural.
    """
    if isinstance(progress, bool):
        return ProgressLine(what) if progress else None
    return progress


class ProgressLine:
    """One line that says how far something has come, renewed in its place.

    In a notebook it is an output that is updated, elsewhere a line of a terminal; into a file or a pipe
    nothing is written but the end.

    Parameters
    ----------
    what : str
        What is counted, in the plural.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        self._display = _find_display()
        self._handle: Any = None
        self._shown_at = 0.0

    def __call__(self, done: int, total: int) -> None:
        """Show how much is done, if it is the end or some time since it was last shown."""
        now, is_last = time.monotonic(), done >= total
        if not is_last and now - self._shown_at < LEAST_SECONDS:
            return
        self._shown_at = now
        if self._display is not None:
            self._show_in_notebook(self._display, done, total)
        elif sys.stderr.isatty() or is_last:
            sys.stderr.write(f"\r{self._say(done, total)}" + ("\n" if is_last else ""))
            sys.stderr.flush()

    def _say(self, done: int, total: int) -> str:
        return f"{done:,} of {total:,} {self.what}"

    def _show_in_notebook(self, display: Callable[..., Any], done: int, total: int) -> None:
        said = self._say(done, total)
        bar = f'<progress value="{done}" max="{max(total, 1)}"></progress> {html.escape(said)}'
        shown = {"text/html": bar, "text/plain": said}
        if self._handle is None:
            self._handle = display(shown, raw=True, display_id=True)
        else:
            self._handle.update(shown, raw=True)


def _find_display() -> Callable[..., Any] | None:
    """Return IPython's `display` in a notebook's kernel; None elsewhere, also in IPython's terminal."""
    module = sys.modules.get("IPython")
    shell = None if module is None else module.get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return None
    from IPython.display import display

    found: Callable[..., Any] = display
    return found
