"""What is turned and pressed on a page: a society's controls, and a choice from a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import solara

from coevolve_sim.view.changeable_keys import ChangeableKey


@solara.component_vue("controls.vue", vuetify=False)
def Controls(
    entries: list[dict[str, Any]],
    settings: dict[str, float],
    round: int = 0,  # noqa: A002 - the word of the page
    rounds: int = 0,
    playing: bool = False,
    ready: bool = False,
    finished: bool = False,
    doing: str = "",
    event_play: Callable[[Any], None] | None = None,
    event_pause: Callable[[Any], None] | None = None,
    event_one_round: Callable[[Any], None] | None = None,
    event_reset: Callable[[Mapping[str, object]], None] | None = None,
) -> None:
    """Buttons to play, pause, run one round and reset, and a slider or a number for each key."""


@solara.component_vue("choice.vue", vuetify=False)
def Choice(
    label: str,
    options: Sequence[str],
    chosen: int = 0,
    event_choose: Callable[[int], None] | None = None,
) -> None:
    """One of some options, by its place."""


def describe_keys(keys: Sequence[ChangeableKey]) -> list[dict[str, Any]]:
    """Return keys as `Controls` takes them.

    A whole number that a browser cannot hold exactly is cut to the greatest that it can.
    """
    return [
        {
            "key": key.key,
            "label": key.label,
            "meaning": f"{key.meaning} Allowed: {key.describe_range()}{f', {key.unit}' if key.unit else ''}.",
            "value": key.value,
            "low": key.low,
            "high": min(key.high, 2**53 - 1),
            "step": key.step,
            "whole": key.is_whole,
            "slider": key.has_slider,
            "range": "" if key.has_slider else f"from {key.low:,g}",
        }
        for key in keys
    ]
