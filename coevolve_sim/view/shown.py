"""What is to be shown: a scenario that plays, a run, a study, or a folder of runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode

from coevolve_sim.errors import ViewError
from coevolve_sim.runs.listing import find_folders
from coevolve_sim.scenario import find_scenario

RUN_FILE, STUDY_FILE = "run.sqlite", "study.sqlite"
SCENARIO, RUN, STUDY, FOLDER = "scenario", "run", "study", "folder"


@dataclass(frozen=True)
class Shown:
    """What a page shows: one of the four kinds, and where it lies."""

    kind: str
    path: Path


def find_shown(given: Path | str) -> Shown:
    """Find out what a user's path or name is.

    Parameters
    ----------
    given : path
        A scenario file, the name of a shipped scenario, the folder of a run or a study, or a folder of these.

    Raises
    ------
    ViewError
        If it is none of these.
    ScenarioError
        If it is a name, and nothing has it.

    Examples
    --------
    >>> find_shown("quickstart_numeric").kind
    'scenario'
    """
    path = Path(given)
    if path.is_dir():
        return Shown(_kind_of_folder(path), path)
    found = find_scenario(path)
    if not found.exists():
        raise ViewError(f"{given}: there is no such file or folder; {_WANTED}")
    if found.suffix not in (".yaml", ".yml"):
        raise ViewError(f"{given}: a file that is no scenario, which ends in .yaml; {_WANTED}")
    return Shown(SCENARIO, found)


_WANTED = (
    "give a scenario file, the name of a shipped one, or the folder of a run, of a study, or of several of "
    "these"
)


def _kind_of_folder(path: Path) -> str:
    if (path / RUN_FILE).is_file():
        return RUN
    if (path / STUDY_FILE).is_file():
        return STUDY
    if find_folders(path, RUN_FILE) or find_folders(path, STUDY_FILE):
        return FOLDER
    raise ViewError(f"{path}: a folder that holds no run and no study; {_WANTED}")


# --- addresses -----------------------------------------------------------------------------------


def build_address(path: Path | str) -> str:
    """Return the address, on the server that shows this page, of the page for a path.

    Examples
    --------
    >>> build_address("results/a run")
    '/?open=results%2Fa+run'
    """
    return "/?" + urlencode({"open": str(path)})


def read_address(query: str | None) -> str | None:
    """Return the path that the part of an address after ``?`` asks for; None if it asks for none.

    Examples
    --------
    >>> read_address("?open=results%2Fa+run")
    'results/a run'
    >>> read_address("") is None
    True
    """
    asked = parse_qs((query or "").removeprefix("?")).get("open")
    return asked[0] if asked else None
