"""Direct access to the embedded model, by plain transformers and peft code, for calibrating it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.language.prompts import LETTERS

Chat = tuple[str, str]
"""System message and prompt."""
_BATCH = 64


class Speaker:
    """A trained folder's model, without an adapter or with one.

    Parameters
    ----------
    folder : Path
        Folder with ``model`` and ``adapters``.
    voice : str
        Name of an adapter; empty for the model itself.
    """

    def __init__(self, folder: Path, voice: str = "") -> None:
        from transformers import AutoModelForCausalLM, AutoTokenizer

        self._tokenizer = AutoTokenizer.from_pretrained(folder / "model", padding_side="left")
        model = AutoModelForCausalLM.from_pretrained(folder / "model")
        if voice:
            import peft

            model = peft.PeftModel.from_pretrained(model, folder / "adapters" / voice).merge_and_unload()
        self._model: Any = model.eval()

    def score_options(self, chats: Sequence[Chat], n_options: Sequence[int]) -> list[Floats]:
        """Return for every chat the probability of each option's letter among all tokens."""
        import torch

        letters = [self._tokenizer.convert_tokens_to_ids(letter) for letter in LETTERS]
        found: list[Floats] = [np.zeros(0)] * len(chats)
        for numbers, inputs in self._make_batches(chats):
            with torch.inference_mode():
                logits = self._model(**inputs, logits_to_keep=1).logits[:, -1]
            chances = torch.softmax(logits.double(), dim=-1)[:, letters].numpy()
            for row, number in zip(chances, numbers, strict=True):
                found[number] = row[: n_options[number]]
        return found

    def write_messages(self, chats: Sequence[Chat], temperature: float, seed: int) -> list[str]:
        """Generate a message for every chat; temperature 0 takes the likeliest token each time."""
        import torch

        torch.manual_seed(seed)
        drawn: dict[str, Any] = {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0}
        found = [""] * len(chats)
        for numbers, inputs in self._make_batches(chats):
            with torch.inference_mode():
                tokens = self._model.generate(
                    **inputs, max_new_tokens=60, **(drawn if temperature > 0 else {"do_sample": False})
                )
            texts = self._tokenizer.batch_decode(
                tokens[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True
            )
            for text, number in zip(texts, numbers, strict=True):
                found[number] = text
        return found

    def _make_batches(self, chats: Sequence[Chat]) -> Iterator[tuple[list[int], Any]]:
        texts = [self._render(chat) for chat in chats]
        order = sorted(range(len(chats)), key=lambda number: len(texts[number]))
        for start in range(0, len(order), _BATCH):
            numbers = order[start : start + _BATCH]
            inputs = self._tokenizer(
                [texts[number] for number in numbers],
                return_tensors="pt",
                padding=True,
                add_special_tokens=False,
            )
            yield numbers, inputs

    def _render(self, chat: Chat) -> str:
        turns = [{"role": "system", "content": chat[0]}, {"role": "user", "content": chat[1]}]
        return str(self._tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))
