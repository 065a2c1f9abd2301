"""The embedded language model: small, made by this project, shipped, and openly a phantom.

In medical imaging a phantom is a body with known insides on which an instrument is tried. This is a language
model with known values: who a system message describes, it speaks for, and nothing else. What is planted in
it is measured back (``card.md``, ``calibration.json``). It knows nothing about people, and results from it
say how instruments and dynamics behave, never how humans do.
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
