"""Build the language channel that a scenario describes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.errors import ChannelError, CoevolveError, PromptError, ScenarioError
from coevolve_sim.language.cells.channel import CellChannel
from coevolve_sim.language.channel import LanguageChannel
from coevolve_sim.language.fitness import Fitness
from coevolve_sim.language.fitness.on_record import fitness_on_record
from coevolve_sim.language.message_rules import rule_of_replays
from coevolve_sim.language.mind_pool import MindPool
from coevolve_sim.language.outlets import describe_outlets
from coevolve_sim.language.people import describe_people, introduce_planters
from coevolve_sim.language.prompts import NAMES, Templates
from coevolve_sim.language.questionnaires import (
    QUESTIONNAIRES,
    Questionnaire,
    make_questionnaire,
    name_for_reading,
    read_personas,
    shipped_questionnaire,
    statements_of,
    topic_of,
)
from coevolve_sim.language.readers import READERS, CorrectedReader, Reader, ReaderContext
from coevolve_sim.language.readers.known_stances import statements_fingerprint
from coevolve_sim.language.readers.letters import LetterReader
from coevolve_sim.language.worded_channel import AssistantVoice, WordedChannel
from coevolve_sim.language.writing import PromptWriter
from coevolve_sim.minds.registry import check_mind_at, made_for_prompts, open_mind
from coevolve_sim.minds.scripted.behaviour import Known
from coevolve_sim.plugin_calls import plugin_call
from coevolve_sim.registry import plugin_name
from coevolve_sim.scenario import Scenario
from coevolve_sim.scenario.mind_specs import LanguageChannelSpec, MindSpec, ReaderSpec, ReplayMindSpec
from coevolve_sim.scenario.plugins import function_parameters, load_at, make_plugin
from coevolve_sim.scenario.tuned_checks import judges_of
from coevolve_sim.values import SPACES, ValueSpace


def language_channel(
    scenario: Scenario,
    part: LanguageChannelSpec,
    space: ValueSpace,
    group_of: NDArray[np.int32],
    sketches: Sequence[str] | None = None,
) -> WordedChannel:
    """Return the channel that a scenario describes; no mind is opened yet.

    `sketches` say who each human is, where a table of people does.

    Raises
    ------
    ScenarioError
        If a template cannot be read or lacks a placeholder, or the embedded mind does not know the value
        space; ``path`` names the key.
    """
    mind = part.mind or scenario.minds[0].name
    judges = {judge.mind or mind for _, judge in judges_of(scenario)}
    reads = {part.reader.mind} if part.reader.mind else set()
    publishes = {outlet.mind or mind for outlet in scenario.media}
    used = {mind, *(a.mind or mind for a in scenario.assistants), *publishes, *judges, *reads}
    _refuse_unknown_space(scenario, used)
    for index, spec in enumerate(scenario.minds):
        if spec.name in used:
            check_mind_at(spec, ("minds", index))
    replayed = [
        mind.path for mind in scenario.minds if isinstance(mind, ReplayMindSpec) and mind.name in used
    ]
    version = _prompts_version(scenario, part, used)
    templates = _templates(part, version)
    topics = tuple(topic_of(space, name) for name in space.names)
    questionnaire = _questionnaire(part, space)
    names = tuple(name_for_reading(space, name) for name in space.names)
    context = ReaderContext(topics, templates, questionnaire, part.items_per_topic, scenario.seed, names)
    people = describe_people(
        scenario.population.groups,
        group_of,
        [persona.who for persona in read_personas()],
        scenario.seed,
        names_groups=version == "v1",
        own=sketches,
    )
    return _asks(part, len(people), sketches)(
        MindPool(scenario.minds, partial(open_mind, known=option_values(questionnaire, topics))),
        mind,
        people,
        tuple(
            AssistantVoice(a.name, a.mind or mind, a.voice, a.policy.trains_weights)
            for a in scenario.assistants
        ),
        PromptWriter(
            scenario.seed,
            templates,
            topics,
            part.temperature,
            part.max_tokens,
            part.opening,
            rule_of_replays(replayed),
            part.examples,
        ),
        CorrectedReader(_reader(part, context)),
        space.n_dimensions,
        part.topics_per_round,
        part.topics == "random",
        part.memory,
        tuple(_statement_pair(space, name) for name in space.names),
        part.bias_map,
        part.subtract_bias,
        introduce_planters(
            scenario.population.groups,
            [persona.who for persona in read_personas()],
            names_groups=version == "v1",
        ),
        _fitness_on_record(scenario.minds, used),
        part.reader.mind or "",
        part.reader.kind,
        part.unfit != "unmeasured",
        _reader_key(part, questionnaire, names),
        _editor(scenario, part),
        describe_outlets(scenario.media, mind),
    )


MOST_ALONE = 0.5
"""Greatest share of humans by cells whose sketch nobody else has."""


def _asks(
    part: LanguageChannelSpec, n_humans: int, sketches: Sequence[str] | None
) -> Callable[..., WordedChannel]:
    """Return what makes a channel, by whom it asks.

    Raises
    ------
    ScenarioError
        If cells are to be asked and hardly two humans are introduced alike.
    """
    if part.population.by == "humans":
        return LanguageChannel
    alone = sum(n == 1 for n in Counter(filter(None, sketches or ())).values())
    if alone > MOST_ALONE * n_humans:
        raise ScenarioError(
            f"{alone:,} of {n_humans:,} humans have a sketch that nobody else has, which takes the place "
            "$who of a prompt: hardly two share a cell; leave out the sketches of population.file, or ask "
            "every human (by: humans)",
            path=("channel", "population"),
        )
    return partial(CellChannel, cells=part.population)


def _editor(scenario: Scenario, part: LanguageChannelSpec) -> int | None:
    """Return the number of the assistant that edits what humans write to each other; None for none."""
    if part.mediator is None or part.mediator.share == 0.0:
        return None
    return [assistant.name for assistant in scenario.assistants].index(part.mediator.assistant)


def _questionnaire(part: LanguageChannelSpec, space: ValueSpace) -> Questionnaire:
    """Return the questionnaire by which messages are read."""
    spec = part.questionnaire
    if spec is None:
        return shipped_questionnaire(space, part.items)
    place: tuple[str, ...] = ("channel", "questionnaire")
    factory = load_at(spec, QUESTIONNAIRES, place)
    given = function_parameters(factory, spec, ("space",), QUESTIONNAIRES.concept, place)
    try:
        return make_questionnaire(spec.path, space, factory, **given)
    except CoevolveError as error:
        raise ScenarioError(str(error), path=place) from error


def _reader(part: LanguageChannelSpec, context: ReaderContext) -> Reader:
    """Return the reader of messages, prepared for the society."""
    spec = part.reader
    if not getattr(spec, "plugin_group", ""):
        return _own_reader(spec).prepare(context)
    place: tuple[str, ...] = ("channel", "reader")
    made: Reader = make_plugin(spec, READERS, Reader, place)
    try:
        with plugin_call(
            f"reader '{plugin_name(getattr(spec, 'path', ''))}'", ChannelError, "cannot be prepared"
        ):
            return made.prepare(context)
    except CoevolveError as error:
        raise ScenarioError(str(error), path=place) from error


def _own_reader(spec: ReaderSpec) -> Reader:
    """Return one of the package's own readers, as its spec says."""
    given = spec.model_dump(exclude={"kind", "mind"})
    if spec.kind == "combined":
        given["parts"] = [READERS[name]() for name in given.pop("of")]
    if spec.kind == "letters":
        return LetterReader(Templates.standard(), (), (), ())
    reader: Reader = READERS[spec.kind](**given)
    return reader


def _reader_key(part: LanguageChannelSpec, questionnaire: Questionnaire, names: tuple[str, ...]) -> str:
    """Return what tells a reader apart from any other; nothing for one of the user's own: code may change."""
    if getattr(part.reader, "plugin_group", "") or part.questionnaire is not None:
        return ""
    own = (part.reader.model_dump_json(), questionnaire.fingerprint, part.items_per_topic, names)
    return "; ".join(map(str, (*own, statements_fingerprint())))


def _fitness_on_record(minds: Sequence[MindSpec], used: AbstractSet[str]) -> dict[str, Fitness]:
    """Return what is on record of the minds that are used and answer from a record."""
    replays = [mind for mind in minds if isinstance(mind, ReplayMindSpec) and mind.name in used]
    found = {mind.name: fitness_on_record(mind.path, mind.name) for mind in replays}
    return {name: one for name, one in found.items() if one is not None}


def _prompts_version(scenario: Scenario, part: LanguageChannelSpec, used: AbstractSet[str]) -> str:
    """Return the version of the prompts: where it is left to minds, v1 if one of them was made for it.

    Raises
    ------
    ScenarioError
        If examples are wanted, and it is v1.
    """
    if part.prompts != "auto":
        return part.prompts
    made = [spec.name for spec in scenario.minds if spec.name in used and made_for_prompts(spec) == "v1"]
    if made and part.examples:
        raise ScenarioError(
            f"{part.examples} given, and mind '{made[0]}' was made for prompts v1, which have none; let it "
            "be 0",
            path=("channel", "examples"),
        )
    return "v1" if made else "v2"


def _templates(part: LanguageChannelSpec, version: str) -> Templates:
    """Return the templates; each file is first read on its own, so that an error names its key."""
    files = {name: Path(file.path) for name, file in part.templates.items()}
    for name, file in files.items():
        try:
            Templates.standard({name: file}, version)
        except PromptError as error:
            key: tuple[str, ...] = ("channel", "templates", name)
            raise ScenarioError(str(error), path=(*key, "path") if name in NAMES else key) from error
    return Templates.standard(files, version)


def _refuse_unknown_space(scenario: Scenario, used: AbstractSet[str]) -> None:
    """Refuse a custom value space with the embedded mind, which was trained on the shipped spaces only."""
    asked = scenario.value_space
    if asked in SPACES.own:
        return
    called = asked if isinstance(asked, str) else asked.name
    for index, mind in enumerate(scenario.minds):
        if mind.knows_shipped_spaces_only and mind.name in used:
            raise ScenarioError(
                "the embedded mind knows the package's own value spaces only "
                f"({', '.join(SPACES.own)}), and would say nothing of '{called}'; "
                "use another kind of mind (local, server, vllm), or one of these spaces",
                path=("minds", index, "kind"),
            )


def option_values(questionnaire: Questionnaire, topics: tuple[str, ...]) -> Known:
    """Return the value that each option of each item stands for, by topic; scripted minds need it."""
    names = questionnaire.space.names
    return {
        (item.question, option): {
            topics[names.index(dimension)]: value
            for dimension, value in zip(item.dimensions, values, strict=True)
        }
        for item in questionnaire.items
        for option, values in zip(item.options, item.values, strict=True)
    }


def _statement_pair(space: ValueSpace, dimension: str) -> tuple[str, str]:
    """Return a statement for a dimension and one against it."""
    statements = statements_of(space, dimension)
    return next(text for key, text in statements if key == 1), next(
        text for key, text in statements if key == -1
    )
