"""The catalogue of checks, in the order in which they are shown, and the function that runs them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from coevolve_sim.evaluation.verification import (
    algorithmic_bias,
    arguments,
    averaging,
    bounded_confidence,
    continuity,
    facts,
    guards,
    loops,
    mechanisms,
    ndlib_comparison,
    repeated_games,
    vector_values,
)
from coevolve_sim.evaluation.verification.rows import CheckRow

Progress = Callable[[int, int, str], None]
"""Called with checks done, checks in all, and what is checked now."""

FACEBOOK = "ego_facebook_edges.txt.gz"
LIKELY_FOLDERS = ("data", "shared/data", "../shared/data")


class CheckFunction(Protocol):
    """A function that runs a check, in its quick or full form."""

    def __call__(self, *, quick: bool) -> list[CheckRow]:
        """Run the check and return its rows."""


@dataclass(frozen=True)
class Check:
    """A check: rows that are computed together.

    Attributes
    ----------
    name : str
        Name of the check, for progress and headings.
    rows : callable
        Computes the rows, given ``quick``.
    """

    name: str
    rows: CheckFunction


CHECKS: tuple[Check, ...] = (
    Check("Deffuant's clusters", bounded_confidence.deffuant_clusters),
    Check("Hegselmann and Krause's consensus", bounded_confidence.hegselmann_krause_consensus),
    Check("the sharp edge of equally spaced values", bounded_confidence.consensus_on_interval),
    Check("complete consensus on graphs", bounded_confidence.consensus_on_graphs),
    Check("mean degree", bounded_confidence.consensus_by_mean_degree),
    Check("values of many dimensions, joint distance", vector_values.joint_distance),
    Check("values of many dimensions, each alone", vector_values.dimensions_alone),
    Check("algorithmic bias, 100 humans", algorithmic_bias.small_societies),
    Check("attraction and repulsion", arguments.attraction_repulsion),
    Check("moral arguments", arguments.moral_argument),
    Check("DeGroot's left eigenvector", averaging.left_eigenvector),
    Check("Friedkin and Johnsen's closed form", averaging.friedkin_johnsen),
    Check("Friedkin and Johnsen with a mean hub", averaging.mean_hub),
    Check("identities of conflict", averaging.identities),
    Check("a recommender and its people", averaging.recommender),
    Check("Bayesian trust: precision", loops.trust_numbers),
    Check("Bayesian trust: beyond float64", loops.trust_far),
    Check("Bayesian trust: the threshold", loops.trust_threshold),
    Check("Bayesian trust: what is locked in to", loops.trust_locked_in),
    Check("performative prediction", loops.performative_prediction),
    Check("peers and a retrained predictor", mechanisms.predicted_peers),
    Check("an editor of what people say", mechanisms.edited_words),
    Check("repeated games", repeated_games.scripted_players),
    Check("games of tied people", repeated_games.tied_people),
    Check("outlets beside peers", mechanisms.heard_outlets),
    Check("model collapse", loops.model_collapse),
    Check("continuity pressure", continuity.continuity),
    Check("facts that please", facts.selected_facts),
    Check("adversaries and guards", guards.guarded_assistants),
)


def list_checks(facebook: Path | None = None, ndlib_python: Path | None = None) -> tuple[Check, ...]:
    """Return all checks, including those that need a file or NDlib and are "not run" without it.

    Parameters
    ----------
    facebook : Path, optional
        File with the ties of ego-Facebook.
    ndlib_python : Path, optional
        Python of an environment with NDlib.
    """
    real = Check("Friedkin and Johnsen on a real graph", partial(_check_on_facebook, facebook))
    place = next(i for i, check in enumerate(CHECKS) if check.rows is averaging.mean_hub)
    beside = Check(
        "NDlib, an independent implementation", partial(ndlib_comparison.compare_with_ndlib, ndlib_python)
    )
    return (*CHECKS[:place], real, *CHECKS[place:], beside)


def _check_on_facebook(path: Path | None, *, quick: bool) -> list[CheckRow]:
    del quick  # a second at either size
    return averaging.friedkin_johnsen_on_facebook(path)


def find_facebook() -> Path | None:
    """Return the file with the ties of ego-Facebook if it is in one of `LIKELY_FOLDERS`."""
    return next((path for folder in LIKELY_FOLDERS if (path := Path(folder) / FACEBOOK).is_file()), None)


def find_ndlib() -> Path | None:
    """Return the Python of an environment with NDlib if ``make verification`` has made one."""
    place = Path(".venv-ndlib") / "bin" / "python"
    return place.absolute() if place.is_file() else None


def verify(
    *, quick: bool = False, progress: Progress | None = None, chosen: Sequence[Check] | None = None
) -> list[CheckRow]:
    """Run all checks and return their rows.

    Parameters
    ----------
    quick : bool
        Whether to use fewer seeds and smaller societies, and so wider tolerances.
    progress : callable, optional
        Called before each check with the number of checks done, the number of all, and the check's name.
    chosen : sequence of Check, optional
        Checks to run; by default `list_checks`, with ego-Facebook and NDlib if `find_facebook` and
        `find_ndlib` find them.

    Returns
    -------
    list of CheckRow

    Examples
    --------
    >>> edge = [check for check in list_checks() if "edge" in check.name]
    >>> [row.verdict for row in verify(quick=True, chosen=edge)]
    ['passed', 'passed']
    """
    made = list_checks(find_facebook(), find_ndlib()) if chosen is None else chosen
    rows: list[CheckRow] = []
    for done, check in enumerate(made):
        if progress is not None:
            progress(done, len(made), check.name)
        rows += check.rows(quick=quick)
    return rows
