"""One mind behind several servers of the same model: `ReplicatedMind`.

A request is sent when a server has room for it, to the one with the fewest requests in flight of those it may
have (`transport`). A server is left out at once where no connection can be made, where it was silent for the
time of an attempt, or where it refuses the key or the model; and after three failures in a row (HTTP 5xx,
lost connections). What it had not answered is asked of the others. It is tried again after a while, in a
thread beside: opened anew, it must have the identity of the first and answer the probe as that one did
(`coevolve_sim.minds.probe`). Where none is left and none comes back, one error names each server and what it
said last.

Requests are not kept together by what their prompts share: it would spare a sixth of what a cache of prefixes
leaves to compute, and fill one server while the other is free (docs/minds.md has the numbers).
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain

from coevolve_sim.errors import MindError
from coevolve_sim.minds.openai.client import ServerMind
from coevolve_sim.minds.openai.endpoint import Endpoint
from coevolve_sim.minds.openai.loop_thread import LoopThread
from coevolve_sim.minds.openai.transport import Transport
from coevolve_sim.minds.probe import Probe, are_replicas, probe_of
from coevolve_sim.minds.protocol import Message, Mind, Reply, Request
from coevolve_sim.minds.usage import Sent
from coevolve_sim.scenario.mind_specs import ServerMindSpec

_log = logging.getLogger("coevolve_sim.minds")

Open = Callable[[str, LoopThread], ServerMind]


@dataclass
class _Missing:
    """A server that is left out: why, whether that may pass, how often it was tried again since."""

    why: str
    may_pass: bool = True
    tries: int = 0
    losses: int = 0
    is_waiting: bool = False


class ReplicatedMind:
    """A mind that several servers of one model answer for.

    Parameters
    ----------
    open_server : callable
        Opens the mind behind an address, in a thread that is given.
    urls : sequence of str
        The servers' addresses, at least one.

    Raises
    ------
    MindError
        If none can be opened, or two serve different models. One that cannot be opened is left out, and
        tried again while the mind is asked.
    """

    def __init__(self, open_server: Open, urls: Sequence[str]) -> None:
        self._open_server, self._urls = open_server, tuple(urls)
        self._notes: list[str] = []
        self._servers: dict[int, ServerMind] = {}
        self._retired: list[tuple[int, ServerMind]] = []
        self._missing: dict[int, _Missing] = {}
        self._losses: Counter[int] = Counter()
        self._closing: set[asyncio.Task[None]] = set()
        self._samples: dict[bool, Request] = {}
        self._none_since = 0.0
        self._thread = LoopThread()
        with ExitStack() as opened:
            opened.callback(self._thread.close)
            self._open_all()
            opened.pop_all()
        self._first = next(iter(self._servers.values()))
        endpoints = [server.endpoint for server in self._servers.values()]
        self._sender = Transport(self._thread, endpoints, self._lose)

    @property
    def identity(self) -> str:
        """The identity that all servers have."""
        return self._first.identity

    @property
    def probe(self) -> Probe | None:
        """What the first server answered to fixed prompts; None without log-probabilities."""
        return self._first.probe

    @property
    def url(self) -> str:
        """The addresses of the servers that were opened."""
        places = {number: server.url for number, server in self._all()}
        return ", ".join(places[number] for number in sorted(places))

    @property
    def has_changed(self) -> bool:
        """Whether a server's reply came from another model or fingerprint than that found at opening."""
        return any(server.has_changed for _, server in self._all())

    @property
    def is_bitwise(self) -> bool:
        """False: a server's results depend on the other requests that it computes at the time."""
        return False

    @property
    def voices(self) -> tuple[str, ...]:
        """The names it can speak as."""
        return self._first.voices

    @property
    def shares(self) -> dict[str, int]:
        """How many requests each server has answered so far, by address."""
        found = dict.fromkeys(self._urls, 0)
        for number, server in self._all():
            found[self._urls[number]] += server.endpoint.n_answered
        return found

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know: servers left out, how they are asked, and each one's share of replies."""
        told = [*self._notes, *chain.from_iterable(server.notes for _, server in self._all())]
        return tuple(dict.fromkeys([*told, *_describe_shares(self.shares)]))

    @property
    def sent(self) -> Sent:
        """How many completions all servers were asked for."""
        each = [server.sent for _, server in self._all()]
        return Sent(sum(sent.at_opening for sent in each), sum(sent.in_all for sent in each))

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Return the number of tokens of a prompt, as the first server that is left counts them."""
        self._must_be_open()
        return next(iter(list(self._servers.values())), self._first).count_tokens(messages)

    def ask(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Yield the index of each request with its reply, as replies come from all servers.

        Raises
        ------
        MindError
            If the mind is closed, or no server is left and none comes back.
        """
        self._must_be_open()
        self._prepare(requests)
        self._thread.call(self._try_missing)
        yield from next(iter(list(self._servers.values())), self._first).ask_by(self._sender, requests)

    def close(self) -> None:
        """Close all servers' minds; nothing can be asked afterwards."""
        self._thread.close()
        for _, server in self._all():
            server.close()

    def _all(self) -> list[tuple[int, ServerMind]]:
        """Return all servers that were ever asked, with their numbers."""
        return [*self._retired, *list(self._servers.items())]

    def _must_be_open(self) -> None:
        if self._thread.is_closed:
            raise MindError("the mind is closed; nothing can be asked of it any more")

    def _note(self, text: str) -> None:
        if text not in self._notes:
            self._notes.append(text)
            _log.warning("%s", text)

    def _open_all(self) -> None:
        """Open all servers that can be; require at least one, and one model."""
        for number, url in enumerate(self._urls):
            try:
                server = self._open_server(url, self._thread)
            except MindError as error:
                self._missing[number] = _Missing(str(error))
                self._note(f"the server at {url} is left out: {error}")
                continue
            for first in list(self._servers.values())[:1]:
                if problem := self._problem_beside(first, server):
                    raise MindError(problem)
            self._servers[number] = server
        if not self._servers:
            raise self._none_left()

    def _problem_beside(self, first: ServerMind, other: ServerMind) -> str:
        """Return why a server cannot answer in place of another; empty if it can."""
        where = f"the servers at {first.url} and {other.url}"
        if other.identity != first.identity or other.voices != first.voices:
            return (
                f"{where} say that they serve different models ({first.identity}; {other.identity}); "
                "give each model a mind of its own"
            )
        if _differ(first, other):
            return (
                f"{where} do not take the same requests ({', '.join(_abilities(first))}; "
                f"{', '.join(_abilities(other))}): what one answers is not what the other would; give each "
                "a mind of its own"
            )
        if probe_of(first) is None or probe_of(other) is None:
            self._note(f"{where} give no log-probabilities: nothing tells whether they serve the same model")
        elif not are_replicas(first, other):
            return (
                f"{where} call their model the same and answer the probe otherwise: they serve "
                "different models; give each a mind of its own"
            )
        return ""

    def _prepare(self, requests: Sequence[Request]) -> None:
        """Find out of each server what these requests need; leave out who lacks what the first one has."""
        self._samples |= {r.is_whole_text: r for r in requests if r.begun or r.is_whole_text}
        for server in list(self._servers.values()):
            first = next(iter(list(self._servers.values())), server)
            may_pass = False
            try:
                server.find_what_is_asked_for(requests)
                problem = self._problem_beside(first, server) if server is not first else ""
            except MindError as error:
                problem, may_pass = str(error), True
            if problem:
                self._thread.run(self._leave_out(server, problem, may_pass))

    async def _leave_out(self, server: ServerMind, why: str, may_pass: bool) -> None:
        self._sender.leave_out(server.endpoint, why, may_pass=may_pass)

    # What follows runs in the thread of the loop, but for `_try_again`.

    def _lose(self, endpoint: Endpoint, why: str, may_pass: bool) -> None:
        number = next(n for n, server in self._servers.items() if server.endpoint is endpoint)
        self._retired.append((number, self._servers.pop(number)))
        # Who is lost again and again is tried ever more seldom.
        self._missing[number] = _Missing(why, may_pass, losses=self._losses[number])
        self._losses[number] += 1
        self._note(f"the server at {self._urls[number]} is left out: {why}")
        if not self._servers:
            self._none_since = self._thread.loop.time()
            self._thread.loop.call_later(endpoint.retry_policy.timeout, self._stop_if_none)
        self._wait_for(number)
        self._stop_if_none()

    def _try_missing(self) -> None:
        """Try again whom nothing is tried of, since nobody asked; and all anew where none is left."""
        for number, missing in self._missing.items():
            if not self._servers:
                missing.tries, missing.may_pass = 0, True
                self._none_since = self._thread.loop.time()
            self._wait_for(number)

    def _wait_for(self, number: int) -> None:
        """Try a server again after a while: at first soon, then seldom."""
        missing = self._missing[number]
        if not missing.is_waiting:
            missing.is_waiting = True
            wait = self._first.endpoint.retry_policy.wait(missing.tries + missing.losses, number)
            self._thread.loop.call_later(wait, self._begin_try, number)

    def _begin_try(self, number: int) -> None:
        if self._sender.has_batches:
            threading.Thread(target=self._try_again, args=(number,), daemon=True).start()
        else:
            self._missing[number].is_waiting = False

    def _try_again(self, number: int) -> None:
        """Open a server anew; it must be as the first one was."""
        server, problem = None, ""
        try:
            server = self._open_server(self._urls[number], self._thread)
            server.find_what_is_asked_for(list(self._samples.values()))
            # One that answers has learnt what was asked meanwhile, which the first one may have missed.
            living = next(iter(list(self._servers.values())), self._first)
            problem = self._problem_beside(living, server)
        except MindError as error:
            problem = str(error)
        except BaseException as error:  # noqa: BLE001 - as the mind is closed, anything may be cut off
            problem = type(error).__name__
        self._thread.call(self._end_try, number, server, problem)

    def _end_try(self, number: int, server: ServerMind | None, problem: str) -> None:
        missing = self._missing[number]
        missing.is_waiting = False
        if server is not None and problem:
            self._retired.append((number, server))  # what it was asked counts
        self._close_retired(number)
        if server is not None and not problem:
            del self._missing[number]
            self._servers[number] = server
            self._note(f"the server at {self._urls[number]} is asked again")
            server.endpoint.is_on_trial = True
            self._sender.add(server.endpoint)
            return
        missing.why, missing.tries = problem, missing.tries + 1
        self._wait_for(number)
        self._stop_if_none()

    def _close_retired(self, number: int) -> None:
        """Close the connections of a server that was lost or refused, once nothing is in flight there."""
        for which, server in self._retired:
            if which == number and not server.endpoint.in_flight:
                task = self._thread.loop.create_task(server.endpoint.aclose())
                self._closing.add(task)  # the loop alone would not keep it
                task.add_done_callback(self._closing.discard)

    def _stop_if_none(self) -> None:
        """End what is asked where no server is left, and each was tried as often or as long as may be."""
        policy = self._first.endpoint.retry_policy
        is_late = self._thread.loop.time() - self._none_since >= policy.timeout
        are_over = all(m.tries >= max(policy.retries, 1) or not m.may_pass for m in self._missing.values())
        if not self._servers and (is_late or are_over):
            self._sender.stop_all(self._none_left())

    def _none_left(self) -> MindError:
        each = "; ".join(
            f"{self._urls[number]}: {self._missing[number].why}" for number in sorted(self._missing)
        )
        return MindError(f"none of the {len(self._urls)} servers can be asked any more: {each}")


def _differ(one: ServerMind, other: ServerMind) -> bool:
    """Return whether two servers are asked in ways that are known to differ."""
    here, there = one.capabilities, other.capabilities
    pairs = ((here.continues, there.continues), (here.scores_texts, there.scores_texts))
    known = [(a == "none", b == "none") for a, b in pairs if "unknown" not in (a, b)]
    return here.form_for_options != there.form_for_options or any(a != b for a, b in known)


def _abilities(server: ServerMind) -> tuple[str, ...]:
    """Return how a server is asked where that decides what a reply is; of what is not known yet, nothing."""
    known = server.capabilities
    found = [f"options by {known.form_for_options}"]
    if known.continues != "unknown":
        found.append(f"begun turns {'not ' if known.continues == 'none' else ''}continued")
    if known.scores_texts != "unknown":
        found.append(f"texts {'not ' if known.scores_texts == 'none' else ''}scored")
    return tuple(found)


def _describe_shares(shares: dict[str, int]) -> list[str]:
    """Return a sentence on how many requests each server answered; nothing before any was.

    Examples
    --------
    >>> _describe_shares({"http://one": 30, "http://two": 10})
    ['of 40 replies came 30 (75%) from http://one, 10 (25%) from http://two']
    """
    total = sum(shares.values())
    each = (
        ", ".join(f"{n:,} ({100 * n / total:.0f}%) from {url}" for url, n in shares.items()) if total else ""
    )
    return [f"of {total:,} replies came {each}"] if total else []


def open_server_mind(spec: ServerMindSpec, known: object = None) -> Mind:  # noqa: ARG001 - it needs no telling
    """Open the mind that a scenario describes: behind one server, or behind several of one model."""

    def open_at(url: str, thread: LoopThread | None = None) -> ServerMind:
        return ServerMind(
            url,
            spec.model,
            voices=spec.voices,
            key_variable=spec.key_variable,
            concurrency=spec.concurrency,
            retries=spec.retries,
            timeout=spec.timeout,
            request_seconds=spec.request_seconds,
            asking_seconds=spec.asking_seconds,
            leave_out=spec.parameters.leave_out,
            extra=spec.parameters.extra,
            thread=thread,
        )

    if isinstance(spec.url, str):
        return open_at(spec.url)
    return ReplicatedMind(open_at, spec.url)
