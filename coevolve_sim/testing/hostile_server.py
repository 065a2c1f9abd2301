"""What a mind that asks a server must do when the server is odd: one request's fault ends that request.

Every fault of `hostile_faults` is sent to one request of a batch. It must end in one status, the others must
be answered, no error may leave the mind, nothing may hang, and an honest request afterwards must be answered.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from coevolve_sim.errors import MindError
from coevolve_sim.minds import Mind, Reply, Request
from coevolve_sim.testing.fake_server import Answer, FakeServer
from coevolve_sim.testing.hostile_faults import CONTENT_FAULTS, SAID, TRANSPORT_FAULTS, ServerFault
from coevolve_sim.testing.minds import ITEM, SPEAK, prompt, replies_of
from coevolve_sim.testing.verdicts import Verdict, run_checks

_MARK = "Meet the fault."
_LONGEST = 30.0
"""Seconds after which a batch counts as hung."""
_MOST_TEXT = 10_000
_MOST_COUNT = 2**63 - 1


def check_hostile_server(
    open_mind: Callable[[str], Mind], faults: Iterable[ServerFault] = (*TRANSPORT_FAULTS, *CONTENT_FAULTS)
) -> list[Verdict]:
    """Check a mind that asks a server against an odd one, fault by fault.

    Parameters
    ----------
    open_mind : callable
        Opens the mind for the url of a server whose model is ``small``. It should wait for less than a
        second, and ask again at least once.
    faults : iterable of ServerFault
        All of `TRANSPORT_FAULTS` and `CONTENT_FAULTS` if not given.

    Returns
    -------
    list of Verdict
        One a fault.

    Examples
    --------
    >>> from coevolve_sim.minds.openai.client import ServerMind
    >>> from coevolve_sim.testing import failures_of
    >>> def open_mind(url):
    ...     return ServerMind(url, "small", timeout=0.5, retries=1, first_wait=0.01, longest_wait=0.05)
    >>> failures_of(check_hostile_server(open_mind, CONTENT_FAULTS[:2]))
    ''
    """
    server = FakeServer()
    with server.listening() as url:
        mind = open_mind(url)
        try:
            checks = {fault.name: _check_of(fault) for fault in faults}
            return run_checks(checks, server, mind)
        finally:
            mind.close()


def _check_of(fault: ServerFault) -> Callable[[FakeServer, Mind], str]:
    def check(server: FakeServer, mind: Mind) -> str:
        def script(body: dict[str, Any]) -> Answer | None:
            return fault.answer if body["messages"][-1]["content"] == _MARK else None

        server.follow(script)
        usual = SPEAK if fault.asks == "message" else ITEM
        faulty = replace(usual, messages=prompt(_MARK), max_tokens=60)
        before, reply, after, item = _replies(mind, [SPEAK, faulty, replace(SPEAK, seed=1), ITEM])
        others = [before, after, item, *_replies(mind, [SPEAK])]
        return _wrong_reply(fault, reply) or _wrong_others(others)

    return check


def _replies(mind: Mind, requests: list[Request]) -> list[Reply]:
    """Return the replies in the order of the requests; an error if they do not come in `_LONGEST` seconds."""
    found: list[list[Reply] | Exception] = []

    def ask() -> None:
        try:
            found.append(replies_of(mind, requests))
        except Exception as error:  # noqa: BLE001 - raised again below, where the check is run
            found.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(_LONGEST)
    if not found:
        raise MindError(f"a batch was not answered in {_LONGEST:g} s")
    if isinstance(found[0], Exception):
        raise found[0]
    return found[0]


def _wrong_reply(fault: ServerFault, reply: Reply) -> str:
    if reply.status != fault.status:
        return f"the request was {reply.status} ({reply.detail or reply.text!r}); {fault.status} is wanted"
    if reply.status == "answered" and reply.text.lstrip("\ufffd") != SAID:
        return f"the text is {reply.text!r}; {SAID!r} is wanted"
    if reply.status not in {"answered", "refused"} and not reply.detail:
        return "the reply does not say why"
    try:
        texts = [text.encode() for text in (reply.text, reply.model, reply.detail)]
    except UnicodeEncodeError:
        return "the reply has half a character, which no file can hold"
    if max(map(len, texts)) > _MOST_TEXT:
        return f"the reply has a text of {max(map(len, texts)):,} bytes"
    counts = (reply.tokens_in, reply.tokens_out)
    return "" if 0 <= min(counts) <= max(counts) <= _MOST_COUNT else f"the reply counts {counts} tokens"


def _wrong_others(replies: list[Reply]) -> str:
    wrong = [
        f"{reply.status} ({reply.detail})"
        for reply in replies
        if reply.status not in {"answered", "truncated"}
    ]
    return f"other requests, beside it and after it, were {', '.join(wrong)}" if wrong else ""
