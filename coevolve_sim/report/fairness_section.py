"""Who is followed: what a scenario declares of fairness, and what that says of a run's last round."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.measures.fairness import (
    benefits,
    calibration_by_group,
    describe_conflict,
    distances_to_groups,
    parity_gap,
    voice_shares,
)
from coevolve_sim.report.numbers import format_number
from coevolve_sim.report.run_data import RunData
from coevolve_sim.scenario.fairness_specs import FairnessSpec
from coevolve_sim.scenario.process_specs import AssistantSpec

MOST_ASSISTANTS = 20


@dataclass(frozen=True)
class GroupRow:
    """What is said of one group: its name, and a cell for each column."""

    group: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class FollowedRow:
    """Whom one assistant follows."""

    assistant: str
    columns: tuple[str, ...]
    groups: tuple[GroupRow, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class FairnessSection:
    """The part of a report on who is followed."""

    declared: tuple[tuple[str, str], ...]
    round_index: int
    assistants: tuple[FollowedRow, ...]
    left_out: int
    conflict: str


def build_fairness_section(data: RunData) -> FairnessSection | None:
    """Return the part on who is followed; None where the scenario does not declare what is meant by fair."""
    declared = data.scenario.fairness
    if declared is None or not data.has_begun:
        return None
    there = [part for part in data.scenario.assistants if _is_there(data, part.name)]
    return FairnessSection(
        declared=(
            ("What", declared.object),
            ("To whom", ", ".join(declared.subjects)),
            ("Why", declared.justification),
            ("Harm", declared.harm),
            ("By whom", declared.provider),
            ("Scope", declared.scope),
            ("Measures", ", ".join(declared.measures)),
            ("Tolerance", f"{declared.tolerance:g}"),
        ),
        round_index=int(data.means.rounds[-1]),
        assistants=tuple(_describe_assistant(data, declared, part) for part in there[:MOST_ASSISTANTS]),
        left_out=max(len(there) - MOST_ASSISTANTS, 0),
        conflict=_describe_conflict(data, declared) if "calibration" in declared.measures else "",
    )


def _is_there(data: RunData, assistant: str) -> bool:
    return bool(np.isfinite(data.means.assistants[assistant][-1]).all())


def _describe_assistant(data: RunData, declared: FairnessSpec, part: AssistantSpec) -> FollowedRow:
    groups = declared.subjects
    distances = distances_to_groups(
        data.means.assistants[part.name][-1], np.stack([data.means.groups[name][-1] for name in groups])
    )
    columns: dict[str, Floats] = {"humans": _sizes(data, groups).astype(float), "distance": distances}
    said = []
    if "parity" in declared.measures:
        said.append(_compare("Distances", parity_gap(distances), declared.tolerance))
    if "contractualist" in declared.measures:
        columns["benefit"] = benefits(distances)
        least = int(columns["benefit"].argmin())
        said.append(f"{groups[least]} has least of it: {columns['benefit'][least]:.3f} of 1.")
    if "voice" in declared.measures:
        columns["share of voice"], of_people = _voices(data, part, groups)
        gap = float(np.max(np.abs(columns["share of voice"] - of_people)))
        what = "Shares of voice and shares of these people" if gap == gap else ""  # noqa: PLR0124 - not nan
        said.append(_compare(what, gap, declared.tolerance) if what else "It hears none of them.")
    if "calibration" in declared.measures:
        columns["predicted less held"] = _calibration(data, part.name, groups)
        if np.isfinite(columns["predicted less held"]).all():
            said.append(
                _compare(
                    "Errors an era ahead", float(np.ptp(columns["predicted less held"])), declared.tolerance
                )
            )
        else:
            said.append("There are not two eras yet, so that nothing was predicted.")
    rows = (
        GroupRow(name, tuple(_cell(column, numbers[g]) for column, numbers in columns.items()))
        for g, name in enumerate(groups)
    )
    return FollowedRow(part.name, tuple(columns), tuple(rows), tuple(said))


def _compare(what: str, gap: float, tolerance: float) -> str:
    within = "within" if gap <= tolerance else "beyond"
    return f"{what} differ by {gap:.3f}, {within} the tolerance of {tolerance:g}."


def _cell(column: str, number: float) -> str:
    if column == "humans":
        return f"{number:,.0f}"
    return "–" if np.isnan(number) else format_number(float(number))


def _sizes(data: RunData, groups: tuple[str, ...]) -> Floats:
    counts = np.bincount(data.run.group_of, minlength=len(data.run.groups))
    return np.array([counts[data.run.groups.index(name)] for name in groups])


def _voices(data: RunData, part: AssistantSpec, groups: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Return the part of each group in what an assistant is expected to hear of them, and in their number.

    By adoption, by the market of the assistants that are there in the last round, and by whom it sees.
    """
    sizes = _sizes(data, groups).astype(np.float64)
    plans = {group.name: group for group in data.scenario.population.groups}
    heard = [
        size * plans[name].adoption * _chance_of_choosing(data, part, name)
        for size, name in zip(sizes, groups, strict=True)
    ]
    return voice_shares(heard), sizes / sizes.sum()


def _chance_of_choosing(data: RunData, part: AssistantSpec, group: str) -> float:
    """Return the probability that a human of a group who consults is heard and seen by this assistant."""
    serving = [
        one
        for one in data.scenario.assistants
        if _is_there(data, one.name) and (one.groups is None or group in one.groups)
    ]
    sees = part.sees.groups is None or group in part.sees.groups
    if part not in serving or not sees:
        return 0.0
    return part.share / sum(one.share for one in serving)


def _calibration(data: RunData, assistant: str, groups: tuple[str, ...]) -> Floats:
    """Return how much too high an assistant's values are, on average, for what groups hold an era later."""
    ends = np.arange(0, len(data.means.rounds), data.scenario.rounds_per_era)
    predicted = data.means.assistants[assistant][ends[:-1]]
    known = np.isfinite(predicted).all(axis=1)
    if not known.any():
        return np.full(len(groups), np.nan)
    cases = predicted[known].size
    actual = [data.means.groups[name][ends[1:]][known].ravel() for name in groups]
    return calibration_by_group(
        np.tile(predicted[known].ravel(), len(groups)),
        np.concatenate(actual),
        np.repeat(np.arange(len(groups)), cases),
    )


def _describe_conflict(data: RunData, declared: FairnessSpec) -> str:
    """Say why calibration and equal errors exclude each other, of the dimension that divides groups most."""
    snapshots = data.run.snapshots()
    values, group_of = snapshots[max(snapshots)], data.run.group_of
    rates = np.array(
        [(values[group_of == data.run.groups.index(name)] > 0.5).mean(axis=0) for name in declared.subjects]
    )
    inside = ((rates > 0) & (rates < 1)).all(axis=0)
    if not inside.any():
        return ""
    d = int(np.where(inside, np.ptp(rates, axis=0), -1.0).argmax())
    low, high = int(rates[:, d].argmin()), int(rates[:, d].argmax())
    told = describe_conflict(
        [declared.subjects[low], declared.subjects[high]], [float(rates[low, d]), float(rates[high, d])]
    )
    return f"Of {data.labels[d]}, to stand above .5: {told[0].lower()}{told[1:]}" if told else ""
