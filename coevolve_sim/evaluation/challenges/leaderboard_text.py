"""A leaderboard as Markdown, and the sentences that say how to read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from coevolve_sim.evaluation.challenges.challenge_protocol import Order
from coevolve_sim.evaluation.challenges.leaderboard import AS_NAMED, Leaderboard
from coevolve_sim.evaluation.challenges.ranking import LEVEL, is_error, is_ranked
from coevolve_sim.evaluation.challenges.tuning import TUNING_REPLICATIONS
from coevolve_sim.studies import smallest_effect_seen

BLIND = (
    "Cosines see no magnitude, and neither form of coevolve holds haste against people: who jumps to "
    "history's end at once scores 1 in coevolve_aligned. They are ProgressGym's, for comparison; what people "
    "did is told by their share of history's way, what lies across it, and the error."
)
ARITHMETIC = (
    "In the order progressgym an assistant is asked before history's dose d and heard after it: whoever "
    "repeats what the human held (*last value*) turns d into d(1-d)^2. That much is arithmetic; with "
    "history's dose last it is nothing."
)
READING_PLACES = (
    "A place is among policies, and a range where it is shared: one is ahead of another only if a paired t "
    "test tells them apart, Holm's correction being made for all pairs of a column, so that some pair of "
    f"equals is told apart in at most {100 * LEVEL:.0f} % of leaderboards."
)
READING_MARKS = (
    "+ is ahead of the reference line, - behind it, = not told apart from it (paired t, Holm over policies): "
    "of *last value* in follow and predict, of *no assistant* in coevolve, where + at a share is further "
    "along history's way. A share of 1 is all of the way, above 1 too far."
)
Column = tuple[str, str]
"""A measure and the order of doses (empty for follow and predict)."""


def columns_of(board: Leaderboard) -> list[Column]:
    """Return the measures of a leaderboard with their orders of doses, as they were played."""
    pairs = board.table[["measure", "order"]].drop_duplicates()
    return [(str(measure), str(order)) for measure, order in pairs.itertuples(index=False)]


def short_columns_of(board: Leaderboard) -> list[Column]:
    """Return the columns that tell most: the errors, then the shares of history's way."""
    columns = columns_of(board)
    errors = [column for column in columns if column[0].endswith("_rmse")]
    return errors + [column for column in columns if not is_ranked(column[0])]


def column_title(column: Column) -> str:
    """Return what stands above a column.

    Examples
    --------
    >>> column_title(("predict_1_rmse", "")), column_title(("coevolve_share", "history-last"))
    ('predict 1', 'share of the way, history last')
    """
    measure, order = column
    if measure.endswith("_share"):
        name = "share of the way"
    else:
        name = measure.removesuffix("_rmse").replace("_", " ")
    return f"{name}, history last" if order == Order.HISTORY_LAST else name


def format_place(best: float, worst: float) -> str:
    """Return a place as text: a shared place as a range, an empty text for nan.

    Examples
    --------
    >>> format_place(1, 1), format_place(2, 4), format_place(float("nan"), float("nan"))
    ('1', '2-4', '')
    """
    if np.isnan(best):
        return ""
    return f"{best:.0f}" if best == worst else f"{best:.0f}-{worst:.0f}"


def format_difference(measure: str, difference: float, p_holm: float) -> str:
    """Return how a policy differs from the reference line: ``+`` and ``-`` where it can be told, else ``=``.

    ``+`` is ahead of the line (of the share of the way: further), ``-`` behind it; nothing where there is no
    difference to speak of.

    Examples
    --------
    >>> format_difference("follow_rmse", -0.1, 0.01), format_difference("coevolve_share", -0.1, 0.3)
    ('+', '=')
    """
    if np.isnan(p_holm):
        return ""
    if p_holm > LEVEL or difference == 0:
        return "="
    return "+" if (difference < 0) == is_error(measure) else "-"


def reading_notes(board: Leaderboard) -> list[str]:
    """Return the sentences that say what a leaderboard's numbers rest on."""
    seen = smallest_effect_seen(1.0, board.n_replications)
    found = [
        f"{board.n_replications} replications, seed {board.seed}, {board.people.description}.",
        READING_PLACES,
        READING_MARKS,
        (
            f"With {board.n_replications} replications a true difference of {seen:.1f} standard errors is "
            "told from 0 with power .8, before that correction."
        ),
    ]
    error = getattr(board.people, "sampling_error", None)
    if error:
        found.append(
            f"The mean of those heard in an era has a sampling error of {error:.4f}: an error of follow of "
            "that size is the sample's, not the policy's."
        )
    policies = board.table[~board.table["reference"]]
    tuned = policies[policies["setting"] != AS_NAMED]
    if not tuned.empty:
        found.append(
            "Kinds play at the setting of their grid that had the smallest error on "
            f"{TUNING_REPLICATIONS} samples of people of other seeds, for each column (see the settings); in "
            "square brackets the mean at the default."
        )
        if {"lifelong", "mean"} <= set(tuned["player"]):
            found.append("`lifelong` and `mean` are one rule with another default rate (.2 and 1).")
    if tuned.empty:
        found.append("Policies play as they are named, kinds without parameters at their defaults.")
    elif len(tuned) < len(policies[policies["player"] != "frozen"]):
        found.append("A policy named with parameters, or without a grid, plays as it is named.")
    if (board.table["order"] == Order.PROGRESSGYM).any():
        found.append(ARITHMETIC)
    return [*found, BLIND, *board.notes]


def as_markdown(board: Leaderboard, columns: list[Column] | None = None) -> str:
    """Return how a leaderboard is read, then for each history its table and the settings that were played.

    Each cell has the mean, half the width of its 95 % interval, the mean at the default, how it differs from
    the reference line, and the place.

    Parameters
    ----------
    board : Leaderboard
    columns : list of Column, optional
        Columns to show; all if not given.
    """
    return _pages(board, columns or columns_of(board), digits=4)


def as_short_markdown(board: Leaderboard) -> str:
    """Return a leaderboard's errors and shares in three digits, and the settings that were played."""
    return _pages(board, short_columns_of(board), digits=3)


def history_table(board: Leaderboard, history: str, columns: list[Column], digits: int) -> list[str]:
    """Return the lines of a Markdown table: players in rows, the best of the first column first."""
    lines = [
        "| policy | " + " | ".join(column_title(column) for column in columns) + " |",
        "|---|" + "---|" * len(columns),
    ]
    lines_known = set(board.table.loc[board.table["reference"], "player"])
    for player, cells in history_rows(board, history, columns, digits):
        name = f"*{player}*" if player in lines_known else f"`{player}`"
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def history_rows(
    board: Leaderboard, history: str, columns: list[Column], digits: int
) -> Iterator[tuple[str, list[str]]]:
    """Yield each player of one history with its cells, the best of the first column first."""
    rows = [board.of(history, *column).set_index("player") for column in columns]
    for player in rows[0].index:
        yield str(player), [_cell(of.loc[player], digits) for of in rows]


def settings_table(board: Leaderboard, history: str) -> list[str]:
    """Return the lines of a Markdown table of the settings that were chosen; none if none were."""
    chosen = board.table[
        (board.table["history"] == history)
        & ~board.table["reference"]
        & (board.table["setting"] != AS_NAMED)
        & board.table["measure"].str.endswith("_rmse")
    ]
    if chosen.empty:
        return []
    columns = [column for column in columns_of(board) if column[0].endswith("_rmse")]
    lines = [
        "| setting | " + " | ".join(column_title(column) for column in columns) + " |",
        "|---|" + "---|" * len(columns),
    ]
    for player, of_player in chosen.groupby("player", sort=False):
        at = of_player.set_index(["measure", "order"])["setting"]
        lines.append(f"| `{player}` | " + " | ".join(at.loc[column] for column in columns) + " |")
    return lines


def _pages(board: Leaderboard, columns: list[Column], digits: int) -> str:
    return "\n".join([" ".join(reading_notes(board)), "", *_histories(board, columns, digits)])


def _histories(board: Leaderboard, columns: list[Column], digits: int) -> Iterator[str]:
    for history in dict.fromkeys(board.table["history"]):
        yield from (f"**{history}**", "", *history_table(board, history, columns, digits), "")
        settings = settings_table(board, history)
        if settings:
            yield from (f"Settings on {history}:", "", *settings, "")


def _cell(row: pd.Series[Any], digits: int) -> str:
    if np.isnan(row["mean"]):
        return "-"
    text = _number(row["mean"], digits)
    half = (row["high"] - row["low"]) / 2.0
    if digits > 3 and half >= 0.5 * 10**-digits:
        text += f" ±{_number(half, digits)}"
    default = row["default_mean"]
    if not np.isnan(default) and _number(default, digits) != _number(row["mean"], digits):
        text += f" [{_number(default, digits)}]"
    there = format_place(row["best"], row["worst"])
    mark = format_difference(row["measure"], row["difference"], row["p_holm"])
    return " ".join(filter(None, (text, mark, f"({there})" if there else "")))


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.{digits}f}"
