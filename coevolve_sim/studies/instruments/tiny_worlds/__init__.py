"""Tiny known worlds, on which instruments are tried first: plain NumPy, each with an answer that is known."""
