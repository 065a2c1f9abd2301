"""The base class of the parts of a scenario, and parts that several others share.

A part is a frozen pydantic model that checks only its own keys. Every key has a meaning, a unit, a range if
it is a number, and a default unless it must be given; a test asserts it, and `coevolve schema` and the field
tables of the documentation are generated from it.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field


def field(default: Any, meaning: str, unit: str = "none", **limits: Any) -> Any:
    """Declare one key of a part: its default (``...`` if it must be given), meaning, unit and range."""
    return Field(default, description=meaning, json_schema_extra={"unit": unit}, **limits)


class Spec(BaseModel):
    """The base of every part: frozen, strict, and refusing keys it does not know.

    Attributes
    ----------
    plugin_group : str
        Of a part that names code of the user's under ``path``, with its ``parameters``: the group of entry
        points in which distributions announce its concept. Empty of every other part.
    brings_humans : bool
        Of a network: whether it says itself how many humans there are.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)
    plugin_group: ClassVar[str] = ""
    brings_humans: ClassVar[bool] = False


_Plain = bool | Annotated[float, Field(ge=-1e12, le=1e12)] | str

Parameter = _Plain | None | tuple[_Plain, ...]
"""What a plug-in's parameter can be in a scenario: true or false, a number, a text, null, or a list of these.

A list holds no null and no list.
"""

PLUGIN_PATH = (
    "FILE.py:NAME relative to the scenario, package.module:NAME, or the name of an installed one; running "
    "the scenario runs it."
)
"""What the key ``path`` of a plug-in means."""


Share = Annotated[float, Field(ge=0.0, le=1.0)]
"""A number in [0, 1]."""

PerDimension = Share | dict[str, Share]
"""One number in [0, 1] for every dimension, or a mapping of dimension to number.

A mapping names every dimension, or has a key ``default`` for those it does not name.
"""

KINDS = ("family", "rule", "kind", "action")
"""Keys that say which kind of part a part is."""


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


class MediatorSpec(Spec):
    """An assistant that edits what people say to each other."""

    assistant: str = field(..., "Name of the assistant that edits; where it is absent, nothing is edited.")
    share: float = field(
        ...,
        "How much it edits. In numbers the share g of each message that is its own: of a peer at x one "
        "perceives (1 - g) x + g z, z its values. In words the share of messages that it rewrites. 0 edits "
        "nothing.",
        "share",
        ge=0.0,
        le=1.0,
    )


MEDIATOR = "An assistant that edits what people say to each other before anybody hears it, if any."
"""What the key ``mediator`` of a channel means."""
