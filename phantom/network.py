"""The embedded model's network, its optimizer, and its loss on packed conversations."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from coevolve_sim.errors import MindError
from phantom.tokens import MAX_LENGTH

if TYPE_CHECKING:
    from phantom.packing import Packed

LORA_RANK = 8
_NAME = "coevolve-sim/embedded"
_MUON_HIGHEST = 0.02
"""Highest learning rate of Muon."""
LORA_PARTS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def new_model(tokenizer: Any, seed: int) -> Any:
    """Return an untrained LlamaForCausalLM: 4 layers, 128 wide, 4 heads of size 32."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=128,
        intermediate_size=384,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=MAX_LENGTH,
        tie_word_embeddings=True,
        initializer_range=0.02,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    torch.manual_seed(seed)
    return LlamaForCausalLM(config)


def add_adapter(model: Any, seed: int) -> Any:
    """Return a model with a fresh LoRA adapter on all its linear layers."""
    import peft
    import torch

    torch.manual_seed(seed)
    model.name_or_path = _NAME  # what peft writes down, and no path of this machine
    config = peft.LoraConfig(
        r=LORA_RANK,
        lora_alpha=2 * LORA_RANK,
        target_modules=list(LORA_PARTS),
        task_type="CAUSAL_LM",
        base_model_name_or_path=_NAME,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # one library telling another
        return peft.get_peft_model(model, config)


class Muon:
    """The Muon optimizer: orthogonalized updates of matrices [Jordan2024]_, Nesterov momentum .95.

    torch has one, too, but it computes in bfloat16, which takes processors without support for it as long as
    the network itself.
    """

    def __init__(self, matrices: list[Any]) -> None:
        self._shapes: dict[Any, list[Any]] = {}
        for matrix in matrices:
            self._shapes.setdefault(matrix.shape, []).append(matrix)
        self._momenta: dict[int, Any] = {}
        self.weights = matrices

    def step(self, share: float) -> None:
        """Update all matrices, at a share in [0, 1] of the highest learning rate.

        For a matrix of shape (a, b) the rate is multiplied by sqrt(max(1, a / b)). Matrices of the same shape
        are computed together.
        """
        import torch

        rate = share * _MUON_HIGHEST
        with torch.no_grad():
            for shape, alike in self._shapes.items():
                turned = orthogonalize(torch.stack([self._pull(matrix) for matrix in alike]))
                scale = rate * max(1.0, shape[0] / shape[1]) ** 0.5
                for matrix, update in zip(alike, turned, strict=True):
                    matrix.add_(update, alpha=-scale)

    def _pull(self, matrix: Any) -> Any:
        momentum = self._momenta.setdefault(id(matrix), matrix.new_zeros(matrix.shape))
        momentum.mul_(0.95).add_(matrix.grad, alpha=0.05)
        return matrix.grad.lerp(momentum, 0.95)


def orthogonalize(matrices: Any) -> Any:
    """Return approximately the nearest orthogonal matrices, by five Newton-Schulz steps on each."""
    wide = matrices.shape[-2] <= matrices.shape[-1]
    turned = matrices if wide else matrices.mT
    turned = turned / (turned.flatten(1).norm(dim=1)[:, None, None] + 1e-7)
    for _ in range(5):
        squared = turned @ turned.mT
        turned = 3.4445 * turned + (-4.7750 * squared + 2.0315 * squared @ squared) @ turned
    return turned if wide else turned.mT


def split_weights(model: Any) -> tuple[list[Any], list[Any]]:
    """Split a model's weights into the matrices of its layers and all others."""
    matrices = [
        weight for name, weight in model.named_parameters() if weight.ndim == 2 and ".layers." in name
    ]
    others = [
        weight for name, weight in model.named_parameters() if weight.ndim != 2 or ".layers." not in name
    ]
    return matrices, others


def compute_loss(model: Any, packed: Packed) -> tuple[Any, Any]:
    """Return the weighted loss to train on, and the mean KL divergence where answers are decided."""
    import torch

    hidden = find_body(model)(
        input_ids=torch.from_numpy(packed.tokens),
        position_ids=torch.from_numpy(packed.positions),
        attention_mask=_build_attention_mask(
            torch.from_numpy(packed.dialogues), torch.from_numpy(packed.turns)
        ),
        use_cache=False,
    ).last_hidden_state
    at = hidden.reshape(-1, hidden.shape[-1])[torch.from_numpy(packed.places)]
    logs = torch.log_softmax(model.get_output_embeddings()(at), dim=-1)
    chances = torch.from_numpy(packed.target_chances)
    places = torch.from_numpy(packed.target_places)
    each = -chances * logs[places, torch.from_numpy(packed.target_tokens)]
    losses = torch.zeros(len(packed.weights)).index_add(0, places, each)
    entropy = torch.zeros(len(packed.weights)).index_add(0, places, -chances * torch.log(chances))
    weights = torch.from_numpy(packed.weights)
    decided = weights == 1.0
    divergence = (losses - entropy)[decided].mean()
    return (weights * losses).sum() / decided.sum(), divergence.detach()


def find_body(model: Any) -> Any:
    """Return a model's network below its output layer, with or without an adapter."""
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    return inner.model


def _build_attention_mask(dialogues: Any, turns: Any) -> Any:
    """Return the attention mask: a token sees those before it in its own turn and system message."""
    import torch

    before = torch.ones(turns.shape[1], turns.shape[1], dtype=torch.bool).tril()
    near = (turns[:, :, None] == turns[:, None, :]) | (turns[:, None, :] == 0)
    return (near & before & (dialogues[:, :, None] == dialogues[:, None, :]))[:, None]


def use_threads(number: int) -> None:
    """Have torch use this many threads, which wait without spinning.

    Raises
    ------
    MindError
        If what training needs is not installed.
    """
    import os

    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        import peft  # noqa: F401
        import torch
    except ImportError as error:
        raise MindError(
            f"the embedded model needs {error.name}, which is not installed; pip install 'coevolve-sim[lm]'"
        ) from None
    torch.set_num_threads(number)
