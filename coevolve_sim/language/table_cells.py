"""Texts in CSV files that a spreadsheet must not take for formulas.

A spreadsheet computes a cell that begins with ``=``, ``+``, ``-``, ``@``, a tab or a line break, and what a
model says may begin so. Such a text gets a leading apostrophe when it is written; `unescape_text` takes it
away again, and gives back every text as it was. Numbers and names of columns stay as they are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_FORMULA = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")  # also as wide as Chinese characters
_ESCAPED = re.compile(f"'{_FORMULA.pattern}")


def escape_text(text: str) -> str:
    """Return a text with an apostrophe before it if a spreadsheet would take it for a formula.

    Examples
    --------
    >>> escape_text("=1+1"), escape_text("I am for it."), escape_text("'-1")
    ("'=1+1", 'I am for it.', "''-1")
    """
    return f"'{text}" if _FORMULA.match(text) else text


def unescape_text(text: str) -> str:
    """Return the text that `escape_text` was given.

    Examples
    --------
    >>> [unescape_text(escape_text(text)) for text in ("=1+1", "I am for it.", "'-1", "'tis")]
    ['=1+1', 'I am for it.', "'-1", "'tis"]
    """
    return text[1:] if _ESCAPED.match(text) else text


def escape_texts(table: pd.DataFrame) -> pd.DataFrame:
    r"""Return a table whose texts are escaped; other columns are as they were.

    Examples
    --------
    >>> import pandas as pd
    >>> escape_texts(pd.DataFrame({"text": ["-", "no"], "value": [-1.0, 1.0]})).to_csv(index=False)
    "text,value\n'-,-1.0\nno,1.0\n"
    """
    from pandas.api.types import is_object_dtype, is_string_dtype

    texts = [name for name in table if is_object_dtype(table[name]) or is_string_dtype(table[name])]
    return table.assign(**{str(name): table[name].map(_escape_cell) for name in texts})


def _escape_cell(cell: object) -> object:
    return escape_text(cell) if isinstance(cell, str) else cell
