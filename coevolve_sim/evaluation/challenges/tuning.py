"""Settings of policies that are chosen on other seeds, so that kinds are compared at their best.

A kind ranked at its default setting says as much of the default as of the kind: `lifelong` with rate 1 *is*
`mean`. So a leaderboard may play each kind at the setting of a small grid that had the smallest root mean
square error with other people, drawn from other seeds than those of the leaderboard.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product

from coevolve_sim.assistants.policies import NamedPolicy, parse_policy

TUNING_REPLICATIONS = 5
"""Samples of people, of other seeds than the leaderboard's, on which settings are chosen."""

_RATES = (0.2, 0.5, 0.8, 1.0)
GRIDS: Mapping[str, Mapping[str, tuple[float, ...]]] = {
    "lifelong": {"rate": _RATES},
    "independent": {"rate": _RATES},
    "mean": {"rate": _RATES},
    "median": {"rate": _RATES},
    "borda": {"n_candidates": (11, 51), "rate": (0.5, 1.0)},
    "extrapolative": {"order": (1, 2), "horizon": (0, 1, 2), "rate": (0.5, 1.0)},
    "logit_trend": {"window": (3, 5, 20), "horizon": (0, 1, 2), "rate": (0.5, 1.0)},
    "damped": {"smoothing": (0.5, 0.8, 1.0), "trend_smoothing": (0.2, 0.5), "horizon": (0, 1, 2)},
    "role": {"tolerance": (0.2, 0.5), "rate": (0.2, 0.5, 1.0)},
    "moral_graph": {"n_cards": (8, 20), "rate": (0.5, 1.0)},
}
"""The settings that are tried, by kind: all combinations of these. Horizons count eras in a challenge."""


@dataclass(frozen=True)
class Setting:
    """A policy at one setting of its grid.

    Attributes
    ----------
    text : str
        The setting, as in ``rate=0.5``; a horizon that the challenge sets is left out.
    policy : NamedPolicy
        The policy, named by its kind alone.
    """

    text: str
    policy: NamedPolicy


def has_grid(policy: object) -> bool:
    """Return whether a policy is a kind named alone, of which settings may be chosen.

    Examples
    --------
    >>> has_grid(parse_policy("lifelong")), has_grid(parse_policy("lifelong,rate=0.5"))
    (True, False)
    """
    return isinstance(policy, NamedPolicy) and policy.name == policy.kind and policy.kind in GRIDS


def settings_of(kind: str, horizon: int | None = None) -> list[Setting]:
    """Return the settings of a kind's grid.

    Parameters
    ----------
    kind : str
        A key of `GRIDS`.
    horizon : int, optional
        The horizon that a challenge sets, as predict does; the grid's own horizons if not given.

    Examples
    --------
    >>> [setting.text for setting in settings_of("lifelong")]
    ['rate=0.2', 'rate=0.5', 'rate=0.8', 'rate=1']
    >>> len(settings_of("extrapolative")), len(settings_of("extrapolative", horizon=1))
    (12, 4)
    """
    grid = {
        key: values for key, values in GRIDS[kind].items() if not (key == "horizon" and horizon is not None)
    }
    found = []
    for values in product(*grid.values()):
        text = ",".join(f"{key}={value:g}" for key, value in zip(grid, values, strict=True))
        policy = parse_policy(f"{kind},{text}")
        if horizon is not None:
            policy = policy.with_horizon(horizon)
        found.append(Setting(text, NamedPolicy(kind, kind, policy.parameters)))
    return found


def choose_setting(settings: list[Setting], error: Callable[[NamedPolicy], float]) -> Setting:
    """Return the setting of the smallest error, the first of several.

    Parameters
    ----------
    settings : list of Setting
    error : callable
        Error of a policy on the people on whom settings are chosen.
    """
    errors = [error(setting.policy) for setting in settings]
    return settings[errors.index(min(errors))]
