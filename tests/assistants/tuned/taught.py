"""What tests of tuning share: a mind that says what it is told, with weights that can be trained."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from coevolve_sim.minds.scripted.mind import ScriptedMind

TOPIC = "telling the truth"


class WithWeights(ScriptedMind):
    """A scripted mind that has a folder of weights, and takes voices without looking at what they are."""

    def __init__(self, folder, script=None, **settings):
        super().__init__(script, **settings)
        self.folder, self.loaded = Path(folder), []

    def load_voice(self, name, folder):
        """Take a voice."""
        self.loaded.append((name, Path(folder)))
        self._voices = tuple(dict.fromkeys((*self._voices, name)))


def tiny_model_module():
    """Import the tests' maker of tiny models, which lies beside the tests of minds."""
    path = Path(__file__).parents[1] / "minds" / "tiny_model.py"
    spec = importlib.util.spec_from_file_location("tiny_model", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault("tiny_model", module)
    spec.loader.exec_module(module)
    return module
