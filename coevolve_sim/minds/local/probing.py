"""Linear probes of a model in this process: fitted by ridge regression on hidden states, and kept in a file.

The states of a conversation are those of its last token beside their mean over all tokens. Layer and penalty
are the ones that tell numbers best of groups left out. What was learnt is kept under the digests of model and
task, as arrays without pickles, so that a second run does not pay again.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MindError
from coevolve_sim.minds.linear_probe import ProbeCard, ProbeTask
from coevolve_sim.minds.local.batching import TokenBudget, padded_size
from coevolve_sim.minds.local.forward import ForwardPass
from coevolve_sim.minds.local.prefix_sharing import Tokens

FOLDS = 5
"""Parts into which groups are split to choose layer and penalty."""

PENALTIES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Penalties that are tried, relative to the mean eigenvalue of the Gram matrix."""


@dataclass(frozen=True)
class ProbeRequest:
    """A conversation that a probe is to read.

    Attributes
    ----------
    prompt : tuple of int
        Its tokens.
    probe : str
        Name of the probe.
    """

    prompt: Tokens
    probe: str


@dataclass(frozen=True, eq=False)
class LinearProbe:
    """A probe: ``intercept + weights @ (states - centre)``.

    Attributes
    ----------
    card : ProbeCard
        What is known of it.
    weights, centre : float64 array, shape (features,)
        Of the states of its layer: last token, then the mean.
    intercept : float
    """

    card: ProbeCard
    weights: Floats
    centre: Floats
    intercept: float

    def read(self, states: Floats) -> Floats:
        """Return what it reads in states of its layer, shape (texts, features): shape (texts,)."""
        return self.intercept + (states - self.centre) @ self.weights

    def save(self, path: Path) -> None:
        """Write it to a file, which appears whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(prefix=".probe-", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            np.savez(
                file,
                card=np.frombuffer(self.card.as_text().encode(), dtype=np.uint8),
                weights=self.weights,
                centre=self.centre,
                intercept=np.float64(self.intercept),
            )
        Path(draft).replace(path)

    @classmethod
    def load(cls, path: Path) -> LinearProbe:
        """Read it from a file.

        Raises
        ------
        MindError
            If the file is damaged.
        """
        try:
            with np.load(path, allow_pickle=False) as kept:
                card = ProbeCard.from_text(kept["card"].tobytes().decode())
                return cls(card, kept["weights"], kept["centre"], float(kept["intercept"]))
        except (OSError, ValueError, KeyError, MindError) as error:
            raise MindError(
                f"the probe {path} cannot be read ({' '.join(str(error).split())[:200]}); delete it, and it "
                "is learnt again"
            ) from None


def compute_states(
    passes: ForwardPass,
    budget: TokenBudget,
    prompts: Sequence[Tokens],
    layers: Sequence[int],
    tell: Callable[[int], None] | None = None,
) -> Iterator[tuple[int, Floats | None]]:
    """Yield the number of each prompt with its states; None where memory ran out.

    Parameters
    ----------
    passes : ForwardPass
        Of the voice that reads.
    budget : TokenBudget
        Tokens computed at a time.
    prompts : sequence of tuple of int
        Tokens of the conversations.
    layers : sequence of int
        Layers, from 1.
    tell : callable, optional
        Called with the number of prompts done.

    Yields
    ------
    (int, float64 array of shape (layers, features))
    """
    order = sorted(range(len(prompts)), key=lambda number: (len(prompts[number]), prompts[number]))

    def work(numbers: Sequence[int]) -> list[Floats]:
        return list(passes.states([prompts[number] for number in numbers], layers))

    parts = budget.run_in_parts(order, padded_size(lambda n: len(prompts[n])), work)
    for done, (number, states) in enumerate(parts, start=1):
        if tell is not None:
            tell(done)
        yield number, states


def choose_layers(n_layers: int) -> tuple[int, ...]:
    """Return the layers whose states are tried: every second one of the upper two thirds.

    Examples
    --------
    >>> choose_layers(30)
    (12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
    """
    step = max(n_layers // 15, 1)
    return tuple(range(n_layers, n_layers // 3, -step))[::-1]


def fit_probe(states: Floats, task: ProbeTask, layers: Sequence[int]) -> LinearProbe:
    """Fit a ridge regression of a task's numbers on hidden states.

    Parameters
    ----------
    states : float array, shape (texts, layers, features)
        Of the task's prompts.
    task : ProbeTask
    layers : sequence of int
        Which layers these are, from 1.

    Raises
    ------
    MindError
        If the states are not finite, or there are fewer than two groups.
    """
    numbers = np.asarray(task.numbers, dtype=np.float64)
    folds = _split(task.groups)
    if not np.isfinite(states).all():
        raise MindError("the hidden states are not finite numbers; give the mind another dtype")
    tried = []
    for place, layer in enumerate(layers):
        gram, _ = _gram(states[:, place])
        told = _held_out(gram, numbers, folds)
        tried += [(_correlation(told[k], numbers), -k, layer, place) for k in range(len(PENALTIES))]
    r, k, layer, place = max(tried)
    penalty = PENALTIES[-k]
    gram, centred = _gram(states[:, place])
    mean = float(numbers.mean())
    dual = np.linalg.solve(gram + penalty * np.trace(gram) / len(gram) * np.eye(len(gram)), numbers - mean)
    weights = centred.T @ dual
    name = hashlib.sha256(weights.tobytes()).hexdigest()[:16]
    card = ProbeCard(name, int(layer), penalty, round(float(r), 4), len(numbers))
    return LinearProbe(card, weights, states[:, place].mean(axis=0, dtype=np.float64), mean)


def _split(groups: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the fold of each text; those of one group are in one."""
    names = sorted(set(groups))
    if len(names) < 2:
        raise MindError("a linear probe needs texts of two groups or more, to tell how well it generalises")
    fold = {name: number % min(FOLDS, len(names)) for number, name in enumerate(names)}
    return np.array([fold[name] for name in groups])


def _gram(states: Floats) -> tuple[Floats, Floats]:
    """Return the Gram matrix of centred states, and these."""
    centred = states.astype(np.float64) - states.mean(axis=0, dtype=np.float64)
    return centred @ centred.T, centred


def _held_out(gram: Floats, numbers: Floats, folds: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Floats:
    """Return what a ridge tells of the texts of each fold, fitted to the others: (penalties, texts)."""
    told = np.empty((len(PENALTIES), len(numbers)))
    for fold in np.unique(folds):
        out = folds == fold
        spectrum, vectors = np.linalg.eigh(gram[np.ix_(~out, ~out)])
        mean = numbers[~out].mean()
        onto = vectors.T @ (numbers[~out] - mean)
        across = gram[np.ix_(out, ~out)] @ vectors
        for k, penalty in enumerate(PENALTIES):
            told[k, out] = mean + across @ (onto / (np.maximum(spectrum, 0.0) + penalty * spectrum.mean()))
    return told


def _correlation(told: Floats, numbers: Floats) -> float:
    if np.ptp(told) == 0.0 or np.ptp(numbers) == 0.0:
        return 0.0
    return float(np.corrcoef(told, numbers)[0, 1])
