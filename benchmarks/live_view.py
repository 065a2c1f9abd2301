"""A society that plays in a browser: frames a second, the first paint, and light figures beside Matplotlib's.

It needs the extra ``view``, and Chromium.
"""

from __future__ import annotations

import io
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from measuring import FAMILIES, side_by_side, table

from coevolve_sim.view.figures import Line, draw_bars, draw_lines

sys.path.append(str(Path(__file__).parents[1]))

from tests.browser.chromium import Tab, open_browser
from tests.browser.conftest import serve_view

AIM, FIRST_PAINT = 10.0, 3.0
"""Frames a second for 1,000 people, and seconds until the network is seen."""

SECONDS = 6.0
SCENARIO = """
name: bench
rounds: 100000
value_space: {{name: axes, dimensions: [one, two, three, four, five]}}
network: {network}
population: {{humans: {humans}}}
update: {{rule: hegselmann_krause, noise: 0.05}}
assistants: [{{name: assistant, policy: {{kind: lifelong}}}}]
measures: {{every: 10, names: [variance]}}
"""
FRAMES = "Number(document.querySelector('canvas').dataset.frames)"
ROUND = "Number(document.querySelector('.coevolve-round b').textContent.replace(/[^0-9]/g, ''))"
DRAWING = """(() => {
  const network = document.querySelector('.coevolve-network').__vue__, began = performance.now();
  for (let i = 0; i < 50; i += 1) network.drawNow();
  return (performance.now() - began) / 50;
})()"""
TEXT = """\
`coevolve view` on WS in five dimensions, one assistant, in headless Chromium on the same machine without a
graphics processor, by the clock, as two programs take part. *First paint*: from opening the address to the
first picture of the network, in a browser that was just started, and in the same browser again. *Rounds*,
*frames*: a second while it plays; it plays ten rounds a second at most. *Sent*: over the page's WebSocket, a
frame with all else on the page. *Drawing*: what a frame takes the browser.

{frames}

Aims: {aim:g} frames a second for 1,000 people, the first paint within {paint:g} s. Frames: {got:.1f};
paint: {first:.1f} s in a browser just started, {again:.1f} s again.

The three figures beside it for 100 rounds, in processor time, in one process:

{figures}"""


def live_view_section() -> str:
    """Return the tables of frames and figures, beside what was aimed at."""
    rows, of_thousand = [], (0.0, 0.0, 0.0)
    for humans in (100, 1_000, 100_000):
        row, found = measure_playing(humans)
        rows.append(row)
        of_thousand = found if humans == 1_000 else of_thousand
    columns = [
        "humans",
        "drawn",
        "first paint, s",
        "again, s",
        "rounds/s",
        "frames/s",
        "sent, kB",
        "drawing, ms",
    ]
    got, first, again = of_thousand
    return TEXT.format(
        frames=table(columns, rows),
        aim=AIM,
        paint=FIRST_PAINT,
        got=got,
        first=first,
        again=again,
        figures=figures(),
    )


def measure_playing(humans: int) -> tuple[list[str], tuple[float, float, float]]:
    """Return a row of the table, and frames a second with both first paints."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "bench.yaml").write_text(SCENARIO.format(humans=humans, network=FAMILIES["WS"]))
        with serve_view("bench.yaml", folder=folder) as address, open_browser() as tab:
            first, *later = (paint(tab, address) for _ in range(4))
            frames, rounds, sent = play(tab)
            drawing = tab.run(DRAWING)
            drawn = tab.run("document.querySelector('.coevolve-network').__vue__.count")
    again = statistics.median(later)
    row = [f"{humans:,}", f"{drawn:,}", f"{first:.1f}", f"{again:.1f}", f"{rounds:.1f}", f"{frames:.1f}"]
    return [*row, f"{sent / 1000:.1f}", f"{drawing:.1f}"], (frames, first, again)


def paint(tab: Tab, address: str) -> float:
    """Return the seconds until the network is drawn."""
    began = time.perf_counter()
    tab.open(address)
    tab.wait("document.querySelector('canvas')?.dataset.frames > 0")
    return time.perf_counter() - began


def play(tab: Tab) -> tuple[float, float, float]:
    """Let it play; return frames and rounds a second, and bytes sent a frame."""
    tab.wait("!document.querySelector('.doing')")
    tab.press("Play")
    tab.wait(f"{ROUND} > 2")
    tab.received, began = 0, time.perf_counter()
    before = tab.run(f"[{FRAMES}, {ROUND}]")
    tab.run(f"new Promise(done => setTimeout(done, {1000 * SECONDS}))")
    after = tab.run(f"[{FRAMES}, {ROUND}]")
    took = time.perf_counter() - began
    frames, rounds = (late - early for early, late in zip(before, after, strict=True))
    return frames / took, rounds / took, tab.received / max(frames, 1)


def figures() -> str:
    """Return the table of light figures beside Matplotlib's of the same."""
    rng, rounds = np.random.default_rng(1), np.arange(100)
    values, shares = rng.random((4, 100)), rng.random(20)

    def light() -> None:
        draw_lines(rounds, [Line("people", values[0])], "told", band=(values[1], values[2]))
        draw_bars(shares, "told", shares[::-1])
        draw_lines(rounds, [Line("variance", values[3])], "told")

    def matplotlib() -> None:
        from matplotlib.figure import Figure

        for kind in ("band", "bars", "line"):
            axes = (figure := Figure(figsize=(4.2, 2.2))).add_subplot()
            if kind == "band":
                axes.fill_between(rounds, values[1], values[2], alpha=0.2)
            if kind == "bars":
                axes.bar(np.arange(20), shares)
            else:
                axes.plot(rounds, values[0], label=kind)
                axes.legend()
            figure.savefig(io.BytesIO(), format="png", dpi=100)

    times = side_by_side({"light": light, "matplotlib": matplotlib})
    ours, theirs = times["light"].median, times["matplotlib"].median
    return table(
        ["figures", "ours, ms", "Matplotlib, ms", "ratio"],
        [
            [
                "values with a band, bars, a line",
                f"{1000 * ours:.1f}",
                f"{1000 * theirs:.0f}",
                f"{theirs / ours:.0f}",
            ]
        ],
    )


if __name__ == "__main__":
    print(live_view_section())
