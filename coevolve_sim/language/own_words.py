"""Let personas write, and their own voice read it: outside a society, where a mind is measured."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from coevolve_sim.language.parsing import ParsedMessage
from coevolve_sim.language.people import Person
from coevolve_sim.language.readers import Reading, ToRead
from coevolve_sim.language.writing import PromptWriter
from coevolve_sim.minds import Mind, Request
from coevolve_sim.minds.recorded import ask_all

Read = Callable[[Sequence[ToRead]], list[Reading]]
"""What returns readings of messages."""


def write_and_read(
    mind: Mind,
    writing: PromptWriter,
    read: Read,
    requests: Sequence[Request],
    people: Sequence[Person],
    dimensions: Sequence[int],
) -> tuple[list[ParsedMessage], list[Reading]]:
    """Return the messages that people write, and how their own voice reads each.

    Parameters
    ----------
    mind : Mind
        That writes.
    writing : PromptWriter
        That of the requests.
    read : callable
        Returns what listeners of that mind read in messages.
    requests : sequence of Request
        One for each message.
    people : sequence of Person, shape (requests,)
        Who writes each.
    dimensions : sequence of int, shape (requests,)
        What each is about.

    Returns
    -------
    messages : list of ParsedMessage
    readings : list of Reading
        Of a message that is not heard: nan, with the message's status.
    """
    replies = zip(requests, ask_all(mind, requests), people, strict=True)
    texts = [writing.read(request, reply, person.who) for request, reply, person in replies]
    heard = [index for index, text in enumerate(texts) if text.is_heard]
    found = read([ToRead(texts[i].heard, dimensions[i], people[i].voice) for i in heard])
    readings = dict(zip(heard, found, strict=True))
    return texts, [readings.get(i, Reading(math.nan, text.status)) for i, text in enumerate(texts)]
