"""LoRA adapters: put into a model's layers, checked, and taken out again where they do not fit.

An adapter of ours tells in ``origin.json`` which base it was trained on. Layers of the same shapes take the
adapter of another model without complaint, and then say nothing that anybody taught them: so the base's
fingerprint is compared wherever an adapter is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from coevolve_sim.errors import MindError
from coevolve_sim.minds.local.checkpoints import (
    describe_missing,
    find_safetensors,
    read_config,
    shorten_error,
)

ORIGIN = "origin.json"


def require_base(folder: Path, voice: str, base: Callable[[], str]) -> None:
    """Require that an adapter was trained on this base, if it tells on which it was.

    Parameters
    ----------
    folder : Path
        Of the adapter.
    voice : str
        What the adapter is called in errors.
    base : callable
        Gives the base's fingerprint (`coevolve_sim.minds.local.checkpoints.fingerprint`); called only where
        needed.

    Raises
    ------
    MindError
        If it was trained on another.
    """
    if not (folder / ORIGIN).is_file():
        return
    told = read_config(folder, ORIGIN)
    wanted, found = told.get("base_fingerprint"), base()
    if wanted != found:
        raise _unfit(
            voice,
            folder,
            f"its base is {told.get('base')} with the fingerprint {wanted}, and this model's is {found}",
        )


def add_adapter(model: Any, voice: str, folder: Path, name: str, *, casts: bool = True) -> Any:
    """Return a model with one LoRA adapter more; where it does not fit, the model is left as it was.

    Parameters
    ----------
    model : transformers or peft model
        The adapter's layers are put into it.
    voice : str
        What the adapter is called in errors.
    folder : Path
        Of the adapter.
    name : str
        What it is called among the model's modules: without a dot.
    casts : bool
        Whether its weights become of the model's own type.

    Raises
    ------
    MindError
        If the adapter is not one, is a pickle, or does not fit the model.
    """
    try:
        import peft
        from safetensors import SafetensorError
    except ImportError:
        raise MindError(describe_missing("peft")) from None
    read_config(folder, "adapter_config.json")
    find_safetensors(folder)
    has_others = hasattr(model, "peft_config")
    result = model
    try:
        config = peft.PeftConfig.from_pretrained(folder)
        config.inference_mode = True
        weights = peft.load_peft_weights(str(folder), device="cpu")
        if has_others:
            model.add_adapter(name, config)
        else:
            result = peft.PeftModel(model, config, name)
        told = peft.set_peft_model_state_dict(result, weights, adapter_name=name)
        why = _without_counterpart([key for key in told.missing_keys if f".{name}." in key], told)
    except (RuntimeError, ValueError, KeyError, TypeError, OSError, SafetensorError) as error:
        why = shorten_error(error) or type(error).__name__
    if why:
        if name in getattr(result, "peft_config", {}):
            _ = result.delete_adapter(name) if has_others else result.unload()
        raise _unfit(voice, folder, why)
    if casts:  # buffers stay: positions are turned in float32 whatever the weights
        dtype = result.get_base_model().dtype
        for weight in result.parameters():
            weight.data = weight.data.to(dtype)
    return result


def _without_counterpart(lacking: list[str], told: Any) -> str:
    keys = [*lacking, *told.unexpected_keys]
    return f"{len(keys)} of its parts have no counterpart, such as {keys[0]}" if keys else ""


def _unfit(voice: str, folder: Path, why: str) -> MindError:
    return MindError(
        f"voice {voice}: the adapter {folder} does not fit the model: {why}; take one trained on it"
    )
