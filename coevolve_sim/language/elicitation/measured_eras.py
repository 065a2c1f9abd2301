"""Measured eras, each kept in a file of its own so that no era is measured twice."""

from __future__ import annotations

import hashlib
import json
import math
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.errors import MindError, QuestionnaireError
from coevolve_sim.input_files import read_input
from coevolve_sim.language.questionnaires import Measurement, ReadingQuality, WrittenText
from coevolve_sim.minds.probe import Probe, is_served, probe_of
from coevolve_sim.minds.protocol import STATUSES, Mind

_ARRAYS = ("values", "standard_errors", "n_items", "consistency", "statuses", "option_mass")
_MOST_BYTES = 64 << 20
_WHOLE = ("n_items", "statuses")


@dataclass(frozen=True)
class EraRequest:
    """Everything that an era's measured values depend on besides the mind.

    Attributes
    ----------
    questionnaire, templates : str
        Fingerprints.
    personas : mapping of str to str
        System message of each persona, by name.
    instrument : str
        By which definition the mass of options is read; empty in files from before that was told.
    """

    questionnaire: str
    templates: str
    personas: Mapping[str, str]
    instrument: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as data for JSON."""
        return {
            "questionnaire": self.questionnaire,
            "templates": self.templates,
            "personas": dict(self.personas),
            "instrument": self.instrument,
        }


@dataclass(frozen=True, eq=False)
class MeasuredEra:
    """The measured values of an era.

    Attributes
    ----------
    name : str
        Name of the era.
    identity, voice, source : str
        Identity, voice and source of the mind that spoke for it.
    asked : EraRequest
        Questionnaire, templates and personas.
    measurement : Measurement
        The measured values, without the single answers.
    probe : Probe or None
        What a served mind answered to fixed prompts, by which it is known again; None of other minds.
    """

    name: str
    identity: str
    voice: str
    source: str
    asked: EraRequest
    measurement: Measurement
    probe: Probe | None = None

    @property
    def is_whole(self) -> bool:
        """Whether no request was given up; such requests might be answered another time."""
        return self.measurement.counts["given up"] == 0


@dataclass(frozen=True)
class MeasuredEras:
    """A folder with one file for each measured era.

    Attributes
    ----------
    folder : Path
        The folder, created when the first era is written.
    """

    folder: Path

    def find_by_mind(self, name: str, mind: Mind, voice: str, asked: EraRequest) -> MeasuredEra | None:
        """Return an era measured with the same mind and questions; None if there is none or it has gaps.

        A served mind is the same if its probe agrees too; without a probe, nothing tells that it is.
        """
        probe, identity = probe_of(mind), mind.identity
        if not is_served(mind):
            path = self._path(name, identity, voice, asked, None)
            found = _read(path) if path.exists() else None
            return found if found and found.is_whole else None
        for path in sorted(self.folder.glob(f"{name}-*.json")) if probe else ():
            found = _read(path)
            same = (found.name, found.identity, found.voice, found.asked) == (name, identity, voice, asked)
            if same and found.is_whole and probe and found.probe and probe.agrees_with(found.probe):
                return found
        return None

    def find_by_source(self, name: str, source: str, voice: str, asked: EraRequest) -> MeasuredEra | None:
        """Return an era measured from the same source; None if there is none, it has gaps, or no source."""
        for path in sorted(self.folder.glob(f"{name}-*.json")) if source else ():
            found = _read(path)
            same = (found.name, found.source, found.voice, found.asked) == (name, source, voice, asked)
            if same and found.is_whole:
                return found
        return None

    def keep(self, era: MeasuredEra) -> None:
        """Write a measured era to its file, whole or not at all.

        Raises
        ------
        QuestionnaireError
            If it cannot be written.
        """
        path = self._path(era.name, era.identity, era.voice, era.asked, era.probe)
        write_whole(path, json.dumps(_as_json(era), indent=1, ensure_ascii=False) + "\n")

    def _path(self, name: str, identity: str, voice: str, asked: EraRequest, probe: Probe | None) -> Path:
        parts = [identity, voice, asked.as_json(), *([probe.as_json()] if probe else [])]
        text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
        return self.folder / f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.json"


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all: first under a temporary name beside it, which then replaces it.

    Raises
    ------
    QuestionnaireError
        If it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(beside).chmod(0o644)
            Path(beside).replace(path)
        finally:
            Path(beside).unlink(missing_ok=True)
    except OSError as error:
        raise QuestionnaireError(f"{path}: cannot be written: {error}") from None


def _as_json(era: MeasuredEra) -> dict[str, Any]:
    taken = era.measurement
    return {
        "era": era.name,
        "identity": era.identity,
        "voice": era.voice,
        "source": era.source,
        "probe": era.probe.as_json() if era.probe else "",
        "from_earlier_runs": taken.from_earlier,
        "asked": era.asked.as_json(),
        "dimensions": list(taken.dimensions),
        "names_of_statuses": list(STATUSES),
        **{name: _without_nan(getattr(taken, name).tolist()) for name in _ARRAYS},
        **({"texts": [_without_nan([*vars(text).values()]) for text in taken.texts]} if taken.texts else {}),
        **({"reading": _without_nan([*vars(taken.reading).values()])} if taken.reading else {}),
    }


def _read(path: Path) -> MeasuredEra:
    try:
        content = json.loads(read_input(path, QuestionnaireError, _MOST_BYTES))
        asked = EraRequest(**content["asked"])
        arrays: dict[str, Any] = {name: _array(name, content[name]) for name in _ARRAYS}
        taken = Measurement(
            tuple(content["dimensions"]),
            tuple(asked.personas),
            **arrays,
            from_earlier=int(content.get("from_earlier_runs", 0)),
            texts=tuple(map(_text_of, content.get("texts", ()))),
            reading=_reading_of(content.get("reading")),
        )
        name, identity, voice, source = (content[key] for key in ("era", "identity", "voice", "source"))
        probe = Probe.from_json(content["probe"]) if content.get("probe") else None
        return MeasuredEra(name, identity, voice, source, asked, taken, probe)
    except (MindError, QuestionnaireError, ValueError, KeyError, TypeError) as error:
        told = str(error).removeprefix(f"{path}: ")
        raise QuestionnaireError(
            f"{path}: is no record of a measured era ({told}); delete it to have the era asked anew"
        ) from None


def _text_of(cells: list[Any]) -> WrittenText:
    persona, dimension, status, text, value = cells
    return WrittenText(persona, dimension, status, text, _number(value))


def _reading_of(cells: list[Any] | None) -> ReadingQuality | None:
    return None if cells is None else ReadingQuality(str(cells[0]), *map(_number, cells[1:]))


def _number(cell: Any) -> float:
    return math.nan if cell is None else float(cell)


def _array(name: str, content: Any) -> NDArray[Any]:
    return np.array(content, dtype=np.int64 if name in _WHOLE else np.float64)  # null becomes NaN


def _without_nan(content: Any) -> Any:
    """Return nested lists with None for NaN, which JSON lacks."""
    if isinstance(content, list):
        return [_without_nan(part) for part in content]
    return None if content != content else content  # noqa: PLR0124 - only NaN differs from itself
