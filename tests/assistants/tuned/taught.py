"""What tests of tuning share: a mind that says what it is told, with weights that can be trained."""

from __future__ import annotations

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
