"""A scripted mind's replies to the package's own prompts: it states its stance, and reads stated stances.

A mind whose prompt says ``- telling the truth: 63`` writes "I stand at 63 on telling the truth." and answers
items accordingly. From such a message, quoted behind ``> ``, it reads that the writer stands at 63. How it
compares two texts is in `coevolve_sim.minds.scripted.comparisons`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from coevolve_sim.errors import MindError
from coevolve_sim.minds.protocol import Reply, Request
from coevolve_sim.minds.scripted.comparisons import (
    find_two_texts,
    prefer_nearer,
    write_critique,
    write_verdict,
)

Known = Mapping[tuple[str, str], Mapping[str, float]]
"""By question and option: what the option stands for on each topic, in [0, 1]."""

AGREEMENT: dict[str, float] = {
    "agree strongly": 1.0,
    "agree": 0.75,
    "neither agree nor disagree": 0.5,
    "disagree": 0.25,
    "disagree strongly": 0.0,
}
"""Values of options that are in no table; whole numbers from 0 to 100 stand for their hundredths."""

_STANCE = re.compile(r"^- (.+): (\d{1,3})$", re.MULTILINE)
_STATED = re.compile(r"^> .*?\bI stand at (\d{1,3}) on\b", re.MULTILINE)
_OPTION = re.compile(r"^([A-J]): (.+)$", re.MULTILINE)
_SELF = ""


def read_stances(text: str) -> dict[str, float]:
    r"""Read the stances in a persona, by topic, in [0, 1].

    Examples
    --------
    >>> read_stances("You are Ada.\nWhere you stand:\n- telling the truth: 63")
    {'telling the truth': 0.63}
    """
    return {topic: int(number) / 100.0 for topic, number in _STANCE.findall(text)}


def read_quote(text: str) -> str:
    r"""Read what a prompt quotes, without the marks of a quotation.

    Examples
    --------
    >>> read_quote("Somebody writes:\n> I am for it.\n> Are you?\nEdit it.")
    'I am for it.\nAre you?'
    """
    return "\n".join(line.removeprefix("> ") for line in text.splitlines() if line.startswith("> "))


def state_stance(value: float, topic: str) -> str:
    """Return the sentence that states a stance on a topic.

    Examples
    --------
    >>> state_stance(0.63, "telling the truth")
    'I stand at 63 on telling the truth.'
    """
    return f"I stand at {int(value * 100.0 + 0.5)} on {topic}."


def interpolate_masses(value: float, places: Sequence[float]) -> tuple[float, ...]:
    """Return probabilities of options such that the mean of their values is exactly the given value.

    Only the nearest option below and the nearest above have a probability above 0; options of the same value
    share it.

    Parameters
    ----------
    value : float
        In [0, 1]; a value beyond the outermost options counts as theirs.
    places : sequence of float, shape (options,)
        What each option stands for.

    Examples
    --------
    >>> interpolate_masses(0.6, (1.0, 0.5, 0.0))
    (0.19999999999999996, 0.8, 0.0)
    """
    below = max((place for place in places if place <= value), default=min(places))
    above = min((place for place in places if place >= value), default=max(places))
    if value < below or value > above:
        below = above = below if value < below else above
    up = (value - below) / (above - below) if above > below else 1.0
    share = {below: 1.0 - up}
    share[above] = up
    return tuple(share.get(place, 0.0) / places.count(place) for place in places)


def answer_from_stances(request: Request, known: Known) -> str | tuple[float, ...] | Reply:
    """Return the reply of somebody with the stances in a prompt: a text, or each option's probability.

    What begins a reply changes nothing: the sentence follows it. A whole text has no probability.
    """
    if request.is_whole_text:
        return Reply("invalid", detail="a scripted mind gives no log-probability to a whole text")
    asked = next((m.content for m in reversed(request.messages) if m.role == "user"), "")
    system = "\n".join(m.content for m in request.messages if m.role == "system")
    texts = find_two_texts(asked)
    try:
        if texts is not None and request.options:
            return prefer_nearer(texts, lambda: _find_stance(texts.before, read_stances(system)))
        if request.kind == "mediate" and not read_stances(system):
            return read_quote(asked)  # an editor that holds nothing passes on what was written
        if not request.options:
            written = write_critique(asked) if texts is None else write_verdict(texts)
            return written or _write_message(asked, read_stances(system))
        number = _STATED.search(asked)
        own = {_SELF: min(int(number[1]), 100) / 100.0} if number else read_stances(system)
        return _score_options(asked, own, known)
    except MindError as problem:
        return Reply("invalid", detail=str(problem))


def _write_message(asked: str, stances: Mapping[str, float]) -> str | Reply:
    topic = _find_topic("\n".join(line for line in asked.splitlines() if not line.startswith(">")), stances)
    if topic is None:
        return Reply("invalid", detail="the prompt asks for no topic on which it tells where to stand")
    return state_stance(stances[topic], topic)


def _score_options(asked: str, stances: Mapping[str, float], known: Known) -> tuple[float, ...]:
    """Return the probabilities of the options shown, by stances on topics or one stance on everything."""
    lines = asked.splitlines()
    shown = [match for match in map(_OPTION.fullmatch, lines) if match]
    if not shown:
        raise MindError("the prompt shows no options")
    before = "\n".join(lines[: lines.index(shown[0][0])])
    meanings = [_find_meaning(before, match[2], known) for match in shown]
    topics = sorted({topic for meaning in meanings for topic in meaning})
    if not topics:
        return interpolate_masses(
            _find_stance(asked, stances), [_read_plain_meaning(match[2]) for match in shown]
        )
    if len(topics) == 1:
        value = stances.get(_SELF, stances.get(topics[0]))
        if value is None:
            raise MindError(f"the prompt tells no stance on '{topics[0]}'")
        return interpolate_masses(value, [meaning[topics[0]] for meaning in meanings])
    weights = [
        sum(value * stances.get(topic, 0.0) for topic, value in meaning.items()) for meaning in meanings
    ]
    total = sum(weights)
    return tuple(weight / total if total else 1.0 / len(weights) for weight in weights)


def _find_meaning(before: str, option: str, known: Known) -> Mapping[str, float]:
    """Return the values, by topic, that the table gives an option of the question before it."""
    of_all = (meaning for (q, o), meaning in known.items() if o == option and before.endswith(q))
    return next(of_all, {})


def _find_stance(asked: str, stances: Mapping[str, float]) -> float:
    if len(stances) == 1:
        return next(iter(stances.values()))
    topic = _find_topic(asked, stances)
    if topic is None:
        raise MindError("the prompt asks for no topic on which it tells where to stand")
    return stances[topic]


def _find_topic(text: str, stances: Mapping[str, float]) -> str | None:
    """Return the longest of the topics that a text names; None if it names none."""
    return max((topic for topic in stances if topic in text), key=len, default=None)


def _read_plain_meaning(option: str) -> float:
    if option in AGREEMENT:
        return AGREEMENT[option]
    if option.isdecimal() and int(option) <= 100:
        return int(option) / 100.0
    raise MindError(f"what the option '{option}' stands for is not known; give the mind a table ('known')")
