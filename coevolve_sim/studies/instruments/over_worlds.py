"""Instruments that read a comparison: worlds on the same draws, some of them added for the instrument."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError
from coevolve_sim.scenario import Scenario, read_changes
from coevolve_sim.scenario.process_specs import SetValuesSpec, ShockSpec, WithdrawSpec
from coevolve_sim.society.setup import Setup, build_setup
from coevolve_sim.studies.instruments.catalogue import Reading, compared_world, refuse
from coevolve_sim.studies.instruments.diversity_loss import diversity_loss, fit_loss
from coevolve_sim.studies.instruments.early_warning import warn_by_replications
from coevolve_sim.studies.instruments.entrenchment import differentiate_end_state
from coevolve_sim.studies.instruments.loop_gain import kick_response, measure_persistence
from coevolve_sim.studies.instruments.mediation import mediate
from coevolve_sim.studies.instruments.recovery import measure_recovery
from coevolve_sim.studies.instruments.replications import mean_and_ends
from coevolve_sim.studies.instruments.slow_down import measure_slow_down
from coevolve_sim.studies.plan import Task
from coevolve_sim.studies.study import Study
from coevolve_sim.studies.worlds import NO_ASSISTANT, World, remove_assistants

SMALL, LARGE = 0.01, 0.02
"""Kicks of values; responses to both must agree."""


def _middle(setup: Setup) -> int:
    return setup.n_rounds // 2


def _with_acts(
    name: str, world: World, scenario: Scenario, acts: Sequence[Any], *, without: bool = False
) -> World:
    """Return a world like another, of that scenario, in which more is done; without assistants if asked."""
    kept = [
        act.model_dump(mode="json")
        for act in scenario.interventions
        if not (without and hasattr(act, "assistant"))
    ]
    changes = read_changes({"interventions": [*kept, *(act.model_dump(mode="json") for act in acts)]})
    removed = [one for one in remove_assistants(scenario) if one.key != "interventions"] if without else []
    own = [one for one in world.changes if one.key.split(".")[0] != "interventions"]
    return World(name, (*own, *removed, *changes), world.peers_of)


class DiversityLoss:
    """How much of people's variety each world loses against the reference."""

    meaning = "How much of people's variety a world loses against the reference, and how fast."
    null = "no loss told, half-life infinite"
    source = "Rao1982"
    needs = ("one_point", "every_round")

    def worlds(self, setup: Setup, given: Sequence[World]) -> list[World]:  # noqa: ARG002 - needs none
        """Return none: it reads the study's own worlds."""
        return []

    def read(self, study: Study) -> list[Reading]:
        """Return the half-life and the share left for good, of each world but the reference."""
        readings = []
        reference = study.plan.reference
        if not reference:
            return [
                refuse(
                    "diversity_loss",
                    "half-life",
                    "it compares worlds with a reference; this study has one world",
                )
            ]
        for name in study.plan.asked_worlds:
            if name == reference:
                continue
            try:
                loss = diversity_loss(study.variety(name), study.variety(reference))
                fit = fit_loss(loss, confidence=study.plan.stated_confidence)
            except StudyError as error:
                readings.append(refuse("diversity_loss", "half-life", str(error), name))
                continue
            told = f"{name}: {fit.reason}"
            ends = (fit.half_life, fit.half_life_low, fit.half_life_high)
            level = (fit.level, fit.level_low, fit.level_high)
            readings.append(Reading("diversity_loss", "half-life", name, *ends, "rounds", told))
            readings.append(Reading("diversity_loss", "share left for good", name, *level, "share", told))
        return readings


class RecoveryAfterWithdrawal:
    """How people come back once the assistants leave, half-way through the run."""

    meaning = "Which share of the gap to the world without assistants has closed once they left."
    null = "0 where nothing pulls people back"
    source = ""
    needs = ("one_point", "every_round")
    world = "recovery-withdrawn"

    def worlds(self, setup: Setup, given: Sequence[World]) -> list[World]:
        """Return the world in which all assistants leave after half of the rounds."""
        leave = _middle(setup) + 1
        acts = [WithdrawSpec(round=leave, assistant=one.name) for one in setup.scenario.assistants]
        return [_with_acts(self.world, given[0], setup.scenario, acts)]

    def read(self, study: Study) -> list[Reading]:
        """Return the half-life, and the share recovered at the end of the run."""
        if study.plan.reference != NO_ASSISTANT:
            return [refuse("recovery", "half-life", f"the reference must be the world {NO_ASSISTANT}")]
        leave = int(study.rounds[-1]) // 2
        at = int(np.searchsorted(study.rounds, leave))
        here, there = (study.people(name)[:, at:] for name in (self.world, NO_ASSISTANT))
        found = measure_recovery(here, there, confidence=study.plan.stated_confidence)
        if found.refused or found.at_horizon is None:
            return [refuse("recovery", "half-life", found.refused)]
        end = found.at_horizon
        told = (
            f"{end.mean:.3g} [{end.low:.3g}, {end.high:.3g}] of the gap is recovered "
            f"{int(study.rounds[-1]) - leave} rounds after the assistants left"
        )
        halves = (found.half_life, found.half_life_low, found.half_life_high)
        return [
            Reading("recovery", "half-life", self.world, *halves, "rounds", told),
            Reading("recovery", "share recovered", self.world, end.mean, end.low, end.high, "share", told),
        ]


class _Kicks:
    """Worlds in which everybody is moved a little half-way through the run, up and down."""

    prefix = "kick"
    needs = ("one_point", "every_round")

    def worlds(self, setup: Setup, given: Sequence[World]) -> list[World]:
        """Return kicked worlds: two sizes with the assistants, one without."""
        there = {world.name for world in given}
        made = []
        for without in (False, True):
            for size in (SMALL,) if without else (SMALL, LARGE):
                for sign, way in ((1, "up"), (-1, "down")):
                    name = self.name_of(size, way, without=without)
                    shock = ShockSpec(round=_middle(setup) + 1, shift=sign * size, anchors="stay")
                    if name not in there:
                        made.append(_with_acts(name, given[0], setup.scenario, [shock], without=without))
        return made

    def name_of(self, size: float, way: str, *, without: bool) -> str:
        """Return the name of a kicked world."""
        who = "without" if without else "with"
        return f"{self.prefix}-{who}-{'small' if size == SMALL else 'large'}-{way}"

    def response(self, study: Study, size: float, *, without: bool) -> Floats:
        """Return the response to a kick, shape (replications, rounds), from the round of the kick on.

        Of several dimensions, the mean over all: each is kicked alike.
        """
        at = int(np.searchsorted(study.rounds, int(study.rounds[-1]) // 2 + 1))
        up, down = (
            study.people(self.name_of(size, way, without=without))[:, at:].mean(axis=2)
            for way in ("up", "down")
        )
        return kick_response(up, down, size)


class SlowDownOfKicks(_Kicks):
    """By how much longer a small kick of everybody's values lasts with the assistants than without."""

    meaning = "By how much longer a kick lasts with the assistants than without."
    null = "1 where they have no influence"
    source = "Scheffer2009"

    def read(self, study: Study) -> list[Reading]:
        """Return the slow-down and the multiplier of a round."""
        try:
            found = measure_slow_down(
                self.response(study, SMALL, without=False),
                self.response(study, LARGE, without=False),
                self.response(study, SMALL, without=True),
                confidence=study.plan.stated_confidence,
            )
        except StudyError as error:
            return [refuse("slow_down", "slow-down", str(error))]
        if found.refused:
            return [refuse("slow_down", "slow-down", found.refused)]
        slow = (found.slow_down, found.low, found.high)
        each = (found.multiplier, found.multiplier_low, found.multiplier_high)
        return [
            Reading("slow_down", "slow-down", "", *slow, "times", found.reason),
            Reading("slow_down", "multiplier of a round", "", *each, "share", found.reason),
        ]


class PersistenceOfKicks(_Kicks):
    """How much of a small kick of everybody's values stays for good while the assistants are there."""

    meaning = "The share of a kick of values that stays for good while the assistants are there."
    null = "none below the threshold of lock-in"
    source = "Qiu2025"

    def read(self, study: Study) -> list[Reading]:
        """Return the share that stays."""
        try:
            found = measure_persistence(
                self.response(study, SMALL, without=False),
                larger=self.response(study, LARGE, without=False),
                confidence=study.plan.stated_confidence,
            )
        except StudyError as error:
            return [refuse("persistence", "share that stays", str(error))]
        if found.verdict == "undecided":
            return [refuse("persistence", "share that stays", found.reason)]
        ends = (found.plateau, found.low, found.high)
        return [Reading("persistence", "share that stays", "", *ends, "share", found.reason)]


class EndState:
    """By how much the end of the run follows the first values of the assistants."""

    meaning = "How far people end elsewhere for a change of the assistants' first values, as a share of it."
    null = "0 where first values are forgotten"
    source = ""
    needs = ("one_point",)
    world = "end_state-moved"
    kick = 0.1

    def worlds(self, setup: Setup, given: Sequence[World]) -> list[World]:
        """Return the world in which all assistants begin elsewhere, by .1 in every dimension.

        Up where all of them have room above in that dimension, else down.
        """
        acts = []
        for one, values in zip(setup.scenario.assistants, setup.initial_assistant_values, strict=True):
            moved = values + self._kicks(setup)
            by_name = {name: float(v) for name, v in zip(setup.space.names, moved, strict=True)}
            acts.append(SetValuesSpec(round=1, assistant=one.name, values=by_name))
        return [_with_acts(self.world, given[0], setup.scenario, acts)]

    def _kicks(self, setup: Setup) -> Floats:
        """Return by how much assistants are moved in each dimension.

        Raises
        ------
        StudyError
            If assistants begin near both ends of a dimension, so that no kick has room.
        """
        starts = setup.initial_assistant_values
        up, down = (starts + self.kick <= 1.0).all(axis=0), (starts - self.kick >= 0.0).all(axis=0)
        if not (up | down).all():
            name = setup.space.names[int(np.flatnonzero(~(up | down))[0])]
            raise StudyError(
                f"in {name} assistants begin near both ends, so that not all can begin {self.kick:g} off"
            )
        return np.where(up, self.kick, -self.kick)

    def read(self, study: Study) -> list[Reading]:
        """Return the derivative of people's mean at the end, in the mean over dimensions."""
        plain = compared_world(study.plan.world_names, study.plan.reference)
        scenario = next(world for world in study.plan.worlds if world.name == plain)
        way = np.sign(self._kicks(build_setup(study.plan.scenario_of(Task(0, 0), scenario))))
        ends, moved = ((study.people(name)[:, -1] * way).mean(axis=1) for name in (plain, self.world))
        found = differentiate_end_state(ends, moved, self.kick, confidence=study.plan.stated_confidence)
        told = (
            f"of a change of the assistants' first values {found.mean:.3g} [{found.low:.3g}, "
            f"{found.high:.3g}] is left in people's mean after {int(study.rounds[-1])} rounds"
        )
        ends_of = (found.mean, found.low, found.high)
        return [Reading("end_state", "derivative", plain, *ends_of, "value a value", told)]


class EarlyWarning:
    """Whether variance over replications rises against the reference, as it does before a tipping."""

    meaning = "Whether variance and memory over replications rise against the reference."
    null = "told in 5 % of studies"
    source = "Scheffer2009"
    needs = ("one_point", "every_round")

    def worlds(self, setup: Setup, given: Sequence[World]) -> list[World]:  # noqa: ARG002 - needs none
        """Return none: it reads the study's own worlds."""
        return []

    def read(self, study: Study) -> list[Reading]:
        """Return the ratio of variances at the end, of each world but the reference."""
        readings = []
        reference = study.plan.reference
        if not reference:
            return [
                refuse(
                    "early_warning",
                    "ratio of variances",
                    "it compares worlds with a reference; this study has one world",
                )
            ]
        others = [name for name in study.plan.asked_worlds if name != reference]
        level = (1 - study.plan.stated_confidence) / max(len(others), 1)
        for name in others:
            here, there = (study.people(one).mean(axis=2) for one in (name, reference))
            try:
                found = warn_by_replications(here, there, level=level)
            except StudyError as error:
                readings.append(refuse("early_warning", "ratio of variances", str(error), name))
                continue
            ratio = float(found.variance_ratio[-1])
            ends = bound_variance_ratio(ratio, len(here), study.plan.stated_confidence)
            told = found.sentence
            readings.append(Reading("early_warning", "ratio of variances", name, ratio, *ends, "times", told))
        return readings


def bound_variance_ratio(ratio: float, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the ends of the F interval of a ratio of variances of two samples of one size.

    Samples that are paired, and go together, make it wider than it need be.

    Parameters
    ----------
    ratio : float
        Of the two samples' variances.
    n : int
        Size of each sample.
    confidence : float

    Examples
    --------
    >>> low, high = bound_variance_ratio(2.0, 50)
    >>> round(low, 3), round(high, 3)
    (1.135, 3.524)
    """
    tail = (1.0 - confidence) / 2.0
    cut = float(stats.f.ppf(1.0 - tail, n - 1, n - 1))
    return ratio / cut, ratio * cut


class MediationThroughPeers:
    """How much of the assistants' effect comes directly, and how much through friends whom they moved."""

    meaning = "How much of the effect comes from the assistants themselves, and how much through friends."
    null = "nothing through friends where nobody hears anybody"
    source = "Pearl2001"
    needs = ("one_point",)
    alone, friends = "mediation-friends_unmoved", "mediation-friends_moved"

    def worlds(self, setup: Setup, given: Sequence[World]) -> list[World]:
        """Return two worlds in which friends say what they say in the other of the two compared."""
        if len(given) < 2:
            raise StudyError("mediation compares two worlds: one with the assistants, and the reference")
        with_them, reference = given[0], given[1]
        if with_them.peers_of or reference.peers_of:
            raise StudyError("mediation compares two worlds whose friends say what they think there")
        del setup
        return [
            World(self.alone, with_them.changes, reference.name),
            World(self.friends, reference.changes, with_them.name),
        ]

    def read(self, study: Study) -> list[Reading]:
        """Return the natural direct, the natural indirect and the total effect on people's mean."""
        plain = compared_world(study.plan.asked_worlds, study.plan.reference)
        names = (study.plan.reference, self.alone, self.friends, plain)
        ends = [study.people(name)[:, -1] for name in names]
        clearest = int(np.abs((ends[3] - ends[0]).mean(axis=0)).argmax())
        found = mediate(*(one[:, clearest] for one in ends), confidence=study.plan.stated_confidence)
        told = (
            f"{plain} against {study.plan.reference} in {study.dimensions[clearest]}, in which people end "
            f"farthest apart: {found.sentence}"
        )
        effects = {"direct": found.direct, "through friends": found.indirect, "total": found.total}
        return [
            Reading("mediation", quantity, plain, one.mean, one.low, one.high, "value", told)
            for quantity, one in effects.items()
        ]


class HistorysWay:
    """How far people have come along the way that history went, and across it."""

    meaning = "The share of history's way that people have come, and how far they lie beside it."
    null = "1 along and 0 across where people follow history"
    source = ""
    needs = ("one_point",)

    def worlds(self, setup: Setup, given: Sequence[World]) -> list[World]:  # noqa: ARG002 - needs none
        """Return none: it reads the study's own worlds."""
        return []

    def read(self, study: Study) -> list[Reading]:
        """Return the share and the distance across at the end, of each world."""
        readings = []
        for name in study.plan.asked_worlds:
            for quantity, outcome, unit in (
                ("share of the way", "share_of_way", "share"),
                ("distance across", "distance_across_way", "value"),
            ):
                scores = study.scores(outcome, name) if outcome in study.outcomes else np.full(1, np.nan)
                if len(scores) < 2 or not np.isfinite(scores).all():
                    why = "history has not moved, or fewer than two runs have come to their end"
                    readings.append(refuse("way", quantity, f"{name}: {why}", name))
                    continue
                ends = mean_and_ends(scores, study.plan.stated_confidence)
                told = f"{name}: {quantity} {ends[0]:.3g} [{ends[1]:.3g}, {ends[2]:.3g}]"
                readings.append(Reading("way", quantity, name, *ends, unit, told))
        return readings
