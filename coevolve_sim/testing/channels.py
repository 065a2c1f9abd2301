"""What every channel must do, ours and a user's alike."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from coevolve_sim.arrays import Floats, Indices
from coevolve_sim.networks.ties import Ties
from coevolve_sim.plugin_calls import watch_ambient_draws
from coevolve_sim.rules import Perceived
from coevolve_sim.rules.channel import Channel, Scene, select_topics
from coevolve_sim.testing.societies import SEED, TrialSociety, make_society
from coevolve_sim.testing.verdicts import Verdict, difference_of, run_checks


def check_channel(channel: Channel, n_humans: int = 24, n_dimensions: int = 3) -> list[Verdict]:
    """Check that a channel is one: of what is perceived by listeners, by assistants and by those who consult.

    What a channel says of itself is held to: `Channel.is_exact`.

    Parameters
    ----------
    channel : Channel
        With its options.
    n_humans, n_dimensions : int
        Of the society that it is tried on; a channel that knows its people takes as many as it knows.

    Returns
    -------
    list of Verdict
        One a check, in the order of `CHANNEL_CHECKS`; all are run even if one fails.

    Examples
    --------
    >>> from coevolve_sim.rules.channel import NumericChannel
    >>> [verdict for verdict in check_channel(NumericChannel(seed=1, noise=0.1)) if not verdict.passed]
    []
    """
    return run_checks(CHANNEL_CHECKS, _Trial(channel, make_society(n_humans, n_dimensions, directed=True)))


@dataclass(frozen=True, eq=False)
class _Trial:
    channel: Channel
    society: TrialSociety

    def scene(self, index: int = 1) -> Scene:
        """Return the scene of a round in which nothing has been said yet."""
        return Scene(index, self.channel.topics(index), self.channel.conversation(), SEED)

    def columns(self, array: Floats, index: int = 1) -> Floats:
        """Return the columns of a round's topics."""
        return select_topics(array, self.scene(index).topics)

    def perceive(self, index: int = 1, consulting: Indices | None = None) -> dict[str, Any]:
        """Return what is perceived in a round, in the order in which a round asks, by the way it goes."""
        society, scene = self.society, self.scene(index)
        humans = society.consulting if consulting is None else consulting
        chosen = society.chosen[humans]
        among = self.channel.among_humans(society.values, society.ties, scene)
        heard: dict[str, Any] = {"among_humans": among.perceived, "rows": among.rows}
        if among.offsets is not None:
            heard["offsets"] = among.offsets
        heard["from_humans"] = self.channel.from_humans(society.values, humans, chosen, scene)
        heard["from_assistants"] = self.channel.from_assistants(society.spoken[chosen], humans, chosen, scene)
        return heard


def _among(trial: _Trial) -> str:
    society, scene = trial.society, trial.scene()
    found: object = trial.channel.among_humans(society.values, society.ties, scene)
    if not isinstance(found, Perceived):
        kind = type(found).__name__
        return f"among_humans returned a value of type {kind}; Perceived(perceived, rows) is wanted"
    ties: Ties = society.ties if found.ties is None else found.ties
    n_topics = society.values.shape[1] if scene.topics is None else len(scene.topics)
    if found.rows.shape != (ties.n_ties,) or found.rows.dtype != np.int32:
        return (
            f"among_humans returned rows of {found.rows.dtype} of shape {found.rows.shape}; int32 of shape "
            f"({ties.n_ties},), the message that each tie carries, is wanted"
        )
    if found.rows.size and not 0 <= found.rows.min() <= found.rows.max() < len(found.perceived):
        return f"among_humans returned rows up to {found.rows.max()} for {len(found.perceived)} messages"
    if found.offsets is not None and found.offsets.shape != society.values.shape:
        return f"offsets have shape {found.offsets.shape}; shape {society.values.shape} is wanted"
    return _malformed("among_humans", found.perceived, (len(found.perceived), n_topics), missing=False)


def _consultations(trial: _Trial) -> str:
    society, scene = trial.society, trial.scene()
    n_topics = society.values.shape[1] if scene.topics is None else len(scene.topics)
    heard = trial.perceive()
    shape = (society.consulting.size, n_topics)
    return next(
        (said for way in ("from_humans", "from_assistants") if (said := _malformed(way, heard[way], shape))),
        "",
    )


def _malformed(way: str, array: object, shape: tuple[int, ...], *, missing: bool = True) -> str:
    """Return what is wrong with what is perceived; nan stands for nothing, in a whole row, where allowed."""
    if not isinstance(array, np.ndarray) or array.dtype != np.float64 or array.shape != shape:
        found = f"{getattr(array, 'dtype', type(array).__name__)} of shape {getattr(array, 'shape', ())}"
        return f"{way} returned {found}; float64 of shape {shape}, a column for each topic, is wanted"
    wrong = np.asarray(~((array >= 0.0) & (array <= 1.0)))
    if missing:
        wrong[np.isnan(array).all(axis=1)] = False
    if wrong.any():
        row, column = (int(at) for at in np.argwhere(wrong)[0])
        allowed = "values are in [0, 1], and nan in a whole row where nothing got through"
        return f"{way} returned {array[row, column]} in row {row}, column {column}; {allowed}"
    return ""


def _nobody(trial: _Trial) -> str:
    heard = trial.perceive(consulting=np.empty(0, dtype=np.intp))
    for way in ("from_humans", "from_assistants"):
        if heard[way].shape[0]:
            return f"nobody consulted, and {way} returned {len(heard[way])} rows; none are wanted"
    return ""


def _exactness(trial: _Trial) -> str:
    if not trial.channel.is_exact:
        return ""
    society, heard = trial.society, trial.perceive()
    chosen = society.chosen[society.consulting]
    said = {
        "among_humans": (heard["among_humans"][heard["rows"]], society.values[society.ties.indices]),
        "from_humans": (heard["from_humans"], society.values[society.consulting]),
        "from_assistants": (heard["from_assistants"], society.spoken[chosen]),
    }
    for way, (perceived, spoken) in said.items():
        if apart := difference_of(perceived, trial.columns(spoken)):
            return f"it says is_exact, and {way} gave what was perceived and said as {apart}"
    return ""


def _same_again(trial: _Trial) -> str:
    for index in (1, 2):
        once, drew = watch_ambient_draws(partial(trial.perceive, index))
        if drew:
            return f"{drew}; it draws from stream(scene.seed, purpose, scene.round_index)"
        again = trial.perceive(index)
        for way, array in once.items():
            if apart := difference_of(array, again[way]):
                return f"round {index} asked twice gave {way} {apart}; the same are wanted"
    return ""


def _whatever_came_before(trial: _Trial) -> str:
    fresh = _Trial(copy.deepcopy(trial.channel), trial.society).perceive(3)
    for index in (1, 2):
        trial.perceive(index)
    for way, array in trial.perceive(3).items():
        if apart := difference_of(fresh[way], array):
            return f"round 3 gave {way} {apart} first of all and after two rounds; the same are wanted"
    return ""


def _whoever_else(trial: _Trial) -> str:
    everybody = trial.society.consulting
    some = everybody[1::2]
    whole, part = trial.perceive(), trial.perceive(consulting=some)
    for way in ("from_humans", "from_assistants"):
        if apart := difference_of(whole[way][1::2], part[way]):
            return f"{way} gave {apart} where others consult too and where they do not; the same are wanted"
    return ""


def _changes_nothing(trial: _Trial) -> str:
    society = trial.society
    before = society.values.copy(), society.spoken.copy(), society.ties.indices.copy()
    trial.perceive()
    for name, one, other in zip(
        ("values", "spoken", "ties"),
        before,
        (society.values, society.spoken, society.ties.indices),
        strict=True,
    ):
        if difference_of(one, other):
            return f"it changed the {name} that it was given; it makes new arrays and returns them"
    return ""


def _topics(trial: _Trial) -> str:
    n_dimensions = trial.society.values.shape[1]
    for index in range(1, 6):
        topics = trial.channel.topics(index)
        if topics is None:
            continue
        found = np.asarray(topics)
        if not found.size or (np.diff(found) <= 0).any() or found[0] < 0 or found[-1] >= n_dimensions:
            return f"topics({index}) is {found.tolist()}; dimensions from 0 to {n_dimensions - 1}, ascending"
        if difference_of(found, trial.channel.topics(index)):
            return f"topics({index}) differs from call to call"
    return ""


def _manifest(trial: _Trial) -> str:
    told: object = trial.channel.manifest()
    if not isinstance(told, dict) or not all(isinstance(part, str) for pair in told.items() for part in pair):
        return f"manifest() is {told!r}; texts by name are wanted"
    return "" if told == trial.channel.manifest() else "manifest() differs from call to call"


CHANNEL_CHECKS: dict[str, Callable[[_Trial], str]] = {
    "says what listeners perceive: in [0, 1], a column a topic, and which message each tie carries": _among,
    "says what is perceived in consultations: in [0, 1], or nan in a whole row": _consultations,
    "has nothing to say where nobody consults": _nobody,
    "is exact, if it says so": _exactness,
    "writes to nothing that it is given": _changes_nothing,
    "gives the same bytes again, and draws from named streams only": _same_again,
    "gives the same bytes whatever was asked before": _whatever_came_before,
    "lets a human be perceived alike whoever else consults": _whoever_else,
    "names topics of a round, ascending and the same at every call, or none": _topics,
    "is identified by texts": _manifest,
}
"""What every channel must do, and the check of it, which returns what went wrong."""
