"""A trainable LoRA adapter: opened on its base, saved atomically, with its origin recorded.

A saved adapter is a folder with ``adapter_model.safetensors``, ``adapter_config.json`` as peft and vLLM read
it, and ``origin.json``, which names the base, the base's fingerprint, the adapter that training started from,
and how it was trained. `coevolve_sim.minds.local.mind.LocalMind` and
`coevolve_sim.minds.openai.vllm.VllmMind` take it as a voice, and refuse it on another base.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from coevolve_sim.assistants.training.atomic_folder import replace_folder
from coevolve_sim.assistants.training.settings import Training
from coevolve_sim.errors import MindError, TrainingError
from coevolve_sim.minds.local.chat_template import ChatPrompts
from coevolve_sim.minds.local.checkpoints import describe_missing, find_folder, fingerprint
from coevolve_sim.minds.local.forward import ForwardPass
from coevolve_sim.minds.local.loader import open_model
from coevolve_sim.minds.local.lora import ORIGIN, add_adapter, require_base
from coevolve_sim.minds.local.quiet import silence_libraries
from coevolve_sim.streams import stream

_NAME = "learning"


class Trainable:
    """A frozen base model with a trainable LoRA adapter [Hu2022]_.

    Parameters
    ----------
    base : str or Path
        Folder of the base's weights (safetensors), or its name on the Hub.
    start : str or Path, optional
        Folder of the adapter to start from; if not given, a fresh one, which changes nothing yet.
    settings : Training, optional
        Rank, alpha and seed of a fresh adapter, arithmetic and device.

    Attributes
    ----------
    passes : ForwardPass
        The model's forward passes, with the adapter.
    prompting : ChatPrompts
        Its tokenizer with the chat template.
    weights : list of torch.nn.Parameter
        The trained weights: float32, or float64 where the base is.

    Raises
    ------
    MindError
        If base or adapter cannot be loaded, are not safetensors, or do not fit each other; or if torch,
        transformers or peft are not installed.
    """

    def __init__(
        self, base: str | Path, start: str | Path | None = None, settings: Training | None = None
    ) -> None:
        chosen = settings or Training()
        self._opened, folder = open_model(base, {}, chosen.dtype, chosen.device)
        self._base = folder.name if Path(base).expanduser().is_dir() else str(base)
        self._base_fingerprint = fingerprint(folder)
        self._start_fingerprint: str | None = None
        with silence_libraries():
            self._model = (
                _add_fresh_adapter(self._opened.model, chosen) if start is None else self._load_start(start)
            )
        self.passes: ForwardPass = self._opened.passes("")
        self.prompting = ChatPrompts(self._opened.tokenizer)
        self.weights = _unfreeze_adapter(self._model, self._opened.dtype)

    @property
    def ends(self) -> frozenset[int]:
        """The tokens that end a reply."""
        return self._opened.ends

    @property
    def longest(self) -> int | None:
        """Longest sequence that the model takes, in tokens; None if config and tokenizer give no limit."""
        return self._opened.longest

    def _load_start(self, start: str | Path) -> Any:
        """Return the model with the adapter of a folder, after checking that its base is this one."""
        folder = find_folder(start, "the adapter")
        require_base(folder, folder.name, lambda: self._base_fingerprint)
        self._start_fingerprint = fingerprint(folder)
        return add_adapter(self._opened.model, folder.name, folder, _NAME, casts=False)

    def copy_weights(self) -> list[Any]:
        """Return a copy of the trained weights."""
        return [weight.detach().clone() for weight in self.weights]

    def set_weights(self, values: list[Any]) -> None:
        """Overwrite the trained weights, for example with a copy made before."""
        for weight, value in zip(self.weights, values, strict=True):
            weight.data.copy_(value)

    def save(self, out: str | Path, method: str, settings: Mapping[str, Any]) -> str:
        """Save the adapter, replacing what the folder held; return its fingerprint.

        Parameters
        ----------
        out : str or Path
            Written in one step: a process killed meanwhile leaves the old folder or the new one.
        method : str
            How it was trained.
        settings : mapping
            The settings of the training; numbers and text.

        Raises
        ------
        TrainingError
            If the folder cannot be written, holds something else, or a weight is not finite.
        """
        folder = Path(out)
        weights = self._finite_weights()
        if folder.is_dir() and any(folder.iterdir()) and not (folder / "adapter_config.json").is_file():
            raise TrainingError(f"{folder} holds something that is no adapter; give a folder of its own")
        origin = {
            "base": self._base,
            "base_fingerprint": self._base_fingerprint,
            "start_fingerprint": self._start_fingerprint,
            "method": method,
            "settings": dict(settings),
        }
        try:
            with replace_folder(folder) as beside:
                _write(beside, weights, self._config(), origin)
        except OSError as error:
            raise TrainingError(f"the adapter cannot be saved in {folder}: {error}") from None
        return fingerprint(folder)

    def _finite_weights(self) -> dict[str, Any]:
        import peft
        import torch

        found = peft.get_peft_model_state_dict(self._model, adapter_name=_NAME, save_embedding_layers=False)
        for name, weight in found.items():
            if not torch.isfinite(weight).all():
                raise TrainingError(
                    f"training went astray: {name} holds what is no number; take a lower learning rate "
                    "(nothing was saved)"
                )
        return {name: weight.detach().cpu().float().contiguous() for name, weight in sorted(found.items())}

    def _config(self) -> dict[str, Any]:
        """Return the adapter's config without empty entries and with its sets sorted."""
        told = {**self._model.peft_config[_NAME].to_dict(), "inference_mode": True}
        told["base_model_name_or_path"] = self._base
        return {
            name: sorted(value) if isinstance(value, set) else value
            for name, value in told.items()
            if value is not None and value != {}
        }


def _add_fresh_adapter(model: Any, settings: Training) -> Any:
    """Return a model with a fresh adapter on its linear layers, which changes nothing yet.

    Of its two factors, the first is drawn from the named stream ``fresh adapter`` (uniform, variance
    1 / (3 inputs), as LoRA's authors' code does), the second is zero.
    """
    try:
        import peft
        import torch
    except ImportError:
        raise MindError(describe_missing("peft")) from None
    config = peft.LoraConfig(
        r=settings.rank, lora_alpha=settings.alpha, target_modules="all-linear", task_type="CAUSAL_LM"
    )
    with torch.random.fork_rng(devices=[]):  # peft draws too, from torch's global generator
        result = peft.PeftModel(model, config, _NAME)
    for name, weight in sorted(result.named_parameters()):
        if "lora_A" in name:
            bound = 1.0 / math.sqrt(weight.shape[-1])
            drawn = stream(settings.seed, "fresh adapter", name).uniform(-bound, bound, tuple(weight.shape))
            weight.data.copy_(torch.from_numpy(drawn))
    return result


def _unfreeze_adapter(model: Any, dtype: str) -> list[Any]:
    """Make the adapter's weights trainable, in at least float32, and return them; all others stay frozen."""
    found = []
    for name, weight in sorted(model.named_parameters()):
        weight.requires_grad_("lora_" in name)
        if weight.requires_grad:
            weight.data = weight.data.double() if dtype == "float64" else weight.data.float()
            found.append(weight)
    return found


def _write(folder: Path, weights: dict[str, Any], config: object, origin: object) -> None:
    from safetensors.torch import save_file

    save_file(weights, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    for name, content in (("adapter_config.json", config), (ORIGIN, origin)):
        text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False)
        (folder / name).write_text(text + "\n", encoding="utf-8")
