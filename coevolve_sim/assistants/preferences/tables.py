"""Tables of comparisons, and summaries of how reliable they are."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from coevolve_sim.assistants.preferences.comparison import Comparison
from coevolve_sim.errors import PreferenceError
from coevolve_sim.input_files import read_input
from coevolve_sim.language.table_cells import unescape_text
from coevolve_sim.minds import STATUSES
from coevolve_sim.minds.protocol import Status

if TYPE_CHECKING:
    import pandas as pd

MOST_BYTES = 1 << 28

COLUMNS: dict[str, str] = {
    "who": "who compared",
    "topic": "what the texts are about",
    "first": "the first text",
    "second": "the second text",
    "logit": "log odds that the first is preferred, mean of both orders; empty unless both were answered",
    "logit_first_as_a": "the same where the first was shown as A",
    "logit_second_as_a": "the same where the second was shown as A",
    "status_first_as_a": "how the order with the first as A ended",
    "status_second_as_a": "how the order with the second as A ended",
    "is_usable": "whether both orders were answered",
    "is_consistent": "whether both orders prefer the same text",
}
"""The columns of a table of comparisons, and what stands in them."""


@dataclass(frozen=True)
class Summary:
    """How reliable comparisons are; standard errors assume that they are independent of each other.

    Attributes
    ----------
    n : int
        How many comparisons.
    usable : float
        Share of which both orders were answered; NaN without any.
    consistency : float
        Share of the usable in which both orders prefer the same text; NaN without any.
    lean_to_a : float
        Mean log odds that being shown as A adds, over the usable; NaN without any.
    usable_error, consistency_error, lean_to_a_error : float
        Standard errors of these means; NaN below two comparisons.
    counts : dict of str to int
        How many requests, two a comparison, ended in each of `coevolve_sim.minds.STATUSES`.
    """

    n: int
    usable: float
    usable_error: float
    consistency: float
    consistency_error: float
    lean_to_a: float
    lean_to_a_error: float
    counts: dict[str, int]


def summarize_comparisons(comparisons: Sequence[Comparison]) -> Summary:
    """Return the shares of usable and consistent comparisons, the position bias, and counts of statuses.

    Examples
    --------
    >>> answered, refused = ("answered", "answered"), ("answered", "refused")
    >>> found = summarize_comparisons([
    ...     Comparison("Ada", "thrift", "Save.", "Spend.", (2.0, 1.0), answered),
    ...     Comparison("Bo", "thrift", "Save.", "Spend.", (2.0, float("nan")), refused),
    ... ])
    >>> found.usable, found.consistency, found.counts["refused"]
    (0.5, 1.0, 1)
    """
    usable = [one for one in comparisons if one.is_usable]
    ends = Counter(status for one in comparisons for status in one.status)
    return Summary(
        len(comparisons),
        *mean_and_error([float(one.is_usable) for one in comparisons]),
        *mean_and_error([float(one.is_consistent) for one in usable]),
        *mean_and_error([one.lean_to_a for one in usable]),
        {status: ends[status] for status in STATUSES},
    )


def mean_and_error(found: Sequence[float]) -> tuple[float, float]:
    """Return the mean of some numbers, NaN if there are none, and its standard error, NaN below two.

    Examples
    --------
    >>> mean_and_error([0.0, 1.0]), mean_and_error([])
    ((0.5, 0.5), (nan, nan))
    """
    n = len(found)
    if not n:
        return math.nan, math.nan
    mean = math.fsum(found) / n
    if n == 1:
        return mean, math.nan
    return mean, math.sqrt(math.fsum((one - mean) ** 2 for one in found) / (n - 1) / n)


def comparisons_table(comparisons: Sequence[Comparison]) -> pd.DataFrame:
    """Return comparisons as a data frame with the columns of `COLUMNS`, one row each, in the order given.

    Examples
    --------
    >>> one = Comparison("Ada", "thrift", "Save.", "Spend.", (2.0, 1.0), ("answered", "answered"))
    >>> comparisons_table([one])[["who", "logit", "is_consistent"]].values.tolist()
    [['Ada', 1.5, True]]
    """
    import pandas as pd

    rows = [
        (
            *(one.who, one.topic, one.first, one.second),
            *(one.logit, *one.logit_as_shown, *one.status),
            *(one.is_usable, one.is_consistent),
        )
        for one in comparisons
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def read_comparisons(path: Path) -> list[Comparison]:
    """Read comparisons from a CSV file that holds their table.

    Parameters
    ----------
    path : Path
        What ``escape_texts(comparisons_table(...)).to_csv(path, index=False)`` wrote: no number loses a bit
        by it, and no text a character.

    Raises
    ------
    PreferenceError
        If the file cannot be read, is larger than 256 MiB, or is no such table.
    """
    content = read_input(path, PreferenceError, MOST_BYTES)
    try:
        lines = io.StringIO(content.decode(), newline="")
        return [_read_row(row) for row in csv.DictReader(lines, strict=True)]
    except (csv.Error, KeyError, TypeError, ValueError) as error:
        raise PreferenceError(f"{path} is no table of comparisons: {error}") from None


def _read_row(row: dict[str, str]) -> Comparison:
    logits = [float(row[name] or "nan") for name in ("logit_first_as_a", "logit_second_as_a")]
    ends = [row[name] for name in ("status_first_as_a", "status_second_as_a")]
    unknown = [end for end in ends if end not in STATUSES]
    if unknown:
        raise ValueError(f"'{unknown[0]}' is not how a request ends")
    statuses = cast("tuple[Status, Status]", tuple(ends))
    who, topic, first, second = (unescape_text(row[name]) for name in ("who", "topic", "first", "second"))
    return Comparison(who, topic, first, second, (logits[0], logits[1]), statuses)
