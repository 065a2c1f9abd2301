"""What a run leaves behind: one folder, one SQLite file in it, and what is exported from it."""

from coevolve_sim.record.run import Run, open_run

__all__ = ["Run", "open_run"]
