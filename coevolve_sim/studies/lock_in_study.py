"""The protocol of ``coevolve lock-in``, which tells influence, drag and lock-in from each other.

Worlds of one society on the same draws: as written, with its assistants frozen, without them, and as written
until they leave after half of the rounds (``withdrawn``). A *placebo* tells whether this society forgets at
all: without assistants, people are moved at once by as much as the assistant had moved them
(``kicked``). A pilot of few seeds measures that kick, and the relaxation time of the society without
assistants, from which the horizon follows: the verdict is given five relaxation times after they left.

Beside the verdict stands a world in which the assistant stays and people are put back to where they would be
without it (``put_back``): how much of the gap opens again. Where history moves people, and would move them
otherwise if it began again, two more worlds stand beside it: history begins again when the assistant would
leave, but it stays (``restarted``), and the same without assistants (``restarted_without``): how much of the
gap closes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError
from coevolve_sim.measures import share_of_way
from coevolve_sim.runs.results import open_run
from coevolve_sim.scenario import ChangeableScenario, Scenario, read_changes
from coevolve_sim.scenario.process_specs import RestartHistorySpec, ShockSpec, WithdrawSpec
from coevolve_sim.society.history_course import HistoryCourse
from coevolve_sim.society.objects import NO_OBJECTS, Objects
from coevolve_sim.society.setup import Setup, build_setup
from coevolve_sim.studies.driver import DEFAULT_MEANS, Means, run_plan
from coevolve_sim.studies.effects import PairedEffect, paired_effect
from coevolve_sim.studies.estimates import format_estimate
from coevolve_sim.studies.execution import RUNS
from coevolve_sim.studies.instruments.lock_in import (
    THRESHOLD,
    HasEnds,
    IntervalEnds,
    LockInVerdict,
    judge_lock_in,
)
from coevolve_sim.studies.instruments.recovery import (
    RELAXATION_TIMES,
    Recovery,
    horizon_of,
    measure_recovery,
    relaxation_time,
)
from coevolve_sim.studies.plan import StudyPlan, base_of, build_plan
from coevolve_sim.studies.run_summary import HISTORY, TOTAL_VARIANCE
from coevolve_sim.studies.study import Study
from coevolve_sim.studies.worlds import (
    AS_WRITTEN,
    FROZEN,
    NO_ASSISTANT,
    World,
    freeze_assistants,
    remove_assistants,
)

WITHDRAWN, KICKED, PUT_BACK = "withdrawn", "kicked", "put_back"
RESTARTED, RESTARTED_WITHOUT = "restarted", "restarted_without"
PILOT_SEEDS = 4
LONGEST = 20
"""The relaxation time is looked for in at most so many times the rounds before withdrawal."""


@dataclass(frozen=True, eq=False)
class LockInFinding:
    """What the protocol found: the clauses, each with its interval, and the verdict.

    Attributes
    ----------
    verdict : LockInVerdict
    on : str
        What clause (ii) is about: ``way`` (share of history's way), ``position`` (the dimension in which the
        gap is clearest) or ``variety`` (total variance).
    withdraw_after, horizon : int
        The round after which the assistants leave, and after how many more the verdict is given.
    against_none, against_frozen : PairedEffect
        Clause (ii), in the round after which the assistants leave; against frozen ones None if none learns.
    loss_of : str
        ``variety`` or ``movement``, whichever clause (i) is told of more clearly.
    loss : PairedEffect
        Clause (i): the share of it that is missing at the horizon while the assistants stay, against the
        world without them.
    recovery, placebo, staying : Recovery
        Clause (iii), the placebo, and the gap while the assistants stay.
    opened_again : PairedEffect or None
        Of people who were put back by the mean gap, the share of their gap by which it has opened again at
        the horizon; None where there was none to put them back by.
    restarted : Recovery or None
        How the gap closes where the assistants stay and history begins again, in the world without them too;
        None where there is no history that would move people otherwise.
    threshold : float
    """

    verdict: LockInVerdict
    on: str
    withdraw_after: int
    horizon: int
    against_none: PairedEffect
    against_frozen: PairedEffect | None
    loss_of: str
    loss: PairedEffect
    recovery: Recovery
    placebo: Recovery
    staying: Recovery
    opened_again: PairedEffect | None
    restarted: Recovery | None
    threshold: float

    def describe(self) -> list[str]:
        """Return the verdict and the clauses in sentences, the verdict first."""
        return list(_describe(self))


def find_lock_in(
    scenario: Scenario | Path | str,
    *,
    replications: int = 20,
    withdraw_after: int | None = None,
    horizon: int | None = None,
    on: str = "",
    threshold: float = THRESHOLD,
    overrides: Mapping[str, object] | Sequence[str] = (),
    confidence: float = 0.95,
    results: Path | str = "results",
    means: Means = DEFAULT_MEANS,
    objects: Objects = NO_OBJECTS,
) -> Study:
    """Run the protocol on a scenario with assistants, and return its study; `judge_study` reads the verdict.

    Parameters
    ----------
    scenario : Scenario or path
    replications : int
        At least 2.
    withdraw_after : int, optional
        The round after which the assistants leave; half of the scenario's rounds if not given.
    horizon : int, optional
        Rounds after that at which the verdict is given; five relaxation times of the society without
        assistants if not given.
    on : {"way", "position", "variety"}, optional
        What clause (ii) is about; history's way where it moves, else people's position.
    threshold : float
        Share that counts as recovered, in (0, 1).
    overrides, confidence, results
        As for `coevolve_sim.compare`.
    means, objects
        As for `coevolve_sim.studies.driver.run_plan`.

    Raises
    ------
    ScenarioError, StudyError
        If the scenario has no assistant, or a number is out of its range.
    """
    plan = plan_lock_in(
        scenario,
        replications=replications,
        withdraw_after=withdraw_after,
        horizon=horizon,
        on=on,
        threshold=threshold,
        overrides=overrides,
        confidence=confidence,
        means=means,
        objects=objects,
    )
    return run_plan(plan, results, means, objects)


def plan_lock_in(
    scenario: Scenario | ChangeableScenario | Path | str,
    *,
    replications: int = 20,
    withdraw_after: int | None = None,
    horizon: int | None = None,
    on: str = "",
    threshold: float = THRESHOLD,
    overrides: Mapping[str, object] | Sequence[str] = (),
    confidence: float = 0.95,
    means: Means = DEFAULT_MEANS,
    objects: Objects = NO_OBJECTS,
) -> StudyPlan:
    """Return the plan of the protocol: a pilot of few seeds is run for its kick and its horizon."""
    if replications < 2:
        raise StudyError("a verdict needs an interval, and so at least 2 replications; 20 are usual")
    if not 0 < threshold < 1:
        raise StudyError(f"the threshold is a share, between 0 and 1; {threshold} given")
    base = base_of(scenario, overrides)
    written = base.change(()).scenario
    if not written.assistants:
        raise StudyError(f"scenario '{written.name}' has no assistant of which lock-in could be asked")
    setup = build_setup(written, objects)
    moving = setup.history is not None and bool(np.ptp(setup.history.values, axis=0).any())
    about = on or ("way" if moving else "position")
    if about not in ("way", "position", "variety"):
        raise StudyError(f"lock-in of '{about}' cannot be asked; of way, position or variety")
    if about == "way" and not moving:
        raise StudyError("history does not move here, so that nobody comes along its way; ask of position")
    leave = setup.n_rounds // 2 if withdraw_after is None else withdraw_after
    if leave < 1:
        raise StudyError(f"the assistants leave after round {leave}; at least 1 is needed")
    pilot = _Pilot(base, written, leave, min(PILOT_SEEDS, replications), means, objects)
    kick = pilot.measure_kick()
    if horizon is None:
        horizon = pilot.find_horizon(kick)
    if horizon < 1:
        raise StudyError(f"a horizon of {horizon} rounds given; at least 1 is needed")
    clearest = setup.space.names[int(np.abs(kick.asked).argmax())]
    outcome = {"way": "share_of_way", "position": f"people.{clearest}", "variety": TOTAL_VARIANCE}[about]
    plan = build_plan(
        _set(base, {**_MEASURED, "rounds": leave + horizon}),
        [
            *_worlds(written, setup.space.names, leave, kick.asked),
            *(_restarted_worlds(written, leave) if _restart_matters(setup, leave, horizon) else ()),
        ],
        kind="lock-in",
        question=f"Is what {_names(written)} does to people influence, drag or lock-in?",
        reference=NO_ASSISTANT,
        replications=replications,
        measures=(outcome, TOTAL_VARIANCE) if outcome != TOTAL_VARIANCE else (TOTAL_VARIANCE,),
        outcome=outcome,
        confidence=confidence,
        details={
            "on": about,
            "withdraw_after": leave,
            "horizon": horizon,
            "threshold": threshold,
            "kick": [float(one) for one in kick.asked],
            "kick_given": [float(one) for one in kick.given],
            "put_back": None if kick.put_back is None else [float(one) for one in kick.put_back],
        },
    )
    own = (WITHDRAWN, PUT_BACK, KICKED, RESTARTED, RESTARTED_WITHOUT)
    return replace(plan, added=tuple(name for name in own if name in plan.world_names))


_MEASURED: dict[str, Any] = {"measures.every": 1, "measures.names": [TOTAL_VARIANCE]}


def _names(scenario: Scenario) -> str:
    names = [one.name for one in scenario.assistants]
    return "the assistant" if len(names) == 1 else f"the assistants {', '.join(names)}"


def _set(base: ChangeableScenario, changes: Mapping[str, Any]) -> ChangeableScenario:
    return ChangeableScenario(base.change(read_changes(changes)).node)


def _worlds(scenario: Scenario, dimensions: Sequence[str], leave: int, kick: Floats) -> list[World]:
    """Return the worlds of the protocol."""
    acts = [act.model_dump(mode="json") for act in scenario.interventions]
    gone = [
        WithdrawSpec(round=leave + 1, assistant=one.name).model_dump(mode="json")
        for one in scenario.assistants
    ]
    without = remove_assistants(scenario)
    others = [act for act in acts if "assistant" not in act]
    worlds = [World(AS_WRITTEN)]
    learning = [i for i, one in enumerate(scenario.assistants) if one.policy.kind != "frozen"]
    if learning:
        worlds.append(World(FROZEN, tuple(freeze_assistants(learning))))
    changes = {
        WITHDRAWN: {"interventions": acts + gone},
        PUT_BACK: {"interventions": [*acts, _shock(dimensions, leave, -kick)]},
    }
    worlds += [World(name, tuple(read_changes(change))) for name, change in changes.items()]
    kicked = read_changes({"interventions": [*others, _shock(dimensions, leave, kick)]})
    kept = tuple(change for change in without if change.key != "interventions")
    return [*worlds, World(KICKED, (*kept, *kicked)), World(NO_ASSISTANT, tuple(without))]


def _restarted_worlds(scenario: Scenario, leave: int) -> list[World]:
    """Return the worlds in which history begins again when assistants would leave: with and without them."""
    restart = RestartHistorySpec(round=leave + 1).model_dump(mode="json")
    acts = [act.model_dump(mode="json") for act in scenario.interventions]
    restarted = read_changes({"interventions": [*acts, restart]})
    others = read_changes({"interventions": [*(act for act in acts if "assistant" not in act), restart]})
    removed = [change for change in remove_assistants(scenario) if change.key != "interventions"]
    return [World(RESTARTED, tuple(restarted)), World(RESTARTED_WITHOUT, (*removed, *others))]


def _restart_matters(setup: Setup, leave: int, horizon: int) -> bool:
    """Return whether history would move people otherwise up to the horizon if it began again.

    It would not where it goes on at the same pace (effect shift), or has the same values again.
    """
    history, spec = setup.history, setup.scenario.history
    if history is None or spec.kind == "none" or spec.effect not in ("shift", "attract"):
        return False
    course = setup.course
    again = replace(course, restarts=tuple(sorted({*course.restarts, leave + 1})))
    rounds = range(leave + 1, leave + horizon + 1)

    def moves(one: HistoryCourse) -> Floats:
        now = np.array([history.at(one.position(r)) for r in rounds])
        if spec.effect == "attract":
            return now
        before: Floats = np.array([history.at(one.position_before(r)) for r in rounds])
        return now - before

    return not np.allclose(moves(course), moves(again), rtol=0, atol=LEAST_MOVE)


def _shock(dimensions: Sequence[str], leave: int, shift: Floats) -> dict[str, Any]:
    by_name = {name: float(np.clip(one, -1.0, 1.0)) for name, one in zip(dimensions, shift, strict=True)}
    return ShockSpec(round=leave + 1, shift=by_name, anchors="stay").model_dump(mode="json")


LEAST_MOVE = 1e-9
"""Moves of history that differ by less are the same but for rounding."""
LEAST_KICK = 0.01
"""A gap whose root mean square over dimensions is smaller is no size for a kick."""
KICK = 0.05
"""Moves people by this in every dimension where the assistants left no gap to speak of."""


@dataclass(frozen=True, eq=False)
class _Kick:
    """How far people are moved, and how far that gets their mean: nobody leaves [0, 1].

    Attributes
    ----------
    asked, given : float64 arrays, shape (dimensions,)
        Of everybody, and of the mean of people who are where they would be without assistants.
    put_back : float64 array, shape (dimensions,), or None
        How far people with the assistants are put back; None where there was no gap to put them back by.
    """

    asked: Floats
    given: Floats
    put_back: Floats | None


@dataclass(frozen=True, eq=False)
class _Pilot:
    """Few seeds that tell how large the kick is, and when the society without assistants has forgotten it."""

    base: ChangeableScenario
    scenario: Scenario
    leave: int
    n_seeds: int
    means: Means
    objects: Objects

    def measure_kick(self) -> _Kick:
        """Return the mean gap between the world as written and that without assistants as a kick."""
        worlds = [World(AS_WRITTEN), World(NO_ASSISTANT, tuple(remove_assistants(self.scenario)))]
        here, there = self._run_to_leave(worlds)
        gap: Floats = np.mean(
            [ours.mean(axis=0) - theirs.mean(axis=0) for ours, theirs in zip(here, there, strict=True)],
            axis=0,
        )
        if float(np.sqrt(np.mean(gap**2))) < LEAST_KICK:
            kick = np.full(gap.size, KICK)
            return _Kick(kick, _mean_move(there, kick), None)
        return _Kick(gap, _mean_move(there, gap), -_mean_move(here, -gap))

    def _run_to_leave(self, worlds: Sequence[World]) -> list[list[Floats]]:
        """Return everybody's values in the round after which the assistants leave, by world and seed."""
        with TemporaryDirectory() as folder:
            study = self._run(worlds, self.leave, folder, record="full")
            return [
                [
                    open_run(study.folder / RUNS / run).snapshots()[self.leave]
                    for run in study.run_folders(world.name)
                ]
                for world in worlds
            ]

    def find_horizon(self, kick: _Kick) -> int:
        """Return five relaxation times of the society without assistants, within what was followed.

        Where the kick is not gone by then, as many rounds as there were before the assistants left: then the
        placebo says that nothing is forgotten.
        """
        names = tuple(build_setup(self.scenario, self.objects).space.names)
        worlds = {world.name: world for world in _worlds(self.scenario, names, self.leave, kick.asked)}
        followed = self.leave
        while followed <= LONGEST * self.leave:
            with TemporaryDirectory() as folder:
                study = self._run([worlds[KICKED], worlds[NO_ASSISTANT]], self.leave + followed, folder)
                response = kick_left(study, kick.given, self.leave)
            relaxation = relaxation_time(response)
            if math.isfinite(relaxation):
                return max(1, horizon_of(relaxation, RELAXATION_TIMES))
            followed *= 4
        return self.leave

    def _run(self, worlds: Sequence[World], rounds: int, folder: str, record: str = "summary") -> Study:
        unread = getattr(self.scenario.channel, "bias_map", False) and not getattr(
            self.scenario.channel, "subtract_bias", False
        )
        plan = build_plan(
            _set(
                self.base,
                {**_MEASURED, "rounds": rounds, **({"channel.bias_map": False} if unread else {})},
            ),
            worlds,
            name="pilot",
            reference=NO_ASSISTANT,
            replications=self.n_seeds,
            record=record,
        )
        return run_plan(plan, folder, replace(self.means, progress=None, started=None), self.objects)


def _mean_move(values: Sequence[Floats], shift: Floats) -> Floats:
    """Return how far people's mean gets, over runs, if everybody is moved but nobody out of [0, 1]."""
    moves = [(np.clip(one + shift, 0.0, 1.0) - one).mean(axis=0) for one in values]
    mean: Floats = np.mean(moves, axis=0)
    return mean


def kick_left(study: Study, kick: Floats, leave: int) -> Floats:
    """Return the part of what a kick gave people that is left by round, shape (replications, rounds).

    Nothing is left of a kick that moved nobody, at the edge of what values can be.
    """
    if not kick.any():
        return np.ones((len(study.plan.seeds), study.rounds.size - leave))
    gap = study.people(KICKED)[:, leave:] - study.people(NO_ASSISTANT)[:, leave:]
    left: Floats = gap @ kick / float(kick @ kick)
    left[:, 0] = 1.0
    return left


# --- the verdict ---------------------------------------------------------------------------------


def judge_study(study: Study) -> LockInFinding:
    """Return what a study of the protocol found.

    Raises
    ------
    StudyError
        If the study is not of this kind, or a run of it failed or is left.
    """
    plan, details = study.plan, study.plan.details or {}
    if plan.kind != "lock-in":
        raise StudyError(f"{study.folder} is a study of kind {plan.kind}, not of lock-in")
    leave, horizon = int(details["withdraw_after"]), int(details["horizon"])
    threshold, kick = float(details["threshold"]), np.array(details["kick_given"])
    confidence = plan.stated_confidence
    people = {name: study.people(name) for name in plan.world_names}
    since = {name: values[:, leave:] for name, values in people.items()}
    kicked = since[KICKED].copy()
    kicked[:, 0] = since[NO_ASSISTANT][:, 0] + kick
    recover = partial(measure_recovery, reference=since[NO_ASSISTANT], confidence=confidence)
    recovery, placebo, staying = (recover(one) for one in (since[WITHDRAWN], kicked, since[AS_WRITTEN]))
    restarted = None
    if RESTARTED in since:
        restarted = measure_recovery(since[RESTARTED], since[RESTARTED_WITHOUT], confidence=confidence)
    effects = {
        name: _effect_of(study, str(details["on"]), name, leave)
        for name in (NO_ASSISTANT, FROZEN)
        if name in people
    }
    loss_of, loss = _loss(study, people)
    opened = None
    if not staying.refused and details["put_back"] is not None:
        gap = since[AS_WRITTEN][:, 0] - since[NO_ASSISTANT][:, 0]
        opened_by = (since[PUT_BACK] - since[NO_ASSISTANT])[:, -1] - (gap - np.array(details["put_back"]))
        shares = (opened_by * gap).sum(axis=1) / (gap * gap).sum(axis=1)
        opened = paired_effect(shares, np.zeros(shares.size), confidence=confidence)
    verdict = judge_lock_in(
        against_none=effects[NO_ASSISTANT],
        against_frozen=effects.get(FROZEN, effects[NO_ASSISTANT]),
        loss=loss,
        recovered=_ends(recovery),
        placebo=_ends(placebo) or IntervalEnds(-math.inf, math.inf),
        closed=_ends(staying),
        threshold=threshold,
        horizon=horizon,
    )
    return LockInFinding(
        verdict,
        str(details["on"]),
        leave,
        horizon,
        effects[NO_ASSISTANT],
        effects.get(FROZEN),
        loss_of,
        loss,
        recovery,
        placebo,
        staying,
        opened,
        restarted,
        threshold,
    )


def _ends(found: Recovery) -> HasEnds | None:
    return found.at_horizon


def _effect_of(study: Study, on: str, reference: str, leave: int) -> PairedEffect:
    """Return the effect of the assistants in the round after which they leave, against a reference world."""
    confidence = study.plan.stated_confidence
    here, there = (study.people(name)[:, : leave + 1] for name in (AS_WRITTEN, reference))
    if on == "variety":
        ours, theirs = (study.variety(name)[:, leave] for name in (AS_WRITTEN, reference))
        return paired_effect(ours, theirs, confidence=confidence)
    if on == "position":
        return measure_recovery(here[:, -1:], there[:, -1:], confidence=confidence).gap
    history = [kept.select(HISTORY)[: leave + 1] for kept in study.summaries_in_order(reference)]
    shares = [
        np.array([share_of_way(m, a)[-1] for m, a in zip(people, history, strict=True)])
        for people in (here, there)
    ]
    return paired_effect(*shares, confidence=confidence)


def _loss(study: Study, people: Mapping[str, Floats]) -> tuple[str, PairedEffect]:
    """Return the loss of variety or of movement at the horizon, whichever is told more clearly.

    Both are looked at, and each interval allows for that (Bonferroni's correction).
    """
    confidence = 1 - (1 - study.plan.stated_confidence) / 2
    variety = [study.variety(name)[:, -1] for name in (AS_WRITTEN, NO_ASSISTANT)]
    moved = [
        np.linalg.norm(people[name][:, -1] - people[name][:, 0], axis=1)
        for name in (AS_WRITTEN, NO_ASSISTANT)
    ]
    found: dict[str, PairedEffect] = {}
    for name, (ours, theirs) in (("variety", variety), ("movement", moved)):
        share = 1.0 - ours / np.where(theirs > 0, theirs, np.nan)
        if np.isfinite(share).all():
            found[name] = paired_effect(share, np.zeros(share.size), confidence=confidence)
    if not found:
        raise StudyError("without assistants people neither differ nor move, so that nothing can be lost")
    clearest = max(found, key=lambda name: found[name].low)
    return clearest, found[clearest]


# --- in words ------------------------------------------------------------------------------------

_VERDICTS = {
    "lock_in": "lock-in",
    "influence": "influence, not lock-in",
    "drag": "drag, not lock-in",
    "no_effect": "no effect told from zero",
    "undecided": "undecided",
}
_UNITS = {
    "way": "of history's way",
    "position": "in the dimension in which they differ most clearly",
    "variety": "of total variance",
}


def _describe(found: LockInFinding) -> Iterator[str]:
    reason = found.verdict.reason
    yield (
        f"Verdict: {_VERDICTS[found.verdict.verdict]}. {reason[:1].upper()}{reason[1:]} "
        f"({found.against_none.n} pairs)."
    )
    yield (
        f"(ii) After {found.withdraw_after} rounds people are {_number(found.against_none)} "
        f"{_UNITS[found.on]} from where they would be without assistants, "
        + (
            f"{_number(found.against_frozen)} from where they would be with frozen ones."
            if found.against_frozen is not None
            else "which do not learn, so that there is no loop to take away."
        )
    )
    yield (
        f"(i) While the assistants stay, {_number(found.loss)} of people's {found.loss_of} is missing "
        f"{found.horizon} rounds later, against the world without them."
    )
    yield f"(iii) {_tell_recovery(found)}"
    yield f"Placebo: {_tell_placebo(found)}"
    if found.opened_again is not None:
        yield (
            "People who are put back by the mean gap while the assistants stay have "
            f"{_number(found.opened_again)} of it opened again at the horizon."
        )
    if found.restarted is not None:
        yield f"History again: {_tell_restart(found, found.restarted)}"


def _tell_placebo(found: LockInFinding) -> str:
    if found.placebo.refused:
        return found.placebo.refused
    return (
        f"{_number(_known(found.placebo))} of a kick of the same size is gone in the world without "
        f"assistants in the same time, half of it after {_rounds(found.placebo.half_life)}."
    )


def _tell_recovery(found: LockInFinding) -> str:
    if found.recovery.refused:
        return f"{found.recovery.refused[:1].upper()}{found.recovery.refused[1:]}."
    return (
        f"{_number(_known(found.recovery))} of the gap is recovered {found.horizon} rounds after they left, "
        f"half of it after {_rounds(found.recovery.half_life)}; while they stay, "
        f"{_number(_known(found.staying))} of it closes."
    )


def _tell_restart(found: LockInFinding, restarted: Recovery) -> str:
    if restarted.refused:
        return f"{restarted.refused}."
    closed = _known(restarted)
    if closed.low > found.threshold:
        told = f"people come back with it, by more than {found.threshold:g} of the gap"
    elif closed.high < found.threshold:
        told = f"people do not come back with it, or by less than {found.threshold:g} of the gap"
    else:
        told = f"whether people come back with it is not told, as the interval holds {found.threshold:g}"
    return (
        f"where it begins again after round {found.withdraw_after} while the assistants stay, "
        f"{_number(closed)} of the gap to the world without them, where it begins again too, closes in "
        f"{found.horizon} rounds, against {_number(_known(found.staying))} where it goes on: {told}."
    )


def _known(found: Recovery) -> PairedEffect:
    assert found.at_horizon is not None  # noqa: S101 - it was not refused
    return found.at_horizon


def _rounds(half_life: float) -> str:
    return f"{half_life:.3g} rounds" if math.isfinite(half_life) else "more rounds than were run"


def _number(effect: PairedEffect) -> str:
    return format_estimate(effect.mean, effect.low, effect.high)
