"""The figures beside a society that plays: values, their distribution, and measures, as they grow."""

from __future__ import annotations

import numpy as np
import reacton.ipyvuetify as v
import solara

from coevolve_sim.report.measure_pictures import SHOWN
from coevolve_sim.report.numbers import format_assistant, format_number
from coevolve_sim.report.style import ASSISTANTS
from coevolve_sim.view.controls import Choice
from coevolve_sim.view.figures import Line, draw_bars, draw_lines
from coevolve_sim.view.growth import BAND, Growth

MOST_ASSISTANTS = len(ASSISTANTS)


@solara.component
def GrowthFigures(
    growth: Growth, dimension: int, label: str, assistants: tuple[str, ...], n_rounds: int, _drawn_at: int
) -> None:
    """Three figures of what has come so far.

    Parameters
    ----------
    growth : Growth
    dimension : int
        Whose values are drawn.
    label : str
        That dimension in words.
    assistants : tuple of str
        Their names.
    n_rounds : int
        Where axes of rounds end.
    _drawn_at : int
        They are drawn again when this changes.
    """
    names = [name for name in SHOWN if name in growth.measures] or list(growth.measures)
    names += [name for name in growth.measures if name not in names]
    place, choose = solara.use_state(0)
    with v.Html(tag="div", class_="coevolve-figures"):
        _Figure(
            f"Values: {label}",
            draw_values(growth, dimension, label, assistants, n_rounds),
            _tell_values(assistants),
        )
        told = f"Share of people by value of {label}, at round {growth.rounds[-1]}"
        _Figure(
            f"Distribution: {label}",
            draw_bars(growth.shares[dimension], told, growth.first_shares[dimension]),
            "Share of people in each twentieth of the scale, from 0 to 1.",
        )
        if names:
            chosen = names[min(place, len(names) - 1)]
            with v.Html(tag="figure"):
                Choice(
                    label="Measure",
                    options=[_word(name) for name in names],
                    chosen=place,
                    event_choose=choose,
                )
                numbers = growth.measures[chosen][: len(growth.measured)]
                _Svg(
                    draw_lines(
                        growth.measured,
                        [Line("", numbers)],
                        f"{_word(chosen)} over rounds",
                        last_round=n_rounds,
                    )
                )
                v.Html(
                    tag="figcaption",
                    children=[f"{_word(chosen)} now: {format_number(numbers[-1])}. On its own scale."],
                )


def draw_values(
    growth: Growth, dimension: int, label: str, assistants: tuple[str, ...], n_rounds: int
) -> str:
    """Draw people's mean and band, history and assistants in one dimension over rounds."""
    count = len(growth.rounds)
    means, lows, highs = (
        np.array(rows[:count])[:, dimension] for rows in (growth.means, growth.lows, growth.highs)
    )
    lines = [Line("people (mean)", means)]
    if len(growth.history) >= count:
        lines.append(
            Line("history", np.array(growth.history[:count])[:, dimension], "var(--ink)", dashed=True)
        )
    for i, name in enumerate(assistants[:MOST_ASSISTANTS]):
        values = np.array(growth.assistants[:count])[:, i, dimension]
        lines.append(Line(format_assistant(name), values, ASSISTANTS[i]))
    told = f"Values of {label} over rounds: people, {'history, ' if growth.history else ''}assistants"
    return draw_lines(
        growth.rounds[:count], lines, told, band=(lows, highs), limits=(0.0, 1.0), last_round=n_rounds
    )


def _tell_values(assistants: tuple[str, ...]) -> str:
    told = f"Over rounds; in the band are people from the {BAND[0]}th to the {BAND[1]}th percentile."
    left = len(assistants) - MOST_ASSISTANTS
    return f"{told} {left:,} more assistants are not drawn." if left > 0 else told


@solara.component
def _Figure(title: str, drawn: str, told: str) -> None:
    with v.Html(tag="figure"):
        v.Html(tag="h3", children=[title])
        _Svg(drawn)
        v.Html(tag="figcaption", children=[told])


@solara.component
def _Svg(drawn: str) -> None:
    """A figure whose texts are escaped by who wrote it."""
    solara.HTML(tag="div", unsafe_innerHTML=drawn, classes=["coevolve-figure"])


def _word(measure: str) -> str:
    """Return a measure's name in words.

    Examples
    --------
    >>> _word("mean_pairwise_distance")
    'mean pairwise distance'
    """
    return measure.replace("_", " ")
