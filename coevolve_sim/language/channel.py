"""The language channel: a speaker's mind writes a message, a listener's mind reads a value from it.

A round is about one topic or a few. Every human who has a listener writes one message on each topic; each
listener reads it by items of a questionnaire ("how would the writer answer?"), in every order of their
options. Listeners who share a mind's voice read the same text the same way, so each message is read once per
voice. A message that is not heard (refused, invalid, given up, truncated before its first sentence ended) is
recorded and never becomes a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from coevolve_sim.arrays import Floats, Indices
from coevolve_sim.errors import UnansweredError
from coevolve_sim.language.arms import Arm, edited_arms, measure_arms
from coevolve_sim.language.bias import BiasRow
from coevolve_sim.language.bias_measurement import measure_bias
from coevolve_sim.language.conversation import NOBODY, Conversation, Utterance
from coevolve_sim.language.editing import EDIT, Editor, Spoken, draw_edited, measure_tilt, write_edits
from coevolve_sim.language.examples import examples_fingerprint
from coevolve_sim.language.fitness import Fitness, Speaking, find_kept, judge, keep, plant, recalibrate
from coevolve_sim.language.message_rules import MANIFEST_KEY, rule_of
from coevolve_sim.language.mind_pool import MindPool
from coevolve_sim.language.outlets import OUTLET, OutletVoice, choose_audiences
from coevolve_sim.language.parsing import FIRST_RULE, ParsedMessage
from coevolve_sim.language.people import Person
from coevolve_sim.language.playing import Player, play_in_words
from coevolve_sim.language.prompts.reading import questions_fingerprint
from coevolve_sim.language.readers import CorrectedReader, Reading, ToRead
from coevolve_sim.language.readers.calibration import Calibration
from coevolve_sim.language.readers.known_stances import state_side
from coevolve_sim.language.readers.scored import ScoredReader
from coevolve_sim.language.room import require_room_for_examples
from coevolve_sim.language.voices import refuse_unknown_voices
from coevolve_sim.language.writing import PromptWriter
from coevolve_sim.minds import Mind, Reply, Request
from coevolve_sim.minds.cache import keeping_mark
from coevolve_sim.minds.recorded import ask_all
from coevolve_sim.minds.wrappers import unwrap
from coevolve_sim.networks.ties import Ties
from coevolve_sim.rules import Perceived
from coevolve_sim.rules.channel import Channel, Scene
from coevolve_sim.rules.game_counts import GameCounts
from coevolve_sim.rules.media import Broadcast, HeardOutlets
from coevolve_sim.rules.tied_games import Terms
from coevolve_sim.scenario import Scenario
from coevolve_sim.scenario.mind_specs import MindSpec
from coevolve_sim.streams import stream

Readings = dict[tuple[int, str], Reading]
"""Readings by (number of the message in its round, voice of the reader)."""


@dataclass(frozen=True)
class AssistantVoice:
    """An assistant as prompts introduce it: its name, mind and voice, and whether its weights learn.

    An assistant whose weights learn is not told its values: it speaks with the voice that
    `Conversation.voices` holds for it, and reads with its mind's own voice.
    """

    name: str
    mind: str
    voice: str
    is_tuned: bool = False


@dataclass(frozen=True, eq=False)
class LanguageChannel(Channel):
    """The channel in which values are expressed in words and read from words.

    Attributes
    ----------
    minds : MindPool
        The minds of the run; each is opened when it is first asked.
    mind : str
        Name of the mind that writes and reads for humans.
    people : tuple of Person
        Who each human is, in the prompts' words.
    assistants : tuple of AssistantVoice
        Who each assistant is.
    writing : PromptWriter
        Builds the requests for messages.
    reader : CorrectedReader
        Reads values from messages.
    n_dimensions, topics_per_round : int
        Number of dimensions of the value space, and of topics in a round.
    topics_drawn : bool
        Whether topics are drawn at random instead of taken in their order.
    memory : int
        Number of last messages on a topic that a human remembers.
    claims : tuple of (str, str)
        For each dimension, a statement for it and one against it, for the bias map.
    maps_bias, subtracts_bias : bool
        Whether the mind's own bias is measured before the first round, and whether it is subtracted from
        what is read.
    planters : tuple of Person
        Who writes where a mind's fitness is measured: the same in every run of such groups.
    on_record : mapping of str to Fitness
        What was found of minds that replay a record, by mind.
    reads_by : str
        Name of the mind that reads for all, with its own voice; empty where each listener's own mind reads.
    reader_kind : str
        The kind of reader, as the scenario names it.
    shows_fitness : bool
        Whether minds are shown fit before the first round.
    reader_key : str
        What tells the reader apart from any other in what is kept; empty where nothing tells.
    editor : int or None
        The assistant that edits what humans write to each other, by its number; None where none does.
    outlets : tuple of OutletVoice
        Who each outlet is.
    """

    minds: MindPool = field()  # none by default, although the base class has one
    mind: str
    people: tuple[Person, ...]
    assistants: tuple[AssistantVoice, ...]
    writing: PromptWriter
    reader: CorrectedReader
    n_dimensions: int
    topics_per_round: int
    topics_drawn: bool
    memory: int
    claims: tuple[tuple[str, str], ...]
    maps_bias: bool
    subtracts_bias: bool
    planters: tuple[Person, ...] = ()
    on_record: Mapping[str, Fitness] = field(default_factory=dict)
    reads_by: str = ""
    reader_kind: str = "letters"
    shows_fitness: bool = True
    reader_key: str = ""
    editor: int | None = None
    outlets: tuple[OutletVoice, ...] = ()
    _fitted: dict[str, CorrectedReader] = field(default_factory=dict, repr=False)

    def manifest(self) -> dict[str, str]:
        """Return the fingerprints of the prompts' templates, and the rule by which messages are read."""
        rule = {} if self.writing.rule == FIRST_RULE else {MANIFEST_KEY: str(self.writing.rule)}
        templates = self.writing.templates
        edits = {} if self.editor is None else {"mediate": templates.mediator_fingerprint}
        return {"templates": templates.fingerprint, **edits, **rule}

    @property
    def message_rule(self) -> int:  # type: ignore[override]
        """The rule by which messages are read."""
        return self.writing.rule

    def resumed_from(self, manifest: Mapping[str, str]) -> LanguageChannel:
        """Return the same channel, which reads messages by the rule of the record with a manifest."""
        rule = rule_of(manifest)
        return self if rule == self.writing.rule else replace(self, writing=replace(self.writing, rule=rule))

    def refuse_unknown_voices(self, scenario: Scenario, minds: Mapping[str, Mind]) -> None:
        """Refuse groups, assistants and judges with a voice that their mind does not have."""
        refuse_unknown_voices(scenario, self.mind, minds)

    def with_minds(self, opener: Callable[[MindSpec], Mind]) -> LanguageChannel:
        """Return the same channel with minds opened by another function, and an empty bias map."""
        minds = MindPool(tuple(self.minds.parts.values()), opener)
        return replace(self, minds=minds, reader=self.reader.without_correction(), _fitted={})

    @property
    def mind_names(self) -> tuple[str, ...]:  # type: ignore[override]
        """Names of the minds of all speakers, and of the one that reads for all, each once."""
        reads = (self.reads_by,) if self.reads_by else ()
        others = [assistant.mind for assistant in self.assistants]
        others += [outlet.mind for outlet in self.outlets]
        return tuple(dict.fromkeys((self.mind, *others, *reads)))

    def reader_of(self, mind: str) -> CorrectedReader:
        """Return the reader of a mind's listeners, fitted to the mind that reads for them when first needed.

        Bias was measured for the humans' mind only, so it is subtracted from that mind's readings only.

        Raises
        ------
        MindError
            If the reading mind cannot serve the reader.
        """
        if mind not in self._fitted:
            with self.minds.phase("fitting the reader"):
                self._fitted[mind] = self.reader.fit(self.minds.get(self.reads_by or mind))
        fitted = self._fitted[mind]
        return fitted if mind == self.mind else fitted.without_correction()

    def read(self, mind: str, messages: Sequence[ToRead]) -> list[Reading]:
        """Return what a mind's listeners read in messages, by whichever mind reads for them.

        Raises
        ------
        MindError
            If it cannot be asked at all.
        """
        reader = self.reader_of(mind)
        plain = reader.without_correction()
        found = plain.read(self.minds.get(self.reads_by or mind), self._by_who_reads(messages))
        return reader.correct(messages, found)

    def prepare(self) -> list[BiasRow]:
        """Fit the reader, and measure the mind's own bias if asked for; done before the first round."""
        self.reader_of(self.mind)
        if not (self.maps_bias or self.subtracts_bias):
            return []
        rows = self.measure_bias()
        if self.subtracts_bias:
            self.reader.bias.learn(rows)
        return rows

    def measure_bias(self) -> list[BiasRow]:
        """Measure the mind's own bias, by voice and topic; see `coevolve_sim.language.bias`."""
        with self.minds.phase("bias map"):
            rows = measure_bias(
                self.minds.get(self.mind), self.writing, self._read_uncorrected, self.people, self.claims
            )
            return [*rows, *self._measure_tilt(self._read_uncorrected)]

    def _measure_tilt(
        self, read: Callable[[Sequence[ToRead]], list[Reading]], *, aside: bool = False
    ) -> list[BiasRow]:
        """Return what the editor makes of claims and their negations; nothing where nobody edits."""
        if self.editor is None:
            return []
        one = self.assistants[self.editor]
        mind = self.minds.aside(one.mind) if aside else self.minds.get(one.mind)
        voices = sorted({person.voice for person in self.people})
        return measure_tilt(mind, self.writing, Editor(one.name, one.voice), read, voices, self.claims)

    def _read_uncorrected(self, messages: Sequence[ToRead]) -> list[Reading]:
        """Return what humans' listeners read, their mind's bias left in."""
        plain, reads = self.reader_of(self.mind).without_correction(), self.reads_by or self.mind
        return plain.read(self.minds.get(reads), self._by_who_reads(messages))

    def measure_fitness(self, *, always: bool = False) -> list[Fitness]:
        """Return what planted stances show of each mind that speaks, measured now or kept from before.

        An assistant that is not told its values plants nothing. A mind that answers from a record was
        measured when that record was made, and one that is no model says its persona's stance by design:
        these are measured only if ``always``.

        Raises
        ------
        MindError
            If a mind cannot be asked at all.
        """
        if self.writing.examples:
            for name, people in self._speakers().items():
                require_room_for_examples(name, self.minds.open(name), self.writing, people)
        self.calibrate({name: one.calibration for name, one in self.on_record.items()})
        return [
            self.on_record[name] if name in self.on_record else self._fitness_of(name, people)
            for name, people in self._speakers().items()
            if name in self.on_record or always or self._is_to_be_shown_fit(name)
        ]

    def measure_arms(self) -> list[Arm]:
        """Return what control arms show of the mind that speaks for humans; see `coevolve_sim.language.arms`.

        Raises
        ------
        MindError
            If it cannot be asked at all.
        """
        arms = measure_arms(self._speaking(self.mind, self.planters))
        read = partial(self._read_aside, self.mind)
        return [*arms, *edited_arms(self._measure_tilt(read, aside=True), self.writing.topics)]

    def calibrate(self, calibrations: Mapping[str, str]) -> None:
        """Take calibrations of readers on minds' own words, by the name of the mind that speaks.

        One of another reader's number is passed over: a replay may be read by another than the run was.

        Parameters
        ----------
        calibrations : mapping of str to str
            As `coevolve_sim.language.fitness.Fitness.calibration` has them; empty for none.
        """
        for name, text in calibrations.items():
            if not text or name not in self._speakers():
                continue
            self.reader_of(name)
            found, scored = Calibration.from_text(text), self._fitted[name].scored()
            if isinstance(scored, ScoredReader) and scored.kind == found.reader:
                self._fitted[name] = self._fitted[name].recalibrated(found)

    def _speakers(self) -> dict[str, tuple[Person, ...]]:
        """Return the minds that say what a persona holds, each with the people whom it speaks for."""
        found = {self.mind: self.planters}
        for assistant in self.assistants:
            if assistant.mind != self.mind and not assistant.is_tuned:
                person = Person(assistant.name, assistant.voice)
                found[assistant.mind] = (*found.get(assistant.mind, ()), person)
        for outlet in self.outlets:
            if outlet.mind != self.mind:
                found[outlet.mind] = (*found.get(outlet.mind, ()), outlet.person)
        return found

    def _is_to_be_shown_fit(self, name: str) -> bool:
        mind = unwrap(self.minds.open(name))
        return (
            self.shows_fitness
            and not self.minds.parts[name].is_replay
            and bool(getattr(mind, "is_model", True))
        )

    def _fitness_of(self, name: str, people: tuple[Person, ...]) -> Fitness:
        self.reader_of(name)
        parts = self._parts_of_fitness(name, people)
        kept = find_kept(parts) if parts else None
        if kept is None:
            kept, is_whole = self._plant(name, people)
            if parts and is_whole:
                keep(parts, kept)
        found = replace(kept, mind=name)
        self.calibrate({name: found.calibration})
        return found

    def _plant(self, name: str, people: tuple[Person, ...]) -> tuple[Fitness, bool]:
        """Plant stances in a mind, calibrate its reader on what it wrote, and judge what is read.

        Returns with it whether all that was asked had an end: an outage says nothing of a mind.
        """
        reader, calibration, auc = self.reader_of(name), None, float("nan")
        with self.minds.phase("planted stances"):
            planted = plant(self._speaking(name, people))
            scored = reader.scored()
            if isinstance(scored, ScoredReader):
                reads, auc = self.minds.aside(self.reads_by or name), scored.fitted.auc
                planted, calibration = recalibrate(planted, scored, reads, own_voice=not self.reads_by)
        given_up = sum("given up" in (one.status, one.reading.status) for one in planted)
        if given_up > self.minds.parts[name].at_most_unanswered * len(planted):
            raise UnansweredError(
                f"mind '{name}': {given_up} of {len(planted)} requests that were to show it fit came to no "
                "answer (given up); mend what is wrong, and resume, or run it again"
            )
        found = judge(
            name,
            reader.describe(),
            planted,
            self.writing.opening,
            self.reader_kind,
            auc_on_statements=auc,
        )
        text = "" if calibration is None else calibration.as_text()
        return replace(found, calibration=text), not given_up

    def _speaking(self, name: str, people: tuple[Person, ...]) -> Speaking:
        return Speaking(
            self.minds.aside(name), self.writing, people, self.claims, partial(self._read_aside, name)
        )

    def _read_aside(self, name: str, messages: Sequence[ToRead]) -> list[Reading]:
        """Return what a mind's listeners read, its bias left in, on no record."""
        reader, reads = self.reader_of(name).without_correction(), self.minds.aside(self.reads_by or name)
        return reader.read(reads, self._by_who_reads(messages))

    def _by_who_reads(self, messages: Sequence[ToRead]) -> Sequence[ToRead]:
        """Return messages as they are put to whoever reads them: to one mind for all, with its own voice."""
        return [replace(message, voice="") for message in messages] if self.reads_by else messages

    def _parts_of_fitness(self, name: str, people: Sequence[Person]) -> tuple[object, ...]:
        """Return what tells a mind's fitness apart from any other; nothing where it is not to be kept."""
        minds = dict.fromkeys((name, self.reads_by or name))
        marks = [keeping_mark(self.minds.open(mind)) for mind in minds]
        if not (self.reader_key and all(marks)):
            return ()
        writing = self.writing
        spoken = (writing.templates.fingerprint, writing.temperature, writing.max_tokens, writing.opening)
        shown = (writing.examples, examples_fingerprint()) if writing.examples else ()
        read = (self.reader_key, questions_fingerprint(), bool(self.reads_by), writing.rule)
        who = [(person.voice, person.who) for person in people]
        return (*marks, *spoken, *shown, *read, writing.topics, who, self.claims)

    def topics(self, round_index: int) -> Indices:
        """Return the dimensions that a round is about, ascending."""
        if self.topics_drawn:
            rng = stream(self.writing.seed, "topics", round_index)
            return np.sort(rng.choice(self.n_dimensions, size=self.topics_per_round, replace=False))
        first = (round_index - 1) * self.topics_per_round
        return np.unique(np.arange(first, first + self.topics_per_round) % self.n_dimensions)

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
        editor = self.assistants[which]
        chosen = draw_edited(mediation, told, len(self.people), scene.seed, scene.round_index)
        made = write_edits(
            self.minds.get(editor.mind),
            self.writing,
            Editor(editor.name, conversation.voices.get(which, editor.voice)),
            [(human, d, conversation.said[numbers[human, d]]) for human, d in chosen],
            lambda d: None if editor.is_tuned else float(mediation.values[d]),
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
            Utterance("answer", which, human, d, "answered", text, "a statement, shown as it is", latent)
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
        name = self._name_speaker(kind, speaker)
        written = self.writing.read(request, reply, name)
        detail = reply.detail or written.detail
        return _add_message(conversation, about, written, detail, latent, reply.tokens_out)

    def _name_speaker(self, kind: str, number: int) -> str:
        if kind == OUTLET:
            return self.outlets[number].person.who
        return self.assistants[number].name if kind == "answer" else self.people[number].who

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
    return conversation.say(
        Utterance(
            *about,
            written.status,
            written.text,
            detail,
            float(latent),
            tokens=tokens,
            heard_text=written.heard,
            cuts=written.cuts,
            begun=written.begun,
        )
    )


def _note_expressed(utterance: Utterance, reading: Reading | None) -> None:
    """Set a message's expressed value: what the speaker's own voice read in it, nan where unread."""
    utterance.expressed = float("nan") if reading is None else reading.value
