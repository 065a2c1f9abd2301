"""Assistants whose weights learn, as players: they elicit preferences, as ProgressGym's do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.training import DpoSettings
from coevolve_sim.assistants.tuned import (
    BASE_WEIGHTS,
    Annotator,
    ByPeople,
    BySelfReference,
    HeldValues,
    Lesson,
    Method,
    NamedMethod,
    PreferenceLearner,
    Readout,
    Respondent,
    TextPair,
    Train,
    Trainee,
)
from coevolve_sim.errors import PolicyError
from coevolve_sim.evaluation.challenges.language_population import LanguagePopulation
from coevolve_sim.evaluation.challenges.learners import Among
from coevolve_sim.evaluation.challenges.populations import ChallengePopulation
from coevolve_sim.minds import Mind

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ChallengeLesson:
    """What an assistant whose weights learn holds after an era of one play, and the lesson that led there.

    Attributes
    ----------
    player : str
        Its name.
    horizon : int
        How many eras ahead it looks; 0 where it looks at none.
    among : str
        ``eras`` where people of the era taught it, ``human`` where the simulated human of coevolve did.
    seed : int
        Of the replication.
    era : int
        Which; 0 before anything is learnt.
    lesson : Lesson or None
        What came of learning; None in era 0, and where nothing is ever learnt.
    held : HeldValues
        What it holds then.
    """

    player: str
    horizon: int
    among: str
    seed: int
    era: int
    lesson: Lesson | None
    held: HeldValues


@dataclass(frozen=True, eq=False)
class TunedPlayer:
    """A player whose weights learn.

    Attributes
    ----------
    named : NamedMethod
        By which method and settings.
    mind : Mind
        Whose weights it begins with.
    pairs : tuple of TextPair
        What it has people compare.
    folder : Path
        Where its adapters are kept, a folder for each play.
    lessons : list of ChallengeLesson
        Is added to, era by era.
    """

    named: NamedMethod
    mind: Mind
    pairs: tuple[TextPair, ...]
    folder: Path
    lessons: list[ChallengeLesson] = field(default_factory=list)

    @property
    def name(self) -> str:
        """As it was asked for."""
        return self.named.name

    @property
    def parameters(self) -> Mapping[str, int]:
        """Order and horizon, where it has them."""
        return self.named.method.parameters

    def with_horizon(self, horizon: int) -> TunedPlayer:
        """Return the same with another horizon, if it has one."""
        return replace(self, named=replace(self.named, method=self.named.method.with_horizon(horizon)))

    def make_learner(self, people: ChallengePopulation, seed: int, among: Among) -> TunedLearner:
        """Return one with the mind's own weights, to learn from people who are heard in words.

        Raises
        ------
        PolicyError
            If people are heard in numbers: those compare no texts.
        """
        if not isinstance(people, LanguagePopulation):
            raise PolicyError(
                f"'{self.name}' learns from which texts people prefer, and people in numbers prefer none; "
                "let them speak through a mind"
            )
        return TunedLearner(self, people, seed, among)


class TunedLearner:
    """An assistant whose weights learn in one play, era after era.

    Parameters
    ----------
    player : TunedPlayer
        Who plays.
    people : LanguagePopulation
        Whom it asks.
    seed : int
        Of the people.
    among : str
        Who teaches it: people of the ``eras``, or a simulated ``human``.
    """

    def __init__(self, player: TunedPlayer, people: LanguagePopulation, seed: int, among: Among) -> None:
        self._player, self._people, self._seed, self._among = player, people, seed, among
        folder = player.folder / f"{_folder_name(player)}-{among}-seed{seed}"
        trainee = Trainee(
            people.assistant,
            people.assistant,
            player.mind.identity,
            player.mind,
            player.named.method,
            player.named.settings,
            people.readout.templates,
            lambda: folder,
        )
        annotator = _annotator_of(player.named.annotator, people.readout)
        self._learner = PreferenceLearner(
            people.mind, player.pairs, annotator, Train(trainee), people.readout
        )
        self._held = self._measure(0, None)

    def says(self) -> Floats:
        """Return what is read from what it says, the mean over its messages."""
        return self._held.said

    def learn_of_era(self, era: int) -> None:
        """Learn from what people of an era prefer."""
        self._learn(era, self._people.people_of_era(era, self._seed))

    def learn_around(self, centre: Floats, era: int) -> None:
        """Learn from what people prefer who stand around a centre."""
        self._learn(era, self._people.people_around(centre, self._seed, era))

    def _learn(self, era: int, people: Sequence[Respondent]) -> None:
        if self._player.named.method.learns:
            self._held = self._measure(era, self._learner.learn(era, people))

    def _measure(self, era: int, lesson: Lesson | None) -> HeldValues:
        """Return what it holds now, which is noted beside what came of the era's lesson."""
        held, player = self._learner.measure_held(), self._player
        self._people.ends["assistant"].update(held.statuses)
        horizon = player.parameters.get("horizon", 0)
        player.lessons.append(
            ChallengeLesson(player.name, horizon, self._among, self._seed, era, lesson, held)
        )
        return held


def _annotator_of(name: str, readout: Readout) -> Annotator:
    """Return who says what is preferred, one of `coevolve_sim.assistants.tuned.methods.NAMED_ANNOTATORS`."""
    if name == "people":
        return ByPeople()
    return BySelfReference(readout.seed, temperature=readout.temperature, max_tokens=readout.max_tokens)


def base_weights(mind: Mind, folder: Path, lessons: list[ChallengeLesson]) -> TunedPlayer:
    """Return the player that never learns: what learners of a mind's weights began with.

    Parameters
    ----------
    mind : Mind
        Whose weights.
    folder : Path
        Of the challenge; nothing is kept there.
    lessons : list of ChallengeLesson
        Is added to.
    """
    return TunedPlayer(
        NamedMethod(BASE_WEIGHTS, Method(BASE_WEIGHTS), DpoSettings()), mind, (), folder, lessons
    )


def lessons_table(lessons: Sequence[ChallengeLesson], dimensions: Sequence[str]) -> pd.DataFrame:
    """Return what weights said, answered and learnt, a row a player, replication, era and dimension.

    The columns are `COLUMNS`: horizon is 0 where it looks at none, status is of learning, empty in era 0;
    n_pairs counts the pairs learnt from, accuracy is the share of them whose chosen text gained on the other,
    drift is how far the model moved, nats a token. What was played in several challenges stands once.

    Parameters
    ----------
    lessons : sequence of ChallengeLesson
        In any order.
    dimensions : sequence of str
        Their names.
    """
    import pandas as pd

    rows = []
    for one in lessons:
        cells: tuple[str, int, float | None, float | None] = ("", 0, None, None)
        if one.lesson is not None:
            cells = (one.lesson.status, one.lesson.pairs, one.lesson.accuracy, one.lesson.drift)
        by_dimension = zip(dimensions, one.held.said.tolist(), one.held.answered.tolist(), strict=True)
        of_play = (one.player, one.horizon, one.among, one.seed, one.era)
        rows += [(*of_play, *of_dimension, *cells) for of_dimension in by_dimension]
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"accuracy": float, "drift": float})
    return table.drop_duplicates(list(COLUMNS[:6]), ignore_index=True)


COLUMNS = (
    "player",
    "horizon",
    "among",
    "seed",
    "era",
    "dimension",
    "said",
    "answered",
    "status",
    "n_pairs",
    "accuracy",
    "drift",
)
"""The columns of `lessons_table`."""


def _folder_name(player: TunedPlayer) -> str:
    """Return a player's name as a folder may be called, its order and horizon as they are now in it."""
    own = "".join(f"-{key}{value}" for key, value in player.parameters.items())
    return re.sub(r"[^A-Za-z0-9._-]+", "_", player.name) + own
