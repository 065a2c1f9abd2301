"""Set up the players, histories and people of a challenge from a command's options, in numbers or words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from coevolve_sim.cli.console import ProgressDisplay, aside, interruptible, show_progress
from coevolve_sim.errors import HistoryError, MindError, PolicyError

if TYPE_CHECKING:
    from coevolve_sim.assistants.policies import NamedPolicy
    from coevolve_sim.evaluation.challenges import ChallengePopulation, LanguageChallenge, LearningPlayer
    from coevolve_sim.values.histories import History


@dataclass(frozen=True)
class ChallengeOptions:
    """Options of a command about people and the mind that speaks for them."""

    mind: str | None
    eras: str | None
    space: str
    voices: list[str] | None
    pairs: int
    dtype: str
    device: str
    humans: int | None
    seed: int
    folder: Path


@dataclass(frozen=True)
class ChallengeSetup:
    """Players, histories and people, ready to be played."""

    players: list[NamedPolicy | LearningPlayer]
    histories: list[History]
    people: ChallengePopulation
    playing: Callable[[str], None]
    spoken: LanguageChallenge | None = None

    @property
    def policies(self) -> list[NamedPolicy]:
        """The players that are policies."""
        from coevolve_sim.assistants.policies import NamedPolicy

        return [player for player in self.players if isinstance(player, NamedPolicy)]

    def ends(self) -> dict[str, dict[str, int]]:
        """Return the number of messages by speaker and status; empty for a challenge in numbers."""
        ends = self.spoken.people.ends if self.spoken else {}
        return {whose: dict(found) for whose, found in ends.items() if found}

    def write(self, out: Path) -> list[Path]:
        """Write the lessons of assistants whose weights learn, if there are any; return the files written."""
        return [self.spoken.write(out)] if self.spoken and self.spoken.lessons else []


@contextmanager
def set_up_challenge(
    asked: ChallengeOptions,
    policies: Sequence[str],
    histories: Sequence[str],
    usual: Sequence[str] = ("gss-moral",),
    usual_policies: Sequence[str] = (),
) -> Iterator[ChallengeSetup]:
    """Set up a challenge in numbers or in words; the mind opened for it is closed afterwards.

    Where no policy is given, the usual ones play; in words also the methods by which weights learn, if the
    mind's weights are available.
    """
    from coevolve_sim.assistants.tuned import METHODS
    from coevolve_sim.evaluation import challenges

    if asked.mind is None:
        if asked.eras or asked.voices:
            raise MindError("--eras and --voice are of a mind: name it, as in --mind embedded")
        people = (
            challenges.NumericPopulation()
            if asked.humans is None
            else challenges.NumericPopulation(asked.humans)
        )
        players = [_policy(text) for text in policies or usual_policies]
        pasts = [challenges.parse_history(text) for text in histories or usual]
        with aside.status("Playing") as status:
            yield ChallengeSetup(players, pasts, people, lambda what: status.update(f"Playing {what}"))
        return
    if histories:
        raise HistoryError(
            f"--history {histories[0]} and --mind {asked.mind} given; in words, the mind's eras are the "
            "history: leave out one of them"
        )
    left = f"What was asked and learnt is kept in {asked.folder}; the same command goes on with it."
    with interruptible(left), show_progress("Asking") as shown:
        spoken = _set_up_in_words(asked, shown)
        try:
            chosen = policies or (*usual_policies, *(METHODS if spoken.has_weights else ()))
            yield ChallengeSetup(
                [*spoken.players(chosen)], [spoken.history], spoken.people, shown.show_task, spoken
            )
        finally:
            spoken.close()


def _policy(text: str) -> NamedPolicy | LearningPlayer:
    """Return the policy that a text names; methods by which weights learn are refused without a mind."""
    from coevolve_sim.assistants.policies import parse_policy
    from coevolve_sim.assistants.tuned import METHODS

    if text.split(",", maxsplit=1)[0].strip() in METHODS:
        raise PolicyError(f"'{text}' learns by its weights; name the mind whose, as in --mind embedded")
    return parse_policy(text)


def _set_up_in_words(asked: ChallengeOptions, shown: ProgressDisplay) -> LanguageChallenge:
    from coevolve_sim.cli import mind_names
    from coevolve_sim.evaluation.challenges import language_challenge
    from coevolve_sim.language import questionnaires

    voices = mind_names.parse_voices(asked.voices)
    mind = mind_names.open_one_mind(asked.mind or "", voices, dtype=asked.dtype, device=asked.device)
    try:
        return language_challenge(
            mind,
            mind_names.parse_eras(asked.eras) or sorted(mind.voices),
            questionnaires.shipped_questionnaire(asked.space),
            asked.folder,
            n_people=asked.humans,
            n_pairs=asked.pairs,
            seed=asked.seed,
            progress=shown.show_usage,
        )
    except BaseException:
        mind.close()
        raise
