"""Concurrency limits and retry policies for servers.

Nothing here sleeps or sends: a `ConcurrencyLimit` says how many requests may be in flight (additive increase,
multiplicative decrease, Chiu and Jain 1989), a `RetryPolicy` how long to wait before asking again, and how
long in all. Waits are drawn from a named stream, so that a run against a server that fails on schedule waits
the same each time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from coevolve_sim.errors import MindError
from coevolve_sim.streams import stream


class ConcurrencyLimit:
    """Limits the number of requests in flight, adapting to the server's load.

    The limit starts at its maximum, is halved when the server is overloaded (once for all requests that were
    in flight then), and grows by one for each full round of successful requests.

    Parameters
    ----------
    most : int
        The maximum, at least 1.

    Examples
    --------
    >>> pace = ConcurrencyLimit(8)
    >>> pace.record_overload(sent_at=0.0, now=1.0)
    >>> pace.record_overload(sent_at=0.5, now=1.1)  # was in flight already when the pace was halved
    >>> pace.allowed
    4
    >>> for _ in range(5):
    ...     pace.record_success()
    >>> pace.allowed
    5
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._limit = float(most)
        self._halved_at = -math.inf

    @property
    def allowed(self) -> int:
        """Number of requests that may be in flight now, at least 1."""
        return int(self._limit)

    def record_success(self) -> None:
        """Raise the limit a little after a reply."""
        if self._limit < self.most:
            self._limit = min(self.most, self._limit + 1.0 / self._limit)

    def record_overload(self, sent_at: float, now: float) -> None:
        """Halve the limit after a request that was rejected by an overloaded server or timed out."""
        if sent_at > self._halved_at:
            self._limit = max(1.0, self._limit / 2.0)
            self._halved_at = now


BUDGET_IN_TIMEOUTS = 5.0
"""A request's budget of time, in timeouts, where none is given."""

LONGEST_ASKING = 86_400.0
"""Seconds that a round of asking may take where no budget is given: a day."""


@dataclass(frozen=True)
class RetryPolicy:
    """The number of retries of a request, the waits before them, and the budgets of time.

    Attributes
    ----------
    retries : int
        Attempts after the first, at least 0.
    timeout : float
        Seconds one attempt may take, above 0.
    first_wait, longest_wait : float
        Seconds before the first retry, doubled each time, and their cap. A server's own Retry-After is
        honoured where it is longer, within the budget of the request.
    request_seconds : float or None
        Budget of one request, retries and waits included. All requests that are open are also given up once
        none has been answered for so long. `BUDGET_IN_TIMEOUTS` timeouts if None.
    asking_seconds : float
        Budget of all requests that are put to the mind together.

    Raises
    ------
    MindError
        If one of them is outside its range.

    Examples
    --------
    >>> retry_policy = RetryPolicy(first_wait=1.0, longest_wait=6.0)
    >>> [1.0 <= retry_policy.wait(attempt, seed=3) * 2**-attempt * 2 <= 2.0 for attempt in (0, 1, 2)]
    [True, True, True]
    >>> retry_policy.wait(0, seed=3, asked_for=5.0), retry_policy.wait(0, seed=3, asked_for=3600.0)
    (5.0, 3600.0)
    >>> retry_policy.budget
    600.0
    """

    retries: int = 6
    timeout: float = 120.0
    first_wait: float = 0.5
    longest_wait: float = 30.0
    request_seconds: float | None = None
    asking_seconds: float = LONGEST_ASKING

    def __post_init__(self) -> None:
        if self.retries < 0:
            raise MindError(f"retries is {self.retries}; it must be 0 or more")
        for name in ("timeout", "first_wait", "longest_wait", "request_seconds", "asking_seconds"):
            seconds = getattr(self, name)
            if seconds is not None and not 0.0 < seconds < math.inf:
                raise MindError(f"{name} is {seconds}; it must be a number of seconds above 0")

    @property
    def budget(self) -> float:
        """Seconds that one request may take in all."""
        return BUDGET_IN_TIMEOUTS * self.timeout if self.request_seconds is None else self.request_seconds

    def wait(self, attempt: int, seed: int, asked_for: float = 0.0) -> float:
        """Return the seconds to wait after an attempt (0-based): doubling, half of it random, capped.

        What the server asks for is not capped: whether it fits into the budget is for the caller to see.
        """
        longest = min(self.longest_wait, self.first_wait * 2.0 ** min(attempt, 60))
        drawn = longest * (0.5 + 0.5 * stream(seed, "wait for a server", attempt).random())
        return float(max(drawn, asked_for))


def parse_retry_after(retry_after: str | None, now: datetime | None = None) -> float:
    """Return the seconds that a Retry-After header asks to wait, given as a number or a date; else 0.

    Examples
    --------
    >>> parse_retry_after("2.5"), parse_retry_after(None), parse_retry_after("soon")
    (2.5, 0.0, 0.0)
    >>> noon = datetime(2024, 5, 1, 12, tzinfo=UTC)
    >>> parse_retry_after("Wed, 01 May 2024 12:00:30 GMT", noon)
    30.0
    """
    if not retry_after:
        return 0.0
    try:
        seconds = float(retry_after)
    except ValueError:
        seconds = _seconds_until(retry_after, now or datetime.now(UTC))
    return seconds if 0.0 < seconds < math.inf else 0.0


def _seconds_until(date: str, now: datetime) -> float:
    try:
        then = parsedate_to_datetime(date)
    except (ValueError, IndexError, TypeError):
        return 0.0
    return (then if then.tzinfo else then.replace(tzinfo=UTC)).timestamp() - now.timestamp()
