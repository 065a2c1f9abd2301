"""The runs in a folder, as a table: what each ran, with what set, and how far it came."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coevolve_sim.errors import RecordError
from coevolve_sim.runs.database import DATABASE
from coevolve_sim.runs.results import open_run

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    *("run", "scenario", "seed", "set", "began", "status", "finished", "rounds", "humans", "minds", "folder"),
)
"""The columns of the table."""


def runs_table(folder: Path | str = "results") -> pd.DataFrame:
    """Return the runs in a folder, the latest last.

    Parameters
    ----------
    folder : path
        The folder of runs.

    Returns
    -------
    DataFrame
        Columns run (the folder's name), scenario (its name), seed, set (a dict of the keys that were set when
        it was begun, and to what), began (UTC), status, finished and rounds (numbers of rounds), humans,
        minds (a dict of name to identity), folder. Of a record that cannot be read, status says why, and all
        others but run and folder are missing.

    Raises
    ------
    RecordError
        If the folder is a file.

    Examples
    --------
    >>> runs_table("a folder that is not there").empty
    True
    """
    import pandas as pd

    return pd.DataFrame([_describe(one) for one in find_folders(Path(folder), DATABASE)], columns=[*COLUMNS])


def find_folders(results: Path, file: str) -> list[Path]:
    """Return the folders in a folder that hold a file of some name, the latest last.

    Raises
    ------
    RecordError
        If it is a file.
    """
    if results.exists() and not results.is_dir():
        raise RecordError(f"{results} is a file; runs lie in a folder, which --results names")
    if not results.is_dir():
        return []
    found = [one for one in results.iterdir() if (one / file).is_file() and not one.name.startswith(".")]
    return sorted(found, key=lambda folder: ((folder / file).stat().st_ctime_ns, folder.name))


def _describe(folder: Path) -> dict[str, Any]:
    try:
        found = open_run(folder)
        manifest = found.manifest
        return {
            "run": folder.name,
            "scenario": manifest["name"],
            "seed": int(manifest["seed"]),
            "set": json.loads(manifest.get("set", "{}")),
            "began": manifest["created"],
            "status": found.status,
            "finished": found.n_rounds_finished,
            "rounds": found.n_rounds,
            "humans": found.n_humans,
            "minds": json.loads(manifest["minds"]),
            "folder": str(folder),
        }
    except RecordError as error:
        return {"run": folder.name, "status": f"unreadable: {error}", "folder": str(folder)}
