"""Fitness that was measured before, kept by the identities of minds and of what they were asked with."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from coevolve_sim.errors import RecordError
from coevolve_sim.language.fitness.verdict import Fitness, FitnessRow
from coevolve_sim.minds.places import cache_folder
from coevolve_sim.output_files import write_atomically

VERSION = 2
"""Of what is measured and how it is judged."""


def find_kept(parts: Sequence[object]) -> Fitness | None:
    """Return what was found before under the same parts; None where nothing was, or it cannot be read."""
    try:
        content = json.loads(_file(parts).read_text(encoding="utf-8"))
        rows = tuple(_row(row) for row in content.pop("rows"))
        return Fitness(**content, rows=rows)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def keep(parts: Sequence[object], found: Fitness) -> None:
    """Keep what was found under parts that tell it apart from all else; nothing where that fails."""
    content = asdict(found)
    for row in content["rows"]:
        row.update({key: None for key, value in row.items() if value != value})  # noqa: PLR0124 - nan
    place, text = _file(parts), json.dumps(content)
    with suppress(OSError, RecordError):
        place.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(place, lambda draft: draft.write_text(text, encoding="utf-8"))


def _row(cells: dict[str, Any]) -> FitnessRow:
    known: dict[str, Any] = {key: math.nan if cell is None else cell for key, cell in cells.items()}
    return FitnessRow(**known)


def _file(parts: Sequence[object]) -> Path:
    text = json.dumps([VERSION, *map(str, parts)])
    return cache_folder() / "fitness" / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.json"
