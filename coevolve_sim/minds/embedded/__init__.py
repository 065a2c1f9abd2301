"""The embedded language model: small, made by this project, shipped, and openly a phantom.

In medical imaging a phantom is a body with known insides on which an instrument is tried. This is a language
model
with known values: who a system message describes, it speaks for, and nothing else. What is planted in it is
measured back (``card.md``, ``calibration.json``). It knows nothing about people, and results from it say how
instruments and dynamics behave, never how humans do.
"""

from pathlib import Path

from coevolve_sim.minds.embedded.planted import ERAS

MODEL = Path(__file__).parent / "model"
"""The folder of the model that comes with the package."""

__all__ = ["ERAS", "MODEL"]
