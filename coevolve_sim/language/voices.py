"""Check that minds have the voices that a scenario gives its groups, assistants, outlets and judges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from coevolve_sim.errors import ScenarioError
from coevolve_sim.minds import Mind
from coevolve_sim.scenario import Scenario
from coevolve_sim.scenario.tuned_checks import judges_of
from coevolve_sim.scenario.yaml_text import Path


def refuse_unknown_voices(scenario: Scenario, mind: str, opened: Mapping[str, Mind]) -> None:
    """Refuse a scenario in which a group, an assistant, an outlet or a judge has a voice that its mind lacks.

    Parameters
    ----------
    scenario : Scenario
        A scenario with the language channel.
    mind : str
        Name of the mind that speaks for humans, and for assistants that name no other.
    opened : mapping of str to Mind
        The minds, by name.

    Raises
    ------
    ScenarioError
        Names the first such speaker, and the voices that the mind has. Minds of kind replay are not
        checked: they have the voices that their run asked.
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
    """Yield, for each speaker: the keys that give its voice, who it is, its mind's name, its voice."""
    for index, group in enumerate(scenario.population.groups):
        yield ("population", "groups", index, "voice"), f"group '{group.name}'", mind, group.voice
    for index, assistant in enumerate(scenario.assistants):
        path = ("assistants", index, "voice")
        yield path, f"assistant '{assistant.name}'", assistant.mind or mind, assistant.voice
    for index, outlet in enumerate(scenario.media):
        yield ("media", index, "voice"), f"outlet '{outlet.name}'", outlet.mind or mind, outlet.voice
    for index, judge in judges_of(scenario):
        who = f"the judge of assistant '{scenario.assistants[index].name}'"
        yield ("assistants", index, "policy", "annotator", "voice"), who, judge.mind or mind, judge.voice
