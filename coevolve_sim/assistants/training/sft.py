"""Supervised fine-tuning: makes right answers likely; the prompts' own tokens are not learnt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from coevolve_sim.assistants.training.settings import Training
from coevolve_sim.errors import TrainingError
from coevolve_sim.minds.protocol import Message


@dataclass(frozen=True)
class Example:
    """A conversation and the answer to it.

    Attributes
    ----------
    messages : tuple of Message
        The conversation so far.
    answer : str
        The next turn.
    where : str
        Where it is from, such as ``file:line``, for errors; if empty, errors give its number.
    """

    messages: tuple[Message, ...]
    answer: str
    where: str = ""


@dataclass(frozen=True)
class SftSettings(Training):
    """Settings of supervised fine-tuning: those of `Training`."""


def sft_loss(logprobs: Any, mask: Any) -> Any:
    """Return the mean negative log-probability of the answers' tokens.

    Parameters
    ----------
    logprobs : float array or tensor, shape (examples, places)
        Log-probability of each token, nats, at most 0.
    mask : float array or tensor, shape (examples, places)
        1.0 where a token of the answer stands, 0.0 elsewhere.

    Returns
    -------
    float
        Nats a token, at least 0.

    Raises
    ------
    TrainingError
        If shapes differ or there is no token of an answer.

    Examples
    --------
    >>> import numpy as np
    >>> float(sft_loss(np.array([[-9.0, -1.0], [-2.0, -3.0]]), np.array([[0.0, 1.0], [1.0, 1.0]])))
    2.0
    """
    if tuple(logprobs.shape) != tuple(mask.shape):
        raise TrainingError(
            f"log-probabilities have the shape {tuple(logprobs.shape)} and the mask {tuple(mask.shape)}; "
            "both must be (examples, places)"
        )
    if not bool((mask > 0.0).any()):
        raise TrainingError("there is no token of an answer to learn; give at least one example")
    return -(logprobs * mask).sum() / mask.sum()
