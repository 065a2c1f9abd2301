"""What the parts of a scenario are made of.

A part is a frozen pydantic model that knows nothing but its own keys. Every key has a meaning, a
unit, a range where it is a number, and a default unless it must be given; a test asserts it, and
`coevolve schema` and the field tables of the documentation are generated from it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field


def field(default: Any, meaning: str, unit: str = "none", **limits: Any) -> Any:
    """Declare one key of a part: its default (``...`` where it must be given), meaning, unit and range."""
    return Field(default, description=meaning, json_schema_extra={"unit": unit}, **limits)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the nearest known word, or nothing.

    Examples
    --------
    >>> nearest("nosie", ["noise", "rate"])
    "; did you mean 'noise'?"
    """
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean '{found[0]}'?" if found else ""


class Spec(BaseModel):
    """The base of every part: frozen, strict, and refusing keys it does not know."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


Share = Annotated[float, Field(ge=0.0, le=1.0)]
"""A number in [0, 1]."""

PerDimension = Share | dict[str, Share]
"""One number in [0, 1] for every dimension, or a mapping of dimension to number.

A mapping names every dimension, or has a key ``default`` for those it does not name.
"""

DEFAULT_KEY = "default"

KINDS = ("family", "rule", "kind", "action")
"""Keys that say which kind of part a part is."""


def spelled_out(given: float | Mapping[str, float], names: tuple[str, ...]) -> tuple[float, ...]:
    """Return a number for every dimension from one number or a mapping with a ``default``.

    Examples
    --------
    >>> spelled_out({"default": 0.5, "harm": 0.2}, ("harm", "purity"))
    (0.2, 0.5)
    """
    if isinstance(given, Mapping):
        return tuple(given[name] if name in given else given[DEFAULT_KEY] for name in names)
    return (given,) * len(names)


class ConfidenceSpec(Spec):
    """Confidence towards peers and towards assistants."""

    peer: float = field(0.3, "Towards other humans.", "value distance", ge=0.0, le=1.0)
    assistant: float = field(0.3, "Towards assistants.", "value distance", ge=0.0, le=1.0)


class RateSpec(Spec):
    """Learning rate towards peers and towards assistants."""

    peer: float = field(0.5, "Towards other humans.", "share of the way", ge=0.0, le=1.0)
    assistant: float = field(0.1, "Towards assistants.", "share of the way", ge=0.0, le=1.0)


class FullRateSpec(Spec):
    """Learning rate of the averaging rules, which go all the way to what their peers say."""

    peer: float = field(1.0, "Towards other humans.", "share of the way", ge=0.0, le=1.0)
    assistant: float = field(0.1, "Towards assistants.", "share of the way", ge=0.0, le=1.0)


class GroupConfidenceSpec(Spec):
    """A group's own confidence; what is left out is as in update.confidence."""

    peer: float | None = field(None, "Towards other humans.", "value distance", ge=0.0, le=1.0)
    assistant: float | None = field(None, "Towards assistants.", "value distance", ge=0.0, le=1.0)


class GroupRateSpec(Spec):
    """A group's own learning rate; what is left out is as in update.rate."""

    peer: float | None = field(None, "Towards other humans.", "share of the way", ge=0.0, le=1.0)
    assistant: float | None = field(None, "Towards assistants.", "share of the way", ge=0.0, le=1.0)
