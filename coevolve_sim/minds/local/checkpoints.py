"""Folders of model weights: found, checked and fingerprinted before anything is loaded.

Only safetensors are accepted, since a pickle can run code when it is opened. Code that comes with a model is
never run either.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from coevolve_sim.errors import MindError
from coevolve_sim.input_files import read_input, size_text
from coevolve_sim.minds.local.smollm2 import NAME as SMOLLM2
from coevolve_sim.minds.local.smollm2 import find_smollm2

MOST_CONFIG_BYTES = 16 << 20
MOST_HEADER_BYTES = 100 << 20  # as the safetensors library allows
PICKLES = (".bin", ".pt", ".pth", ".pkl", ".ckpt")
_READ = ("*.safetensors", "*.json", "*.jinja", "*.txt", "*.model")
_SNAPSHOT = re.compile(r"snapshots/([0-9a-f]{40})$")


def find_folder(model: str | Path, what: str = "the model") -> Path:
    """Return the folder of a model: the given folder, or the local copy of the model of that name on the Hub.

    ``smollm2`` is the model of `coevolve_sim.minds.local.smollm2`, where no folder has that name.

    Raises
    ------
    MindError
        If there is no such folder, and the Hub cannot be reached or has no such name.
    """
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder
    if folder.is_file():
        raise MindError(f"{what} {folder} is a file; give the folder with its weights and config")
    if str(model) == SMOLLM2:
        return find_smollm2(lambda name: _fetch_from_hub(name, what))
    if isinstance(model, Path) or not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", str(model)):
        raise MindError(
            f"{what}: there is no folder {model}; give a folder or the name of a model on the Hub"
        )
    return _fetch_from_hub(str(model), what)


def _fetch_from_hub(name: str, what: str) -> Path:
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        raise MindError(describe_missing("huggingface_hub")) from None
    try:
        return Path(snapshot_download(name, allow_patterns=list(_READ)))
    except Exception as error:  # noqa: BLE001 - the client raises a dozen kinds, of three libraries
        raise MindError(
            f"{what}: there is no folder {name}, and the Hub did not give it ({type(error).__name__}); check "
            "the name and the network, or download it elsewhere and give its folder"
        ) from None


def describe_missing(library: str) -> str:
    """Return the error text for a library of the extra ``lm`` that is not installed."""
    return f"{library} is not installed; a model in process needs it: pip install 'coevolve-sim[lm]'"


def shorten_error(error: Exception) -> str:
    """Return the text of a library's error on one line, at most 300 characters."""
    return " ".join(str(error).split())[:300]


def read_config(folder: Path, name: str = "config.json") -> dict[str, Any]:
    """Read a folder's config.

    Raises
    ------
    MindError
        If it is not there or not JSON, or asks for code of its own to be run.
    """
    if not (folder / name).exists():
        raise MindError(f"{folder} has no {name}; it is not the folder of a model")
    content = read_input(folder / name, MindError, MOST_CONFIG_BYTES)
    try:
        config = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise MindError(f"{folder / name} cannot be read: {error}") from None
    if not isinstance(config, dict):
        raise MindError(f"{folder / name} must be a JSON object")
    if "auto_map" in config:
        raise MindError(
            f"{folder} comes with code of its own (auto_map in {name}), which is never run here; take a "
            "model that transformers knows, or serve it elsewhere and ask it as a server"
        )
    return config


def find_safetensors(folder: Path) -> list[Path]:
    """Return the weight files of a folder, sorted.

    Raises
    ------
    MindError
        If there are none, naming the pickles that lie there instead.
    """
    found = sorted(folder.glob("*.safetensors"))
    if found:
        return found
    pickles = sorted(path.name for path in folder.iterdir() if path.suffix in PICKLES)
    if pickles:
        raise MindError(
            f"{folder} has weights as pickles only ({', '.join(pickles)}), which can run code when opened "
            "and are refused; save them as safetensors (model.save_pretrained writes them)"
        )
    raise MindError(f"{folder} has no weights: no .safetensors file")


def count_parameters(files: Iterable[Path]) -> int:
    """Return the number of parameters in weight files, counted from their headers."""
    total = 0
    for path in files:
        for name, entry in _read_header(path).items():
            if name != "__metadata__":
                count = 1
                for size in entry["shape"]:
                    count *= size
                total += count
    return total


def _read_header(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if length > MOST_HEADER_BYTES:
                raise MindError(
                    f"weights {path} cannot be read: they state a header of {size_text(length)}; at most "
                    f"{size_text(MOST_HEADER_BYTES)} are read"
                )
            header = json.loads(file.read(min(length, path.stat().st_size)))
    except (OSError, ValueError, RecursionError) as error:
        raise MindError(f"weights {path} cannot be read: {error}") from None
    if not isinstance(header, dict):
        raise MindError(f"weights {path} cannot be read: they have no header")
    return header


def fingerprint(folder: Path, extra: str = "") -> str:
    """Return a fingerprint of everything in a folder that replies depend on: 16 hex digits.

    It is the SHA-256 of weights, config and tokenizer; for a copy from the Hub, of its commit and the files'
    names and sizes.

    Parameters
    ----------
    folder : Path
        Of a model or an adapter.
    extra : str
        Anything else that replies depend on, such as a chat template of one's own.
    """
    digest = hashlib.sha256(extra.encode())
    commit = _SNAPSHOT.search(folder.resolve().as_posix())
    for path in sorted({path for pattern in _READ for path in folder.glob(pattern)}):
        digest.update(f"\0{path.name}\0{path.stat().st_size}\0".encode())
        if commit:
            digest.update(commit[1].encode())
        else:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]
