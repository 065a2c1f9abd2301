"""Minds and texts for these tests: what each mind prefers is known."""

from coevolve_sim.assistants.preferences import ToCompare
from coevolve_sim.language.prompts import Templates
from coevolve_sim.minds import Reply

TOPIC = "telling the truth"
TEMPLATES = Templates.standard()


def states(number, topic=TOPIC):
    return f"I stand at {number} on {topic}."


def persona(value, topic=TOPIC):
    return TEMPLATES.persona("Ada", [(topic, value)])


def two(value, first, second, who="Ada"):
    """Return a question put to somebody at ``value`` on texts that state two numbers."""
    return ToCompare(who, TOPIC, states(first), states(second), persona(value))


def likes_a(share=0.9):
    """Return a script that looks at nothing but the place."""
    return lambda request: (share, 1.0 - share)


def names_a_letter(letter):
    """Return a script that gives no log-probabilities."""
    return lambda request: Reply("answered", letter)
