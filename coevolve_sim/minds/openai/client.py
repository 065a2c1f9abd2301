"""A mind behind any OpenAI-compatible server: vLLM, this package's own, or a provider's.

Guarantees: every request of a batch ends in one reply; a request is retried at most ``retries`` times, and at
most ``concurrency`` requests are in flight; the key is read from the environment and removed from all that
comes in (`api_keys`); what comes in is limited, and an odd response is its own request's fault (`responses`,
`fields`). What the server supports is found out once, at opening (`capabilities`).
"""

from __future__ import annotations

import ipaddress
import json
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import httpx

from coevolve_sim.errors import MindError
from coevolve_sim.minds.openai.api_keys import read_key
from coevolve_sim.minds.openai.capabilities import find_what_is_asked_for, probe_server
from coevolve_sim.minds.openai.codec import Codec, json_object
from coevolve_sim.minds.openai.continuing import NONE as NOT_CONTINUED
from coevolve_sim.minds.openai.dialect import Capabilities
from coevolve_sim.minds.openai.endpoint import Endpoint
from coevolve_sim.minds.openai.fields import read_count
from coevolve_sim.minds.openai.loop_thread import LoopThread
from coevolve_sim.minds.openai.retry import LONGEST_ASKING, ConcurrencyLimit, RetryPolicy
from coevolve_sim.minds.openai.server_errors import ServerErrors
from coevolve_sim.minds.openai.transport import Transport
from coevolve_sim.minds.probe import Probe
from coevolve_sim.minds.protocol import UNSENT, Message, Reply, Request
from coevolve_sim.minds.usage import Sent, Usage


class ServerMind:
    """A model served by an OpenAI-compatible server.

    Parameters
    ----------
    url : str
        Address of the server: ``http://127.0.0.1:8000``, to which ``/v1`` is added, or with a path of its
        own. It may hold neither user names nor keys. A server on this machine is never asked through a proxy.
    model : str
        The served model's name.
    voices : mapping of str to str
        Other voices and the served models, such as adapters, that speak as them.
    key_variable : str
        The environment variable that holds the server's key; it may be unset.
    concurrency : int
        Largest number of requests in flight, at least 1. Halved whenever the server is overloaded (HTTP 429,
        503, 504, 529, or no reply in time), and increased again as it answers.
    retries : int
        Attempts after a request's first, for errors that may pass; then it is ``given up``.
    timeout : float
        Seconds an attempt may take.
    first_wait, longest_wait : float
        Seconds before the first retry, doubled each time, and their cap. A server's Retry-After is honoured
        in full where the request's budget allows; else the request is given up at once.
    request_seconds : float, optional
        Budget of one request, retries and waits included; five timeouts if not given. All that is open is
        given up, too, once nothing has been answered for so long.
    asking_seconds : float
        Budget of all requests that are put to the mind together; a day if not given.
    leave_out : sequence of str
        Parameters that it is not sent, of ``temperature``, ``seed`` and ``logprobs``; what it refuses is left
        out anyway.
    extra : mapping, optional
        Keys that every chat completion has besides, sent as they are.
    transport : httpx.AsyncBaseTransport, optional
        Used instead of the network, for tests.
    thread : LoopThread, optional
        In which it is asked, of whoever ends it; one of its own if not given.

    Raises
    ------
    MindError
        If the server cannot be reached, refuses the key, does not serve a model, or is something else.

    Examples
    --------
    >>> def answer(request):
    ...     if request.method == "GET":
    ...         return httpx.Response(200, json={"data": [{"id": "small"}]})
    ...     choice = {"message": {"content": "I am for it."}, "finish_reason": "stop"}
    ...     return httpx.Response(200, json={"model": "small", "choices": [choice]})
    >>> with ServerMind("http://127.0.0.1:8000", "small", transport=httpx.MockTransport(answer)) as mind:
    ...     [(index, reply)] = mind.ask([Request("speak", (Message("user", "Where do you stand?"),))])
    >>> index, reply.status, reply.text
    (0, 'answered', 'I am for it.')
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        voices: Mapping[str, str] | None = None,
        key_variable: str = "COEVOLVE_API_KEY",
        concurrency: int = 64,
        retries: int = 6,
        timeout: float = 120.0,
        first_wait: float = 0.5,
        longest_wait: float = 30.0,
        request_seconds: float | None = None,
        asking_seconds: float = LONGEST_ASKING,
        leave_out: Sequence[str] = (),
        extra: Mapping[str, Any] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        thread: LoopThread | None = None,
    ) -> None:
        if concurrency < 1:
            raise MindError(f"concurrency is {concurrency}; it must be at least 1")
        if "" in (voices or {}):
            raise MindError("a voice has no name; the mind's own voice is the model")
        base = _base_url(url)
        words = ServerErrors(str(base), key_variable, key=read_key(key_variable))
        retry_policy = RetryPolicy(
            retries, timeout, first_wait, longest_wait, request_seconds, asking_seconds
        )
        runs_in = thread or LoopThread()
        self.endpoint = Endpoint(
            runs_in,
            _build_clients(base, words.key, timeout, transport),
            retry_policy,
            ConcurrencyLimit(concurrency),
        )
        self._sender = Transport(runs_in, [self.endpoint])
        self._finalizer = weakref.finalize(self, (lambda: None) if thread else runs_in.close)
        self._how_asked = _describe_parameters(leave_out, extra or {})
        try:
            found = probe_server(
                self.endpoint,
                words,
                {"": model, **(voices or {})},
                left_out=frozenset(leave_out),
                extra=extra,
            )
        except BaseException:
            self._finalizer()
            raise
        self.endpoint.dialect, self._identity, self._probe = found.dialect, found.identity, found.probe
        self.accounts = self.endpoint.accounts
        self.accounts.see("", found.answered_by)
        self._finding = threading.Lock()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(url={self._dialect.words.url!r}, model={self.model!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _dialect(self) -> Codec:
        return self.endpoint.dialect

    @property
    def model(self) -> str:
        """The served model's name."""
        return self._dialect.models[""]

    @property
    def identity(self) -> str:
        """The served model with what the server tells of its weights, and each voice, as found at opening.

        What every request has besides, or lacks by choice, is part of it: other replies come of it.
        """
        return f"{self._identity}{self._how_asked}"

    @property
    def probe(self) -> Probe | None:
        """What each voice answered to fixed prompts at opening; None without log-probabilities."""
        return self._probe

    @property
    def url(self) -> str:
        """Where it is served."""
        return self._dialect.words.url.rstrip("/")

    @property
    def has_changed(self) -> bool:
        """Whether a reply came from another model or fingerprint than that found at opening."""
        return self.accounts.has_changed

    @property
    def is_bitwise(self) -> bool:
        """False: a server's results depend on the other requests that it computes at the time."""
        return False

    @property
    def voices(self) -> tuple[str, ...]:
        """The names it can speak as."""
        return tuple(voice for voice in self._dialect.models if voice)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know of how the server is asked, such as parameters that it refuses."""
        return tuple(self._dialect.notes)

    @property
    def capabilities(self) -> Capabilities:
        """What the server was found to support."""
        return self._dialect.capabilities

    @property
    def usage(self) -> Mapping[str, Usage]:
        """Usage so far, by the requests' kind."""
        return self.accounts.usage

    @property
    def sent(self) -> Sent:
        """How many completions were asked for: to find out about the server, and in all."""
        return Sent(*self.endpoint.count_sent())

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Return the number of tokens of a prompt, counted by the server; else estimated, one per 4 bytes."""
        self._must_be_open()
        if self.capabilities.counts_tokens:
            try:
                told = self._dialect.encode(messages)
                response = self.endpoint.post("../tokenize", {"model": self.model, **told})
                count = read_count((json_object(response.content) or {}).get("count"))
            except (httpx.TransportError, TimeoutError):
                count = 0
            if count:
                return count
        return sum(4 + -(-len(message.content.encode()) // 4) for message in messages)

    def ask(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Yield the index of each request with its reply, as replies come.

        If the iterator is closed early or interrupted, the remaining requests are cancelled.

        Raises
        ------
        MindError
            If the mind is closed, or the server is gone, refuses the key or no longer serves the model.
        """
        self._must_be_open()
        self.find_what_is_asked_for(requests)
        yield from self.ask_by(self._sender, requests)

    def ask_by(self, sender: Transport, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Yield the index of each request with its reply, sent by whatever asks this server and others."""
        known = []
        for index, request in enumerate(requests):
            if problem := self.problem_of(request):
                yield index, Reply("invalid", detail=problem, attempts=UNSENT)
            else:
                known.append((index, request))
        if not known:
            return
        batch = sender.submit(known)
        try:
            yield from batch.replies()
        finally:
            sender.forget(batch)

    def close(self) -> None:
        """Cancel what is in flight and end the thread; nothing can be asked afterwards."""
        self._finalizer()

    def find_what_is_asked_for(self, requests: Sequence[Request]) -> None:
        """Find out, once, what some requests need that others do not: continuing a turn, scoring a text."""
        with self._finding:
            find_what_is_asked_for(self.endpoint, self._dialect, requests)

    def problem_of(self, request: Request) -> str:
        """Return why a request is not sent; empty if it is."""
        if request.voice not in self._dialect.models:
            return self._unknown(request.voice)
        is_refused = request.begun and not request.is_whole_text and self.capabilities.continues == "none"
        return NOT_CONTINUED if is_refused else ""

    def _must_be_open(self) -> None:
        if not self._finalizer.alive:
            raise MindError("the mind is closed; nothing can be asked of it any more")

    def _unknown(self, voice: str) -> str:
        return f"there is no voice '{voice}'; there are: {', '.join(self.voices) or 'none'}"


def _describe_parameters(leave_out: Sequence[str], extra: Mapping[str, Any]) -> str:
    """Return in a text what requests have besides, or lack by choice; empty if nothing.

    Examples
    --------
    >>> _describe_parameters(["seed"], {"top_k": 40})
    ', without seed, with {"top_k": 40}'
    """
    without = f", without {', '.join(sorted(set(leave_out)))}" if leave_out else ""
    return without + (f", with {json.dumps(dict(extra), sort_keys=True)}" if extra else "")


def _base_url(url: str) -> httpx.URL:
    try:
        base = httpx.URL(url)
    except (httpx.InvalidURL, TypeError):
        raise MindError("the server's url cannot be read; write one such as http://127.0.0.1:8000") from None
    if base.scheme not in {"http", "https"} or not base.host:
        raise MindError(
            f"'{base.host or base.path}' is no server's url; write one such as http://127.0.0.1:8000"
        )
    if base.userinfo or base.query or base.fragment:
        raise MindError(
            f"the url of the server at {base.host} holds more than an address; "
            "a key belongs in an environment variable"
        )
    path = base.path.rstrip("/").removesuffix("/chat/completions")
    return base.copy_with(path=f"{path or '/v1'}/")


def _build_clients(
    base: httpx.URL, key: str, timeout: float, transport: httpx.AsyncBaseTransport | None
) -> Callable[[], httpx.AsyncClient]:
    """Return a function that makes clients of one connection each; the transport limits an attempt's time."""
    certificates = httpx.create_ssl_context()
    return lambda: httpx.AsyncClient(
        base_url=base,
        headers={"authorization": f"Bearer {key}"} if key else {},
        timeout=httpx.Timeout(None, connect=min(timeout, 30.0)),
        limits=httpx.Limits(max_connections=1, max_keepalive_connections=1),
        trust_env=not _is_this_machine(base.host),
        verify=certificates,
        transport=transport,
    )


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
