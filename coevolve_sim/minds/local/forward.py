"""Forward passes over batches whose rows continue rows computed before, with their keys and values.

Rows of a batch are padded on the left. The keys and values of a batch are kept, and each row of the next
batch continues one row of it; padding in between is masked.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from coevolve_sim.minds.local.float64 import in_float64
from coevolve_sim.minds.local.prefix_sharing import Tokens


@dataclass(frozen=True)
class KeyValueState:
    """Keys and values computed for a batch.

    Attributes
    ----------
    layers : list of pairs of tensors
        Keys and values, shape (rows, heads, places, head size).
    mask : tensor of int, shape (rows, places)
        1 at tokens, 0 at padding.
    lengths : tensor of int, shape (rows,)
        Tokens of each row.
    """

    layers: list[tuple[Any, Any]]
    mask: Any
    lengths: Any


class ForwardPass:
    """A model's forward pass, independent of the names of the model's arguments.

    Parameters
    ----------
    model : transformers model
        A causal language model.
    device : str
        Where it is.
    prepare : callable, optional
        Called before each pass; it makes the model speak with this voice.
    """

    def __init__(self, model: Any, device: str, prepare: Callable[[], None] | None = None) -> None:
        accepted = inspect.signature(model.forward).parameters
        self.model = model
        self.prepare = prepare
        self.device = device
        self._cache_name = "cache" if "cache" in accepted else "past_key_values"
        self._takes_positions = "position_ids" in accepted
        self._keeps = "logits_to_keep" in accepted

    @property
    def vocabulary(self) -> int:
        """Number of tokens that the model knows."""
        return int(self.model.config.get_text_config().vocab_size)

    def extend(
        self, held: KeyValueState | None, parents: Sequence[int], edges: Sequence[Tokens]
    ) -> KeyValueState:
        """Read each edge after its parent row; return the keys and values so far."""
        _, cache, mask, lengths = self._forward(held, parents, edges, 1)
        return KeyValueState([(layer.keys, layer.values) for layer in cache.layers], mask, lengths)

    def read(
        self, held: KeyValueState | None, parents: Sequence[int], edges: Sequence[Tokens], keep: int
    ) -> Any:
        """Return next-token log-probabilities at the last ``keep`` positions of each row.

        Float64, shape (rows, keep, vocabulary).
        """
        logits, *_ = self._forward(held, parents, edges, keep)
        return log_probabilities(logits)

    def states(self, rows: Sequence[Tokens], layers: Sequence[int]) -> Any:
        """Return hidden states of layers (from 1): of the last token beside their mean over tokens.

        Float64 array, shape (rows, layers, 2 times the model's width).
        """
        import torch

        ids, mask = _pad_left(rows, self.device)
        positions = (mask.cumsum(1) - 1).clamp(min=0)
        given: dict[str, Any] = {"position_ids": positions} if self._takes_positions else {}
        if self._keeps:
            given["logits_to_keep"] = 1
        if self.prepare is not None:
            self.prepare()
        with torch.inference_mode(), in_float64(self.model):
            found = self.model(
                input_ids=ids, attention_mask=mask, output_hidden_states=True, use_cache=False, **given
            ).hidden_states
        shares = (mask / mask.sum(1, keepdim=True))[:, :, None]
        both = [
            torch.cat([found[n][:, -1].double(), (found[n].double() * shares).sum(1)], dim=1) for n in layers
        ]
        return torch.stack(both, dim=1).cpu().numpy()

    def logits(self, rows: Sequence[Tokens], keep: int) -> Any:
        """Return logits after each of the last ``keep`` tokens of each row, with gradients and no cache.

        In the type that the model computes in, shape (rows, keep, vocabulary); of a row that is shorter, the
        first are of padding.
        """
        ids, mask = _pad_left(rows, self.device)
        given: dict[str, Any] = {"use_cache": False}
        if self._takes_positions:
            given["position_ids"] = (mask.cumsum(1) - 1).clamp(min=0)
        if self._keeps:
            given["logits_to_keep"] = keep
        if self.prepare is not None:
            self.prepare()
        with in_float64(self.model):
            return self.model(input_ids=ids, attention_mask=mask, **given).logits[:, -keep:]

    def begin(self, rows: Sequence[Tokens]) -> tuple[Any, Any, Any, Any]:
        """Return logits after each row (rows, vocabulary), with cache, mask and lengths to continue from."""
        logits, cache, mask, lengths = self._forward(None, [], rows, 1)
        return logits[:, -1], cache, mask, lengths

    def go_on(self, tokens: Any, cache: Any, mask: Any, lengths: Any) -> Any:
        """Return logits after one more token a row (rows, vocabulary); ``mask`` has its place already."""
        return self._call(tokens[:, None], mask, lengths[:, None], cache, 1)[:, -1]

    def _forward(
        self, held: KeyValueState | None, parents: Sequence[int], edges: Sequence[Tokens], keep: int
    ) -> tuple[Any, Any, Any, Any]:
        import torch
        from transformers import DynamicCache

        ids, mask = _pad_left(edges, self.device)
        cache, before = DynamicCache(), torch.zeros(len(edges), dtype=torch.long, device=self.device)
        positions = mask.cumsum(1) - 1
        if held is not None:
            chosen = torch.tensor(parents, device=self.device)
            for number, (keys, values) in enumerate(held.layers):
                cache.update(keys[chosen], values[chosen], number)
            before = held.lengths[chosen]
            positions = positions + before[:, None]
            mask = torch.cat([held.mask[chosen], mask], dim=1)
        lengths = positions[:, -1] + 1
        # Padding on the left has position -1 before the clamp; the mask hides it, but an index must be valid.
        logits = self._call(ids, mask, positions.clamp(min=0), cache, keep)
        return logits, cache, mask, lengths

    def _call(self, ids: Any, mask: Any, positions: Any, cache: Any, keep: int) -> Any:
        arguments: dict[str, Any] = {self._cache_name: cache, "use_cache": True}
        if self._takes_positions:
            arguments["position_ids"] = positions
        if self._keeps:
            arguments["logits_to_keep"] = keep
        if self.prepare is not None:
            self.prepare()
        with in_float64(self.model):
            return self.model(input_ids=ids, attention_mask=mask, **arguments).logits[:, -keep:]


def _pad_left(rows: Sequence[Tokens], device: str) -> tuple[Any, Any]:
    """Return tokens, padded on the left, and their mask, both of shape (rows, longest)."""
    import torch

    width = max(len(row) for row in rows)
    ids = [(0,) * (width - len(row)) + row for row in rows]
    mask = [(0,) * (width - len(row)) + (1,) * len(row) for row in rows]
    return torch.tensor(ids, device=device), torch.tensor(mask, device=device)


def log_probabilities(logits: Any) -> Any:
    """Return logits as log-probabilities, float64."""
    import torch

    return torch.log_softmax(logits.double(), dim=-1)
