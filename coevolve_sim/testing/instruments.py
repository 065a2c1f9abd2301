"""What every instrument of studies must do, ours and a user's alike."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from coevolve_sim.errors import CoevolveError
from coevolve_sim.plugin_calls import watch_ambient_draws
from coevolve_sim.scenario import ChangeableScenario, read_changes
from coevolve_sim.scenario.yaml_text import read_node
from coevolve_sim.society.setup import build_setup
from coevolve_sim.studies.driver import Means, run_plan
from coevolve_sim.studies.instruments.catalogue import Instrument, Reading, members_lacking, order_worlds
from coevolve_sim.studies.plan import StudyPlan, build_plan
from coevolve_sim.studies.study import Study
from coevolve_sim.studies.worlds import (
    AS_WRITTEN,
    NO_ASSISTANT,
    World,
    build_default_worlds,
    check_world_name,
)
from coevolve_sim.testing.verdicts import Verdict, run_checks

REPLICATIONS = 3
_SCENARIO = """
name: trial
seed: 7
rounds: 24
value_space: moral-foundations
dimensions: [care, fairness]
history: {kind: planted, eras: 12, start: 0.4, end: 0.5, effect: attract, pull: 0.1}
rounds_per_era: 2
population: {humans: 24, groups: [{name: everyone, era: 0, spread: 0.15, adoption: 0.9}]}
network: {family: ring, degree: 4}
update:
  rule: hegselmann_krause
  distance: per_dimension
  confidence: {peer: 1.0, assistant: 1.0}
  rate: {peer: 0.1, assistant: 0.2}
  noise: 0.02
measures: {names: [total_variance]}
assistants: [{name: helper, start: 0.9, policy: {kind: lifelong, rate: 0.1}}]
"""
_NOBODY_CONSULTS: Mapping[str, Any] = {"population.groups.0.adoption": 0.0}
_AXIS = "assistants.0.start"
_POINTS = (0.1, 0.3, 0.5, 0.7, 0.9)


def check_instrument(make: Callable[[], Any]) -> list[Verdict]:
    """Check that an instrument is one: worlds that can be, and numbers within their intervals, or why not.

    It reads three tiny studies: of an assistant whom nobody consults, of one that moves people, and, if it
    adds no worlds, a sweep over where that assistant begins. What it ought to read there is for a test of
    one's own: this suite cannot know.

    Parameters
    ----------
    make : callable
        Makes the instrument, as its class does.

    Returns
    -------
    list of Verdict
        One a check, in the order of `INSTRUMENT_CHECKS`; all are run even if one fails.

    Examples
    --------
    >>> from coevolve_sim.studies.instruments.over_worlds import EndState
    >>> [verdict for verdict in check_instrument(EndState) if not verdict.passed]
    []
    """
    with TemporaryDirectory() as folder:
        return run_checks(INSTRUMENT_CHECKS, _Trial(make, Path(folder)))


def _base(changes: Mapping[str, Any] | None = None) -> ChangeableScenario:
    base = ChangeableScenario(read_node(_SCENARIO, "the trial's scenario"))
    return ChangeableScenario(base.change(read_changes(changes or {})).node)


@dataclass(frozen=True, eq=False)
class _Trial:
    """An instrument to be made, and the studies that it reads, each run when it is first needed."""

    make: Callable[[], Any]
    folder: Path
    studies: dict[str, Study] = field(default_factory=dict)

    @cached_property
    def instrument(self) -> Instrument:
        made: Instrument = self.make()
        return made

    def added(self, base: ChangeableScenario, given: list[World]) -> list[World]:
        """Return the worlds that it asks for besides those given."""
        return list(
            self.instrument.worlds(build_setup(base.change(()).scenario), order_worlds(given, NO_ASSISTANT))
        )

    def study(self, name: str, plan: Callable[[_Trial], StudyPlan]) -> Study:
        """Return a study, run when it is first asked for."""
        if name not in self.studies:
            self.studies[name] = run_plan(plan(self), self.folder / name, Means(workers=1))
        return self.studies[name]


def _comparison(trial: _Trial, changes: Mapping[str, Any] | None = None) -> StudyPlan:
    base = _base(changes)
    given = build_default_worlds(base.change(()).scenario)
    added = trial.added(base, given)
    plan = build_plan(base, [*given, *added], reference=NO_ASSISTANT, replications=REPLICATIONS)
    return replace(plan, added=tuple(world.name for world in added))


def _null(trial: _Trial) -> StudyPlan:
    return _comparison(trial, _NOBODY_CONSULTS)


def _sweep(trial: _Trial) -> StudyPlan:  # noqa: ARG001 - the same for all
    points = [tuple(read_changes({_AXIS: value})) for value in _POINTS]
    worlds = [World(AS_WRITTEN)]
    return build_plan(_base(), worlds, kind="sweep", points=points, replications=REPLICATIONS)


# --- checks --------------------------------------------------------------------------------------


def _members(trial: _Trial) -> str:
    if lacking := members_lacking(trial.instrument):
        return f"it lacks {', '.join(lacking)}"
    for part in ("meaning", "null"):
        said: Any = getattr(trial.instrument, part)
        if not isinstance(said, str) or not said.strip():
            return f"{part} is {said!r}; a sentence is wanted"
    return ""


def _worlds(trial: _Trial) -> str:
    base = _base()
    given = build_default_worlds(base.change(()).scenario)
    added, again = trial.added(base, given), trial.added(base, given)
    for world in added:
        if not isinstance(world, World):
            return f"worlds() returned a {type(world).__name__}; coevolve_sim.studies.worlds.World is wanted"
        check_world_name(world.name, "worlds()")
    names = [world.name for world in (*given, *added)]
    if repeated := next((name for name in names if names.count(name) > 1), None):
        return f"two worlds are called '{repeated}'; one that it adds has a name of its own"
    if [(world.name, world.describe()) for world in added] != [(w.name, w.describe()) for w in again]:
        return "worlds() returned other worlds when asked again"
    _comparison(trial)  # refuses worlds that cannot be compared
    return ""


def _read(trial: _Trial, study: Study) -> str:
    found = trial.instrument.read(study)
    if type(found) is not list or not found:
        return f"read() returned {found!r}; a list of one Reading or more is wanted, if only of a refused one"
    return next(filter(None, map(_wrong_with, found)), "")


def _wrong_with(reading: object) -> str:
    """Return what is wrong with a reading; nothing if it is one."""
    if not isinstance(reading, Reading):
        return f"read() returned a {type(reading).__name__} among its readings; a Reading is wanted"
    what = f"{reading.instrument}, {reading.quantity}"
    if not (reading.instrument and reading.quantity):
        return f"a reading has instrument {reading.instrument!r} and quantity {reading.quantity!r}; say both"
    if not reading.sentence.strip():
        return f"{what} has no sentence; it says what was found, or why there is no number"
    numbers = (reading.low, reading.value, reading.high)
    told = f"{reading.value:g} in [{reading.low:g}, {reading.high:g}]"
    if reading.refused:
        return "" if all(map(math.isnan, numbers)) else f"{what} is refused, and is {told}; nan is wanted"
    if not reading.low <= reading.value <= reading.high:
        return f"{what} is {told}; a number within its interval is wanted, or refused=True and why"
    return ""


def _reads_null(trial: _Trial) -> str:
    return _read(trial, trial.study("null", _null))


def _reads_planted(trial: _Trial) -> str:
    return _read(trial, trial.study("planted", _comparison))


def _reads_sweep(trial: _Trial) -> str:
    base = _base()
    if trial.added(base, build_default_worlds(base.change(()).scenario)):
        return ""
    try:
        return _read(trial, trial.study("sweep", _sweep))
    except CoevolveError:
        return ""  # the study says so, in place of readings


def _same_again(trial: _Trial) -> str:
    study = trial.study("planted", _comparison)
    once, drew = watch_ambient_draws(lambda: trial.instrument.read(study))
    if drew:
        return f"{drew}; it draws from coevolve_sim.streams.stream(seed, purpose)"
    again = trial.make().read(Study(study.folder))
    for one, other in zip(once, again, strict=True):
        if repr(one) != repr(other):
            return f"it read {one.value!r}, and {other.value!r} when made again; the same is wanted"
    return ""


INSTRUMENT_CHECKS: dict[str, Callable[[_Trial], str]] = {
    "says in words what it measures, and what it gives where there is nothing": _members,
    "asks for worlds that can be compared, under names of their own": _worlds,
    "reads a number within its interval, or says why not, where nobody consults the assistant": _reads_null,
    "does so where the assistant moves people": _reads_planted,
    "does so of a sweep over one key, if it adds no worlds": _reads_sweep,
    "reads the same again, and draws from named streams only": _same_again,
}
"""What every instrument must do, and the check of it, which returns what went wrong."""
