"""The words in which minds are asked: versioned templates, and the one way to fill them."""

from coevolve_sim.language.prompts.templates import LETTERS, NAMES, VERSION, Templates, quoted

__all__ = ["LETTERS", "NAMES", "VERSION", "Templates", "quoted"]
