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

import numpy as np

from coevolve_sim.arrays import Floats, Indices
from coevolve_sim.language.cells.cell_round import Numbers
from coevolve_sim.language.cells.conversation import SILENT
from coevolve_sim.language.cells.hearings import Hearings
from coevolve_sim.language.cells.in_full import AuditedSpeech
from coevolve_sim.language.cells.occupied import find_spoken, one_speaker
from coevolve_sim.language.cells.speech import ANSWER, QUESTION, unpack_scene
from coevolve_sim.language.cells.stated import MOST_CODES, code_stated
from coevolve_sim.language.conversation import NOBODY, SHOWN, TO_PEERS, Utterance
from coevolve_sim.language.editing import EDIT
from coevolve_sim.language.outlets import OUTLET
from coevolve_sim.language.readers.known_stances import state_side
from coevolve_sim.minds.recorded import ask_all
from coevolve_sim.networks.ties import Ties
from coevolve_sim.rules import Perceived
from coevolve_sim.rules.channel import Scene
from coevolve_sim.rules.media import Broadcast, HeardOutlets
from coevolve_sim.streams import stream


class CellChannel(AuditedSpeech):
    """The channel in which values are said in words and read from words, by cells of humans."""

    # --- among humans ----------------------------------------------------------------------------

    def among_humans(self, values: Floats, ties: Ties, scene: Scene) -> Perceived:
        """Return what each listener perceives: a row for each message and voice, which its ties share."""
        (d, talk), ties = unpack_scene(scene), ties.to_explicit()
        speaks = np.zeros(ties.n_humans, dtype=bool)
        speaks[ties.indices] = True
        humans, first = np.flatnonzero(speaks), len(talk.said)
        self._write(TO_PEERS, humans, values, np.zeros_like(humans), scene)
        said = self._edit(humans, values, scene)
        hears = self._heard_by(said[ties.indices] - first, ties.listeners)
        perceived = self._perceive(self.mind, hears, first, talk)
        self._note_expressed(self.mind, first, self._own_voices(first, talk), talk)
        self._audit_peers(humans, hears.tally(len(perceived)) > 0, said - first, values, perceived, scene)
        perceived = self._correct(TO_PEERS, perceived, d, talk).ravel()
        rows = hears.rows
        through = np.isfinite(perceived)[rows]
        talk.remember(ties.listeners[through], d, perceived[rows[through]])
        return Perceived(perceived[:, None], rows[through].astype(np.int32), ties=ties.keep(through))

    def _edit(self, humans: Indices, values: Floats, scene: Scene) -> Numbers:
        """Let an assistant edit what some humans say to peers; return the number of what is heard of each."""
        (d, talk), mediation = unpack_scene(scene), scene.mediation
        said = talk.said_by.get((TO_PEERS, d), np.full(len(self.people), SILENT, dtype=np.int32))
        if mediation is None:
            return said
        which, editor = mediation.assistant, self.introduce_editor(mediation, talk)
        value = self.stance_of_editor(mediation, d)
        shape = (len(self.people), mediation.values.size)
        draws = stream(scene.seed, "edited messages", scene.round_index).random(shape)[humans, d]
        heard = np.array([bool(message.heard) for message in talk.said], dtype=bool)
        edited = humans[heard[said[humans]] & (draws < mediation.share)]
        one = np.zeros(edited.size, dtype=np.int64)
        spoken = find_spoken(said[edited].astype(np.int64), one, 1, values[edited, d])
        requests = []
        for i in spoken.first:
            text = talk.said[said[edited[i]]].heard
            named = self._name(EDIT, scene, editor.name, text, d)
            asked = (editor.name, editor.voice, value, d, 0, text, scene.round_index, named)
            requests.append(self.writing.mediate(*asked))
        about = [(EDIT, which, int(edited[i]), d) for i in spoken.first]
        replies = ask_all(self.minds.get(self.assistants[which].mind), requests)
        self._say(about, spoken, requests, replies, edited, talk)
        made = talk.said_by.get((EDIT, d), np.full_like(said, SILENT))
        through = np.array([*(bool(message.heard) for message in talk.said), False], dtype=bool)
        return np.where(through[made], made, said)

    # --- outlets and humans ----------------------------------------------------------------------

    def from_outlets(self, told: Broadcast, scene: Scene) -> HeardOutlets:
        """Let every outlet that anybody can follow write on the topic; return what each voice reads."""
        d, talk = unpack_scene(scene)
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
            hears = self._heard_by(np.zeros(followers.size, np.intp), followers)
            also = self._heard_by(np.zeros(able.size, np.intp), able)
            perceived[:, k, 0] = self._perceive(self.mind, hears, first, talk, also)[0]
            self._note_expressed(outlet.mind, first, [outlet.voice], talk)
        return HeardOutlets(perceived, self._voice_of)

    # --- humans and assistants -------------------------------------------------------------------

    def from_humans(self, values: Floats, humans: Indices, chosen: Indices, scene: Scene) -> Floats:
        """Let cells of humans write to the assistants they chose; return what these read, nan if unread."""
        (d, talk), first = unpack_scene(scene), len(scene.conversation.said)
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
            hears = Hearings(numbers[mine], voice, chosen[mine], len(self._voices))
            perceived = self._perceive(assistant.mind, hears, first, talk)
            self._audit_questions(which, values, humans[mine], numbers[mine], perceived, scene)
            perceived = self._correct(QUESTION, perceived, d, talk)
            told[mine] = perceived[numbers[mine], voice]
        return told[:, None]

    def from_assistants(self, spoken: Floats, humans: Indices, chosen: Indices, scene: Scene) -> Floats:
        """Let assistants answer cells' questions; return what humans read, nan where unread.

        ``spoken`` has a row for each of ``humans``: where the assistant it chose stands, on all dimensions.
        """
        (d, talk), first = unpack_scene(scene), len(scene.conversation.said)
        heard = np.full(humans.size, np.nan)
        if not humans.size:
            return heard[:, None]
        questions = talk.said_by[QUESTION, d][humans]
        is_heard = np.array([bool(message.heard) for message in talk.said], dtype=bool)
        for which in np.unique(chosen).tolist():
            mine, begun = np.flatnonzero((chosen == which) & is_heard[questions]), len(talk.said)
            if which in scene.showing:
                self._show(which, humans[mine], spoken[mine], scene)
            else:
                self._answer(which, humans[mine], questions[mine], spoken[mine], scene)
            one = self.assistants[which]
            self._note_expressed(one.mind, begun, [one.voice] * (len(talk.said) - begun), talk)
        answered = is_heard[questions]
        numbers = talk.said_by.get((ANSWER, d), np.full(len(self.people), SILENT, np.int32))[humans[answered]]
        voices = self._voice_of[humans[answered]]
        hears = self._heard_by(numbers - first, humans[answered])
        perceived = self._perceive(self.mind, hears, first, talk)
        heard[answered] = perceived[numbers - first, voices]
        self._audit_answers(humans, chosen, spoken, heard, scene)
        heard[answered] = self._correct(ANSWER, perceived, d, talk)[numbers - first, voices]
        through = np.isfinite(heard)
        talk.remember(humans[through], d, heard[through])
        return heard[:, None]

    def _answer(self, which: int, humans: Indices, questions: Numbers, spoken: Floats, scene: Scene) -> None:
        """Let an assistant answer each text of a question once a draw of who asked, and a stance it tells."""
        (d, talk), assistant = unpack_scene(scene), self.assistants[which]
        number_of: dict[str, int] = {}
        text_of = [number_of.setdefault(message.heard, len(number_of)) for message in talk.said]
        told = spoken[:, d]
        stated = np.zeros_like(humans) if assistant.is_tuned else code_stated(told, self.writing)
        codes = np.array(text_of)[questions] * MOST_CODES + stated
        said = find_spoken(codes, self._draws(scene)[humans], self.cells.replies, told)
        requests = []
        for i, draw in zip(said.first, said.draws, strict=True):
            text = talk.said[questions[i]].heard
            named = self._name(ANSWER, scene, assistant.name, text, int(stated[i]), int(draw), d)
            requests.append(self._ask_assistant(which, 0, text, spoken[i], scene, named))
        about = [(ANSWER, which, int(humans[i]), d) for i in said.first]
        self._say(about, said, requests, ask_all(self.minds.get(assistant.mind), requests), humans, talk)

    def _show(self, which: int, humans: Indices, spoken: Floats, scene: Scene) -> None:
        """Let an assistant show a statement of its side, as it is, for each draw; no mind is asked."""
        (d, talk), first = unpack_scene(scene), len(scene.conversation.said)
        sides = (spoken[:, d] > 0.5).astype(np.int64)
        said = find_spoken(sides, self._draws(scene)[humans], self.cells.replies, spoken[:, d])
        for place, (i, draw) in enumerate(zip(said.first, said.draws, strict=True)):
            side, latent = int(sides[i]), float(said.mean[place])
            drawn = stream(scene.seed, "statement shown", *self._name(ANSWER, scene, side, int(draw), d))
            text = state_side(side, self.writing.topics[d], drawn.random())
            message = Utterance(ANSWER, which, int(humans[i]), d, "answered", text, SHOWN, latent)
            talk.say_by(message, int(draw), int(said.n_humans[place]))
        talk.note_said_by(ANSWER, d, humans, first + said.said, len(self.people))
