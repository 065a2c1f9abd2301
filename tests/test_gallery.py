"""The pictures of docs/plots.md are drawn from its own lines, and all are there."""

import re
import subprocess
import sys

import pytest

from tests import ROOT

PAGE = (ROOT / "docs" / "plots.md").read_text(encoding="utf-8")
GALLERY = ROOT / "docs" / "gallery"
SHOWN = re.findall(r"\(gallery/(\w+)\.png\)", PAGE)
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def test_every_picture_of_the_page_is_there_small_and_no_other():
    assert {path.stem for path in GALLERY.glob("*.png")} == set(SHOWN)
    assert len(SHOWN) == len(set(SHOWN))
    assert all((GALLERY / f"{name}.png").stat().st_size < 100_000 for name in SHOWN)


def test_the_page_has_every_picture_of_the_interface():
    from coevolve_sim.report.plots import RunPlots
    from coevolve_sim.report.study_plots import StudyPlots

    public = {name for kind in (RunPlots, StudyPlots) for name in vars(kind) if not name.startswith("_")}
    assert public <= set(SHOWN)


@pytest.mark.slow
@pytest.mark.models
def test_the_script_draws_them_all_at_a_reduced_size(tmp_path):
    script = GALLERY / "draw_gallery.py"
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "out"), "small"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    drawn = {path.stem: path.read_bytes() for path in (tmp_path / "out").glob("*.png")}
    assert drawn.keys() == set(SHOWN)
    assert all(data.startswith(SIGNATURE) for data in drawn.values())
