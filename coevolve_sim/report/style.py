"""The style of figures: colours that colour-blind readers can tell apart, fonts, and safe text."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

GROUPS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#8C6D31", "#7F7FBF", "#A0A0A0")
ASSISTANTS = ("#D55E00", "#882255", "#117733", "#332288", "#AA4499", "#661100")
DASHES = ((0, (5, 2)), (0, (3, 1.5, 1, 1.5)), (0, (8, 2)), (0, (2, 2)), (0, (6, 1, 1, 1, 1, 1)), (0, (4, 4)))
"""Colours of Okabe and Ito, and of Tol's muted scheme for assistants; dashes tell them apart in print."""

PEOPLE, HISTORY, INTERVENTION = "#8A8A8A", "#000000", "#6B6B6B"
VALUES_MAP, SHARES_MAP = "viridis", "Blues"
DPI = 160

_STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.titlesize": 9.0,
    "axes.titley": 1.0,  # no tick is above a panel, and to look for one takes a fifth of the time
    "axes.labelsize": 9.0,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#444444",
    "axes.linewidth": 0.7,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.5,
    "lines.solid_capstyle": "round",
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "figure.dpi": DPI,
    "savefig.dpi": DPI,
    "svg.hashsalt": "coevolve-sim",
    "svg.fonttype": "path",
}


_OF_FIGURES = (
    *("agg.", "axes", "boxplot.", "contour.", "errorbar.", "figure.", "font.", "grid.", "hatch", "hist."),
    *("image.", "legend.", "lines.", "markers.", "mathtext.", "patch.", "path.", "pcolor", "polaraxes."),
    *("savefig.", "scatter.", "svg.", "text.", "xaxis.", "xtick.", "yaxis.", "ytick."),
)
"""Settings of matplotlib that change figures. Its styles have a list, too, and read all styles there are."""


@contextmanager
def use_report_style(scale: float = 1.0) -> Iterator[None]:
    """Draw in the report's style, whatever the settings of matplotlib.

    A character that the font lacks is drawn as a box, without a warning.

    Parameters
    ----------
    scale : float
        Of letters, relative to the report's.
    """
    from matplotlib import rc_context, rcParamsDefault

    style = {key: value * scale if key.endswith("size") else value for key, value in _STYLE.items()}  # type: ignore[operator]
    default = {key: value for key, value in rcParamsDefault.items() if key.startswith(_OF_FIGURES)}
    with rc_context(default | style), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


def escape_dollars(text: str) -> str:
    r"""Escape dollar signs, so that matplotlib shows the text literally and starts no formula.

    Examples
    --------
    >>> escape_dollars("$5")
    '\\$5'
    """
    return text.replace("$", r"\$")


def shorten(text: str, most: int) -> str:
    """Cut text to at most the given number of characters, with an ellipsis where it was cut.

    Examples
    --------
    >>> shorten("a long word", 6)
    'a lon…'
    """
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def wrap_text(text: str, width: int, lines: int = 2) -> str:
    r"""Break text into at most the given number of lines of a width, ready to be drawn.

    Examples
    --------
    >>> wrap_text("Abortion when the family is complete", 22)
    'Abortion when the\nfamily is complete'
    """
    return escape_dollars("\n".join(textwrap.wrap(text, width, max_lines=lines, placeholder=" …") or [""]))
