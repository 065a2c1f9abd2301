"""Challenges for policies and minds, and the verification of known results."""
