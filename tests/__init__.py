"""Tests, in the rooms of the package; packages, so that what they share is imported by its full name."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
"""The repository."""
