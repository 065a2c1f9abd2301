"""What channels have in common in which values are said in words: minds, readers, fitness, bias, topics."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Self

import numpy as np

from coevolve_sim.arrays import Indices
from coevolve_sim.errors import UnansweredError
from coevolve_sim.language.arms import Arm, edited_arms, measure_arms
from coevolve_sim.language.bias import BiasRow
from coevolve_sim.language.bias_measurement import measure_bias
from coevolve_sim.language.conversation import BY_ASSISTANTS, Conversation
from coevolve_sim.language.editing import Editor, measure_tilt
from coevolve_sim.language.examples import examples_fingerprint
from coevolve_sim.language.fitness import Fitness, Speaking, find_kept, judge, keep, plant, recalibrate
from coevolve_sim.language.message_rules import MANIFEST_KEY, rule_of
from coevolve_sim.language.mind_pool import MindPool
from coevolve_sim.language.outlets import OUTLET, OutletVoice
from coevolve_sim.language.parsing import FIRST_RULE
from coevolve_sim.language.people import Person
from coevolve_sim.language.prompts.reading import questions_fingerprint
from coevolve_sim.language.readers import CorrectedReader, Reading, ToRead
from coevolve_sim.language.readers.calibration import Calibration
from coevolve_sim.language.readers.scored import ScoredReader
from coevolve_sim.language.room import require_room_for_examples
from coevolve_sim.language.voices import refuse_unknown_voices
from coevolve_sim.language.writing import PromptWriter
from coevolve_sim.minds import Mind
from coevolve_sim.minds.cache import keeping_mark
from coevolve_sim.minds.wrappers import unwrap
from coevolve_sim.rules import Mediation
from coevolve_sim.rules.channel import Channel
from coevolve_sim.scenario import Scenario
from coevolve_sim.scenario.mind_specs import MindSpec
from coevolve_sim.streams import stream


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
class WordedChannel(Channel):
    """What channels have in common in which values are expressed in words and read from words.

    Who is asked what in a round is theirs: `coevolve_sim.language.channel` asks for every human,
    `coevolve_sim.language.cells` for every cell of humans whose prompts are equal.

    Attributes
    ----------
    minds : MindPool
        The minds of the run; each is opened when it is first asked.
    mind : str
        Name of the mind that writes and reads for humans.
    people : sequence of Person, length humans
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
    people: Sequence[Person]
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

    def resumed_from(self, manifest: Mapping[str, str]) -> Self:
        """Return the same channel, which reads messages by the rule of the record with a manifest."""
        rule = rule_of(manifest)
        return self if rule == self.writing.rule else replace(self, writing=replace(self.writing, rule=rule))

    def refuse_unknown_voices(self, scenario: Scenario, minds: Mapping[str, Mind]) -> None:
        """Refuse groups, assistants and judges with a voice that their mind does not have."""
        refuse_unknown_voices(scenario, self.mind, minds)

    def with_minds(self, opener: Callable[[MindSpec], Mind]) -> Self:
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

    def introduce_editor(self, mediation: Mediation, conversation: Conversation) -> Editor:
        """Return who edits what people say, as prompts introduce it, with the voice that it has now."""
        one = self.assistants[mediation.assistant]
        return Editor(one.name, conversation.voices.get(mediation.assistant, one.voice))

    def stance_of_editor(self, mediation: Mediation, dimension: int) -> float | None:
        """Return the value that an editor is told of its own on a topic; None where its weights hold it."""
        one = self.assistants[mediation.assistant]
        return None if one.is_tuned else float(mediation.values[dimension])

    def name_speaker(self, kind: str, number: int) -> str:
        """Return who wrote a message, as prompts say: by its kind and the number of the speaker."""
        if kind == OUTLET:
            return self.outlets[number].person.who
        return self.assistants[number].name if kind in BY_ASSISTANTS else self.people[number].who
