"""LoRA adapters: added to a model's layers, checked, and removed again if they do not fit.

Adapters trained by this package name their base in ``origin.json``. Layers of the same shapes accept the
adapter of another model without an error, but then give meaningless output: so the base's fingerprint is
compared wherever an adapter is loaded.
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
    """Require that an adapter was trained on this base, if it names its base.

    Parameters
    ----------
    folder : Path
        Of the adapter.
    voice : str
        Name of the adapter in errors.
    base : callable
        Returns the base's fingerprint (`coevolve_sim.minds.local.checkpoints.fingerprint`); called only if
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
    """Add a LoRA adapter to a model and return the result; if it does not fit, the model stays as it was.

    Parameters
    ----------
    model : transformers or peft model
        The model that the adapter's layers are added to.
    voice : str
        Name of the adapter in errors.
    folder : Path
        Of the adapter.
    name : str
        Its name among the model's modules, without a dot.
    casts : bool
        Whether its weights are cast to the model's own type.

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
