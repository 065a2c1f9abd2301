"""The reader by a Kaleido model in a folder: a T5 trained on values, rights and duties [Sorensen2024]_.

The folder is that of ``tsor13/kaleido-small`` and its larger kin, or of any sequence-to-sequence model whose
``config.json`` says how it is asked: ``task_specific_params`` with ``relevance`` and ``valence``, each with a
``template`` and ``args``, the parts of the template that stand for the text, the type and the name of a
candidate, in this order. So no prompt of theirs is in this package.

It is read as its authors' code reads it: the probabilities of the first tokens of *Yes* and *No*, or of
*Supports*, *Opposes* and *Either*, behind the decoder's start and one padding token, normalised. The weights
are gated and lie nowhere here: this reader was tried on small random models only.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MindError
from coevolve_sim.language.appeals.candidates import Candidate
from coevolve_sim.language.questionnaires.administer import Progress
from coevolve_sim.language.readers.folder_models import AT_ONCE, load_tokenizer, load_weights
from coevolve_sim.minds.local.checkpoints import find_folder, find_safetensors, fingerprint, read_config

RELEVANCE, VALENCE = ("Yes", "No"), ("Supports", "Opposes", "Either")
"""What it answers to each task."""

MOST_TOKENS = 512
"""Tokens of a text in its template; a longer one is refused, and never cut."""


class Kaleido:
    """Reads what a text appeals to by a model in a folder.

    Parameters
    ----------
    place : str or Path
        The folder, or a name on the Hub.
    progress : callable, optional
        Called with the number of pairs read so far, and their total.

    Raises
    ------
    MindError
        If it cannot be opened, is no sequence-to-sequence model in safetensors, does not say how it is asked,
        or does not tell its answers apart by their first tokens.
    """

    is_model = True

    def __init__(self, place: str | Path, progress: Progress | None = None) -> None:
        folder = find_folder(place, "the Kaleido model")
        find_safetensors(folder)
        config = read_config(folder)
        self._templates = {task: _template_of(folder, config, task) for task in ("relevance", "valence")}
        self._tokenizer = load_tokenizer(folder)
        self._answers = {
            "relevance": self._first_tokens(folder, RELEVANCE),
            "valence": self._first_tokens(folder, VALENCE),
        }
        self._model = load_weights(folder, "AutoModelForSeq2SeqLM")
        self._start = _decoder_start(folder, config)
        self._progress = progress
        self.name = f"kaleido, by {folder.name} {fingerprint(folder)}"

    def relevance(
        self, texts: Sequence[str], candidates: Sequence[Candidate], wanted: NDArray[np.bool_] | None = None
    ) -> Floats:
        """Return the probability of *Yes* among *Yes* and *No*, shape (texts, candidates).

        Raises
        ------
        MindError
            If a text is too long.
        """
        return self._ask("relevance", texts, candidates, wanted)[..., 0]

    def valence(
        self, texts: Sequence[str], candidates: Sequence[Candidate], wanted: NDArray[np.bool_] | None = None
    ) -> Floats:
        """Return the probabilities of *Supports*, *Opposes* and *Either*, shape (texts, candidates, 3).

        Raises
        ------
        MindError
            If a text is too long.
        """
        return self._ask("valence", texts, candidates, wanted)

    def _ask(
        self,
        task: str,
        texts: Sequence[str],
        candidates: Sequence[Candidate],
        wanted: NDArray[np.bool_] | None,
    ) -> Floats:
        shape = (len(texts), len(candidates))
        pairs = np.argwhere(np.ones(shape, dtype=bool) if wanted is None else wanted)
        template, args = self._templates[task]
        prompts = [_fill(template, args, texts[row], candidates[column]) for row, column in pairs]
        found = np.full((*shape, len(self._answers[task])), np.nan)
        for start in range(0, len(prompts), AT_ONCE):
            some = pairs[start : start + AT_ONCE]
            found[some[:, 0], some[:, 1]] = self._probabilities(prompts[start : start + AT_ONCE], task)
            if self._progress:
                self._progress(min(start + AT_ONCE, len(prompts)), len(prompts))
        return found

    def _probabilities(self, prompts: list[str], task: str) -> Floats:
        import torch

        tokens = self._tokenizer(prompts, padding=True, return_tensors="pt")
        if tokens["input_ids"].shape[1] > MOST_TOKENS:
            raise MindError(
                f"a text takes {tokens['input_ids'].shape[1]} tokens in its template; at most {MOST_TOKENS} "
                "are read, so cut it into passages"
            )
        before = torch.tensor([[self._start, self._tokenizer.pad_token_id]] * len(prompts))
        with torch.inference_mode():
            logits = self._model(
                input_ids=tokens["input_ids"],
                attention_mask=tokens["attention_mask"],
                decoder_input_ids=before,
            ).logits[:, -1, self._answers[task]]
        found: Floats = torch.softmax(logits.double(), dim=-1).numpy()
        return found

    def _first_tokens(self, folder: Path, answers: tuple[str, ...]) -> list[int]:
        found = [self._tokenizer(answer).input_ids[:1] for answer in answers]
        first = [tokens[0] for tokens in found if tokens and tokens[0] != self._tokenizer.unk_token_id]
        if len({*first}) < len(answers):
            raise MindError(f"{folder} does not tell {', '.join(answers)} apart by their first tokens")
        if self._tokenizer.pad_token_id is None:
            raise MindError(f"{folder} has a tokenizer without a token for padding")
        return first


def _template_of(folder: Path, config: dict[str, Any], task: str) -> tuple[str, tuple[str, str, str]]:
    """Return a task's template, and the parts of it that stand for text, type and name."""
    tasks = config.get("task_specific_params")
    told = tasks.get(task) if isinstance(tasks, dict) else None
    given = told if isinstance(told, dict) else {}
    template, args = given.get("template"), given.get("args")
    if isinstance(template, str) and isinstance(args, list) and len(args) == 3:
        text, kind, name = args
        if all(isinstance(one, str) and one and one in template for one in args):
            return template, (text, kind, name)
    raise MindError(
        f"{folder / 'config.json'} does not say how it is asked: task_specific_params.{task} has a "
        "template, and args, three parts of it that stand for text, type and name"
    )


def _fill(template: str, args: tuple[str, str, str], text: str, candidate: Candidate) -> str:
    """Return a template filled at once, so that what a text holds is never taken for a part of it.

    Examples
    --------
    >>> _fill("A: ACTION VRD: VALUE", ("ACTION", "VRD", "VALUE"), "VRD", Candidate("Health", "Value"))
    'A: VRD Value: Health'
    """
    given = dict(zip(args, (text, candidate.type, candidate.name), strict=True))
    pieces = [(template, False)]
    for arg in sorted(args, key=len, reverse=True):
        pieces = [
            piece
            for part, done in pieces
            for piece in ([(part, True)] if done else _split(part, arg, given[arg]))
        ]
    return "".join(part for part, _ in pieces)


def _split(part: str, arg: str, instead: str) -> list[tuple[str, bool]]:
    between = [(piece, False) for piece in part.split(arg)]
    found = [between[0]]
    for piece in between[1:]:
        found += [(instead, True), piece]
    return found


def _decoder_start(folder: Path, config: dict[str, Any]) -> int:
    start = config.get("decoder_start_token_id", config.get("pad_token_id"))
    if not isinstance(start, int):
        raise MindError(f"{folder / 'config.json'} does not say with which token its decoder starts")
    return start
