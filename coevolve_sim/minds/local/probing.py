"""Linear probes of a model in this process: fitted by ridge regression on hidden states, and kept in a file.

The states of a conversation are those of its last token, beside their mean over all tokens, at a window of
neighbouring layers, each number in units of its spread over the texts. Which window, whether the means are
used, and the penalty are chosen by how well the numbers of texts are told that share no group with those
fitted to. What was learnt is kept under the digests of model and task, as arrays without pickles, so that a
second run does not pay again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MindError
from coevolve_sim.minds.linear_probe import ProbeCard, ProbeTask
from coevolve_sim.minds.local.batching import TokenBudget, padded_size
from coevolve_sim.minds.local.forward import ForwardPass
from coevolve_sim.minds.local.prefix_sharing import Tokens
from coevolve_sim.output_files import write_atomically

FOLDS = 5
"""Parts into which groups are split to choose window and penalty."""

WINDOW = 5
"""Layers in a window, of those that are tried."""

PENALTIES = (0.3, 1.0, 3.0, 10.0, 30.0)
"""Penalties that are tried, relative to the mean eigenvalue of the Gram matrix."""

Folds = np.ndarray[tuple[int], np.dtype[np.int64]]


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
    """A probe: ``intercept + weights @ ((states - centre) / spread)``, summed over layers and features.

    Attributes
    ----------
    card : ProbeCard
        What is known of it.
    weights, centre, spread : float64 array, shape (layers, features)
        Of the states of its layers: last token, then the mean.
    intercept : float
    """

    card: ProbeCard
    weights: Floats
    centre: Floats
    spread: Floats
    intercept: float

    def read(self, states: Floats) -> float:
        """Return what it reads in the states of its layers, shape (layers, features)."""
        return float(self.intercept + (self.weights * ((states - self.centre) / self.spread)).sum())

    def save(self, path: Path) -> None:
        """Write it to a file, whole or not at all.

        Raises
        ------
        RecordError
            If it cannot be written.
        """
        arrays: dict[str, Any] = {
            "card": np.frombuffer(self.card.as_text().encode(), dtype=np.uint8),
            "weights": self.weights,
            "centre": self.centre,
            "spread": self.spread,
            "intercept": np.float64(self.intercept),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, lambda draft: np.savez(draft, **arrays))

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
                return cls(card, kept["weights"], kept["centre"], kept["spread"], float(kept["intercept"]))
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


def fit_probe(states: Floats, task: ProbeTask, layers: Sequence[int], name: str = "probe") -> LinearProbe:
    """Fit a ridge regression of a task's numbers on hidden states.

    Parameters
    ----------
    states : float array, shape (texts, layers, features)
        Of the task's prompts: of each layer the last token's, then as many of the mean.
    task : ProbeTask
    layers : sequence of int
        Which layers these are, from 1.
    name : str
        What requests call it.

    Raises
    ------
    MindError
        If the states are not finite, or there are fewer than two groups.
    """
    numbers = np.asarray(task.numbers, dtype=np.float64)
    if not np.isfinite(states).all():
        raise MindError("the hidden states are not finite numbers; give the mind another dtype")
    centre = states.mean(axis=0, dtype=np.float64)
    spread = np.maximum(states.std(axis=0, dtype=np.float64), 1e-9)
    grams = _grams(states, centre, spread)
    splits = list(_splits(task.groups))
    if not splits:
        raise MindError(
            "no text is left for a linear probe to be fitted to: each topic shares a wording with all others"
        )
    tried = []
    for first in range(max(len(layers) - WINDOW + 1, 1)):
        window = slice(first, first + WINDOW)
        for parts in (1, 2):
            gram = grams[window, :parts].sum(axis=(0, 1))
            told = _held_out(gram, numbers, splits)
            tried += [(_correlation(one, numbers), -k, -first, parts) for k, one in enumerate(told)]
    r, k, first, parts = max(tried)
    window, penalty = slice(-first, -first + WINDOW), PENALTIES[-k]
    gram = grams[window, :parts].sum(axis=(0, 1))
    mean = float(numbers.mean())
    dual = np.linalg.solve(gram + penalty * np.trace(gram) / len(gram) * np.eye(len(gram)), numbers - mean)
    scaled = (states[:, window] - centre[window]) / spread[window]
    weights = np.tensordot(dual, scaled, axes=1)
    if parts == 1:  # the means are not used
        weights[:, weights.shape[1] // 2 :] = 0.0
    card = ProbeCard(name, tuple(layers)[window], parts == 2, penalty, round(float(r), 4), len(numbers))
    return LinearProbe(card, weights, centre[window], spread[window], mean)


def _grams(states: Floats, centre: Floats, spread: Floats) -> Floats:
    """Return Gram matrices of scaled states, of last tokens and means: shape (layers, 2, texts, texts)."""
    half = states.shape[2] // 2
    found = np.empty((states.shape[1], 2, len(states), len(states)))
    for layer in range(states.shape[1]):
        scaled = (states[:, layer] - centre[layer]) / spread[layer]
        for part, some in enumerate((scaled[:, :half], scaled[:, half:])):
            found[layer, part] = some @ some.T
    return found


def _splits(groups: Sequence[Sequence[str]]) -> Iterator[tuple[Folds, Folds]]:
    """Yield texts to fit to and texts to tell: of some first groups, and such as share no group with them.

    Raises
    ------
    MindError
        If there are fewer than two first groups.
    """
    names = sorted({own[0] for own in groups})
    if len(names) < 2:
        raise MindError("a linear probe needs texts of two groups or more, to tell how well it generalises")
    for fold in range(min(FOLDS, len(names))):
        out = {name for number, name in enumerate(names) if number % FOLDS == fold}
        told = np.array([n for n, own in enumerate(groups) if own[0] in out])
        theirs = {name for n in told for name in groups[n]}
        fitted = np.array([n for n, own in enumerate(groups) if not theirs & set(own)])
        if fitted.size:
            yield fitted, told


def _held_out(gram: Floats, numbers: Floats, splits: Sequence[tuple[Folds, Folds]]) -> Floats:
    """Return what a ridge tells of each fold, fitted to the others: shape (penalties, texts), nan untold."""
    found = np.full((len(PENALTIES), len(numbers)), np.nan)
    for fitted, told in splits:
        spectrum, vectors = np.linalg.eigh(gram[np.ix_(fitted, fitted)])
        mean = numbers[fitted].mean()
        onto = vectors.T @ (numbers[fitted] - mean)
        across = gram[np.ix_(told, fitted)] @ vectors
        for k, penalty in enumerate(PENALTIES):
            found[k, told] = mean + across @ (onto / (np.maximum(spectrum, 0.0) + penalty * spectrum.mean()))
    return found


def _correlation(told: Floats, numbers: Floats) -> float:
    known = np.isfinite(told)
    told, numbers = told[known], numbers[known]
    if told.size < 2 or np.ptp(told) == 0.0 or np.ptp(numbers) == 0.0:
        return 0.0
    return float(np.corrcoef(told, numbers)[0, 1])
