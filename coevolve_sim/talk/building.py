"""From a scenario to its language channel."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.minds.opening import opened
from coevolve_sim.minds.stances import Known
from coevolve_sim.prompts import Templates
from coevolve_sim.questionnaires import Questionnaire, read_personas, standard, statements_of, topic_of
from coevolve_sim.scenario import Scenario
from coevolve_sim.scenario.mind_parts import LanguageChannel as LanguagePart
from coevolve_sim.talk.channel import LanguageChannel, Spokesman
from coevolve_sim.talk.minds_of_a_run import MindsOfARun
from coevolve_sim.talk.people import people_of
from coevolve_sim.talk.reader import Reader
from coevolve_sim.talk.writing import Writing
from coevolve_sim.values import ValueSpace


def language_channel(
    scenario: Scenario, part: LanguagePart, space: ValueSpace, group_of: NDArray[np.int32]
) -> LanguageChannel:
    """Return the channel that a scenario describes; no mind is opened yet.

    Raises
    ------
    PromptError
        If a template cannot be read or lacks a place.
    """
    templates = Templates.standard({name: Path(file.path) for name, file in part.templates.items()})
    topics = tuple(topic_of(space, name) for name in space.names)
    questionnaire = standard(space, part.items)
    mind = part.mind or scenario.minds[0].name
    return LanguageChannel(
        MindsOfARun(scenario.minds, partial(opened, known=_known(questionnaire, topics))),
        mind,
        people_of(
            scenario.population.groups, group_of, [persona.who for persona in read_personas()], scenario.seed
        ),
        tuple(Spokesman(a.name, a.mind or mind, a.voice) for a in scenario.assistants),
        Writing(scenario.seed, templates, topics, part.temperature, part.max_tokens),
        Reader.of(questionnaire, templates, topics, part.items_per_topic),
        space.n_dimensions,
        part.topics_per_round,
        part.topics == "random",
        part.memory,
        tuple(_claim(space, name) for name in space.names),
        part.bias_map,
        part.subtract_bias,
    )


def _known(questionnaire: Questionnaire, topics: tuple[str, ...]) -> Known:
    """Return what each option of each item stands for, for a mind that must be told."""
    names = questionnaire.space.names
    return {
        (item.question, option): {
            topics[names.index(dimension)]: value
            for dimension, value in zip(item.dimensions, values, strict=True)
        }
        for item in questionnaire.items
        for option, values in zip(item.options, item.values, strict=True)
    }


def _claim(space: ValueSpace, dimension: str) -> tuple[str, str]:
    """Return a statement for a dimension and one against it."""
    statements = statements_of(space, dimension)
    return next(text for key, text in statements if key == 1), next(
        text for key, text in statements if key == -1
    )
