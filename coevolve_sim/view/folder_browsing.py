"""A folder of runs as one browses it: its runs and studies listed, and runs compared with each other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import RecordError
from coevolve_sim.report.comparison import list_differences
from coevolve_sim.report.numbers import format_count, format_list, format_number
from coevolve_sim.report.style import GROUPS, shorten
from coevolve_sim.runs.listing import find_folders, runs_table
from coevolve_sim.studies.store import DATABASE as STUDY_FILE
from coevolve_sim.studies.study import open_study
from coevolve_sim.view.figures import Line
from coevolve_sim.view.paging import Page, cut_page
from coevolve_sim.view.record_gaps import explain_absent_measure
from coevolve_sim.view.run_browsing import BrowsedRun

MOST_COMPARED = 8
"""Runs that are compared at once, at most; as many as there are colours."""

MOST_LETTERS = 28
"""Letters of a mind's identity that are listed, at most."""


@dataclass(frozen=True)
class ListedRun:
    """A run as it is listed; of one that cannot be read, status says why and the rest is empty."""

    folder: Path
    scenario: str
    seed: str
    changed: str
    began: str
    status: str
    rounds: str
    humans: str
    minds: str

    @property
    def cells(self) -> tuple[str, ...]:
        """The run as a row of a table."""
        name = f"{self.scenario}, seed {self.seed}" if self.is_readable else self.folder.name
        return (name, self.changed, self.began, self.status, self.rounds, self.humans, self.minds)

    @property
    def is_readable(self) -> bool:
        """Whether its record can be read."""
        return self.scenario != ""

    def has(self, words: Sequence[str]) -> bool:
        """Whether all of some words, in small letters, stand in what is listed of it."""
        text = " ".join((self.folder.name, *self.cells)).lower()
        return all(word in text for word in words)


HEADINGS = ("Run", "Set", "Began", "Status", "Rounds", "Humans", "Minds")
NUMBERS = (4, 5)
"""Headings of the table of runs, and those of its columns that hold numbers."""


@dataclass(frozen=True)
class ListedStudy:
    """A study as it is listed."""

    folder: Path
    cells: tuple[str, ...]


STUDY_HEADINGS = ("Study", "Kind", "Runs", "Question")


class BrowsedFolder:
    """A folder of runs and studies, as it was when it was opened.

    Parameters
    ----------
    folder : path

    Raises
    ------
    RecordError
        If it is a file, or not there.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        if not self.folder.exists():
            raise RecordError(f"{self.folder}: there is no such folder; coevolve run makes runs in results/")
        table = runs_table(self.folder)
        rows = [{str(k): cell for k, cell in row.items()} for row in table.to_dict("records")]
        self.runs = [_list_run(row) for row in reversed(rows)]

    @cached_property
    def studies(self) -> list[ListedStudy]:
        """The studies in the folder, the latest first."""
        return [_list_study(one) for one in reversed(find_folders(self.folder, STUDY_FILE))]

    def describe(self) -> str:
        """Return in a sentence what the folder holds."""
        if not self.runs and not self.studies:
            return (
                f"{self.folder} holds no run and no study. coevolve run SCENARIO --results {self.folder} "
                "makes a run in it."
            )
        held = [(len(self.runs), "run", ""), (len(self.studies), "study", "studies")]
        told = [format_count(n, one, many) for n, one, many in held if n]
        return f"{format_list(told)} in {self.folder}, the latest first."

    def find_runs(self, words: str, page: int) -> Page[ListedRun]:
        """Return a page of the runs that have all of some words in what is listed of them."""
        wanted = words.lower().split()
        return cut_page([run for run in self.runs if run.has(wanted)], page)


def _list_run(row: dict[str, Any]) -> ListedRun:
    folder, status = Path(row["folder"]), str(row["status"])
    if status.startswith("unreadable"):
        return ListedRun(folder, "", "", "", "", status, "", "", "")
    changed = ", ".join(f"{key}={json.dumps(value)}" for key, value in row["set"].items())
    minds = ", ".join(
        f"{name} ({shorten(identity, MOST_LETTERS)})" for name, identity in row["minds"].items()
    )
    return ListedRun(
        folder,
        str(row["scenario"]),
        f"{row['seed']:.0f}",
        changed or "as written",
        str(row["began"]).replace("T", " ").removesuffix("+00:00"),
        status,
        f"{row['finished']:,.0f} of {row['rounds']:,.0f}",
        f"{row['humans']:,.0f}",
        minds or "none, in numbers",
    )


def _list_study(folder: Path) -> ListedStudy:
    try:
        study = open_study(folder)
        counts, plan = study.counts, study.plan
    except RecordError as error:
        return ListedStudy(folder, (folder.name, "", f"unreadable: {error}", ""))
    runs = f"{counts['finished']:,} of {plan.n_runs:,}"
    runs += f", {counts['failed']:,} failed" if counts["failed"] else ""
    asked = " ".join(plan.question.split()) or f"worlds {format_list(plan.world_names)}"
    return ListedStudy(folder, (folder.name, plan.kind, runs, asked))


# --- comparing -----------------------------------------------------------------------------------


class ComparedRuns:
    """Runs beside each other.

    Parameters
    ----------
    folders : sequence of Path
        Two to `MOST_COMPARED` folders of runs.

    Raises
    ------
    RecordError
        If there are fewer or more, or one cannot be read or has no round on record.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        if not 2 <= len(folders) <= MOST_COMPARED:
            raise RecordError(f"{len(folders)} runs given; 2 to {MOST_COMPARED} are compared at once")
        self.runs = [BrowsedRun(folder) for folder in folders]
        for run in self.runs:
            if not run.has_rounds:
                raise RecordError(
                    f"{run.run.folder.name} has no round on record yet; `coevolve resume` runs it"
                )

    @cached_property
    def names(self) -> list[str]:
        """What each run is called: its scenario and seed; its folder's name where two are alike."""
        titles = [run.title for run in self.runs]
        return [
            run.run.folder.name if titles.count(title) > 1 else title
            for run, title in zip(self.runs, titles, strict=True)
        ]

    @cached_property
    def measures(self) -> list[str]:
        """The measures that at least one of the runs has; those of all come first."""
        found = dict.fromkeys(name for run in self.runs for name in run.measures)
        return sorted(found, key=lambda name: any(name not in run.measures for run in self.runs))

    def read_lines(self, measure: str) -> tuple[NDArray[np.int64], list[Line]]:
        """Return a measure over rounds, a line for each run that has taken it.

        Runs may have taken it at different rounds: between two of its own a line is straight.
        """
        taken = {
            place: run.measures[measure] for place, run in enumerate(self.runs) if measure in run.measures
        }
        rounds = np.unique(np.concatenate([own for own, _ in taken.values()]))
        lines = [
            Line(self.names[place], align_line(rounds, *found), GROUPS[place % len(GROUPS)])
            for place, found in taken.items()
        ]
        return rounds, lines

    def explain_missing(self, measure: str) -> str:
        """Return which runs have not taken a measure, and the key that has it taken; empty if all have."""
        without = [
            name for name, run in zip(self.names, self.runs, strict=True) if measure not in run.measures
        ]
        return f"Not in {format_list(without)}: {explain_absent_measure(measure)}" if without else ""

    def list_ends(self) -> list[tuple[str, ...]]:
        """Return each measure at the last round in which it was taken, a row a measure, a cell a run."""
        return [
            (measure, *(_format_end(run.measures.get(measure)) for run in self.runs))
            for measure in self.measures
        ]

    def list_differences(self) -> list[tuple[str, ...]]:
        """Return the keys of the scenarios that differ, a row a key, a cell a run."""
        scenarios = [run.data.scenario for run in self.runs]
        return [(key, *values) for key, values in list_differences(scenarios)]


def align_line(rounds: NDArray[np.int64], own: NDArray[np.int64], values: Floats) -> Floats:
    """Return a line at other rounds: straight between two of its own, nan before, after and where it is nan.

    Examples
    --------
    >>> align_line(np.arange(5), np.array([0, 2]), np.array([0.0, 1.0])).tolist()
    [0.0, 0.5, 1.0, nan, nan]
    """
    if not own.size:
        return np.full(rounds.size, np.nan)
    found = np.interp(rounds, own, values)  # a gap stays one: nan on either side is nan between
    found[(rounds < own[0]) | (rounds > own[-1])] = np.nan
    return np.asarray(found)


def _format_end(found: tuple[NDArray[np.int64], Floats] | None) -> str:
    return "–" if found is None or not found[1].size else format_number(float(found[1][-1]))
