"""Models that readers read with and that are no minds: opened from a folder, checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from coevolve_sim.errors import MindError
from coevolve_sim.minds.local.checkpoints import (
    describe_missing,
    find_folder,
    find_safetensors,
    fingerprint,
    read_config,
    shorten_error,
)
from coevolve_sim.minds.local.quiet import silence_libraries

AT_ONCE = 32
"""Texts that are computed at a time."""


class FolderModel:
    """A model with its tokenizer, by one of transformers' automatic classes.

    Parameters
    ----------
    place : str or Path
        A folder, or a name on the Hub.
    head : str
        Name of the class in transformers, such as ``AutoModelForSequenceClassification``.

    Raises
    ------
    MindError
        If it cannot be opened, is not safetensors, or its weights do not fit that class.
    """

    def __init__(self, place: str | Path, head: str) -> None:
        try:
            import torch
            import transformers
        except ImportError as error:
            raise MindError(describe_missing(str(error.name))) from None
        self.folder = find_folder(place, "the reader's model")
        self.config = read_config(self.folder)
        find_safetensors(self.folder)
        given: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        try:
            with silence_libraries():
                self.tokenizer = transformers.AutoTokenizer.from_pretrained(self.folder, **given)
                model, told = getattr(transformers, head).from_pretrained(
                    self.folder, dtype=torch.float32, use_safetensors=True, output_loading_info=True, **given
                )
        except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
            raise MindError(f"{self.folder} cannot be opened as a {head}: {shorten_error(error)}") from None
        if told["missing_keys"] or told["mismatched_keys"]:
            missing = sorted(map(str, [*told["missing_keys"], *told["mismatched_keys"]]))
            raise MindError(f"{self.folder} is no {head}: it lacks {', '.join(missing[:3])} ({len(missing)})")
        self.model = model.eval()
        self.identity = f"{self.folder.name} {fingerprint(self.folder)}"

    def compute(self, first: Sequence[str], second: Sequence[str] | None = None) -> Iterator[tuple[Any, Any]]:
        """Yield the model's output and the mask of tokens for some texts (or pairs) at a time, in order."""
        import torch

        for start in range(0, len(first), AT_ONCE):
            some = slice(start, start + AT_ONCE)
            pair = (list(first[some]),) if second is None else (list(first[some]), list(second[some]))
            tokens = self.tokenizer(*pair, padding=True, truncation=True, return_tensors="pt")
            with torch.inference_mode():
                yield self.model(**tokens), tokens["attention_mask"]
