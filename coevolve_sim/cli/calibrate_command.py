"""The command that takes confidence, rate and reliability from data: ``coevolve calibrate``."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coevolve_sim.cli.console import AsJson, aside, interruptible, jsonable, said, with_errors_in_words
from coevolve_sim.errors import StudyError

if TYPE_CHECKING:
    from coevolve_sim.arrays import Floats
    from coevolve_sim.studies.calibration import CalibrationResult, PanelResult

_GRID = re.compile(r"([0-9.]+)\.\.([0-9.]+):([0-9.]+)")
MOST_GRID = 10_000


def register(app: typer.Typer) -> None:
    """Add the command of this module to the command line."""
    app.command("calibrate")(calibrate)


@with_errors_in_words
def calibrate(
    network: Annotated[
        Path | None, typer.Option("--network", help="Edge list, GraphML or GEXF: who hears whom.")
    ] = None,
    waves: Annotated[
        list[Path] | None,
        typer.Option(
            "--waves",
            metavar="FILE",
            help="What people hold at one time: column person, and a column a dimension, in [0, 1]; "
            "repeat for every wave, the earliest first.",
        ),
    ] = None,
    panel: Annotated[
        Path | None,
        typer.Option(
            "--panel",
            metavar="FILE",
            help="Answers in three waves, without a network: columns person, wave, item, value, and panel.",
        ),
    ] = None,
    rule: Annotated[
        str, typer.Option(help="hegselmann_krause or weighted_hegselmann_krause.")
    ] = "hegselmann_krause",
    grid: Annotated[
        str | None,
        typer.Option(metavar="LO..HI:STEP", help="Confidences to try; those of the data if not given."),
    ] = None,
    without_self: Annotated[
        bool, typer.Option("--without-self", help="A listener does not count in the mean that it goes to.")
    ] = False,
    per_dimension: Annotated[
        bool, typer.Option("--per-dimension", help="Confidence bounds each dimension on its own.")
    ] = False,
    directed: Annotated[
        bool, typer.Option("--directed", help="A line 'u v' of an edge list says only that u speaks to v.")
    ] = False,
    least_ties: Annotated[
        int, typer.Option("--least-ties", help="Of those whose change is explained (egos).", min=1)
    ] = 1,
    most_ties: Annotated[
        int | None, typer.Option("--most-ties", help="Of egos; no limit if not given.", min=1)
    ] = None,
    swarm: Annotated[
        bool, typer.Option("--swarm", help="Search by a particle swarm as well, and print its spread.")
    ] = False,
    regressors: Annotated[
        bool,
        typer.Option("--regressors", help="Score regressors with and without the rule (scikit-learn)."),
    ] = False,
    seed: Annotated[int, typer.Option(help="Of resamples, swarm and folds.", min=0)] = 1,
    as_json: AsJson = False,
) -> None:
    """Take confidence and rate from a network and waves of values, or reliability and change from a panel."""
    from coevolve_sim.studies.calibration import calibrate_network, calibrate_panel

    if (panel is None) == (network is None and not waves):
        raise StudyError("give either --network and two or more --waves, or --panel")
    with interruptible():
        found: CalibrationResult | PanelResult
        if panel is not None:
            with aside.status("Resampling persons"):
                found = calibrate_panel(panel, seed=seed)
        else:
            if network is None or not waves:
                raise StudyError("--network and --waves go together; only one of them is given")
            with aside.status("Trying confidences"):
                found = calibrate_network(
                    network,
                    waves,
                    rule=rule,
                    grid=None if grid is None else parse_grid(grid),
                    include_self=not without_self,
                    distance="per_dimension" if per_dimension else "joint",
                    directed=directed,
                    least_ties=least_ties,
                    most_ties=most_ties,
                    swarm=swarm,
                    regressors=regressors,
                    seed=seed,
                )
    if as_json:
        said.print_json(json.dumps(jsonable(found.as_json())))
    else:
        said.print(found.as_text(), soft_wrap=True)


def parse_grid(text: str) -> Floats:
    """Return the confidences of ``LO..HI:STEP``.

    Raises
    ------
    StudyError
        If it is not of this form, or has over 10,000 steps.

    Examples
    --------
    >>> parse_grid("0.1..0.3:0.1").tolist()
    [0.1, 0.2, 0.3]
    """
    import numpy as np

    found = _GRID.fullmatch(text.replace(" ", ""))
    try:
        low, high, step = (float(part) for part in found.groups()) if found else (0.0, 0.0, 0.0)
    except ValueError:
        low, high, step = 0.0, 0.0, 0.0
    if not (low < high and step > 0 and (high - low) / step <= MOST_GRID):
        raise StudyError(
            f"--grid '{text}': write LO..HI:STEP, as in 0.05..0.6:0.01, low below high and at most "
            f"{MOST_GRID} steps"
        )
    return np.round(low + step * np.arange(round((high - low) / step) + 1), 12)
