"""Preferences: which of two texts was preferred as the answer to a conversation."""

from coevolve_sim.preferences.pairs import PreferencePair

__all__ = ["PreferencePair"]
