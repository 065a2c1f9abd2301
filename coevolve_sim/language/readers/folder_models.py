"""Readers with a model in a folder that is no mind: opened and checked in one place."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

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

OUTPUTS = {"AutoModelForSequenceClassification": "logits", "AutoModel": "last_hidden_state"}
"""What is taken of a model of each class, by the names that transformers and exports to ONNX have for it."""

ONNX_FILES = ("model.onnx", "onnx/model.onnx")
"""Where a folder may hold an export, the first that is there."""

Run: TypeAlias = Callable[[Mapping[str, Any]], Any]
"""Computes a model's output, an array, of the arrays that its tokenizer makes."""

_GIVEN: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}


class FolderModel:
    """A model with its tokenizer: of one of transformers' automatic classes, or exported to ONNX.

    A folder that holds safetensors is opened by transformers; one that holds ``model.onnx`` or
    ``onnx/model.onnx`` instead, by onnxruntime.

    Parameters
    ----------
    place : str or Path
        A folder, or a name on the Hub (of a model in safetensors).
    head : str
        Name of the class in transformers, one of `OUTPUTS`.

    Raises
    ------
    MindError
        If it cannot be opened, is neither safetensors nor ONNX, or its weights do not fit that class.
    """

    def __init__(self, place: str | Path, head: str) -> None:
        self.folder = find_folder(place, "the reader's model")
        self.config = read_config(self.folder)
        exported = find_onnx(self.folder)
        if exported is None:
            find_safetensors(self.folder)
        self.tokenizer = load_tokenizer(self.folder)
        self._run = _open_torch(self.folder, head) if exported is None else _open_onnx(exported, head)
        self.identity = f"{self.folder.name} {fingerprint(self.folder, hash_file(exported))}"

    def compute(self, first: Sequence[str], second: Sequence[str] | None = None) -> Iterator[tuple[Any, Any]]:
        """Yield the model's output and the mask of tokens for some texts (or pairs) at a time, in order.

        Both are arrays: logits, shape (texts, labels), or hidden states, shape (texts, tokens, width); and 1
        at tokens, 0 at padding, shape (texts, tokens).
        """
        for start in range(0, len(first), AT_ONCE):
            some = slice(start, start + AT_ONCE)
            pair = (list(first[some]),) if second is None else (list(first[some]), list(second[some]))
            tokens = self.tokenizer(*pair, padding=True, truncation=True, return_tensors="np")
            yield self._run(dict(tokens)).astype(np.float64), tokens["attention_mask"]


def find_onnx(folder: Path) -> Path | None:
    """Return the ONNX file of a folder; None if it has none, or safetensors, which go before."""
    if any(folder.glob("*.safetensors")):
        return None
    return next((folder / name for name in ONNX_FILES if (folder / name).is_file()), None)


def hash_file(path: Path | None) -> str:
    """Return the SHA-256 of a file; nothing if there is none."""
    if path is None:
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load_tokenizer(folder: Path) -> Any:
    """Return the tokenizer of a folder.

    Raises
    ------
    MindError
        If transformers is missing, or there is no tokenizer that it can open.
    """
    try:
        import transformers
    except ImportError as error:
        raise MindError(describe_missing(str(error.name))) from None
    try:
        with silence_libraries():
            return transformers.AutoTokenizer.from_pretrained(folder, **_GIVEN)
    except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
        raise MindError(f"{folder} has no tokenizer that can be opened: {shorten_error(error)}") from None


def load_weights(folder: Path, head: str) -> Any:
    """Return a model of one of transformers' automatic classes, from the safetensors of a folder.

    Raises
    ------
    MindError
        If a library is missing, it cannot be opened, or its weights do not fit that class.
    """
    try:
        import torch
        import transformers
    except ImportError as error:
        raise MindError(describe_missing(str(error.name))) from None
    try:
        with silence_libraries():
            model, told = getattr(transformers, head).from_pretrained(
                folder, dtype=torch.float32, use_safetensors=True, output_loading_info=True, **_GIVEN
            )
    except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
        raise MindError(f"{folder} cannot be opened as a {head}: {shorten_error(error)}") from None
    if told["missing_keys"] or told["mismatched_keys"]:
        missing = sorted(map(str, [*told["missing_keys"], *told["mismatched_keys"]]))
        raise MindError(f"{folder} is no {head}: it lacks {', '.join(missing[:3])} ({len(missing)})")
    return model.eval()


def _open_torch(folder: Path, head: str) -> Run:
    """Return what computes a model's output by transformers."""
    model = load_weights(folder, head)
    import torch

    def run(tokens: Mapping[str, Any]) -> Any:
        given = {name: torch.from_numpy(array) for name, array in tokens.items()}
        with torch.inference_mode():
            return getattr(model(**given), OUTPUTS[head]).numpy()

    return run


def _open_onnx(file: Path, head: str) -> Run:
    """Return what computes a model's output by onnxruntime."""
    try:
        import onnxruntime
    except ImportError:
        raise MindError(
            f"onnxruntime is not installed, which {file} needs: pip install 'coevolve-sim[onnx]', or give a "
            "folder with the model as safetensors"
        ) from None
    try:
        session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001 - onnxruntime raises a dozen kinds of its own
        raise MindError(f"{file} cannot be opened by onnxruntime: {shorten_error(error)}") from None
    wanted, output = [one.name for one in session.get_inputs()], OUTPUTS[head]
    offered = [one.name for one in session.get_outputs()]
    if output not in offered:
        raise MindError(f"{file} is no export of a {head}: it gives {', '.join(offered)}, and not {output}")

    def run(tokens: Mapping[str, Any]) -> Any:
        lacking = [name for name in wanted if name not in tokens]
        if lacking:
            raise MindError(f"{file} wants {', '.join(lacking)}, which its folder's tokenizer does not give")
        return session.run([output], {name: tokens[name].astype(np.int64) for name in wanted})[0]

    return run


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
