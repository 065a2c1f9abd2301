"""Readers with a model in a folder that is no mind: opened and checked in one place."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from coevolve_sim.errors import MindError
from coevolve_sim.language.readers.scored import ScoredReader
from coevolve_sim.minds import Mind
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


class FolderReader(ScoredReader):
    """A reader that reads with a model in a folder, and not with the mind.

    Parameters
    ----------
    model : str or Path
        The folder, or a name on the Hub.
    calibration : str
        As for `ScoredReader`.
    """

    head = ""
    """Name of the model's class in transformers."""

    def __init__(self, model: str | Path, calibration: str = "line") -> None:
        super().__init__(calibration)
        self.model = model
        self.model_opened: FolderModel | None = None

    def learn(self, mind: Mind) -> FolderReader:  # noqa: ARG002 - it reads without the mind
        """Return one whose model is open.

        Raises
        ------
        MindError
            If the folder is no such model.
        """
        learnt = copy.copy(self)
        learnt.model_opened = FolderModel(self.model, self.head)
        return learnt

    @property
    def opened(self) -> FolderModel:
        """Its model.

        Raises
        ------
        MindError
            If it is not open yet.
        """
        if self.model_opened is None:
            raise MindError(f"reader {self.kind} has no model open yet; call fit(mind) first")
        return self.model_opened

    def describe(self) -> str:
        """Return its model's folder and its calibration, in words."""
        return f"{super().describe()}, by {self.model_opened.identity if self.model_opened else self.model}"
