"""Figures are cut into panels that each stand by themselves, with what they shared beside them."""

import base64
import re
from io import BytesIO
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from coevolve_sim.report import tiles
from coevolve_sim.report.grid import add_colour_bar, add_legend_above, build_panels, label_axes
from coevolve_sim.report.pictures import Picture, save_picture
from coevolve_sim.report.style import use_report_style

NAMES = ("first", "second", "third", "fourth", "fifth", "sixth")


def draw(n=6):
    figure, panels = build_panels(n, 1.3)
    for number, (axes, name) in enumerate(zip(panels, NAMES, strict=False)):
        (line,) = axes.plot([0, 4], [0.0, 0.1 * number], color="#0072B2", linestyle=(0, (5, 2)))
        area = axes.fill_between([0, 4], 0.4, 0.6, color="#8A8A8A", alpha=0.25)
        axes.set(title=f"{name} costs\n\\$5", ylim=(0.0, 1.0), yticks=[0.0, 0.5, 1.0], xticks=[0, 2, 4])
    mesh = panels[0].pcolormesh(np.arange(3), np.arange(3), np.eye(2), vmin=0.0, vmax=2.0)
    add_colour_bar(figure, mesh, "share")
    label_axes(figure, "round", "value")
    add_legend_above(figure, [line, area], ["a $ line", "an area"])
    return Picture("drawn", "Drawn", "A caption", figure)


@pytest.fixture(scope="module")
def sheet(tmp_path_factory):
    with use_report_style():
        return save_picture(draw(), tmp_path_factory.mktemp("figures")).sheet


def read_svg(tile):
    kind, data = tile.source.split(";base64,")
    assert kind == "data:image/svg+xml"
    return base64.b64decode(data).decode("utf-8")


def test_each_panel_is_a_picture_that_needs_nothing_outside_itself(sheet):
    assert [tile.label for tile in sheet.tiles] == [f"{name} costs $5" for name in NAMES]
    for tile in sheet.tiles:
        text = read_svg(tile)
        ids = {element.get("id") for element in ET.fromstring(text).iter()}  # noqa: S314 - our own
        used = re.findall(r"(?:href=\"|url\()#([^\")]+)", text)
        assert used
        assert set(used) <= ids


def test_a_panel_in_the_middle_has_the_tick_labels_that_its_neighbours_show(sheet):
    counts = [len(re.findall(r"<g id=\"text_\d+\">", read_svg(tile))) for tile in sheet.tiles]
    assert len(set(counts)) == 1  # three ticks each way and a title, with the names of axes that have none
    assert counts[0] >= 7
    assert len({(tile.width, tile.height) for tile in sheet.tiles}) == 1


def test_what_stood_around_the_panels_is_told_in_words(sheet):
    assert (sheet.across, sheet.up) == ("round", "value")
    line, area = sheet.keys
    assert (line.label, line.colour, area.label, area.opacity) == ("a $ line", "#0072b2", "an area", 0.25)
    assert len(line.dashes.split()) == 2
    (bar,) = sheet.bars
    assert bar.label == "share"
    assert {(0.0, "0.00"), (50.0, "1.00"), (100.0, "2.00")} <= set(bar.ticks)


def test_a_figure_too_large_for_svg_is_cut_from_its_pixels(sheet, tmp_path, monkeypatch):
    monkeypatch.setattr(tiles, "MAX_SVG", 1000)
    with use_report_style():
        cut = save_picture(draw(), tmp_path).sheet
    for tile, other in zip(cut.tiles, sheet.tiles, strict=True):
        assert (tile.width, tile.height) == (other.width, other.height)
        with Image.open(BytesIO(base64.b64decode(tile.source.split(",")[1]))) as image:
            assert image.width / image.height == pytest.approx(tile.width / tile.height, rel=0.02)
            assert image.getpixel((0, 0)) == (255, 255, 255)


def test_a_single_panel_stays_whole(tmp_path):
    with use_report_style():
        shown = save_picture(draw(1), tmp_path).sheet
    assert len(shown.tiles) == 1
    assert shown.keys == shown.bars == ()
