"""All progress measures of a run computed together, and the table that describes them.

`PROGRESS` has one entry for each name. All horizons share the entry ``predict_K``: `progress_measure` finds
it for ``predict_3_centred``. The cosines of `measure_progress` are on record; what `measure_errors` and
`measure_way` give is computed from the trajectory when a run is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MeasureError
from coevolve_sim.measures.checking import checked_pair
from coevolve_sim.measures.history_way import distance_across_way, share_of_way
from coevolve_sim.measures.progress import (
    Centre,
    coevolve,
    coevolve_aligned,
    follow,
    predict,
    progress_error,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import ArrayLike

    Form = Callable[[Centre], float]


@dataclass(frozen=True)
class ProgressMeasure:
    """The description of a measure of a whole run.

    Attributes
    ----------
    name : str
        Its key; ``K`` stands for a horizon.
    meaning : str
        One plain sentence.
    high_means : str
        What a high value means.
    range : str
        Interval, as text.
    source : str
        Key into ``docs/references.bib``.
    """

    name: str
    meaning: str
    high_means: str
    range: str = "[-1, 1]"
    source: str = "Qiu2024"


_PLAIN = (
    ProgressMeasure(
        "follow",
        "How well the assistant's values match people's mean values in the same era.",
        "the assistant keeps up with people, or they with it where it moves them",
    ),
    ProgressMeasure(
        "follow_history",
        "How well the assistant's values match the history's in the same era.",
        "the assistant keeps up with history",
    ),
    ProgressMeasure(
        "predict_K",
        "How well the assistant's values match people's mean values K eras later.",
        "the assistant anticipates where people are going, or pulls them there",
    ),
    ProgressMeasure(
        "coevolve",
        "How well people's mean values match their history, by ProgressGym's score, which rewards haste.",
        "people move along their history, or are ahead of it",
    ),
    ProgressMeasure(
        "coevolve_aligned",
        "How well people's mean values match the present or the future of their history, era by era.",
        "people are where history is, or is going; low when they lag, strayed or are locked in",
    ),
)


def _centred(plain: ProgressMeasure) -> ProgressMeasure:
    meaning = f"{plain.meaning[:-1]}, the value-free profile being subtracted first."
    return ProgressMeasure(f"{plain.name}_centred", meaning, plain.high_means)


def _error(of: str, between: str) -> ProgressMeasure:
    meaning = f"Root mean square, over eras and dimensions, of the difference between {between}."
    return ProgressMeasure(f"{of}_rmse", meaning, "they are far apart, on whichever side", "[0, 1]")


_IN_SIZE = (
    _error("follow", "the assistant's values and people's mean values in the same era"),
    _error("follow_history", "the assistant's values and the history's in the same era"),
    _error("predict_K", "the assistant's values and people's mean values K eras later"),
    _error("coevolve", "people's mean values and the history's in the same era"),
    ProgressMeasure(
        "share_of_way",
        "How far people's mean has come along the way that history has gone since era 0, at the last era.",
        "people have come as far as history (1), or further; 0 if they stayed, negative if they went back",
        "[-inf, inf]",
    ),
    ProgressMeasure(
        "distance_across_way",
        "How far people's mean lies beside the way that history has gone, at the last era.",
        "people went somewhere else than history, in whichever direction",
        "[0, inf]",
    ),
)

PROGRESS: dict[str, ProgressMeasure] = {
    measure.name: measure for plain in _PLAIN for measure in (plain, _centred(plain))
} | {measure.name: measure for measure in _IN_SIZE}
"""Every progress measure, by name."""


def progress_measure(name: str) -> ProgressMeasure:
    """Find the description of a key of `measure_progress`.

    Raises
    ------
    MeasureError
        If there is none.

    Examples
    --------
    >>> progress_measure("predict_3_centred").name
    'predict_K_centred'
    """
    key = re.sub(r"^predict_[0-9]+", "predict_K", name)
    if key not in PROGRESS:
        raise MeasureError(f"no progress measure is called {name!r}; known are {', '.join(PROGRESS)}")
    return PROGRESS[key]


def measure_progress(
    assistant: ArrayLike,
    humans: ArrayLike,
    history: ArrayLike | None = None,
    horizons: Iterable[int] = (1,),
    centre: Centre = 0.5,
) -> dict[str, float]:
    """Compute all progress measures of a run, each plain and centred.

    Follow and predict score the assistant against people's mean values; with a history, follow
    also against it, and coevolve scores people against it. Cost: O(T^2 D).

    Parameters
    ----------
    assistant : float array, shape (eras, dimensions)
        What the assistant holds in each era.
    humans : float array, shape (eras, dimensions)
        People's mean values in each era.
    history : float array, shape (eras, dimensions), optional
        The reference trajectory; without it, the measures that need it are left out.
    horizons : iterable of int, optional
        Numbers of eras ahead for predict, each at least 1.
    centre : float or array of shape (dimensions,), optional
        The value-free vector of the centred forms.

    Returns
    -------
    dict of str to float
        In the order of `PROGRESS`; in [-1, 1], or nan in one dimension and where fewer than half of the pairs
        of eras have a direction.

    Raises
    ------
    MeasureError
        If shapes differ, an entry is not finite, or there are fewer than 2 eras, or fewer than
        horizon + 2.

    References
    ----------
    [Qiu2024]_

    Examples
    --------
    >>> eras = [[0.2, 0.8], [0.5, 0.9], [0.8, 0.9]]
    >>> taken = measure_progress(eras, eras, horizons=(1,))
    >>> {name: round(score, 3) for name, score in taken.items()}
    {'follow': 1.0, 'follow_centred': 1.0, 'predict_1': 0.976, 'predict_1_centred': 0.8}
    """
    ours, people = checked_pair(("assistant", assistant), ("humans", humans))
    ahead = list(horizons)
    if any(horizon < 1 for horizon in ahead):
        raise MeasureError(f"horizons must be at least 1 era; {ahead} given")
    forms: dict[str, Form] = {"follow": lambda c: follow(ours, people, c)}
    if history is not None:
        _, past = checked_pair(("humans", people), ("history", history))
        forms["follow_history"] = lambda c: follow(ours, past, c)
    for horizon in ahead:
        forms[f"predict_{horizon}"] = partial(_predict, ours, people, horizon)
    taken = _plain_and_centred(forms, centre)
    return taken if history is None else taken | measure_people(people, history, centre)


def measure_people(humans: ArrayLike, history: ArrayLike, centre: Centre = 0.5) -> dict[str, float]:
    """Compute the progress measures of people without an assistant (coevolve), each plain and centred.

    Parameters
    ----------
    humans, history : float arrays, shape (eras, dimensions)
        As for `measure_progress`.
    centre : float or array of shape (dimensions,), optional
        The value-free vector of the centred forms.

    Returns
    -------
    dict of str to float
        In [-1, 1], or nan in one dimension and where fewer than half of the pairs of eras have a direction.

    Raises
    ------
    MeasureError
        If shapes differ, an entry is not finite, or there are fewer than 2 eras.

    References
    ----------
    [Qiu2024]_

    Examples
    --------
    >>> measure_people([[1, 0], [0, 1]], [[1, 0], [0, 1]])["coevolve"]
    0.75
    """
    people, past = checked_pair(("humans", humans), ("history", history))
    return _plain_and_centred(
        {
            "coevolve": lambda c: coevolve(people, past, c),
            "coevolve_aligned": lambda c: coevolve_aligned(people, past, c),
        },
        centre,
    )


def measure_errors(
    assistant: ArrayLike,
    humans: ArrayLike,
    history: ArrayLike | None = None,
    horizons: Iterable[int] = (1,),
) -> dict[str, float]:
    """Compute the root mean square errors that stand beside the cosines of `measure_progress`.

    Parameters
    ----------
    assistant, humans, history, horizons
        As for `measure_progress`.

    Returns
    -------
    dict of str to float
        ``follow_rmse``, ``follow_history_rmse`` with a history, and ``predict_K_rmse`` for each horizon.

    Raises
    ------
    MeasureError
        If shapes differ, an entry is not finite, or there are fewer than 2 eras, or fewer than
        horizon + 2.

    Examples
    --------
    >>> measure_errors([[0.5], [0.5]], [[0.5], [0.75]], horizons=())
    {'follow_rmse': 0.25}
    """
    taken = {"follow_rmse": progress_error(assistant, humans)}
    if history is not None:
        taken["follow_history_rmse"] = progress_error(assistant, history)
    return taken | {f"predict_{k}_rmse": progress_error(assistant, humans, k) for k in horizons}


def measure_way(humans: ArrayLike, history: ArrayLike) -> dict[str, float]:
    """Compute how people's mean stands to the history in size: its error, and history's way at the last era.

    Parameters
    ----------
    humans, history : float arrays, shape (eras, dimensions)
        As for `measure_people`.

    Returns
    -------
    dict of str to float
        ``coevolve_rmse``, ``share_of_way`` and ``distance_across_way``; nan where undefined.

    Raises
    ------
    MeasureError
        If shapes differ, an entry is not finite, or there are fewer than 2 eras.

    Examples
    --------
    >>> taken = measure_way([[0.25, 0.5], [0.5, 0.5]], [[0.25, 0.5], [0.75, 0.5]])
    >>> taken["share_of_way"], taken["distance_across_way"]
    (0.5, 0.0)
    """
    return {
        "coevolve_rmse": progress_error(humans, history),
        "share_of_way": float(share_of_way(humans, history)[-1]),
        "distance_across_way": float(distance_across_way(humans, history)[-1]),
    }


def _predict(ours: Floats, people: Floats, horizon: int, centre: Centre) -> float:
    return predict(ours, people, horizon, centre)


def _plain_and_centred(forms: dict[str, Form], centre: Centre) -> dict[str, float]:
    taken: dict[str, float] = {}
    for name, form in forms.items():
        taken[name], taken[f"{name}_centred"] = form(None), form(centre)
    return taken
