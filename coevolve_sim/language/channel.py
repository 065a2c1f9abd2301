"""The language channel: a speaker's mind writes a message, a listener's mind reads a value from it.

A round is about one topic or a few. Every human who has a listener writes one message on each topic; each
listener reads it by items of a questionnaire ("how would the writer answer?"), in every order of their
options. Listeners who share a mind's voice read the same text the same way, so each message is read once per
voice. A message that is not heard (refused, invalid, given up, truncated before its first sentence ended) is
recorded and never becomes a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

import numpy as np

from coevolve_sim.arrays import Floats, Indices
from coevolve_sim.language.conversation import NOBODY, SHOWN, Conversation, Utterance, utter
from coevolve_sim.language.editing import EDIT, Spoken, draw_edited, write_edits
from coevolve_sim.language.outlets import OUTLET, choose_audiences
from coevolve_sim.language.parsing import ParsedMessage
from coevolve_sim.language.playing import Player, play_in_words
from coevolve_sim.language.readers import Reading, ToRead
from coevolve_sim.language.readers.known_stances import state_side
from coevolve_sim.language.worded_channel import WordedChannel
from coevolve_sim.minds import Reply, Request
from coevolve_sim.minds.recorded import ask_all
from coevolve_sim.networks.ties import Ties
from coevolve_sim.rules import Perceived
from coevolve_sim.rules.channel import Scene
from coevolve_sim.rules.game_counts import GameCounts
from coevolve_sim.rules.media import Broadcast, HeardOutlets
from coevolve_sim.rules.tied_games import Terms
from coevolve_sim.streams import stream

Readings = dict[tuple[int, str], Reading]
"""Readings by (number of the message in its round, voice of the reader)."""


class LanguageChannel(WordedChannel):
    """The channel in which values are said in words and read from words, by every human for itself."""

    def conversation(self) -> Conversation:
        """Return the empty memory that humans have before the first round."""
        return Conversation.empty(len(self.people), self.n_dimensions, self.memory)

    # --- among humans ----------------------------------------------------------------------------

    def among_humans(self, values: Floats, ties: Ties, scene: Scene) -> Perceived:
        """Return what each listener perceives of the speakers whose messages were answered and read."""
        topics, conversation = _unpack_scene(scene)
        ties = ties.to_explicit()
        said = [(int(human), d) for human in np.unique(ties.indices) for d in topics]
        requests = [
            self.writing.speak(
                self.people[human], human, values[human], topics, d, scene.round_index, conversation
            )
            for human, d in said
        ]
        replies = ask_all(self.minds.get(self.mind), requests)
        numbers = {
            (human, d): self._say(conversation, ("peer", human, NOBODY, d), request, reply, values[human, d])
            for (human, d), request, reply in zip(said, requests, replies, strict=True)
        }
        edits = self._edit(numbers, values, scene)
        voices = self._find_reading_voices(ties)
        pairs = [(number, voice) for (human, _), number in numbers.items() for voice in voices[human]]
        pairs = [pair for pair in pairs if self._is_read(pair, edits, conversation)]
        pairs += [(edit, voice) for (human, _), edit in edits.items() for voice in voices[human]]
        readings = self._read(self.mind, conversation, pairs)
        for (human, _), number in (*numbers.items(), *edits.items()):
            _note_expressed(conversation.said[number], readings.get((number, self.people[human].voice)))
        return self._perceive_along(ties, topics, numbers | edits, readings, conversation)

    def _edit(self, numbers: dict[Spoken, int], values: Floats, scene: Scene) -> dict[Spoken, int]:
        """Let an assistant edit some of a round's messages; return the numbers of what is heard instead."""
        mediation, conversation = scene.mediation, scene.conversation
        if mediation is None:
            return {}
        which, told = mediation.assistant, [key for key in numbers if conversation.said[numbers[key]].heard]
        chosen = draw_edited(mediation, told, len(self.people), scene.seed, scene.round_index)
        made = write_edits(
            self.minds.get(self.assistants[which].mind),
            self.writing,
            self.introduce_editor(mediation, conversation),
            [(human, d, conversation.said[numbers[human, d]].heard) for human, d in chosen],
            partial(self.stance_of_editor, mediation),
            scene.round_index,
        )
        edits = {}
        for (human, d), (found, detail, tokens) in zip(chosen, made, strict=True):
            about = (EDIT, which, human, d)
            number = _add_message(conversation, about, found, detail, values[human, d], tokens)
            if found.is_heard:
                edits[human, d] = number
        return edits

    def _is_read(self, pair: tuple[int, str], edits: dict[Spoken, int], conversation: Conversation) -> bool:
        """Return whether a voice reads a message as it was written: of an edited one, its writer's alone."""
        said = conversation.said[pair[0]]
        return (said.speaker, said.dimension) not in edits or pair[1] == self.people[said.speaker].voice

    def _find_reading_voices(self, ties: Ties) -> dict[int, list[str]]:
        """Return the voices that read each speaker's messages: its own, and those of its listeners.

        Its own voice reads them too, because the expressed value is what the speaker's own voice reads.
        """
        voices: dict[int, set[str]] = {}
        for listener, speaker in zip(ties.listeners, ties.indices, strict=True):
            heard_by = voices.setdefault(int(speaker), {self.people[speaker].voice})
            heard_by.add(self.people[listener].voice)
        return {human: sorted(found) for human, found in voices.items()}

    def _perceive_along(
        self,
        ties: Ties,
        topics: list[int],
        numbers: dict[Spoken, int],
        readings: Readings,
        conversation: Conversation,
    ) -> Perceived:
        """Return a row of perceived values for each tie, leaving out ties with a topic that was not read."""
        perceived = np.full((ties.indices.size, len(topics)), np.nan)
        for tie, (listener, speaker) in enumerate(zip(ties.listeners, ties.indices, strict=True)):
            for column, d in enumerate(topics):
                number = numbers[int(speaker), d]
                if reading := readings.get((number, self.people[listener].voice)):
                    perceived[tie, column] = reading.value
                    conversation.hear(number, int(listener), reading)
        through = np.isfinite(perceived).all(axis=1)
        open_ties = ties.keep(through)
        rows = np.arange(open_ties.indices.size, dtype=np.int32)
        return Perceived(perceived[through], rows, ties=open_ties)

    # --- outlets and humans ----------------------------------------------------------------------

    def from_outlets(self, told: Broadcast, scene: Scene) -> HeardOutlets:
        """Let every outlet that anybody can follow write on each topic; return what each voice reads.

        One message is for all who follow it. Who writes and which voices read goes by who can follow,
        whatever people hold in the round, so that what is asked can be counted beforehand.
        """
        topics, conversation = _unpack_scene(scene)
        numbers = self._publish(told, scene)
        voices = sorted({person.voice for person in self.people})
        audience_of = np.array([voices.index(person.voice) for person in self.people], dtype=np.intp)
        pairs = [
            (number, voices[audience])
            for (k, _), number in numbers.items()
            for audience in choose_audiences(told.able[:, k], audience_of)
        ]
        readings = self._read(self.mind, conversation, pairs)
        perceived = np.full((len(voices), len(told.names), len(topics)), np.nan)
        for (k, d), number in numbers.items():
            for human in np.flatnonzero(told.followed[:, k]).tolist():
                if reading := readings.get((number, voices[audience_of[human]])):
                    perceived[audience_of[human], k, topics.index(d)] = reading.value
                    conversation.hear(number, human, reading)
        return HeardOutlets(perceived, audience_of)

    def _publish(self, told: Broadcast, scene: Scene) -> dict[tuple[int, int], int]:
        """Let outlets write; return the numbers of their messages in the round, by outlet and dimension."""
        topics, conversation = _unpack_scene(scene)
        numbers: dict[tuple[int, int], int] = {}
        wanted = [int(k) for k in np.flatnonzero(told.able.any(axis=0))]
        for name in dict.fromkeys(self.outlets[k].mind for k in wanted):
            about = [(k, d) for k in wanted if self.outlets[k].mind == name for d in topics]
            requests = [
                self.writing.publish(
                    self.outlets[k].person, told.names[k], told.said[k], topics, d, scene.round_index
                )
                for k, d in about
            ]
            replies = ask_all(self.minds.get(name), requests)
            for (k, d), request, reply in zip(about, requests, replies, strict=True):
                numbers[k, d] = self._say(
                    conversation, (OUTLET, k, NOBODY, d), request, reply, told.said[k, d]
                )
            own = [(numbers[k, d], self.outlets[k].voice) for k, d in about]
            for (number, _), reading in self._read(name, conversation, own).items():
                _note_expressed(conversation.said[number], reading)
        return numbers

    # --- humans and assistants -------------------------------------------------------------------

    def from_humans(self, values: Floats, humans: Indices, chosen: Indices, scene: Scene) -> Floats:
        """Let humans write to the assistants they chose; return what these read, nan where unread."""
        topics, conversation = _unpack_scene(scene)
        said = [(row, int(human), d) for row, human in enumerate(humans) for d in topics]
        requests = [
            self.writing.ask(
                self.people[human],
                human,
                values[human],
                topics,
                d,
                self.assistants[chosen[row]].name,
                scene.round_index,
                conversation,
            )
            for row, human, d in said
        ]
        replies = ask_all(self.minds.get(self.mind), requests)
        told = np.full((len(humans), len(topics)), np.nan)
        by_assistant: dict[int, list[tuple[int, int, int]]] = {}
        for (row, human, d), request, reply in zip(said, requests, replies, strict=True):
            about = ("question", human, int(chosen[row]), d)
            number = self._say(conversation, about, request, reply, values[human, d])
            by_assistant.setdefault(int(chosen[row]), []).append((number, row, topics.index(d)))
        own = [
            (number, self.people[conversation.said[number].speaker].voice)
            for entries in by_assistant.values()
            for number, _, _ in entries
        ]
        for (number, _), reading in self._read(self.mind, conversation, own).items():
            _note_expressed(conversation.said[number], reading)
        for which, entries in sorted(by_assistant.items()):
            assistant = self.assistants[which]
            pairs = [(number, assistant.voice) for number, _, _ in entries]
            readings = self._read(assistant.mind, conversation, pairs)
            for number, row, column in entries:
                read = readings.get((number, assistant.voice))
                if read is not None:
                    told[row, column] = read.value
                    conversation.note(number, which, read)
        return told

    def from_assistants(self, spoken: Floats, humans: Indices, chosen: Indices, scene: Scene) -> Floats:
        """Let assistants answer the humans who wrote to them; return what humans read, nan where unread.

        ``spoken`` has a row for each of ``humans``: where the assistant it chose stands, on all dimensions.
        """
        topics, conversation = _unpack_scene(scene)
        questions = {(u.speaker, u.dimension): u for u in conversation.said if u.kind == "question"}
        answered = [
            (row, int(human), d)
            for row, human in enumerate(humans)
            for d in topics
            if questions[int(human), d].heard
        ]
        numbers = self._answer(answered, spoken, chosen, questions, scene)
        pairs = [
            (number, self.people[human].voice)
            for number, (_, human, _) in zip(numbers, answered, strict=True)
        ]
        readings = self._read(self.mind, conversation, pairs)
        heard = np.full((len(humans), len(topics)), np.nan)
        for pair, (row, human, d) in zip(pairs, answered, strict=True):
            read = readings.get(pair)
            if read is not None:
                heard[row, topics.index(d)] = read.value
                conversation.hear(pair[0], human, read)
        return heard

    def _answer(
        self,
        answered: list[tuple[int, int, int]],
        spoken: Floats,
        chosen: Indices,
        questions: dict[tuple[int, int], Utterance],
        scene: Scene,
    ) -> list[int]:
        """Let assistants answer questions; return the numbers of the answers in the round."""
        topics, conversation = _unpack_scene(scene)
        numbers = [0] * len(answered)
        for which in sorted({int(chosen[row]) for row, _, _ in answered}):
            assistant = self.assistants[which]
            mine = [i for i, (row, _, _) in enumerate(answered) if chosen[row] == which]
            if which in scene.showing:
                for i in mine:
                    numbers[i] = self._show(which, answered[i], spoken, scene)
            else:
                requests = [
                    self._request_answer(which, answered[i], spoken, topics, questions, scene) for i in mine
                ]
                replies = ask_all(self.minds.get(assistant.mind), requests)
                for i, request, reply in zip(mine, requests, replies, strict=True):
                    row, human, d = answered[i]
                    about = ("answer", which, human, d)
                    numbers[i] = self._say(conversation, about, request, reply, spoken[row, d])
            own = [(numbers[i], assistant.voice) for i in mine]
            for (number, _), reading in self._read(assistant.mind, conversation, own).items():
                _note_expressed(conversation.said[number], reading)
        return numbers

    def _request_answer(
        self,
        which: int,
        about: tuple[int, int, int],
        spoken: Floats,
        topics: list[int],
        questions: dict[tuple[int, int], Utterance],
        scene: Scene,
    ) -> Request:
        """Return the request for an assistant's answer to a human's question on a topic."""
        (row, human, d), assistant = about, self.assistants[which]
        return self.writing.answer(
            assistant.name,
            scene.conversation.voices.get(which, assistant.voice),
            None if assistant.is_tuned else spoken[row],
            topics,
            d,
            human,
            questions[human, d].heard,
            scene.round_index,
        )

    def _show(self, which: int, about: tuple[int, int, int], spoken: Floats, scene: Scene) -> int:
        """Show a human a statement of the side that an assistant says, as it is; no mind is asked."""
        row, human, d = about
        draw = stream(scene.seed, "statement shown", scene.round_index, human, d).random()
        text = state_side(int(spoken[row, d] > 0.5), self.writing.topics[d], draw)
        latent = float(spoken[row, d])
        number: int = scene.conversation.say(
            Utterance("answer", which, human, d, "answered", text, SHOWN, latent)
        )
        return number

    # --- both ------------------------------------------------------------------------------------

    def play_games(
        self,
        values: Floats,
        ties: Ties,
        weights: tuple[Floats, Floats],  # noqa: ARG002 - minds weigh what they are told
        told: Sequence[int],
        terms: Terms,
        scene: Scene,
    ) -> tuple[Floats, GameCounts]:
        """Let people play with those they are tied to as their mind chooses, told where they stand."""

        def describe(human: int) -> Player:
            person = self.people[human]
            return Player(self.writing.persona(person, values[human], told), person.voice)

        return play_in_words(self.minds.get(self.mind), describe, ties, terms, scene.seed, scene.round_index)

    def _say(
        self,
        conversation: Conversation,
        about: tuple[str, int, int, int],
        request: Request,
        reply: Reply,
        latent: float,
    ) -> int:
        """Add the message of a reply, or why there is none, to the conversation; return its number."""
        kind, speaker, *_ = about
        name = self.name_speaker(kind, speaker)
        written = self.writing.read(request, reply, name)
        detail = reply.detail or written.detail
        return _add_message(conversation, about, written, detail, latent, reply.tokens_out)

    def _read(self, mind: str, conversation: Conversation, pairs: Iterable[tuple[int, str]]) -> Readings:
        """Let a mind's voices read what is heard of messages; messages that are not heard are left out."""
        wanted = [pair for pair in pairs if conversation.said[pair[0]].heard]
        to_read = [
            ToRead(conversation.said[number].heard, conversation.said[number].dimension, voice)
            for number, voice in wanted
        ]
        return dict(zip(wanted, self.read(mind, to_read), strict=True))


def _unpack_scene(scene: Scene) -> tuple[list[int], Conversation]:
    """Return a round's topics and conversation."""
    topics: Sequence[int] = [] if scene.topics is None else scene.topics.tolist()
    return list(topics), scene.conversation


def _add_message(
    conversation: Conversation,
    about: tuple[str, int, int, int],
    written: ParsedMessage,
    detail: str,
    latent: float,
    tokens: int,
) -> int:
    """Add a message to the conversation: its kind, speaker, listener, topic and text; return its number."""
    return conversation.say(utter(about, written, detail, float(latent), tokens))


def _note_expressed(utterance: Utterance, reading: Reading | None) -> None:
    """Set a message's expressed value: what the speaker's own voice read in it, nan where unread."""
    utterance.expressed = float("nan") if reading is None else reading.value
