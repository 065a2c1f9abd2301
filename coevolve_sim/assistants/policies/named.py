"""Policies named by a text outside a scenario: on the command line and in leaderboards."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from coevolve_sim.assistants.policies.custom import POLICIES, load_bound_policy, policy_name
from coevolve_sim.errors import PolicyError, ScenarioError
from coevolve_sim.registry import nearest
from coevolve_sim.scenario.policy_specs import PolicySpec
from coevolve_sim.scenario.yaml_text import read_parameter

_PARTS: TypeAdapter[Any] = TypeAdapter(PolicySpec)


@dataclass(frozen=True)
class NamedPolicy:
    """A policy and its parameters.

    Attributes
    ----------
    name : str
        The text that named it, without folders.
    kind : str
        A key of `POLICIES`.
    parameters : mapping of str to object
        All of them, defaults included.
    """

    name: str
    kind: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def with_horizon(self, horizon: int) -> NamedPolicy:
        """Return the policy with another horizon, if it has one; itself if not."""
        if "horizon" not in self.parameters:
            return self
        return NamedPolicy(self.name, self.kind, {**self.parameters, "horizon": horizon})


def parse_policy(text: str) -> NamedPolicy:
    """Parse a text that names a policy and its parameters; defaults are those of a scenario.

    Parameters
    ----------
    text : str
        ``lifelong``; ``extrapolative,order=2,horizon=1``; or of one's own ``mine.py:Stubborn,strength=0.5``.

    Raises
    ------
    PolicyError
        If there is no such policy, or it does not take these parameters.

    Examples
    --------
    >>> dict(parse_policy("extrapolative,order=2").parameters)
    {'order': 2, 'horizon': 1, 'rate': 1.0}
    """
    head, *pairs = (piece.strip() for piece in text.split(","))
    try:
        given: dict[str, Any] = dict(map(read_parameter, pairs))
    except ScenarioError as error:
        raise PolicyError(f"policy '{text}': {error.problem}") from None
    if ":" in head or head in POLICIES.installed:
        load_bound_policy(head, given)
        return NamedPolicy(
            ",".join([policy_name(head), *pairs]), "custom", {"path": head, "parameters": given}
        )
    if head not in POLICIES:
        raise PolicyError(
            f"unknown policy '{head}'{nearest(head, POLICIES) or '.'} There are: {', '.join(POLICIES)}; one "
            "of your own is FILE.py:NAME"
        )
    return NamedPolicy(text.replace(" ", ""), head, _validate(text, {"kind": head, **given}))


def _validate(text: str, given: Mapping[str, object]) -> dict[str, Any]:
    try:
        part = _PARTS.validate_json(json.dumps(given))
    except ValidationError as error:
        said = "; ".join(f"{detail['loc'][-1]}: {detail['msg']}" for detail in error.errors())
        raise PolicyError(f"policy '{text}': {said}") from None
    parameters: dict[str, Any] = part.model_dump(exclude={"kind"})
    return parameters
