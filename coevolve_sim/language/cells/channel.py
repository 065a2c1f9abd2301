"""The channel in which humans whose prompts are equal are asked once, and several draws stand for them all.

A prompt to speak is made of few things: who somebody is in words, its stance on the round's topic as a whole
number or a word, the topic, how the message begins. Humans who have all of them alike are a *cell*. Each cell
is asked for some draws, and which of them a human says is drawn by name; a text is read once for each voice
that hears it. So the number of requests goes by cells, however many humans there are. With one draw at
temperature 0, values are those of the channel that asks every human, bit for bit.

Each round some humans are asked in full besides, as that channel would ask them (`coevolve_sim.language.
cells.audit`): what cells are off by is on record, and is not corrected unless the scenario says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats, Indices
from coevolve_sim.errors import ChannelError
from coevolve_sim.language.cells.audit import KINDS, Audited, draw_audited
from coevolve_sim.language.cells.cell_round import Numbers
from coevolve_sim.language.cells.conversation import SILENT, CellConversation
from coevolve_sim.language.cells.hearings import Hearings
from coevolve_sim.language.cells.memory import MOST_REMEMBERED, code_remembered
from coevolve_sim.language.cells.occupied import Spoken, draw_replies, find_spoken, one_speaker
from coevolve_sim.language.cells.stated import MOST_CODES, Codes, code_stated
from coevolve_sim.language.conversation import NOBODY, SHOWN, TO_PEERS, Hearing, Utterance, utter
from coevolve_sim.language.editing import EDIT
from coevolve_sim.language.outlets import OUTLET
from coevolve_sim.language.people import People
from coevolve_sim.language.readers import Reading, ToRead
from coevolve_sim.language.readers.known_stances import state_side
from coevolve_sim.language.worded_channel import WordedChannel
from coevolve_sim.language.writing import Address
from coevolve_sim.minds import Reply, Request
from coevolve_sim.minds.recorded import ask_all
from coevolve_sim.networks.ties import Ties
from coevolve_sim.rules import Perceived
from coevolve_sim.rules.channel import Scene
from coevolve_sim.rules.media import Broadcast, HeardOutlets
from coevolve_sim.scenario.cell_specs import CellsSpec
from coevolve_sim.streams import stream

QUESTION, ANSWER = "question", "answer"

KEPT = -1
"""Stands for the round in the names of draws that are kept from round to round."""


@dataclass(frozen=True, eq=False)
class CellChannel(WordedChannel):
    """The channel in which values are said in words and read from words, by cells of humans.

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

    # --- among humans ----------------------------------------------------------------------------

    def among_humans(self, values: Floats, ties: Ties, scene: Scene) -> Perceived:
        """Return what each listener perceives: a row for each message and voice, which its ties share."""
        (d, talk), ties = _unpack(scene), ties.to_explicit()
        speaks = np.zeros(ties.n_humans, dtype=bool)
        speaks[ties.indices] = True
        humans, first = np.flatnonzero(speaks), len(talk.said)
        self._write(TO_PEERS, humans, values, np.zeros_like(humans), scene)
        said = self._edit(humans, values, scene)
        hears = Hearings(said[ties.indices] - first, self._voice_of[ties.listeners], ties.listeners)
        perceived = self._perceive(self.mind, hears, first, talk)
        self._note_expressed(self.mind, first, self._own_voices(first, talk), talk)
        self._audit_peers(humans, hears.tally(*perceived.shape) > 0, said - first, values, perceived, scene)
        perceived = self._correct(TO_PEERS, perceived, d, talk).ravel()
        rows = hears.rows(len(self._voices))
        through = np.isfinite(perceived)[rows]
        talk.remember(ties.listeners[through], d, perceived[rows[through]])
        return Perceived(perceived[:, None], rows[through].astype(np.int32), ties=ties.keep(through))

    def _write(self, kind: str, humans: Indices, values: Floats, partners: Indices, scene: Scene) -> None:
        """Let cells of humans write: to peers, or to the assistants that they chose."""
        (d, talk), replies = _unpack(scene), self.cells.replies
        held = values[humans, d]
        codes = self.people.kind_of[humans].astype(np.int64) * MOST_CODES + code_stated(held, self.writing)
        codes = codes * MOST_REMEMBERED + self._code_memory(humans, d, talk)
        codes = codes * max(1, len(self.assistants)) + partners
        spoken = find_spoken(codes, self._draws(scene)[humans], replies, held)
        chosen = [(int(humans[i]), int(partners[i])) for i in spoken.first]
        requests = [
            self._ask_cell(kind, human, partner, int(draw), values, scene)
            for (human, partner), draw in zip(chosen, spoken.draws, strict=True)
        ]
        about = [(kind, human, partner if kind == QUESTION else NOBODY, d) for human, partner in chosen]
        self._say(about, spoken, requests, ask_all(self.minds.get(self.mind), requests), humans, talk)

    def _ask_cell(
        self, kind: str, human: int, partner: int, draw: int, values: Floats, scene: Scene
    ) -> Request:
        """Return the request for a draw of the cell that a human is in."""
        (d, talk), person = _unpack(scene), self.people[human]
        stated = int(code_stated(values[human, d], self.writing))
        remembered = int(self._code_memory(np.array([human]), d, talk)[0])
        to = self.assistants[partner].name if kind == QUESTION else ""
        named = self._name(kind, scene, person.who, person.voice, to, stated, remembered, draw, d)
        return self._ask_human(kind, human, partner, values, scene, named)

    def _ask_human(
        self, kind: str, human: int, partner: int, values: Floats, scene: Scene, named: Address = ()
    ) -> Request:
        """Return the request for a human's message, to peers or to an assistant."""
        (d, talk), person, held = _unpack(scene), self.people[human], values[human]
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

    def _edit(self, humans: Indices, values: Floats, scene: Scene) -> Numbers:
        """Let an assistant edit what some humans say to peers; return the number of what is heard of each."""
        (d, talk), mediation = _unpack(scene), scene.mediation
        said = talk.said_by[TO_PEERS, d]
        if mediation is None:
            return said
        which, editor = mediation.assistant, self.assistants[mediation.assistant]
        shape = (len(self.people), mediation.values.size)
        draws = stream(scene.seed, "edited messages", scene.round_index).random(shape)[humans, d]
        heard = np.array([bool(message.heard) for message in talk.said], dtype=bool)
        edited = humans[heard[said[humans]] & (draws < mediation.share)]
        one = np.zeros(edited.size, dtype=np.int64)
        spoken = find_spoken(said[edited].astype(np.int64), one, 1, values[edited, d])
        value = None if editor.is_tuned else float(mediation.values[d])
        voice = talk.voices.get(which, editor.voice)
        requests = []
        for i in spoken.first:
            text = talk.said[said[edited[i]]].heard
            named = self._name(EDIT, scene, editor.name, text, d)
            requests.append(
                self.writing.mediate(editor.name, voice, value, d, 0, text, scene.round_index, named)
            )
        about = [(EDIT, which, int(edited[i]), d) for i in spoken.first]
        replies = ask_all(self.minds.get(editor.mind), requests)
        self._say(about, spoken, requests, replies, edited, talk)
        made = talk.said_by.get((EDIT, d), np.full_like(said, SILENT))
        through = np.array([*(bool(message.heard) for message in talk.said), False], dtype=bool)
        return np.where(through[made], made, said)

    # --- outlets and humans ----------------------------------------------------------------------

    def from_outlets(self, told: Broadcast, scene: Scene) -> HeardOutlets:
        """Let every outlet that anybody can follow write on the topic; return what each voice reads."""
        d, talk = _unpack(scene)
        perceived = np.full((len(self._voices), len(told.names), 1), np.nan)
        for k in np.flatnonzero(told.able.any(axis=0)).tolist():
            outlet, first = self.outlets[k], len(talk.said)
            request = self.writing.publish(
                outlet.person, told.names[k], told.said[k], [d], d, scene.round_index
            )
            replies = ask_all(self.minds.get(outlet.mind), [request])
            alone = one_speaker(float(told.said[k, d]))
            self._say([(OUTLET, k, NOBODY, d)], alone, [request], replies, np.empty(0, np.intp), talk)
            followers, able = np.flatnonzero(told.followed[:, k]), np.flatnonzero(told.able[:, k])
            hears = Hearings(np.zeros(followers.size, np.intp), self._voice_of[followers], followers)
            also = Hearings(np.zeros(able.size, np.intp), self._voice_of[able], able)
            perceived[:, k, 0] = self._perceive(self.mind, hears, first, talk, also)[0]
            self._note_expressed(outlet.mind, first, [outlet.voice], talk)
        return HeardOutlets(perceived, self._voice_of)

    # --- humans and assistants -------------------------------------------------------------------

    def from_humans(self, values: Floats, humans: Indices, chosen: Indices, scene: Scene) -> Floats:
        """Let cells of humans write to the assistants they chose; return what these read, nan if unread."""
        (d, talk), first = _unpack(scene), len(scene.conversation.said)
        self._write(QUESTION, humans, values, chosen, scene)
        asked = talk.said[first:]
        self._note_expressed(self.mind, first, [self.people[one.speaker].voice for one in asked], talk)
        told = np.full(humans.size, np.nan)
        if not humans.size:
            return told[:, None]
        numbers = talk.said_by[QUESTION, d][humans] - first
        for which in np.unique(chosen).tolist():
            assistant, mine = self.assistants[which], chosen == which
            voice = np.full(int(mine.sum()), self._voices.index(assistant.voice))
            hears = Hearings(numbers[mine], voice, chosen[mine])
            perceived = self._perceive(assistant.mind, hears, first, talk)
            self._audit_questions(which, values, humans[mine], numbers[mine], perceived, scene)
            perceived = self._correct(QUESTION, perceived, d, talk)
            told[mine] = perceived[numbers[mine], voice]
        return told[:, None]

    def from_assistants(self, spoken: Floats, humans: Indices, chosen: Indices, scene: Scene) -> Floats:
        """Let assistants answer cells' questions; return what humans read, nan where unread.

        ``spoken`` has a row for each of ``humans``: where the assistant it chose stands, on all dimensions.
        """
        (d, talk), first = _unpack(scene), len(scene.conversation.said)
        heard = np.full(humans.size, np.nan)
        if not humans.size:
            return heard[:, None]
        questions = talk.said_by[QUESTION, d][humans]
        is_heard = np.array([bool(message.heard) for message in talk.said], dtype=bool)
        for which in np.unique(chosen).tolist():
            mine = np.flatnonzero((chosen == which) & is_heard[questions])
            self._answer(which, humans[mine], questions[mine], spoken[mine], scene)
        answered = is_heard[questions]
        numbers = talk.said_by.get((ANSWER, d), np.full(len(self.people), SILENT, np.int32))[humans[answered]]
        voices = self._voice_of[humans[answered]]
        hears = Hearings(numbers - first, voices, humans[answered])
        perceived = self._perceive(self.mind, hears, first, talk)
        heard[answered] = perceived[numbers - first, voices]
        self._audit_answers(humans, chosen, spoken, heard, scene)
        heard[answered] = self._correct(ANSWER, perceived, d, talk)[numbers - first, voices]
        through = np.isfinite(heard)
        talk.remember(humans[through], d, heard[through])
        return heard[:, None]

    def _answer(self, which: int, humans: Indices, questions: Numbers, spoken: Floats, scene: Scene) -> None:
        """Let an assistant answer each text of a question once a draw of who asked, and a stance it tells."""
        (d, talk), assistant, first = _unpack(scene), self.assistants[which], len(scene.conversation.said)
        texts = [message.heard for message in talk.said]
        number_of = {text: number for number, text in enumerate(dict.fromkeys(texts))}
        text_of = np.array([number_of[text] for text in texts], dtype=np.int64)
        stated = (
            np.zeros(humans.size, np.int64) if assistant.is_tuned else code_stated(spoken[:, d], self.writing)
        )
        shows = which in scene.showing
        codes = stated if shows else text_of[questions] * MOST_CODES + stated
        if shows:
            codes = (spoken[:, d] > 0.5).astype(np.int64)
        draws = self._draws(scene)[humans]
        said = find_spoken(codes, draws, self.cells.replies, spoken[:, d])
        about = [(ANSWER, which, int(humans[i]), d) for i in said.first]
        if shows:
            self._show(about, said, codes, humans, scene)
        else:
            requests = []
            for i, draw in zip(said.first, said.draws, strict=True):
                text = talk.said[questions[i]].heard
                named = self._name(ANSWER, scene, assistant.name, text, int(stated[i]), int(draw), d)
                requests.append(self._ask_assistant(which, 0, text, spoken[i], scene, named))
            replies = ask_all(self.minds.get(assistant.mind), requests)
            self._say(about, said, requests, replies, humans, talk)
        self._note_expressed(assistant.mind, first, [assistant.voice] * len(about), talk)

    def _ask_assistant(
        self, which: int, human: int, text: str, spoken: Floats, scene: Scene, named: Address = ()
    ) -> Request:
        """Return the request for an assistant's answer to a text."""
        (d, talk), assistant = _unpack(scene), self.assistants[which]
        voice, held = talk.voices.get(which, assistant.voice), None if assistant.is_tuned else spoken
        return self.writing.answer(assistant.name, voice, held, [d], d, human, text, scene.round_index, named)

    def _show(
        self,
        about: Sequence[tuple[str, int, int, int]],
        said: Spoken,
        sides: Codes,
        humans: Indices,
        scene: Scene,
    ) -> None:
        """Show a statement of a side, as it is, for each draw; no mind is asked."""
        (d, talk), first = _unpack(scene), len(scene.conversation.said)
        for place, (i, draw) in enumerate(zip(said.first, said.draws, strict=True)):
            named = self._name(ANSWER, scene, int(sides[i]), int(draw), d)
            drawn = stream(scene.seed, "statement shown", *named).random()
            text, latent = state_side(int(sides[i]), self.writing.topics[d], drawn), float(said.mean[place])
            message = Utterance(*about[place], "answered", text, SHOWN, latent)
            talk.say_by(message, int(draw), int(said.n_humans[place]))
        talk.note_said_by(ANSWER, d, humans, first + said.said, len(self.people))

    # --- messages and readings -------------------------------------------------------------------

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
        shape = (len(talk.said) - first, len(self._voices))
        counts, listeners = hears.tally(*shape), hears.find_first(*shape)
        wanted = counts if also is None else counts + also.tally(*shape)
        pairs = [(first + int(m), self._voices[v]) for m, v in np.argwhere(wanted > 0).tolist()]
        perceived = np.full(shape, np.nan)
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

    # --- the audit -------------------------------------------------------------------------------

    def _draw_audited(self, humans: Indices, scene: Scene) -> list[int]:
        """Return which of some humans are asked in full in a round."""
        drawn = draw_audited(len(self.people), self.cells.audit, scene.seed, scene.round_index)
        found: list[int] = np.intersect1d(drawn, humans).tolist()
        return found

    def _audit_peers(
        self,
        humans: Indices,
        is_heard: NDArray[np.bool_],
        numbers: Numbers,
        values: Floats,
        perceived: Floats,
        scene: Scene,
    ) -> None:
        """Ask some humans in full for what they say to peers, and note how it is perceived."""
        d, talk = _unpack(scene)
        audited = self._draw_audited(humans, scene)
        texts = self._ask_in_full(TO_PEERS, audited, [0] * len(audited), values, scene)
        texts = self._edit_in_full(audited, texts, scene)
        pairs = [
            (i, int(v)) for i, human in enumerate(audited) for v in np.flatnonzero(is_heard[numbers[human]])
        ]
        by_cell = [float(perceived[numbers[audited[i]], v]) for i, v in pairs]
        self._compare(TO_PEERS, self.mind, d, [(audited[i], v, texts[i]) for i, v in pairs], by_cell, talk)

    def _edit_in_full(self, audited: Sequence[int], texts: list[str], scene: Scene) -> list[str]:
        """Return texts, those that are edited in the round edited each by itself."""
        (d, talk), mediation = _unpack(scene), scene.mediation
        edits = talk.said_by.get((EDIT, d))
        if mediation is None or edits is None:
            return texts
        which, editor = mediation.assistant, self.assistants[mediation.assistant]
        value = None if editor.is_tuned else float(mediation.values[d])
        voice = talk.voices.get(which, editor.voice)
        chosen = [i for i, human in enumerate(audited) if edits[human] != SILENT and texts[i]]
        requests = [
            self.writing.mediate(editor.name, voice, value, d, audited[i], texts[i], scene.round_index)
            for i in chosen
        ]
        edited = list(texts)
        for i, request, reply in zip(
            chosen, requests, ask_all(self.minds.get(editor.mind), requests), strict=True
        ):
            edited[i] = self.writing.read(request, reply, editor.name).heard or texts[i]
        return edited

    def _audit_questions(
        self,
        which: int,
        values: Floats,
        humans: Indices,
        numbers: Numbers,
        perceived: Floats,
        scene: Scene,
    ) -> None:
        """Ask some humans in full for what they ask an assistant, and note how it is perceived."""
        d, talk = _unpack(scene)
        audited, assistant = self._draw_audited(humans, scene), self.assistants[which]
        texts = self._ask_in_full(QUESTION, audited, [which] * len(audited), values, scene)
        talk.asked_in_full |= dict(zip(audited, texts, strict=True))
        voice = self._voices.index(assistant.voice)
        places = np.searchsorted(humans, audited)
        by_cell = [float(perceived[numbers[place], voice]) for place in places]
        asked = [(human, voice, text) for human, text in zip(audited, texts, strict=True)]
        self._compare(QUESTION, assistant.mind, d, asked, by_cell, talk)

    def _audit_answers(
        self, humans: Indices, chosen: Indices, spoken: Floats, heard: Floats, scene: Scene
    ) -> None:
        """Let assistants answer what some humans asked in full, and note how it is perceived."""
        d, talk = _unpack(scene)
        audited = [human for human in self._draw_audited(humans, scene) if talk.asked_in_full.get(human)]
        rows = np.searchsorted(humans, audited).tolist()
        for which in sorted({int(chosen[row]) for row in rows} - scene.showing):
            mine = [(human, row) for human, row in zip(audited, rows, strict=True) if chosen[row] == which]
            requests = [
                self._ask_assistant(which, human, talk.asked_in_full[human], spoken[row], scene)
                for human, row in mine
            ]
            assistant = self.assistants[which]
            replies = ask_all(self.minds.get(assistant.mind), requests)
            texts = [
                self.writing.read(request, reply, assistant.name).heard
                for request, reply in zip(requests, replies, strict=True)
            ]
            answered = [
                (human, int(self._voice_of[human]), text)
                for (human, _), text in zip(mine, texts, strict=True)
            ]
            by_cell = [float(heard[row]) for _, row in mine]
            self._compare(ANSWER, self.mind, d, answered, by_cell, talk)

    def _ask_in_full(
        self, kind: str, humans: Sequence[int], partners: Sequence[int], values: Floats, scene: Scene
    ) -> list[str]:
        """Return what is heard of messages for which humans are asked one by one, empty where nothing is."""
        whole = replace(scene, conversation=scene.conversation.in_full())
        requests = [
            self._ask_human(kind, human, partner, values, whole)
            for human, partner in zip(humans, partners, strict=True)
        ]
        replies = ask_all(self.minds.get(self.mind), requests)
        return [
            self.writing.read(request, reply, self.people[human].who).heard
            for human, request, reply in zip(humans, requests, replies, strict=True)
        ]

    def _compare(
        self,
        kind: str,
        mind: str,
        dimension: int,
        heard: Sequence[tuple[int, int, str]],
        by_cell: Sequence[float],
        talk: CellConversation,
    ) -> None:
        """Note how a mind's voices read texts (human, voice, text) beside what is perceived by cell."""
        to_read = [ToRead(text, dimension, self._voices[voice]) for _, voice, text in heard if text]
        found = iter(self.read(mind, to_read))
        for (human, voice, text), cell in zip(heard, by_cell, strict=True):
            in_full = next(found).value if text else math.nan
            talk.audited.append(Audited(human, kind, self._voices[voice], dimension, in_full, cell))
            if math.isfinite(in_full - cell):
                talk.residuals[KINDS.index(kind), voice, dimension] += (1.0, in_full - cell)

    def _correct(self, kind: str, perceived: Floats, dimension: int, talk: CellConversation) -> Floats:
        """Return what is perceived; if the scenario says so, with the audit's mean residuals so far added."""
        if not self.cells.audit_correct:
            return perceived
        counts, sums = talk.residuals[KINDS.index(kind), :, dimension].T
        corrected: Floats = np.clip(perceived + sums / np.maximum(counts, 1.0), 0.0, 1.0)
        return corrected


def _unpack(scene: Scene) -> tuple[int, CellConversation]:
    """Return the one topic of a round, and its conversation."""
    if scene.topics is None or len(scene.topics) != 1:
        raise ChannelError("by cells a round is about one topic: set channel.topics_per_round to 1")
    return int(scene.topics[0]), scene.conversation
