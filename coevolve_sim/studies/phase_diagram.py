"""Phase diagrams: one outcome over a grid of two axes, and the line on which it passes a threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError
from coevolve_sim.studies.designs import Axis, Design


@dataclass(frozen=True, eq=False)
class PhaseDiagram:
    """An outcome over two axes, averaged over replications.

    Attributes
    ----------
    keys : tuple of str
        The axis across (x) and the axis up (y).
    x, y : float64 arrays, shapes (across,) and (up,)
        Their values, ascending.
    means, standard_errors : float64 arrays, shape (up, across)
        Mean of the runs that came to an end, nan where none did; its standard error, nan below two runs.
    n_runs, n_failed : int arrays, shape (up, across)
        Runs that came to an end, and runs that failed. Means of a cell with both are of those that did not
        fail, which need not be like the others.
    """

    keys: tuple[str, str]
    x: Floats
    y: Floats
    means: Floats
    standard_errors: Floats
    n_runs: NDArray[np.int64]
    n_failed: NDArray[np.int64]

    @property
    def n_masked(self) -> int:
        """Number of cells without any run that came to an end."""
        return int((self.n_runs == 0).sum())


def build_phase_diagram(design: Design, outcomes: ArrayLike) -> PhaseDiagram:
    """Arrange the outcomes of a grid of two axes.

    Parameters
    ----------
    design : Design
        A grid of two axes whose values are numbers; the first goes across, the second up.
    outcomes : float array, shape (points,) or (points, replications)
        nan where a run failed.

    Returns
    -------
    PhaseDiagram

    Raises
    ------
    StudyError
        If the design is another, shapes disagree, an outcome is infinite, or all runs failed.

    Examples
    --------
    >>> from coevolve_sim.studies.designs import build_design
    >>> design = build_design([Axis("a", (0, 1)), Axis("b", (0, 1))])
    >>> build_phase_diagram(design, [[0.0, 0.2], [1, 1], [0.5, np.nan], [2, 2]]).means.tolist()
    [[0.1, 0.5], [1.0, 2.0]]
    """
    if design.kind != "grid" or len(design.axes) != 2:
        raise StudyError(
            f"a phase diagram needs a grid of two axes; a {design.kind} of {len(design.axes)} given"
        )
    across, up = (_axis_values(axis) for axis in design.axes)
    array = np.asarray(outcomes, dtype=np.float64)
    n_points = len(design.points)
    if array.ndim not in (1, 2) or len(array) != n_points or array.size == 0:
        raise StudyError(
            f"outcomes must be an array ({n_points},) or ({n_points}, replications), a row a point of the "
            f"design; shape {array.shape} given"
        )
    if np.isinf(array).any():
        raise StudyError(
            f"outcomes must be finite, or nan; point {np.argwhere(np.isinf(array))[0][0]} is not"
        )
    if np.isnan(array).all():
        raise StudyError(f"all {array.size} runs failed: there is nothing to draw")
    # (across, up, replications), both axes ascending, then turned so that a row is a value of y
    cells = array.reshape(across.size, up.size, -1)[np.argsort(across)][:, np.argsort(up)].transpose(1, 0, 2)
    n_runs = (~np.isnan(cells)).sum(axis=2)
    means = np.where(n_runs > 0, np.nansum(cells, axis=2) / np.maximum(n_runs, 1), np.nan)
    squares = np.nansum((cells - means[:, :, None]) ** 2, axis=2)
    errors = np.sqrt(squares / np.maximum(n_runs - 1, 1) / np.maximum(n_runs, 1))
    return PhaseDiagram(
        (design.keys[0], design.keys[1]),
        np.sort(across),
        np.sort(up),
        means,
        np.where(n_runs > 1, errors, np.nan),
        n_runs.astype(np.int64),
        (cells.shape[2] - n_runs).astype(np.int64),
    )


def trace_contour(diagram: PhaseDiagram, threshold: float) -> tuple[Floats, ...]:
    """Return the lines on which the mean outcome is at a threshold.

    Between cells the outcome is taken to be linear, in the units of the axes; cells without a run cut a line.

    Parameters
    ----------
    diagram : PhaseDiagram
        At least two values on each axis.
    threshold : float
        In the unit of the outcome.

    Returns
    -------
    tuple of float64 arrays, each of shape (vertices, 2)
        x and y along each line; empty where the outcome does not pass the threshold.

    Raises
    ------
    StudyError
        If an axis has a single value, or the threshold is not finite.

    Examples
    --------
    >>> from coevolve_sim.studies.designs import build_design
    >>> design = build_design([Axis("a", (0, 1)), Axis("b", (0, 1))])
    >>> [line.tolist() for line in trace_contour(build_phase_diagram(design, [0, 0, 1, 1]), 0.25)]
    [[[0.25, 1.0], [0.25, 0.0]]]
    """
    from contourpy import LineType, contour_generator

    if min(diagram.x.size, diagram.y.size) < 2:
        raise StudyError(
            f"a line needs at least 2 values on each axis; {diagram.x.size} and {diagram.y.size} given"
        )
    if not np.isfinite(threshold):
        raise StudyError(f"a threshold must be finite; {threshold} given")
    generator = contour_generator(
        x=diagram.x,
        y=diagram.y,
        z=np.ma.masked_invalid(diagram.means),
        line_type=LineType.Separate,
    )
    return tuple(np.asarray(line, dtype=np.float64) for line in generator.lines(threshold))


def _axis_values(axis: Axis) -> Floats:
    for value in axis.values:
        if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
            raise StudyError(f"{axis.key}: an axis of a phase diagram holds numbers; {value!r} given")
    return np.array(axis.values, dtype=np.float64)
