"""What ``coevolve new`` writes: a scenario to start from, and the files that it reads."""

from __future__ import annotations

from pathlib import Path

from coevolve_sim.cli.console import aside
from coevolve_sim.errors import RecordError
from coevolve_sim.scenario import copy_of_shipped, files_read_by, starting_file


def write_new_scenario(name: str, folder: Path, source: str | None) -> Path:
    """Write a commented scenario file, and return where it is.

    Parameters
    ----------
    name : str
        Name of the scenario; the file is ``NAME.yaml``.
    folder : path
        Folder in which it is written.
    source : str, optional
        The shipped scenario to copy, with the shipped files that it reads; else the starting file is written.

    Raises
    ------
    ScenarioError
        If the name is not a valid scenario name, or no shipped scenario has the source's name.
    RecordError
        If a file exists already (a shipped file: with other content), or cannot be written.
    """
    text = starting_file(name) if source is None else copy_of_shipped(source, name)
    brought, owed = ({}, []) if source is None else files_read_by(source)
    path = folder / f"{name}.yaml"
    beside = {folder / place: file.read_bytes() for place, file in brought.items()}
    wanted = {
        at: content for at, content in beside.items() if not (at.is_file() and at.read_bytes() == content)
    }
    for at in (path, *wanted):  # all before the first is written: no half of a scenario is left
        if at.exists():
            raise RecordError(_file_exists_error(at))
    for at, content in {path: text.encode(), **wanted}.items():
        _write_once(at, content)
    for at in wanted:
        aside.print(f"{at} written, which {path.name} reads", soft_wrap=True)
    for place in owed:
        aside.print(f"{path.name} reads {place}, which does not ship: name a copy of yours", soft_wrap=True)
    return path


def _write_once(path: Path, content: bytes) -> None:
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        raise RecordError(_file_exists_error(path)) from None
    except OSError as error:
        raise RecordError(f"{path} cannot be written: {error.strerror}") from None


def _file_exists_error(path: Path) -> str:
    return f"{path} is there already; choose another name, or another folder with --in"
