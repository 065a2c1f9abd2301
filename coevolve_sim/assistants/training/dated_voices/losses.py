"""How well a model tells the tokens of texts: the loss that a voice learns by, and what it is measured by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from coevolve_sim.assistants.training.adapters import Trainable
from coevolve_sim.assistants.training.answers import AnswerRow


def surprise(trainable: Trainable, rows: Sequence[AnswerRow]) -> tuple[Any, Any]:
    """Return for each row the sum of its answer's negative log-probabilities, and its number of tokens.

    With gradients; in float32, or float64 where the model computes in it: a text has many tokens, and their
    sum does not need more.

    Returns
    -------
    nats, counts : torch tensors, shape (rows,)
    """
    import torch

    longest = max(len(row.answer) for row in rows)
    logits = trainable.passes.logits([row.prompt + row.answer[:-1] for row in rows], longest)
    wanted = [(-100,) * (longest - len(row.answer)) + row.answer for row in rows]
    targets = torch.tensor(wanted, device=logits.device)
    wide = logits if logits.dtype == torch.float64 else logits.float()
    each = torch.nn.functional.cross_entropy(wide.flatten(0, 1), targets.flatten(), reduction="none")
    return each.view(targets.shape).sum(dim=1), (targets >= 0).sum(dim=1)


def surprises(trainable: Trainable, rows: Sequence[AnswerRow], size: int) -> list[tuple[float, int]]:
    """Return what `surprise` does, row by row, computed in batches without gradients."""
    import torch

    found: list[tuple[float, int]] = []
    with torch.no_grad():
        for first in range(0, len(rows), size):
            nats, counts = surprise(trainable, rows[first : first + size])
            found += list(zip(nats.tolist(), counts.tolist(), strict=True))
    return found
