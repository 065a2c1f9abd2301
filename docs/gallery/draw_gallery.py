"""Draw the pictures of docs/plots.md from the lines of Python that stand there, above each picture.

python docs/gallery/draw_gallery.py           # into docs/gallery, a minute or two
python docs/gallery/draw_gallery.py OUT small # small runs, into another folder, as a test does
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("agg")

from matplotlib import pyplot as plt
from PIL import Image

import coevolve_sim

HERE = Path(__file__).parent
PAGE = HERE.parent / "plots.md"
PART = re.compile(r"```python\n(.*?)```|!\[[^\]]*\]\(gallery/(\w+)\.png\)", re.DOTALL)
SMALL = {"population.humans": 24}
SMALL_TALK = {"population.humans": 6, "rounds": 2, "channel.bias_map": False}
DPI, COLOURS = 110, 96


class Runs:
    """Runs and studies in a folder of their own; of a small size, if wanted."""

    def __init__(self, folder: Path, *, small: bool) -> None:
        self.folder, self.small = folder, small

    def _keys(self, overrides: dict[str, Any], *, talking: bool = False) -> dict[str, Any]:
        few = SMALL_TALK if talking else SMALL
        return overrides | few if self.small else overrides

    def run(self, name: str, overrides: dict[str, Any]) -> Any:
        keys = self._keys(overrides, talking=name == "quickstart")
        return coevolve_sim.run(name, overrides=keys, results=self.folder)

    def compare(self, name: str, worlds: Any, replications: int, overrides: dict[str, Any]) -> Any:
        keys = self._keys(overrides)
        return coevolve_sim.compare(
            name, worlds, replications=replications, overrides=keys, results=self.folder
        )

    def sweep(self, name: str, axes: Any, replications: int, overrides: dict[str, Any]) -> Any:
        keys = self._keys(overrides)
        return coevolve_sim.sweep(name, axes, replications=replications, overrides=keys, results=self.folder)


def save_small(path: Path) -> None:
    """Save the present figure with as few colours as it takes, and close it."""
    drawn = io.BytesIO()
    plt.savefig(drawn, dpi=DPI, metadata={"Software": None})
    plt.close("all")
    Image.open(drawn).convert("RGB").quantize(COLOURS).save(path, optimize=True)


def draw_gallery(folder: Path, *, small: bool = False) -> list[Path]:
    """Draw all pictures into a folder and return their files."""
    written = []
    with tempfile.TemporaryDirectory() as results:
        names: dict[str, Any] = {"coevolve_sim": Runs(Path(results), small=small)}
        for found in PART.finditer(PAGE.read_text(encoding="utf-8")):
            code, picture = found.groups()
            if code:
                exec(code, names)  # noqa: S102 - the page's own lines
            else:
                path = folder / f"{picture}.png"
                save_small(path)
                written.append(path)
    return written


if __name__ == "__main__":
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    place.mkdir(parents=True, exist_ok=True)
    for path in draw_gallery(place, small="small" in sys.argv[2:]):
        print(path)
