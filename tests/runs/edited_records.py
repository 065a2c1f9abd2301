"""Records edited for a test: as whoever could compute their chain would leave them, or as whoever cannot."""

import sqlite3
from contextlib import closing, contextmanager

from coevolve_sim.runs.chain import seal


@contextmanager
def edited(folder):
    """Yield a connection to a run's database, for edits that leave its chain behind."""
    with closing(sqlite3.connect(folder / "run.sqlite")) as connection, connection:
        yield connection


@contextmanager
def rewritten(folder):
    """Yield a connection to a run's database, for edits after which its chain is computed anew."""
    with edited(folder) as connection:
        yield connection
        seal(connection)
    (folder / "manifest.json").unlink(missing_ok=True)
