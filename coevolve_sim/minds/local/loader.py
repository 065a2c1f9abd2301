"""Loading of a model, its tokenizer and its voices from folders, with checks."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from coevolve_sim.errors import MindError
from coevolve_sim.minds.local.checkpoints import (
    count_parameters,
    describe_missing,
    find_folder,
    find_safetensors,
    read_config,
    shorten_error,
)
from coevolve_sim.minds.local.forward import ForwardPass
from coevolve_sim.minds.local.lora import add_adapter
from coevolve_sim.minds.local.quiet import silence_libraries

DTYPES = ("auto", "float64", "float32", "bfloat16", "float16")
SMALL = 100_000_000
"""Largest number of parameters for which a CPU computes in float64 and voices are merged beforehand."""
_SENSIBLE = 10_000_000
"""Limits from here on are ignored: tokenizers give a huge number if they know no limit."""


@dataclass
class LoadedModel:
    """A model in memory, with its tokenizer and voices.

    Attributes
    ----------
    model : transformers model
        The model without a voice.
    tokenizer : transformers tokenizer
        Its tokenizer.
    device, dtype : str
        The device, and the type it computes in.
    n_parameters : int
        Without voices.
    voices : dict of str to Path
        The folder of each voice.
    """

    model: Any
    tokenizer: Any
    device: str
    dtype: str
    n_parameters: int
    voices: dict[str, Path] = field(default_factory=dict)
    _passes: dict[str, ForwardPass] = field(default_factory=dict)
    _switched: Any = None
    _adapters: dict[str, str] = field(default_factory=dict)
    _n_loaded: int = 0
    _speaking: str | None = None

    def passes(self, voice: str) -> ForwardPass:
        """Return the forward passes of one voice, or of the model itself (empty)."""
        return self._passes[voice]

    @property
    def merges(self) -> bool:
        """Whether each voice is a copy of the model with its adapter merged; else adapters are switched."""
        return self.n_parameters <= SMALL

    @property
    def longest(self) -> int | None:
        """Longest sequence in tokens, by config or tokenizer; None if neither gives a limit."""
        said = getattr(self.model.config, "max_position_embeddings", None)
        said = said or getattr(self.tokenizer, "model_max_length", None)
        return int(said) if said and said < _SENSIBLE else None

    @property
    def ends(self) -> frozenset[int]:
        """The tokens that end a reply."""
        said = getattr(self.model.generation_config, "eos_token_id", None)
        ends = set(said) if isinstance(said, list) else {said}
        return frozenset(int(token) for token in ends | {self.tokenizer.eos_token_id} if token is not None)

    def load_voices(self) -> None:
        """Load every voice.

        Raises
        ------
        MindError
            If one is not a LoRA adapter, or does not fit the model.
        """
        self._passes[""] = ForwardPass(
            self.model, self.device, None if self.merges else partial(self._switch, "")
        )
        for voice, folder in self.voices.items():
            self.load_voice(voice, folder)

    def load_voice(self, voice: str, folder: Path) -> None:
        """Load a voice, adding or replacing it; a voice of that name stays if the adapter does not fit.

        Raises
        ------
        MindError
            If it is not a LoRA adapter, or does not fit the model.
        """
        name = f"voice{self._n_loaded}"  # among modules, whose names may hold no dot
        self._n_loaded += 1
        with silence_libraries():
            if self.merges:
                merged = add_adapter(copy.deepcopy(self.model), voice, folder, name).merge_and_unload().eval()
                self._passes[voice] = ForwardPass(merged, self.device)
            else:
                self._add_voice(voice, folder, name)
        self.voices[voice] = folder

    def _add_voice(self, voice: str, folder: Path, name: str) -> None:
        """Add an adapter to those that are switched, and drop the one that spoke as this voice before."""
        self._speaking = None
        before = self.model if self._switched is None else self._switched
        self._switched = add_adapter(before, voice, folder, name).eval()
        self._passes[voice] = ForwardPass(self.model, self.device, partial(self._switch, voice))
        old, self._adapters[voice] = self._adapters.get(voice), name
        if old is not None:
            self._switched.set_adapter(name)
            self._switched.delete_adapter(old)

    def _switch(self, voice: str) -> None:
        if self._switched is None or self._speaking == voice:
            return
        if voice:
            self._switched.base_model.enable_adapter_layers()
            self._switched.set_adapter(self._adapters[voice])
        else:
            self._switched.base_model.disable_adapter_layers()
        self._speaking = voice

    def close(self) -> None:
        """Release the memory of the model and its voices."""
        self._passes.clear()
        self._switched = self.model = None


def open_model(
    model: str | Path, voices: Mapping[str, str | Path], dtype: str = "auto", device: str = "auto"
) -> tuple[LoadedModel, Path]:
    """Load a model with its voices; return it and its folder.

    Raises
    ------
    MindError
        If it cannot be loaded, is not safetensors, or its weights do not fit its config.
    """
    folder = find_folder(model)
    read_config(folder)
    count = count_parameters(find_safetensors(folder))
    torch, transformers = _import_libraries()
    place = _choose_device(torch, device)
    number_type = _choose_dtype(dtype, place, count, folder)
    with silence_libraries():
        loaded = _load_weights(torch, transformers, folder, number_type).to(place).eval()
        tokenizer = _load_tokenizer(transformers, folder)
    if getattr(loaded, "_is_stateful", False):
        raise MindError(
            f"{folder} is a state-space model, which does not hold keys and values; serve it (vLLM does) and "
            "ask it as a server"
        )
    folders = {voice: find_folder(path, f"voice {voice}") for voice, path in voices.items()}
    opened = LoadedModel(loaded, tokenizer, place, str(loaded.dtype).removeprefix("torch."), count, folders)
    with silence_libraries():
        opened.load_voices()
        _require_one_pass(opened, folder)
    return opened, folder


def _require_one_pass(opened: LoadedModel, folder: Path) -> None:
    """Require that the model can compute one token: not every model supports every dtype."""
    import torch

    try:
        with torch.inference_mode():
            opened.passes("").read(None, [], [(0,)], 1)
    except RuntimeError as error:
        raise MindError(
            f"{folder} cannot be computed in {opened.dtype} on {opened.device}: {shorten_error(error)}; give "
            "another dtype, such as float32"
        ) from None


def _import_libraries() -> tuple[Any, Any]:
    try:
        import torch
    except ImportError:
        raise MindError(describe_missing("torch")) from None
    try:
        import transformers
    except ImportError:
        raise MindError(describe_missing("transformers")) from None
    return torch, transformers


def _choose_device(torch: Any, device: str) -> str:
    has_gpu = bool(torch.cuda.is_available())
    if device == "auto":
        return "cuda" if has_gpu else "cpu"
    if not re.fullmatch(r"cpu|mps|cuda(:\d+)?", device):
        raise MindError(f"device must be auto, cpu, cuda, cuda:NUMBER or mps; given: {device}")
    if device.startswith("cuda") and not has_gpu:
        raise MindError(f"device {device}: torch sees no GPU here; take device auto or cpu")
    return device


def _choose_dtype(dtype: str, device: str, n_parameters: int, folder: Path) -> str:
    if dtype not in DTYPES:
        raise MindError(f"dtype must be one of {', '.join(DTYPES)}; given: {dtype}")
    if dtype != "auto":
        return dtype
    if device == "cpu":
        return "float64" if n_parameters <= SMALL else "float32"
    config = read_config(folder)
    stored = config.get("dtype") or config.get("torch_dtype") or "float32"
    return stored if stored in DTYPES else "bfloat16"


def _load_weights(torch: Any, transformers: Any, folder: Path, dtype: str) -> Any:
    from safetensors import SafetensorError

    try:
        model, told = transformers.AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=getattr(torch, dtype),
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            output_loading_info=True,
        )
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
        raise MindError(
            f"{folder} cannot be opened as a causal language model: {shorten_error(error)}"
        ) from None
    wrong = {
        name: sorted(map(str, told[f"{name}_keys"]))
        for name in ("missing", "unexpected", "mismatched")
        if told.get(f"{name}_keys")
    }
    if wrong:
        listed = "; ".join(f"{name}: {', '.join(keys[:3])} ({len(keys)})" for name, keys in wrong.items())
        raise MindError(
            f"{folder}: the weights do not fit the config ({listed}); the folder is damaged or mixed up"
        )
    return model


def _load_tokenizer(transformers: Any, folder: Path) -> Any:
    try:
        return transformers.AutoTokenizer.from_pretrained(
            folder, trust_remote_code=False, local_files_only=True
        )
    except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
        raise MindError(f"{folder} has no tokenizer that can be opened: {shorten_error(error)}") from None
