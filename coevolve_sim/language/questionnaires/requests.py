"""Requests that ask a mind an item: for its own answer, or for that of the writer of a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from coevolve_sim.language.prompts import LETTERS, Templates
from coevolve_sim.language.questionnaires.item import Item
from coevolve_sim.language.questionnaires.option_orders import Order
from coevolve_sim.minds.protocol import Message, Request


def request_for(
    item: Item,
    order: Order,
    templates: Templates,
    before: str | Sequence[Message] = (),
    *,
    voice: str = "",
    kind: str = "item",
) -> Request:
    """Return the request that asks a mind an item.

    Parameters
    ----------
    item : Item
        The item to ask.
    order : tuple of int
        The option at each position, one of `orders`.
    templates : Templates
        Templates of the prompts.
    before : str or sequence of Message
        The persona: a system message, or messages that begin with one. Empty for none.
    voice, kind : str
        As for `Request`.

    Examples
    --------
    >>> item = Item("thrift", "pair", "Which?", ("Save.", "Spend."), ("thrift",), ((1.0,), (0.0,)))
    >>> request = request_for(item, (1, 0), Templates.standard(), "You are Ada.")
    >>> print(request.messages[1].content)
    Which?
    A: Spend.
    B: Save.
    Answer with one letter.
    >>> request.options
    ('A', 'B')
    """
    asked = templates.item(item.question, [item.options[option] for option in order])
    return _request(kind, before, asked, len(order), voice)


def request_in_words(
    item: Item,
    order: Order,
    _templates: Templates,
    before: str | Sequence[Message] = (),
    *,
    voice: str = "",
    kind: str = "item",
) -> Request:
    """Return the request that asks a mind an item whose options are words: it answers with one, not a letter.

    Small models answer letters by their place, and words less so.

    Parameters
    ----------
    item, order, before, voice, kind
        As for `request_for`; options are single words, as *Yes.* and *No.*

    Examples
    --------
    >>> item = Item("rain", "pair", "Does it rain?", ("Yes.", "No."), ("rain",), ((1.0,), (0.0,)))
    >>> request = request_in_words(item, (1, 0), Templates.standard())
    >>> print(request.messages[0].content)
    Does it rain?
    Answer in one word, no or yes.
    >>> request.options
    ('No', 'Yes')
    """
    words = tuple(item.options[option].strip(" .") for option in order)
    asked = f"{item.question}\nAnswer in one word, {' or '.join(word.lower() for word in words)}."
    return replace(_request(kind, before, asked, len(order), voice), options=words)


def reading_request_for(
    item: Item,
    order: Order,
    templates: Templates,
    topic: str,
    text: str,
    *,
    voice: str = "",
    kind: str = "read",
) -> Request:
    """Return the request that asks a mind what the writer of a text would answer to an item.

    Parameters
    ----------
    item, order, templates, voice, kind
        As for `request_for`.
    topic : str
        Topic of the text.
    text : str
        The text; it is quoted so that it cannot end its quotation.
    """
    asked = templates.read(topic, text, item.question, [item.options[option] for option in order])
    return _request(kind, templates.reader(), asked, len(order), voice)


def _request(kind: str, before: str | Sequence[Message], asked: str, n_options: int, voice: str) -> Request:
    if isinstance(before, str):
        before = (Message("system", before),) if before else ()
    return Request(
        kind=kind,
        messages=(*before, Message("user", asked)),
        options=tuple(LETTERS[:n_options]),
        max_tokens=1,
        voice=voice,
    )
