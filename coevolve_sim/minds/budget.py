"""A limit on what minds may be asked in all, in requests and in tokens."""

from __future__ import annotations

from dataclasses import dataclass

from coevolve_sim.errors import LimitReachedError
from coevolve_sim.minds.usage import Usage


@dataclass(frozen=True)
class RequestBudget:
    """What minds may be asked, at most.

    Attributes
    ----------
    requests : int or None
        Number of requests that are sent; no limit if None. A batch that would go beyond it is not sent.
    tokens : int or None
        Of prompts and replies together; no limit if None. Nothing is sent once so many were spent, so that
        the last batch may go beyond it.

    Examples
    --------
    >>> RequestBudget(requests=10).require(4, Usage(asked=5))
    >>> RequestBudget(requests=10).require(6, Usage(asked=5))
    Traceback (most recent call last):
    coevolve_sim.errors.LimitReachedError: 5 requests were sent, and 6 more would go beyond the limit ...
    """

    requests: int | None = None
    tokens: int | None = None

    def require(self, n_requests: int, usage: Usage) -> None:
        """Require that so many more requests are within the budget.

        Raises
        ------
        LimitReachedError
            If they are not; nothing of them was sent.
        """
        if self.requests is not None and usage.asked + n_requests > self.requests:
            raise LimitReachedError(
                f"{usage.asked:,} requests were sent, and {n_requests:,} more would go beyond the limit of "
                f"{self.requests:,} (--max-requests)"
            )
        spent = usage.tokens_in + usage.tokens_out
        if self.tokens is not None and n_requests and spent >= self.tokens:
            raise LimitReachedError(
                f"{spent:,} tokens were spent, and the limit is {self.tokens:,} (--max-tokens)"
            )


NO_LIMIT = RequestBudget()
