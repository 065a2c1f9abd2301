"""Direct preference optimization (DPO): makes preferred answers likelier than rejected ones.

The implied reward of an answer is ``beta`` times the gain of its log-probability over the reference model.
The loss is the negative log-likelihood of the preferences under the Bradley-Terry model of choice. There is
no reward model, and nothing is sampled.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from coevolve_sim.assistants.training.settings import Training
from coevolve_sim.errors import TrainingError


@dataclass(frozen=True)
class DpoSettings(Training):
    """Settings of DPO, in addition to those of `Training`.

    Attributes
    ----------
    beta : float
        Strength of the penalty for moving away from the reference model, above 0: the larger, the less the
        model moves.
    anchor : float
        Weight of a second loss, at least 0: the mean negative log-probability of the chosen answers' tokens
        [Pang2024]_. Without it, two answers that differ in little can both become unlikely, in favour of
        text that nobody wrote.

    Raises
    ------
    TrainingError
        If one is out of its range.
    """

    beta: float = 0.1
    anchor: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self._must_be_positive("beta")
        if not (math.isfinite(self.anchor) and self.anchor >= 0.0):
            raise TrainingError(f"anchor is {self.anchor}; it must be a number, at least 0")


def reward_margins(chosen: Any, rejected: Any, chosen_before: Any, rejected_before: Any, beta: float) -> Any:
    """Return the margin of implied reward of the chosen answers over the rejected ones.

    Parameters
    ----------
    chosen, rejected : float arrays or tensors, shape (pairs,)
        Log-probability of each answer, nats, at most 0.
    chosen_before, rejected_before : float arrays or tensors, shape (pairs,)
        The same under the reference, the model before training.
    beta : float
        As of `DpoSettings`.

    Returns
    -------
    float array or tensor, shape (pairs,)
        Nats, of any sign; 0 where nothing has moved.

    References
    ----------
    [Rafailov2023]_, equations 5 to 7.

    Examples
    --------
    >>> now, before = np.array([-2.0, -4.0]), np.array([-3.0, -3.0])
    >>> reward_margins(now, now[::-1], before, before, beta=0.1)
    array([ 0.2, -0.2])
    """
    return beta * ((chosen - chosen_before) - (rejected - rejected_before))


def dpo_losses(margins: Any) -> Any:
    """Return the loss of each pair, ``-log sigmoid(margin)``.

    Parameters
    ----------
    margins : float array or tensor, shape (pairs,)
        As of `reward_margins`.

    Returns
    -------
    float array or tensor, shape (pairs,)
        Nats, above 0; ln 2 at a margin of 0.

    References
    ----------
    [Rafailov2023]_, equation 7.

    Examples
    --------
    >>> dpo_losses(np.array([0.0, 1.0])).round(4)
    array([0.6931, 0.3133])
    """
    if isinstance(margins, np.ndarray):
        return np.logaddexp(0.0, -margins)
    import torch

    return torch.nn.functional.softplus(-margins)


def dpo_loss(margins: Any, weights: Any) -> Any:
    """Return the weighted mean of `dpo_losses`.

    Parameters
    ----------
    margins : float array or tensor, shape (pairs,)
        As of `reward_margins`.
    weights : float array or tensor, shape (pairs,)
        How much each pair counts, above 0.

    Raises
    ------
    TrainingError
        If shapes differ, there is no pair, or a weight is not a number above 0.

    Examples
    --------
    >>> float(dpo_loss(np.array([0.0, 1.0]), np.array([3.0, 1.0])).round(4))
    0.5982
    """
    if tuple(margins.shape) != tuple(weights.shape) or len(margins.shape) != 1 or not len(margins):
        raise TrainingError(
            f"margins have the shape {tuple(margins.shape)} and weights {tuple(weights.shape)}; both must be "
            "(pairs,), with at least one pair"
        )
    if not bool(((weights > 0.0) & (weights < np.inf)).all()):
        raise TrainingError("weights of pairs must be numbers above 0; leave out a pair that is not to count")
    return (weights * dpo_losses(margins)).sum() / weights.sum()
