"""Whether minds have the voices with which a scenario lets its groups, assistants and judges speak."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from coevolve_sim.errors import ScenarioError
from coevolve_sim.minds import Mind
from coevolve_sim.scenario import Scenario
from coevolve_sim.scenario.tuned_checks import judges_of
from coevolve_sim.scenario.yaml_text import Path


def refuse_unknown_voices(scenario: Scenario, mind: str, opened: Mapping[str, Mind]) -> None:
    """Refuse a scenario of which a group, an assistant or a judge has a voice that its mind lacks.

    Parameters
    ----------
    scenario : Scenario
        With a channel of language.
    mind : str
        Name of the mind that speaks for humans, and for assistants that name no other.
    opened : mapping of str to Mind
        The minds, by name.

    Raises
    ------
    ScenarioError
        Names the first of them, and the voices there are. A mind of kind replay is not
        looked at: what its run asked it has.
    """
    replayed = {part.name for part in scenario.minds if part.is_replay}
    for path, who, name, voice in _speakers(scenario, mind):
        if voice and name not in replayed and voice not in opened[name].voices:
            there = ", ".join(opened[name].voices) or "none"
            raise ScenarioError(
                f"{who} speaks with the voice '{voice}', which mind '{name}' does not have; its voices are: "
                f"{there}",
                path=path,
            )


def _speakers(scenario: Scenario, mind: str) -> Iterator[tuple[Path, str, str, str]]:
    """Yield where a voice is given, who speaks with it, and the mind's name and the voice's."""
    for index, group in enumerate(scenario.population.groups):
        yield ("population", "groups", index, "voice"), f"group '{group.name}'", mind, group.voice
    for index, assistant in enumerate(scenario.assistants):
        path = ("assistants", index, "voice")
        yield path, f"assistant '{assistant.name}'", assistant.mind or mind, assistant.voice
    for index, judge in judges_of(scenario):
        who = f"the judge of assistant '{scenario.assistants[index].name}'"
        yield ("assistants", index, "policy", "annotator", "voice"), who, judge.mind or mind, judge.voice
