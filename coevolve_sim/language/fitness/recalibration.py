"""A reader's calibration on the mind's own words: texts whose writers' stances were planted.

Statements of ours calibrate a reader before a mind has written anything; what it is to read are that mind's
messages. So its number is calibrated anew on these, and judged by readings of texts that a fold's map was
not fitted to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from coevolve_sim.language.fitness.planted import Planted
from coevolve_sim.language.readers import Reading
from coevolve_sim.language.readers.calibration import FOLDS, LEAST_R, Calibration, calibrate
from coevolve_sim.language.readers.scored import OnTopic, ScoredReader
from coevolve_sim.minds import Mind

LEAST_TEXTS = 20
"""Texts that have to be heard and read for a calibration on them."""


def recalibrate(
    planted: Sequence[Planted], reader: ScoredReader, mind: Mind, *, own_voice: bool
) -> tuple[list[Planted], Calibration | None]:
    """Return planted texts read by a calibration on themselves, and the calibration.

    Parameters
    ----------
    planted : sequence of Planted
        As `coevolve_sim.language.fitness.planted.plant` returned them.
    reader : ScoredReader
        That read them.
    mind : Mind
        With which it reads.
    own_voice : bool
        Whether each voice reads its own texts; else the mind reads all with its own.

    Returns
    -------
    planted : list of Planted
        Each message read by a map fitted to others; what the mind added to openings, and claims, by that of
        all. As they were where what is read hardly depends on the stance.
    calibration : Calibration or None
        None in that case.
    """
    heard = [n for n, one in enumerate(planted) if not one.is_claim and one.reading.status == "answered"]
    numbers = _numbers(
        reader, mind, [planted[n] for n in heard], [planted[n].heard for n in heard], own_voice
    )
    folds = [f"{(planted[n].writer + planted[n].dimension) % FOLDS}" for n in heard]
    found = calibrate(numbers, [planted[n].stance for n in heard], folds, reader.method)
    told = np.isfinite(found.told)
    if not (found.r >= LEAST_R and found.n_texts >= LEAST_TEXTS and told.all() and np.isfinite(found.slope)):
        return list(planted), None
    found = replace(found, reader=reader.kind)
    read = list(planted)
    for n, value in zip(heard, found.told, strict=True):
        read[n] = replace(read[n], reading=replace(read[n].reading, value=float(value), error=found.error))
    others = [n for n, one in enumerate(read) if one.is_claim and one.reading.status == "answered"]
    rests = [n for n, one in enumerate(read) if one.rest is not None and one.rest.status == "answered"]
    numbers = _numbers(reader, mind, [read[n] for n in others], [read[n].heard for n in others], own_voice)
    for n, number in zip(others, numbers, strict=True):
        read[n] = replace(read[n], reading=Reading(found.value(number), "answered", error=found.error))
    numbers = _numbers(reader, mind, [read[n] for n in rests], [read[n].rest_text for n in rests], own_voice)
    for n, number in zip(rests, numbers, strict=True):
        read[n] = replace(read[n], rest=Reading(found.value(number), "answered", error=found.error))
    return read, found


def _numbers(
    reader: ScoredReader, mind: Mind, some: Sequence[Planted], texts: Sequence[str], own_voice: bool
) -> list[float]:
    """Return the reader's own number of each text."""
    asked = [
        OnTopic(text, reader.names[one.dimension], one.voice if own_voice else "")
        for one, text in zip(some, texts, strict=True)
    ]
    return [found.number for found in reader.scores(mind, asked)]
