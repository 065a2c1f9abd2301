"""What a run's messages appeal to: by kind of speaker, by each of a kind, and what grew and shrank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MeasureError
from coevolve_sim.language.appeals import AppealReader, Appeals, Candidates, Thresholds, read_appeals
from coevolve_sim.language.conversation import BY_ASSISTANTS, BY_PEOPLE
from coevolve_sim.measures.appeal_intervals import (
    AppealChanges,
    Interval,
    compare_appeals,
    interval_of_breadth,
)
from coevolve_sim.measures.appeals import text_valence, text_vectors
from coevolve_sim.runs.cells import require_all_texts
from coevolve_sim.streams import stream

if TYPE_CHECKING:
    from coevolve_sim.runs.reader import RecordReader

PEOPLE, ASSISTANTS, OUTLETS = "people", "assistants", "outlets"
"""The kinds of speakers."""

IntColumn = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SaidTexts:
    """What was heard of a run's messages, and who said it; all of shape (texts,).

    Attributes
    ----------
    texts : tuple of str
        What others heard.
    rounds, topics : int array
        When, and on which dimension.
    humans : int array
        The human behind each: who wrote it; of an answer or an edit, to whom, or whose message it was. Behind
        what outlets said is no human: -1 of the first outlet, -2 of the second, and so on.
    speakers : mapping of str to bool array
        Whose each text is, by name of a kind (`PEOPLE`, `ASSISTANTS`, `OUTLETS`), and, where there are
        several, of each of them (``group NAME``, ``assistant NAME``, ``outlet NAME``).
    n_unheard : int
        Messages of which nothing was heard, left out.
    n_left_out : int
        Messages that were not drawn, where not all are read.
    """

    texts: tuple[str, ...]
    rounds: IntColumn
    topics: IntColumn
    humans: IntColumn
    speakers: Mapping[str, NDArray[np.bool_]]
    n_unheard: int
    n_left_out: int = 0


def read_said_texts(run: RecordReader, at_most: int = 0, seed: int = 1) -> SaidTexts:
    """Return what was heard of a run's messages.

    Parameters
    ----------
    run : RecordReader
    at_most : int
        Read so many at most, drawn from all rounds alike; 0 for all.
    seed : int
        Of that draw.

    Raises
    ------
    MeasureError
        If nothing was said in it that others heard.
    """
    require_all_texts(run.scenario, run.folder, "what messages appeal to")
    table = run.messages
    heard = table[table["heard_text"].str.strip() != ""].reset_index(drop=True)
    if heard.empty:
        why = "numbers" if run.scenario.channel.kind == "numeric" else "words of which nothing was heard"
        raise MeasureError(
            f"{run.folder}: a run in {why}; what messages appeal to is read of a run whose channel.kind is "
            "language"
        )
    n_all, n_heard = len(table), len(heard)
    if at_most and n_heard > at_most:
        draw = stream(seed, "messages read for appeals")
        heard = heard.iloc[np.sort(draw.choice(n_heard, at_most, replace=False))].reset_index(drop=True)
    kinds = {PEOPLE: BY_PEOPLE, ASSISTANTS: BY_ASSISTANTS, OUTLETS: ("outlet",)}
    by = {who: heard["kind"].isin(those).to_numpy() for who, those in kinds.items()}
    speaker, listener = (heard[name].to_numpy(dtype=np.int64) for name in ("speaker", "listener"))
    humans = np.select([by[ASSISTANTS], by[OUTLETS]], [listener, -1 - speaker], speaker)
    return SaidTexts(
        tuple(heard["heard_text"]),
        heard["round"].to_numpy(dtype=np.int64),
        np.array([run.dimensions.index(name) for name in heard["dimension"]], dtype=np.int64),
        humans,
        _speakers(run, by, speaker),
        n_all - n_heard,
        n_heard - len(heard),
    )


def _speakers(
    run: RecordReader, by: Mapping[str, NDArray[np.bool_]], speaker: IntColumn
) -> dict[str, NDArray[np.bool_]]:
    group_of = run.group_of[np.where(by[PEOPLE], speaker, 0)]
    scenario = run.scenario
    parts = (
        ("group", list(run.groups), PEOPLE, group_of),
        ("assistant", [one.name for one in scenario.assistants], ASSISTANTS, speaker),
        ("outlet", [one.name for one in scenario.media], OUTLETS, speaker),
    )
    found = dict(by)
    for what, names, kind, number in parts:
        if len(names) > 1:
            found |= {f"{what} {name}": by[kind] & (number == k) for k, name in enumerate(names)}
    return {name: chosen for name, chosen in found.items() if chosen.any()}


@dataclass(frozen=True, eq=False)
class SpeakerAppeals:
    """What some speakers' texts appeal to.

    Attributes
    ----------
    speaker : str
        As in `SaidTexts.speakers`.
    texts, appealing : int
        How many texts, and how many of them appeal to anything.
    breadth : Interval
        To how many candidates, as if in equal shares.
    valence : float
        Which way they speak of it, in [-1, 1]: the mean over texts; nan where nothing is appealed to.
    shares : float array, shape (candidates,)
        Of all relevance; 0 where nothing is appealed to.
    leanings : float array, shape (candidates,)
        Support less opposition of each, by relevance, in [-1, 1]; nan of what is not appealed to.
    changes : AppealChanges or None
        From the first half of the rounds to the second; None where there is one round.
    dimensions : mapping of str to float
        Where a theory is asked for, the mean text vector, by what the theory tells apart.
    """

    speaker: str
    texts: int
    appealing: int
    breadth: Interval
    valence: float
    shares: Floats
    leanings: Floats
    changes: AppealChanges | None
    dimensions: Mapping[str, float]

    @property
    def grew(self) -> list[int]:
        """Candidates that grew, the most first, by intervals that hold for all of them together."""
        return self._moved(1.0)

    @property
    def shrank(self) -> list[int]:
        """Candidates that shrank, the most first."""
        return self._moved(-1.0)

    def _moved(self, way: float) -> list[int]:
        if self.changes is None:
            return []
        surely = self.changes.low > 0 if way > 0 else self.changes.high < 0
        return [int(k) for k in (-way * self.changes.change).argsort(kind="stable") if surely[k]]


@dataclass(frozen=True, eq=False)
class RunAppeals:
    """What a run's messages appeal to.

    Attributes
    ----------
    candidates : Candidates
    said : SaidTexts
    appeals : Appeals
        Of each text.
    speakers : tuple of SpeakerAppeals
        People, assistants and outlets, then groups, assistants and outlets one by one.
    middle : int
        The last round of the first half.
    """

    candidates: Candidates
    said: SaidTexts
    appeals: Appeals
    speakers: tuple[SpeakerAppeals, ...]
    middle: int


def read_run_appeals(
    run: RecordReader,
    reader: AppealReader,
    candidates: Candidates,
    thresholds: Thresholds | None = None,
    *,
    embeddings: Mapping[str, Floats] | None = None,
    theory: str = "",
    at_most: int = 0,
    seed: int = 1,
) -> RunAppeals:
    """Read what a run's messages appeal to.

    Parameters
    ----------
    run : RecordReader
    reader : AppealReader
        Reads the texts.
    candidates : Candidates
        What they may appeal to.
    thresholds, embeddings
        As for `coevolve_sim.language.appeals.deduplicate`.
    theory : str
        Whose dimensions texts are summed by; empty for none.
    at_most, seed
        As for `read_said_texts`; the seed is of resamples, too.

    Raises
    ------
    MeasureError
        If nothing was said in the run.
    QuestionnaireError
        If there is no such theory.
    """
    dimensions = candidates.by_theory(theory) if theory else ((), [-1] * len(candidates))
    said = read_said_texts(run, at_most, seed)
    appeals = read_appeals(reader, said.texts, candidates, thresholds, embeddings)
    first, last = int(said.rounds.min()), int(said.rounds.max())
    middle = (first + last) // 2
    speakers = tuple(
        _summarise(name, chosen, said, appeals, middle, dimensions, seed)
        for name, chosen in said.speakers.items()
    )
    return RunAppeals(candidates, said, appeals, speakers, middle)


def _summarise(
    name: str,
    chosen: NDArray[np.bool_],
    said: SaidTexts,
    appeals: Appeals,
    middle: int,
    dimensions: tuple[tuple[str, ...], list[int]],
    seed: int,
) -> SpeakerAppeals:
    relevance, valence = appeals.relevance[chosen], appeals.valence[chosen]
    total = relevance.sum(axis=0)
    whole = total.sum()
    net = np.where(relevance > 0, relevance * (valence[..., 0] - valence[..., 1]), 0.0).sum(axis=0)
    of_texts = text_valence(relevance, valence)
    appealing = ~np.isnan(of_texts)
    later = said.rounds[chosen] > middle
    changes = None
    if later.any() and not later.all():
        changes = compare_appeals(relevance, later, said.topics[chosen], said.humans[chosen], seed=seed)
    vectors = text_vectors(relevance, valence, dimensions[1], len(dimensions[0])).mean(axis=0)
    return SpeakerAppeals(
        name,
        len(relevance),
        int(appealing.sum()),
        interval_of_breadth(relevance, said.humans[chosen], seed=seed),
        float(of_texts[appealing].mean()) if appealing.any() else float("nan"),
        total / whole if whole > 0 else total,
        np.divide(net, total, out=np.full(len(total), np.nan), where=total > 0),
        changes,
        dict(zip(dimensions[0], vectors.tolist(), strict=True)),
    )
