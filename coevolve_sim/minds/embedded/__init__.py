"""The embedded language model: a small model made by this project and shipped with it, as a phantom.

In medical imaging, a phantom is an object of known structure on which an instrument is calibrated. This is a
language model with known values: it speaks for whomever the system message describes, and can do nothing
else. The values planted in it are measured back (``card.md``, ``calibration.json``). It knows nothing about
people, and results from it say how instruments and dynamics behave, never how humans do.
"""

from pathlib import Path

_HERE = Path(__file__).parent
MODEL = _HERE / "model"
"""The folder of the model that comes with the package."""

ERAS: tuple[str, ...] = tuple(
    line.partition(",")[0]
    for line in (_HERE / "eras.csv").read_text(encoding="utf-8").splitlines()[1:]
    if not line.startswith("none,")
)
"""Names of the voices: the 13th to the 21st century, as the table of what is planted in them has them."""

__all__ = ["ERAS", "MODEL"]
