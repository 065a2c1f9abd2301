"""What planted stances show of a mind, with intervals, and the verdict that follows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import UnfitError
from coevolve_sim.language import agreement
from coevolve_sim.language.fitness.planted import Planted
from coevolve_sim.measures.shares import wilson

FIT, DIRECTION, UNFIT = "fit", "fit for direction only", "unfit"

LEAST_HEARD = 0.5
"""Share of messages that have to be heard."""

LEAST_AUC = 0.7
"""Probability with which a text for has to be read higher than one against."""

LEAST_AUC_BOUND = 0.55
"""What the lower end of that probability's 95 % interval has to reach."""

FULL_R, FULL_SLOPE, FULL_HALF_SLOPE = 0.7, 0.5, 0.15
"""What correlation, slope, and slope within each half of the scale have to reach for intensity to be read."""

ALL_TOPICS = -1
"""Stands for all topics together."""


@dataclass(frozen=True)
class FitnessRow:
    """One number of what was measured.

    Attributes
    ----------
    voice : str
        The voice, or ``*`` for all together.
    dimension : int
        Index of the topic; -1 for all together.
    quantity : str
        ``slope``, ``r``, ``auc``, ``slope_below`` and ``slope_above`` (stances below and above .5), ``error``
        (root mean squared), ``claims_auc``, ``heard``, ``read``, ``refused``,
        ``leaks`` (shares),
        ``order_consistency``, ``option_mass``; ``rest_r`` and ``rest_auc`` of what the mind itself added to
        messages that were begun for it.
    value, low, high : float
        With its 95 % interval, nan where there is none.
    n_texts : int
        Texts that it rests on.
    """

    voice: str
    dimension: int
    quantity: str
    value: float
    low: float = math.nan
    high: float = math.nan
    n_texts: int = 0


@dataclass(frozen=True)
class Fitness:
    """What was found of one mind.

    Attributes
    ----------
    mind, reader : str
        The mind's name, and which reader read.
    verdict : str
        ``fit``, ``fit for direction only`` or ``unfit``.
    sentence : str
        Why, and what to change.
    rows : tuple of FitnessRow
        All numbers.
    calibration : str
        The reader's calibration on the mind's own words, as JSON; empty where it has none.
    """

    mind: str
    reader: str
    verdict: str
    sentence: str
    rows: tuple[FitnessRow, ...]
    calibration: str = ""

    def find(self, quantity: str) -> FitnessRow:
        """Return a number over all voices and topics."""
        return next(
            row
            for row in self.rows
            if row.quantity == quantity and row.voice == "*" and row.dimension == ALL_TOPICS
        )


def judge(
    mind: str,
    reader: str,
    planted: Sequence[Planted],
    how_it_speaks: str,
    reads_by: str,
    *,
    auc_on_statements: float = math.nan,
) -> Fitness:
    """Return what planted stances show of a mind.

    Parameters
    ----------
    mind, reader : str
        The mind's name, and which reader read.
    planted : sequence of Planted
        Texts and claims, as `coevolve_sim.language.fitness.planted.plant` returns them.
    how_it_speaks : str
        ``none`` or ``stance``, as ``channel.opening`` has it.
    reads_by : str
        The kind of reader: what to change depends on it.
    auc_on_statements : float, optional
        How well the reader tells for from against in statements of ours: if well, it is the mind's speaking
        that is to blame where nothing is read.
    """
    rows = tuple(_rows(planted))
    found = {row.quantity: row for row in rows if row.voice == "*" and row.dimension == ALL_TOPICS}
    verdict, sentence = _verdict(found, how_it_speaks, reads_by, auc_on_statements)
    return Fitness(mind, reader, verdict, sentence, rows)


def require_fit(found: Sequence[Fitness], channel: object) -> None:
    """Require that no mind is unfit, unless the channel's ``unfit`` allows it.

    Parameters
    ----------
    found : sequence of Fitness
        What was found of each mind.
    channel : Spec
        The scenario's channel.

    Raises
    ------
    UnfitError
        Says of each what was found, and what would change it.
    """
    unfit = [one for one in found if one.verdict == UNFIT]
    if unfit and getattr(channel, "unfit", "allow") != "allow":
        told = "; ".join(f"mind '{one.mind}' is {one.sentence}" for one in unfit)
        raise UnfitError(
            f"{told}. To run it all the same, set channel.unfit: allow; reports then begin with this"
        )


def _rows(planted: Sequence[Planted]) -> Iterator[FitnessRow]:
    """Yield rows of all, by voice, and by voice and topic."""
    voices = sorted({one.voice for one in planted})
    yield from _rows_of("*", ALL_TOPICS, planted)
    for voice in voices:
        of_voice = [one for one in planted if one.voice == voice]
        if len(voices) > 1:
            yield from _rows_of(voice, ALL_TOPICS, of_voice)
        for d in sorted({one.dimension for one in of_voice}):
            yield from _rows_of(voice, d, [one for one in of_voice if one.dimension == d])


def _rows_of(voice: str, d: int, planted: Sequence[Planted]) -> Iterator[FitnessRow]:
    written = [one for one in planted if not one.is_claim]
    held, read = _arrays(written)
    below, above = held < 0.5, held > 0.5
    taken: tuple[tuple[str, agreement.Statistic, Floats, Floats], ...] = (
        ("slope", agreement.slope, held, read),
        ("r", agreement.correlation, held, read),
        ("auc", agreement.area_under_curve, held, read),
        ("slope_below", agreement.slope, held[below], read[below]),
        ("slope_above", agreement.slope, held[above], read[above]),
        ("error", agreement.error, held, read),
        ("claims_auc", agreement.area_under_curve, *_arrays([one for one in planted if one.is_claim])),
    )
    for quantity, statistic, one, other in taken:
        low, high = agreement.interval(statistic, one, other)
        yield FitnessRow(voice, d, quantity, statistic(one, other), low, high, one.size)
    rests = [replace(one, reading=one.rest) for one in written if one.rest is not None]
    if rests:
        for quantity, statistic in (
            ("rest_r", agreement.correlation),
            ("rest_auc", agreement.area_under_curve),
        ):
            one, other = _arrays(rests)
            low, high = agreement.interval(statistic, one, other)
            yield FitnessRow(voice, d, quantity, statistic(one, other), low, high, one.size)
    n = len(written)
    for quantity, count in (
        ("heard", sum(bool(one.heard) for one in written)),
        ("read", sum(_is_read(one) for one in written)),
        ("refused", sum(one.status == "refused" for one in written)),
        ("leaks", sum(one.leaks for one in written)),
    ):
        yield FitnessRow(voice, d, quantity, count / n if n else math.nan, *wilson(count, n), n)
    for quantity in ("consistency", "option_mass"):
        known = [value for one in planted if math.isfinite(value := getattr(one.reading, quantity))]
        if known:
            name = "order_consistency" if quantity == "consistency" else quantity
            yield FitnessRow(voice, d, name, math.fsum(known) / len(known), n_texts=len(known))


def _is_read(one: Planted) -> bool:
    return one.reading.status == "answered"


def _arrays(planted: Sequence[Planted]) -> tuple[Floats, Floats]:
    """Return stances and readings of the texts that were read."""
    known = [one for one in planted if _is_read(one)]
    return np.array([one.stance for one in known]), np.array([one.reading.value for one in known])


def _verdict(
    found: dict[str, FitnessRow], opening: str, reads_by: str, auc_on_statements: float
) -> tuple[str, str]:
    """Return the verdict and the sentence that says why, and what to change."""
    heard, auc, r, slope = (found[name] for name in ("heard", "auc", "r", "slope"))
    numbers = (
        f"r {_told(r)}, slope {_told(slope)}, AUC {_told(auc)}, reading error {found['error'].value:.2f}, "
        f"{heard.value:.0%} heard"
    )
    if not heard.value >= LEAST_HEARD:
        return UNFIT, (
            f"unfit: only {heard.value:.0%} of {heard.n_texts} messages with a planted stance were heard; "
            f"{_what_of_speaking(opening)}"
        )
    if not found["read"].value >= LEAST_HEARD:
        return UNFIT, (
            f"unfit: only {found['read'].value:.0%} of {heard.n_texts} messages with a planted stance could "
            f"be read; {_what_of_reading(reads_by, opening)}"
        )
    if not (auc.value >= LEAST_AUC and auc.low >= LEAST_AUC_BOUND):
        reads = auc_on_statements >= LEAST_AUC
        what = _what_of_speaking(opening) if reads else _what_of_reading(reads_by, opening)
        return UNFIT, f"unfit: what is read hardly depends on the stance that was planted ({numbers}); {what}"
    halves = [found[name].value for name in ("slope_below", "slope_above")]
    full = r.value >= FULL_R and slope.value >= FULL_SLOPE and all(half >= FULL_HALF_SLOPE for half in halves)
    begun = f"; {_of_rest(found)}" if opening != "none" else ""
    if full:
        return FIT, f"fit: planted stances are heard and read ({numbers}){begun}"
    return DIRECTION, (
        f"fit for direction only: it is read who is for and who against, hardly how much ({numbers}; slope "
        f"below the middle {halves[0]:.2f}, above {halves[1]:.2f}); a confidence below "
        f"{found['error'].value:.2f} means nothing here{begun}"
    )


def _of_rest(found: dict[str, FitnessRow]) -> str:
    """Return how much of a stance is in what the mind itself added."""
    rest = found.get("rest_r")
    alone = "nothing of it could be read alone" if rest is None else f"alone it has r {_told(rest)}"
    return f"stances are put into each message by its opening; of what the mind adds, {alone}"


def _told(row: FitnessRow) -> str:
    return f"{row.value:.2f} [{row.low:.2f}, {row.high:.2f}]"


def _what_of_speaking(opening: str) -> str:
    if opening == "none":
        return (
            "the mind does not say what its persona holds: set channel.opening: stance, or take a larger mind"
        )
    return "take a larger mind"


def _what_of_reading(reads_by: str, opening: str) -> str:
    if reads_by != "auto":
        return "set channel.reader: {kind: auto}, or have another mind read (channel.reader.mind)"
    return f"no reader that this mind can serve tells it; {_what_of_speaking(opening)}"
