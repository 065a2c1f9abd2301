"""Read the names of histories as given on the command line and in a leaderboard."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from coevolve_sim import values
from coevolve_sim.errors import HistoryError
from coevolve_sim.values.histories import SHAPES, History, gss_moral, planted, read_history

PLANTED_ERAS, PLANTED_SEED = 9, 1


def parse_history(text: str) -> History:
    """Return the history that a text names.

    Parameters
    ----------
    text : str
        ``gss-moral``; ``planted:linear`` or another shape, of nine eras over ProgressGym's 19 dimensions,
        with other numbers as in ``planted:linear,eras=20,seed=4``; or a CSV or Parquet file.

    Raises
    ------
    HistoryError
        If there is no such history.

    Examples
    --------
    >>> history = parse_history("planted:reversal")
    >>> history.name, history.n_eras, history.n_dimensions
    ('planted-reversal', 9, 19)
    """
    head, *pairs = (piece.strip() for piece in text.split(","))
    if head == "gss-moral":
        numbers = _parse_numbers(text, pairs, {"interval_years": 1})
        return gss_moral(numbers["interval_years"])
    if head.startswith("planted:"):
        numbers = _parse_numbers(text, pairs, {"eras": PLANTED_ERAS, "seed": PLANTED_SEED})
        names = values.get("progressgym").names
        return planted(head.removeprefix("planted:"), names, numbers["eras"], numbers["seed"])
    if pairs or not Path(head).is_file():
        shapes = ", ".join(f"planted:{shape}" for shape in SHAPES)
        raise HistoryError(
            f"'{text}' names no history; there are: gss-moral, {shapes}, and any CSV or Parquet file"
        )
    history = read_history(Path(head))
    return replace(history, name=Path(head).stem)


def _parse_numbers(text: str, pairs: list[str], defaults: dict[str, int]) -> dict[str, int]:
    found = dict(defaults)
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or key not in defaults or not value.isdigit():
            raise HistoryError(
                f"'{text}': '{pair}' is not understood; write KEY=NUMBER with one of {', '.join(defaults)}"
            )
        found[key] = int(value)
    return found
