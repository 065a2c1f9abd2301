"""The prompts of minds: versioned templates, and the one way to fill them."""

from coevolve_sim.language.prompts.templates import LETTERS, NAMES, VERSION, Templates, quote

__all__ = ["LETTERS", "NAMES", "VERSION", "Templates", "quote"]
