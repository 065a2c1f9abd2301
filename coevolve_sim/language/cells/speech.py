"""How cells of humans and assistants are asked, and how what they say is read: the part without any audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats, Indices
from coevolve_sim.errors import ChannelError
from coevolve_sim.language.cells.audit import KINDS
from coevolve_sim.language.cells.conversation import CellConversation
from coevolve_sim.language.cells.hearings import Hearings
from coevolve_sim.language.cells.memory import MOST_REMEMBERED, code_remembered
from coevolve_sim.language.cells.occupied import Spoken, draw_replies, find_spoken
from coevolve_sim.language.cells.stated import MOST_CODES, Codes, code_stated
from coevolve_sim.language.conversation import NOBODY, Hearing, utter
from coevolve_sim.language.editing import EDIT
from coevolve_sim.language.people import People
from coevolve_sim.language.readers import Reading, ToRead
from coevolve_sim.language.worded_channel import WordedChannel
from coevolve_sim.language.writing import Address
from coevolve_sim.minds import Reply, Request
from coevolve_sim.minds.recorded import ask_all
from coevolve_sim.rules.channel import Scene
from coevolve_sim.scenario.cell_specs import CellsSpec

QUESTION, ANSWER = "question", "answer"

KEPT = -1
"""Stands for the round in the names of draws that are kept from round to round."""


@dataclass(frozen=True, eq=False)
class CellSpeech(WordedChannel):
    """What is asked of cells, and what is read of it.

    Attributes
    ----------
    cells : CellsSpec
        How many draws stand for a cell, whether they are drawn anew each round, and the audit.
    hears_as_held : bool
        Whether everybody is heard to hold what they hold, whatever is read; for counting requests.
    """

    people: People
    cells: CellsSpec = field(default_factory=CellsSpec)
    hears_as_held: bool = False

    def for_counting(self) -> Self:
        """Return the same channel for minds that only count: people move as if they were heard exactly."""
        return replace(self, hears_as_held=True)

    def manifest(self) -> dict[str, str]:
        """Return the fingerprints of the prompts' templates, and the rule by which messages are read."""
        gist = {"gist": self.writing.templates.gist_fingerprint} if self._remembers else {}
        return super().manifest() | gist

    def conversation(self) -> CellConversation:
        """Return the empty memory that humans have before the first round."""
        shape = (len(self.people) if self._remembers else 0, self.n_dimensions)
        residuals = np.zeros((len(KINDS), len(self._voices), self.n_dimensions, 2))
        return CellConversation(np.zeros(shape, dtype=np.int64), np.zeros(shape), [], 0, residuals=residuals)

    @property
    def _remembers(self) -> bool:
        return self.cells.memory != "none"

    @cached_property
    def _voices(self) -> list[str]:
        """Voices with which anybody reads: those of humans first, then of assistants."""
        humans = sorted({person.voice for person in self.people.kinds})
        return list(dict.fromkeys([*humans, *(one.voice for one in self.assistants)]))

    @cached_property
    def _voice_of(self) -> NDArray[np.intp]:
        """The number of each human's voice, shape (humans,)."""
        of_kinds = np.array([self._voices.index(person.voice) for person in self.people.kinds], dtype=np.intp)
        return of_kinds[self.people.kind_of]

    def _heard_by(self, messages: NDArray[Any], humans: NDArray[Any]) -> Hearings:
        """Return messages, by their numbers from 0, as humans hear them, each with its own voice."""
        return Hearings(messages, self._voice_of[humans], humans, len(self._voices))

    def _write(self, kind: str, humans: Indices, values: Floats, partners: Indices, scene: Scene) -> None:
        """Let cells of humans write: to peers, or to the assistants that they chose."""
        (d, talk), replies = unpack_scene(scene), self.cells.replies
        held = values[humans, d]
        stated, remembered = code_stated(held, self.writing), self._code_memory(humans, d, talk)
        codes = self.people.kind_of[humans].astype(np.int64) * MOST_CODES + stated
        codes = (codes * MOST_REMEMBERED + remembered) * max(1, len(self.assistants)) + partners
        spoken = find_spoken(codes, self._draws(scene)[humans], replies, held)
        chosen = [(int(humans[i]), int(partners[i])) for i in spoken.first]
        cells = [(int(stated[i]), int(remembered[i])) for i in spoken.first]
        requests = [
            self._ask_cell(kind, *who, (*cell, int(draw)), values, scene)
            for who, cell, draw in zip(chosen, cells, spoken.draws, strict=True)
        ]
        about = [(kind, human, partner if kind == QUESTION else NOBODY, d) for human, partner in chosen]
        self._say(about, spoken, requests, ask_all(self.minds.get(self.mind), requests), humans, talk)

    def _ask_cell(
        self, kind: str, human: int, partner: int, cell: tuple[int, int, int], values: Floats, scene: Scene
    ) -> Request:
        """Return the request for a draw of the cell (stated, remembered, draw) that a human is in."""
        (d, _), person = unpack_scene(scene), self.people[human]
        to = self.assistants[partner].name if kind == QUESTION else ""
        named = self._name(kind, scene, person.who, person.voice, to, *cell, d)
        return self._ask_human(kind, human, partner, values, scene, named)

    def _ask_human(
        self, kind: str, human: int, partner: int, values: Floats, scene: Scene, named: Address = ()
    ) -> Request:
        """Return the request for a human's message, to peers or to an assistant."""
        (d, talk), person, held = unpack_scene(scene), self.people[human], values[human]
        if kind == QUESTION:
            to = self.assistants[partner].name
            return self.writing.ask(person, human, held, [d], d, to, scene.round_index, talk, named)
        return self.writing.speak(person, human, held, [d], d, scene.round_index, talk, named)

    def _name(self, kind: str, scene: Scene, *parts: int | str) -> Address:
        return (scene.round_index if self.cells.redraw else KEPT, kind, "cell", *parts)

    def _draws(self, scene: Scene) -> Codes:
        return draw_replies(len(self.people), self.cells.replies, scene.seed, scene.round_index)

    def _code_memory(self, humans: Indices, dimension: int, talk: CellConversation) -> Codes:
        if not self._remembers:
            return np.zeros(humans.size, dtype=np.int64)
        return code_remembered(talk.counts[humans, dimension], talk.sums[humans, dimension])

    def _ask_assistant(
        self, which: int, human: int, text: str, spoken: Floats, scene: Scene, named: Address = ()
    ) -> Request:
        """Return the request for an assistant's answer to a text."""
        (d, talk), assistant = unpack_scene(scene), self.assistants[which]
        voice, held = talk.voices.get(which, assistant.voice), None if assistant.is_tuned else spoken
        return self.writing.answer(assistant.name, voice, held, [d], d, human, text, scene.round_index, named)

    def _say(
        self,
        about: Sequence[tuple[str, int, int, int]],
        spoken: Spoken,
        requests: Sequence[Request],
        replies: Sequence[Reply],
        humans: Indices,
        talk: CellConversation,
    ) -> None:
        """Add the messages of replies to the conversation, and which of them each human says."""
        first = len(talk.said)
        for place, (request, reply) in enumerate(zip(requests, replies, strict=True)):
            kind, speaker, *_ = about[place]
            written = self.writing.read(request, reply, self.name_speaker(kind, speaker))
            latent, detail = float(spoken.mean[place]), reply.detail or written.detail
            message = utter(about[place], written, detail, latent, reply.tokens_out)
            talk.say_by(message, int(spoken.draws[place]), int(spoken.n_humans[place]))
        if humans.size:
            talk.note_said_by(about[0][0], about[0][3], humans, first + spoken.said, len(self.people))

    def _perceive(
        self, mind: str, hears: Hearings, first: int, talk: CellConversation, also: Hearings | None = None
    ) -> Floats:
        """Let a mind's voices read messages; return what is perceived, nan where nobody hears or reads.

        Parameters
        ----------
        mind : str
            The mind of those who hear.
        hears : Hearings
            Of the messages from ``first`` on, in the round.
        first : int
        talk : CellConversation
        also : Hearings, optional
            Who else could hear: they are read to, and nothing of it is on record.

        Returns
        -------
        float64 array, shape (messages, voices)
        """
        n_messages = len(talk.said) - first
        counts, listeners = hears.tally(n_messages), hears.find_first(n_messages)
        wanted = counts if also is None else counts + also.tally(n_messages)
        pairs = [(first + int(m), self._voices[v]) for m, v in np.argwhere(wanted > 0).tolist()]
        perceived = np.full(counts.shape, np.nan)
        for (number, voice), reading in self._read(mind, pairs, talk).items():
            place = number - first, self._voices.index(voice)
            perceived[place] = talk.said[number].latent if self.hears_as_held else reading.value
            if counts[place]:
                note = Hearing(
                    number, int(listeners[place]), reading.value, reading.status, reading.option_mass
                )
                talk.hear_by(note, int(counts[place]))
        return perceived

    def _read(
        self, mind: str, pairs: Sequence[tuple[int, str]], talk: CellConversation
    ) -> dict[tuple[int, str], Reading]:
        """Let a mind's voices read what is heard of messages, each text once."""
        to_read = {
            (number, voice): ToRead(said.heard, said.dimension, voice)
            for number, voice in pairs
            if (said := talk.said[number]).heard
        }
        distinct = list(dict.fromkeys(to_read.values()))
        found = dict(zip(distinct, self.read(mind, distinct), strict=True))
        return {pair: found[one] for pair, one in to_read.items()}

    def _own_voices(self, first: int, talk: CellConversation) -> list[str]:
        """Return the voice of the human whose message each is, also of one as edited."""
        owners = [one.listener if one.kind == EDIT else one.speaker for one in talk.said[first:]]
        return [self.people[owner].voice for owner in owners]

    def _note_expressed(self, mind: str, first: int, voices: Sequence[str], talk: CellConversation) -> None:
        """Set the expressed value of messages: what their speaker's own voice reads in them."""
        own = [(first + place, voice) for place, voice in enumerate(voices)]
        for (number, _), reading in self._read(mind, own, talk).items():
            talk.said[number].expressed = reading.value


def unpack_scene(scene: Scene) -> tuple[int, CellConversation]:
    """Return the one topic of a round, and its conversation."""
    if scene.topics is None or len(scene.topics) != 1:
        raise ChannelError("by cells a round is about one topic: set channel.topics_per_round to 1")
    return int(scene.topics[0]), scene.conversation
