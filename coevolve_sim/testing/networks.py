"""What every network family must do, ours and a user's alike."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from coevolve_sim.networks import Family, Ties, as_ties
from coevolve_sim.plugin_calls import watch_ambient_draws
from coevolve_sim.testing.verdicts import Verdict, difference_of, run_checks

BuildNetwork = Callable[..., object]
"""``(n, seed, **parameters)``, or without a seed where nothing is drawn; returns what `as_ties` takes."""


def check_network(build: BuildNetwork | Family, n_humans: int = 60, **parameters: Any) -> list[Verdict]:
    """Check that a network family is one: of sound rows, and the same for the same seed.

    Parameters
    ----------
    build : callable or Family
        ``(n, seed, **parameters)``, which returns `Ties`, a networkx graph or pairs of humans; one of ours
        takes ``seed`` if it draws.
    n_humans : int
        Of the network that it is tried on, besides one human alone.
    **parameters
        Handed to it.

    Returns
    -------
    list of Verdict
        One a check, in the order of `NETWORK_CHECKS`; all are run even if one fails.

    Examples
    --------
    >>> from coevolve_sim.networks import ring
    >>> [verdict for verdict in check_network(ring, degree=4) if not verdict.passed]
    []
    """
    function = build.function if isinstance(build, Family) else build
    takes = inspect.signature(function).parameters
    trial = _Trial(partial(function, **parameters), n_humans, "seed" in takes, "n" in takes)
    return run_checks(NETWORK_CHECKS, trial)


@dataclass(frozen=True)
class _Trial:
    build: BuildNetwork
    n_humans: int
    takes_seed: bool
    takes_names: bool

    def make(self, seed: int = 1, n_humans: int | None = None) -> Ties:
        """Return the network of a seed."""
        n = self.n_humans if n_humans is None else n_humans
        if not self.takes_names:  # a user's own may call its first two arguments as it likes
            return as_ties(self.build(n, seed), n)
        return as_ties(self.build(n=n, **({"seed": seed} if self.takes_seed else {})), n)


def _rows(trial: _Trial) -> str:
    ties, n = trial.make(), trial.n_humans
    if ties.n_humans != n:
        return f"{n} humans were asked for, and {ties.n_humans} are there"
    for name, array, dtype, size in (
        ("indptr", ties.indptr, "int64", n + 1),
        ("indices", ties.indices, "int32", int(ties.indptr[-1])),
    ):
        if array.dtype.name != dtype or array.shape != (size,) or not array.flags.c_contiguous:
            return f"{name} is {array.dtype} of shape {array.shape}; {dtype} of shape ({size},) is wanted"
    if ties.indptr[0] != 0 or (np.diff(ties.indptr) < 0).any():
        return f"indptr begins {ties.indptr[:4].tolist()}; it begins with 0 and never falls"
    return next((said for human in range(n) if (said := _row(ties, human))), "")


def _row(ties: Ties, human: int) -> str:
    row = ties.indices[ties.indptr[human] : ties.indptr[human + 1]]
    if row.size and not 0 <= row.min() <= row.max() < ties.n_humans:
        return f"human {human} hears {row.max()}, and there are {ties.n_humans} humans, from 0"
    if human in row:
        return f"human {human} hears itself; ties are with others"
    if (np.diff(row) <= 0).any():
        return f"human {human} hears {row.tolist()}; ascending and each once is wanted"
    return ""


def _weights(trial: _Trial) -> str:
    weights = trial.make().weights
    if weights is None:
        return ""
    n_ties = trial.make().indices.size
    if weights.dtype != np.float64 or weights.shape != (n_ties,):
        return f"weights are {weights.dtype} of shape {weights.shape}; float64 of shape ({n_ties},) is wanted"
    wrong = ~(np.isfinite(weights) & (weights > 0.0))
    return f"a weight is {weights[wrong][0]}; weights are above 0" if wrong.any() else ""


def _communities(trial: _Trial) -> str:
    found = trial.make().communities
    if found is None or (found.dtype == np.int32 and found.shape == (trial.n_humans,)):
        return ""
    return (
        f"communities are {found.dtype} of shape {found.shape}; int32 of shape ({trial.n_humans},) is wanted"
    )


def _both_rows(trial: _Trial) -> str:
    ties = trial.make()
    if ties.directed or ties.complete:
        return ""
    heard = set(zip(ties.listeners.tolist(), ties.indices.tolist(), strict=True))
    one_sided = sorted((one, other) for one, other in heard if (other, one) not in heard)
    if one_sided:
        one, other = one_sided[0]
        return f"human {one} hears {other} and not the other way; directed=True says that this is meant"
    return ""


def _same_again(trial: _Trial) -> str:
    once, drew = watch_ambient_draws(trial.make)
    if drew:
        return f"{drew}; it draws from stream(seed, purpose), and hands stream_seed(...) to what takes a seed"
    again = trial.make()
    for name in ("indptr", "indices"):
        if apart := difference_of(getattr(once, name), getattr(again, name)):
            return f"the same seed gave {name} {apart}; the same are wanted"
    return ""


def _alone(trial: _Trial) -> str:
    ties = trial.make(n_humans=1)
    return f"one human alone has {ties.n_ties} ties; none are wanted" if ties.n_ties else ""


NETWORK_CHECKS: dict[str, Callable[[_Trial], str]] = {
    "makes rows of as many humans as are asked for, ascending, nobody twice, nobody oneself": _rows,
    "ties both ways, or says that it is directed": _both_rows,
    "weighs every tie above 0, or none": _weights,
    "names a community for each human, or none": _communities,
    "gives the same bytes for the same seed, and draws from named streams only": _same_again,
    "makes a network of one human, who has no ties": _alone,
}
"""What every network family must do, and the check of it, which returns what went wrong."""
