"""Plug-ins for coevolve-sim: a rule that keeps state, a mind, a measure."""
