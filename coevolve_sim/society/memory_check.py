"""Estimate the memory that a society needs, and refuse one that does not fit the machine, before building it.

The estimate counts the largest arrays that live at the same time. It is not a measurement; it refuses
societies that would have failed, and those it accepts leave about a fifth of the memory free.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from coevolve_sim.errors import ScenarioError
from coevolve_sim.rules import Rule
from coevolve_sim.scenario import Scenario, space_of
from coevolve_sim.scenario.continuity_checks import continuity_of
from coevolve_sim.scenario.society_specs import DEFAULT_HUMANS

FLOAT, GIB = 8, 2**30
STATE = 6  # values now and next, initial, anchors, room between two phases, what is heard or drawn
HASHED = 7  # values on record as bytes, in hexadecimal, as a line and as its bytes, when the run is hashed
PER_HUMAN = 18  # confidence, rate, stubbornness twice, groups, draws, degrees, row starts, places
CONTINUED = 3  # times what an assistant remembers of people: now, next, and as it is looked up
BUILDING_A_TIE = 24  # bytes: pairs as drawn, and the rows they are sorted into; what stays is 4
PLAYING_A_TIE = 32  # bytes: trust before and after, the other direction of the tie, and the record of it
FOLLOWING = 2  # bytes an outlet: who can follow it, and who does in a round
ATTACKING = 3  # numbers: draws, operators and masks; beside them, what everybody tells assistants
IN_CELLS = 10  # numbers: cells, draws and messages of each human, as they are sorted, and who says which
HEARING_IN_CELLS = 40  # bytes a tie: who hears what, by rows, what is perceived, and which ties remain
MEMORY_INFORMATION = Path("/proc/meminfo")


def bytes_needed(scenario: Scenario, rule: Rule) -> int:
    """Return the approximate number of bytes that a society takes at its largest.

    Examples
    --------
    >>> from coevolve_sim.scenario import loads
    >>> crowd = loads("{name: a, rounds: 1, population: {humans: 1000000}}")
    >>> bytes_needed(crowd, Rule()) > 10**9
    True
    """
    n_humans = scenario.population.humans or DEFAULT_HUMANS
    n_dimensions = space_of(scenario).n_dimensions
    own = rule.memory_per_human(n_dimensions)
    own += sum(CONTINUED * (each.window + 1) * n_dimensions for each in continuity_of(scenario).values())
    per_human = FLOAT * ((STATE + HASHED) * n_dimensions + own + PER_HUMAN)
    per_human += FOLLOWING * len(scenario.media)
    if scenario.adversaries is not None:
        per_human += FLOAT * (n_dimensions + ATTACKING)
    a_tie = BUILDING_A_TIE + PLAYING_A_TIE * (scenario.games is not None)
    if getattr(getattr(scenario.channel, "population", None), "by", "") == "cells":
        per_human, a_tie = per_human + FLOAT * IN_CELLS, a_tie + HEARING_IN_CELLS
    return int(n_humans * (per_human + a_tie * mean_degree(scenario)))


def mean_degree(scenario: Scenario) -> float:
    """Return the mean number of ties of a human, as far as the scenario determines it; 0 in full mixing.

    Examples
    --------
    >>> from coevolve_sim.scenario import loads
    >>> mean_degree(loads("{name: a, rounds: 1, network: {family: barabasi_albert, attachments: 3}}"))
    6.0
    """
    network = scenario.network
    if (attachments := getattr(network, "attachments", None)) is not None:
        return 2.0 * float(attachments)
    named = ("degree", "degree_within", "degree_between")
    return float(sum(getattr(network, name, None) or 0.0 for name in named))


def bytes_available() -> int | None:
    """Return how many bytes of memory a program can still take; None if the machine does not report it."""
    with suppress(OSError, ValueError, IndexError):
        for line in MEMORY_INFORMATION.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    with suppress(OSError, ValueError, AttributeError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return None


def refuse_too_large(scenario: Scenario, rule: Rule) -> None:
    """Refuse a society that does not fit the machine's memory.

    Raises
    ------
    ScenarioError
        At ``population.humans``: how much memory it needs, and how much there is.
    """
    needed, available = bytes_needed(scenario, rule), bytes_available()
    if available is not None and needed > available:
        n_humans = scenario.population.humans or DEFAULT_HUMANS
        raise ScenarioError(
            f"{n_humans} humans of {space_of(scenario).n_dimensions} dimensions need about "
            f"{needed / GIB:.1f} GiB of memory, and {available / GIB:.1f} GiB are free; take fewer humans, "
            "fewer dimensions or fewer ties",
            path=("population", "humans"),
        )
