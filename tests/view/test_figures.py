"""Light figures, as SVG."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from coevolve_sim.view.figures import (
    BOTTOM,
    HEIGHT,
    LEFT,
    MOST_POINTS,
    RIGHT,
    TOP,
    WIDTH,
    Line,
    choose_marks,
    draw_bars,
    draw_lines,
)


def path_of(drawn, name="line"):
    svg = ET.fromstring(drawn[: drawn.index("</svg>") + 6])  # noqa: S314 - our own
    path = next(part for part in svg.iter() if part.get("class") == name).get("d")
    return [tuple(map(float, pair)) for pair in re.findall(r"([\d.]+) ([\d.]+)", path)]


def test_a_line_stands_where_its_numbers_are():
    points = path_of(draw_lines([0, 5, 10], [Line("people", [0.0, 0.5, 1.0])], "told", limits=(0.0, 1.0)))
    middle = (LEFT + WIDTH - RIGHT) / 2, (TOP + HEIGHT - BOTTOM) / 2
    assert points == [(LEFT, HEIGHT - BOTTOM), middle, (WIDTH - RIGHT, TOP)]


def test_a_line_is_broken_where_a_number_is_not_known():
    drawn = draw_lines([0, 1, 2, 3], [Line("a", [0.1, np.nan, 0.2, 0.3])], "told")
    assert re.search(r'class="line"[^>]* d="M[^ML]+M[^ML]+L[^ML]+"', drawn)


def test_long_runs_are_thinned_and_keep_their_ends():
    points = path_of(
        draw_lines(range(10_000), [Line("a", np.linspace(0, 1, 10_000))], "told", limits=(0.0, 1.0))
    )
    assert len(points) <= MOST_POINTS
    assert points[0][0] == LEFT
    assert points[-1][0] == WIDTH - RIGHT


def test_bars_are_as_high_as_shares_and_the_beginning_is_a_line():
    drawn = draw_bars([0.5, 0.25], "told", [0.25, 0.5])
    high, low = (float(found) for found in re.findall(r'<rect [^>]*height="([\d.]+)"', drawn))
    assert high == pytest.approx(2 * low, abs=0.2)
    assert 'class="before"' in drawn


def test_texts_are_never_markup():
    drawn = draw_lines([0], [Line("<script>", [0.5], 'red" onload="x')], 'a "quoted" <b>')
    assert "<script>" not in drawn
    assert "<b>" not in drawn
    assert 'onload="' not in drawn


@pytest.mark.parametrize("values", [[np.nan], [0.5], [0.0], [1e-9, 1e-9], [5.0, 900.0], []])
def test_any_numbers_make_a_figure_that_can_be_read(values):
    drawn = draw_lines(range(len(values)), [Line("a", values)], "told")
    ET.fromstring(drawn[: drawn.index("</svg>") + 6])  # noqa: S314 - our own
    assert "nan" not in drawn
    assert "inf" not in drawn


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.0, 40.0), (0.02, 0.0215), (3.0, 1e6), (0.5, 0.5)])
def test_marks_are_few_and_inside(low, high):
    marks = choose_marks(low, high)
    assert 1 <= len(marks) <= 5
    assert all(low - 1e-9 <= mark <= high + 1e-9 for mark in marks)
