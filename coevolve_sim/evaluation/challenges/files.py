"""Write a leaderboard to files: CSV, Markdown, and a figure."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pandas as pd

from coevolve_sim.errors import RecordError
from coevolve_sim.evaluation.challenges.forecasts import Forecasts
from coevolve_sim.evaluation.challenges.leaderboard import Leaderboard
from coevolve_sim.evaluation.challenges.leaderboard_figure import draw, save
from coevolve_sim.evaluation.challenges.leaderboard_text import as_markdown, as_short_markdown
from coevolve_sim.language.table_cells import escape_texts
from coevolve_sim.output_files import refuse_link, write_atomically


def write(board: Leaderboard, folder: Path, forecasts: Forecasts | None = None) -> list[Path]:
    """Write a leaderboard as CSV, Markdown and PNG, and forecasts, if given, as ``forecasts.csv``.

    ``scores.csv`` has the score of every replication, so that whoever doubts an interval can make it anew.

    Parameters
    ----------
    board : Leaderboard
    folder : Path
        Created if it does not exist.
    forecasts : Forecasts, optional

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    RecordError
        If the folder cannot be written.
    """
    names = ("leaderboard.csv", "scores.csv", "leaderboard.md", "leaderboard_short.md", "leaderboard.png")
    table, scores, page, short, picture = (folder / name for name in names)
    written = [table, scores, page, short, picture]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        refuse_link(*written, folder / "forecasts.csv")
        write_atomically(table, partial(_write_table, board.table))
        write_atomically(scores, partial(_write_table, board.scores))
        text = as_markdown(board)
        if forecasts is not None:
            written.append(folder / "forecasts.csv")
            write_atomically(written[-1], partial(_write_table, forecasts.table))
            text += "\n" + forecasts_as_markdown(forecasts)
        write_atomically(page, partial(_write_text, text))
        write_atomically(short, partial(_write_text, as_short_markdown(board)))
        write_atomically(picture, partial(save, draw(board)))
    except OSError as error:
        raise RecordError(f"{folder} cannot be written: {error.strerror}; name another with --out") from None
    return written


def forecasts_as_markdown(forecasts: Forecasts) -> str:
    """Return forecasts of the survey as a Markdown table, origins in columns, and what to know of them."""
    table = forecasts.table
    wide = table.assign(task=table["origin"].astype(str) + " to " + table["years"])
    tasks = list(dict.fromkeys(wide["task"]))
    lines = [
        "| forecaster | " + " | ".join(f"from {task}" for task in tasks) + " |",
        "|---|" + "---|" * len(tasks),
    ]
    plain = dict(zip(table["forecaster"], ~table["policy"], strict=True))
    by_task = wide.pivot_table(index="forecaster", columns="task", values="rmse").loc[:, tasks]
    for name, row in by_task.sort_values(tasks[0], kind="stable").iterrows():
        shown = f"*{name}*" if plain[name] else f"`{name}`"
        lines.append(f"| {shown} | " + " | ".join(f"{error:.4f}" for error in row) + " |")
    return "\n".join([*lines, "", *forecasts.notes]) + "\n"


def _write_text(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8")


def _write_table(table: pd.DataFrame, path: Path) -> None:
    escape_texts(table).to_csv(path, index=False, float_format="%.6f", lineterminator="\n")
