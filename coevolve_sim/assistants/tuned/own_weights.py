"""Minds whose weights are on this machine, so that an adapter can be trained on them and loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, cast

from coevolve_sim.errors import MindError
from coevolve_sim.minds import Mind
from coevolve_sim.minds.wrappers import unwrap


class OwnWeights(Mind, Protocol):
    """Interface of minds with weights in a local folder that load adapters on them as voices."""

    @property
    def folder(self) -> Path:
        """Folder of the base's weights."""

    def load_voice(self, name: str, folder: str | Path) -> None:
        """Load an adapter as a voice, adding it or replacing the one of that name."""


def require_own_weights(mind: Mind) -> OwnWeights:
    """Return the mind inside all wrappers, and require that its weights are on this machine.

    Parameters
    ----------
    mind : Mind
        Of any kind, cached and recorded or not.

    Raises
    ------
    MindError
        If nothing can be trained on it: it is somebody else's server, a script or a replay.

    Examples
    --------
    >>> from coevolve_sim.minds.scripted.mind import ScriptedMind
    >>> require_own_weights(ScriptedMind())
    Traceback (most recent call last):
    coevolve_sim.errors.MindError: the weights of the mind scripted are not at hand, so that no assistant ...
    """
    inner = unwrap(mind)
    if not (hasattr(inner, "load_voice") and hasattr(inner, "folder")):
        raise MindError(
            f"the weights of the mind {inner.identity} are not at hand, so that no assistant of it can learn "
            "by its weights; take the embedded mind, a folder with weights, or vLLM started for the run"
        )
    return cast("OwnWeights", inner)
