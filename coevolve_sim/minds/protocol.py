"""The protocol of all minds: requests, replies and the members that every mind has.

A mind answers *batches*: ``ask(requests)`` yields ``(index, reply)`` pairs as replies come, in any order,
each request exactly once. What cannot be answered is a reply with another status than ``answered``; only what
would stop every request (no model, no server, no key) raises `MindError`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal, Protocol, cast

from coevolve_sim.errors import MindError

Role = Literal["system", "user", "assistant"]
Status = Literal["answered", "refused", "invalid", "truncated", "given up"]

STATUSES: tuple[Status, ...] = ("answered", "refused", "invalid", "truncated", "given up")
"""How a request can end."""


@dataclass(frozen=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True)
class Request:
    """One thing asked of a mind.

    Attributes
    ----------
    kind : str
        What it is for (``speak``, ``read``, ``item``, ...); used only to report usage, never by a mind.
    messages : tuple of Message
        The conversation so far; the mind writes its next turn. If the last message has role ``assistant``,
        it begins the reply for the mind: the mind continues that turn, and `Reply.text` holds only what it
        added, blanks included, so that both together are the whole turn. A mind that cannot continue a turn
        replies ``invalid``.
    options : tuple of str
        If given, the next turn is to be exactly one of these: their log-probabilities are asked for, and
        nothing is written. Labels such as ``A`` and ``B``. A single option is a whole text, scored as the
        next turn (or as what continues a turn that is begun), as it is spelled: `Reply.logprobs` is
        ``(log P(text | prompt),)``, without the end of the turn. A mind that cannot score a text replies
        ``invalid``.
    max_tokens : int
        Of what is written, at least 1.
    temperature : float
        0 takes the likeliest token each time.
    seed : int
        Of what is drawn, in [0, 2**31).
    voice : str
        Which of the mind's voices speaks: an adapter's name, such as an era's. Empty for the mind's own.
    draw : int
        Which of several draws of the same prompt; draws never share a reply.
    linear_probe : str
        If given, nothing is written: the reply is the number that this probe reads in the mind's hidden
        states after the conversation; see `coevolve_sim.minds.linear_probe`.
    """

    kind: str
    messages: tuple[Message, ...]
    options: tuple[str, ...] = ()
    max_tokens: int = 60
    temperature: float = 0.0
    seed: int = 0
    voice: str = ""
    draw: int = 0
    linear_probe: str = ""

    @property
    def is_deterministic(self) -> bool:
        """Whether equal requests must get the same reply: options are scored, or nothing is drawn."""
        return bool(self.options) or bool(self.linear_probe) or self.temperature == 0.0

    @property
    def begun(self) -> str:
        """What begins the reply for the mind: the last message if it is the assistant's, else empty."""
        last = self.messages[-1] if self.messages else None
        return last.content if last is not None and last.role == "assistant" else ""

    @property
    def is_whole_text(self) -> bool:
        """Whether a single option is given: a whole text, to be scored as the next turn."""
        return len(self.options) == 1


@dataclass(frozen=True)
class Attempts:
    """How a reply was got: how often it was asked for, in which form, how long it took.

    Attributes
    ----------
    sent : int
        How often the request was sent: 1 of a mind that replies at once, 0 where nothing was sent.
    retries : int
        How many of these repeated a failed one.
    form : str
        Of a server's mind the form in which it was asked last: ``write``, ``score`` (log-probabilities),
        ``choose`` (a choice constrained to the options) or ``echo`` (log-probabilities of a whole text);
        empty of other minds.
    other_forms : int
        How many of these asked in another form than the one before: then the reply comes from another
        instrument than the replies that needed none.
    seconds : float or None
        From the first attempt to the reply, waits included; None where the mind does not tell.
    is_earlier : bool
        Whether the reply was not asked for now, but taken from an earlier run: from a cache or a record.
    """

    sent: int = 1
    retries: int = 0
    form: str = ""
    other_forms: int = 0
    seconds: float | None = None
    is_earlier: bool = False


UNSENT = Attempts(sent=0)
"""Of a reply that needed no asking, as to a voice that the mind lacks."""

EARLIER = Attempts(sent=0, is_earlier=True)
"""Of a reply that was taken from an earlier run."""


@dataclass(frozen=True)
class Reply:
    """A mind's reply to one request.

    Attributes
    ----------
    status : str
        One of `STATUSES`.
    text : str
        What was written, without what began the reply; where options were asked for, the likeliest of them.
    logprobs : tuple of float, or None
        Log-probability of each option, as the mind gives it to the option's text among *all* texts (so they
        need not sum to 1); -inf where the mind did not name it. None where nothing was scored: then ``text``
        is what a constrained choice gave.
    tokens_in, tokens_out : int
        Of prompt and reply.
    model : str
        What answered: the served model's name and fingerprint.
    detail : str
        Why it is not answered.
    attempts : Attempts
        How it was got; no part of what it says, so that replies are equal without it.
    """

    status: Status
    text: str = ""
    logprobs: tuple[float, ...] | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    model: str = ""
    detail: str = field(default="", compare=False)
    attempts: Attempts = field(default=Attempts(), compare=False)


class Mind(Protocol):
    """Interface of every mind."""

    @property
    def identity(self) -> str:
        """Model, fingerprint of weights, revision; replies may differ between minds of other identities."""

    @property
    def is_bitwise(self) -> bool:
        """Whether the same request always gets the same reply, bit for bit, on the same machine."""

    @property
    def voices(self) -> tuple[str, ...]:
        """The names it can speak as, besides its own (the empty name)."""

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Return how many tokens a prompt has; an estimate where the mind has no tokenizer at hand."""

    def ask(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Yield the index of each request with its reply, as replies come."""

    def close(self) -> None:
        """Release its resources; nothing can be asked afterwards."""


MEMBERS = {
    "ask": "ask(requests), which yields (index, Reply)",
    "count_tokens": "count_tokens(messages)",
    "close": "close()",
    "identity": "identity, a text",
    "voices": "voices, a tuple of texts",
    "is_bitwise": "is_bitwise, true or false",
}
"""What every mind has, and how it is written."""

METHODS = ("ask", "count_tokens", "close")


def require_mind_class(found: object, name: str) -> None:
    """Require that an object is a class with the methods of a mind; properties are checked on instances.

    Raises
    ------
    MindError
        Names what is missing.
    """
    if not isinstance(found, type):
        raise MindError(f"'{name}' is no mind: a class is wanted, and it is of type {type(found).__name__}")
    for method in METHODS:
        if not callable(getattr(found, method, None)):
            raise _missing_member(name, method)


def require_mind(made: object, name: str) -> Mind:
    """Return an object if it has all members of a mind, with values of the right type.

    Raises
    ------
    MindError
        Names what is missing or of another type.

    Examples
    --------
    >>> require_mind(object(), "mine.py:Mine")
    Traceback (most recent call last):
    coevolve_sim.errors.MindError: 'mine.py:Mine' is no mind: it lacks ask(requests), which yields (index, ...
    """
    for member in MEMBERS:
        if not hasattr(made, member):
            raise _missing_member(name, member)
    voices, identity, bitwise = (getattr(made, key) for key in ("voices", "identity", "is_bitwise"))
    if not (isinstance(voices, tuple | list) and all(isinstance(voice, str) for voice in voices)):
        raise MindError(f"'{name}' has voices {voices!r}; a tuple of texts is wanted, () for none")
    if not (isinstance(identity, str) and identity):
        raise MindError(f"'{name}' has identity {identity!r}; a text that is not empty is wanted")
    if not isinstance(bitwise, bool):
        raise MindError(f"'{name}' has is_bitwise {bitwise!r}; True or False is wanted")
    return cast("Mind", made)


def _missing_member(name: str, member: str) -> MindError:
    return MindError(
        f"'{name}' is no mind: it lacks {MEMBERS[member]}; every mind has {', '.join(MEMBERS)} "
        "(see coevolve_sim.minds.protocol.Mind)"
    )


def key_of(request: Request, identity: str) -> str:
    """Return the SHA-256 of a request to a mind, which is its key in caches and records.

    ``kind`` is left out; for a deterministic request so are seed and draw, so that equal requests share one
    reply.

    Examples
    --------
    >>> a = Request("speak", (Message("user", "hello"),), temperature=1.0, seed=1)
    >>> b = Request("ask", (Message("user", "hello"),), temperature=1.0, seed=2)
    >>> key_of(a, "m") == key_of(a, "m"), key_of(a, "m") == key_of(b, "m")
    (True, False)
    """
    content = asdict(request)
    del content["kind"]
    if not request.linear_probe:  # a key of before there were probes stays what it was
        del content["linear_probe"]
    if request.is_deterministic:
        content |= {"seed": 0, "draw": 0}
    text = json.dumps([identity, content], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
