"""Voices of centuries: an adapter of one base for each, trained on its texts, measured on authors held out.

ProgressGym's historical models [Qiu2024]_ are whole models trained on a century's texts and then tuned to
converse; here the same is an adapter, a few megabytes, of any base. What is done is kept: a process that is
killed goes on where it was, and a folder whose voices are there is only measured.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.training.adapters import Trainable
from coevolve_sim.assistants.training.answers import AnswerRow
from coevolve_sim.assistants.training.checkpoint import Checkpoint
from coevolve_sim.assistants.training.dated_voices.blocks import Encode, draw_blocks
from coevolve_sim.assistants.training.dated_voices.dated_texts import DatedText, read_index
from coevolve_sim.assistants.training.dated_voices.losses import surprise, surprises
from coevolve_sim.assistants.training.dated_voices.partition import PlannedVoice, plan_voices
from coevolve_sim.assistants.training.dated_voices.perplexity import (
    BASE,
    Diagonal,
    TextSet,
    diagonals,
    table,
    verdict,
)
from coevolve_sim.assistants.training.dated_voices.rehearsal import own_answers, rehearsal_rows
from coevolve_sim.assistants.training.loop import train, use_threads
from coevolve_sim.assistants.training.settings import Training
from coevolve_sim.assistants.training.sft import Example
from coevolve_sim.errors import RecordError, TrainingError
from coevolve_sim.minds.local.checkpoints import find_folder, fingerprint
from coevolve_sim.minds.local.lora import ORIGIN
from coevolve_sim.minds.protocol import Message
from coevolve_sim.output_files import write_atomically

VOICES, PERPLEXITY = "voices.json", "perplexity.csv"
"""What a folder of voices holds beside a folder for each: how they were made, and the table."""

StepProgress = Callable[[str, int, int], object]
"""Told what is done, how much of it is, and how much there is."""

_MEASURED, _ANSWERS = "measured", "own_answers.json"


@dataclass(frozen=True)
class VoiceSettings(Training):
    """Settings of voices: those of `Training`, with others as defaults, and these.

    Attributes
    ----------
    tokens : int
        Of its century's texts that a voice learns from, about as many of each author; fewer where there are
        not so many.
    block : int
        Most tokens of a block of text, at least 8.
    rehearsal : float
        Tokens of the base's own answers to everyday requests, as a share of ``tokens``, in [0, 1]: what keeps
        a voice able to converse.
    measured_tokens : int
        Of each set of held-out authors, on which every voice is measured.
    """

    learning_rate: float = 3e-3
    batch: int = 4
    tokens: int = 45_000
    block: int = 256
    rehearsal: float = 0.1
    measured_tokens: int = 2_048

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, least in (("tokens", 1), ("measured_tokens", 1), ("block", 8)):
            given = getattr(self, name)
            if not isinstance(given, int) or given < least:
                raise TrainingError(f"{name} is {given}; it must be a whole number, at least {least}")
        if not 0.0 <= self.rehearsal <= 1.0:
            raise TrainingError(f"rehearsal is {self.rehearsal}; it must be a share in [0, 1]")


@dataclass(frozen=True)
class TrainedVoice:
    """A voice that was trained.

    Attributes
    ----------
    name, century : str
    folder : Path
        Its adapter.
    authors, held_out : tuple of str
        Whom it learnt from, and whom it is measured on.
    tokens, rehearsed : int
        Of texts and of own answers that it learnt from.
    fingerprint : str
        Of its adapter.
    """

    name: str
    century: str
    folder: Path
    authors: tuple[str, ...]
    held_out: tuple[str, ...]
    tokens: int
    rehearsed: int
    fingerprint: str


@dataclass(frozen=True)
class VoicesReport:
    """Voices of centuries, and how well each tells texts of authors it did not learn from.

    Attributes
    ----------
    voices : tuple of TrainedVoice
    diagonals : tuple of Diagonal
        For each set of held-out authors which voice tells it best.
    verdict : str
        Whether voices tell their own centuries best, in a sentence.
    perplexity : Path
        The table of each voice on each set.
    """

    voices: tuple[TrainedVoice, ...]
    diagonals: tuple[Diagonal, ...]
    verdict: str
    perplexity: Path

    @property
    def diagonal_wins(self) -> bool:
        """Whether each set of held-out authors is told best by a voice of its own century."""
        return all(one.wins for one in self.diagonals)


@dataclass(frozen=True)
class _Workshop:
    """What the voices of a folder share."""

    base: str | Path
    base_mark: str
    folder: Path
    how: VoiceSettings
    show: StepProgress
    answers: tuple[Example, ...] = ()


def train_voices(
    index: str | Path,
    base: str | Path,
    out: str | Path,
    *,
    centuries: Sequence[str] | None = None,
    halves: bool = False,
    settings: VoiceSettings | None = None,
    progress: StepProgress | None = None,
) -> VoicesReport:
    """Train a voice of each century of an index of texts, and measure each on authors held out.

    Parameters
    ----------
    index : str or Path
        CSV file with the columns ``file``, ``century`` and ``author``; files lie beside it.
    base : str or Path
        Folder of the base's weights, or its name on the Hub, or ``smollm2``.
    out : str or Path
        Gets a folder for each voice, `VOICES` and `PERPLEXITY`; another folder of voices is gone on with,
        anything else refused. What was trained or measured by the same recipe is not done again.
    centuries : sequence of str, optional
        Which, in this order; all if not given.
    halves : bool
        Whether each century has two voices, ``a`` and ``b``, of disjoint halves of its authors: the control
        by which what differs between centuries is told from what differs between any two sets of authors.
    settings : VoiceSettings, optional
    progress : callable, optional
        Called with what is done, how much of it is, and how much there is.

    Raises
    ------
    TrainingError
        If the index or a text cannot be used, a century has one author, the folder holds something else or
        cannot be written, or training goes astray.
    MindError
        If the base cannot be loaded.

    References
    ----------
    [Qiu2024]_
    """
    how, folder = settings or VoiceSettings(), Path(out)
    planned = plan_voices(read_index(index), centuries, halves=halves)
    _take_folder(folder)
    with use_threads(how.n_threads):
        show = progress or (lambda _what, _done, _total: None)
        shop = _Workshop(base, fingerprint(find_folder(base)), folder, how, show)
        shop = replace(shop, answers=_kept_answers(shop))
        voices = tuple(_voice(one, shop) for one in planned)
        report = _measure(planned, voices, shop)
    _write(
        folder / VOICES,
        json.dumps(
            {
                "base": str(base),
                "base_fingerprint": shop.base_mark,
                "settings": asdict(how),
                "verdict": report.verdict,
                "voices": [asdict(one) | {"folder": one.name} for one in voices],
            },
            indent=2,
        ),
    )
    return report


def _take_folder(folder: Path) -> None:
    """Require a folder of voices, or an empty or new one, and mark it as one."""
    if folder.exists() and not folder.is_dir():
        raise TrainingError(f"{folder} is a file; give a folder for the voices")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / _MEASURED).is_dir():
        raise TrainingError(f"{folder} holds something that is no voice; give a folder of its own")
    try:
        (folder / _MEASURED).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainingError(f"{folder} cannot be written: {error}") from None


# --- learning ------------------------------------------------------------------------------------


def _kept_answers(shop: _Workshop) -> tuple[Example, ...]:
    """Return the base's own answers to everyday requests, asked once."""
    if not shop.how.rehearsal:
        return ()
    path = shop.folder / _ANSWERS
    known = _read(path)
    if known.get("base") == shop.base_mark:
        return tuple(Example((Message("user", asked),), told) for asked, told in known["answers"])
    shop.show("The base's own answers", 0, 1)
    found = own_answers(shop.base, dtype=shop.how.dtype, device=shop.how.device)
    told = [[one.messages[0].content, one.answer] for one in found]
    _write(path, json.dumps({"base": shop.base_mark, "answers": told}, indent=1, ensure_ascii=False))
    return found


def _voice(plan: PlannedVoice, shop: _Workshop) -> TrainedVoice:
    """Return a voice, trained now unless it is there."""
    place, how = shop.folder / plan.name, shop.how
    recipe = _digest(
        [
            shop.base_mark,
            {name: value for name, value in asdict(how).items() if name != "measured_tokens"},
            plan.name,
            _marks(plan.learnt),
            [[one.messages[0].content, one.answer] for one in shop.answers],
        ]
    )
    told = _read(place / ORIGIN).get("settings", {})
    if told.get("recipe") != recipe:
        told = _train(plan, shop, recipe)
    return TrainedVoice(
        plan.name,
        plan.century,
        place,
        tuple(plan.learnt),
        tuple(plan.held_out),
        told["tokens_of_texts"],
        told["tokens_of_answers"],
        fingerprint(place),
    )


def _train(plan: PlannedVoice, shop: _Workshop, recipe: str) -> dict[str, Any]:
    how = shop.how
    trainable = Trainable(shop.base, None, how)
    texts = draw_blocks(
        plan.learnt,
        trainable.prompting.encode,
        n_tokens=how.tokens,
        length=how.block,
        seed=how.seed,
        purpose="texts of a voice",
    )
    answers = rehearsal_rows(trainable, shop.answers, int(how.rehearsal * how.tokens))
    rows = [*texts, *answers]
    checkpoint = Checkpoint(shop.folder / f".{plan.name}.safetensors", recipe)
    told = asdict(how) | {
        "recipe": recipe,
        "tokens_of_texts": sum(row.n_tokens for row in texts),
        "tokens_of_answers": sum(row.n_tokens for row in answers),
    }

    def loss(batch: list[int]) -> Any:
        nats, counts = surprise(trainable, [rows[number] for number in batch])
        return nats.sum() / counts.sum()

    train(
        trainable,
        len(rows),
        loss,
        how,
        lambda done, total: shop.show(f"Voice {plan.name}", done, total),
        checkpoint,
    )
    trainable.save(shop.folder / plan.name, "texts", told)
    checkpoint.path.unlink(missing_ok=True)
    return told


# --- measuring -----------------------------------------------------------------------------------


def _measure(
    planned: Sequence[PlannedVoice], voices: Sequence[TrainedVoice], shop: _Workshop
) -> VoicesReport:
    sets = [
        TextSet(
            plan.name,
            plan.century,
            frozenset(one.name for one in planned if _files(one.learnt) & _files(plan.held_out)),
        )
        for plan in planned
    ]
    marks = {BASE: shop.base_mark} | {one.name: one.fingerprint for one in voices}
    nats: dict[tuple[str, str], Floats] = {}
    tokens: dict[str, int] = {}
    held_out = _HeldOut(planned, shop.how)
    for number, (name, mark) in enumerate(marks.items()):
        shop.show("Perplexity", number, len(marks))
        for own, (each, count) in _nats_of(name, mark, held_out, shop).items():
            nats[name, own], tokens[own] = each, count
    century_of = {one.name: one.century for one in planned}
    rows = io.StringIO()
    csv.writer(rows, lineterminator="\n").writerows(table(nats, tokens, century_of, sets))
    _write(shop.folder / PERPLEXITY, rows.getvalue())
    found = tuple(diagonals(nats, century_of, sets))
    return VoicesReport(
        tuple(voices), found, verdict(found, len(set(century_of.values()))), shop.folder / PERPLEXITY
    )


def _files(texts: Mapping[str, Sequence[DatedText]]) -> set[Path]:
    return {text.path for own in texts.values() for text in own}


class _HeldOut:
    """The sets of held-out authors: what tells each apart, and its blocks, read when first needed."""

    def __init__(self, planned: Sequence[PlannedVoice], how: VoiceSettings) -> None:
        self._how = how
        self._texts = {plan.name: plan.held_out for plan in planned}
        self._blocks: dict[str, list[AnswerRow]] = {}
        self.recipes = {
            name: _digest([how.block, how.measured_tokens, how.seed, how.dtype, _marks(texts)])
            for name, texts in self._texts.items()
        }

    def blocks(self, name: str, encode: Encode) -> list[AnswerRow]:
        """Return the blocks of a set; all voices are of one base, and so of one tokenizer."""
        if name not in self._blocks:
            self._blocks[name] = draw_blocks(
                self._texts[name],
                encode,
                n_tokens=self._how.measured_tokens,
                length=self._how.block,
                seed=self._how.seed,
                purpose="texts that measure",
            )
        return self._blocks[name]


def _nats_of(name: str, mark: str, held_out: _HeldOut, shop: _Workshop) -> dict[str, tuple[Floats, int]]:
    """Return by set of held-out authors the nats a token of each block as a voice tells it, and its tokens.

    What was measured before with the same weights, texts and settings is read, not measured.
    """
    how = shop.how
    path = shop.folder / _MEASURED / f"{name if name != BASE else 'base'}.json"
    recipes = {own: _digest([mark, recipe]) for own, recipe in held_out.recipes.items()}
    known: dict[str, Any] = {
        own: one for own, one in _read(path).items() if recipes.get(own) == one["recipe"]
    }
    if missing := [own for own in recipes if own not in known]:
        start = None if name == BASE else shop.folder / name
        trainable = Trainable(shop.base, start, how)
        for own in missing:
            blocks = held_out.blocks(own, trainable.prompting.encode)
            known[own] = _tell(trainable, blocks, how.batch) | {"recipe": recipes[own]}
        _write(path, json.dumps(known))
    return {own: (np.array(one["nats"]), one["tokens"]) for own, one in known.items()}


def _tell(trainable: Trainable, blocks: Sequence[AnswerRow], size: int) -> dict[str, Any]:
    found = surprises(trainable, blocks, size)
    return {"nats": [nats / count for nats, count in found], "tokens": sum(count for _, count in found)}


# --- files ---------------------------------------------------------------------------------------


def _marks(texts: Mapping[str, Sequence[DatedText]]) -> list[list[str]]:
    """Return author, file and digest of texts."""
    return [
        [author, text.path.name, hashlib.sha256(text.path.read_bytes()).hexdigest()]
        for author, own in texts.items()
        for text in own
    ]


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _read(path: Path) -> dict[str, Any]:
    """Return a file of ours; nothing if there is none, or it is none of ours."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: Path, text: str) -> None:
    try:
        write_atomically(path, lambda draft: draft.write_text(text.rstrip("\n") + "\n", encoding="utf-8"))
    except RecordError as error:
        raise TrainingError(str(error)) from None
