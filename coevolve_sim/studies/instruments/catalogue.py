"""The instruments that a study can read: by name, open to plug-ins.

An instrument says which worlds it needs besides the study's own, and reads numbers with intervals from the
study's rows. It computes nothing itself: the pure functions of this room do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from coevolve_sim.errors import StudyError
from coevolve_sim.plugin_calls import plugin_call, plugin_failures
from coevolve_sim.registry import Registry, plugin_name

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
        "way": "coevolve_sim.studies.instruments.over_worlds:HistorysWay",
        "hysteresis": "coevolve_sim.studies.instruments.over_designs:HysteresisOverSpeeds",
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
    compares : bool, optional
        Whether the worlds it adds are for comparison with two given ones; true if it does not say.
    needs : tuple of str, optional
        What it cannot be read without, of `NEEDS`; nothing if it does not say.
    """

    meaning: str
    null: str
    source: str

    def worlds(self, setup: Setup, given: Sequence[World]) -> list[World]:
        """Return the worlds that it needs besides those given.

        The setup is that of the first given world, which is the first that is not the reference; the second
        given world is the reference, if there is one.
        """

    def read(self, study: Any) -> list[Reading]:
        """Return what it reads from a `coevolve_sim.Study` whose runs are done."""


NEEDS = {
    "one_point": "it reads one point, and this study is a sweep: read it on a study of that point alone",
    "sweep": "it reads a sweep over one key: give --grid KEY=V,V,V",
    "every_round": "it reads every round: set measures.every=1",
}
"""What an instrument may need of a study, and what is said where that is not so."""

MEMBERS = ("meaning", "null", "worlds", "read")
"""What every instrument has; `source` may be left out."""


def members_lacking(made: object) -> list[str]:
    """Return the members that an object lacks to be an instrument."""
    return [part for part in MEMBERS if not hasattr(made, part)]


def find_instruments(names: Sequence[str]) -> dict[str, Instrument]:
    """Return instruments by name.

    Parameters
    ----------
    names : sequence of str
        Of `INSTRUMENTS`, or as `coevolve_sim.registry.Registry.load` takes them: ``FILE.py:NAME``.

    Raises
    ------
    StudyError
        If there is none of a name (says the nearest), it cannot be made, or it lacks a member.

    Examples
    --------
    >>> [one.null for one in find_instruments(["slow_down"]).values()]
    ['1 where they have no influence']
    """
    found: dict[str, Instrument] = {}
    for name in names:
        made = _make_instrument(name)
        if lacking := members_lacking(made):
            raise StudyError(
                f"instrument '{plugin_name(name)}' lacks {', '.join(lacking)}; see docs/plugins.md"
            )
        found[name] = made
    return found


def _make_instrument(name: str) -> Instrument:
    kind = INSTRUMENTS.load(name) if ":" in name else INSTRUMENTS[name]
    with plugin_failures(f"instrument '{plugin_name(name)}'", StudyError, "cannot be made"):
        made: Instrument = kind()
    return made


def place_instruments(names: Sequence[str], folder: Path) -> tuple[str, ...]:
    """Return names of instruments, those of files made absolute from a folder.

    Examples
    --------
    >>> place_instruments(["slow_down", "mine.py:Mine"], Path("/here"))
    ('slow_down', '/here/mine.py:Mine')
    """
    return tuple(str(folder.absolute() / name) if ":" in name else name for name in names)


def compared_world(names: Sequence[str], reference: str) -> str:
    """Return the world that instruments of two worlds compare with the reference: the first other one.

    Examples
    --------
    >>> compared_world(["none", "as_written", "frozen"], "none"), compared_world(["only"], "")
    ('as_written', 'only')
    """
    return next((name for name in names if name != reference), reference)


def order_worlds(worlds: Sequence[World], reference: str) -> list[World]:
    """Return worlds as `Instrument.worlds` takes them: the compared one, the reference, then all others."""
    first = (compared_world([world.name for world in worlds], reference), reference)
    return sorted(worlds, key=lambda world: first.index(world.name) if world.name in first else 2)


def add_worlds(name: str, instrument: Instrument, setup: Setup, given: Sequence[World]) -> list[World]:
    """Return the worlds that an instrument needs besides those given.

    Raises
    ------
    StudyError
        If it fails, or a world that it adds has the name of another.
    """
    with plugin_call(f"instrument '{plugin_name(name)}'", StudyError):
        added = list(instrument.worlds(setup, given))
    names = [world.name for world in (*given, *added)]
    if repeated := next((one for one in names if names.count(one) > 1), None):
        raise StudyError(
            f"instrument '{plugin_name(name)}' adds a world '{repeated}', and there is one of that name; "
            "call it otherwise"
        )
    return added


def read_instrument(name: str, instrument: Instrument, study: Any) -> list[Reading]:
    """Return what an instrument reads from a study.

    Raises
    ------
    StudyError
        If it fails, or returns anything but readings.
    """
    with plugin_call(f"instrument '{plugin_name(name)}'", StudyError):
        readings = list(instrument.read(study))
    if not all(isinstance(one, Reading) for one in readings):
        raise StudyError(f"instrument '{plugin_name(name)}' read something that is no Reading")
    return readings


def refuse(instrument: str, quantity: str, why: str, world: str = "") -> Reading:
    """Return a reading that was refused, and why."""
    nothing = float("nan")
    return Reading(instrument, quantity, world, nothing, nothing, nothing, "none", why, refused=True)
