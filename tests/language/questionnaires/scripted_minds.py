"""Minds for these tests: each does one thing by rule, so that what must be measured is known."""

import math

from coevolve_sim.minds import Reply, Request

FAR = -3.0
"""Log-probability of all options together: minds say other things, too."""


def shown(request: Request) -> tuple[str, list[str]]:
    """Return the question of an item as a mind sees it, and its options in the order shown."""
    lines = request.messages[-1].content.splitlines()
    options = [line.split(": ", 1)[1] for line in lines if line[1:3] == ": "]
    return lines[0], options


def scored(masses, model="scripted", far=FAR) -> Reply:
    """Return a reply with log-probabilities."""
    logs = tuple(math.log(mass) + far if mass else -math.inf for mass in masses)
    return Reply("answered", "ABCDEFGHIJ"[masses.index(max(masses))], logprobs=logs, model=model)


class ScriptedMind:
    """A mind whose replies are what a function makes of a request."""

    is_bitwise = True

    def __init__(self, reply, identity="scripted", voices=()):
        self._reply, self.identity, self.voices = reply, identity, tuple(voices)
        self.batches, self.closed = [], False

    def count_tokens(self, messages):
        return sum(len(message.content.split()) for message in messages)

    def ask(self, requests):
        assert not self.closed
        self.batches.append(len(requests))
        for index in reversed(range(len(requests))):
            yield index, self._reply(requests[index])

    def close(self):
        self.closed = True

    @property
    def n_asked(self):
        return sum(self.batches)


def by_value(questionnaire, value):
    """Return a reply that holds ``value``, or ``value(request, dimension)``, wherever options stand.

    On an item of one dimension the mean value of the options is the value exactly: mass lies on the two
    options nearest to it. On a choice of four, mass is in proportion to the values.
    """

    def reply(request):
        question, options = shown(request)
        item = next(
            i for i in questionnaire.items if i.question == question and set(i.options) == set(options)
        )
        held = [value(request, name) if callable(value) else value for name in item.dimensions]
        if len(item.dimensions) > 1:
            masses = [v / sum(held) for v in held]
        else:
            step = 1.0 / (len(item.options) - 1)
            masses = [max(0.0, 1.0 - abs(row[0] - held[0]) / step) for row in item.values]
        return scored([masses[item.options.index(option)] for option in options])

    return reply


def by_position(masses):
    """Return a reply that looks at nothing but where options stand."""

    def reply(request):
        return scored(list(masses[: len(request.options)]))

    return reply
