"""Respondents: people who are asked which of two texts they prefer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from coevolve_sim.assistants.preferences import ToCompare
from coevolve_sim.assistants.tuned.candidates import TextPair
from coevolve_sim.language.prompts import Templates


@dataclass(frozen=True)
class Respondent:
    """A person who is asked, described by a system message.

    Attributes
    ----------
    who : str
        What follows *You are*: "a farmer with four children".
    voice : str
        The voice of the mind that they answer with; empty for its own.
    stances : mapping of str to float
        Values that they are told to hold, in [0, 1], by topic; empty to leave that to their voice.
    name : str
        Their name in the record; ``who`` if empty.

    Examples
    --------
    >>> ada = Respondent("Ada", stances={"thrift": 0.25})
    >>> print(ada.write_system("thrift", Templates.standard()).splitlines()[-1])
    - thrift: 25
    >>> ada.write_system("rest", Templates.standard())
    'You are Ada.'
    """

    who: str
    voice: str = ""
    stances: Mapping[str, float] = field(default_factory=dict)
    name: str = ""

    def write_system(self, topic: str, templates: Templates) -> str:
        """Return the system message that makes a mind speak as them about one topic."""
        if topic not in self.stances:
            return templates.sketch(self.who)
        return templates.persona(self.who, [(topic, self.stances[topic])])


def comparison_requests(
    people: Sequence[Respondent], pairs: Sequence[TextPair], templates: Templates
) -> list[ToCompare]:
    """Return the comparisons to ask for: each person about each pair.

    Examples
    --------
    >>> two = TextPair("thrift", "I stand at 70 on thrift.", "I stand at 20 on thrift.")
    >>> [found] = comparison_requests([Respondent("a farmer", name="human 3")], [two], Templates.standard())
    >>> found.who, found.before
    ('human 3', 'You are a farmer.')
    """
    return [
        ToCompare(
            one.name or one.who,
            pair.topic,
            pair.first,
            pair.second,
            one.write_system(pair.topic, templates),
            one.voice,
            one.stances.get(pair.topic),
        )
        for one in people
        for pair in pairs
    ]
