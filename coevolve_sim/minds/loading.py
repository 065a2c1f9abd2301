"""A model, its tokenizer and its voices, opened from folders and checked."""

from __future__ import annotations

import contextlib
import copy
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from coevolve_sim.errors import MindError
from coevolve_sim.minds.passes import Passes
from coevolve_sim.minds.weights import config_of, folder_of, missing, n_parameters, safetensors_of

DTYPES = ("auto", "float64", "float32", "bfloat16", "float16")
SMALL = 100_000_000
"""Parameters up to which a model on a CPU is computed in float64, and its voices are merged beforehand."""


@dataclass
class Opened:
    """A model that is open.

    Attributes
    ----------
    model : transformers model
        The model without a voice.
    tokenizer : transformers tokenizer
        Its tokenizer.
    device, dtype : str
        Where it is, and what it computes in.
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
    _passes: dict[str, Passes] = field(default_factory=dict)
    _switched: Any = None
    _speaking: str | None = None

    def passes(self, voice: str) -> Passes:
        """Return the passes of one voice, or of none (empty)."""
        return self._passes[voice]

    def load_voices(self) -> None:
        """Load every voice: small models get a copy with the adapter merged, others are switched.

        Raises
        ------
        MindError
            If one is not a LoRA adapter, or does not fit the model.
        """
        merges = self.n_parameters <= SMALL
        self._passes[""] = Passes(self.model, self.device, None if merges else partial(self._switch, ""))
        for number, (voice, folder) in enumerate(self.voices.items()):
            if merges:
                adapted = _adapted(copy.deepcopy(self.model), voice, folder, _adapter(0))
                merged = adapted.merge_and_unload().eval()
                self._passes[voice] = Passes(merged, self.device)
            else:
                before = self.model if self._switched is None else self._switched
                self._switched = _adapted(before, voice, folder, _adapter(number)).eval()
                self._passes[voice] = Passes(self.model, self.device, partial(self._switch, voice))

    def _switch(self, voice: str) -> None:
        if self._switched is None or self._speaking == voice:
            return
        if voice:
            self._switched.base_model.enable_adapter_layers()
            self._switched.set_adapter(_adapter(list(self.voices).index(voice)))
        else:
            self._switched.base_model.disable_adapter_layers()
        self._speaking = voice

    def close(self) -> None:
        """Let go of the model and its voices."""
        self._passes.clear()
        self._switched = self.model = None


def _adapter(number: int) -> str:
    """Return the name of a voice among modules, whose names may hold no dot."""
    return f"voice{number}"


def open_model(
    model: str | Path, voices: Mapping[str, str | Path], dtype: str = "auto", device: str = "auto"
) -> tuple[Opened, Path]:
    """Return a model with its voices, and its folder.

    Raises
    ------
    MindError
        If it is not to be had, is not safetensors, or its weights do not fit its config.
    """
    folder = folder_of(model)
    config_of(folder)
    count = n_parameters(safetensors_of(folder))
    torch, transformers = _libraries()
    place = _device(torch, device)
    number_type = _dtype(dtype, place, count, folder)
    with _quiet(transformers):
        loaded = _weights(torch, transformers, folder, number_type).to(place).eval()
        tokenizer = _tokenizer(transformers, folder)
    if getattr(loaded, "_is_stateful", False):
        raise MindError(
            f"{folder} is a state-space model, which does not hold keys and values; serve it (vLLM does) and "
            "ask it as a server"
        )
    folders = {voice: folder_of(path, f"voice {voice}") for voice, path in voices.items()}
    opened = Opened(loaded, tokenizer, place, str(loaded.dtype).removeprefix("torch."), count, folders)
    with _quiet(transformers):
        opened.load_voices()
        _try(opened, folder)
    return opened, folder


def _try(opened: Opened, folder: Path) -> None:
    """Require that one token can be read: not every model is written for every arithmetic."""
    import torch

    try:
        with torch.inference_mode():
            opened.passes("").read(None, [], [(0,)], 1)
    except RuntimeError as error:
        raise MindError(
            f"{folder} cannot be computed in {opened.dtype} on {opened.device}: {_first_lines(error)}; give "
            "another dtype, such as float32"
        ) from None


def _libraries() -> tuple[Any, Any]:
    try:
        import torch
    except ImportError:
        raise MindError(missing("torch")) from None
    try:
        import transformers
    except ImportError:
        raise MindError(missing("transformers")) from None
    return torch, transformers


@contextlib.contextmanager
def _quiet(transformers: Any) -> Iterator[None]:
    """Load without progress bars and without advice; what is wrong is raised."""
    logging = transformers.utils.logging
    level, had_bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # one library telling another
            yield
    finally:
        logging.set_verbosity(level)
        if had_bars:
            logging.enable_progress_bar()


def _device(torch: Any, device: str) -> str:
    has_gpu = bool(torch.cuda.is_available())
    if device == "auto":
        return "cuda" if has_gpu else "cpu"
    if not re.fullmatch(r"cpu|mps|cuda(:\d+)?", device):
        raise MindError(f"device must be auto, cpu, cuda, cuda:NUMBER or mps; given: {device}")
    if device.startswith("cuda") and not has_gpu:
        raise MindError(f"device {device}: torch sees no GPU here; take device auto or cpu")
    return device


def _dtype(dtype: str, device: str, n_parameters: int, folder: Path) -> str:
    if dtype not in DTYPES:
        raise MindError(f"dtype must be one of {', '.join(DTYPES)}; given: {dtype}")
    if dtype != "auto":
        return dtype
    if device == "cpu":
        return "float64" if n_parameters <= SMALL else "float32"
    config = config_of(folder)
    stored = config.get("dtype") or config.get("torch_dtype") or "float32"
    return stored if stored in DTYPES else "bfloat16"


def _weights(torch: Any, transformers: Any, folder: Path, dtype: str) -> Any:
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
            f"{folder} cannot be opened as a causal language model: {_first_lines(error)}"
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


def _tokenizer(transformers: Any, folder: Path) -> Any:
    try:
        return transformers.AutoTokenizer.from_pretrained(
            folder, trust_remote_code=False, local_files_only=True
        )
    except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
        raise MindError(f"{folder} has no tokenizer that can be opened: {_first_lines(error)}") from None


def _adapted(model: Any, voice: str, folder: Path, name: str) -> Any:
    """Return a model with one LoRA adapter more.

    Raises
    ------
    MindError
        If the adapter is not one, is a pickle, or does not fit the model.
    """
    try:
        import peft
        from safetensors import SafetensorError
    except ImportError:
        raise MindError(missing("peft")) from None
    config_of(folder, "adapter_config.json")
    safetensors_of(folder)
    try:
        config = peft.PeftConfig.from_pretrained(folder)
        config.inference_mode = True
        adapted = peft.PeftModel(model, config, name) if not hasattr(model, "peft_config") else model
        if adapted is model:
            adapted.add_adapter(name, config)
        weights = peft.load_peft_weights(str(folder), device="cpu")
        told = peft.set_peft_model_state_dict(adapted, weights, adapter_name=name)
    except (RuntimeError, ValueError, KeyError, TypeError, OSError, SafetensorError) as error:
        raise _unfit(voice, folder, _first_lines(error)) from None
    lacking = [key for key in told.missing_keys if f".{name}." in key]
    if lacking or told.unexpected_keys:
        keys = [*lacking, *told.unexpected_keys]
        raise _unfit(voice, folder, f"{len(keys)} of its parts have no counterpart, such as {keys[0]}")
    dtype = adapted.get_base_model().dtype
    for weight in adapted.parameters():  # buffers stay: positions are turned in float32 whatever the weights
        weight.data = weight.data.to(dtype)
    return adapted


def _unfit(voice: str, folder: Path, why: str) -> MindError:
    return MindError(
        f"voice {voice}: the adapter {folder} does not fit the model: {why}; take one trained on it"
    )


def _first_lines(error: Exception) -> str:
    """Return what an error of a library says, cut to what a reader takes in."""
    return " ".join(str(error).split())[:300]
