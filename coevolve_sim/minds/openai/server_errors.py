"""Error texts for servers, and the parsing of the errors that servers send.

Everything a server says passes through `ServerErrors.clean`: on one line, short, and without what a terminal
would obey. Keys were removed where the response came in (`responses`); here also those too short for that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from coevolve_sim.minds.openai.api_keys import REMOVED, remove_keys
from coevolve_sim.minds.openai.fields import one_line, read_name

_ABOUT_LENGTH = re.compile(
    r"context.?(length|window)|too long|too many tokens|maximum.{0,20}tokens", re.IGNORECASE
)
_LENGTH_ALLOWED = re.compile(
    r"(?:context (?:length|window)|max_model_len|maximum length)\D{0,40}?([\d,]{2,})|"
    r"([\d,]{2,}) tokens? (?:context|limit|maximum)",
    re.IGNORECASE,
)
_LENGTH_GIVEN = re.compile(
    r"(?:requested|resulted in|contains?|passed|has|prompt is|given|got)\D{0,30}?([\d,]{2,})", re.IGNORECASE
)
_ACCOUNT = frozenset({"insufficient_quota", "billing_hard_limit_reached", "account_deactivated"})
_FILTERS = frozenset({"content_filter", "content_policy_violation", "responsibleaipolicyviolation"})
_READ = 4_000
"""Characters of a server's own words that are read."""
_SHOWN = 300
"""Characters of a server's own words that an error repeats."""


@dataclass(frozen=True)
class ServerProblem:
    """An error as a server describes it.

    Attributes
    ----------
    message : str
        Its words, on one line.
    codes : frozenset of str
        Its names for it, in lower case.
    param : str
        The parameter that it blames; empty if it names none by itself.
    """

    message: str
    codes: frozenset[str]
    param: str = ""

    @property
    def is_about_the_account(self) -> bool:
        """Whether the account is closed or out of credit, so that no request will be answered."""
        return bool(self.codes & _ACCOUNT)

    @property
    def is_a_filter(self) -> bool:
        """Whether a content filter rejected the request."""
        return bool(self.codes & _FILTERS)

    @property
    def about_length(self) -> str:
        """Text that the conversation is too long, with both lengths if given; empty for another problem.

        Examples
        --------
        >>> said = "This model's maximum context length is 512 tokens. However, your prompt contains 600"
        >>> ServerProblem(said, frozenset()).about_length
        'the conversation is too long for the model: 600 tokens, at most 512'
        """
        if "context_length_exceeded" not in self.codes and not _ABOUT_LENGTH.search(self.message):
            return ""
        most, given = _LENGTH_ALLOWED.search(self.message), _LENGTH_GIVEN.search(self.message)
        known = [f"{_number(given)} tokens"] if given else []
        known += [f"at most {_number(most)}"] if most else []
        said = ", ".join(known) or self.message
        return f"the conversation is too long for the model: {said}"


@dataclass(frozen=True)
class ServerErrors:
    """Builds the error texts for one server.

    Attributes
    ----------
    url : str
        Its address.
    key_variable : str
        The environment variable that holds its key.
    served : sequence of str
        The models it says it serves.
    key : str
        Never shown.
    """

    url: str
    key_variable: str
    served: Sequence[str] = ()
    key: str = field(default="", repr=False)

    def clean(self, text: str) -> str:
        """Return a text on one line, without keys, cut to 300 characters."""
        text = remove_keys(text[:_READ])
        line = one_line(text.replace(self.key, REMOVED) if self.key else text)
        return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}..."

    def quote(self, status: int, problem: ServerProblem) -> str:
        """Return a text that quotes what a server said with an HTTP status."""
        words = self.clean(problem.message)
        return f"the server says {status}: {words}" if words else f"the server says {status}"

    def not_allowed(self, status: int, problem: ServerProblem) -> str:
        """Return the error text for a missing or wrong key, or an account without credit."""
        if problem.is_about_the_account:
            what = "has no credit for this account"
        elif self.key:
            what = f"does not accept the key in the environment variable {self.key_variable}"
        else:
            what = f"wants a key; put it in the environment variable {self.key_variable}"
        return f"the server at {self.url} {what} ({self.quote(status, problem)})"

    def not_served(self, model: str, problem: ServerProblem | None = None) -> str:
        """Return the error text for a model that is not served, with those that are."""
        names = ", ".join(map(read_name, self.served[:20])) or "nothing that it tells of"
        more = f" and {len(self.served) - 20} more" if len(self.served) > 20 else ""
        said = f" ({self.clean(problem.message)})" if problem and problem.message else ""
        return f"the server at {self.url} does not serve the model '{model}'; it serves {names}{more}{said}"

    def moved(self, status: int, place: str) -> str:
        """Return the error text for a redirect, which is not followed."""
        return (
            f"the server says {status} and sends to {self.clean(place)}; the key goes to the given url only: "
            "if that is the right one, give it as url"
        )

    def not_a_completion(self, content: bytes) -> str:
        """Return the error text for a response that is no chat completion."""
        shown = self.clean(content.decode("utf-8", "replace"))[:120] or "nothing"
        return (
            f"the server at {self.url} does not speak as an OpenAI-compatible server does; "
            f"instead of a chat completion it sent: {shown}"
        )

    def unreachable(self, problem: str) -> str:
        """Return the error text for a server that does not answer."""
        return (
            f"no server answers at {self.url} ({self.clean(problem)}); is it running, and is the url right?"
        )


def read_problem(data: Mapping[str, Any] | None, content: bytes) -> ServerProblem:
    """Read the problem that an unsuccessful response describes.

    Examples
    --------
    >>> read_problem({"error": {"message": "no such model", "code": "model_not_found"}}, b"").message
    'no such model'
    >>> read_problem(None, b"<h1>Bad gateway</h1>").message
    '<h1>Bad gateway</h1>'
    """
    error: Any = (data or {}).get("error", data)
    param: object = None
    if isinstance(error, dict):
        param = error.get("param")
        inner = error.get("innererror")
        names = [error.get("code"), error.get("type"), inner.get("code") if isinstance(inner, dict) else None]
        words = next((error[k] for k in ("message", "detail", "msg") if error.get(k)), "")
    else:
        names, words = [], error if error is not None else content.decode("utf-8", "replace")
    codes = frozenset(name.lower() for name in names if isinstance(name, str))
    return ServerProblem(one_line(str(words)[:_READ]), codes, read_name(param))


def _number(found: re.Match[str]) -> str:
    return next(group for group in found.groups() if group).replace(",", "")
