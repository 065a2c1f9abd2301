"""Set up a challenge in words: a history measured from a mind's era voices, and people who speak."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from coevolve_sim.assistants.policies import NamedPolicy, parse_policy
from coevolve_sim.assistants.tuned import Readout, parse_method, require_own_weights, write_candidates
from coevolve_sim.errors import MindError, PolicyError, RecordError
from coevolve_sim.evaluation.challenges.language_population import LanguagePopulation
from coevolve_sim.evaluation.challenges.tuned_learners import (
    ChallengeLesson,
    TunedPlayer,
    base_weights,
    lessons_table,
)
from coevolve_sim.language.elicitation import elicit, eras_of
from coevolve_sim.language.elicitation.files import HISTORY
from coevolve_sim.language.endings import LimitedMind
from coevolve_sim.language.prompts import Templates
from coevolve_sim.language.questionnaires import Persona, Questionnaire, read_personas, topic_of
from coevolve_sim.language.readers.letters import LetterReader
from coevolve_sim.language.table_cells import escape_texts
from coevolve_sim.minds import Mind
from coevolve_sim.minds.cache import CachedMind
from coevolve_sim.minds.recorded import RecordedMind, RememberedReplies
from coevolve_sim.minds.usage import Usage
from coevolve_sim.minds.wrappers import PinnedMind
from coevolve_sim.output_files import refuse_link
from coevolve_sim.values.histories import History, read_history

REPLIES, VALUES, WEIGHTS = "replies.sqlite", "history", "weights"


@dataclass(frozen=True, eq=False)
class LanguageChallenge:
    """A challenge in words, ready to be played.

    Attributes
    ----------
    mind : Mind
        The opened mind, into which adapters are loaded.
    history : History
        Values of the eras' voices by the questionnaire, the mean over personas.
    people : LanguagePopulation
        The people whom assistants observe.
    folder : Path
        Folder of replies, measured eras and adapters.
    n_pairs : int
        Number of text pairs on each topic, for assistants whose weights learn.
    seed : int
        Seed of these texts.
    lessons : list of ChallengeLesson
        The values of assistants whose weights learn, play by play and era by era.
    """

    mind: Mind
    history: History
    people: LanguagePopulation
    folder: Path
    n_pairs: int
    seed: int
    lessons: list[ChallengeLesson] = field(default_factory=list)

    @property
    def has_weights(self) -> bool:
        """Whether the mind's weights are available for training."""
        try:
            require_own_weights(self.mind)
        except MindError:
            return False
        return True

    def players(self, texts: Sequence[str]) -> list[NamedPolicy | TunedPlayer]:
        """Return the players that texts name; if the weights of any learn, the base weights play last.

        Raises
        ------
        PolicyError
            If a text names no player.
        MindError
            If weights are to learn that are not available.
        """
        players = [self._player(text) for text in texts]
        if any(isinstance(player, TunedPlayer) for player in players):
            players.append(base_weights(self.mind, self.folder / WEIGHTS, self.lessons))
        return players

    def close(self) -> None:
        """Close the file of replies and the mind."""
        self.people.mind.close()

    def write(self, out: str | Path) -> Path:
        """Write ``weights.csv``, the table of `lessons_table`, and return its path.

        Raises
        ------
        RecordError
            If it cannot be written.
        """
        path = Path(out) / "weights.csv"
        table = lessons_table(self.lessons, self.history.dimension_names)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            refuse_link(path)
            escape_texts(table).to_csv(path, index=False, float_format="%.6f", lineterminator="\n")
        except OSError as error:
            raise RecordError(
                f"{path} cannot be written: {error.strerror}; name another with --out"
            ) from None
        return path

    def _player(self, text: str) -> NamedPolicy | TunedPlayer:
        method = parse_method(text)
        if method is None:
            return parse_policy(text)
        require_own_weights(self.mind)
        pool = write_candidates(
            self.people.mind, self.people.readout, self.n_pairs, self.seed, called=self.people.assistant
        )
        return TunedPlayer(method, self.mind, pool.pairs, self.folder / WEIGHTS, self.lessons)


def language_challenge(
    mind: Mind,
    voices: Sequence[str],
    questionnaire: Questionnaire,
    folder: str | Path,
    *,
    personas: Sequence[Persona] | None = None,
    n_people: int | None = None,
    n_pairs: int = 12,
    draws: int = 4,
    seed: int = 1,
    progress: Callable[[Usage], None] | None = None,
    measured: Callable[[str, int, int], None] | None = None,
) -> LanguageChallenge:
    """Measure the history of a mind's era voices, and return all that a challenge in words needs.

    Parameters
    ----------
    mind : Mind
        A mind with a voice for each era. It reads messages with its own voice.
    voices : sequence of str
        The voices of the eras, in the order of time; at least 2.
    questionnaire : Questionnaire
        Questionnaire by which eras are measured and messages read.
    folder : path
        Folder of replies, measured eras and adapters. A challenge that was killed continues from its content.
    personas : sequence of Persona, optional
        Personas who speak; the package's own 24 if not given.
    n_people : int, optional
        Number of people that a replication draws; the number of personas if not given.
    n_pairs : int
        Number of text pairs on each topic.
    draws : int
        Number of messages of an assistant on each topic.
    seed : int
        Seed of messages and texts. Replications have seeds of their own for drawing people, but hear the
        same messages.
    progress : callable, optional
        Called with the usage so far after every reply.
    measured : callable, optional
        Called with the era being measured, the number of its replies so far, and their total.

    Returns
    -------
    LanguageChallenge

    Raises
    ------
    PolicyError
        If there are fewer than 2 eras.
    MindError
        If the mind lacks a voice, or cannot be asked.
    UnansweredError
        If the mind leaves too much unanswered, now or while the challenge is played.
    QuestionnaireError
        If an era has no value on a dimension: a history has no gaps.
    """
    if len(voices) < 2:
        raise PolicyError(f"a challenge in words needs the voices of at least 2 eras; {len(voices)} given")
    place, who = Path(folder), tuple(personas or read_personas())
    # The folder is this challenge's own: a server that nothing tells from others is known by its name there.
    pinned = CachedMind(PinnedMind(mind), place / REPLIES, trusts_name=True)
    limited = LimitedMind(pinned, "nothing is scored; what was answered is kept")
    asked = RecordedMind(limited, RememberedReplies(), Usage(), progress)
    space = questionnaire.space
    topics = tuple(topic_of(space, name) for name in space.names)
    templates = Templates.standard()
    reader = LetterReader.of(questionnaire, templates, topics, len(questionnaire.items))
    elicit(
        eras_of(asked, voices),
        questionnaire,
        place / VALUES,
        personas=who,
        templates=templates,
        progress=measured,
    )
    history = replace(read_history(place / VALUES / HISTORY), name=f"{space.name} in words")
    readout = Readout(asked, questionnaire, reader, templates, seed=seed, draws=draws)
    people = LanguagePopulation(asked, tuple(voices), who, readout, n_people=n_people)
    return LanguageChallenge(mind, history, people, place, n_pairs, seed)
