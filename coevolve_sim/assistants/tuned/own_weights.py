"""Minds whose weights are at hand, so that an adapter can be trained on them and spoken with."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, cast

from coevolve_sim.errors import MindError
from coevolve_sim.minds import Mind
from coevolve_sim.minds.wrappers import unwrap


class OwnWeights(Mind, Protocol):
    """A mind that has its weights in a folder here, and takes adapters of them as voices."""

    @property
    def folder(self) -> Path:
        """Where the base's weights lie."""

    def load_voice(self, name: str, folder: str | Path) -> None:
        """Load an adapter as a voice, new or instead of the one of that name."""


def require_own_weights(mind: Mind) -> OwnWeights:
    """Return the mind within all that is wrapped round it, if its weights are at hand.

    Parameters
    ----------
    mind : Mind
        Of any kind, cached and recorded or not.

    Raises
    ------
    MindError
        If nothing can be trained on it: a server of somebody else's, a script, a replay.

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
