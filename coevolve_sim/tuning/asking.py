"""Asking people which of two texts they prefer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from coevolve_sim.minds import Mind
from coevolve_sim.preferences import Comparison, ToCompare, compare
from coevolve_sim.prompts import Templates
from coevolve_sim.tuning.candidates import TextPair


@dataclass(frozen=True)
class Respondent:
    """Somebody who is asked.

    Attributes
    ----------
    who : str
        What follows *You are*: "a farmer with four children".
    voice : str
        The voice of the mind that they answer with; empty for its own.
    stances : mapping of str to float
        Where they are told to stand, in [0, 1], by topic; empty where their voice holds what it holds.
    name : str
        What they are called on record; ``who`` if empty.

    Examples
    --------
    >>> ada = Respondent("Ada", stances={"thrift": 0.25})
    >>> print(ada.before("thrift", Templates.standard()).splitlines()[-1])
    - thrift: 25
    >>> ada.before("rest", Templates.standard())
    'You are Ada.'
    """

    who: str
    voice: str = ""
    stances: Mapping[str, float] = field(default_factory=dict)
    name: str = ""

    def before(self, topic: str, templates: Templates) -> str:
        """Return the system message that makes a mind them, where it is to be about one topic."""
        if topic not in self.stances:
            return templates.sketch(self.who)
        return templates.persona(self.who, [(topic, self.stances[topic])])


def elicited(
    mind: Mind, people: Sequence[Respondent], pairs: Sequence[TextPair], templates: Templates | None = None
) -> list[Comparison]:
    """Return what each of the people makes of each pair, asked in both orders; every comparison is there.

    Parameters
    ----------
    mind : Mind
        Who speaks for them; what is asked twice is asked once.
    people : sequence of Respondent
        Who is asked.
    pairs : sequence of TextPair
        About what.
    templates : Templates, optional
        The package's own if not given.

    Raises
    ------
    MindError
        If the mind cannot be asked at all.

    Examples
    --------
    >>> from coevolve_sim.minds.scripted import ScriptedMind
    >>> two = TextPair("thrift", "I stand at 70 on thrift.", "I stand at 20 on thrift.")
    >>> people = [Respondent("Ada", stances={"thrift": 0.8}), Respondent("Bo", stances={"thrift": 0.3})]
    >>> [one.preferred for one in elicited(ScriptedMind(), people, [two])]
    [1, -1]
    """
    used = templates or Templates.standard()
    asked = [
        ToCompare(
            one.name or one.who, pair.topic, pair.first, pair.second, one.before(pair.topic, used), one.voice
        )
        for one in people
        for pair in pairs
    ]
    return compare(mind, asked, used)
