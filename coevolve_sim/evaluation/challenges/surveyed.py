"""What had been surveyed of a history by an era: all that people of that era can say, and what is scored.

A history may have cells that nobody measured: a survey does not ask every issue every year, and the years
between are interpolated, that is, from figures of *later* years too. Who heard such a cell would hear of the
future. So people say what the last survey had found, and only cells that were surveyed are scored.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.values.histories import History


def carry_forward(history: History) -> Floats:
    """Return what had last been surveyed by each era.

    Before its first survey a dimension holds its first figure: everybody has to begin somewhere. That figure
    is not scored (`scored_cells`).

    Returns
    -------
    float64 array, shape (eras, dimensions)
        In [0, 1]; the history's own values where everything was surveyed.

    Examples
    --------
    >>> asked = [[True], [False], [True]]
    >>> history = History("h", ("0", "1", "2"), [0, 1, 2], ("thrift",), [[0.2], [0.3], [0.4]], asked, "made")
    >>> carry_forward(history)[:, 0].tolist()
    [0.2, 0.2, 0.4]
    """
    asked = np.asarray(history.observed)
    first = asked.argmax(axis=0)
    eras = np.arange(len(asked))[:, None]
    latest = np.maximum.accumulate(np.where(asked, eras, first), axis=0)
    latest = np.where(asked.any(axis=0), np.maximum(latest, first), eras)
    carried: Floats = np.take_along_axis(np.asarray(history.values, dtype=np.float64), latest, axis=0)
    return carried


def scored_cells(history: History, horizon: int = 0) -> NDArray[np.bool_]:
    """Return which cells of a history are scored: surveyed ones of which something was known before.

    Era 0 is never scored. What is said of era t was said `horizon` eras before, so by then the dimension had
    been surveyed at least once; of the era itself (a horizon of 0) it had been the era before.

    Parameters
    ----------
    history : History
    horizon : int
        Eras ahead at which a cell was spoken of.

    Returns
    -------
    bool array, shape (eras, dimensions)

    Examples
    --------
    >>> asked = [[False, True], [True, True], [True, False], [True, True]]
    >>> history = History("h", ("0", "1", "2", "3"), range(4), ("a", "b"), [[0.2, 0.3]] * 4, asked, "made")
    >>> scored_cells(history).astype(int).tolist()
    [[0, 0], [0, 1], [1, 0], [1, 1]]
    """
    asked = np.asarray(history.observed)
    behind = max(horizon, 1)
    known = np.zeros_like(asked)
    known[behind:] = np.logical_or.accumulate(asked, axis=0)[: len(asked) - behind]
    known[: horizon + 1] = False
    cells: NDArray[np.bool_] = asked & known
    return cells


def describe_scored_cells(history: History) -> str:
    """Return one sentence on what is heard and scored of a history; empty where everything was surveyed.

    Examples
    --------
    >>> from coevolve_sim.values.histories import gss_moral
    >>> describe_scored_cells(gss_moral()).split(": ")[0]
    'Of 2,115 cells of gss-moral 919 were not surveyed (43.5 %)'
    """
    asked = np.asarray(history.observed)
    if asked.all():
        return ""
    missing = int((~asked).sum())
    return (
        f"Of {asked.size:,} cells of {history.name} {missing:,} were not surveyed "
        f"({100 * missing / asked.size:.1f} %): people say what the last survey had found, and "
        f"{int(scored_cells(history).sum()):,} surveyed cells are scored (not era 0, and not a dimension's "
        "first figure, at which everybody begins)."
    )
