"""Methods by which weights learn: which preferences they train on, and which weights they start from.

=====================  ================================================================  ================
method                 learns from                                                       begins at
=====================  ================================================================  ================
``dpo``                what the last era preferred, a copy for each of its people        the base
``lifelong_dpo``       the same                                                          its last adapter
``extrapolative_dpo``  what will be preferred if the eras' votes go on, up to 5 copies   its last adapter
``base weights``       nothing                                                           the base
=====================  ================================================================  ================

The first three are ProgressGym's [Qiu2024]_, by direct preference optimisation [Rafailov2023]_.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from coevolve_sim.assistants.preferences import (
    Comparison,
    PreferencePair,
    build_pairs,
    extrapolate_preferences,
)
from coevolve_sim.assistants.training import DpoSettings
from coevolve_sim.errors import MindError, PolicyError, ScenarioError, TrainingError
from coevolve_sim.minds import Message
from coevolve_sim.scenario.yaml_text import read_parameter

BASE_WEIGHTS = "base weights"
"""Kind of the method that never learns, and the name of the player that has it."""
METHODS = ("dpo", "lifelong_dpo", "extrapolative_dpo")
_LOOKS_AHEAD = "extrapolative_dpo"
NAMED_ANNOTATORS = ("people", "self_reference")
"""Annotators that a name alone selects; a judge needs more than a name."""
USUAL = DpoSettings(learning_rate=5e-3, epochs=4, batch=8, anchor=1.0)
"""Default training settings of methods named by a text: enough for the embedded model.

Without the anchor, the preferred text becomes likelier than the other while both become unlikely, until the
messages can no longer be read.
"""


@dataclass(frozen=True)
class Method:
    """A method by which weights learn.

    Attributes
    ----------
    kind : str
        One of `METHODS`, or `BASE_WEIGHTS`.
    order, horizon : int
        Of ``extrapolative_dpo``: M, and how many eras ahead; at least 0. Order 0 repeats the last votes.

    Raises
    ------
    PolicyError
        If there is no such method, or order or horizon is below 0.
    """

    kind: str
    order: int = 1
    horizon: int = 1

    def __post_init__(self) -> None:
        if self.kind not in (*METHODS, BASE_WEIGHTS):
            raise PolicyError(
                f"weights learn by {', '.join(METHODS)}, or not at all ({BASE_WEIGHTS}); '{self.kind}' given"
            )
        if self.order < 0 or self.horizon < 0:
            raise PolicyError(f"order {self.order} and horizon {self.horizon} given; both are at least 0")

    @property
    def learns(self) -> bool:
        """Whether the weights ever change."""
        return self.kind != BASE_WEIGHTS

    @property
    def goes_on(self) -> bool:
        """Whether training starts from the last adapter instead of the base."""
        return self.kind not in {"dpo", BASE_WEIGHTS}

    @property
    def parameters(self) -> dict[str, int]:
        """Order and horizon, if it has them."""
        return {"order": self.order, "horizon": self.horizon} if self.kind == _LOOKS_AHEAD else {}

    def with_horizon(self, horizon: int) -> Method:
        """Return the method with another horizon, if it has one; itself if not."""
        return replace(self, horizon=horizon) if self.kind == _LOOKS_AHEAD else self

    def select_pairs(
        self, by_era: Sequence[Sequence[Comparison]], prompt_of: Callable[[str], Sequence[Message]]
    ) -> list[PreferencePair]:
        """Select the pairs to train on; each occurs once, with its number of copies as weight.

        Parameters
        ----------
        by_era : sequence of sequence of Comparison
            The comparisons by the people of every era, the latest last; at least one era.
        prompt_of : function of str
            Takes a topic and returns the messages that the texts reply to.

        Examples
        --------
        >>> from coevolve_sim.assistants.preferences import Comparison
        >>> def era(*logits):
        ...     ends = ("answered", "answered")
        ...     return [Comparison("Ada", "thrift", "Save.", "Spend.", (x, x), ends) for x in logits]
        >>> def prompt_of(topic):
        ...     return [Message("user", topic)]
        >>> eras = [era(-1.0), era(2.0, 2.0, -1.0)]
        >>> [(p.chosen, p.weight) for p in Method("dpo").select_pairs(eras, prompt_of)]
        [('Save.', 2.0), ('Spend.', 1.0)]
        >>> ahead = Method("extrapolative_dpo", order=1, horizon=1)
        >>> [(p.chosen, p.weight) for p in ahead.select_pairs(eras, prompt_of)]
        [('Save.', 3.0)]
        """
        if not self.learns:
            return []
        if self.kind == _LOOKS_AHEAD:
            return build_pairs(
                extrapolate_preferences(by_era, self.order, self.horizon), prompt_of, weighted=True
            )
        copies = Counter(build_pairs(by_era[-1], prompt_of))
        return [replace(pair, weight=float(count)) for pair, count in copies.items()]


@dataclass(frozen=True)
class NamedMethod:
    """A method named by a text, with the settings of its training.

    Attributes
    ----------
    name : str
        The text that named it.
    method : Method
        What it learns from.
    settings : DpoSettings
        Settings of the training.
    annotator : str
        Who says which text is preferred, one of `NAMED_ANNOTATORS`.

    Raises
    ------
    PolicyError
        If the annotator is not one of these.
    """

    name: str
    method: Method
    settings: DpoSettings
    annotator: str = NAMED_ANNOTATORS[0]

    def __post_init__(self) -> None:
        if self.annotator not in NAMED_ANNOTATORS:
            raise PolicyError(
                f"'{self.name}': annotator is {' or '.join(NAMED_ANNOTATORS)}; '{self.annotator}' given (a "
                "judge takes a scenario)"
            )


def parse_method(text: str) -> NamedMethod | None:
    """Parse a text that names a method and its settings; return None if it names no method.

    Parameters
    ----------
    text : str
        ``dpo``; ``extrapolative_dpo,order=2,horizon=1``; ``lifelong_dpo,beta=0.3,epochs=2``: besides order
        and horizon, ``annotator``, and any of `coevolve_sim.assistants.training.DpoSettings`; `USUAL` unless
        given.

    Raises
    ------
    PolicyError
        If a key is not known, or its value is out of range.

    Examples
    --------
    >>> found = parse_method("dpo,epochs=2,annotator=self_reference")
    >>> found.method.kind, found.settings.epochs, found.annotator, parse_method("median")
    ('dpo', 2, 'self_reference', None)
    """
    kind, *pairs = (piece.strip() for piece in text.split(","))
    if kind not in METHODS:
        return None
    own = Method(kind).parameters
    allowed = (*own, "annotator", *(field.name for field in fields(DpoSettings)))
    given: dict[str, object] = {}
    for pair in pairs:
        try:
            key, value = read_parameter(pair)
        except ScenarioError as error:
            raise PolicyError(f"policy '{text}': {error.problem}") from None
        if key not in allowed:
            raise PolicyError(f"'{text}': '{pair}' is not understood; {kind} takes {', '.join(allowed)}")
        given[key] = value
    annotator = given.pop("annotator", NAMED_ANNOTATORS[0])
    settings = {key: value for key, value in given.items() if key not in own}
    try:
        method = Method(kind, **{key: _read_whole(text, key, given[key]) for key in own if key in given})
        how = replace(USUAL, **_convert_numbers(settings))
        return NamedMethod(text.replace(" ", ""), method, how, str(annotator))
    except (MindError, TrainingError, TypeError) as error:
        raise PolicyError(f"'{text}': {error}") from None


def _read_whole(text: str, key: str, value: object) -> int:
    if not isinstance(value, int):
        raise PolicyError(f"'{text}': {key} is a whole number; {value} given")
    return value


def _convert_numbers(given: Mapping[str, object]) -> dict[str, Any]:
    """Return settings with whole numbers converted to floats where a float is expected."""
    fractions = {"learning_rate", "alpha", "beta", "anchor"}
    return {
        key: float(value) if key in fractions and isinstance(value, int) else value
        for key, value in given.items()
    }
