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
    Annotator,
    ByPeople,
    BySelfReference,
    EraReport,
    HeldValues,
    Method,
    NamedMethod,
    Respondent,
    TextPair,
    TunedAssistant,
)
from coevolve_sim.assistants.tuned.methods import BASE_WEIGHTS as NEVER
from coevolve_sim.errors import PolicyError
from coevolve_sim.evaluation.challenges.challenge_protocol import BASE_WEIGHTS
from coevolve_sim.evaluation.challenges.language_population import LanguagePopulation
from coevolve_sim.evaluation.challenges.learners import Among
from coevolve_sim.evaluation.challenges.populations import ChallengePopulation
from coevolve_sim.minds import Mind

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ChallengeLesson:
    """What became of an assistant's weights in an era of one play.

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
    report : EraReport or None
        What learning did; None in era 0.
    held : HeldValues
        What it holds then.
    """

    player: str
    horizon: int
    among: str
    seed: int
    era: int
    report: EraReport | None
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

    def looking_ahead(self, horizon: int) -> TunedPlayer:
        """Return the same with another horizon, if it has one."""
        return replace(self, named=replace(self.named, method=self.named.method.looking_ahead(horizon)))

    def pupil(self, company: ChallengePopulation, seed: int, among: Among) -> TunedLearner:
        """Return one with the mind's own weights, to learn from people who are heard in words.

        Raises
        ------
        PolicyError
            If people are heard in numbers: those compare no texts.
        """
        if not isinstance(company, LanguagePopulation):
            raise PolicyError(
                f"'{self.name}' learns from which texts people prefer, and people in numbers prefer none; "
                "let them speak through a mind"
            )
        return TunedLearner(self, company, seed, among)


class TunedLearner:
    """An assistant whose weights learn in one play.

    Parameters
    ----------
    player : TunedPlayer
        Who plays.
    company : LanguagePopulation
        Whom it asks.
    seed : int
        Of the people.
    among : str
        Who teaches it: people of the ``eras``, or a simulated ``human``.
    """

    def __init__(self, player: TunedPlayer, company: LanguagePopulation, seed: int, among: Among) -> None:
        self._player, self._company, self._seed, self._among = player, company, seed, among
        method, words = player.named.method, company.readout
        self._assistant = TunedAssistant(
            company.assistant,
            player.mind,
            player.folder / f"{_named(player)}-{among}-seed{seed}",
            method,
            player.named.settings,
            templates=words.templates,
        )
        self._held = self._told(0, None)

    def says(self) -> Floats:
        """Return what is read from what it says, the mean over its messages."""
        return self._held.said

    def learn_of_era(self, era: int) -> None:
        """Learn from what people of an era prefer."""
        self._learn(era, self._company.people_of_era(era, self._seed))

    def learn_around(self, centre: Floats, era: int) -> None:
        """Learn from what people prefer who stand around a centre."""
        self._learn(era, self._company.people_around(centre, self._seed, era))

    def _learn(self, era: int, people: Sequence[Respondent]) -> None:
        if self._player.named.method.kind == NEVER:
            return
        templates = self._company.readout.templates
        preferred = self._annotator().preferred(self._company.mind, people, self._player.pairs, templates)
        self._held = self._told(era, self._assistant.learn(era, preferred))

    def _annotator(self) -> Annotator:
        """Return who says what is preferred."""
        if self._player.named.annotator == "people":
            return ByPeople()
        words = self._company.readout
        return BySelfReference(words.seed, temperature=words.temperature, max_tokens=words.max_tokens)

    def _told(self, era: int, report: EraReport | None) -> HeldValues:
        held = self._assistant.holds(self._company.readout)
        self._company.ends["assistant"].update(held.statuses)
        player = self._player
        horizon = player.parameters.get("horizon", 0)
        player.lessons.append(
            ChallengeLesson(player.name, horizon, self._among, self._seed, era, report, held)
        )
        return held


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
    return TunedPlayer(NamedMethod(BASE_WEIGHTS, Method(NEVER), DpoSettings()), mind, (), folder, lessons)


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
        update = one.report.update if one.report else None
        learnt = (
            one.report.status if one.report else "",
            update.n_pairs if update else 0,
            update.accuracy_after if update else float("nan"),
            update.drift if update else float("nan"),
        )
        told = zip(dimensions, one.held.said.tolist(), one.held.answered.tolist(), strict=True)
        of_play = (one.player, one.horizon, one.among, one.seed, one.era)
        rows += [(*of_play, *of_dimension, *learnt) for of_dimension in told]
    return pd.DataFrame(rows, columns=list(COLUMNS)).drop_duplicates(list(COLUMNS[:6]), ignore_index=True)


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


def _named(player: TunedPlayer) -> str:
    """Return a player's name as a folder may be called, its order and horizon as they are now in it."""
    own = "".join(f"-{key}{value}" for key, value in player.parameters.items())
    return re.sub(r"[^A-Za-z0-9._-]+", "_", player.name) + own
