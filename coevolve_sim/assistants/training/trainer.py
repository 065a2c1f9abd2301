"""Training runs: an adapter learns from preferences or examples, and is saved as a voice for minds.

On a CPU and one thread, the same base, items and settings give the same adapter bit for bit on the same
machine. A process killed during an update leaves what the folder held before, or the complete new adapter.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from coevolve_sim.assistants.preferences.pairs import PreferencePair
from coevolve_sim.assistants.training.adapters import Trainable
from coevolve_sim.assistants.training.answers import (
    AnswerRow,
    build_row,
    distributions,
    sum_log_probabilities,
    token_log_probabilities,
)
from coevolve_sim.assistants.training.dpo import DpoSettings, dpo_loss, dpo_losses, reward_margins
from coevolve_sim.assistants.training.loop import Progress, split_batches, train, use_threads
from coevolve_sim.assistants.training.sft import Example, SftSettings, sft_loss
from coevolve_sim.errors import TrainingError

_MEASURED = 256
"""Largest number of pairs or examples on which an update is measured, evenly spread over all."""
_MEASURED_FOR_DRIFT = 64


@dataclass(frozen=True)
class UpdateReport:
    """Effect of a DPO update, measured on up to 256 of the pairs it learnt from.

    Attributes
    ----------
    n_pairs : int
        Pairs learnt from.
    loss_before, loss_after : float
        `coevolve_sim.assistants.training.dpo.dpo_loss`, nats, without an anchor. Before, nothing has moved:
        ln 2.
    accuracy_before, accuracy_after : float
        Share of pairs, by weight, whose chosen answer has the greater implied reward, in [0, 1]; a tie counts
        half. Before, all are ties: 0.5.
    likelier_before, likelier_after : float
        Share of pairs, by weight, whose chosen answer is the likelier of the two, in [0, 1].
    drift : float
        How far the model moved: mean KL(after || before) over the whole vocabulary, at the tokens of up to 64
        chosen answers; nats a token, at least 0.
    tokens : int
        Of conversations and answers, learnt from once an epoch.
    fingerprint : str
        Of the adapter that was saved.
    seconds : float
        Time taken; ignored by ``==``.
    """

    n_pairs: int
    loss_before: float
    loss_after: float
    accuracy_before: float
    accuracy_after: float
    likelier_before: float
    likelier_after: float
    drift: float
    tokens: int
    fingerprint: str
    seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True)
class SftReport:
    """Effect of supervised fine-tuning, measured on up to 256 of the examples it learnt from.

    Attributes
    ----------
    n_examples : int
        Examples learnt from.
    loss_before, loss_after : float
        `coevolve_sim.assistants.training.sft.sft_loss`, nats a token.
    tokens : int
        Of conversations and answers, learnt from once an epoch.
    fingerprint : str
        Of the adapter that was saved.
    seconds : float
        Time taken; ignored by ``==``.
    """

    n_examples: int
    loss_before: float
    loss_after: float
    tokens: int
    fingerprint: str
    seconds: float = field(default=0.0, compare=False)


def dpo_update(
    base: str | Path,
    pairs: Sequence[PreferencePair],
    out: str | Path,
    *,
    start: str | Path | None = None,
    settings: DpoSettings | None = None,
    progress: Progress | None = None,
) -> UpdateReport:
    """Train an adapter on preferences by DPO [Rafailov2023]_, and save it.

    The reference is the model before training: the base with the adapter ``start``, or the base alone.

    Parameters
    ----------
    base : str or Path
        Folder of the base's weights, or its name on the Hub.
    pairs : sequence of PreferencePair
        At least one.
    out : str or Path
        Folder of the new adapter; may be ``start``, which is then replaced.
    start : str or Path, optional
        Folder of the adapter to start from.
    settings : DpoSettings, optional
        Settings of the training.
    progress : callable, optional
        Called after every update of the weights with how many are done and how many there are.

    Raises
    ------
    TrainingError
        If there is no pair, a pair is empty, too long or of no weight, training goes astray, or the adapter
        cannot be saved; what ``out`` held then stays.
    MindError
        If base or adapter cannot be loaded or do not fit each other.

    References
    ----------
    [Rafailov2023]_
    """
    how, begun = settings or DpoSettings(), time.monotonic()
    if not pairs:
        raise TrainingError("there is no pair to learn from; give at least one")
    with use_threads(how.n_threads):
        trainable = Trainable(base, start, how)
        learner = _Preferences(trainable, pairs, how)
        measured = _pick_evenly(len(pairs), _MEASURED)
        margins_before, gaps_before = learner.margins_before(measured)
        kept = trainable.copy_weights()
        train(trainable, len(pairs), learner.loss, how, progress)
        margins, gaps = learner.margins(measured)
        few = [learner.chosen[number] for number in _pick_evenly(len(pairs), _MEASURED_FOR_DRIFT)]
        drift = _drift(trainable, kept, few, how.batch)
        mark = trainable.save(out, "dpo", asdict(how))
    weights = learner.weights[measured]
    return UpdateReport(
        n_pairs=len(pairs),
        loss_before=float(dpo_loss(margins_before, weights)),
        loss_after=float(dpo_loss(margins, weights)),
        accuracy_before=_share(margins_before, weights),
        accuracy_after=_share(margins, weights),
        likelier_before=_share(gaps_before, weights),
        likelier_after=_share(gaps, weights),
        drift=drift,
        tokens=how.epochs * sum(one.n_tokens for one in (*learner.chosen, *learner.rejected)),
        fingerprint=mark,
        seconds=time.monotonic() - begun,
    )


def sft_update(
    base: str | Path,
    examples: Sequence[Example],
    out: str | Path,
    *,
    start: str | Path | None = None,
    settings: SftSettings | None = None,
    progress: Progress | None = None,
) -> SftReport:
    """Train an adapter on the answers of examples, and save it.

    Parameters
    ----------
    base, out, start
        As of `dpo_update`.
    examples : sequence of Example
        At least one.
    settings : SftSettings, optional
        Settings of the training.
    progress : callable, optional
        As of `dpo_update`.

    Raises
    ------
    TrainingError, MindError
        As of `dpo_update`.
    """
    how, begun = settings or SftSettings(), time.monotonic()
    if not examples:
        raise TrainingError("there is no example to learn from; give at least one")
    with use_threads(how.n_threads):
        trainable = Trainable(base, start, how)
        rows = [
            build_row(trainable, one.messages, one.answer, one.where or f"example {number + 1}")
            for number, one in enumerate(examples)
        ]
        measured = [rows[number] for number in _pick_evenly(len(rows), _MEASURED)]
        before = _sft_loss(trainable, measured, how.batch)
        train(
            trainable,
            len(rows),
            lambda batch: sft_loss(*token_log_probabilities(trainable, [rows[number] for number in batch])),
            how,
            progress,
        )
        after = _sft_loss(trainable, measured, how.batch)
        mark = trainable.save(out, "sft", asdict(how))
    tokens = how.epochs * sum(one.n_tokens for one in rows)
    return SftReport(len(rows), before, after, tokens, mark, time.monotonic() - begun)


class _Preferences:
    """Tokenized pairs with their log-probabilities under the reference model."""

    def __init__(self, trainable: Trainable, pairs: Sequence[PreferencePair], how: DpoSettings) -> None:
        import torch

        self._trainable, self._how = trainable, how
        self.chosen, self.rejected = (
            [
                build_row(trainable, pair.messages, getattr(pair, side), f"pair {number + 1}, {side}")
                for number, pair in enumerate(pairs)
            ]
            for side in ("chosen", "rejected")
        )
        self.weights = torch.tensor([float(pair.weight) for pair in pairs], dtype=torch.float64)
        self._before = self._all(range(len(pairs)))
        # Relative to the mean over all pairs, not over a batch: a batch of light pairs moves the model less.
        self._shares = self.weights / self.weights.mean()
        dpo_loss(torch.zeros_like(self.weights), self.weights)  # refuses weights that cannot be

    def loss(self, batch: list[int]) -> Any:
        """Return the loss of a batch; over an epoch, each pair counts by its share of the total weight."""
        chosen, rejected = self._log_probabilities(batch)
        margins = self._margins(batch, chosen, rejected)
        shares = self._shares[batch].to(margins.device)
        loss = (shares * dpo_losses(margins)).mean()
        if not self._how.anchor:
            return loss
        lengths = chosen.new_tensor([len(self.chosen[number].answer) for number in batch])
        return loss - self._how.anchor * (shares * chosen / lengths).mean()

    def margins_before(self, which: Sequence[int]) -> tuple[Any, Any]:
        """Return what `margins` gives before any update."""
        chosen, rejected = (side[which] for side in self._before)
        return self._margins(list(which), chosen, rejected), chosen - rejected

    def margins(self, which: Sequence[int]) -> tuple[Any, Any]:
        """Return the pairs' reward margins, and their log-probability gaps, chosen minus rejected."""
        chosen, rejected = self._all(which)
        return self._margins(list(which), chosen, rejected), chosen - rejected

    def _margins(self, batch: list[int], chosen: Any, rejected: Any) -> Any:
        chosen_before, rejected_before = (side[batch].to(chosen.device) for side in self._before)
        return reward_margins(chosen, rejected, chosen_before, rejected_before, self._how.beta)

    def _log_probabilities(self, batch: Sequence[int]) -> tuple[Any, Any]:
        sides = [self.chosen[number] for number in batch], [self.rejected[number] for number in batch]
        both = sum_log_probabilities(self._trainable, [*sides[0], *sides[1]])
        return both[: len(batch)], both[len(batch) :]

    def _all(self, which: Sequence[int]) -> tuple[Any, Any]:
        import torch

        with torch.no_grad():
            found = [
                self._log_probabilities([which[at] for at in batch])
                for batch in split_batches(len(which), self._how.batch)
            ]
        chosen, rejected = zip(*found, strict=True)
        return torch.cat(chosen).cpu(), torch.cat(rejected).cpu()


def _share(differences: Any, weights: Any) -> float:
    """Return the weighted share of pairs with a difference above 0; a difference of 0 counts half."""
    wins = (differences > 0).double() + 0.5 * (differences == 0).double()
    return float((wins * weights).sum() / weights.sum())


def _pick_evenly(n_items: int, most: int) -> list[int]:
    """Return at most ``most`` indices of items, evenly spread over all."""
    return list(range(0, n_items, -(-n_items // most)))


def _sft_loss(trainable: Trainable, rows: Sequence[AnswerRow], size: int) -> float:
    import torch

    total, count = 0.0, 0
    with torch.no_grad():
        for batch in split_batches(len(rows), size):
            part = [rows[number] for number in batch]
            n_tokens = sum(len(one.answer) for one in part)
            total += float(sft_loss(*token_log_probabilities(trainable, part))) * n_tokens
            count += n_tokens
    return total / count


def _drift(trainable: Trainable, before: list[Any], rows: Sequence[AnswerRow], size: int) -> float:
    """Return the mean KL(now || before) per token of the answers; the model's weights are left unchanged."""
    import torch

    now = trainable.copy_weights()
    total, count = 0.0, 0.0
    with torch.no_grad():
        for batch in split_batches(len(rows), size):
            part = [rows[number] for number in batch]
            new, _, mask = distributions(trainable, part)
            # Swapped batch by batch: two models at once might not fit the memory.
            trainable.set_weights(before)
            old, _, _ = distributions(trainable, part)
            trainable.set_weights(now)
            total += float(((new.exp() * (new - old)).sum(dim=-1) * mask).sum())
            count += float(mask.sum())
    return max(0.0, total / count)
