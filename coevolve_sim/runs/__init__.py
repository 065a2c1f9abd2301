"""One execution of a scenario: run it, resume it, record it in one folder, read it back, export it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coevolve_sim.registry import front_door

if TYPE_CHECKING:
    from coevolve_sim.runs.listing import runs_table
    from coevolve_sim.runs.migrations import migrate
    from coevolve_sim.runs.results import Run, open_run
    from coevolve_sim.runs.runner import resume, run

_HOMES = {
    "migrate": "coevolve_sim.runs.migrations",
    "Run": "coevolve_sim.runs.results",
    "open_run": "coevolve_sim.runs.results",
    "resume": "coevolve_sim.runs.runner",
    "run": "coevolve_sim.runs.runner",
    "runs_table": "coevolve_sim.runs.listing",
}
__all__ = ["Run", "migrate", "open_run", "resume", "run", "runs_table"]
__getattr__, __dir__ = front_door(__name__, _HOMES)
