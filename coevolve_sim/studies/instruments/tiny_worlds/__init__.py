"""Societies of a few lines whose answers are known, on which every instrument is tried first."""
