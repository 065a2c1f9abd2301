"""What tests of studies share: tiny societies in numbers and in words, and plug-ins to write to files."""

from __future__ import annotations

from pathlib import Path

from coevolve_sim.scenario import loads

NUMBERS = """
name: tiny
seed: 3
rounds: 4
population: {humans: 24}
value_space: moral-foundations
dimensions: [care, fairness]
network: {family: ring, degree: 4}
assistants: [{name: helper}]
"""

WORDS = """
name: words
seed: 4
rounds: 2
value_space: moral-foundations
dimensions: [care]
population: {humans: 4}
network: {family: ring, degree: 2}
minds: [{kind: scripted}]
channel: {kind: language, bias_map: false}
assistants: [{name: helper}]
"""

WITH_AND_WITHOUT = {"with": {}, "without": {"assistants": []}}


def numbers(*overrides):
    """Return the tiny scenario in numbers, keys set."""
    return loads(NUMBERS, overrides=overrides)


def words(*overrides):
    """Return the tiny scenario in words, keys set."""
    return loads(WORDS, overrides=overrides)


def write(folder: Path, text: str = NUMBERS, name: str = "tiny.yaml") -> Path:
    """Write a scenario into a folder; return its file."""
    file = folder / name
    file.write_text(text, "utf-8")
    return file


DEADLY = '''
import os
from pathlib import Path


class Deadly:
    """Kills its process: each time, or where no file marks that it has."""

    def __init__(self, mark: str = "", deadly: int = 1):
        self.mark, self.deadly = mark, deadly

    def learn(self, values, observation, memory):
        if self.deadly and not (self.mark and Path(self.mark).exists()):
            if self.mark:
                Path(self.mark).touch()
            os._exit(7)
        return values, memory


class Failing:
    """Fails where people are not few."""

    def __init__(self, fails: int = 1, unless: str = ""):
        self.fails, self.unless = fails, unless

    def learn(self, values, observation, memory):
        if self.fails and not (self.unless and Path(self.unless).exists()):
            raise ValueError("no idea what to learn")
        return values, memory
'''
