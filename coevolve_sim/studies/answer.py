"""The answer of a study in sentences: what came out, how sure it is, and what is missing.

Words of direction come from an interval that leaves 0 out and from a p-value adjusted for how many effects
were looked at together [Holm1979]_; a mean alone gives none. The same sentences stand on a study's page and
are printed by the command line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError
from coevolve_sim.studies.effects import adjust_holm
from coevolve_sim.studies.estimates import (
    format_alone,
    format_estimate,
    format_names,
    format_p,
    format_seeds,
)
from coevolve_sim.studies.instruments.catalogue import Reading
from coevolve_sim.studies.intervals import interval_of_means
from coevolve_sim.studies.lock_in_study import judge_study
from coevolve_sim.studies.outcome_rounds import SHARE_OF_WAY
from coevolve_sim.studies.outcome_words import is_of_last_round, name_outcome, read_scale
from coevolve_sim.studies.plain_designs import find_design
from coevolve_sim.studies.sensitivity import estimate_sobol_indices, screen_by_morris
from coevolve_sim.studies.study import EffectRow, Study

Verdict = Literal["above", "below", "alone", "open", "same", "unknown"]
"""What may be said of an effect: above or below zero; told from zero by its own interval, but not once
adjusted for all effects; not told from zero; exactly none in each pair; no interval."""

VERDICTS: dict[Verdict, str] = {
    "above": "above zero",
    "below": "below zero",
    "alone": "by itself only",
    "open": "not told",
    "same": "no difference",
    "unknown": "no interval",
}

MOST_WORLDS, MOST_ERRORS = 6, 3
GAINED_NOTHING = (0.8, 1.2)
"""Between these a reduction of the variance is said to be none: with few pairs it is no nearer known."""


class Finding(NamedTuple):
    """What is found of one world.

    Attributes
    ----------
    world : str
    verdict : str
        One of `Verdict`.
    claim, basis : str
        The answer with number and interval; pairs, seeds and p-value. Either is without a full stop.
    details : tuple of str
        Sentences on averages, on what would have been seen, and on what the pairing gained.
    """

    world: str
    verdict: Verdict
    claim: str
    basis: str
    details: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Claim and basis as a sentence."""
        return f"{self.claim} ({self.basis})." if self.basis else f"{self.claim}."


class HeadlineRows(NamedTuple):
    """The effects that the answer is about.

    Attributes
    ----------
    rows : list of EffectRow
        Of each world but the reference, at each point; p-values adjusted.
    n_tests : int
        Number of effects for which they are adjusted.
    """

    rows: list[EffectRow]
    n_tests: int


# --- effects ---------------------------------------------------------------------------------------


def judge_effect(row: EffectRow, confidence: float = 0.95) -> Verdict:
    """Return what may be said of an effect.

    Examples
    --------
    >>> from coevolve_sim.studies.effects import paired_effect
    >>> found = paired_effect([0.5, 0.6, 0.8], [0.4, 0.4, 0.5])
    >>> judge_effect(EffectRow(0, "w", "variance", found, found.p_value, 0, 0.63, 0.43))
    'open'
    """
    effect = row.effect
    if effect is None:
        return "unknown"
    if effect.low <= 0 <= effect.high:
        return "same" if effect.mean == 0 and effect.standard_error == 0 else "open"
    if row.adjusted > 1 - confidence:
        return "alone"
    return "above" if effect.low > 0 else "below"


def choose_outcome(study: Study) -> str:
    """Return the outcome that the answer is about; empty before any run has come to its end."""
    return study.outcome if study.outcomes else ""


def choose_headline_rows(study: Study) -> HeadlineRows:
    """Return the effects on the study's outcome, p-values adjusted for the number of these.

    What the study is about is fixed before it runs, so that its effects are not paid for by all others that
    were looked at, too. Where outcomes were asked for by name and it is among them, p-values are adjusted for
    the effects on all of these.
    """
    if not study.plan.reference or not choose_outcome(study):
        return HeadlineRows([], 0)
    plan = study.plan
    if study.outcome in plan.measures:
        rows = [row for row in study.effect_rows if row.outcome == study.outcome]
        return HeadlineRows(rows, sum(row.effect is not None for row in study.effect_rows))
    rows = [
        study.effect(study.outcome, world, plan.reference, point)
        for point in range(len(plan.points))
        for world in plan.asked_worlds
        if world != plan.reference
    ]
    tested = [row for row in rows if row.effect is not None]
    adjusted = iter(adjust_holm([row.adjusted for row in tested]).tolist())
    rows = [row if row.effect is None else row._replace(adjusted=next(adjusted)) for row in rows]
    return HeadlineRows(rows, len(tested))


# --- the answer ------------------------------------------------------------------------------------


def describe_question(study: Study) -> str:
    """Return the question of a study: its own words, or one composed of its worlds and its outcome."""
    plan = study.plan
    if plan.question.strip():
        return " ".join(plan.question.split())
    name = name_outcome(study.outcome) if study.outcome else "what comes out"
    name = f"the {name}" if name.startswith(("share", "distance", "number")) else name
    keys = [change.key for change in plan.points[0]]
    if not plan.reference:
        if len(plan.points) > 1:
            return f"How does {name} depend on {format_names(keys)}?"
        return f"What is {name} in world {plan.asked_worlds[0]}?"
    others = [world for world in plan.asked_worlds if world != plan.reference]
    asked = f"What {'does' if len(others) == 1 else 'do'} {format_names(others)} change in {name}, "
    asked += f"against {plan.reference}"
    return f"{asked}, over {format_names(keys)}?" if len(plan.points) > 1 else f"{asked}?"


def describe_answer(study: Study) -> str:
    """Return the answer of a study in sentences, one paragraph a line: what is missing, then each world."""
    lines = [*describe_state(study), *describe_verdict(study)]
    lines += [" ".join((found.sentence, *found.details)) for found in find_answers(study)]
    n_untold = len(study.plan.asked_worlds) - bool(study.plan.reference) - MOST_WORLDS
    if n_untold > 0:
        lines.append(f"Of {n_untold:,} more world{'s' * (n_untold > 1)} runs.csv and effects.csv tell.")
    return "\n".join([*lines, *describe_followers(study), *describe_reading(study)])


def describe_verdict(study: Study) -> list[str]:
    """Return the verdict on lock-in and its clauses, in sentences; none of a study that asks for none."""
    if study.plan.kind != "lock-in" or study.counts["left"]:
        return []
    try:
        return judge_study(study).describe()
    except StudyError as error:
        return [f"No verdict on lock-in: {error}."]


def read_instruments(study: Study) -> tuple[list[Reading], str]:
    """Return what a study's instruments read, and why there is nothing where runs they need are missing."""
    if study.counts["left"]:
        return [], ""
    try:
        return study.readings, ""
    except StudyError as error:
        return [], f"Instruments cannot be read: {error}."


def find_answers(study: Study) -> list[Finding]:
    """Return what is found of each world but the reference; of each world where there is none."""
    plan = study.plan
    if not choose_outcome(study):
        return []
    if not plan.reference:
        return [_find_level(study, world) for world in plan.asked_worlds[:MOST_WORLDS]]
    headline = choose_headline_rows(study)
    found = []
    for world in [name for name in plan.asked_worlds if name != plan.reference][:MOST_WORLDS]:
        rows = [row for row in headline.rows if row.world == world]
        found.append(
            _find_effect(study, rows[0], headline.n_tests)
            if len(rows) == 1
            else _find_over_points(study, rows, headline.n_tests)
        )
    return found


def describe_reading(study: Study) -> list[str]:
    """Return how the numbers are to be read."""
    if not choose_outcome(study) or len(study.plan.seeds) < 2:
        return []
    share = f"{100 * study.plan.confidence:g} %"
    if not study.plan.reference:
        return [f"In brackets: {share} confidence intervals of the mean over replications."]
    return [f"In brackets: {share} confidence intervals of the mean of paired differences (Student's t)."]


def describe_followers(study: Study) -> list[str]:
    """Return how far assistants are from the people they move, beside the people whom nobody moved.

    One sentence for each assistant of the first world that has it; none with a design, or without a world
    that has no assistant.
    """
    if len(study.plan.points) > 1:
        return []
    told = []
    for name in study.outcomes:
        measure, _, who = name.partition(".")
        if measure != "follow_unmoved_rmse":
            continue
        world = next((one for one in study.plan.asked_worlds if _has(study, name, one)), "")
        if not world:
            continue
        share = study.plan.confidence
        moved, unmoved = (
            format_estimate(*(float(end[0]) for end in interval_of_means(scores[:, None], share)[:3]))
            for scores in (study.scores(f"follow_rmse.{who}", world), study.scores(name, world))
        )
        told.append(
            f"With {world}, {who} is {moved} (root mean square) from the people it moves, and {unmoved} from "
            "where they would be without assistants: how well it follows is told by the second."
        )
    return told


def _has(study: Study, outcome: str, world: str) -> bool:
    return bool(np.isfinite(study.scores(outcome, world)).all())


def describe_state(study: Study) -> list[str]:
    """Return sentences on what failed, is still to come, or has no answer or number; none if all is well."""
    plan, runs = study.plan, study.runs
    failed = runs[runs["status"] == "failed"]
    told = []
    if len(failed):
        told.append(_describe_failed(study, list(zip(failed["stage"], failed["world"], strict=True))))
    if left := plan.n_runs - len(runs):
        verb = "is" if left == 1 else "are"
        told.append(
            f"{left:,} of {_count(plan.n_runs, 'run')} {verb} still to come, and what is said here is of the "
            f"others. To go on: coevolve resume {study.folder.resolve().name}"
        )
    return [*told, *describe_unanswered(study), *describe_absent(study)]


def describe_absent(study: Study) -> list[str]:
    """Return a sentence on each outcome asked for by name that has no number in all runs of some world."""
    plan, runs = study.plan, study.runs
    asked = [name for name in dict.fromkeys((*plan.measures, plan.outcome)) if name in study.outcomes]
    ended = [
        name for name in plan.asked_worlds if (runs["status"] == "finished")[runs["world"] == name].any()
    ]
    told = []
    for outcome in asked:
        worlds = [world for world in ended if not _has_any(study, outcome, world)]
        if not worlds:
            continue
        none = plan.reference in worlds or len(worlds) == len(ended) - 1
        so = "nothing is compared" if none else "it is not compared there"
        names = format_names(worlds, MOST_WORLDS)
        told.append(f"{outcome} has no number in {names}{f', so that {so}' if plan.reference else ''}.")
    return told


def _has_any(study: Study, outcome: str, world: str) -> bool:
    points = range(len(study.plan.points))
    return any(np.isfinite(study.scores(outcome, world, point)).any() for point in points)


def describe_unanswered(study: Study) -> list[str]:
    """Return a sentence on requests that came to no answer; none if all were answered, or none was made."""
    runs = study.runs
    if "share_without_answer" not in runs or "requests" not in runs:
        return []
    asked = float(runs["requests"].sum())
    without = float((runs["requests"] * runs["share_without_answer"]).sum())
    if not asked or round(without) == 0:
        return []
    worst = runs.groupby("world", sort=False)["share_without_answer"].mean()
    told = format_names([f"{format_alone(float(share))} in {world}" for world, share in worst.items()])
    return [f"{round(without):,} of {asked:,.0f} requests came to no answer (share by world: {told})."]


def _describe_failed(study: Study, failed: Sequence[tuple[str, str]]) -> str:
    total = study.plan.n_runs
    stages = Counter(stage for stage, _ in failed)
    parts = []
    for stage, count in stages.most_common():
        worlds = Counter(world for at, world in failed if at == stage)
        told = format_names([f"{n:,} of {world}" for world, n in worlds.most_common()])
        parts.append(f"at {stage}: {told}" if count else "")
    verb = f"{len(failed):,} of {_count(total, 'run')} failed, {'; '.join(parts)}."
    return (
        f"{verb} A pair of which a run failed is left out: what is said here is of the others."
        if study.plan.reference
        else verb
    )


def _find_effect(study: Study, row: EffectRow, n_tests: int) -> Finding:
    """Return what is found of a world at the only point."""
    verdict = judge_effect(row, study.plan.confidence)
    if row.effect is None:
        return _find_without_interval(study, row)
    claim, basis = _say_effect(row, study.plan.reference, verdict), _say_pairs(study, row, n_tests)
    details = [_say_averages(row, study.plan.reference), describe_power(row, verdict)]
    if verdict == "alone":
        details.insert(
            0,
            "The interval by itself leaves 0 out, but not once adjusted for how many effects were looked at.",
        )
    return Finding(row.world, verdict, claim, basis, tuple(filter(None, (*details, describe_pairing(row)))))


def _say_effect(row: EffectRow, reference: str, verdict: Verdict) -> str:
    effect, outcome = row.effect, row.outcome
    if effect is None:
        return ""
    name, verb = name_outcome(outcome), "ends" if is_of_last_round(outcome) else "is"
    share = outcome == SHARE_OF_WAY
    if verdict == "same":
        if share:
            return f"With {row.world} people end exactly where they end with {reference}, in every pair"
        return f"With {row.world}, {name} {verb} exactly as with {reference}, in every pair"
    size = format_estimate(effect.mean, effect.low, effect.high)
    if verdict in ("above", "below"):
        if verdict == "below":
            size = format_estimate(-effect.mean, -effect.high, -effect.low)
        if share:
            way = "short of where they end with" if verdict == "below" else "beyond where they end with"
            return f"With {row.world} people end {size} of history's way {way} {reference}"
        way = "higher" if verdict == "above" else "lower"
        return f"With {row.world}, {name} {verb} {size} {way} than with {reference}"
    if share:
        return (
            f"Where people end with {row.world} is not told from where they end with {reference}: "
            f"a difference of {size} of history's way"
        )
    return f"With {row.world}, {name} is not told from what it is with {reference}: a difference of {size}"


def _say_pairs(study: Study, row: EffectRow, n_tests: int) -> str:
    n_pairs, n_there = len(study.plan.seeds), 0 if row.effect is None else row.effect.n
    pairs = _count(n_pairs, "pair") if n_there == n_pairs else f"{n_there:,} of {_count(n_pairs, 'pair')}"
    pairs += f", {format_seeds(study.plan.seeds)}; {format_p(row.adjusted)}"
    return pairs + (f", Holm-adjusted for {n_tests:,} effects" if n_tests > 1 else "")


def _say_averages(row: EffectRow, reference: str) -> str:
    here, there = format_alone(row.world_mean), format_alone(row.reference_mean)
    scale = read_scale(row.outcome)
    on = f", on a scale of {scale}" if scale and "inf" not in scale else ""
    return f"On average {here} with {row.world} and {there} with {reference}{on}."


def describe_power(row: EffectRow, verdict: Verdict) -> str:
    """Return which effect would have been seen; empty where nothing varied, or an effect was told."""
    effect = row.effect
    if effect is None or effect.smallest_effect_seen <= 0 or verdict in ("above", "below"):
        return ""
    return (
        "No effect told from zero; by its own test a true one of "
        f"{format_alone(effect.smallest_effect_seen)} would have been seen four times in five (power .8)."
    )


def describe_pairing(row: EffectRow) -> str:
    """Return what running both worlds on the same people and draws gained; empty where nothing varied."""
    if row.effect is None or np.isnan(row.effect.variance_reduction):
        return ""
    times = row.effect.variance_reduction
    low, high = GAINED_NOTHING
    if times > high:
        return f"Pairing reduced the variance {times:,.{0 if times >= 100 else 1}f} times."
    if times >= low:
        return f"Pairing gained nothing: it reduced the variance {times:.2f} times."
    if times < 0.01:
        return "Pairing gained nothing: the variance is over 100 times that of unpaired runs."
    return f"Pairing gained nothing: the variance is {1 / times:.1f} times that of unpaired runs."


def _find_without_interval(study: Study, row: EffectRow) -> Finding:
    reference, name = study.plan.reference, name_outcome(row.outcome)
    if len(study.plan.seeds) == row.left_out:
        claim = f"No pair of runs of {row.world} and {reference} has a number for {name}: nothing is compared"
        return Finding(row.world, "unknown", claim, "", ())
    claim = (
        f"In the one pair of runs that there is, {name} is {format_alone(row.world_mean)} with {row.world} "
    )
    claim += f"and {format_alone(row.reference_mean)} with {reference}"
    chance = "One pair has no interval and says nothing of chance: give 2 replications, better 20."
    return Finding(row.world, "unknown", claim, "", (chance,))


# --- worlds without a reference, and designs -------------------------------------------------------


def _find_level(study: Study, world: str) -> Finding:
    """Return what is found of a world that is compared with none."""
    outcome, plan = study.outcome, study.plan
    name = name_outcome(outcome)
    scores = np.stack([study.scores(outcome, world, point) for point in range(len(plan.points))])
    level = interval_of_means(np.where(np.isfinite(scores), scores, np.nan).T, plan.confidence)
    there = np.flatnonzero(level.n > 0)
    if not there.size:
        return Finding(world, "unknown", f"No run of {world} has a number for {name}", "", ())
    estimates = [format_estimate(*numbers) for numbers in zip(*level[:3], strict=True)]
    if len(plan.points) == 1:
        n = int(level.n[0])
        more = () if n > 1 else ("One run has no interval and says nothing of chance.",)
        basis = f"{_count(n, 'run')}, {format_seeds(plan.seeds)}"
        return Finding(world, "unknown", f"With {world}, {name} is {estimates[0]}", basis, more)
    order = there[np.argsort(level.mean[there], kind="stable")]
    least, most = int(order[0]), int(order[-1])
    told = (
        f"With {world}, over {_count(len(plan.points), 'point')}, mean {name} goes from {estimates[least]} "
    )
    told += f"({describe_point(study, least)}) to {estimates[most]} ({describe_point(study, most)})"
    return Finding(world, "unknown", told, "", tuple(describe_sensitivity(study, scores)))


def describe_sensitivity(study: Study, scores: Floats) -> list[str]:
    """Return sentences on which axes an outcome depends on, of a design that is made for it; else none.

    Parameters
    ----------
    study : Study
    scores : float array, shape (points, replications)
        The outcome in a world.
    """
    design, confidence = find_design(study.plan), study.plan.confidence
    if design is None or design.kind not in ("sobol", "morris"):
        return []
    try:
        if design.kind == "morris":
            found = screen_by_morris(design, scores, confidence=confidence)
            told = _list_indices(found.keys, found.mean_absolute_effect, found.margin)
            return [f"Changing one axis over its full range changes it by, on average (mu*): {told}."]
        indices = estimate_sobol_indices(design, scores, confidence=confidence)
    except StudyError as error:
        return [f"What it depends on is not estimated: {error}."]
    alone = _list_indices(indices.keys, indices.first, indices.first_margin)
    total = _list_indices(indices.keys, indices.total, indices.total_margin)
    return [
        f"Share of its variance that an axis explains alone (first Sobol index): {alone}.",
        f"Share that would be left if all others were known (total index): {total}.",
    ]


def _list_indices(keys: Sequence[str], values: Floats, margins: Floats) -> str:
    told = [
        f"{key} {format_estimate(value, value - margin, value + margin)}"
        for key, value, margin in zip(keys, values.tolist(), margins.tolist(), strict=True)
    ]
    return format_names(told)


def _find_over_points(study: Study, rows: Sequence[EffectRow], n_tests: int) -> Finding:
    """Return at how many points of a design a world is told from the reference."""
    world, plan = rows[0].world, study.plan
    verdicts = [judge_effect(row, plan.confidence) for row in rows]
    counted = Counter(verdicts)
    claim = f"With {world} against {plan.reference}, {name_outcome(rows[0].outcome)} is higher at "
    claim += f"{counted['above']}, lower at {counted['below']}, and not told apart at "
    claim += f"{counted['open'] + counted['same']} of {_count(len(rows), 'point')}"
    basis = f"{_count(len(plan.seeds), 'pair')} each, {format_seeds(plan.seeds)}; p Holm-adjusted for "
    basis += _count(n_tests, "effect")
    details = []
    if counted["alone"]:
        details.append(
            f"At {counted['alone']} more the interval by itself leaves 0 out, but not once adjusted."
        )
    if counted["unknown"]:
        details.append(f"At {counted['unknown']} there is no interval.")
    known = [row for row in rows if row.effect is not None]
    if known:
        ordered = sorted(known, key=lambda row: 0.0 if row.effect is None else row.effect.mean)
        ends = [_say_at_point(study, row) for row in (ordered[0], ordered[-1])]
        details.append(f"The mean difference goes from {ends[0]} to {ends[1]}.")
    told_apart = {verdict for verdict in verdicts if verdict in ("above", "below")}
    found: Verdict = "open" if known else "unknown"
    if len(told_apart) == 1:
        found = next(iter(told_apart))
    return Finding(world, found, claim, basis, tuple(details))


def _say_at_point(study: Study, row: EffectRow) -> str:
    effect = row.effect
    told = "" if effect is None else format_estimate(effect.mean, effect.low, effect.high)
    return f"{told} ({describe_point(study, row.point)})"


def describe_point(study: Study, point: int) -> str:
    """Return what a point of the design sets, in a line."""
    values = study.plan.point_values(point)
    return ", ".join(f"{key} {format_setting(value)}" for key, value in values.items()) or "as written"


def format_setting(value: object) -> str:
    """Return the value of a key in a few characters.

    Examples
    --------
    >>> format_setting(0.30000000000000004), format_setting("degroot"), format_setting(True)
    ('0.3', 'degroot', 'true')
    """
    if isinstance(value, bool):
        return str(value).lower()
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _count(n: int, one: str) -> str:
    return f"{n:,} {one if n == 1 else one + 's'}"
