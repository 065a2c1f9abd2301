"""An assistant whose weights learn: one adapter per era, stored so that no era is trained twice.

Its folder has, for era 3, ``era-03`` with ``adapter``, ``learnt.json`` (a fingerprint of everything that the
adapter depends on, and the training report) and ``comparisons.csv`` (every comparison, usable or not).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from coevolve_sim.assistants.preferences import (
    Comparison,
    PreferencePair,
    comparisons_table,
    read_comparisons,
)
from coevolve_sim.assistants.training import DpoSettings, UpdateReport, dpo_update
from coevolve_sim.assistants.tuned.methods import Method
from coevolve_sim.assistants.tuned.own_weights import require_own_weights
from coevolve_sim.assistants.tuned.readout import Speaker
from coevolve_sim.errors import MindError, PreferenceError, TrainingError
from coevolve_sim.input_files import read_input
from coevolve_sim.language.prompts import Templates
from coevolve_sim.language.table_cells import escape_texts
from coevolve_sim.minds import Message, Mind
from coevolve_sim.minds.local.checkpoints import fingerprint

_MOST_BYTES = 16 << 20
"""Bytes of ``learnt.json`` that are read."""


@dataclass(frozen=True)
class EraReport:
    """Result of learning in one era.

    Attributes
    ----------
    era : int
        Number of the era, from 1.
    status : str
        ``learnt``; ``known`` if an adapter had been trained on the same before; ``nothing to learn`` if
        nobody preferred anything.
    update : UpdateReport or None
        Report of the training; None if there was nothing to learn.
    """

    era: int
    status: Literal["learnt", "known", "nothing to learn"]
    update: UpdateReport | None


class TunedAssistant:
    """An assistant whose weights learn, with an adapter for each era.

    Parameters
    ----------
    name : str
        What prompts call it: ``You are NAME, an AI assistant.``
    mind : Mind
        The mind whose weights it begins with: in this process, or a vLLM started for the run.
    folder : path
        Where its adapters are stored; no other assistant may use it.
    method : Method
        What it learns from.
    settings : DpoSettings, optional
        Settings of the training.
    templates : Templates, optional
        The package's own if not given; `sketch` and `speak` are used.
    voice : str, optional
        Name of the voice as which its adapter is loaded, replacing any voice of that name; the assistant's
        name if not given.

    Raises
    ------
    MindError
        If the mind's weights are not at hand.
    """

    def __init__(
        self,
        name: str,
        mind: Mind,
        folder: str | Path,
        method: Method,
        settings: DpoSettings | None = None,
        *,
        templates: Templates | None = None,
        voice: str | None = None,
    ) -> None:
        self._mind, self._own = mind, require_own_weights(mind)
        self.name, self.folder, self.method = name, Path(folder), method
        self.settings = settings or DpoSettings()
        self._templates = templates or Templates.standard()
        self._voice = voice or name
        self._by_era: dict[int, list[Comparison]] = {}
        self._adapter: Path | None = None

    @property
    def system(self) -> str:
        """Its system message, which says who it is but not where it stands."""
        return self._templates.assistant_sketch(self.name)

    @property
    def adapter(self) -> Path | None:
        """The adapter that it speaks with; None where that is the base."""
        return self._adapter

    @property
    def voice(self) -> str:
        """The voice of its mind that it speaks with: its adapter's; empty where that is the base."""
        return "" if self._adapter is None else self._voice

    @property
    def mark(self) -> str:
        """The fingerprint of that adapter; empty where it speaks with the base."""
        return "" if self._adapter is None else fingerprint(self._adapter)

    def prompt(self, topic: str) -> list[Message]:
        """Return the prompt about a topic, which it learns to answer and by whose answer it is measured."""
        return [Message("system", self.system), Message("user", self._templates.speak(topic))]

    def learn(self, era: int, comparisons: Sequence[Comparison]) -> EraReport:
        """Train and store an adapter on what an era's people prefer; `load` makes the mind speak with it.

        An adapter that was trained before on the same pairs, with the same settings and from the same weights
        is not trained again.

        Parameters
        ----------
        era : int
            At least 1, and later than those learnt from so far.
        comparisons : sequence of Comparison
            All that people of the era said of the pairs.

        Raises
        ------
        TrainingError
            If the era is not later, the adapter cannot be trained, or files cannot be written.
        """
        if era < 1 or any(era <= before for before in self._by_era):
            raise TrainingError(f"era {era} cannot be learnt after {sorted(self._by_era)}; eras go on from 1")
        self._by_era[era] = list(comparisons)
        folder = self.folder / f"era-{era:02d}"
        told = escape_texts(comparisons_table(comparisons)).to_csv(index=False, lineterminator="\n")
        _write(folder / "comparisons.csv", told)
        pairs = self.method.select_pairs(list(self._by_era.values()), self.prompt)
        if not pairs:
            if not self.method.goes_on:
                self._adapter = None
            return EraReport(era, "nothing to learn", None)
        return self._train(era, folder, pairs)

    def speaker(self, base: Mind) -> Speaker:
        """Return the speaker for the assistant now, with its latest adapter.

        Parameters
        ----------
        base : Mind
            The mind that speaks while it has no adapter: the one that reads, so that nothing is asked twice.
        """
        return Speaker(base if self._adapter is None else self._mind, self.system, self.voice)

    def go_back_to(self, eras: Sequence[int]) -> None:
        """Restore the state after learning from these eras, and load the adapter it had then.

        Parameters
        ----------
        eras : sequence of int
            Ascending; none for the weights it began with.

        Raises
        ------
        TrainingError
            If its folder lacks what it learnt in one of them, or has another adapter than was trained then.
        """
        self._by_era, self._adapter = {}, None
        latest = None  # loaded even where it speaks with the base now: a mind's identity names what it loaded
        for era in eras:
            folder = self.folder / f"era-{era:02d}"
            self._by_era[era] = _load_comparisons(folder / "comparisons.csv")
            if self.method.select_pairs(list(self._by_era.values()), self.prompt):
                self._adapter = latest = _find_adapter(folder)
            elif not self.method.goes_on:
                self._adapter = None
        if latest is not None:
            self._own.load_voice(self._voice, latest)

    def load(self) -> None:
        """Load the adapter that it speaks with into the mind, if it has one.

        Raises
        ------
        MindError
            If the mind has no room for the voice, or is closed.
        """
        if self._adapter is not None:
            self._own.load_voice(self._voice, self._adapter)

    def _train(self, era: int, folder: Path, pairs: Sequence[PreferencePair]) -> EraReport:
        base, adapter, told = self._own.folder, folder / "adapter", folder / "learnt.json"
        start = self._adapter if self.method.goes_on else None
        mark = _fingerprint_lesson(pairs, self.settings, base, start)
        known = _find_update(told, adapter, mark)
        update = known or dpo_update(base, pairs, adapter, start=start, settings=self.settings)
        if known is None:
            content = {"learnt_from": mark, "method": self.method.kind, "update": asdict(update)}
            _write(told, json.dumps(content, indent=1) + "\n")
        self._adapter = adapter
        return EraReport(era, "learnt" if known is None else "known", update)


def _load_comparisons(path: Path) -> list[Comparison]:
    try:
        return read_comparisons(path)
    except (OSError, PreferenceError) as error:
        raise TrainingError(f"{path} does not tell what an assistant learnt from: {error}") from None


def _find_adapter(folder: Path) -> Path:
    adapter, told = folder / "adapter", folder / "learnt.json"
    try:
        mark = json.loads(read_input(told, TrainingError, _MOST_BYTES))["update"]["fingerprint"]
    except (TrainingError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(f"{told} does not tell what an assistant learnt: {error}") from None
    if fingerprint(adapter) != mark:
        raise TrainingError(
            f"{adapter} is not the adapter that {told} tells of; take it from where it was kept"
        )
    return adapter


def _fingerprint_lesson(
    pairs: Sequence[PreferencePair], settings: DpoSettings, base: Path, start: Path | None
) -> str:
    """Return a fingerprint of everything that an adapter depends on: 16 hex digits of SHA-256."""
    content = [
        [asdict(pair) for pair in pairs],
        asdict(settings),
        fingerprint(base),
        "" if start is None else fingerprint(start),
    ]
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _write(path: Path, text: str) -> None:
    """Write a file atomically: completely or not at all."""
    beside = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.unlink(missing_ok=True)  # a link in its place is removed, and not written through
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise TrainingError(
            f"what an assistant learns from cannot be kept in {path}: {error.strerror}"
        ) from None


def _find_update(told: Path, adapter: Path, mark: str) -> UpdateReport | None:
    """Return the report of an earlier training on exactly the same, if its adapter is still there."""
    try:
        content = json.loads(read_input(told, TrainingError, _MOST_BYTES))
        update = UpdateReport(**content["update"])
        same = content["learnt_from"] == mark and fingerprint(adapter) == update.fingerprint
    except (TrainingError, OSError, ValueError, KeyError, TypeError, MindError):
        return None
    return update if same else None
