"""What all commands share: the two consoles, errors in words, exit codes, options, progress, runs' folders.

Exit codes: 0 done; 1 an error of the program; 2 wrong usage; 3 an invalid scenario; 4 a failed round
(finished rounds stay recorded); 5 a run's folder that cannot be read or written; 6 a verification with a
failed row; 7 a mind that cannot be opened or asked; 8 a plug-in that failed a check; 9 weights that cannot be
trained; 10 minds left more unanswered than is allowed (a run is interrupted); 11 a limit on requests or
tokens was reached (a run or study is interrupted); 130 interrupted.
"""

from __future__ import annotations

import functools
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from coevolve_sim.errors import (
    CoevolveError,
    LimitReachedError,
    MindError,
    RecordError,
    RoundError,
    TrainingError,
    UnansweredError,
    UnfitError,
)
from coevolve_sim.minds.usage import Usage

EXIT_SCENARIO, EXIT_ROUND, EXIT_RECORD, EXIT_VERIFICATION = 3, 4, 5, 6
EXIT_MIND, EXIT_PLUGIN, EXIT_TRAINING, EXIT_UNANSWERED, EXIT_LIMIT = 7, 8, 9, 10, 11
EXIT_UNFIT, EXIT_INTERRUPTED = 12, 130

said = Console(highlight=False, markup=False, emoji=False)
aside = Console(stderr=True, highlight=False, markup=False, emoji=False)

Command = TypeVar("Command", bound=Callable[..., Any])

RunFolder = Annotated[
    Path, typer.Argument(metavar="RUN", help="Folder of a run or a study, or 'last' for the latest.")
]
Results = Annotated[Path, typer.Option("--results", "-r", help="Folder that holds the runs.")]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Set a key, as in update.confidence.peer=0.2; repeatable."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


_CODES: tuple[tuple[type[CoevolveError], int], ...] = (
    (RecordError, EXIT_RECORD),
    (RoundError, EXIT_ROUND),
    (UnansweredError, EXIT_UNANSWERED),
    (LimitReachedError, EXIT_LIMIT),
    (UnfitError, EXIT_UNFIT),
    (MindError, EXIT_MIND),
    (TrainingError, EXIT_TRAINING),
)


def exit_code(error: CoevolveError) -> int:
    """Return the exit code of a kind of error.

    Examples
    --------
    >>> exit_code(RecordError("gone")), exit_code(MindError("silent")), exit_code(TrainingError("no pairs"))
    (5, 7, 9)
    >>> exit_code(UnansweredError("12 of 12 requests were not answered"))
    10
    """
    return next((code for kind, code in _CODES if isinstance(error, kind)), EXIT_SCENARIO)


@contextmanager
def use_threads(number: int | None) -> Iterator[None]:
    """Compute with this many threads within the context; that more than one a core gain nothing is said."""
    from coevolve_sim import threads

    if number is not None and number > (cores := threads.count_cores()):
        aside.print(f"{number} threads for {cores} cores: more than one a core gain nothing.", soft_wrap=True)
    with threads.hold_threads(number):
        threads.count_threads()  # what the environment says is read before anything is computed
        yield


def with_errors_in_words(command: Command) -> Command:
    """Let a command print the package's own errors as sentences, and end with the exit code of their kind."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except CoevolveError as error:
            aside.print(f"{type(error).__name__}: {error}", soft_wrap=True)
            raise typer.Exit(exit_code(error)) from None

    return wrapped  # type: ignore[return-value]


TELL_EVERY = 30.0
"""Seconds between lines of progress where standard error is no terminal."""


class ProgressDisplay:
    """Progress on standard error: rounds done, requests to minds, and the time left.

    A bar on a terminal; elsewhere, such as in a log, a line every `TELL_EVERY` seconds.
    """

    def __init__(self, bar: Progress, what: str) -> None:
        self._bar, self._what, self._minds = bar, what, ""
        self._done, self._asked = 0, 0
        self._told = self._began = time.monotonic()
        self._task = bar.add_task(what, total=None, minds="")

    def show_rounds(self, done: int, asked: int) -> None:
        """Show the number of rounds (or other units) done and in all."""
        self._done, self._asked = done, asked
        self._bar.update(self._task, completed=done, total=asked)
        self._tell_now_and_then()

    def show_task(self, what: str) -> None:
        """Show what is being done now."""
        self._what = what
        self._bar.update(self._task, description=what)

    def show_usage(self, usage: Usage) -> None:
        """Show the requests to minds so far, tokens per second, and how many came to no answer."""
        ended = (
            usage.statuses["answered"] + usage.statuses["truncated"]
        )  # of what is cut, sentences are heard
        failed = sum(usage.statuses.values()) - ended
        rate = (usage.tokens_in + usage.tokens_out) / max(usage.seconds, 1e-9)
        self._minds = f"{usage.phase}: " if usage.phase else ""
        self._minds += (
            f"{usage.done:,} of {usage.asked:,} asked, {rate:,.0f} tokens/s, {failed:,} came to no answer"
        )
        self._minds += f", {usage.earlier:,} from earlier runs" if usage.earlier else ""
        self._bar.update(self._task, minds=self._minds)
        self._tell_now_and_then()

    def _tell_now_and_then(self) -> None:
        if aside.is_terminal or time.monotonic() - self._told < TELL_EVERY:
            return
        self._told = time.monotonic()
        done = f"{self._what} {self._done:,}/{self._asked:,}" if self._asked else f"{self._what}: none yet"
        aside.print(
            "; ".join(part for part in (done, self._time_left(), self._minds) if part), soft_wrap=True
        )

    def _time_left(self) -> str:
        """Estimate by what is done so far how long the rest takes; empty before anything is."""
        if not 0 < self._done < self._asked:
            return ""
        seconds = (self._told - self._began) * (self._asked - self._done) / self._done
        return f"about {timedelta(seconds=round(seconds))} left"


@contextmanager
def show_phase(what: str) -> Iterator[None]:
    """Name what is done in the block, on standard error: turning on a terminal, elsewhere as a line."""
    if aside.is_terminal:
        with aside.status(what):
            yield
        return
    aside.print(what, soft_wrap=True)
    yield


@contextmanager
def show_progress(what: str = "Rounds") -> Iterator[ProgressDisplay]:
    """Show a progress bar while the block runs."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
        TextColumn("{task.fields[minds]}"),
    )
    with Progress(*columns, console=aside, disable=not aside.is_terminal) as bar:
        yield ProgressDisplay(bar, what)


@contextmanager
def interruptible(
    left: str = "Nothing was written.", kept: str = "Finished rounds are kept"
) -> Iterator[list[Path]]:
    """Let Ctrl-C and SIGTERM interrupt a command, and print how to continue.

    Yields a list, to which the caller appends the folder once it exists; if it stays empty, ``left`` is
    printed, else what is ``kept``.
    """
    started: list[Path] = []

    def stop(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield started
    except KeyboardInterrupt:
        told = f"{kept}; go on with: coevolve resume {started[0]}" if started else left
        aside.print(f"\nInterrupted. {told}", soft_wrap=True)
        raise typer.Exit(EXIT_INTERRUPTED) from None
    finally:
        signal.signal(signal.SIGTERM, before)


# --- scenarios -----------------------------------------------------------------------------------


def find_named_scenario(given: Path) -> Path:
    """Return the file of a scenario as a user names it; print its path if that is not the file given.

    Raises
    ------
    ScenarioError
        If nothing has the name; names the nearest shipped scenario and all of them.
    """
    from coevolve_sim.scenario import find_scenario, is_shipped

    found = find_scenario(given)
    if found != given:
        which = (
            "the scenario that ships with coevolve-sim" if is_shipped(found) else "the file of this folder"
        )
        aside.print(f"{given}: {which}, {found}", soft_wrap=True)
    return found


def find_named_study(given: Path) -> Path:
    """Return the file of a study as a user names it; print its path if that is not the file given.

    Raises
    ------
    ScenarioError
        If nothing has the name; names the nearest shipped study and all of them.
    """
    from coevolve_sim.studies.shipped_studies import find_study_file, is_shipped_study

    found = find_study_file(given)
    if found != given:
        shipped = is_shipped_study(found)
        which = "the study that ships with coevolve-sim" if shipped else "the file of this folder"
        aside.print(f"{given}: {which}, {found}", soft_wrap=True)
    return found


RUN_FILE, STUDY_FILE = "run.sqlite", "study.sqlite"


# --- folders -------------------------------------------------------------------------------------


def run_folders(results: Path) -> list[Path]:
    """Return the folders of runs, the latest last."""
    from coevolve_sim.runs.listing import find_folders

    return find_folders(results, RUN_FILE)


def study_folders(results: Path) -> list[Path]:
    """Return the folders of studies, the latest last."""
    from coevolve_sim.runs.listing import find_folders

    return find_folders(results, STUDY_FILE)


def is_study(folder: Path) -> bool:
    """Return whether a folder is a study's."""
    return (folder / STUDY_FILE).is_file()


def latest_run(results: Path) -> Path:
    """Return the folder of the latest run or study."""
    latest = [found[-1] for found in (run_folders(results), study_folders(results)) if found]
    if not latest:
        raise RecordError(
            f"{results} holds no run; `coevolve run FILE` makes one, --results names another folder"
        )
    return max(latest, key=lambda one: (one / (STUDY_FILE if is_study(one) else RUN_FILE)).stat().st_ctime_ns)


def find_run(folder: Path, results: Path, *, studies: bool = True) -> Path:
    """Return a run's folder from what a user gives: ``last``, a path, or a name inside the results folder.

    The latest may be a study's, unless ``studies`` is false.
    """
    if str(folder) == "last":
        found = run_folders(results)
        return latest_run(results) if studies or not found else found[-1]
    return folder if folder.exists() or not (results / folder).exists() else results / folder


def jsonable(data: Any) -> Any:
    """Return data that JSON can hold: nan as null, infinity as text."""
    if isinstance(data, dict):
        return {key: jsonable(value) for key, value in data.items()}
    if isinstance(data, list):
        return [jsonable(item) for item in data]
    if isinstance(data, float) and data != data:  # noqa: PLR0124 - nan
        return None
    return str(data) if data in (float("inf"), float("-inf")) else data
