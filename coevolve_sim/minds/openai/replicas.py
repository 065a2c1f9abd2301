"""One mind behind several servers of the same model: `ReplicatedMind`.

Requests are dealt out to the servers in turn, by their place in a batch. A server that fails is left out from
then on, with a note, and what it had not answered goes to the others; a request that one server gives up is
asked of the next, of each server once. That the servers serve the same model is checked at opening: they have
one identity, and their probes agree (`coevolve_sim.minds.probe`).
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from coevolve_sim.errors import MindError
from coevolve_sim.minds.openai.client import ServerMind
from coevolve_sim.minds.probe import Probe, are_replicas, probe_of
from coevolve_sim.minds.protocol import Attempts, Message, Mind, Reply, Request
from coevolve_sim.minds.usage import Sent
from coevolve_sim.scenario.mind_specs import ServerMindSpec

_log = logging.getLogger("coevolve_sim.minds")


@dataclass
class _Job:
    """A request with its place, where it is asked now and was before, and the attempts so far."""

    index: int
    request: Request
    at: int = -1
    asked: set[int] = field(default_factory=set)
    attempts: Attempts | None = None


_Came = tuple[int, Sequence[_Job], "tuple[int, Reply] | MindError | BaseException | None"]
"""A server's number, what it was asked, and a reply, what ended it, or None where all is answered."""


class ReplicatedMind:
    """A mind that several servers of one model answer for.

    Parameters
    ----------
    open_server : callable
        Opens the mind behind an address.
    urls : sequence of str
        The servers' addresses, at least one.

    Raises
    ------
    MindError
        If none can be opened, or two serve different models. One that cannot be opened is left out.
    """

    def __init__(self, open_server: Callable[[str], ServerMind], urls: Sequence[str]) -> None:
        self._notes: list[str] = []
        self._servers: dict[int, ServerMind] = {}
        self._lost: dict[int, ServerMind] = {}
        self._is_open = True
        with ExitStack() as opened:
            problem: MindError | None = None
            for number, url in enumerate(urls):
                try:
                    self._servers[number] = opened.enter_context(open_server(url))
                except MindError as error:
                    problem = error
                    self._note(f"the server at {url} is left out: {error}")
            if not self._servers:
                raise problem or MindError("no server is given; name at least one address")
            self._require_one_model()
            opened.pop_all()
        self._first = next(iter(self._servers.values()))

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
        """The addresses of the servers."""
        return ", ".join(mind.url for mind in self._all())

    @property
    def has_changed(self) -> bool:
        """Whether a server's reply came from another model or fingerprint than that found at opening."""
        return any(mind.has_changed for mind in self._all())

    @property
    def is_bitwise(self) -> bool:
        """False: a server's results depend on the other requests that it computes at the time."""
        return False

    @property
    def voices(self) -> tuple[str, ...]:
        """The names it can speak as."""
        return self._first.voices

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know: servers that were left out, and how the servers are asked."""
        return tuple(dict.fromkeys([*self._notes, *(note for mind in self._all() for note in mind.notes)]))

    @property
    def sent(self) -> Sent:
        """How many completions all servers were asked for."""
        each = [mind.sent for mind in self._all()]
        return Sent(sum(sent.at_opening for sent in each), sum(sent.in_all for sent in each))

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Return the number of tokens of a prompt, as the first server that is left counts them."""
        self._must_be_open()
        return next(iter(self._servers.values()), self._first).count_tokens(messages)

    def ask(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Yield the index of each request with its reply, as replies come from all servers.

        Raises
        ------
        MindError
            If the mind is closed, or no server is left.
        """
        self._must_be_open()
        came: queue.SimpleQueue[_Came] = queue.SimpleQueue()
        stop = threading.Event()
        left = {index: _Job(index, request) for index, request in enumerate(requests)}
        self._deal(list(left.values()), came, stop)
        try:
            while left:
                number, jobs, what = came.get()
                if isinstance(what, MindError):
                    self._leave_out(number, what)
                    self._deal([job for job in jobs if job.index in left and job.at == number], came, stop)
                elif isinstance(what, BaseException):
                    raise what
                elif what is not None:
                    job = jobs[what[0]]
                    reply = _with_earlier(what[1], job.attempts)
                    if reply.status == "given up" and self._others(job):
                        job.attempts = reply.attempts
                        self._deal([job], came, stop)
                    else:
                        del left[job.index]
                        yield job.index, reply
        finally:
            stop.set()

    def close(self) -> None:
        """Close all servers' minds; nothing can be asked afterwards."""
        self._is_open = False
        for mind in self._all():
            mind.close()

    def _all(self) -> list[ServerMind]:
        return [mind for _, mind in sorted((self._servers | self._lost).items())]

    def _must_be_open(self) -> None:
        if not self._is_open:
            raise MindError("the mind is closed; nothing can be asked of it any more")

    def _note(self, text: str) -> None:
        if text not in self._notes:
            self._notes.append(text)
            _log.warning("%s", text)

    def _require_one_model(self) -> None:
        first, *others = self._servers.values()
        for other in others:
            where = f"the servers at {first.url} and {other.url}"
            if other.identity != first.identity or other.voices != first.voices:
                raise MindError(
                    f"{where} say that they serve different models ({first.identity}; {other.identity}); "
                    "give each model a mind of its own"
                )
            if probe_of(first) is None or probe_of(other) is None:
                self._note(
                    f"{where} give no log-probabilities: nothing tells whether they serve the same model"
                )
            elif not are_replicas(first, other):
                raise MindError(
                    f"{where} call their model the same and answer the probe otherwise: they serve "
                    "different models; give each a mind of its own"
                )

    def _others(self, job: _Job) -> list[int]:
        """Return the servers that a request was not asked of, and that are not left out."""
        return [number for number in self._servers if number not in job.asked]

    def _leave_out(self, number: int, problem: MindError) -> None:
        """Leave a server out; raise its error if it was the last."""
        if number in self._servers:
            self._lost[number] = self._servers.pop(number)
            self._note(f"the server at {self._lost[number].url} is left out: {problem}")
        if not self._servers:
            raise problem

    def _deal(self, jobs: Sequence[_Job], came: queue.SimpleQueue[_Came], stop: threading.Event) -> None:
        """Deal requests out in turn to servers that were not asked them yet, and ask each for its own."""
        shares: dict[int, list[_Job]] = {}
        for job in jobs:
            numbers = self._others(job) or list(self._servers)
            number = numbers[job.index % len(numbers)]
            job.at = number
            job.asked.add(number)
            shares.setdefault(number, []).append(job)
        for number, share in shares.items():
            threading.Thread(
                target=_ask_one, args=(number, self._servers[number], share, came, stop), daemon=True
            ).start()


def _ask_one(
    number: int,
    mind: ServerMind,
    jobs: Sequence[_Job],
    came: queue.SimpleQueue[_Came],
    stop: threading.Event,
) -> None:
    """Ask one server, and put what comes into a queue; stop early if nobody waits any more."""
    replies = mind.ask([job.request for job in jobs])
    try:
        for pair in replies:
            came.put((number, jobs, pair))
            if stop.is_set():
                break
    except BaseException as error:  # noqa: BLE001 - who waits is told, whatever it was
        came.put((number, jobs, error))
    finally:
        getattr(replies, "close", lambda: None)()


def _with_earlier(reply: Reply, before: Attempts | None) -> Reply:
    """Return a reply whose attempts include those at a server that gave the request up."""
    if before is None:
        return reply
    now = reply.attempts
    seconds = None if now.seconds is None or before.seconds is None else now.seconds + before.seconds
    joined = replace(
        now,
        sent=before.sent + now.sent,
        retries=before.retries + now.retries + (1 if before.sent and now.sent else 0),
        other_forms=before.other_forms + now.other_forms,
        seconds=seconds,
    )
    return replace(reply, attempts=joined)


def open_server_mind(spec: ServerMindSpec, known: object = None) -> Mind:  # noqa: ARG001 - it needs no telling
    """Open the mind that a scenario describes: behind one server, or behind several of one model."""

    def open_at(url: str) -> ServerMind:
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
        )

    if isinstance(spec.url, str):
        return open_at(spec.url)
    return ReplicatedMind(open_at, spec.url)
