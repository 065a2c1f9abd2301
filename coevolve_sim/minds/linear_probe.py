"""Linear probes: what is read off a mind's hidden states, instead of what it writes or how likely that is.

A mind whose hidden states are at hand learns a probe from texts that stand for known numbers: a ridge
regression on the states of one layer [AlainBengio2017]_. A request that names a probe is answered by the
number that it reads in the conversation, as a text of six decimals; so records, caches and replay hold it
like any reply. Not to be confused with the probe that tells served minds apart (`coevolve_sim.minds.probe`).
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Protocol, runtime_checkable

from coevolve_sim.errors import MindError
from coevolve_sim.minds.protocol import Message, Reply, Request


@dataclass(frozen=True)
class ProbeTask:
    """What a probe is to learn.

    Attributes
    ----------
    prompts : tuple of tuple of Message
        The conversations; states are those after the last message.
    numbers : tuple of float
        What each stands for.
    groups : tuple of tuple of str
        Which belong together: each text's topic, then whatever else it shares with others, such as its
        wording. How a probe reads is chosen by how well it tells texts of other topics which share nothing
        with those that it was fitted to.
    """

    prompts: tuple[tuple[Message, ...], ...]
    numbers: tuple[float, ...]
    groups: tuple[tuple[str, ...], ...]

    @property
    def digest(self) -> str:
        """First 16 hex digits of the SHA-256 of all of it."""
        rows = [
            [[(message.role, message.content) for message in prompt], number, group]
            for prompt, number, group in zip(self.prompts, self.numbers, self.groups, strict=True)
        ]
        return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class ProbeCard:
    """What is known of a probe that a mind has learnt.

    Attributes
    ----------
    name : str
        By which requests name it: it follows from the model and the task, so that what was read before is
        found by a probe that had to be learnt anew.
    layers : tuple of int
        The layers whose states it reads, from 1.
    reads_means : bool
        Whether it reads the mean over tokens, too, or the last token alone.
    penalty : float
        Of the ridge, relative to the mean eigenvalue of the states' Gram matrix.
    held_out_r : float
        Correlation of what it reads with the numbers, over texts of groups that it was not fitted to.
    n_texts : int
        Number of texts that it was fitted to.
    """

    name: str
    layers: tuple[int, ...]
    reads_means: bool
    penalty: float
    held_out_r: float
    n_texts: int

    def as_text(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_text(cls, text: str) -> ProbeCard:
        """Return the card that a text of `as_text` tells of.

        Raises
        ------
        MindError
            If it is none.
        """
        try:
            content = json.loads(text)
            return cls(**{**content, "layers": tuple(content["layers"])})
        except (ValueError, TypeError, KeyError) as error:
            raise MindError(f"this is no card of a linear probe ({error}): {text[:100]}") from None


@runtime_checkable
class LearnsProbes(Protocol):
    """What a mind has whose hidden states are at hand."""

    def fit_probe(self, task: ProbeTask, tell: Callable[[int], None] | None = None) -> ProbeCard:
        """Learn a probe, or find the one that was learnt before; ``tell`` is called with the texts read."""


def card_request(task: ProbeTask) -> Request:
    """Return the request for the card of the probe that a mind has learnt from a task."""
    return Request("calibrate", (), linear_probe=task.digest)


def value_in(reply: Reply) -> float:
    """Return the number that a probe read; nan where there is none.

    Examples
    --------
    >>> value_in(Reply("answered", "0.25")), value_in(Reply("given up"))
    (0.25, nan)
    """
    if reply.status != "answered":
        return math.nan
    try:
        value = float(reply.text)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan
