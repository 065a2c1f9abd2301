"""The instruments that a study can read: by name, open to plug-ins.

An instrument says which worlds it needs besides the study's own, and reads numbers with intervals from the
study's rows. It computes nothing itself: the pure functions of this room do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from coevolve_sim.errors import StudyError
from coevolve_sim.registry import Registry

if TYPE_CHECKING:
    from coevolve_sim.society.setup import Setup
    from coevolve_sim.studies.worlds import World

INSTRUMENTS = Registry(
    "instrument",
    "coevolve_sim.instruments",
    StudyError,
    {
        "diversity_loss": "coevolve_sim.studies.instruments.over_worlds:DiversityLoss",
        "recovery": "coevolve_sim.studies.instruments.over_worlds:RecoveryAfterWithdrawal",
        "slow_down": "coevolve_sim.studies.instruments.over_worlds:SlowDownOfKicks",
        "persistence": "coevolve_sim.studies.instruments.over_worlds:PersistenceOfKicks",
        "end_state": "coevolve_sim.studies.instruments.over_worlds:EndState",
        "early_warning": "coevolve_sim.studies.instruments.over_worlds:EarlyWarning",
        "mediation": "coevolve_sim.studies.instruments.over_worlds:MediationThroughPeers",
        "tipping": "coevolve_sim.studies.instruments.over_designs:Tipping",
        "entrenchment": "coevolve_sim.studies.instruments.over_designs:EntrenchmentOfStarts",
    },
)
"""Classes with the members of `Instrument`, made without arguments."""


@dataclass(frozen=True)
class Reading:
    """One number that an instrument gives, with its interval.

    Attributes
    ----------
    instrument : str
        Its name in the registry.
    quantity : str
        What the number is: ``half-life``, ``share left for good``.
    world : str
        Of which world; empty for the study as a whole.
    value, low, high : float
        nan where it was refused.
    unit : str
        ``rounds``, ``share``, ``value``, ``none``.
    sentence : str
        What was found, with the interval; where it was refused, why.
    refused : bool
        Whether there is no number.
    """

    instrument: str
    quantity: str
    world: str
    value: float
    low: float
    high: float
    unit: str
    sentence: str
    refused: bool = False


class Instrument(Protocol):
    """Interface of every instrument.

    Attributes
    ----------
    meaning : str
        What it measures, in a sentence.
    null : str
        What it gives where there is nothing to find.
    source : str
        Key into ``docs/references.bib``; empty for none.
    """

    meaning: str
    null: str
    source: str

    def worlds(self, setup: Setup, given: Sequence[World]) -> list[World]:
        """Return the worlds that it needs besides those given."""

    def read(self, study: Any) -> list[Reading]:
        """Return what it reads from a `coevolve_sim.Study` whose runs are done."""


def find_instruments(names: Sequence[str]) -> dict[str, Instrument]:
    """Return instruments by name.

    Raises
    ------
    StudyError
        If there is none of a name (says the nearest), or one lacks a member.
    """
    found: dict[str, Instrument] = {}
    for name in names:
        made = INSTRUMENTS[name]()
        lacking = [part for part in ("meaning", "null", "worlds", "read") if not hasattr(made, part)]
        if lacking:
            raise StudyError(f"instrument '{name}' lacks {', '.join(lacking)}; see docs/instruments.md")
        found[name] = made
    return found


def refuse(instrument: str, quantity: str, why: str, world: str = "") -> Reading:
    """Return a reading that was refused, and why."""
    nothing = float("nan")
    return Reading(instrument, quantity, world, nothing, nothing, nothing, "none", why, refused=True)
