"""Assistants whose weights learn, as players: they elicit preferences as ProgressGym's assistants do."""

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
    """The values of an assistant whose weights learn after one era of one play, and the lesson before.

    Attributes
    ----------
    player : str
        Name of the player.
    horizon : int
        Number of eras that it looks ahead; 0 if none.
    among : str
        ``eras`` if it learnt from people of the era, ``human`` if from the simulated human of coevolve.
    seed : int
        Seed of the replication.
    era : int
        Index of the era; 0 before it has learnt anything.
    lesson : Lesson or None
        The era's lesson; None in era 0, and for a player that never learns.
    held : HeldValues
        Its values after the lesson.
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
        Method of learning, with its settings.
    mind : Mind
        The mind with whose weights it begins.
    pairs : tuple of TextPair
        The texts that it lets people compare.
    folder : Path
        Folder of its adapters, with a folder for each play.
    lessons : list of ChallengeLesson
        A list to which each era's lesson is appended.
    """

    named: NamedMethod
    mind: Mind
    pairs: tuple[TextPair, ...]
    folder: Path
    lessons: list[ChallengeLesson] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Its name, as it was given."""
        return self.named.name

    @property
    def parameters(self) -> Mapping[str, int]:
        """Its order and horizon, if it has them."""
        return self.named.method.parameters

    def with_horizon(self, horizon: int) -> TunedPlayer:
        """Return the same player with another horizon, if it has one."""
        return replace(self, named=replace(self.named, method=self.named.method.with_horizon(horizon)))

    def make_learner(self, people: ChallengePopulation, seed: int, among: Among) -> TunedLearner:
        """Return a learner that starts with the mind's own weights and learns from people who speak.

        Raises
        ------
        PolicyError
            If people are heard in numbers: they cannot compare texts.
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
        The player for which it learns.
    people : LanguagePopulation
        The people who compare texts for it.
    seed : int
        Seed of the people.
    among : str
        From whom it learns: people of the ``eras``, or a simulated ``human``.
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

    def express_values(self) -> Floats:
        """Return the values read from its messages, the mean over messages on each dimension."""
        return self._held.said

    def learn_of_era(self, era: int) -> None:
        """Learn from the preferences of people of an era."""
        self._learn(era, self._people.people_of_era(era, self._seed))

    def learn_around(self, centre: Floats, era: int) -> None:
        """Learn from the preferences of people around a centre."""
        self._learn(era, self._people.people_around(centre, self._seed, era))

    def _learn(self, era: int, people: Sequence[Respondent]) -> None:
        if self._player.named.method.learns:
            self._held = self._measure(era, self._learner.learn(era, people))

    def _measure(self, era: int, lesson: Lesson | None) -> HeldValues:
        """Measure its present values, and append them with the era's lesson to the player's lessons."""
        held, player = self._learner.measure_held(), self._player
        self._people.ends["assistant"].update(held.statuses)
        horizon = player.parameters.get("horizon", 0)
        player.lessons.append(
            ChallengeLesson(player.name, horizon, self._among, self._seed, era, lesson, held)
        )
        return held


def _annotator_of(name: str, readout: Readout) -> Annotator:
    """Return the annotator of a name in `coevolve_sim.assistants.tuned.methods.NAMED_ANNOTATORS`."""
    if name == "people":
        return ByPeople()
    return BySelfReference(readout.seed, temperature=readout.temperature, max_tokens=readout.max_tokens)


def base_weights(mind: Mind, folder: Path, lessons: list[ChallengeLesson]) -> TunedPlayer:
    """Return the player that keeps a mind's base weights and never learns, as a reference for learners.

    Parameters
    ----------
    mind : Mind
        The mind with these weights.
    folder : Path
        Folder of the challenge; this player writes nothing there.
    lessons : list of ChallengeLesson
        A list to which its measured values are appended.
    """
    return TunedPlayer(
        NamedMethod(BASE_WEIGHTS, Method(BASE_WEIGHTS), DpoSettings()), mind, (), folder, lessons
    )


def lessons_table(lessons: Sequence[ChallengeLesson], dimensions: Sequence[str]) -> pd.DataFrame:
    """Return a table of lessons: one row for each player, replication, era and dimension.

    The columns are `COLUMNS`. ``horizon`` is 0 for a player without one; ``said`` and ``answered`` are the
    values read from its messages and from its answers to the questionnaire; ``status`` is that of the lesson,
    empty in era 0; ``n_pairs`` is the number of pairs learnt from, ``accuracy`` the share of them whose
    chosen text became likelier relative to the other, ``drift`` how far the model moved, in nats per token.
    A lesson that is part of several challenges appears once.

    Parameters
    ----------
    lessons : sequence of ChallengeLesson
        In any order.
    dimensions : sequence of str
        Names of the dimensions.
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
    """Return a folder name for a player: its name, then its present order and horizon."""
    own = "".join(f"-{key}{value}" for key, value in player.parameters.items())
    return re.sub(r"[^A-Za-z0-9._-]+", "_", player.name) + own
