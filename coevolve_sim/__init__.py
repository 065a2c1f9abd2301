"""Agent-based social simulation of human-AI value coevolution.

Three lines from a scenario file to tables::

    import coevolve_sim

    run = coevolve_sim.run("scenarios/quickstart_numeric.yaml")
    run.measures

The names below are the public interface; each is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coevolve_sim.errors import CoevolveError, ScenarioError
    from coevolve_sim.runs.listing import runs_table
    from coevolve_sim.runs.results import Run, open_run
    from coevolve_sim.runs.runner import resume, run
    from coevolve_sim.scenario import Scenario, dump, load
    from coevolve_sim.society.model import Society
    from coevolve_sim.society.page import make_page
    from coevolve_sim.streams import stream
    from coevolve_sim.studies.comparing import compare
    from coevolve_sim.studies.study import Study, open_study
    from coevolve_sim.studies.sweeping import sweep

__version__ = "0.2.0"

_HOMES = {
    "CoevolveError": "coevolve_sim.errors",
    "Run": "coevolve_sim.runs.results",
    "Scenario": "coevolve_sim.scenario",
    "ScenarioError": "coevolve_sim.errors",
    "Society": "coevolve_sim.society.model",
    "Study": "coevolve_sim.studies.study",
    "compare": "coevolve_sim.studies.comparing",
    "dump": "coevolve_sim.scenario",
    "load": "coevolve_sim.scenario",
    "make_page": "coevolve_sim.society.page",
    "open_run": "coevolve_sim.runs.results",
    "open_study": "coevolve_sim.studies.study",
    "resume": "coevolve_sim.runs.runner",
    "run": "coevolve_sim.runs.runner",
    "runs_table": "coevolve_sim.runs.listing",
    "stream": "coevolve_sim.streams",
    "sweep": "coevolve_sim.studies.sweeping",
}

__all__ = [
    "CoevolveError",
    "Run",
    "Scenario",
    "ScenarioError",
    "Society",
    "Study",
    "__version__",
    "compare",
    "dump",
    "load",
    "make_page",
    "open_run",
    "open_study",
    "resume",
    "run",
    "runs_table",
    "stream",
    "sweep",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'coevolve_sim' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
