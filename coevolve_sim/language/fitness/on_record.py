"""What a run's record has of a mind's fitness, for a run that replays it: read without opening the run."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from coevolve_sim.language.fitness.verdict import Fitness
from coevolve_sim.minds.replay import DATABASE


def fitness_on_record(folder: Path | str, mind: str) -> Fitness | None:
    """Return the verdict on a mind that a run's record has, without the numbers it rests on; None for none.

    A record that cannot be read has none: opening its mind says why.
    """
    path = Path(folder) / DATABASE
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            query = "SELECT mind, reader, verdict, sentence, calibration FROM verdicts WHERE mind = ?"
            row = connection.execute(query, (mind,)).fetchone()
    except sqlite3.Error:  # a format before there were verdicts, too
        return None
    if row is None:
        return None
    name, reader, verdict, sentence, calibration = map(str, row)
    return Fitness(name, reader, verdict, sentence, (), calibration)
